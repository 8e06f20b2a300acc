/* YAML text to Lua values, as far as data needs it: https://yaml.org/spec/1.1/, read by libyaml. */
#ifndef PYSEC_YAML_READ_H
#define PYSEC_YAML_READ_H

#include "json.h"

/* Pushes the value of the one document that `text` (UTF-8) holds and returns true; or pushes nothing, fills *error and
 * returns false. Mappings and sequences become what json_read makes of objects and arrays, and are at most as deep.
 * Plain null, ~, nothing, true and false are what they are in JSON; every other scalar is a text, also 1.10 and
 * 2024-01-31. Tags, duplicate keys, keys that are no scalars, and a second document are errors. An alias gives its
 * anchor's value once more: what they give together is bounded, so that a small text cannot grow without end.
 * The message is static. May raise (memory). */
bool yaml_read(lua_State *L, const char *text, size_t length, struct json_error *error);

#endif
