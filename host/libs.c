/* The one list of the modules that scripts can require. */
#include "host.h"

#include <lualib.h>

static const luaL_Reg modules[] = {
    {"pysec.advisories", luaopen_pysec_advisories},
    {"pysec.clock", luaopen_pysec_clock},
    {"pysec.cvss", luaopen_pysec_cvss},
    {"pysec.env", luaopen_pysec_env},
    {"pysec.fs", luaopen_pysec_fs},
    {"pysec.host", luaopen_pysec_host},
    {"pysec.http", luaopen_pysec_http},
    {"pysec.json", luaopen_pysec_json},
    {"pysec.re", luaopen_pysec_re},
    {"pysec.sandbox", luaopen_pysec_sandbox},
    {"pysec.toml", luaopen_pysec_toml},
    {"pysec.tool", luaopen_pysec_tool},
    {"pysec.ui", luaopen_pysec_ui},
    {"pysec.version", luaopen_pysec_version},
    {NULL, NULL},
};

void libs_open(lua_State *L) {
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  for (const luaL_Reg *module = modules; module->name != NULL; module++) {
    lua_pushcfunction(L, module->func);
    lua_setfield(L, -2, module->name);
  }
  lua_pop(L, 1);
}
