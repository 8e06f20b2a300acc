/* JSON text to Lua values and back: RFC 8259, strictly. Used by pysec.json and by the advisories. */
#ifndef PYSEC_JSON_H
#define PYSEC_JSON_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

enum { JSON_MAX_DEPTH = 64 };

struct json_error {
  int line;    /* from 1 */
  int column;  /* from 1, in bytes */
  const char *message;  /* static */
};

/* Pushes the value that `text` holds and returns true; or pushes nothing, fills *error and returns false.
 * Integers become Lua integers when they fit, arrays get the array metatable, null the null value.
 * Duplicate keys, invalid UTF-8, numbers out of range, anything after the value are errors.
 * May raise (memory). */
bool json_read(lua_State *L, const char *text, size_t length, struct json_error *error);

/* The same, but pushes a second value: a table from each table of the value to the line, from 1, where its object or
 * array begins. */
bool json_read_lines(lua_State *L, const char *text, size_t length, struct json_error *error);

/* Where json_read_some is in the text of an array. */
struct json_place {
  size_t offset;
  bool is_inside;
  bool is_done;
};

/* Reads the next `most` elements of an array that `text` holds and pushes a list of them, an empty one after the
 * last; a zeroed *place is the beginning. As json_read in all else: what follows an element that is wrong is not
 * looked at, what comes before it was given out. */
bool json_read_some(lua_State *L, const char *text, size_t length, int most, struct json_place *place,
                    struct json_error *error);

/* Pushes the JSON text of the value at `index`; keys in order of their bytes, so that equal values give
 * equal text. Raises an error for what JSON cannot hold (functions, NaN, mixed keys, cycles). */
void json_write(lua_State *L, int index, bool pretty);

/* Pushes one text of the list at `index`: its strings as they are, between them what else it holds as JSON. */
void json_join(lua_State *L, int index);

/* Pushes the value that stands for null. */
void json_push_null(lua_State *L);

/* Pushes the metatable that marks a table as an array, also when it is empty. */
void json_push_array_metatable(lua_State *L);

#endif
