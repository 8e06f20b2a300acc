/* The JSON writer: Lua values to text. Keys come in the order of their bytes, so that equal values give
 * equal text and reports can be compared. */
#include "host.h"
#include "json.h"

#include <lauxlib.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "text.h"

enum {
  SMALL = 32,    /* an object of as many keys lies on the stack while it is written */
  WRITTEN = 512  /* bytes that are kept of keys as they are written */
};

/* The keys of an object in the order in which lua_next gave them, and their places in order. Most objects have the
 * keys of the last one, and those are the same strings: so the keys are kept as they are written, too. */
struct order {
  size_t count;
  const char *texts[SMALL];
  unsigned char places[SMALL];
  bool is_written;
  unsigned short ends[SMALL];  /* in `written`, of each key in order */
  char written[WRITTEN];       /* "a":,"b": and so on */
};

struct writer {
  lua_State *L;
  int buffer;   /* stack index of the userdata that holds the text: errors cannot leak it */
  char *text;
  size_t length;
  size_t capacity;
  bool pretty;
  int depth;
  struct order last;
};

static void write_value(struct writer *w, int index);

static void reserve(struct writer *w, size_t more) {
  if (w->capacity - w->length >= more) return;
  size_t capacity = w->capacity * 2;
  while (capacity - w->length < more) capacity *= 2;
  char *text = lua_newuserdatauv(w->L, capacity, 0);
  memcpy(text, w->text, w->length);
  lua_replace(w->L, w->buffer);
  w->text = text;
  w->capacity = capacity;
}

static void add(struct writer *w, const char *text, size_t length) {
  reserve(w, length);
  memcpy(w->text + w->length, text, length);
  w->length += length;
}

static void add_char(struct writer *w, char c) {
  reserve(w, 1);
  w->text[w->length++] = c;
}

static void new_line(struct writer *w) {
  if (!w->pretty) return;
  reserve(w, (size_t)w->depth * 2 + 1);
  add_char(w, '\n');
  for (int i = 0; i < w->depth; i++) add(w, "  ", 2);
}

static void add_escaped(struct writer *w, unsigned char c) {
  static const char names[] = "btn?fr"; /* \b is 8, \v has no short form */
  char escape[8];
  if (c == '"' || c == '\\')
    snprintf(escape, sizeof escape, "\\%c", c);
  else if (c >= 8 && c <= 13 && c != 11)
    snprintf(escape, sizeof escape, "\\%c", names[c - 8]);
  else
    snprintf(escape, sizeof escape, "\\u%04x", c);
  add(w, escape, strlen(escape));
}

static bool is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Skips bytes that stand for themselves, eight at a time: most of a report is text without anything else. */
static const char *skip_plain(const char *text, const char *end) {
  static const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
  for (uint64_t word; end - text >= (ptrdiff_t)sizeof word; text += sizeof word) {
    memcpy(&word, text, sizeof word);
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    /* In each byte the top bit: it is no ASCII, below a space, or one of the two. */
    uint64_t special = word | ((word - ones * ' ') & ~word) | ((quote - ones) & ~quote) |
                       ((backslash - ones) & ~backslash);
    if ((special & tops) != 0) break;
  }
  return text;
}

/* Bytes that are no UTF-8 become U+FFFD: a file name or a tool's text must not end a report. */
static void write_string(struct writer *w, const char *text, size_t length) {
  const char *end = text + length;
  const char *plain = text;
  add_char(w, '"');
  while (text < end) {
    unsigned char c = (unsigned char)*text;
    if (is_plain(c)) {
      text = skip_plain(text + 1, end);
      continue;
    }
    size_t size = c < 0x80 ? 1 : text_decode(text, end, NULL);
    if (size > 0 && c >= 0x80) {
      text += size;
      continue;
    }
    add(w, plain, (size_t)(text - plain));
    if (size == 0)
      add(w, "\xEF\xBF\xBD", 3);
    else
      add_escaped(w, c);
    plain = ++text;
  }
  add(w, plain, (size_t)(text - plain));
  add_char(w, '"');
}

/* Scores have one decimal: for these the shortest text is known without a try. `number` is not negative. */
static bool write_tenths(struct writer *w, double number) {
  enum { MOST = 1000 };
  char text[16];
  if (!(number < MOST)) return false;
  int tenths = (int)(number * 10 + 0.5);
  if (tenths / 10.0 != number) return false;
  snprintf(text, sizeof text, "%d.%d", tenths / 10, tenths % 10);
  add(w, text, strlen(text));
  return true;
}

/* The shortest text that reads back as the same number, and as a float. */
static void write_float(struct writer *w, double number) {
  char text[40];
  if (!signbit(number) && write_tenths(w, number)) return;
  if (!isfinite(number)) luaL_error(w->L, "JSON has no NaN and no infinity");
  for (int precision = 15; precision <= 17; precision++) {
    snprintf(text, sizeof text - 2, "%.*g", precision, number);
    if (strtod(text, NULL) == number) break;
  }
  for (char *c = text; *c != '\0'; c++)
    if (*c == ',') *c = '.';
  if (strpbrk(text, ".e") == NULL) strcat(text, ".0");
  add(w, text, strlen(text));
}

