/* The table library of the sandbox.
 *
 * All access to a table honours its metamethods: those of the shared, read-only tables refuse to be changed.
 */
#include <lauxlib.h>
#include <limits.h>
#include <string.h>

#include "sandbox.h"
#include "sandbox_shared.h"

enum { MAX_MOVED = 1000000, COMPARE_STEPS = 4 };

static lua_Integer check_length(lua_State *L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  return luaL_len(L, index);
}

/* The elements of a range, before they are gone through: a table of no more than 64 entries may have a length of
 * 2^62. */
static void charge_range(lua_State *L, lua_Integer first, lua_Integer last) {
  if (first <= last) sandbox_charge(L, (size_t)((lua_Unsigned)last - (lua_Unsigned)first));
}

/* Copies one element of the table at `from` to that at `to`. */
static void copy(lua_State *L, int from, lua_Integer source, int to, lua_Integer target) {
  lua_geti(L, from, source);
  lua_seti(L, to, target);
}

static int table_concat(lua_State *L) {
  lua_Integer length = check_length(L, 1);
  size_t separator_length;
  const char *separator = luaL_optlstring(L, 2, "", &separator_length);
  lua_Integer i = luaL_optinteger(L, 3, 1), last = luaL_optinteger(L, 4, length);
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  bool is_more = i <= last;
  while (is_more) {
    lua_geti(L, 1, i);
    if (!lua_isstring(L, -1))
      return luaL_error(L, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(L, -1),
                        (LUAI_UACINT)i);
    sandbox_charge_bytes(L, lua_rawlen(L, -1) + separator_length);
    luaL_addvalue(&out);
    is_more = i++ < last;
    if (is_more) luaL_addlstring(&out, separator, separator_length);
  }
  luaL_pushresult(&out);
  return 1;
}

static int table_insert(lua_State *L) {
  lua_Integer end = (lua_Integer)((lua_Unsigned)check_length(L, 1) + 1), position = end;
  if (lua_gettop(L) == 3) {
    position = luaL_checkinteger(L, 2);
    luaL_argcheck(L, (lua_Unsigned)position - 1u < (lua_Unsigned)end, 2, "position out of bounds");
    charge_range(L, position, end);
    for (lua_Integer i = end; i > position; i--) copy(L, 1, i - 1, 1, i);
  } else if (lua_gettop(L) != 2) {
    return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  lua_seti(L, 1, position);
  return 0;
}

static int table_remove(lua_State *L) {
  lua_Integer length = check_length(L, 1), position = luaL_optinteger(L, 2, length);
  if (position != length)
    luaL_argcheck(L, (lua_Unsigned)position - 1u <= (lua_Unsigned)length, 2, "position out of bounds");
  charge_range(L, position, length);
  lua_geti(L, 1, position);
  for (; position < length; position++) copy(L, 1, position + 1, 1, position);
  lua_pushnil(L);
  lua_seti(L, 1, position);
  return 1;
}

static int table_move(lua_State *L) {
  lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3), to = luaL_checkinteger(L, 4);
  int target = lua_isnoneornil(L, 5) ? 1 : 5;
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, target, LUA_TTABLE);
  if (last >= first) {
    lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first; /* less one: it may be all integers */
    luaL_argcheck(L, count < MAX_MOVED, 3, "too many elements to move");
    luaL_argcheck(L, to <= LUA_MAXINTEGER - (lua_Integer)count, 4, "destination wrap around");
    charge_range(L, first, last);
    bool is_overlapping = to > first && to <= last && lua_rawequal(L, 1, target);
    for (lua_Integer i = 0; i <= (lua_Integer)count; i++) {
      lua_Integer offset = is_overlapping ? (lua_Integer)count - i : i;
      copy(L, 1, first + offset, target, to + offset);
    }
  }
  lua_pushvalue(L, target);
  return 1;
}

static int table_pack(lua_State *L) {
  int count = lua_gettop(L);
  sandbox_charge(L, (size_t)count);
  lua_createtable(L, count, 1);
  lua_insert(L, 1);
  for (int i = count; i >= 1; i--) lua_rawseti(L, 1, i);
  lua_pushinteger(L, count);
  lua_setfield(L, 1, "n");
  return 1;
}

