/* The sandbox: a Lua state of its own for code that is not trusted, with budgets that it cannot swallow.
 *
 * What holds the budgets is that every step is bounded. The hook looks each 100 instructions; every C function
 * that the sandbox holds is linear in what it is given, and strings and blocks have a largest size, or it counts
 * its steps by sandbox_charge. So nothing has to be killed from outside, and an embedder is as safe as the
 * command line.
 */
#ifndef PYSEC_SANDBOX_H
#define PYSEC_SANDBOX_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host.h"

struct sandbox_budget {
  int64_t instructions;
  size_t memory;         /* bytes that the state may hold */
  int64_t nanoseconds;   /* that its code may run, and what it calls outside */
};

struct sandbox {
  struct state_owner owner;
  lua_State *L;               /* NULL: closed */
  lua_State *outside;         /* who called in; NULL: nobody is in */
  struct sandbox_budget budget;
  int64_t instructions_left;
  int64_t nanoseconds_left;
  int64_t deadline;           /* on the monotonic clock, while somebody is in */
  size_t memory_used;
  char failed_path[256];      /* where the last allocation failed */
  int failed_line;
  const char *source_path;    /* of a text that is being compiled, and how far it came; NULL: none is */
  int source_line;
  size_t handed_left;         /* bytes that its code may hand to the outside */
  bool is_broken;             /* a budget is spent: nothing in it may run any more */
  bool counts_lines;
  bool outside_is_short;      /* of memory: a call to the outside failed for it */
  char reason[512];           /* why it is broken, with file:line */
};

/* Makes the state, with the libraries that are safe. False: no memory. `box` is zeroed, with the budget set. */
bool sandbox_open(struct sandbox *box, pysec_host *host);

/* Ends it. Idempotent. */
void sandbox_close(struct sandbox *box);

/* Fills the budgets of instructions, time and what is handed out. */
void sandbox_refill(struct sandbox *box);

/* Starts its clock, unless it runs, and notes who called in. Returns who did before, for sandbox_leave, which stops
 * the clock when that was nobody. */
lua_State *sandbox_enter(struct sandbox *box, lua_State *outside);
void sandbox_leave(struct sandbox *box, lua_State *before);

/* The sandbox that a state is, NULL for the host's own. */
struct sandbox *sandbox_of(lua_State *L);

/* Counts work that a C function does for the code in the sandbox, one step about as long as an instruction; raises
 * when a budget is spent. Does nothing in a state that is no sandbox. */
void sandbox_charge(lua_State *L, size_t steps);

/* The same for a place that may not raise: false when a budget is spent. */
bool sandbox_spend(lua_State *L, size_t steps);

/* Collects garbage for a C function whose memory Lua does not see, and charges for it. */
void sandbox_collect(lua_State *L);

/* True when a budget is spent: whoever catches an error has to raise it again. */
bool sandbox_is_broken(lua_State *L);

/* Marks it as broken; the first reason stays. Running out of memory breaks it, too: every further allocation
 * would collect all garbage anew. Whoever catches LUA_ERRMEM has to say so. */
void sandbox_break(lua_State *L, const char *what);
void sandbox_break_for_memory(lua_State *L);

/* Pushes { [path] = { [line] = true } }: the lines that ran, where counts_lines says to count them. */
void sandbox_push_lines(lua_State *L);

/* sandbox_source.c: pushes the function that a text is, or raises. */
void sandbox_load(lua_State *L, const char *path, const char *text, size_t length);

/* The innermost line of Lua code that runs in L, or that is compiled: fills `path` and returns the line, or 0. */
int sandbox_where(lua_State *L, const char **path);

/* sandbox_*.c: what stands for Lua's own libraries. Each pushes a new table, but base, which adds to the table on
 * top of the stack. */
void sandbox_open_base(lua_State *L);
void sandbox_open_math(lua_State *L);
void sandbox_open_string(lua_State *L);
void sandbox_open_table(lua_State *L);
void sandbox_open_utf8(lua_State *L);

/* sandbox_libs.c: fills the table on top of the stack with all that code in the sandbox finds. */
void sandbox_open_libs(lua_State *L);

/* Puts a table that cannot be changed in place of the one on top of the stack. */
void sandbox_protect(lua_State *L, const char *name);

#endif
