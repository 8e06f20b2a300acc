/* pysec.fs: how much a tree takes, and how much is left. */
#include "fs.h"
#include "host.h"
#include "lib_fs.h"

static void set_count(lua_State *L, const char *field, unsigned long long count) {
  lua_pushinteger(L, count > LUA_MAXINTEGER ? LUA_MAXINTEGER : (lua_Integer)count);
  lua_setfield(L, -2, field);
}

int lib_fs_measure(lua_State *L) {
  struct fs_measure measure;
  struct fs_place place;
  const char *path = fs_check_path(L, 1);
  if (fs_measure_tree(path, &measure, &place) != 0) return host_push_errno(L, fs_place_path(&place));
  lua_createtable(L, 0, 2);
  set_count(L, "bytes", measure.bytes);
  set_count(L, "entries", measure.entries);
  return 1;
}

int lib_fs_space(lua_State *L) {
  struct fs_space space;
  const char *folder = fs_check_path(L, 1);
  if (fs_space_of(folder, &space) != 0) return host_push_errno(L, folder);
  lua_createtable(L, 0, 3);
  set_count(L, "bytes", space.bytes);
  if (space.counts_entries) set_count(L, "entries", space.entries);
  lua_pushboolean(L, space.has_reflinks);
  lua_setfield(L, -2, "reflinks");
  return 1;
}
