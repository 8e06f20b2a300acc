/* The basic functions of the sandbox.
 *
 * Those that reach metatables, load code, print or collect garbage are left out. So is xpcall: hooks are off
 * while a message handler runs, so that it would be out of reach of the budget.
 */
#include <lauxlib.h>
#include <stdint.h>
#include <string.h>

#include "sandbox.h"
#include "sandbox_shared.h"

static int base_error(lua_State *L) {
  lua_Integer level = luaL_optinteger(L, 2, 1);
  lua_settop(L, 1);
  if (lua_type(L, 1) == LUA_TSTRING && level > 0 && level < INT32_MAX) {
    luaL_where(L, (int)level);
    lua_insert(L, 1);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int base_assert(lua_State *L) {
  if (lua_toboolean(L, 1)) return lua_gettop(L);
  luaL_checkany(L, 1);
  lua_remove(L, 1);
  lua_pushliteral(L, "assertion failed!"); /* unless a message is there */
  lua_settop(L, 1);
  return base_error(L);
}

static int ipairs_step(lua_State *L) {
  lua_Unsigned index = (lua_Unsigned)luaL_checkinteger(L, 2) + 1;
  lua_pushinteger(L, (lua_Integer)index);
  return lua_geti(L, 1, (lua_Integer)index) == LUA_TNIL ? 1 : 2;
}

static int base_ipairs(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushcfunction(L, ipairs_step);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

/* A spent budget ends every protected call too, or a policy could catch it in a loop. */
static int base_pcall(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
  if (status == LUA_OK) return lua_gettop(L);
  if (status == LUA_ERRMEM && sandbox_of(L) != NULL) sandbox_break_for_memory(L);
  if (sandbox_is_broken(L)) return lua_error(L);
  lua_pushboolean(L, 0);
  lua_insert(L, -2);
  return 2;
}

static int base_select(lua_State *L) {
  int count = lua_gettop(L);
  if (lua_type(L, 1) == LUA_TSTRING && *lua_tostring(L, 1) == '#') {
    lua_pushinteger(L, count - 1);
    return 1;
  }
  lua_Integer number = luaL_checkinteger(L, 1);
  if (number < 0)
    number = count + number;
  else if (number > count)
    number = count;
  luaL_argcheck(L, number >= 1, 1, "index out of range");
  sandbox_charge(L, (size_t)(count - number) / 16);
  return count - (int)number;
}

/* The value of a digit in bases up to 36; 36 when it is none. */
static unsigned digit_value(char c) {
  if (c >= '0' && c <= '9') return (unsigned)(c - '0');
  c |= 0x20;
  return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10 : 36;
}

/* The numeral has white space around it at most. It wraps around where it is too large. */
static bool read_integer(const char *text, size_t length, unsigned base, lua_Integer *result) {
  static const char SPACE[] = " \f\n\r\t\v";
  lua_Unsigned value = 0;
  const char *at = text + strspn(text, SPACE);
  bool is_negative = *at == '-';
  if (*at == '-' || *at == '+') at++;
  const char *first = at;
  for (; digit_value(*at) < base; at++) value = value * base + digit_value(*at);
  if (at == first) return false;
  at += strspn(at, SPACE);
  *result = (lua_Integer)(is_negative ? 0u - value : value);
  return at == text + length;
}

static int base_tonumber(lua_State *L) {
  size_t length;
  luaL_checkany(L, 1);
  if (lua_isnoneornil(L, 2)) {
    lua_settop(L, 1);
    if (lua_type(L, 1) == LUA_TNUMBER) return 1;
    const char *text = lua_tolstring(L, 1, &length);
    if (text != NULL) {
      sandbox_charge_bytes(L, length);
      if (lua_stringtonumber(L, text) == length + 1) return 1;
    }
    luaL_pushfail(L);
    return 1;
  }
  lua_Integer base = luaL_checkinteger(L, 2), value;
  luaL_checktype(L, 1, LUA_TSTRING);
  luaL_argcheck(L, base >= 2 && base <= 36, 2, "base out of range");
  const char *text = lua_tolstring(L, 1, &length);
  sandbox_charge_bytes(L, length);
  if (read_integer(text, length, (unsigned)base, &value))
    lua_pushinteger(L, value);
  else
    luaL_pushfail(L);
  return 1;
}

static int base_tostring(lua_State *L) {
  luaL_checkany(L, 1);
  sandbox_push_text(L, 1, NULL);
  return 1;
}

static int base_type(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushstring(L, luaL_typename(L, 1));
  return 1;
}

static int base_rawequal(lua_State *L) {
  luaL_checkany(L, 1);
  luaL_checkany(L, 2);
  lua_pushboolean(L, lua_rawequal(L, 1, 2));
  return 1;
}

static int base_rawlen(lua_State *L) {
  int type = lua_type(L, 1);
  luaL_argexpected(L, type == LUA_TTABLE || type == LUA_TSTRING, 1, "table or string");
  lua_pushinteger(L, (lua_Integer)lua_rawlen(L, 1));
  return 1;
}

static const luaL_Reg functions[] = {
    {"assert", base_assert}, {"error", base_error}, {"ipairs", base_ipairs}, {"next", sandbox_next},
    {"pairs", sandbox_pairs}, {"pcall", base_pcall}, {"rawequal", base_rawequal}, {"rawlen", base_rawlen},
    {"select", base_select}, {"tonumber", base_tonumber}, {"tostring", base_tostring}, {"type", base_type},
    {NULL, NULL},
};

void sandbox_open_base(lua_State *L) {
  luaL_setfuncs(L, functions, 0);
}
