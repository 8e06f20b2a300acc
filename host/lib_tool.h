/* The functions of pysec.tool that lie beside lib_tool.c. */
#ifndef PYSEC_LIB_TOOL_H
#define PYSEC_LIB_TOOL_H

#include <lua.h>

#include "process.h"

/* Writes a new mark of this family, PROCESS_MARK_SIZE bytes at most. May raise (memory). */
void lib_tool_make_mark(lua_State *L, char *mark);

/* Push the table of a result: of a program that ended, whose output is freed, and of one that could not be started. */
void lib_tool_push_result(lua_State *L, struct process *process);
void lib_tool_push_failure(lua_State *L, const struct process_spec *spec, int failed);

int lib_tool_family(lua_State *L);
int lib_tool_end_family(lua_State *L);

int lib_tool_sleep(lua_State *L);
int lib_tool_shield(lua_State *L);
int lib_tool_ignore_interrupts(lua_State *L);

#endif
