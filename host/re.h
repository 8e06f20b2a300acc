/* Regular expressions of pysec.re, for the other parts of the host. */
#ifndef PYSEC_RE_H
#define PYSEC_RE_H

#include <lua.h>
#include <stdbool.h>

/* Pushes to `to` the same regex as that at `index` of `from`. False, and nothing pushed, when it is none.
 * Raises in `to` alone. */
bool re_copy(lua_State *from, int index, lua_State *to);

#endif
