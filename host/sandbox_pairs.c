/* pairs and next in an order that is the same in every run: Lua's own depends on a seed that is drawn from an
 * address and the time.
 *
 * Integers ascend, then other numbers, then strings by their bytes, then false and true.
 */
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "sandbox_shared.h"

enum { KEYS_A_CHARGE = 256 };

enum kind { KEY_INTEGER, KEY_FLOAT, KEY_STRING, KEY_BOOLEAN };

struct key {
  union {
    lua_Integer integer; /* of a boolean too */
    lua_Number number;
    const char *text;
  } as;
  size_t length;
  unsigned kind;
  unsigned index; /* in the table of keys, counted from 1 */
};

static struct key read_key(lua_State *L, int index, const char *caller) {
  struct key key = {.as.integer = 0};
  switch (lua_type(L, index)) {
    case LUA_TNUMBER: {
      int is_integer; /* a float such as 2.0 is the key 2 */
      key.as.integer = lua_tointegerx(L, index, &is_integer);
      key.kind = is_integer ? KEY_INTEGER : KEY_FLOAT;
      if (!is_integer) key.as.number = lua_tonumber(L, index);
      break;
    }
    case LUA_TSTRING:
      key.kind = KEY_STRING;
      key.as.text = lua_tolstring(L, index, &key.length);
      break;
    case LUA_TBOOLEAN:
      key.kind = KEY_BOOLEAN;
      key.as.integer = lua_toboolean(L, index);
      break;
    default:
      luaL_error(L, "%s: a key is a %s, which has no order (use numbers, strings or booleans)", caller,
                 luaL_typename(L, index));
  }
  return key;
}

static int compare(const void *first, const void *second) {
  const struct key *a = first, *b = second;
  if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
  if (a->kind == KEY_FLOAT) return (a->as.number > b->as.number) - (a->as.number < b->as.number);
  if (a->kind != KEY_STRING) return (a->as.integer > b->as.integer) - (a->as.integer < b->as.integer);
  int order = memcmp(a->as.text, b->as.text, a->length < b->length ? a->length : b->length);
  return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static void charge_key(lua_State *L, size_t number) {
  if (number % KEYS_A_CHARGE == 0) sandbox_charge(L, KEYS_A_CHARGE);
}

/* --- pairs --- */

/* Counts the keys of the table at index 1. */
static size_t count_keys(lua_State *L) {
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) charge_key(L, ++count);
  return count;
}

/* Puts the keys of the table at index 1 into that at index 2 and counts them. 1 to `border` are left out. */
static size_t collect(lua_State *L, lua_Unsigned border) {
  size_t count = 0, seen = 0;
  for (lua_pushnil(L); lua_next(L, 1);) {
    lua_pop(L, 1);
    charge_key(L, ++seen);
    if (lua_isinteger(L, -1) && (lua_Unsigned)lua_tointeger(L, -1) - 1 < border) continue;
    lua_pushvalue(L, -1);
    lua_rawseti(L, 2, (lua_Integer)++count);
  }
  return count;
}

/* Pushes the keys of the table at index 2 as a sorted array. */
static void push_sorted(lua_State *L, size_t count) {
  size_t bytes = 0, rounds = 1;
  struct key *keys = lua_newuserdatauv(L, count * sizeof *keys, 0);
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, 2, (lua_Integer)i + 1);
    keys[i] = read_key(L, -1, "pairs");
    keys[i].index = (unsigned)i + 1;
    bytes += keys[i].length;
    lua_pop(L, 1); /* the table keeps the key, and with it the text */
  }
  while (count >> rounds != 0) rounds++;
  sandbox_charge(L, rounds * count);
  sandbox_charge_bytes(L, rounds * bytes);
  if (count > 1) qsort(keys, count, sizeof *keys, compare);
}

/* Upvalues: the table, its keys, their sorted array, its size, the border; then how many of the array and of
 * the sequence were visited. */
enum { TABLE = 1, KEYS, SORTED, COUNT, BORDER, VISITED, POSITION, UPVALUES = POSITION };

