/* pysec.env: the environment, read-only. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

static int env_get(lua_State *L) {
  lua_pushstring(L, getenv(luaL_checkstring(L, 1)));
  return 1;
}

static int env_list(lua_State *L) {
  lua_newtable(L);
  for (char **entry = environ; *entry != NULL; entry++) {
    const char *equals = strchr(*entry, '=');
    if (equals == NULL) continue;
    lua_pushlstring(L, *entry, (size_t)(equals - *entry));
    lua_pushstring(L, equals + 1);
    lua_rawset(L, -3);
  }
  return 1;
}

static const luaL_Reg functions[] = {{"get", env_get}, {"list", env_list}, {NULL, NULL}};

int luaopen_pysec_env(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
