/* What code in a sandbox finds: the libraries, behind tables that nobody can change. */
#include "sandbox.h"

#include "json.h"

/* __newindex of a library's table; upvalue 1 is its name. A C function may have come here. */
static int refuse_change(lua_State *L) {
  const char *path;
  int line = sandbox_where(L, &path);
  lua_pushfstring(L, "%s:%d: '%s' is shared and cannot be changed", path, line, lua_tostring(L, lua_upvalueindex(1)));
  return lua_error(L);
}

void sandbox_protect(lua_State *L, const char *name) {
  lua_newtable(L);
  lua_createtable(L, 0, 2);
  lua_rotate(L, -3, -1); /* the proxy, its metatable, the library */
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, name);
  lua_pushcclosure(L, refuse_change, 1);
  lua_setfield(L, -2, "__newindex");
  lua_setmetatable(L, -2);
}

/* Stands for a function of the host, upvalue 1, that is linear in the texts that it gets: counts their bytes. */
static int charged(lua_State *L) {
  size_t steps = 20;
  int count = lua_gettop(L);
  for (int i = 1; i <= count; i++)
    if (lua_type(L, i) == LUA_TSTRING) steps += lua_rawlen(L, i) / 8;
  sandbox_charge(L, steps);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, count, LUA_MULTRET);
  return lua_gettop(L);
}

/* Of the module on top of the stack, the functions with these names. */
static void select_charged(lua_State *L, const char *const names[]) {
  lua_newtable(L);
  for (; *names != NULL; names++) {
    lua_getfield(L, -2, *names);
    lua_pushcclosure(L, charged, 1);
    lua_setfield(L, -2, *names);
  }
  lua_remove(L, -2);
}

static void open_version(lua_State *L) {
  static const char *const names[] = {"change", "compare", "is_prerelease", "matches", "normalize", "sort", NULL};
  lua_pushcfunction(L, luaopen_pysec_version);
  lua_call(L, 0, 1);
  select_charged(L, names);
}

static void open_json(lua_State *L) {
  static const char *const names[] = {"decode", "encode", NULL};
  lua_pushcfunction(L, luaopen_pysec_json);
  lua_call(L, 0, 1);
  select_charged(L, names);
  json_push_null(L);
  lua_setfield(L, -2, "null");
}

void sandbox_open_libs(lua_State *L) {
  static const struct {
    const char *name;
    void (*open)(lua_State *L);
  } libraries[] = {{"json", open_json},           {"math", sandbox_open_math}, {"string", sandbox_open_string},
                   {"table", sandbox_open_table}, {"utf8", sandbox_open_utf8}, {"version", open_version}};
  lua_pushcfunction(L, luaopen_pysec_re); /* regexes come from outside; here are their methods */
  lua_call(L, 0, 0);
  sandbox_open_base(L);
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    libraries[i].open(L);
    sandbox_protect(L, libraries[i].name);
    lua_setfield(L, -2, libraries[i].name);
  }
}
