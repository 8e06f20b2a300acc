/* The string library of the sandbox: Lua's own semantics, every call bounded and the same in every run.
 *
 * dump, pack, unpack and packsize are left out: a policy has no use for bytes and bytecode.
 */
#include <lauxlib.h>
#include <limits.h>
#include <lualib.h>
#include <string.h>

#include "sandbox.h"
#include "sandbox_shared.h"

enum { MAX_REPEATED = 500 * 1024 }; /* less than the largest text of all: this is an error, that the end */

/* Where a range ends, 0 when before the string. */
static size_t end_position(lua_State *L, int argument, lua_Integer otherwise, size_t length) {
  lua_Integer end = luaL_optinteger(L, argument, otherwise);
  if (end > (lua_Integer)length) return length;
  if (end >= 0) return (size_t)end;
  if (end < -(lua_Integer)length) return 0;
  return length + (size_t)end + 1;
}

static int string_byte(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_Integer given = luaL_optinteger(L, 2, 1);
  size_t first = sandbox_position(given, length);
  size_t last = end_position(L, 3, given, length);
  if (first > last) return 0;
  size_t count = last - first + 1;
  if (count >= INT_MAX) return luaL_error(L, "string slice too long");
  sandbox_charge(L, count);
  luaL_checkstack(L, (int)count, "string slice too long");
  for (size_t i = first - 1; i < last; i++) lua_pushinteger(L, (unsigned char)text[i]);
  return (int)count;
}

static int string_char(lua_State *L) {
  int count = lua_gettop(L);
  luaL_Buffer out;
  char *bytes = luaL_buffinitsize(L, &out, (size_t)count);
  sandbox_charge(L, (size_t)count);
  for (int i = 1; i <= count; i++) {
    lua_Integer code = luaL_checkinteger(L, i);
    luaL_argcheck(L, code >= 0 && code <= UCHAR_MAX, i, "value out of range");
    bytes[i - 1] = (char)code;
  }
  luaL_pushresultsize(&out, (size_t)count);
  return 1;
}

static int string_len(lua_State *L) {
  size_t length;
  luaL_checklstring(L, 1, &length);
  lua_pushinteger(L, (lua_Integer)length);
  return 1;
}

static int string_sub(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  size_t first = sandbox_position(luaL_checkinteger(L, 2), length);
  size_t last = end_position(L, 3, -1, length);
  size_t count = first <= last ? last - first + 1 : 0;
  sandbox_charge_bytes(L, count);
  lua_pushlstring(L, count > 0 ? text + first - 1 : "", count);
  return 1;
}

/* Letters of ASCII alone, whatever the locale says. */
static int change_case(lua_State *L, char first, char last) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  sandbox_charge_bytes(L, length);
  luaL_Buffer out;
  char *bytes = luaL_buffinitsize(L, &out, length);
  for (size_t i = 0; i < length; i++)
    bytes[i] = text[i] >= first && text[i] <= last ? (char)(text[i] ^ 0x20) : text[i];
  luaL_pushresultsize(&out, length);
  return 1;
}

static int string_lower(lua_State *L) {
  return change_case(L, 'A', 'Z');
}

static int string_upper(lua_State *L) {
  return change_case(L, 'a', 'z');
}

static int string_reverse(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  sandbox_charge_bytes(L, length);
  luaL_Buffer out;
  char *bytes = luaL_buffinitsize(L, &out, length);
  for (size_t i = 0; i < length; i++) bytes[i] = text[length - 1 - i];
  luaL_pushresultsize(&out, length);
  return 1;
}

static int string_rep(lua_State *L) {
  size_t length, between_length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_Integer count = luaL_checkinteger(L, 2);
  const char *between = luaL_optlstring(L, 3, "", &between_length);
  /* Empty strings would make a long loop of any count. */
  if (count <= 0 || length + between_length == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  if (length > MAX_REPEATED || between_length > MAX_REPEATED ||
      (lua_Unsigned)count > MAX_REPEATED / (length + between_length) + 1)
    return luaL_error(L, "resulting string too large (the limit is 500 KiB)");
  size_t total = (size_t)count * length + (size_t)(count - 1) * between_length;
  if (total > MAX_REPEATED) return luaL_error(L, "resulting string too large (the limit is 500 KiB)");
  sandbox_charge(L, (size_t)count / 16);
  sandbox_charge_bytes(L, total);
  luaL_Buffer out;
  char *bytes = luaL_buffinitsize(L, &out, total);
  for (lua_Integer i = 0; i < count; i++) {
    memcpy(bytes, text, length);
    bytes += length;
    if (i + 1 == count) break;
    memcpy(bytes, between, between_length);
    bytes += between_length;
  }
  luaL_pushresultsize(&out, total);
  return 1;
}

/* Lua's own format, its upvalue, once nothing is left that would write an address. It is called as C: an
 * error then names this function and the line of the policy. */
static int string_format(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  int count = lua_gettop(L), argument = 1;
  sandbox_charge_bytes(L, length);
  for (size_t i = 0; i < length; i++) {
    if (text[i] != '%') continue;
    do i++;
    while (i < length && text[i] != '\0' && strchr("-+ #.0123456789", text[i]) != NULL);
    if (i == length || text[i] == '%') continue;
    argument++;
    if (text[i] == 'p') return luaL_error(L, "invalid conversion '%%p' to 'format': it would write an address");
    if (argument > count) continue;
    if (text[i] == 's') {
      sandbox_push_text(L, argument, NULL);
      lua_replace(L, argument);
    }
    sandbox_charge_bytes(L, lua_type(L, argument) == LUA_TSTRING ? lua_rawlen(L, argument) : 64);
  }
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static const luaL_Reg functions[] = {
    {"byte", string_byte}, {"char", string_char}, {"find", sandbox_find}, {"gmatch", sandbox_gmatch},
    {"gsub", sandbox_gsub}, {"len", string_len}, {"lower", string_lower}, {"match", sandbox_match},
    {"rep", string_rep}, {"reverse", string_reverse}, {"sub", string_sub}, {"upper", string_upper},
    {NULL, NULL},
};

/* Opening Lua's own library gives strings their metatable: arithmetic on numerals stays, the index goes. */
void sandbox_open_string(lua_State *L) {
  luaL_newlib(L, functions);
  luaopen_string(L);
  lua_getfield(L, -1, "format");
  lua_pushcclosure(L, string_format, 1);
  lua_setfield(L, -3, "format");
  lua_pop(L, 1);
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 2);
}
