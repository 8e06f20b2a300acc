/* Reading the specs of pysec.tool. */
#ifndef PYSEC_TOOL_SPEC_H
#define PYSEC_TOOL_SPEC_H

#include <lua.h>
#include <stdbool.h>

#include "process.h"

/* Pushes the absolute path of the program called `name` and returns true, or pushes nothing. A name with a
 * slash starts in the current folder; any other is looked up in the trusted folders of PATH. */
bool tool_push_program(lua_State *L, const char *name);

/* Fills *out from the table at `spec`; its memory lives as long as the table of anchors that is left on
 * the stack. Raises for a table that is no spec. `mark` becomes an entry of the environment. */
void tool_read_spec(lua_State *L, int spec, struct process_spec *out, char *mark);

/* Moves the string on top of the stack to the table at `anchors` and returns its text. */
const char *tool_anchored_string(lua_State *L, int anchors, size_t *length);

#endif
