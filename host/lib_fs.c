/* pysec.fs */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "fs.h"
#include "host.h"
#include "lib_fs.h"

int lib_fs_push_true(lua_State *L) {
  lua_pushboolean(L, 1);
  return 1;
}

const char *fs_check_path(lua_State *L, int index) {
  size_t length;
  const char *path = luaL_checklstring(L, index, &length);
  luaL_argcheck(L, strlen(path) == length, index, "a path holds no NUL");
  return path;
}

/* --- reading and writing --- */

/* Pushes what can be read; returns 0 or an errno. */
static int push_bytes(lua_State *L, int file, size_t hint, size_t most) {
  luaL_Buffer bytes;
  luaL_buffinit(L, &bytes);
  size_t total = 0;
  int failed = 0;
  while (failed == 0) {
    /* The size is a hint: what /proc and pipes hold is longer than they say. */
    size_t room = total == 0 && hint > 0 ? hint + 1 : 64 * 1024;
    if (room > most) room = most + 1;
    ssize_t got = read(file, luaL_prepbuffsize(&bytes, room), room);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) failed = errno;
    if (got <= 0) break;
    luaL_addsize(&bytes, (size_t)got);
    total += (size_t)got;
    if (total > most) failed = EFBIG;
  }
  luaL_pushresult(&bytes);
  return failed;
}

/* True for a pipe that lies in a folder, unlike one between two programs. */
static bool is_named_pipe(int file, const struct stat *info) {
  struct statfs system;
  return S_ISFIFO(info->st_mode) && fstatfs(file, &system) == 0 && system.f_type != PIPEFS_MAGIC;
}

/* Opens without waiting: a named pipe in a hostile folder would hold us in open() for ever. */
static int open_to_read(const char *path, struct stat *info) {
  int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file >= 0) fcntl(file, F_SETFL, 0);
  if (file >= 0 && fstat(file, info) != 0) info->st_mode = 0;
  return file;
}

bool fs_read_file(lua_State *L, const char *path, size_t most) {
  struct stat info = {0};
  struct lib_fs_descriptor *descriptor = lib_fs_push_descriptor(L);
  int guard = lua_gettop(L);
  descriptor->file = open_to_read(path, &info);
  int failed = descriptor->file < 0 ? errno : 0;
  if (failed == 0 && S_ISDIR(info.st_mode)) failed = EISDIR;
  if (failed == 0 && is_named_pipe(descriptor->file, &info)) failed = EOPNOTSUPP;
  if (failed == 0) failed = push_bytes(L, descriptor->file, (size_t)info.st_size, most);
  lib_fs_end_descriptor(L, guard);
  if (failed == 0) return true;
  lua_settop(L, guard - 1);
  errno = failed;
  return false;
}

static int fs_read(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  lua_Integer most = luaL_optinteger(L, 2, FS_MAX_READ);
  luaL_argcheck(L, most >= 0, 2, "a size in bytes");
  if (!fs_read_file(L, path, (size_t)most)) return host_push_errno(L, path);
  return 1;
}

/* Reads the options table at `index`: beneath and mode. */
static void read_write_options(lua_State *L, int index, struct fs_write_request *request) {
  if (lua_isnoneornil(L, index)) return;
  luaL_checktype(L, index, LUA_TTABLE);
  int type = lua_getfield(L, index, "beneath");
  luaL_argcheck(L, type == LUA_TNIL || type == LUA_TSTRING, index, "beneath is a folder's path");
  request->beneath = lua_tostring(L, -1);
  type = lua_getfield(L, index, "mode");
  lua_Integer mode = lua_tointeger(L, -1);
  luaL_argcheck(L, type == LUA_TNIL || (lua_isinteger(L, -1) && mode > 0 && mode <= 07777), index,
                "mode is a number from 1 to 4095 (octal 7777)");
  request->mode = (mode_t)mode;
}

static int fs_write(lua_State *L) {
  struct fs_write_request request = {.path = fs_check_path(L, 1)};
  request.data = luaL_checklstring(L, 2, &request.length);
  read_write_options(L, 3, &request);
  if (fs_write_file(&request) != 0) return fs_push_write_error(L, &request);
  return lib_fs_push_true(L);
}

static bool read_sync_option(lua_State *L, int index) {
  if (lua_isnoneornil(L, index)) return false;
  luaL_checktype(L, index, LUA_TTABLE);
  int type = lua_getfield(L, index, "sync");
  luaL_argcheck(L, type == LUA_TNIL || type == LUA_TBOOLEAN, index, "sync is a boolean");
  return lua_toboolean(L, -1);
}

static int fs_append(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  size_t length;
  const char *data = luaL_checklstring(L, 2, &length);
  if (fs_append_bytes(path, data, length, read_sync_option(L, 3)) != 0) return host_push_errno(L, path);
  return lib_fs_push_true(L);
}

static int fs_mkdirs(lua_State *L) {
  struct fs_write_request request = {.path = fs_check_path(L, 1)};
  read_write_options(L, 2, &request);
  if (fs_make_folders(&request) != 0) return fs_push_write_error(L, &request);
  return lib_fs_push_true(L);
}

static int fs_remove(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  if (fs_remove_tree(path) != 0) return host_push_errno(L, path);
  return lib_fs_push_true(L);
}

static int fs_rename(lua_State *L) {
  const char *from = fs_check_path(L, 1);
  const char *to = fs_check_path(L, 2);
  if (rename(from, to) != 0) return host_push_errno(L, from);
  return lib_fs_push_true(L);
}

static int fs_exchange(lua_State *L) {
  const char *a = fs_check_path(L, 1);
  const char *b = fs_check_path(L, 2);
  if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0) return lib_fs_push_true(L);
  /* The message names the one that is missing. */
  int failed = errno;
  struct stat info;
  bool has_first = lstat(a, &info) == 0;
  errno = failed;
  return host_push_errno(L, failed == ENOENT && has_first ? b : a);
}

static int fs_copy(lua_State *L) {
  struct fs_place place;
  const char *from = fs_check_path(L, 1);
  const char *to = fs_check_path(L, 2);
  if (fs_copy_tree(from, to, &place) != 0) return host_push_errno(L, fs_place_path(&place));
  return lib_fs_push_true(L);
}

static int fs_sync(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  int failed = file < 0 || syncfs(file) != 0 ? errno : 0;
  if (file >= 0) close(file);
  errno = failed;
  return failed == 0 ? lib_fs_push_true(L) : host_push_errno(L, path);
}

static const luaL_Reg functions[] = {
    {"append", fs_append},         {"copy", fs_copy},         {"cwd", lib_fs_cwd},
    {"exchange", fs_exchange},     {"list", lib_fs_list},     {"lock", lib_fs_lock},
    {"measure", lib_fs_measure},   {"mkdirs", fs_mkdirs},     {"read", fs_read},
    {"realpath", lib_fs_realpath}, {"remove", fs_remove},     {"rename", fs_rename},
    {"space", lib_fs_space},       {"stat", lib_fs_stat},     {"sync", fs_sync},
    {"tempdir", lib_fs_tempdir},   {"walk", lib_fs_walk},     {"writable", lib_fs_writable},
    {"write", fs_write},           {NULL, NULL},
};

int luaopen_pysec_fs(lua_State *L) {
  lib_fs_open_locks(L);
  luaL_newlib(L, functions);
  return 1;
}
