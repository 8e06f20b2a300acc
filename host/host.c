/* The host's life: making it, running scripts in it, interrupting and ending it. */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lualib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INSTRUCTIONS_BETWEEN_LOOKS = 10000 };

static const char *const INTERRUPT = "interrupted";
static const char *const NO_MEMORY = "not enough memory"; /* Lua's own words */

/* os.exit raises this table, so that a script ends without ending the embedder's process. */
static const char EXIT_KEY = 0;

pysec_host *host_of(lua_State *L) {
  return (*(struct state_owner **)lua_getextraspace(L))->host;
}

void host_own(lua_State *L, struct state_owner *owner) {
  *(struct state_owner **)lua_getextraspace(L) = owner;
}

void host_write(pysec_host *host, pysec_stream stream, const char *text, size_t length) {
  if (host->write != NULL && length > 0) host->write(host->write_data, stream, text, length);
}

const char *host_errno_name(int number) {
  const char *name = strerrorname_np(number);
  return name != NULL ? name : "EUNKNOWN";
}

int host_push_errno(lua_State *L, const char *path) {
  int saved = errno;
  luaL_pushfail(L);
  if (path != NULL)
    lua_pushfstring(L, "%s: %s", path, strerror(saved));
  else
    lua_pushstring(L, strerror(saved));
  lua_pushstring(L, host_errno_name(saved));
  return 3;
}

void host_set_text(lua_State *L, const char *field, const char *text) {
  if (text == NULL) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, field);
}

int host_push_failure(lua_State *L, const char *code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  size_t size = length > 0 ? (size_t)length + 1 : 1;
  char *message = lua_newuserdatauv(L, size, 0);
  va_start(arguments, format);
  vsnprintf(message, size, format, arguments);
  va_end(arguments);
  luaL_pushfail(L);
  lua_pushstring(L, message);
  lua_pushstring(L, code);
  return 3;
}

static void *allocate(void *data, void *block, size_t old_size, size_t new_size) {
  pysec_host *host = data;
  if (block == NULL) old_size = 0;
  if (new_size == 0) {
    free(block);
    host->memory_used -= old_size;
    return NULL;
  }
  if (host->memory_limit != 0 && new_size > old_size &&
      new_size - old_size > host->memory_limit - host->memory_used)
    return NULL;
  void *moved = realloc(block, new_size);
  if (moved != NULL) host->memory_used += new_size - old_size;
  return moved;
}

static void set_error(pysec_host *host, const char *message) {
  char *copy = strdup(message);
  if (copy == NULL) return;
  free(host->error);
  host->error = copy;
}

pysec_status host_fail(pysec_host *host, pysec_status status, const char *message) {
  set_error(host, message);
  return status;
}

pysec_status host_begin(pysec_host *host) {
  if (host == NULL) return PYSEC_INVALID;
  if (host->is_busy) return host_fail(host, PYSEC_INVALID, "the host was called by what it called itself");
  host->is_busy = true;
  atomic_store(&host->interrupted, 0);
  atomic_store(&host->shield, 0);
  set_error(host, "");
  lua_settop(host->L, 0);
  return PYSEC_OK;
}

pysec_status host_end(pysec_host *host, pysec_status status) {
  lua_sethook(host->L, NULL, 0, 0);
  lua_settop(host->L, 0);
  if (status == PYSEC_OK) set_error(host, ""); /* a call from within that was refused had left one */
  host->is_busy = false;
  return status;
}

void host_raise_no_memory(lua_State *L) {
  lua_pushstring(L, NO_MEMORY);
  lua_error(L);
}

void host_reserve_stack(lua_State *L, int slots) {
  if (!lua_checkstack(L, slots)) host_raise_no_memory(L);
}

void host_drop_buffers(lua_State *L, int top) {
  enum { OF_A_CALL = 3 }; /* the function and its two arguments */
  host_reserve_stack(L, LUA_MINSTACK + OF_A_CALL);
  lua_settop(L, top);
}

