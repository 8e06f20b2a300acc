/* pysec.json */
#include "fs.h"
#include "host.h"
#include "json.h"

#include <errno.h>

/* Whether the options at `index`, which may be absent, have a true field of this name. */
static bool has_option(lua_State *L, int index, const char *name) {
  if (lua_isnoneornil(L, index)) return false;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_getfield(L, index, name);
  bool is_set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return is_set;
}

static int json_decode(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  bool lines = has_option(L, 2, "lines");
  struct json_error error;
  if (lines ? json_read_lines(L, text, length, &error) : json_read(L, text, length, &error)) return 1 + lines;
  return host_push_failure(L, "EJSON", "line %d, column %d: %s", error.line, error.column, error.message);
}

/* Upvalues: the text, how many at a time, the place. */
static int batches_next(lua_State *L) {
  size_t length;
  const char *text = lua_tolstring(L, lua_upvalueindex(1), &length);
  struct json_place *place = lua_touserdata(L, lua_upvalueindex(3));
  struct json_error error;
  if (!json_read_some(L, text, length, (int)lua_tointeger(L, lua_upvalueindex(2)), place, &error))
    return host_push_failure(L, "EJSON", "line %d, column %d: %s", error.line, error.column, error.message);
  if (lua_rawlen(L, -1) == 0) luaL_pushfail(L);
  return 1;
}

static int json_batches(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_Integer most = luaL_checkinteger(L, 2);
  luaL_argcheck(L, most >= 1 && most <= 1000000, 2, "a number from 1 to 1000000");
  lua_settop(L, 2);
  struct json_place *place = lua_newuserdatauv(L, sizeof *place, 0);
  *place = (struct json_place){.offset = 0};
  lua_pushcclosure(L, batches_next, 3);
  return 1;
}

static int json_encode(lua_State *L) {
  luaL_checkany(L, 1);
  json_write(L, 1, has_option(L, 2, "pretty"));
  return 1;
}

static int json_join_parts(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  json_join(L, 1);
  return 1;
}

static int json_read_file(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  if (!fs_read_file(L, path, FS_MAX_READ)) return host_push_errno(L, path);
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  struct json_error error;
  if (json_read(L, text, length, &error)) return 1;
  return host_push_failure(L, "EJSON", "%s:%d:%d: %s", path, error.line, error.column, error.message);
}

static int json_write_file(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  luaL_checkany(L, 2);
  json_write(L, 2, true);
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  struct fs_write_request request = {.path = path, .data = text, .length = length};
  if (fs_write_file(&request) != 0) return fs_push_write_error(L, &request);
  lua_pushboolean(L, 1);
  return 1;
}

static int json_array(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  json_push_array_metatable(L);
  lua_setmetatable(L, 1);
  return 1;
}

static int json_is_array(lua_State *L) {
  luaL_checkany(L, 1);
  bool is_array = false;
  if (lua_getmetatable(L, 1)) {
    json_push_array_metatable(L);
    is_array = lua_rawequal(L, -1, -2);
  }
  lua_pushboolean(L, is_array);
  return 1;
}

static const luaL_Reg functions[] = {
    {"array", json_array},   {"batches", json_batches}, {"decode", json_decode}, {"encode", json_encode},
    {"is_array", json_is_array}, {"join", json_join_parts}, {"read", json_read_file}, {"write", json_write_file},
    {NULL, NULL},
};

int luaopen_pysec_json(lua_State *L) {
  luaL_newlib(L, functions);
  json_push_null(L);
  lua_setfield(L, -2, "null");
  return 1;
}
