/* The strict JSON reader: text to Lua values in one pass.
 *
 * lua-cjson accepts NaN, 01, duplicate keys and broken UTF-8, reads every number as a float and cannot
 * tell [] from {}. What a scanner reports decides whether a build fails, so all of that matters here.
 */
#include "host.h"
#include "json.h"

#include <lauxlib.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "sandbox.h"
#include "text.h"

enum { MAX_EXPECTED = 64 };

struct reader {
  lua_State *L;
  const char *start;
  const char *next;
  const char *end;
  const char *message;  /* what is wrong at `next`; NULL: nothing yet */
  int depth;
  int keys[JSON_MAX_DEPTH + 1];  /* by depth: of the last object there, mostly like the next */
  int lines;  /* where on the stack the table of lines is; 0: nobody asks for lines */
  int line;   /* that of `counted` */
  const char *counted;
};

static const char ARRAY_KEY = 0;

void json_push_null(lua_State *L) {
  lua_pushlightuserdata(L, NULL);
}

void json_push_array_metatable(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &ARRAY_KEY) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "json.array");
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &ARRAY_KEY);
}

static bool read_value(struct reader *r);

static bool wrong(struct reader *r, const char *message) {
  r->message = message;
  return false;
}

static void skip_space(struct reader *r) {
  while (r->next < r->end &&
         (*r->next == ' ' || *r->next == '\n' || *r->next == '\t' || *r->next == '\r'))
    r->next++;
}

static bool at(const struct reader *r, char c) {
  return r->next < r->end && *r->next == c;
}

static bool at_digit(const struct reader *r) {
  return r->next < r->end && *r->next >= '0' && *r->next <= '9';
}

static bool read_word(struct reader *r, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(r->end - r->next) < length || memcmp(r->next, word, length) != 0)
    return wrong(r, "expected a value");
  r->next += length;
  return true;
}

/* --- strings --- */

static bool read_hex4(struct reader *r, uint32_t *unit) {
  *unit = 0;
  if (r->end - r->next < 4) return wrong(r, "expected four hexadecimal digits");
  for (int i = 0; i < 4; i++) {
    int digit = text_hex_digit(r->next[i]);
    if (digit < 0) return wrong(r, "expected four hexadecimal digits");
    *unit = *unit << 4 | (uint32_t)digit;
  }
  r->next += 4;
  return true;
}