/* --- interrupts --- */

static void interrupt_hook(lua_State *L, lua_Debug *activation) {
  (void)activation;
  lua_sethook(L, NULL, 0, 0);
  host_check_interrupt(L);
}

bool host_is_interrupted(const pysec_host *host) {
  return atomic_load(&host->interrupted) != 0 && atomic_load(&host->shield) == 0;
}

void host_check_interrupt(lua_State *L) {
  if (!host_is_interrupted(host_of(L))) return;
  lua_pushstring(L, INTERRUPT);
  lua_error(L);
}

void pysec_interrupt(pysec_host *host, int signal_number) {
  if (host == NULL || host->L == NULL) return;
  atomic_store(&host->interrupted, signal_number);
  lua_sethook(host->L, interrupt_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
  if (host->has_loop) uv_async_send(&host->wake);
}

/* A hook belongs to one coroutine, and an interrupt cannot know which of them runs: so each looks for itself
 * now and then, until it has raised the interrupt once. */
static void coroutine_hook(lua_State *L, lua_Debug *activation) {
  (void)activation;
  if (!host_is_interrupted(host_of(L))) return;
  lua_sethook(L, NULL, 0, 0);
  host_check_interrupt(L);
}

/* Stands for coroutine.create and coroutine.wrap, its upvalue. */
static int coroutine_make(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  if (!lua_isthread(L, 1)) lua_getupvalue(L, 1, 1); /* where the function of wrap keeps its coroutine */
  lua_State *made = lua_tothread(L, -1);
  if (made != NULL) lua_sethook(made, coroutine_hook, LUA_MASKCOUNT, INSTRUCTIONS_BETWEEN_LOOKS);
  lua_settop(L, 1);
  return 1;
}

static void on_wake(uv_async_t *wake) {
  (void)wake;
}

/* --- running --- */

/* A number that no process can exit with counts as 1: 256 findings, say, must not become 0. */
static int exit_code_of(lua_State *L, int index) {
  if (lua_isboolean(L, index)) return lua_toboolean(L, index) ? 0 : 1;
  if (lua_type(L, index) != LUA_TNUMBER) return 0;
  int is_integer;
  lua_Integer code = lua_tointegerx(L, index, &is_integer);
  return is_integer && code >= 0 && code <= 255 ? (int)code : 1;
}

static int os_exit(lua_State *L) {
  if (!lua_isnoneornil(L, 1) && !lua_isboolean(L, 1)) luaL_checktype(L, 1, LUA_TNUMBER);
  lua_createtable(L, 0, 1);
  lua_pushinteger(L, exit_code_of(L, 1));
  lua_rawsetp(L, -2, &EXIT_KEY);
  return lua_error(L);
}

static int print(lua_State *L) {
  luaL_Buffer text;
  int count = lua_gettop(L);
  luaL_buffinit(L, &text);
  for (int i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&text, '\t');
    luaL_tolstring(L, i, NULL);
    luaL_addvalue(&text);
  }
  luaL_addchar(&text, '\n');
  luaL_pushresult(&text);
  size_t length;
  const char *line = lua_tolstring(L, -1, &length);
  host_write(host_of(L), PYSEC_OUT, line, length);
  return 0;
}

/* In the table on top of the stack. */
static void replace_coroutine_function(lua_State *L, const char *name) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, coroutine_make, 1);
  lua_setfield(L, -2, name);
}

static int open_state(lua_State *L) {
  libs_open(L);
  scripts_open(L);
  lua_pushcfunction(L, print);
  lua_setglobal(L, "print");
  lua_getglobal(L, "os");
  lua_pushcfunction(L, os_exit);
  lua_setfield(L, -2, "exit");
  lua_getglobal(L, "coroutine");
  replace_coroutine_function(L, "create");
  replace_coroutine_function(L, "wrap");
  return 0;
}

