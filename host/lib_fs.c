/* pysec.fs */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "fs.h"
#include "host.h"

#define DESCRIPTOR "pysec.fs.descriptor"
#define FOLDER "pysec.fs.folder"
#define LOCK "pysec.fs.lock"
#define TEMPDIR "pysec.fs.tempdir"

static int push_true(lua_State *L) {
  lua_pushboolean(L, 1);
  return 1;
}

const char *fs_check_path(lua_State *L, int index) {
  size_t length;
  const char *path = luaL_checklstring(L, index, &length);
  luaL_argcheck(L, strlen(path) == length, index, "a path holds no NUL");
  return path;
}

/* --- guards: what C holds open while Lua may raise --- */

struct descriptor {
  int file; /* -1: closed */
};

static int descriptor_close(lua_State *L) {
  struct descriptor *descriptor = lua_touserdata(L, 1);
  if (descriptor->file >= 0) close(descriptor->file);
  descriptor->file = -1;
  return 0;
}

struct folder {
  DIR *entries; /* NULL: closed */
};

static int folder_close(lua_State *L) {
  struct folder *folder = lua_touserdata(L, 1);
  if (folder->entries != NULL) closedir(folder->entries);
  folder->entries = NULL;
  return 0;
}

static void set_guard(lua_State *L, const char *name, lua_CFunction close_it) {
  if (luaL_newmetatable(L, name)) {
    lua_pushcfunction(L, close_it);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
}

static struct descriptor *push_descriptor(lua_State *L) {
  struct descriptor *descriptor = lua_newuserdatauv(L, sizeof *descriptor, 0);
  descriptor->file = -1;
  set_guard(L, DESCRIPTOR, descriptor_close);
  return descriptor;
}

static struct folder *push_folder(lua_State *L) {
  struct folder *folder = lua_newuserdatauv(L, sizeof *folder, 0);
  folder->entries = NULL;
  set_guard(L, FOLDER, folder_close);
  return folder;
}

/* Closes the guard at `index`, keeps errno and takes it off the stack. */
static void end_guard(lua_State *L, int index, lua_CFunction close_it) {
  int saved = errno;
  lua_pushcfunction(L, close_it);
  lua_pushvalue(L, index);
  lua_call(L, 1, 0);
  lua_remove(L, index);
  errno = saved;
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
  struct descriptor *descriptor = push_descriptor(L);
  int guard = lua_gettop(L);
  descriptor->file = open_to_read(path, &info);
  int failed = descriptor->file < 0 ? errno : 0;
  if (failed == 0 && S_ISDIR(info.st_mode)) failed = EISDIR;
  if (failed == 0 && is_named_pipe(descriptor->file, &info)) failed = EOPNOTSUPP;
  if (failed == 0) failed = push_bytes(L, descriptor->file, (size_t)info.st_size, most);
  end_guard(L, guard, descriptor_close);
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
  return push_true(L);
}

static int fs_append(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  size_t length;
  const char *data = luaL_checklstring(L, 2, &length);
  int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (file < 0) return host_push_errno(L, path);
  ssize_t written = write(file, data, length);
  if (written != (ssize_t)length) {
    if (written >= 0) errno = ENOSPC;
    int count = host_push_errno(L, path);
    close(file);
    return count;
  }
  close(file);
  return push_true(L);
}

static int fs_mkdirs(lua_State *L) {
  struct fs_write_request request = {.path = fs_check_path(L, 1)};
  read_write_options(L, 2, &request);
  if (fs_make_folders(&request) != 0) return fs_push_write_error(L, &request);
  return push_true(L);
}

static int fs_remove(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  if (fs_remove_tree(path) != 0) return host_push_errno(L, path);
  return push_true(L);
}

static int fs_rename(lua_State *L) {
  const char *from = fs_check_path(L, 1);
  const char *to = fs_check_path(L, 2);
  if (rename(from, to) != 0) return host_push_errno(L, from);
  return push_true(L);
}

static int fs_copy(lua_State *L) {
  const char *from = fs_check_path(L, 1);
  const char *to = fs_check_path(L, 2);
  if (fs_copy_tree(from, to) != 0) return host_push_errno(L, from);
  return push_true(L);
}

/* --- looking --- */

static const char *kind_of(mode_t mode) {
  if (S_ISREG(mode)) return "file";
  if (S_ISDIR(mode)) return "folder";
  if (S_ISLNK(mode)) return "link";
  return "other";
}

static int fs_stat(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  bool follow = true;
  struct stat info;
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    follow = lua_getfield(L, 2, "follow") == LUA_TNIL || lua_toboolean(L, -1);
  }
  if ((follow ? stat(path, &info) : lstat(path, &info)) != 0) return host_push_errno(L, path);
  lua_createtable(L, 0, 4);
  host_set_text(L, "kind", kind_of(info.st_mode));
  lua_pushinteger(L, (lua_Integer)info.st_size);
  lua_setfield(L, -2, "size");
  lua_pushinteger(L, (lua_Integer)info.st_mtime);
  lua_setfield(L, -2, "mtime");
  lua_pushinteger(L, (lua_Integer)(info.st_mode & 07777));
  lua_setfield(L, -2, "mode");
  return 1;
}

