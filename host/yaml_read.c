/* Events of libyaml, made values by recursion. */
#include "yaml_read.h"

#include <lauxlib.h>
#include <string.h>
#include <yaml.h>

static const char *const READER = "pysec.yaml.reader";

/* Bytes and nodes that aliases may add. */
enum { MAX_REPEATED = 1024 * 1024 };

/* In a userdata, so that libyaml's memory is freed whatever is raised. */
struct reader {
  yaml_parser_t parser;
  yaml_event_t event;
  bool has_parser, has_event;
  size_t weight;    /* bytes and nodes read so far, repeated ones included */
  size_t repeated;
  int depth;
  int anchors;      /* where in the stack their table is: from names to { value, weight } */
  struct json_error *error;
};

static void release(struct reader *reader) {
  if (reader->has_event) yaml_event_delete(&reader->event);
  if (reader->has_parser) yaml_parser_delete(&reader->parser);
  reader->has_event = reader->has_parser = false;
}

static int reader_free(lua_State *L) {
  release(luaL_checkudata(L, 1, READER));
  return 0;
}

static struct reader *push_reader(lua_State *L) {
  struct reader *reader = lua_newuserdatauv(L, sizeof *reader, 0);
  memset(reader, 0, sizeof *reader);
  if (luaL_newmetatable(L, READER)) {
    lua_pushcfunction(L, reader_free);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return reader;
}

static bool fail_at(struct reader *reader, yaml_mark_t mark, const char *message) {
  *reader->error = (struct json_error){(int)mark.line + 1, (int)mark.column + 1, message};
  return false;
}

static bool fail(struct reader *reader, const char *message) {
  return fail_at(reader, reader->event.start_mark, message);
}

/* Reads the next event in place of the present one. */
static bool next(lua_State *L, struct reader *reader) {
  if (reader->has_event) yaml_event_delete(&reader->event);
  reader->has_event = false;
  if (yaml_parser_parse(&reader->parser, &reader->event)) {
    reader->has_event = true;
    return true;
  }
  const yaml_parser_t *parser = &reader->parser;
  if (parser->error == YAML_MEMORY_ERROR) luaL_error(L, "not enough memory");
  /* What is wrong with the bytes has no mark of its own. */
  yaml_mark_t mark = parser->error == YAML_READER_ERROR ? parser->mark : parser->problem_mark;
  return fail_at(reader, mark, parser->problem != NULL ? parser->problem : "malformed");
}

/* --- scalars --- */

static bool is_one_of(const char *text, size_t length, const char *const *words) {
  for (; *words != NULL; words++)
    if (strlen(*words) == length && memcmp(*words, text, length) == 0) return true;
  return false;
}

static void push_scalar(lua_State *L, struct reader *reader) {
  static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
  static const char *const trues[] = {"true", "True", "TRUE", NULL};
  static const char *const falses[] = {"false", "False", "FALSE", NULL};
  const char *text = (const char *)reader->event.data.scalar.value;
  size_t length = reader->event.data.scalar.length;
  bool is_plain = reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  reader->weight += length;
  if (is_plain && is_one_of(text, length, nulls)) json_push_null(L);
  else if (is_plain && is_one_of(text, length, trues)) lua_pushboolean(L, true);
  else if (is_plain && is_one_of(text, length, falses)) lua_pushboolean(L, false);
  else lua_pushlstring(L, text, length);
}

/* --- anchors --- */

/* Keeps the value at the top, and its weight, under the name below it. */
static void keep_anchor(lua_State *L, struct reader *reader, size_t weight) {
  lua_createtable(L, 2, 0);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, 1);
  lua_pushinteger(L, (lua_Integer)weight);
  lua_rawseti(L, -2, 2);
  lua_pushvalue(L, -3);
  lua_insert(L, -2);
  lua_rawset(L, reader->anchors);
}

