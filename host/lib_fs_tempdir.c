/* pysec.fs: temporary folders, which end with the host. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "fs.h"
#include "host.h"
#include "lib_fs.h"

#define TEMPDIR "pysec.fs.tempdir"

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

int lib_fs_tempdir(lua_State *L) {
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