static int table_unpack(lua_State *L) {
  lua_Integer first = luaL_optinteger(L, 2, 1);
  lua_Integer last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
  if (first > last) return 0;
  lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
  if (count >= INT_MAX - 1 || !lua_checkstack(L, (int)count + 1))
    return luaL_error(L, "too many results to unpack");
  charge_range(L, first, last);
  for (lua_Unsigned i = 0; i <= count; i++) lua_geti(L, 1, (lua_Integer)((lua_Unsigned)first + i));
  return (int)count + 1;
}

/* --- sort: a merge sort, which is stable, calls the comparison in the same order in every run, and ends
 * after n log n of them however inconsistent they are --- */

enum { SORTED = 1, LESS = 2, FROM = 3, TO = 4 };

/* Compares strings by their bytes: an order by the locale would differ from one machine to the next. */
static bool is_less_by_default(lua_State *L, int a, int b) {
  if (lua_type(L, a) != LUA_TSTRING || lua_type(L, b) != LUA_TSTRING) return lua_compare(L, a, b, LUA_OPLT);
  size_t a_length, b_length;
  const char *a_text = lua_tolstring(L, a, &a_length), *b_text = lua_tolstring(L, b, &b_length);
  size_t common = a_length < b_length ? a_length : b_length;
  sandbox_charge_bytes(L, common);
  int order = memcmp(a_text, b_text, common);
  return order < 0 || (order == 0 && a_length < b_length);
}

/* Whether element `a` of FROM comes before its element `b`. */
static bool is_less(lua_State *L, lua_Integer a, lua_Integer b) {
  bool is_called = !lua_isnil(L, LESS);
  sandbox_charge(L, COMPARE_STEPS);
  if (is_called) lua_pushvalue(L, LESS);
  lua_rawgeti(L, FROM, a);
  lua_rawgeti(L, FROM, b);
  if (is_called) lua_call(L, 2, 1);
  bool result = is_called ? lua_toboolean(L, -1) : is_less_by_default(L, -2, -1);
  lua_settop(L, TO);
  return result;
}

/* Merges the sorted [first, middle) and [middle, end) of FROM into TO. */
static void merge(lua_State *L, lua_Integer first, lua_Integer middle, lua_Integer end) {
  lua_Integer left = first, right = middle;
  for (lua_Integer i = first; i < end; i++) {
    bool is_right = left == middle || (right < end && is_less(L, right, left));
    lua_rawgeti(L, FROM, is_right ? right++ : left++);
    lua_rawseti(L, TO, i);
  }
}

static int table_sort(lua_State *L) {
  lua_Integer count = check_length(L, SORTED);
  if (count < 2) return 0;
  luaL_argcheck(L, count < INT_MAX, 1, "array too big");
  if (!lua_isnoneornil(L, LESS)) luaL_checktype(L, LESS, LUA_TFUNCTION);
  lua_settop(L, LESS);
  lua_newtable(L);
  lua_newtable(L);
  charge_range(L, -count, count); /* in and out */
  for (lua_Integer i = 1; i <= count; i++) copy(L, SORTED, i, FROM, i);
  for (lua_Integer width = 1; width < count; width *= 2) {
    sandbox_charge(L, (size_t)count);
    for (lua_Integer first = 1; first <= count; first += 2 * width) {
      lua_Integer middle = first + width <= count ? first + width : count + 1;
      lua_Integer end = middle + width <= count ? middle + width : count + 1;
      merge(L, first, middle, end);
    }
    lua_insert(L, FROM); /* what was merged is what the next round reads */
  }
  for (lua_Integer i = 1; i <= count; i++) copy(L, FROM, i, SORTED, i);
  return 0;
}

static const luaL_Reg functions[] = {
    {"concat", table_concat}, {"insert", table_insert}, {"move", table_move}, {"pack", table_pack},
    {"remove", table_remove}, {"sort", table_sort}, {"unpack", table_unpack}, {NULL, NULL},
};

void sandbox_open_table(lua_State *L) {
  luaL_newlib(L, functions);
}
