/* The keys and headers of TOML, and the rules about what they may still add to:
 *
 *   a table or array as a value  nothing is added; the reader notes no kind for it
 *   OPENED by its own header     further headers put tables below it
 *   IMPLIED by a header below    the same; its own header or a dotted key may follow, once
 *   DOTTED, made by a dotted key the same, but no header of its own; dotted keys of the same table add to it, and
 *                                those of another cannot reach it, since they would go through an OPENED one
 *   LIST, of [[headers]]         each such header adds one to it; the others mean its last
 *
 * (https://toml.io/en/v1.0.0, "Keys", "Table", "Array of Tables".) */
#include "host.h"
#include "toml_reader.h"

/* Room that a table gets at once at most, since a guess may be wrong. */
enum { MAX_EXPECTED = 64 };

enum kind { VALUE, OPENED, IMPLIED, DOTTED, LIST };

static const char CLOSED[] = "nothing can be added to what this key holds";

/* The mistake is the key that began at `key`. */
static bool wrong_key(struct toml_reader *r, const char *key, const char *message) {
  r->next = key;
  return toml_wrong(r, message);
}

/* --- the tables on the stack --- */

static enum kind kind_of_top(struct toml_reader *r) {
  lua_pushvalue(r->L, -1);
  lua_rawget(r->L, r->kinds);
  enum kind kind = (enum kind)lua_tointeger(r->L, -1);
  lua_pop(r->L, 1);
  return kind;
}

static void set_kind(struct toml_reader *r, enum kind kind) {
  lua_pushvalue(r->L, -1);
  lua_pushinteger(r->L, kind);
  lua_rawset(r->L, r->kinds);
}

static void note_line(struct toml_reader *r) {
  lua_pushvalue(r->L, -1);
  lua_pushinteger(r->L, r->line);
  lua_rawset(r->L, r->lines);
}

void toml_new_table(struct toml_reader *r, int expected) {
  lua_createtable(r->L, 0, expected <= MAX_EXPECTED ? expected : MAX_EXPECTED);
  note_line(r);
}

void toml_new_array(struct toml_reader *r) {
  toml_new_table(r, 0);
  lua_pushvalue(r->L, r->array_metatable);
  lua_setmetatable(r->L, -2);
}

bool toml_enter(struct toml_reader *r) {
  if (++r->depth > TOML_MAX_DEPTH) return toml_wrong(r, "nested deeper than 64 levels");
  host_reserve_stack(r->L, 12);
  return true;
}

/* From a table and a key to what lies there, or nil, on top of both. */
static int look_up(struct toml_reader *r) {
  lua_pushvalue(r->L, -1);
  return lua_rawget(r->L, -3);
}

/* Puts the table on top into the one below it, by the key between them, and leaves it alone of the three. */
static void put_table(struct toml_reader *r) {
  lua_pushvalue(r->L, -1);
  lua_insert(r->L, -4);
  lua_rawset(r->L, -3);
  lua_pop(r->L, 1);
}

/* Leaves the table on top alone of it, the key and the table below. */
static void enter_table(struct toml_reader *r) {
  lua_replace(r->L, -3);
  lua_pop(r->L, 1);
}

/* --- keys --- */

