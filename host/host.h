/* What the parts of the host share. Not installed. */
#ifndef PYSEC_HOST_H
#define PYSEC_HOST_H

#include <lauxlib.h>
#include <lua.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

#include "pysec.h"

struct sandbox;

/* What a Lua state belongs to. Each state's extra space holds a pointer to one, which who makes a state has to set: Lua
 * leaves garbage there. */
struct state_owner {
  pysec_host *host;
  struct sandbox *box;      /* NULL: the host's own state, which no sandbox is */
};

struct pysec_host {
  struct state_owner owner;
  lua_State *L;
  uv_loop_t loop;
  uv_async_t wake;          /* ends a wait in the loop when an interrupt arrives */
  bool has_loop;
  bool is_busy;             /* a call of the embedder's is under way */
  atomic_int interrupted;   /* the signal's number, 0: none */
  atomic_int shield;        /* above 0 an interrupt waits: see tool.shield */
  char *scripts;            /* NULL: the built-in ones */
  pysec_write write;
  void *write_data;
  int columns[3];           /* by pysec_stream; 0: not a terminal */
  size_t memory_limit;
  size_t memory_used;
  char *error;
};

/* The host that a Lua state belongs to, its own state or a sandbox. */
pysec_host *host_of(lua_State *L);

/* Says who owns a new state. */
void host_own(lua_State *L, struct state_owner *owner);

/* Hands text to the embedder. */
void host_write(pysec_host *host, pysec_stream stream, const char *text, size_t length);

/* True when an interrupt is pending and no shield holds it back. */
bool host_is_interrupted(const pysec_host *host);

/* Raises the interrupt when one is pending and no shield holds it back. */
void host_check_interrupt(lua_State *L);

/* Begins a call of the embedder's that uses the Lua state: forgets the error and the interrupt of the last one,
 * clears the stack. Other than PYSEC_OK where there is no host or a call is under way: return it at once. */
pysec_status host_begin(pysec_host *host);

/* Ends what host_begin began; returns `status`. */
pysec_status host_end(pysec_host *host, pysec_status status);

/* Between these two: runs `body` with `data` as a light userdata, and makes what it raises a status and an error. */
pysec_status host_protect(pysec_host *host, lua_CFunction body, void *data);

/* Sets pysec_error() and returns `status`. */
pysec_status host_fail(pysec_host *host, pysec_status status, const char *message);

#define HOST_BAD_ARGUMENT "an argument is NULL or out of range"

/* Raises what Lua raises when an allocation fails. */
void host_raise_no_memory(lua_State *L);

/* Makes room for a bounded number of values. luaL_checkstack would call a want of memory a stack overflow. */
void host_reserve_stack(lua_State *L, int slots);

/* lua_settop to `top`, for a stack that may hold an unfinished luaL_Buffer. Closing that calls a function; where the
 * call moves the stack, lua_settop of Lua 5.4.4 goes on in the old one (https://www.lua.org/bugs.html#5.4.4). */
void host_drop_buffers(lua_State *L, int top);

/* The name of an errno, such as "ENOENT". Static. */
const char *host_errno_name(int number);

/* Makes errno a Lua failure: nil, "path: text", "ENOENT". Returns 3, the number of results.
 * Call it before anything else can change errno; `path` may be NULL. */
int host_push_errno(lua_State *L, const char *path);

/* A failure with a message and a code of ours: nil, message, code. Returns 3. */
int host_push_failure(lua_State *L, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets a field of the table at the top to a text; NULL leaves it as it is. */
void host_set_text(lua_State *L, const char *field, const char *text);

/* libs.c: opens the standard libraries and preloads the pysec modules. */
void libs_open(lua_State *L);

/* scripts.c: the loader behind require, and the lookup of built-in files. */
void scripts_open(lua_State *L);

/* Leaves the compiled file on the stack, or a message and returns a status other than PYSEC_OK.
 * `name` is as in embedded_files; --scripts DIR stands for "scripts". */
pysec_status scripts_load_builtin(lua_State *L, const char *name);

/* The same for a file of the user's own. */
pysec_status scripts_load_file(lua_State *L, const char *path);

/* Whether `require` finds a built-in script under this name. May raise (memory). */
bool scripts_has_module(lua_State *L, const char *module);

int luaopen_pysec_advisories(lua_State *L);
int luaopen_pysec_clock(lua_State *L);
int luaopen_pysec_cvss(lua_State *L);
int luaopen_pysec_env(lua_State *L);
int luaopen_pysec_fs(lua_State *L);
int luaopen_pysec_host(lua_State *L);
int luaopen_pysec_http(lua_State *L);
int luaopen_pysec_json(lua_State *L);
int luaopen_pysec_re(lua_State *L);
int luaopen_pysec_sandbox(lua_State *L);
int luaopen_pysec_toml(lua_State *L);
int luaopen_pysec_tool(lua_State *L);
int luaopen_pysec_ui(lua_State *L);
int luaopen_pysec_version(lua_State *L);

#endif
