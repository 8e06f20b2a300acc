/* pysec.sandbox: Lua code that is not trusted, in a state of its own.
 *
 * A call from one state into the other never lets an error of one unwind frames of the other: each side runs
 * protected, hands its message over, and the other raises it anew.
 */
#include <string.h>

#include "sandbox_copy.h"

#define SANDBOX "pysec.sandbox"

enum {
  MOST_RESULTS = 8,
  MOST_VALUES_OUT = 200000,
  MOST_VALUES_IN = 50000000, /* the sandbox's memory is the limit */
  SPARE_SLOTS = 400          /* of the state outside, for what copying may not raise for */
};

/* Registry keys in the sandbox's state. */
static const char FUNCTIONS = 0; /* its functions that went outside */
static const char NAMES = 0;     /* what its code finds */

struct handle {
  struct sandbox box;
  int keys;    /* of the tables that go in, see struct copy */
};

static struct sandbox *check_box(lua_State *L, int index) {
  struct handle *handle = luaL_checkudata(L, index, SANDBOX);
  luaL_argcheck(L, handle->box.L != NULL, index, "the sandbox was closed");
  return &handle->box;
}

/* --- from outside to inside --- */

struct call {
  lua_State *outside;
  struct handle *handle;
  lua_Integer number;   /* of the function inside */
  int first, last;      /* its arguments, on the stack outside */
};

/* The results of a call, of which there are few. */
static int count_results(lua_State *L, int before) {
  int count = lua_gettop(L) - before;
  if (count > MOST_RESULTS) {
    lua_settop(L, before + MOST_RESULTS);
    count = MOST_RESULTS;
  }
  return count;
}

static int call_outside(lua_State *B);

static void make_inner(lua_State *B, void *data, lua_Integer number) {
  (void)data;
  lua_pushinteger(B, number);
  lua_pushcclosure(B, call_outside, 1);
}

/* Runs inside, protected. */
static int run_inside(lua_State *B) {
  struct call *call = lua_touserdata(B, 1);
  struct copy copy = {.from = call->outside, .to = B, .values_left = MOST_VALUES_IN, .keys = call->handle->keys};
  lua_rawgetp(B, LUA_REGISTRYINDEX, &FUNCTIONS);
  lua_rawgeti(B, -1, call->number);
  for (int i = call->first; i <= call->last; i++) sandbox_copy(&copy, i);
  call->handle->keys = copy.keys;
  lua_call(B, call->last - call->first + 1, LUA_MULTRET);
  return count_results(B, 2);
}

/* Raises outside what was raised inside; B's message is on top of its stack, which is cut to `top`. */
static int raise_from(lua_State *L, struct sandbox *box, int status, int top) {
  lua_State *B = box->L;
  if (status == LUA_ERRMEM) sandbox_break_for_memory(B);
  host_check_interrupt(L);
  if (box->outside_is_short) host_raise_no_memory(L);
  lua_pushstring(L, box->is_broken ? box->reason : lua_tostring(B, -1));
  lua_settop(B, top);
  return lua_error(L);
}

/* Whether a message begins with a path, which Lua shortens. */
static bool begins_with(const char *message, const char *path) {
  enum { KEPT = LUA_IDSIZE - 4 };
  size_t length = strlen(path);
  if (strncmp(message, path, length) == 0 && message[length] == ':') return true;
  return length >= LUA_IDSIZE && strncmp(message, "...", 3) == 0 &&
         strncmp(message + 3, path + length - KEPT, KEPT) == 0;
}

/* A message handler: says where it was raised, unless the message does. So nothing inside raises what only the host
 * does, such as "interrupted". */
static int add_place(lua_State *B) {
  const char *path;
  int line = sandbox_where(B, &path);
  if (lua_type(B, 1) != LUA_TSTRING)
    lua_pushfstring(B, "%s:%d: the policy raised a %s", path, line, luaL_typename(B, 1));
  else if (!begins_with(lua_tostring(B, 1), path))
    lua_pushfstring(B, "%s:%d: %s", path, line, lua_tostring(B, 1));
  return 1;
}