static void enter(struct writer *w, char opening) {
  if (++w->depth > JSON_MAX_DEPTH)
    luaL_error(w->L, "nested deeper than %d levels, or a table that holds itself", JSON_MAX_DEPTH);
  host_reserve_stack(w->L, 8);
  sandbox_charge(w->L, 4);
  add_char(w, opening);
}

static void leave(struct writer *w, char closing, bool is_empty) {
  w->depth--;
  if (!is_empty) new_line(w);
  add_char(w, closing);
}

static void write_array(struct writer *w, int index, lua_Integer count) {
  enter(w, '[');
  for (lua_Integer i = 1; i <= count; i++) {
    if (i > 1) add_char(w, ',');
    new_line(w);
    lua_rawgeti(w->L, index, i);
    write_value(w, lua_gettop(w->L));
    lua_pop(w->L, 1);
  }
  leave(w, ']', count == 0);
}

/* --- objects --- */

struct key {
  const char *text;
  size_t length;
  int value;   /* stack index, in a small object */
};

static int compare_keys(const void *left, const void *right) {
  const struct key *a = left, *b = right;
  int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
  if (order != 0) return order;
  return a->length < b->length ? -1 : a->length > b->length;
}

static bool is_ordered(const struct order *order, const struct key *keys, size_t count) {
  if (order->count != count) return false;
  for (size_t i = 0; i < count; i++)
    if (order->texts[i] != keys[i].text) return false;
  return true;
}

/* Keeps the keys as they are written, where all of them are plain text and there is room. */
static void keep_written(struct order *order, const struct key *keys, size_t count) {
  char *next = order->written;
  order->is_written = false;
  for (size_t i = 0; i < count; i++) {
    const struct key *key = &keys[order->places[i]];
    if (key->length + 4 > (size_t)(order->written + WRITTEN - next)) return;
    for (size_t j = 0; j < key->length; j++)
      if (!is_plain((unsigned char)key->text[j])) return;
    if (i > 0) *next++ = ',';
    *next++ = '"';
    memcpy(next, key->text, key->length);
    next += key->length;
    *next++ = '"';
    *next++ = ':';
    order->ends[i] = (unsigned short)(next - order->written);
  }
  order->is_written = true;
}

/* Finds the order of a few keys. Pointers tell them: each is alive while the value that is written is. */
static void find_order(struct order *order, const struct key *keys, size_t count) {
  if (is_ordered(order, keys, count)) return;
  order->count = count;
  for (size_t i = 0; i < count; i++) {
    order->texts[i] = keys[i].text;
    size_t place = i;
    for (; place > 0 && compare_keys(&keys[i], &keys[order->places[place - 1]]) < 0; place--)
      order->places[place] = order->places[place - 1];
    order->places[place] = (unsigned char)i;
  }
  keep_written(order, keys, count);
}

/* Names the least type that a wrong key has, so that equal tables give equal messages in every run. */
static _Noreturn void refuse_key(struct writer *w, int index, bool is_list) {
  int least = LUA_NUMTYPES;
  lua_settop(w->L, index);
  for (lua_pushnil(w->L); lua_next(w->L, index); lua_pop(w->L, 1)) {
    int type = lua_type(w->L, -2);
    bool is_wrong = is_list ? !lua_isinteger(w->L, -2) : type != LUA_TSTRING;
    if (is_wrong && type < least) least = type;
  }
  luaL_error(w->L, "a table has to be either a list without holes or have strings as keys, this one has a %s as a key",
             lua_typename(w->L, least));
  abort(); /* luaL_error does not return */
}

static void write_key(struct writer *w, const struct key *key, bool is_first) {
  if (!is_first) add_char(w, ',');
  new_line(w);
  write_string(w, key->text, key->length);
  add(w, ": ", w->pretty ? 2 : 1);
}

/* Writes the key at place `i` of an order. */
static void write_ordered_key(struct writer *w, const struct order *order, const struct key *key, size_t i) {
  if (w->pretty || !order->is_written) {
    write_key(w, key, i == 0);
    return;
  }
  size_t start = i > 0 ? order->ends[i - 1] : 0;
  add(w, order->written + start, order->ends[i] - start);
}

/* Pushes a userdata with the table's keys in order. The table itself keeps their text alive. */
static struct key *push_keys(struct writer *w, int index, size_t count) {
  struct key *keys = lua_newuserdatauv(w->L, (count + 1) * sizeof *keys, 0);
  size_t i = 0;
  lua_pushnil(w->L);
  while (lua_next(w->L, index)) {
    lua_pop(w->L, 1);
    keys[i].text = lua_tolstring(w->L, -1, &keys[i].length);
    i++;
  }
  qsort(keys, count, sizeof *keys, compare_keys);
  return keys;
}