static bool push_alias(lua_State *L, struct reader *reader) {
  lua_pushstring(L, (const char *)reader->event.data.alias.anchor);
  if (lua_rawget(L, reader->anchors) != LUA_TTABLE) return fail(reader, "an alias without an anchor before it");
  lua_rawgeti(L, -1, 2);
  size_t weight = (size_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  lua_rawgeti(L, -1, 1);
  lua_remove(L, -2);
  reader->weight += weight;
  reader->repeated += weight;
  return reader->repeated <= MAX_REPEATED || fail(reader, "aliases repeat too much");
}

/* --- values --- */

static bool read_value(lua_State *L, struct reader *reader);

static bool read_sequence(lua_State *L, struct reader *reader) {
  lua_newtable(L);
  json_push_array_metatable(L);
  lua_setmetatable(L, -2);
  for (lua_Integer i = 1;; i++) {
    if (!next(L, reader)) return false;
    if (reader->event.type == YAML_SEQUENCE_END_EVENT) return true;
    if (!read_value(L, reader)) return false;
    lua_rawseti(L, -2, i);
  }
}

static bool read_mapping(lua_State *L, struct reader *reader) {
  lua_newtable(L);
  for (;;) {
    if (!next(L, reader)) return false;
    if (reader->event.type == YAML_MAPPING_END_EVENT) return true;
    if (reader->event.type != YAML_SCALAR_EVENT || reader->event.data.scalar.tag != NULL)
      return fail(reader, "a key that is no text");
    lua_pushlstring(L, (const char *)reader->event.data.scalar.value, reader->event.data.scalar.length);
    reader->weight += reader->event.data.scalar.length;
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL) return fail(reader, "duplicate key");
    lua_pop(L, 1);
    if (!next(L, reader) || !read_value(L, reader)) return false;
    lua_rawset(L, -3);
  }
}

static bool read_collection(lua_State *L, struct reader *reader, bool is_sequence) {
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  if (++reader->depth > JSON_MAX_DEPTH) return fail(reader, "too deep");
  bool done = is_sequence ? read_sequence(L, reader) : read_mapping(L, reader);
  reader->depth--;
  return done;
}

/* Pushes the anchor and the tag of the present event; nil for none. */
static bool push_anchor(lua_State *L, struct reader *reader) {
  const yaml_event_t *event = &reader->event;
  const yaml_char_t *anchor = NULL, *tag = NULL;
  switch (event->type) {
    case YAML_SCALAR_EVENT: anchor = event->data.scalar.anchor; tag = event->data.scalar.tag; break;
    case YAML_SEQUENCE_START_EVENT:
      anchor = event->data.sequence_start.anchor;
      tag = event->data.sequence_start.tag;
      break;
    case YAML_MAPPING_START_EVENT:
      anchor = event->data.mapping_start.anchor;
      tag = event->data.mapping_start.tag;
      break;
    default: break;
  }
  lua_pushstring(L, (const char *)anchor);
  return tag == NULL || fail(reader, "tags are not allowed");
}

/* Pushes the value that the present event begins. */
static bool read_value(lua_State *L, struct reader *reader) {
  size_t before = reader->weight++;
  bool done = true;
  if (reader->event.type == YAML_ALIAS_EVENT) return push_alias(L, reader);
  if (!push_anchor(L, reader)) return false;
  if (reader->event.type == YAML_SCALAR_EVENT) push_scalar(L, reader);
  else done = read_collection(L, reader, reader->event.type == YAML_SEQUENCE_START_EVENT);
  if (!done) return false;
  if (!lua_isnil(L, -2)) keep_anchor(L, reader, reader->weight - before);
  lua_remove(L, -2);
  return true;
}

static bool expect(lua_State *L, struct reader *reader, yaml_event_type_t type, const char *message) {
  return next(L, reader) && (reader->event.type == type || fail(reader, message));
}

static bool read_document(lua_State *L, struct reader *reader) {
  return expect(L, reader, YAML_STREAM_START_EVENT, "no document") &&
         expect(L, reader, YAML_DOCUMENT_START_EVENT, "no document") && next(L, reader) && read_value(L, reader) &&
         expect(L, reader, YAML_DOCUMENT_END_EVENT, "no end of the document") &&
         expect(L, reader, YAML_STREAM_END_EVENT, "a second document");
}

bool yaml_read(lua_State *L, const char *text, size_t length, struct json_error *error) {
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  int top = lua_gettop(L);
  struct reader *reader = push_reader(L);
  reader->error = error;
  lua_newtable(L);
  reader->anchors = lua_gettop(L);
  reader->has_parser = yaml_parser_initialize(&reader->parser);
  if (!reader->has_parser) return luaL_error(L, "not enough memory");
  yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, length);
  bool done = read_document(L, reader);
  /* Not left to the collector, which sees the few bytes of the userdata alone. */
  release(reader);
  if (done) lua_replace(L, top + 1);
  lua_settop(L, done ? top + 1 : top);
  return done;
}
