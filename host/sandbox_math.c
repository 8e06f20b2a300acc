/* The math and utf8 libraries of the sandbox: Lua's own, without chance, and charged where they are linear. */
#include <lauxlib.h>
#include <lualib.h>

#include "sandbox.h"
#include "sandbox_shared.h"

void sandbox_open_math(lua_State *L) {
  /* But for those of chance, they are there in some builds of Lua only. */
  static const char *const left_out[] = {"random", "randomseed", "atan2", "cosh", "frexp",
                                         "ldexp",  "log10",      "pow",   "sinh", "tanh"};
  luaopen_math(L);
  for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) {
    lua_pushnil(L);
    lua_setfield(L, -2, left_out[i]);
  }
}

/* --- utf8 --- */

/* Calls the function of Lua that is the upvalue as C, so that errors name the wrapper and the policy's line. */
static int call_own(lua_State *L) {
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static int utf8_linear(lua_State *L) {
  sandbox_charge_bytes(L, lua_rawlen(L, 1));
  return call_own(L);
}

static int utf8_codepoint(lua_State *L) {
  if (lua_gettop(L) > 2) sandbox_charge(L, lua_rawlen(L, 1));
  return call_own(L);
}

/* Lua's own step skips continuation bytes: all of them, where it is called by hand. */
static int codes_step(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_Unsigned first = (lua_Unsigned)lua_tointeger(L, 2), at = first;
  while (at < length && ((unsigned char)text[at] & 0xC0) == 0x80) at++;
  sandbox_charge(L, 1 + (size_t)(at - first));
  return call_own(L);
}

static int utf8_codes(lua_State *L) {
  int count = call_own(L);
  lua_pushvalue(L, -count);
  lua_pushcclosure(L, codes_step, 1);
  lua_replace(L, -count - 1);
  return count;
}

static const luaL_Reg wrappers[] = {
    {"codepoint", utf8_codepoint}, {"codes", utf8_codes}, {"len", utf8_linear}, {"offset", utf8_linear},
    {NULL, NULL},
};

void sandbox_open_utf8(lua_State *L) {
  luaopen_utf8(L);
  for (const luaL_Reg *wrapper = wrappers; wrapper->name != NULL; wrapper++) {
    lua_getfield(L, -1, wrapper->name);
    lua_pushcclosure(L, wrapper->func, 1);
    lua_setfield(L, -2, wrapper->name);
  }
}
