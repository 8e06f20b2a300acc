/* Copying values from one Lua state to another. */
#include "sandbox_copy.h"

#include "re.h"

enum { MAX_DEPTH = 64, SLOTS = 6, MAX_EXPECTED = 64, OBJECT_BYTES = 512, TABLE_STEPS = 4, VALUE_BYTES = 24 };

static void copy_value(struct copy *copy, int index, int depth);

/* A text that a sandbox holds once may be handed over a thousand times. A table or a function costs more than it
 * takes: the host makes something of it. */
static void pay(struct copy *copy, size_t bytes) {
  if (copy->bytes_left == NULL) return;
  if (*copy->bytes_left < bytes) {
    *copy->bytes_left = 0;
    luaL_error(copy->to, "more is handed over than the budget of memory");
  }
  *copy->bytes_left -= bytes;
}

static void copy_table(struct copy *copy, int index, int depth) {
  lua_State *from = copy->from, *to = copy->to;
  if (depth >= MAX_DEPTH) luaL_error(to, "tables nested deeper than %d levels", MAX_DEPTH);
  if (!lua_checkstack(from, SLOTS)) luaL_error(to, "not enough memory");
  host_reserve_stack(to, SLOTS);
  /* The length of a table of 64 entries may be 2^62. */
  lua_Unsigned border = lua_rawlen(from, index);
  int length = border <= MAX_EXPECTED ? (int)border : MAX_EXPECTED, count = 0;
  pay(copy, OBJECT_BYTES);
  /* A table that was emptied takes its time to go over. */
  if (!sandbox_spend(from, TABLE_STEPS)) luaL_error(to, "%s", sandbox_of(from)->reason);
  lua_createtable(to, length, length == 0 && copy->keys <= MAX_EXPECTED ? copy->keys : 0);
  lua_pushnil(from);
  while (lua_next(from, index)) {
    count++;
    int value = lua_gettop(from);
    copy_value(copy, value - 1, depth + 1);
    copy_value(copy, value, depth + 1);
    lua_rawset(to, -3);
    lua_settop(from, value - 1);
  }
  if (length == 0 && count > 0) copy->keys = count;
}

static void copy_function(struct copy *copy, int index) {
  lua_State *from = copy->from;
  lua_Integer number = 0;
  if (copy->functions != 0) {
    if (!lua_checkstack(from, 1)) luaL_error(copy->to, "not enough memory");
    lua_pushvalue(from, index);
    lua_rawget(from, copy->functions);
    number = lua_tointeger(from, -1);
    lua_pop(from, 1);
  }
  if (number == 0) luaL_error(copy->to, "a function cannot be handed over here");
  pay(copy, OBJECT_BYTES);
  copy->make(copy->to, copy->data, number);
}

static void copy_value(struct copy *copy, int index, int depth) {
  lua_State *from = copy->from, *to = copy->to;
  size_t length;
  if (copy->values_left-- <= 0) luaL_error(to, "too many values are handed over at once");
  pay(copy, VALUE_BYTES);
  switch (lua_type(from, index)) {
    case LUA_TNIL: lua_pushnil(to); return;
    case LUA_TBOOLEAN: lua_pushboolean(to, lua_toboolean(from, index)); return;
    case LUA_TNUMBER:
      if (lua_isinteger(from, index))
        lua_pushinteger(to, lua_tointeger(from, index));
      else
        lua_pushnumber(to, lua_tonumber(from, index));
      return;
    case LUA_TSTRING: {
      const char *text = lua_tolstring(from, index, &length);
      pay(copy, length);
      lua_pushlstring(to, text, length);
      return;
    }
    case LUA_TTABLE: copy_table(copy, index, depth); return;
    case LUA_TFUNCTION: copy_function(copy, index); return;
    case LUA_TLIGHTUSERDATA: lua_pushlightuserdata(to, lua_touserdata(from, index)); return;
    default:
      if (!re_copy(from, index, to)) luaL_error(to, "a %s cannot be handed over", lua_typename(from, lua_type(from, index)));
  }
}

void sandbox_copy(struct copy *copy, int index) {
  host_reserve_stack(copy->to, SLOTS);
  copy_value(copy, lua_absindex(copy->from, index), 0);
}

static void register_value(lua_State *L, int index, int functions, int depth, int *values_left) {
  int type = lua_type(L, index);
  if (type != LUA_TFUNCTION && type != LUA_TTABLE) return;
  if (depth >= MAX_DEPTH) luaL_error(L, "tables nested deeper than %d levels", MAX_DEPTH);
  if ((*values_left)-- <= 0) luaL_error(L, "too many values are handed over at once");
  host_reserve_stack(L, SLOTS);
  if (type == LUA_TFUNCTION) {
    lua_pushvalue(L, index);
    if (lua_rawget(L, functions) == LUA_TNIL) {
      lua_Integer number = (lua_Integer)lua_rawlen(L, functions) + 1;
      lua_pushvalue(L, index);
      lua_rawseti(L, functions, number);
      lua_pushvalue(L, index);
      lua_pushinteger(L, number);
      lua_rawset(L, functions);
    }
    lua_pop(L, 1);
    return;
  }
  sandbox_charge(L, TABLE_STEPS);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    register_value(L, lua_gettop(L), functions, depth + 1, values_left);
    lua_pop(L, 1);
  }
}

void sandbox_register(lua_State *L, int index, int functions) {
  int values_left = 100000;
  register_value(L, lua_absindex(L, index), functions, 0, &values_left);
}