static int compare_names(const void *left, const void *right) {
  return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Pushes a list of the names in a folder, as readdir gives them. Returns false with errno. */
static bool push_unsorted(lua_State *L, const char *path) {
  struct folder *folder = push_folder(L);
  int guard = lua_gettop(L);
  lua_newtable(L);
  folder->entries = opendir(path);
  bool complete = folder->entries != NULL;
  struct dirent *entry;
  for (lua_Integer count = 1; complete && (errno = 0, entry = readdir(folder->entries)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, count++);
  }
  if (complete) complete = errno == 0;
  end_guard(L, guard, folder_close);
  if (!complete) lua_pop(L, 1);
  return complete;
}

/* The same in order of their bytes. */
static bool push_names(lua_State *L, const char *path) {
  if (!push_unsorted(L, path)) return false;
  size_t count = lua_rawlen(L, -1);
  const char **names = lua_newuserdatauv(L, (count + 1) * sizeof *names, 0);
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, -2, (lua_Integer)i + 1);
    names[i] = lua_tostring(L, -1); /* kept alive by the unsorted list */
    lua_pop(L, 1);
  }
  qsort(names, count, sizeof *names, compare_names);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_pushstring(L, names[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
  return true;
}

static int fs_list(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  if (!push_names(L, path)) return host_push_errno(L, path);
  return 1;
}

/* Calls the visitor at stack index 2 for each entry of a folder. Returns NULL, or the path that could not
 * be looked at, with errno; what is gone meanwhile is no error. */
static const char *walk_folder(lua_State *L, const char *path, int depth) {
  if (depth > 200) {
    errno = ENAMETOOLONG;
    return path;
  }
  luaL_checkstack(L, 8, "folders");
  if (!push_names(L, path)) return errno == ENOENT && depth > 0 ? NULL : path;
  int names = lua_gettop(L);
  lua_Integer count = (lua_Integer)lua_rawlen(L, names);
  for (lua_Integer i = 1; i <= count; i++) {
    struct stat info;
    lua_rawgeti(L, names, i);
    const char *entry = lua_pushfstring(L, "%s/%s", path, lua_tostring(L, -1));
    if (lstat(entry, &info) != 0) {
      if (errno != ENOENT) return entry;
      lua_settop(L, names);
      continue;
    }
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_pushstring(L, kind_of(info.st_mode));
    lua_call(L, 2, 1);
    bool descend = lua_isnil(L, -1) || lua_toboolean(L, -1);
    lua_pop(L, 1);
    const char *failed = S_ISDIR(info.st_mode) && descend ? walk_folder(L, entry, depth + 1) : NULL;
    if (failed != NULL) return failed;
    lua_settop(L, names);
  }
  lua_settop(L, names - 1);
  return NULL;
}

static int fs_walk(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  const char *failed = walk_folder(L, path, 0);
  if (failed != NULL) return host_push_errno(L, failed);
  return push_true(L);
}

static int push_path(lua_State *L, const char *path, const char *given) {
  if (path == NULL) return host_push_errno(L, given);
  lua_pushstring(L, path);
  return 1;
}

static int fs_realpath(lua_State *L) {
  char resolved[PATH_MAX];
  const char *path = fs_check_path(L, 1);
  return push_path(L, realpath(path, resolved), path);
}

static int fs_cwd(lua_State *L) {
  char path[PATH_MAX];
  return push_path(L, getcwd(path, sizeof path), NULL);
}

static int fs_writable(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  if (access(path, W_OK) != 0) return host_push_errno(L, path);
  return push_true(L);
}

/* --- temporary folders --- */

/* One table in the registry whose metatable removes what it holds when the state closes. */
static int tempdir_collect(lua_State *L) {
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    lua_pop(L, 1);
    fs_remove_tree(lua_tostring(L, -1));
  }
  return 0;
}

static void push_tempdirs(lua_State *L) {
  if (lua_getfield(L, LUA_REGISTRYINDEX, TEMPDIR) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, tempdir_collect);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, TEMPDIR);
}

static int fs_tempdir(lua_State *L) {
  char path[PATH_MAX];
  const char *base = lua_isnoneornil(L, 1) ? NULL : fs_check_path(L, 1);
  if (base == NULL) base = getenv("TMPDIR");
  if (base == NULL || base[0] != '/') base = "/tmp";
  if (snprintf(path, sizeof path, "%s/pysec-XXXXXX", base) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return host_push_errno(L, base);
  }
  push_tempdirs(L);
  if (mkdtemp(path) == NULL) return host_push_errno(L, base);
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, path);
  lua_pushstring(L, path);
  return 1;
}

/* --- locks --- */

static int lock_release(lua_State *L) {
  luaL_checkudata(L, 1, LOCK);
  return descriptor_close(L);
}

static int fs_lock(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  struct descriptor *lock = push_descriptor(L);
  luaL_setmetatable(L, LOCK);
  lock->file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (lock->file < 0) return host_push_errno(L, path);
  if (flock(lock->file, LOCK_EX | LOCK_NB) == 0) return 1;
  int count = errno == EWOULDBLOCK ? host_push_failure(L, "EAGAIN", "%s: locked by another process", path)
                                   : host_push_errno(L, path);
  close(lock->file);
  lock->file = -1;
  return count;
}

static const luaL_Reg lock_methods[] = {
    {"release", lock_release}, {"__gc", lock_release}, {"__close", lock_release}, {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"append", fs_append},     {"copy", fs_copy},         {"cwd", fs_cwd},         {"list", fs_list},
    {"lock", fs_lock},         {"mkdirs", fs_mkdirs},     {"read", fs_read},       {"realpath", fs_realpath},
    {"remove", fs_remove},     {"rename", fs_rename},     {"stat", fs_stat},       {"tempdir", fs_tempdir},
    {"walk", fs_walk},         {"writable", fs_writable}, {"write", fs_write},     {NULL, NULL},
};

int luaopen_pysec_fs(lua_State *L) {
  luaL_newmetatable(L, LOCK);
  luaL_setfuncs(L, lock_methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}