static int add_traceback(lua_State *L) {
  if (lua_istable(L, 1) && luaL_getmetafield(L, 1, "__tostring") == LUA_TNIL) return 1;
  const char *message = luaL_tolstring(L, 1, NULL);
  if (strcmp(message, INTERRUPT) != 0) luaL_traceback(L, L, message, 1);
  return 1;
}

/* Reads what an error left on the stack: the code of os.exit, an interrupt, or a message. */
static pysec_status finish_error(pysec_host *host, int lua_status, int *exit_code) {
  lua_State *L = host->L;
  int signal_number = atomic_load(&host->interrupted);
  if (lua_istable(L, -1) && lua_rawgetp(L, -1, &EXIT_KEY) == LUA_TNUMBER) {
    *exit_code = (int)lua_tointeger(L, -1);
    return PYSEC_OK;
  }
  if (host_is_interrupted(host)) {
    *exit_code = 128 + signal_number;
    return host_fail(host, PYSEC_INTERRUPTED, INTERRUPT);
  }
  *exit_code = 1;
  const char *message = lua_tostring(L, -1);
  /* A script that catches the error and raises it again hands on its message alone. */
  if (lua_status == LUA_ERRMEM || (message != NULL && strncmp(message, NO_MEMORY, strlen(NO_MEMORY)) == 0))
    return host_fail(host, PYSEC_NO_MEMORY, NO_MEMORY);
  return host_fail(host, PYSEC_FAILED, message != NULL ? message : "error object is no string");
}

pysec_status host_protect(pysec_host *host, lua_CFunction body, void *data) {
  int exit_code;
  lua_State *L = host->L;
  lua_pushcfunction(L, add_traceback);
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, data);
  int lua_status = lua_pcall(L, 1, 0, 1);
  return lua_status == LUA_OK ? PYSEC_OK : finish_error(host, lua_status, &exit_code);
}

struct run {
  const char *name;
  bool is_builtin;
  int argc;
  const char *const *argv;
  pysec_status status;
};