static bool at_bare(const struct toml_reader *r) {
  if (r->next == r->end) return false;
  char c = *r->next;
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool read_bare_key(struct toml_reader *r) {
  const char *start = r->next;
  while (at_bare(r)) r->next++;
  if (r->next == start) return toml_wrong(r, "expected a key");
  if (!r->is_skipping) lua_pushlstring(r->L, start, (size_t)(r->next - start));
  return true;
}

/* Reads one part of a key and the space behind it. One that is to be skipped is not pushed, nor is what follows. */
static bool read_key(struct toml_reader *r) {
  bool is_quoted = toml_at(r, '"') || toml_at(r, '\'');
  if (!(is_quoted ? toml_read_line_string(r) : read_bare_key(r))) return false;
  toml_skip_space(r);
  if (r->is_skipping || r->skip == 0) return true;
  lua_pushvalue(r->L, -1);
  r->is_skipping = lua_rawget(r->L, r->skip) != LUA_TNIL;
  lua_pop(r->L, r->is_skipping ? 2 : 1);
  return true;
}

/* From a table and a key that a dot follows to the table in it. */
static bool go_dotted(struct toml_reader *r, const char *key) {
  if (!toml_enter(r)) return false;
  int type = look_up(r);
  if (type == LUA_TNIL) {
    lua_pop(r->L, 1);
    toml_new_table(r, 0);
    set_kind(r, DOTTED);
    put_table(r);
    return true;
  }
  enum kind kind = type == LUA_TTABLE ? kind_of_top(r) : VALUE;
  if (kind == IMPLIED) set_kind(r, DOTTED);
  if (kind != IMPLIED && kind != DOTTED) return wrong_key(r, key, CLOSED);
  enter_table(r);
  return true;
}

/* Reads a key up to the sign behind it; leaves the table that it lies in and its last part. */
static bool read_dotted_key(struct toml_reader *r) {
  for (;;) {
    const char *key = r->next;
    if (!read_key(r)) return false;
    if (!toml_at(r, '.')) {
      if (r->is_skipping || look_up(r) == LUA_TNIL) break;
      return wrong_key(r, key, "the key is there twice");
    }
    r->next++;
    toml_skip_space(r);
    if (!r->is_skipping && !go_dotted(r, key)) return false;
  }
  if (!r->is_skipping) lua_pop(r->L, 1);
  return true;
}

bool toml_read_pair(struct toml_reader *r) {
  int top = lua_gettop(r->L), depth = r->depth;
  bool was_skipping = r->is_skipping;
  if (!r->is_skipping) lua_pushvalue(r->L, -1);
  if (!read_dotted_key(r)) return false;
  if (!toml_take(r, "=")) return toml_wrong(r, "expected '=' or '.'");
  toml_skip_space(r);
  if (!toml_read_value(r)) return false;
  if (!r->is_skipping) lua_rawset(r->L, -3);
  lua_settop(r->L, top);
  r->depth = depth;
  r->is_skipping = was_skipping;
  return true;
}

/* --- headers --- */

/* From a table and a key of a header to the table in it, of a list the last one. */
static bool go_header(struct toml_reader *r, const char *key) {
  if (!toml_enter(r)) return false;
  int type = look_up(r);
  if (type == LUA_TNIL) {
    lua_pop(r->L, 1);
    toml_new_table(r, 0);
    set_kind(r, IMPLIED);
    put_table(r);
    return true;
  }
  enum kind kind = type == LUA_TTABLE ? kind_of_top(r) : VALUE;
  if (kind == VALUE) return wrong_key(r, key, CLOSED);
  enter_table(r);
  if (kind != LIST) return true;
  lua_rawgeti(r->L, -1, (lua_Integer)lua_rawlen(r->L, -1));
  lua_remove(r->L, -2);
  return toml_enter(r);
}

/* Opens the table that the header [key] names, from the table and the key on the stack. */
static bool open_table(struct toml_reader *r, const char *key) {
  if (!toml_enter(r)) return false;
  int type = look_up(r);
  if (type == LUA_TNIL) {
    lua_pop(r->L, 1);
    toml_new_table(r, r->keys[r->depth]);
    set_kind(r, OPENED);
    put_table(r);
    return true;
  }
  if (type != LUA_TTABLE || kind_of_top(r) != IMPLIED) return wrong_key(r, key, "the table is there twice");
  set_kind(r, OPENED);
  note_line(r);
  enter_table(r);
  return true;
}

/* Adds a table to the list that the header [[key]] names. */
static bool open_element(struct toml_reader *r, const char *key) {
  if (!toml_enter(r)) return false;
  int type = look_up(r);
  if (type == LUA_TNIL) {
    lua_pop(r->L, 1);
    toml_new_array(r);
    set_kind(r, LIST);
    put_table(r);
  } else {
    if (type != LUA_TTABLE || kind_of_top(r) != LIST) return wrong_key(r, key, CLOSED);
    enter_table(r);
  }
  if (!toml_enter(r)) return false;
  toml_new_table(r, r->keys[r->depth]);
  set_kind(r, OPENED);
  lua_pushvalue(r->L, -1);
  lua_rawseti(r->L, -3, (lua_Integer)lua_rawlen(r->L, -3) + 1);
  lua_remove(r->L, -2);
  return true;
}

bool toml_read_header(struct toml_reader *r) {
  bool is_list = toml_take(r, "[[");
  if (!is_list) r->next++;
  r->depth = 1;
  r->is_skipping = false;
  lua_pushvalue(r->L, r->root);
  const char *key;
  for (;;) {
    toml_skip_space(r);
    key = r->next;
    if (!read_key(r)) return false;
    if (!toml_take(r, ".")) break;
    if (!r->is_skipping && !go_header(r, key)) return false;
  }
  if (!toml_take(r, is_list ? "]]" : "]"))
    return toml_wrong(r, is_list ? "expected ']]' or '.'" : "expected ']' or '.'");
  if (!r->is_skipping && !(is_list ? open_element(r, key) : open_table(r, key))) return false;
  return toml_end_line(r);
}
