/* What the libraries of the sandbox share with each other. */
#ifndef PYSEC_SANDBOX_SHARED_H
#define PYSEC_SANDBOX_SHARED_H

#include <lua.h>
#include <stddef.h>

/* sandbox_text.c: pushes the value as tostring gives it and returns the text. A value that has no text of its
 * own gives the name of its type: an address would differ from run to run. */
const char *sandbox_push_text(lua_State *L, int index, size_t *length);

/* sandbox_text.c: a position in a string as Lua counts it, negative from the end, made 1 or more. */
size_t sandbox_position(lua_Integer position, size_t length);

/* sandbox_text.c: charges for work that is linear in bytes. */
void sandbox_charge_bytes(lua_State *L, size_t bytes);

/* sandbox_pairs.c */
int sandbox_pairs(lua_State *L);
int sandbox_next(lua_State *L);

/* sandbox_search.c */
int sandbox_find(lua_State *L);
int sandbox_match(lua_State *L);
int sandbox_gmatch(lua_State *L);
int sandbox_gsub(lua_State *L);

#endif