/* Calls what lies on B's stack, with `arguments` above it, and leaves `results` there; raises outside. */
static void call_protected(lua_State *L, struct sandbox *box, int arguments, int results) {
  lua_State *B = box->L, *before = sandbox_enter(box, L);
  int top = lua_gettop(B) - arguments - 1;
  int outer_top = lua_gettop(L);
  lua_pushcfunction(B, add_place);
  lua_insert(B, top + 1);
  int status = lua_pcall(B, arguments, results, top + 1);
  lua_remove(B, top + 1);
  box->source_path = NULL; /* a text that does not compile left it, for the handler */
  sandbox_leave(box, before);
  lua_settop(L, outer_top);
  if (status != LUA_OK) raise_from(L, box, status, top);
}

static void prepare(lua_State *L, struct sandbox *box) {
  if (box->is_broken) {
    lua_pushstring(L, box->reason);
    lua_error(L);
  }
  if (box->outside == NULL) lua_settop(box->L, 0); /* what an error outside left there */
  host_reserve_stack(L, SPARE_SLOTS);
  if (!lua_checkstack(box->L, SPARE_SLOTS)) luaL_error(L, "not enough memory");
}

/* Stands outside for a function inside. Upvalues: the sandbox, the function's number. */
static int call_inside(lua_State *L) {
  struct handle *handle = lua_touserdata(L, lua_upvalueindex(1));
  struct sandbox *box = &handle->box;
  if (box->L == NULL) return luaL_error(L, "the sandbox was closed");
  struct call call = {L, handle, lua_tointeger(L, lua_upvalueindex(2)), 1, lua_gettop(L)};
  prepare(L, box);
  lua_State *B = box->L;
  int top = lua_gettop(B);
  lua_pushcfunction(B, run_inside);
  lua_pushlightuserdata(B, &call);
  call_protected(L, box, 1, LUA_MULTRET);
  int results = lua_gettop(B) - top;
  struct copy copy = {.from = B, .to = L, .values_left = MOST_VALUES_OUT, .bytes_left = &box->handed_left};
  for (int i = 1; i <= results; i++) sandbox_copy(&copy, top + i);
  lua_settop(B, top);
  return results;
}

/* --- from inside to outside --- */

static void make_outer(lua_State *L, void *data, lua_Integer number) {
  lua_pushvalue(L, *(int *)data);
  lua_pushinteger(L, number);
  lua_pushcclosure(L, call_inside, 2);
}

struct outer_call {
  lua_State *inside;
  struct sandbox *box;
  lua_Integer number;    /* of the function outside */
  int functions;         /* the table FUNCTIONS, on the stack inside */
  int arguments;
};

static const char HANDLES = 0; /* registry key outside: { [box] = userdata }, weak */

/* Pushes the sandbox's userdata and its table of functions that went in. */
static void push_handle(lua_State *L, struct sandbox *box) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &HANDLES);
  lua_rawgetp(L, -1, box);
  lua_remove(L, -2);
  lua_getiuservalue(L, -1, 1);
}

/* Runs outside, protected. Leaves the results, and on top the table of functions that went in. */
static int run_outside(lua_State *L) {
  struct outer_call *call = lua_touserdata(L, 1);
  push_handle(L, call->box); /* at 2 and 3 */
  int handle = 2, functions = 3;
  struct copy copy = {.from = call->inside, .to = L, .functions = call->functions, .make = make_outer,
                      .data = &handle, .values_left = MOST_VALUES_OUT, .bytes_left = &call->box->handed_left};
  lua_rawgeti(L, functions, call->number);
  for (int i = 1; i <= call->arguments; i++) sandbox_copy(&copy, i);
  lua_call(L, call->arguments, LUA_MULTRET);
  int results = count_results(L, functions);
  for (int i = 1; i <= results; i++) sandbox_register(L, functions + i, functions);
  lua_pushvalue(L, functions);
  return results + 1;
}

