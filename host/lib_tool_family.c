/* pysec.tool: all that one host has started, to be found by who comes after it. */
#include <string.h>

#include "host.h"
#include "lib_tool.h"
#include "process_kin.h"

#define FAMILY "pysec.tool.family"
#define HUNT "pysec.tool.hunt"

enum { MOST_SECONDS = 5, LOOK_AGAIN_MS = 10 };

/* Pushes the token of this host, which is made when it is first asked for. */
static const char *push_family(lua_State *L) {
  if (lua_getfield(L, LUA_REGISTRYINDEX, FAMILY) == LUA_TSTRING) return lua_tostring(L, -1);
  char token[PROCESS_TOKEN_DIGITS + 1];
  lua_pop(L, 1);
  process_make_token(token);
  const char *kept = lua_pushstring(L, token);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, FAMILY);
  return kept;
}

void lib_tool_make_mark(lua_State *L, char *mark) {
  char run[PROCESS_TOKEN_DIGITS + 1];
  process_make_token(run);
  process_make_mark(mark, push_family(L), run);
  lua_pop(L, 1);
}

int lib_tool_family(lua_State *L) {
  push_family(L);
  return 1;
}

static const char *check_token(lua_State *L, int index) {
  size_t length;
  const char *token = luaL_checklstring(L, index, &length);
  bool is_token = length == PROCESS_TOKEN_DIGITS && strspn(token, "0123456789abcdef") == length;
  luaL_argcheck(L, is_token, index, "a family's token is 16 hexadecimal digits");
  return token;
}

static int hunt_end(lua_State *L) {
  process_hunt_free(lua_touserdata(L, 1));
  return 0;
}

static struct process_hunt *push_hunt(lua_State *L) {
  struct process_hunt *hunt = lua_newuserdatauv(L, sizeof *hunt, 0);
  *hunt = (struct process_hunt){NULL, 0, 0};
  if (luaL_newmetatable(L, HUNT)) {
    lua_pushcfunction(L, hunt_end);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return hunt;
}

int lib_tool_end_family(lua_State *L) {
  char mark[PROCESS_MARK_SIZE];
  process_make_mark(mark, check_token(L, 1), "");
  struct process_hunt *hunt = push_hunt(L);
  uint64_t end = uv_hrtime() + (uint64_t)MOST_SECONDS * 1000000000;
  int found;
  while ((found = process_hunt_again(hunt, mark)) > 0 && uv_hrtime() < end) {
    host_check_interrupt(L);
    uv_sleep(LOOK_AGAIN_MS);
  }
  if (found < 0) return host_push_errno(L, "/proc");
  if (found > 0)
    return host_push_failure(L, "ETIMEDOUT", "%d process%s could not be killed within %d seconds", found,
                             found == 1 ? "" : "es", MOST_SECONDS);
  lua_pushinteger(L, (lua_Integer)hunt->count);
  process_hunt_free(hunt);
  return 1;
}
