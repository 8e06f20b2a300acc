/* pysec.advisories: the module. The methods of a database are in lib_advisories_db.c and the files beside it,
 * the service over one in lib_advisories_service.c. */
#include <stdio.h>
#include <string.h>

#include "advisory_lines.h"
#include "host.h"
#include "json.h"
#include "lib_advisories.h"

/* --- what the files share --- */

int lib_advisories_fail(lua_State *L, const struct advisory_error *error) {
  return host_push_failure(L, error->code, "%s", error->text);
}

struct lib_advisories_db *lib_advisories_check(lua_State *L) {
  struct lib_advisories_db *self = luaL_checkudata(L, 1, LIB_ADVISORIES_DATABASE);
  if (self->db == NULL) luaL_error(L, "the database is closed");
  if (self->busy) luaL_error(L, "the database is busy with an import");
  return self;
}

const char *lib_advisories_check_text(lua_State *L, int argument, size_t *length) {
  luaL_checktype(L, argument, LUA_TSTRING);
  const char *text = lua_tolstring(L, argument, length);
  luaL_argcheck(L, strlen(text) == *length, argument, "holds a zero byte");
  return text;
}

void lib_advisories_mark_array(lua_State *L) {
  json_push_array_metatable(L);
  lua_setmetatable(L, -2);
}

void lib_advisories_push_lines(lua_State *L, const char *lines) {
  struct advisory_line line;
  lua_newtable(L);
  for (lua_Integer i = 1; advisory_line_take(&lines, &line); i++) {
    lua_pushlstring(L, line.text, line.length);
    lua_rawseti(L, -2, i);
  }
  lib_advisories_mark_array(L);
}

void lib_advisories_set_rating(lua_State *L, const struct advisory_rating *rating) {
  host_set_text(L, "severity", severity_name(rating->severity));
  if (rating->score == ADVISORY_NO_SCORE) return;
  lua_pushnumber(L, rating->score / 10.0);
  lua_setfield(L, -2, "score");
  host_set_text(L, "vector", rating->vector);
}

int lib_advisories_push_option(lua_State *L, int index, const char *name) {
  if (!lua_isnoneornil(L, index)) {
    luaL_checktype(L, index, LUA_TTABLE);
    return lua_getfield(L, index, name);
  }
  lua_pushnil(L);
  return LUA_TNIL;
}

lua_Integer lib_advisories_option_integer(lua_State *L, int index, const char *name, lua_Integer most) {
  int type = lib_advisories_push_option(L, index, name), is_integer = 1;
  lua_Integer value = type == LUA_TNIL ? 0 : lua_tointegerx(L, -1, &is_integer);
  if (!is_integer || value < 0 || value > most)
    luaL_argerror(L, index, lua_pushfstring(L, "%s: 0 to %I expected", name, (LUAI_UACINT)most));
  return value;
}

/* --- the module --- */

static int advisories_open(lua_State *L) {
  size_t length;
  const char *path = lib_advisories_check_text(L, 1, &length);
  lib_advisories_push_option(L, 2, "write");
  bool writable = lua_toboolean(L, -1);
  struct advisory_error error;
  struct lib_advisories_db *self = lua_newuserdatauv(L, sizeof *self, 0);
  *self = (struct lib_advisories_db){0};
  luaL_setmetatable(L, LIB_ADVISORIES_DATABASE);
  if (!advisory_db_open(&self->db, path, writable, &error)) return lib_advisories_fail(L, &error);
  return 1;
}

void lib_advisories_make_class(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *metamethods) {
  luaL_newmetatable(L, name);
  luaL_setfuncs(L, metamethods, 0);
  lua_newtable(L);
  if (methods != NULL) luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

static const luaL_Reg functions[] = {{"open", advisories_open}, {NULL, NULL}};

int luaopen_pysec_advisories(lua_State *L) {
  lib_advisories_open_db(L);
  lib_advisories_open_audit(L);
  luaL_newlib(L, functions);
  lib_advisories_add_service(L);
  return 1;
}