/* Stands inside for a function outside, upvalue 1 is its number. */
static int call_outside(lua_State *B) {
  struct sandbox *box = sandbox_of(B);
  lua_State *L = box->outside;
  struct outer_call call = {B, box, lua_tointeger(B, lua_upvalueindex(1)), 0, lua_gettop(B)};
  sandbox_charge(B, 50);
  host_reserve_stack(B, SPARE_SLOTS);
  lua_rawgetp(B, LUA_REGISTRYINDEX, &FUNCTIONS);
  call.functions = lua_gettop(B);
  for (int i = 1; i <= call.arguments; i++) sandbox_register(B, i, call.functions);
  int top = lua_gettop(L);
  if (!lua_checkstack(L, SPARE_SLOTS)) return luaL_error(B, "not enough memory");
  lua_pushcfunction(L, run_outside);
  lua_pushlightuserdata(L, &call);
  int status = lua_pcall(L, 1, LUA_MULTRET, 0);
  if (status != LUA_OK) {
    const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "the call failed";
    if (host_is_interrupted(box->owner.host)) sandbox_break(B, "interrupted");
    if (status == LUA_ERRMEM) {
      box->outside_is_short = true;
      sandbox_break(B, "not enough memory");
    }
    if (box->handed_left == 0) sandbox_break(B, "the policy hands over more than its budget of memory");
    const char *path;
    int line = sandbox_where(B, &path);
    lua_pushfstring(B, "%s:%d: %s", path, line, message);
    lua_settop(L, top);
    return lua_error(B);
  }
  int functions = lua_gettop(L), results = functions - top - 1;
  struct copy copy = {.from = L, .to = B, .functions = functions, .make = make_inner, .values_left = MOST_VALUES_IN};
  for (int i = 1; i <= results; i++) sandbox_copy(&copy, top + i);
  lua_settop(L, top);
  return results;
}

/* --- running code --- */

/* __index and __call of what stands for an unknown name: so that a chunk goes on to its next mistake. */
static int return_itself(lua_State *B) {
  lua_settop(B, 1);
  return 1;
}

static void push_stand_in(lua_State *B) {
  lua_newtable(B);
  lua_createtable(B, 0, 2);
  lua_pushcfunction(B, return_itself);
  lua_setfield(B, -2, "__index");
  lua_pushcfunction(B, return_itself);
  lua_setfield(B, -2, "__call");
  lua_setmetatable(B, -2);
}

/* __index of what a chunk finds: a name that is not there. Upvalue 1 is the function outside that hears of it, 2 what
 * stands for the name. */
static int unknown_name(lua_State *B) {
  if (lua_type(B, 2) != LUA_TSTRING) return 0;
  lua_pushvalue(B, lua_upvalueindex(1));
  lua_pushvalue(B, 2);
  lua_call(B, 1, 0);
  lua_pushvalue(B, lua_upvalueindex(2));
  return 1;
}

static int refuse_global(lua_State *B) {
  const char *path, *name = lua_type(B, 2) == LUA_TSTRING ? lua_tostring(B, 2) : "?";
  int line = sandbox_where(B, &path); /* a C function may have come here */
  lua_pushfstring(B, "%s:%d: '%s' cannot be set: say local", path, line, name);
  return lua_error(B);
}

/* Pushes an environment of its own for one chunk. */
static void push_environment(lua_State *B) {
  lua_newtable(B);
  lua_createtable(B, 0, 2);
  lua_rawgetp(B, LUA_REGISTRYINDEX, &NAMES);
  lua_setfield(B, -2, "__index");
  lua_pushcfunction(B, refuse_global);
  lua_setfield(B, -2, "__newindex");
  lua_setmetatable(B, -2);
}

struct chunk {
  const char *path;
  const char *text;
  size_t length;
};

static int run_chunk(lua_State *B) {
  struct chunk *chunk = lua_touserdata(B, 1);
  sandbox_load(B, chunk->path, chunk->text, chunk->length);
  push_environment(B);
  lua_setupvalue(B, -2, 1);
  lua_call(B, 0, 0);
  return 0;
}