/* Loads and calls; runs protected, so that an allocation that fails is an error like any other. */
static int run_protected(lua_State *L) {
  struct run *run = lua_touserdata(L, 1);
  run->status = run->is_builtin ? scripts_load_builtin(L, run->name) : scripts_load_file(L, run->name);
  if (run->status != PYSEC_OK) return lua_error(L);
  luaL_checkstack(L, run->argc, "too many arguments");
  lua_createtable(L, run->argc, 1);
  lua_pushstring(L, run->name);
  lua_rawseti(L, -2, 0);
  for (int i = 0; i < run->argc; i++) {
    lua_pushstring(L, run->argv[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setglobal(L, "arg");
  for (int i = 0; i < run->argc; i++) lua_pushstring(L, run->argv[i]);
  lua_call(L, run->argc, 1);
  return 1;
}

static bool is_valid(const struct run *run) {
  if (run->name == NULL || run->argc < 0 || (run->argc > 0 && run->argv == NULL)) return false;
  for (int i = 0; i < run->argc; i++)
    if (run->argv[i] == NULL) return false;
  return true;
}

static pysec_status run(pysec_host *host, struct run run, int *exit_code) {
  pysec_status status = host_begin(host);
  if (status != PYSEC_OK) return status;
  if (exit_code == NULL || !is_valid(&run))
    return host_end(host, host_fail(host, PYSEC_INVALID, HOST_BAD_ARGUMENT));
  lua_State *L = host->L;
  *exit_code = 0;
  lua_pushcfunction(L, add_traceback);
  lua_pushcfunction(L, run_protected);
  lua_pushlightuserdata(L, &run);
  int lua_status = lua_pcall(L, 1, 1, 1);
  bool cannot_load = run.status != PYSEC_OK && run.status != PYSEC_NO_MEMORY;
  if (lua_status != LUA_OK && lua_status != LUA_ERRMEM && cannot_load) {
    const char *message = lua_tostring(L, -1);
    status = host_fail(host, run.status, message != NULL ? message : "cannot load");
    /* Nothing ran: where the host was then is of no use. */
    char *traceback = host->error != NULL ? strstr(host->error, "\nstack traceback:") : NULL;
    if (traceback != NULL) *traceback = '\0';
    *exit_code = 2;
  } else if (lua_status != LUA_OK) {
    status = finish_error(host, lua_status, exit_code);
  } else if (host_is_interrupted(host)) {
    *exit_code = 128 + atomic_load(&host->interrupted);
    status = host_fail(host, PYSEC_INTERRUPTED, INTERRUPT);
  } else {
    *exit_code = exit_code_of(L, -1);
  }
  return host_end(host, status);
}

pysec_status pysec_command_run(pysec_host *host, int argc, const char *const argv[], int *exit_code) {
  if (argc < 1 || argv == NULL) return run(host, (struct run){.name = NULL}, exit_code);
  return run(host, (struct run){"scripts/main.lua", true, argc - 1, argv + 1, PYSEC_OK}, exit_code);
}

pysec_status pysec_script_run(pysec_host *host, const char *path, int argc, const char *const argv[],
                              int *exit_code) {
  return run(host, (struct run){path, false, argc, argv, PYSEC_OK}, exit_code);
}

/* --- life --- */

static bool is_folder(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* libuv aborts when it has to close a descriptor that got one of these numbers. */
static bool has_standard_descriptors(void) {
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
    if (fcntl(file, F_GETFD) < 0) return false;
  return true;
}

pysec_status pysec_new(pysec_host **result, const pysec_options *options) {
  static const pysec_options defaults = {0};
  if (result == NULL) return PYSEC_INVALID;
  *result = NULL;
  if (!has_standard_descriptors()) return PYSEC_INVALID;
  if (options == NULL) options = &defaults;
  if (options->scripts != NULL && !is_folder(options->scripts)) return PYSEC_NOT_FOUND;

  pysec_status status = PYSEC_NO_MEMORY;
  pysec_host *host = calloc(1, sizeof *host);
  if (host == NULL) return PYSEC_NO_MEMORY;
  host->write = options->write;
  host->write_data = options->write_data;
  host->columns[PYSEC_OUT] = options->out_columns;
  host->columns[PYSEC_ERR] = options->err_columns;
  host->memory_limit = options->memory_limit;
  if (options->scripts != NULL && (host->scripts = realpath(options->scripts, NULL)) == NULL) goto failed;
  if (uv_loop_init(&host->loop) != 0) goto failed;
  if (uv_async_init(&host->loop, &host->wake, on_wake) != 0) {
    uv_loop_close(&host->loop);
    goto failed;
  }
  host->has_loop = true;
  uv_unref((uv_handle_t *)&host->wake);
  host->L = lua_newstate(allocate, host);
  if (host->L == NULL) goto failed;
  host->owner.host = host;
  host_own(host->L, &host->owner);
  lua_pushcfunction(host->L, open_state);
  if (lua_pcall(host->L, 0, 0, 0) != LUA_OK) goto failed;
  *result = host;
  return PYSEC_OK;
failed:
  pysec_free(host);
  return status;
}

pysec_host *pysec_free(pysec_host *host) {
  if (host == NULL) return NULL;
  host->is_busy = true; /* finalizers of scripts may call functions of the embedder's */
  if (host->L != NULL) lua_close(host->L);
  if (host->has_loop) {
    uv_close((uv_handle_t *)&host->wake, NULL);
    uv_run(&host->loop, UV_RUN_DEFAULT);
    uv_loop_close(&host->loop);
  }
  free(host->scripts);
  free(host->error);
  free(host);
  return NULL;
}

const char *pysec_error(const pysec_host *host) {
  return host != NULL && host->error != NULL ? host->error : "";
}

const char *pysec_version(void) {
  return PYSEC_VERSION;
}
