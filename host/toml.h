/* TOML text to Lua values: TOML 1.0.0 (https://toml.io/en/v1.0.0), strictly. Used by pysec.toml. */
#ifndef PYSEC_TOML_H
#define PYSEC_TOML_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Levels of tables and arrays, the whole document being the first; bytes of a text. */
enum { TOML_MAX_DEPTH = 64, TOML_MAX_BYTES = 64 << 20 };

struct toml_error {
  int line;            /* from 1 */
  int column;          /* from 1, in bytes */
  const char *message; /* static */
};

/* Pushes the document's table and a table of lines, and returns true; or pushes nothing, fills *error and returns
 * false. `text` holds at most TOML_MAX_BYTES and stays where it is meanwhile.
 *
 * The lines are those, from 1, where each table and array begins, by the table itself. `skip` is the index of a table
 * whose keys are names of keys to leave out, 0 for none: only the syntax of what they stand for is checked.
 * May raise (memory). */
bool toml_read(lua_State *L, const char *text, size_t length, int skip, struct toml_error *error);

#endif