/* run(box, name, text) */
static int box_run(lua_State *L) {
  struct sandbox *box = check_box(L, 1);
  struct chunk chunk;
  chunk.path = luaL_checkstring(L, 2);
  chunk.text = luaL_checklstring(L, 3, &chunk.length);
  prepare(L, box);
  lua_pushcfunction(box->L, run_chunk);
  lua_pushlightuserdata(box->L, &chunk);
  call_protected(L, box, 1, 0);
  lua_pushboolean(L, 1);
  return 1;
}

/* --- the other methods --- */

static int box_refill(lua_State *L) {
  sandbox_refill(check_box(L, 1));
  return 0;
}

/* where(box): path and line of what runs inside and called out. */
static int box_where(lua_State *L) {
  struct sandbox *box = check_box(L, 1);
  const char *path;
  if (box->outside == NULL) return 0;
  int line = sandbox_where(box->L, &path);
  lua_pushstring(L, path);
  lua_pushinteger(L, line);
  return 2;
}

/* Copies the value on top of the stack inside to outside, and cuts the stack inside. */
static void take_out(lua_State *L, lua_State *B, int top) {
  struct copy copy = {.from = B, .to = L, .values_left = MOST_VALUES_OUT};
  sandbox_copy(&copy, lua_gettop(B));
  lua_settop(B, top);
}

static int box_lines(lua_State *L) {
  struct sandbox *box = check_box(L, 1);
  int top = lua_gettop(box->L);
  prepare(L, box);
  sandbox_push_lines(box->L);
  take_out(L, box->L, top);
  return 1;
}

static int list_lines(lua_State *B) {
  lua_Debug info;
  lua_rawgetp(B, LUA_REGISTRYINDEX, &FUNCTIONS);
  lua_rawgeti(B, -1, lua_tointeger(B, 1));
  lua_getinfo(B, ">SL", &info);
  lua_pushstring(B, *info.source == '@' ? info.source + 1 : info.source);
  return 2;
}

/* lines_of(box, function): the lines of a function from inside that can run, { [line] = true }, and its path. */
static int box_lines_of(lua_State *L) {
  struct sandbox *box = check_box(L, 1);
  luaL_argcheck(L, lua_tocfunction(L, 2) == call_inside, 2, "a function from inside expected");
  lua_getupvalue(L, 2, 2);
  lua_State *B = box->L;
  int top = lua_gettop(B);
  prepare(L, box);
  lua_pushcfunction(B, list_lines);
  lua_pushinteger(B, lua_tointeger(L, -1));
  call_protected(L, box, 1, 2);
  lua_pushstring(L, lua_tostring(B, -1));
  lua_pop(B, 1);
  take_out(L, B, top);
  return 2;
}

static int box_is_broken(lua_State *L) {
  lua_pushboolean(L, check_box(L, 1)->is_broken);
  return 1;
}

static int box_close(lua_State *L) {
  struct handle *handle = luaL_checkudata(L, 1, SANDBOX);
  if (handle->box.outside != NULL) return luaL_error(L, "code in the sandbox cannot close it");
  sandbox_close(&handle->box);
  return 0;
}

/* --- making one --- */

static int64_t check_number(lua_State *L, const char *name, double standard, double most) {
  double number = standard;
  if (lua_getfield(L, 1, name) != LUA_TNIL) {
    if (lua_type(L, -1) != LUA_TNUMBER || !(lua_tonumber(L, -1) > 0 && lua_tonumber(L, -1) <= most))
      luaL_error(L, "%s is a number above 0", name);
    number = lua_tonumber(L, -1);
  }
  lua_pop(L, 1);
  return strcmp(name, "seconds") == 0 ? (int64_t)(number * 1e9) : (int64_t)number;
}

struct setup {
  lua_State *outside;
  int options;     /* on the stack outside */
  int functions;
};

/* Copies a field of the options to the top of the stack inside. */
static int copy_option(lua_State *B, const struct setup *setup, const char *name) {
  struct copy copy = {.from = setup->outside, .to = B, .functions = setup->functions, .make = make_inner,
                      .values_left = MOST_VALUES_OUT};
  /* The options were checked: a field of a plain table, by a name that the table holds, raises nothing. */
  int type = lua_getfield(setup->outside, setup->options, name);
  sandbox_copy(&copy, lua_gettop(setup->outside));
  lua_pop(setup->outside, 1);
  return type;
}