static void set_upvalue(lua_State *L, int number, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_replace(L, lua_upvalueindex(number));
}

/* Pushes a key and its value; false, with nothing pushed, when the key is gone by now. */
static bool push_entry(lua_State *L) {
  lua_pushvalue(L, -1);
  if (lua_rawget(L, lua_upvalueindex(TABLE)) != LUA_TNIL) return true;
  lua_pop(L, 2);
  return false;
}

static int pairs_step(lua_State *L) {
  const struct key *keys = lua_touserdata(L, lua_upvalueindex(SORTED));
  lua_Integer count = lua_tointeger(L, lua_upvalueindex(COUNT));
  lua_Integer border = lua_tointeger(L, lua_upvalueindex(BORDER));
  lua_Integer visited = lua_tointeger(L, lua_upvalueindex(VISITED));
  lua_Integer position = lua_tointeger(L, lua_upvalueindex(POSITION));
  lua_settop(L, 0);
  for (;;) {
    /* Integers below 1 come before the sequence, all else after it. */
    bool is_sorted = visited < count && keys[visited].kind == KEY_INTEGER && keys[visited].as.integer < 1;
    if (!is_sorted && position < border) {
      lua_pushinteger(L, ++position);
    } else if (visited < count) {
      lua_rawgeti(L, lua_upvalueindex(KEYS), keys[visited++].index);
    } else {
      break;
    }
    sandbox_charge(L, 1);
    if (!push_entry(L)) continue;
    set_upvalue(L, VISITED, visited);
    set_upvalue(L, POSITION, position);
    return 2;
  }
  set_upvalue(L, VISITED, visited);
  set_upvalue(L, POSITION, position);
  lua_pushnil(L);
  return 1;
}

int sandbox_pairs(lua_State *L) {
  luaL_checkany(L, 1);
  if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
    lua_pushvalue(L, 1);
    lua_call(L, 1, 3);
    return 3;
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_newtable(L);
  /* The sequence is stepped through as it is, unless most of it is holes. */
  lua_Unsigned border = lua_rawlen(L, 1);
  if (border > count_keys(L)) border = 0;
  size_t count = collect(L, border);
  push_sorted(L, count);
  lua_pushinteger(L, (lua_Integer)count);
  lua_pushinteger(L, (lua_Integer)border);
  lua_pushinteger(L, 0);
  lua_pushinteger(L, 0);
  lua_pushvalue(L, 1);
  lua_insert(L, 1);
  lua_pushcclosure(L, pairs_step, UPVALUES);
  lua_insert(L, 1);
  lua_pushnil(L);
  return 3;
}

/* --- next --- */

/* Looks at every key, unless an integer follows an integer. A key that the table does not have is no error:
 * what comes after it in the order is. */
int sandbox_next(lua_State *L) {
  struct key after = {.as.integer = 0}, best = after;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  bool is_first = lua_isnil(L, 2), is_found = false;
  if (!is_first) after = read_key(L, 2, "next");
  if (!is_first && after.kind == KEY_INTEGER && after.as.integer < LUA_MAXINTEGER) {
    lua_pushinteger(L, after.as.integer + 1);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 1) != LUA_TNIL) return 2;
    lua_settop(L, 2);
  }
  lua_pushnil(L); /* the best key so far, index 3 */
  size_t seen = 0;
  for (lua_pushnil(L); lua_next(L, 1);) {
    lua_pop(L, 1);
    struct key key = read_key(L, -1, "next");
    charge_key(L, ++seen);
    if (key.length > KEYS_A_CHARGE) sandbox_charge_bytes(L, key.length);
    if (!is_first && compare(&key, &after) <= 0) continue;
    if (is_found && compare(&key, &best) >= 0) continue;
    best = key;
    is_found = true;
    lua_copy(L, -1, 3);
  }
  if (!is_found) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushvalue(L, 3);
  lua_rawget(L, 1);
  return 2;
}
