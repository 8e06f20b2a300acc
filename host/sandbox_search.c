/* string.find, match, gmatch and gsub, over the matcher that charges for its steps. */
#include <lauxlib.h>
#include <string.h>

#include "sandbox.h"
#include "sandbox_shared.h"
#include "sandbox_pattern.h"

enum { BYTES_A_STEP = 16 };

static const size_t NONE = (size_t)-1;

/* A ')' or a ']' is none of them: Lua searches for such a pattern as plain text, though it is malformed. */
static bool is_plain(const char *items, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (items[i] != '\0' && strchr("^$*+?.([%-", items[i]) != NULL) return false;
  return true;
}

/* The offset of `what` at or after `start`, NONE when there is none. */
static size_t find_plain(lua_State *L, const char *text, size_t length, const char *what, size_t what_length,
                         size_t start) {
  if (what_length == 0) return start;
  while (length - start >= what_length) {
    const char *first = memchr(text + start, what[0], length - start - (what_length - 1));
    size_t at = first != NULL ? (size_t)(first - text) : length;
    sandbox_charge(L, 1 + (at - start + what_length) / BYTES_A_STEP);
    if (first == NULL) return NONE;
    if (memcmp(first, what, what_length) == 0) return at;
    start = at + 1;
  }
  return NONE;
}

static int find_or_match(lua_State *L, bool is_find) {
  size_t length, items_length, end;
  const char *text = luaL_checklstring(L, 1, &length);
  const char *items = luaL_checklstring(L, 2, &items_length);
  size_t start = sandbox_position(luaL_optinteger(L, 3, 1), length) - 1;
  if (start > length) {
    luaL_pushfail(L);
    return 1;
  }
  if (is_find && (lua_toboolean(L, 4) || is_plain(items, items_length))) {
    sandbox_charge_bytes(L, items_length);
    size_t found = find_plain(L, text, length, items, items_length, start);
    if (found == NONE) {
      luaL_pushfail(L);
      return 1;
    }
    lua_pushinteger(L, (lua_Integer)found + 1);
    lua_pushinteger(L, (lua_Integer)(found + items_length));
    return 2;
  }
  struct pattern pattern;
  bool is_anchored = items_length > 0 && items[0] == '^';
  pattern_init(&pattern, L, text, length, items + is_anchored, items_length - is_anchored);
  bool is_found = false;
  for (; start <= length; start++) {
    is_found = pattern_match(&pattern, start, &end);
    if (is_found || is_anchored) break;
  }
  pattern_charge(&pattern, 0);
  if (!is_found) {
    luaL_pushfail(L);
    return 1;
  }
  if (is_find) {
    lua_pushinteger(L, (lua_Integer)start + 1);
    lua_pushinteger(L, (lua_Integer)end);
    return 2 + pattern_push_all(&pattern);
  }
  if (pattern.captures > 0) return pattern_push_all(&pattern);
  pattern_push(&pattern, 0, start, end);
  return 1;
}

int sandbox_find(lua_State *L) {
  return find_or_match(L, true);
}

int sandbox_match(lua_State *L) {
  return find_or_match(L, false);
}

/* Upvalues: the subject, the pattern, where to go on, and the end of the last match (-1: none yet). An empty
 * match there is no new one. */
static int gmatch_step(lua_State *L) {
  size_t length, items_length, end;
  const char *text = lua_tolstring(L, lua_upvalueindex(1), &length);
  const char *items = lua_tolstring(L, lua_upvalueindex(2), &items_length);
  size_t last = (size_t)lua_tointeger(L, lua_upvalueindex(4));
  struct pattern pattern;
  pattern_init(&pattern, L, text, length, items, items_length);
  for (size_t start = (size_t)lua_tointeger(L, lua_upvalueindex(3)); start <= length; start++) {
    if (!pattern_match(&pattern, start, &end) || end == last) continue;
    pattern_charge(&pattern, 0);
    lua_pushinteger(L, (lua_Integer)end);
    lua_copy(L, -1, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    if (pattern.captures > 0) return pattern_push_all(&pattern);
    pattern_push(&pattern, 0, start, end);
    return 1;
  }
  pattern_charge(&pattern, 0);
  return 0;
}

/* A '^' is a character like any other here, as in Lua. */
int sandbox_gmatch(lua_State *L) {
  size_t length;
  luaL_checklstring(L, 1, &length);
  luaL_checkstring(L, 2);
  size_t start = sandbox_position(luaL_optinteger(L, 3, 1), length) - 1;
  lua_settop(L, 2);
  lua_pushinteger(L, (lua_Integer)(start <= length ? start : length + 1));
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, gmatch_step, 4);
  return 1;
}