/* Fills the libraries and globals; runs inside, protected. */
static int set_up(lua_State *B) {
  const struct setup *setup = lua_touserdata(B, 1);
  lua_newtable(B);
  lua_rawsetp(B, LUA_REGISTRYINDEX, &FUNCTIONS);
  lua_newtable(B);
  sandbox_open_libs(B);
  if (copy_option(B, setup, "globals") == LUA_TTABLE) {
    lua_pushnil(B);
    while (lua_next(B, -2)) {
      const char *name = lua_tostring(B, -2);
      if (lua_istable(B, -1)) sandbox_protect(B, name);
      lua_setfield(B, 2, name);
    }
  }
  if (copy_option(B, setup, "unknown") == LUA_TFUNCTION) {
    push_stand_in(B);
    lua_pushcclosure(B, unknown_name, 2);
    lua_createtable(B, 0, 1);
    lua_insert(B, -2);
    lua_setfield(B, -2, "__index");
    lua_setmetatable(B, 2);
  }
  lua_pushvalue(B, 2);
  lua_rawsetp(B, LUA_REGISTRYINDEX, &NAMES);
  return 0;
}

static void remember_handle(lua_State *L, struct sandbox *box) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &HANDLES) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &HANDLES);
  }
  lua_pushvalue(L, 2);
  lua_rawsetp(L, -2, box);
  lua_pop(L, 1);
}

/* The fields that may be copied without raising outside: no metatables, names of globals are strings. */
static void check_options(lua_State *L) {
  luaL_argcheck(L, !lua_getmetatable(L, 1), 1, "a plain table expected");
  int type = lua_getfield(L, 1, "globals");
  luaL_argcheck(L, type == LUA_TTABLE || type == LUA_TNIL, 1, "globals is a table");
  if (type == LUA_TTABLE) {
    lua_pushnil(L);
    while (lua_next(L, -2)) {
      luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, 1, "names of globals are strings");
      lua_pop(L, 1);
    }
  }
  sandbox_register(L, -1, 3);
  lua_pop(L, 1);
  lua_getfield(L, 1, "unknown");
  sandbox_register(L, -1, 3);
  lua_pop(L, 1);
}

static int sandbox_new(lua_State *L) {
  if (lua_isnone(L, 1)) lua_newtable(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  struct sandbox_budget budget = {check_number(L, "instructions", 1e8, 1e15),
                                  (size_t)check_number(L, "memory", 64 << 20, 1e12),
                                  check_number(L, "seconds", 10, 1e6)};
  struct handle *handle = lua_newuserdatauv(L, sizeof *handle, 1);
  memset(handle, 0, sizeof *handle);
  luaL_setmetatable(L, SANDBOX);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, 2, 1);
  check_options(L);
  lua_getfield(L, 1, "lines");
  handle->box.counts_lines = lua_toboolean(L, -1);
  lua_pop(L, 1);
  remember_handle(L, &handle->box);
  handle->box.budget = budget;
  if (!sandbox_open(&handle->box, host_of(L))) return luaL_error(L, "not enough memory");
  struct setup setup = {L, 1, 3};
  prepare(L, &handle->box);
  lua_pushcfunction(handle->box.L, set_up);
  lua_pushlightuserdata(handle->box.L, &setup);
  call_protected(L, &handle->box, 1, 0);
  sandbox_refill(&handle->box);
  lua_settop(L, 2);
  return 1;
}

static const luaL_Reg methods[] = {
    {"close", box_close},           {"is_broken", box_is_broken}, {"lines", box_lines}, {"lines_of", box_lines_of},
    {"refill", box_refill},         {"run", box_run},             {"where", box_where}, {NULL, NULL},
};

static const luaL_Reg functions[] = {{"new", sandbox_new}, {NULL, NULL}};

int luaopen_pysec_sandbox(lua_State *L) {
  luaL_newmetatable(L, SANDBOX);
  lua_pushcfunction(L, box_close);
  lua_setfield(L, -2, "__gc");
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}