/* After "\u". */
static bool read_unicode_escape(struct reader *r, luaL_Buffer *out) {
  uint32_t code, low;
  if (!read_hex4(r, &code)) return false;
  if (code >= 0xDC00 && code <= 0xDFFF) return wrong(r, "unpaired surrogate");
  if (code >= 0xD800 && code <= 0xDBFF) {
    if (r->end - r->next < 2 || r->next[0] != '\\' || r->next[1] != 'u')
      return wrong(r, "unpaired surrogate");
    r->next += 2;
    if (!read_hex4(r, &low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) return wrong(r, "unpaired surrogate");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  char bytes[4];
  luaL_addlstring(out, bytes, text_encode(code, bytes));
  return true;
}

/* At the character after a backslash. */
static bool read_escape(struct reader *r, luaL_Buffer *out) {
  static const char names[] = "\"\\/bfnrt";
  static const char values[] = "\"\\/\b\f\n\r\t";
  if (r->next == r->end) return wrong(r, "the string is not closed");
  if (*r->next == 'u') {
    r->next++;
    return read_unicode_escape(r, out);
  }
  const char *found = memchr(names, *r->next, sizeof names - 1);
  if (found == NULL) return wrong(r, "no such escape");
  luaL_addchar(out, values[found - names]);
  r->next++;
  return true;
}

/* Moves over characters that stand for themselves; stops at a quote or a backslash. */
static bool skip_plain(struct reader *r) {
  while (r->next < r->end) {
    unsigned char c = (unsigned char)*r->next;
    if (c == '"' || c == '\\') return true;
    if (c < 0x20) return wrong(r, "a control character in a string has to be escaped");
    if (c < 0x80) {
      r->next++;
      continue;
    }
    size_t size = text_decode(r->next, r->end, NULL);
    if (size == 0) return wrong(r, "invalid UTF-8");
    r->next += size;
  }
  return wrong(r, "the string is not closed");
}

/* At the opening quote. */
static bool read_string(struct reader *r) {
  const char *start = ++r->next;
  if (!skip_plain(r)) return false;
  if (*r->next == '"') {
    lua_pushlstring(r->L, start, (size_t)(r->next++ - start));
    return true;
  }
  luaL_Buffer out;
  luaL_buffinit(r->L, &out);
  luaL_addlstring(&out, start, (size_t)(r->next - start));
  while (*r->next == '\\') {
    r->next++;
    if (!read_escape(r, &out)) return false;
    start = r->next;
    if (!skip_plain(r)) return false;
    luaL_addlstring(&out, start, (size_t)(r->next - start));
  }
  r->next++;
  luaL_pushresult(&out);
  return true;
}

/* --- numbers --- */

static bool skip_digits(struct reader *r) {
  if (!at_digit(r)) return wrong(r, "expected a digit");
  while (at_digit(r)) r->next++;
  return true;
}

static bool push_number(struct reader *r, const char *start, bool is_integer) {
  char copy[512];
  size_t length = (size_t)(r->next - start);
  if (length >= sizeof copy) {
    r->next = start;
    return wrong(r, "the number is too long");
  }
  memcpy(copy, start, length);
  copy[length] = '\0';
  lua_stringtonumber(r->L, copy);
  /* Lua reads an integer that does not fit as a float. */
  if (is_integer ? lua_isinteger(r->L, -1) : isfinite(lua_tonumber(r->L, -1))) return true;
  lua_pop(r->L, 1);
  r->next = start;
  return wrong(r, "the number is out of range");
}

static bool read_number(struct reader *r) {
  const char *start = r->next;
  bool is_integer = true;
  if (at(r, '-')) r->next++;
  if (at(r, '0')) {
    r->next++;
    if (at_digit(r)) return wrong(r, "a number does not start with 0");
  } else if (!skip_digits(r)) {
    return false;
  }
  if (at(r, '.')) {
    is_integer = false;
    r->next++;
    if (!skip_digits(r)) return false;
  }
  if (at(r, 'e') || at(r, 'E')) {
    is_integer = false;
    r->next++;
    if (at(r, '+') || at(r, '-')) r->next++;
    if (!skip_digits(r)) return false;
  }
  return push_number(r, start, is_integer);
}

/* --- arrays and objects --- */

static bool enter(struct reader *r) {
  if (++r->depth > JSON_MAX_DEPTH) return wrong(r, "nested deeper than 64 levels");
  host_reserve_stack(r->L, 8);
  sandbox_charge(r->L, 4);
  r->next++;
  skip_space(r);
  return true;
}

static bool leave(struct reader *r) {
  r->next++;
  r->depth--;
  return true;
}

/* Notes the line of the table on top of the stack, which began at `start`, if it is wanted. */
static void note_line(struct reader *r, const char *start) {
  if (r->lines == 0) return;
  const char *end;
  while ((end = memchr(r->counted, '\n', (size_t)(start - r->counted))) != NULL) {
    r->line++;
    r->counted = end + 1;
  }
  r->counted = start;
  lua_pushvalue(r->L, -1);
  lua_pushinteger(r->L, r->line);
  lua_rawset(r->L, r->lines);
}

static bool read_array(struct reader *r) {
  const char *start = r->next;
  if (!enter(r)) return false;
  lua_newtable(r->L);
  note_line(r, start);
  json_push_array_metatable(r->L);
  lua_setmetatable(r->L, -2);
  if (at(r, ']')) return leave(r);
  for (lua_Integer i = 1;; i++) {
    if (!read_value(r)) return false;
    lua_rawseti(r->L, -2, i);
    skip_space(r);
    if (at(r, ']')) return leave(r);
    if (!at(r, ',')) return wrong(r, "expected ',' or ']'");
    r->next++;
    skip_space(r);
  }
}

static bool read_member(struct reader *r) {
  const char *key = r->next;
  if (!at(r, '"')) return wrong(r, "expected a key in quotes");
  if (!read_string(r)) return false;
  lua_pushvalue(r->L, -1);
  if (lua_rawget(r->L, -3) != LUA_TNIL) {
    r->next = key;
    return wrong(r, "the key is there twice");
  }
  lua_pop(r->L, 1);
  skip_space(r);
  if (!at(r, ':')) return wrong(r, "expected ':'");
  r->next++;
  skip_space(r);
  if (!read_value(r)) return false;
  lua_rawset(r->L, -3);
  return true;
}

static bool read_object(struct reader *r) {
  const char *start = r->next;
  if (!enter(r)) return false;
  int *keys = &r->keys[r->depth];
  lua_createtable(r->L, 0, *keys <= MAX_EXPECTED ? *keys : MAX_EXPECTED);
  note_line(r, start);
  *keys = 0;
  if (at(r, '}')) return leave(r);
  for (int count = 1;; count++) {
    if (!read_member(r)) return false;
    skip_space(r);
    if (at(r, '}')) {
      *keys = count;
      return leave(r);
    }
    if (!at(r, ',')) return wrong(r, "expected ',' or '}'");
    r->next++;
    skip_space(r);
  }
}

static bool read_value(struct reader *r) {
  if (r->next == r->end) return wrong(r, "the text ends where a value is expected");
  switch (*r->next) {
    case '{': return read_object(r);
    case '[': return read_array(r);
    case '"': return read_string(r);
    case 't':
      if (!read_word(r, "true")) return false;
      lua_pushboolean(r->L, 1);
      return true;
    case 'f':
      if (!read_word(r, "false")) return false;
      lua_pushboolean(r->L, 0);
      return true;
    case 'n':
      if (!read_word(r, "null")) return false;
      json_push_null(r->L);
      return true;
    default:
      if (*r->next == '-' || at_digit(r)) return read_number(r);
      return wrong(r, "expected a value");
  }
}

static void locate(const struct reader *r, struct json_error *error) {
  error->line = 1;
  const char *line = r->start;
  for (const char *c = r->start; c < r->next; c++) {
    if (*c != '\n') continue;
    error->line++;
    line = c + 1;
  }
  error->column = (int)(r->next - line) + 1;
  error->message = r->message;
}

/* Reads into the list on top of the stack. */
static bool read_some(struct reader *r, int most, struct json_place *place) {
  skip_space(r);
  if (!place->is_inside) {
    if (!at(r, '[')) return wrong(r, "expected a list");
    r->next++;
    skip_space(r);
    place->is_inside = true;
    place->is_done = at(r, ']');
  }
  r->depth = 1;
  for (int i = 1; i <= most && !place->is_done; i++) {
    if (!read_value(r)) return false;
    lua_rawseti(r->L, -2, i);
    skip_space(r);
    place->is_done = at(r, ']');
    if (place->is_done) break;
    if (!at(r, ',')) return wrong(r, "expected ',' or ']'");
    r->next++;
    skip_space(r);
  }
  if (!place->is_done) return true;
  const char *end = r->next + 1;
  for (; end < r->end && (*end == ' ' || *end == '\n' || *end == '\t' || *end == '\r'); end++) {}
  if (end == r->end) return true;
  r->next = end;
  return wrong(r, "something follows the value");
}

bool json_read_some(lua_State *L, const char *text, size_t length, int most, struct json_place *place,
                    struct json_error *error) {
  struct reader r = {.L = L, .start = text, .next = text + place->offset, .end = text + length};
  int top = lua_gettop(L);
  host_reserve_stack(L, 8);
  lua_createtable(L, most < 4096 ? most : 4096, 0);
  json_push_array_metatable(L);
  lua_setmetatable(L, -2);
  if (read_some(&r, most, place)) {
    place->offset = (size_t)(r.next - text);
    return true;
  }
  locate(&r, error);
  host_drop_buffers(L, top);
  return false;
}

/* Reads all of the text; what is wrong is false and in *error. */
static bool read_text(struct reader *r, struct json_error *error) {
  int top = lua_gettop(r->L);
  skip_space(r);
  if (read_value(r)) {
    skip_space(r);
    if (r->next < r->end) wrong(r, "something follows the value");
  }
  if (r->message == NULL) return true;
  locate(r, error);
  host_drop_buffers(r->L, top);
  return false;
}

bool json_read(lua_State *L, const char *text, size_t length, struct json_error *error) {
  struct reader r = {.L = L, .start = text, .next = text, .end = text + length};
  return read_text(&r, error);
}

bool json_read_lines(lua_State *L, const char *text, size_t length, struct json_error *error) {
  struct reader r = {.L = L, .start = text, .next = text, .end = text + length, .line = 1, .counted = text};
  host_reserve_stack(L, 8);
  lua_newtable(L);
  r.lines = lua_gettop(L);
  bool is_read = read_text(&r, error);
  if (is_read)
    lua_insert(L, r.lines);
  else
    lua_pop(L, 1);
  return is_read;
}