/* --- gsub --- */

/* Adds the replacement text (argument 3) with %0 to %9 and %% filled in. */
static void add_expanded(struct pattern *pattern, luaL_Buffer *out, size_t start, size_t end) {
  lua_State *L = pattern->L;
  size_t length;
  const char *text = lua_tolstring(L, 3, &length);
  pattern_charge(pattern, length / BYTES_A_STEP);
  for (size_t i = 0; i < length; i++) {
    if (text[i] != '%') {
      luaL_addchar(out, text[i]);
      continue;
    }
    char next = ++i < length ? text[i] : '\0';
    if (next == '%') {
      luaL_addchar(out, '%');
    } else if (next >= '1' && next <= '9') {
      pattern_push(pattern, next - '1', start, end);
      pattern_charge(pattern, lua_rawlen(L, -1) / BYTES_A_STEP);
      luaL_addvalue(out);
    } else if (next == '0') {
      pattern_charge(pattern, (end - start) / BYTES_A_STEP);
      luaL_addlstring(out, pattern->text + start, end - start);
    } else {
      luaL_error(L, "invalid use of '%%' in replacement string");
    }
  }
}

/* Adds what the table or the function (argument 3) has for the match; nil and false keep it. */
static void add_looked_up(struct pattern *pattern, luaL_Buffer *out, size_t start, size_t end) {
  lua_State *L = pattern->L;
  pattern_charge(pattern, 0);
  if (lua_istable(L, 3)) {
    pattern_push(pattern, 0, start, end);
    lua_gettable(L, 3);
  } else {
    lua_pushvalue(L, 3);
    int count = pattern_push_all(pattern);
    if (count == 0) {
      pattern_push(pattern, 0, start, end);
      count = 1;
    }
    lua_call(L, count, 1);
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(out, pattern->text + start, end - start);
    return;
  }
  if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  pattern_charge(pattern, lua_rawlen(L, -1) / BYTES_A_STEP);
  luaL_addvalue(out);
}

int sandbox_gsub(lua_State *L) {
  size_t length, items_length, end;
  const char *text = luaL_checklstring(L, 1, &length);
  const char *items = luaL_checklstring(L, 2, &items_length);
  int type = lua_type(L, 3);
  bool is_text = type == LUA_TSTRING || type == LUA_TNUMBER;
  if (!is_text && type != LUA_TTABLE && type != LUA_TFUNCTION) luaL_typeerror(L, 3, "string/function/table");
  lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1), count = 0;
  bool is_anchored = items_length > 0 && items[0] == '^';
  size_t at = 0, last = NONE;
  struct pattern pattern;
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  pattern_init(&pattern, L, text, length, items + is_anchored, items_length - is_anchored);
  while (count < most) {
    if (pattern_match(&pattern, at, &end) && end != last) {
      count++;
      if (is_text)
        add_expanded(&pattern, &out, at, end);
      else
        add_looked_up(&pattern, &out, at, end);
      at = last = end;
    } else if (at < length) {
      luaL_addchar(&out, text[at++]);
    } else {
      break;
    }
    if (is_anchored) break;
  }
  pattern_charge(&pattern, (length - at) / BYTES_A_STEP);
  luaL_addlstring(&out, text + at, length - at);
  luaL_pushresult(&out);
  lua_pushinteger(L, count);
  return 2;
}
