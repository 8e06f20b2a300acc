/* pysec.fs: what lies where. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "host.h"
#include "lib_fs.h"

static const char *kind_of(mode_t mode) {
  if (S_ISREG(mode)) return "file";
  if (S_ISDIR(mode)) return "folder";
  if (S_ISLNK(mode)) return "link";
  return "other";
}

int lib_fs_stat(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  bool follow = true;
  struct stat info;
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    follow = lua_getfield(L, 2, "follow") == LUA_TNIL || lua_toboolean(L, -1);
  }
  if ((follow ? stat(path, &info) : lstat(path, &info)) != 0) return host_push_errno(L, path);
  lua_createtable(L, 0, 6);
  host_set_text(L, "kind", kind_of(info.st_mode));
  lua_pushinteger(L, (lua_Integer)info.st_size);
  lua_setfield(L, -2, "size");
  lua_pushinteger(L, (lua_Integer)info.st_mtime);
  lua_setfield(L, -2, "mtime");
  lua_pushinteger(L, (lua_Integer)(info.st_mode & 07777));
  lua_setfield(L, -2, "mode");
  lua_pushinteger(L, (lua_Integer)info.st_ino);
  lua_setfield(L, -2, "inode");
  lua_pushinteger(L, (lua_Integer)info.st_dev);
  lua_setfield(L, -2, "device");
  return 1;
}

static int compare_names(const void *left, const void *right) {
  return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Pushes a list of the names in a folder, as readdir gives them. Returns false with errno. */
static bool push_unsorted(lua_State *L, const char *path) {
  struct lib_fs_folder *folder = lib_fs_push_folder(L);
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
  lib_fs_end_folder(L, guard);
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

int lib_fs_list(lua_State *L) {
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

int lib_fs_walk(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  const char *failed = walk_folder(L, path, 0);
  if (failed != NULL) return host_push_errno(L, failed);
  return lib_fs_push_true(L);
}

static int push_path(lua_State *L, const char *path, const char *given) {
  if (path == NULL) return host_push_errno(L, given);
  lua_pushstring(L, path);
  return 1;
}

int lib_fs_realpath(lua_State *L) {
  char resolved[PATH_MAX];
  const char *path = fs_check_path(L, 1);
  return push_path(L, realpath(path, resolved), path);
}

int lib_fs_cwd(lua_State *L) {
  char path[PATH_MAX];
  return push_path(L, getcwd(path, sizeof path), NULL);
}

int lib_fs_writable(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  if (access(path, W_OK) != 0) return host_push_errno(L, path);
  return lib_fs_push_true(L);
}
