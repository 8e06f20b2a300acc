/* pysec.toml */
#include "fs.h"
#include "host.h"
#include "toml.h"

/* Pushes a table whose keys are the names to skip and returns its index; 0: there are none. */
static int push_skipped(lua_State *L, int options) {
  if (lua_isnoneornil(L, options)) return 0;
  luaL_checktype(L, options, LUA_TTABLE);
  int type = lua_getfield(L, options, "skip");
  if (type == LUA_TNIL) return 0;
  luaL_argcheck(L, type == LUA_TTABLE, options, "skip: list of strings expected");
  lua_newtable(L);
  for (lua_Integer i = 1; lua_rawgeti(L, -2, i) != LUA_TNIL; i++) {
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, options, "skip: list of strings expected");
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
  return lua_gettop(L);
}

static int toml_decode(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  int skip = push_skipped(L, 2);
  if (length > TOML_MAX_BYTES) return host_push_failure(L, "EFBIG", "longer than 64 MiB");
  struct toml_error error;
  if (toml_read(L, text, length, skip, &error)) return 2;
  return host_push_failure(L, "ETOML", "%d:%d: %s", error.line, error.column, error.message);
}

static int toml_read_file(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  int skip = push_skipped(L, 2);
  if (!fs_read_file(L, path, TOML_MAX_BYTES)) return host_push_errno(L, path);
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  struct toml_error error;
  if (toml_read(L, text, length, skip, &error)) return 2;
  return host_push_failure(L, "ETOML", "%s:%d:%d: %s", path, error.line, error.column, error.message);
}

static const luaL_Reg functions[] = {{"decode", toml_decode}, {"read", toml_read_file}, {NULL, NULL}};

int luaopen_pysec_toml(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