static void write_large_object(struct writer *w, int index, size_t count) {
  const struct key *keys = push_keys(w, index, count);
  for (size_t i = 0; i < count; i++) {
    write_key(w, &keys[i], i == 0);
    lua_pushlstring(w->L, keys[i].text, keys[i].length);
    lua_rawget(w->L, index);
    write_value(w, lua_gettop(w->L));
    lua_pop(w->L, 1);
  }
  lua_pop(w->L, 1);
}

static void write_object(struct writer *w, int index) {
  lua_State *L = w->L;
  struct key keys[SMALL];
  size_t count = 0;
  int top = lua_gettop(L);
  enter(w, '{');
  host_reserve_stack(L, 2 * SMALL + 8);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    if (lua_type(L, -2) != LUA_TSTRING) refuse_key(w, index, false);
    if (count < SMALL) {
      struct key *key = &keys[count];
      key->text = lua_tolstring(L, -2, &key->length);
      key->value = lua_gettop(L);
      lua_pushvalue(L, -2); /* for lua_next; the key and its value stay */
    } else {
      lua_pop(L, 1);
    }
    count++;
  }
  if (count <= SMALL) {
    find_order(&w->last, keys, count);
    struct order order = w->last; /* what is written in between has an order of its own */
    for (size_t i = 0; i < count; i++) {
      const struct key *key = &keys[order.places[i]];
      write_ordered_key(w, &order, key, i);
      write_value(w, key->value);
    }
  } else {
    lua_settop(L, top);
    write_large_object(w, index, count);
  }
  lua_settop(L, top);
  leave(w, '}', count == 0);
}

static bool is_marked_array(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return false;
  json_push_array_metatable(L);
  bool equal = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return equal;
}

/* A list has no holes and no other keys. */
static void check_list(struct writer *w, int index, lua_Integer length) {
  lua_Integer count = 0;
  lua_pushnil(w->L);
  while (lua_next(w->L, index)) {
    lua_pop(w->L, 1);
    count++;
    if (!lua_isinteger(w->L, -1)) refuse_key(w, index, true);
  }
  if (count != length) luaL_error(w->L, "a list with holes");
}

static void write_table(struct writer *w, int index) {
  lua_Integer length = (lua_Integer)lua_rawlen(w->L, index);
  if (length == 0 && !is_marked_array(w->L, index)) {
    write_object(w, index);
    return;
  }
  check_list(w, index, length);
  write_array(w, index, length);
}

static void write_value(struct writer *w, int index) {
  lua_State *L = w->L;
  size_t length;
  const char *text;
  char number[32];
  switch (lua_type(L, index)) {
    case LUA_TSTRING:
      text = lua_tolstring(L, index, &length);
      write_string(w, text, length);
      return;
    case LUA_TBOOLEAN:
      text = lua_toboolean(L, index) ? "true" : "false";
      add(w, text, strlen(text));
      return;
    case LUA_TNUMBER:
      if (!lua_isinteger(L, index)) {
        write_float(w, lua_tonumber(L, index));
        return;
      }
      snprintf(number, sizeof number, LUA_INTEGER_FMT, lua_tointeger(L, index));
      add(w, number, strlen(number));
      return;
    case LUA_TTABLE: write_table(w, index); return;
    case LUA_TLIGHTUSERDATA:
      if (lua_touserdata(L, index) == NULL) {
        add(w, "null", 4);
        return;
      }
      break;
    default: break;
  }
  luaL_error(L, "JSON cannot hold a %s", luaL_typename(L, index));
}

static void begin(struct writer *w) {
  host_reserve_stack(w->L, 8);
  w->text = lua_newuserdatauv(w->L, w->capacity, 0);
  w->buffer = lua_gettop(w->L);
}

static void end(struct writer *w) {
  lua_pushlstring(w->L, w->text, w->length);
  lua_remove(w->L, w->buffer);
}

void json_write(lua_State *L, int index, bool pretty) {
  struct writer w = {.L = L, .capacity = 1024, .pretty = pretty};
  index = lua_absindex(L, index);
  begin(&w);
  write_value(&w, index);
  if (pretty) add_char(&w, '\n');
  end(&w);
}

void json_join(lua_State *L, int index) {
  struct writer w = {.L = L, .capacity = 64 * 1024};
  index = lua_absindex(L, index);
  begin(&w);
  lua_Integer count = (lua_Integer)lua_rawlen(L, index);
  for (lua_Integer i = 1; i <= count; i++) {
    if (lua_rawgeti(L, index, i) == LUA_TSTRING) {
      size_t length;
      const char *text = lua_tolstring(L, -1, &length);
      add(&w, text, length);
    } else {
      write_value(&w, lua_gettop(L));
    }
    lua_pop(L, 1);
  }
  end(&w);
}
