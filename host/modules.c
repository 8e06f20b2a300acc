/* Modules of the embedder's: C functions that speak JSON, so that embedders need no Lua types. */
#include "host.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define DIGITS "0123456789"

static const char *const REPLY = "pysec.reply";

struct entry {
  pysec_call call;
  void *user_data;
};

/* --- replies --- */

/* The text is the embedder's until the call has ended: nothing that can raise runs between its C frames. */
struct pysec_reply {
  enum { REPLY_NONE, REPLY_JSON, REPLY_ERROR, REPLY_NO_MEMORY } kind;
  char *text;
  size_t length;
};

static void clear_reply(pysec_reply *reply) {
  free(reply->text);
  *reply = (pysec_reply){.kind = REPLY_NONE};
}

static int collect_reply(lua_State *L) {
  clear_reply(luaL_checkudata(L, 1, REPLY));
  return 0;
}

static pysec_reply *push_reply(lua_State *L) {
  pysec_reply *reply = lua_newuserdatauv(L, sizeof *reply, 0);
  *reply = (pysec_reply){.kind = REPLY_NONE};
  if (luaL_newmetatable(L, REPLY)) {
    lua_pushcfunction(L, collect_reply);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return reply;
}

static pysec_status set_reply(pysec_reply *reply, int kind, const char *text, size_t length) {
  if (reply == NULL || text == NULL) return PYSEC_INVALID;
  char *copy = malloc(length > 0 ? length : 1);
  if (copy != NULL) memcpy(copy, text, length);
  clear_reply(reply);
  reply->kind = copy != NULL ? kind : REPLY_NO_MEMORY;
  reply->text = copy;
  reply->length = length;
  return copy != NULL ? PYSEC_OK : PYSEC_NO_MEMORY;
}

pysec_status pysec_reply_json(pysec_reply *reply, const char *text, size_t length) {
  return set_reply(reply, REPLY_JSON, text, length);
}

pysec_status pysec_reply_error(pysec_reply *reply, const char *message) {
  return set_reply(reply, REPLY_ERROR, message, message != NULL ? strlen(message) : 0);
}

/* --- calls --- */

/* The call's arguments as a JSON array; the text stays on the stack. */
static const char *push_arguments(lua_State *L, size_t *length) {
  int count = lua_gettop(L);
  host_reserve_stack(L, 8);
  lua_createtable(L, count, 0);
  for (int i = 1; i <= count; i++) {
    if (lua_isnil(L, i))
      json_push_null(L);
    else
      lua_pushvalue(L, i);
    lua_rawseti(L, -2, i);
  }
  json_push_array_metatable(L);
  lua_setmetatable(L, -2);
  json_write(L, -1, false);
  return lua_tolstring(L, -1, length);
}

/* Makes a reply what the call returns. `name` is the function's, for messages. The reply is freed before
 * anything is raised on purpose; when memory ends, the collector frees it. */
static int push_result(lua_State *L, const char *name, pysec_status status, pysec_reply *reply) {
  int kind = reply->kind;
  bool is_json = false;
  struct json_error error;
  if (kind == REPLY_ERROR) lua_pushlstring(L, reply->text, reply->length);
  if (kind == REPLY_JSON && status == PYSEC_OK) is_json = json_read(L, reply->text, reply->length, &error);
  clear_reply(reply);
  if (status == PYSEC_NO_MEMORY || kind == REPLY_NO_MEMORY) host_raise_no_memory(L);
  if (status != PYSEC_OK && kind == REPLY_ERROR) return luaL_error(L, "%s: %s", name, lua_tostring(L, -1));
  if (status != PYSEC_OK) return luaL_error(L, "%s: failed with status %d", name, (int)status);
  if (kind == REPLY_NONE) return luaL_error(L, "%s: gave no reply", name);
  if (kind == REPLY_ERROR) {
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
  }
  if (is_json) return 1;
  return luaL_error(L, "%s: its reply is not JSON: line %d, column %d: %s", name, error.line, error.column,
                    error.message);
}

static int call_function(lua_State *L) {
  const struct entry *entry = lua_touserdata(L, lua_upvalueindex(1));
  size_t length;
  const char *arguments = push_arguments(L, &length);
  pysec_reply *reply = push_reply(L);
  pysec_status status = entry->call(entry->user_data, arguments, length, reply);
  int count = push_result(L, lua_tostring(L, lua_upvalueindex(2)), status, reply);
  host_check_interrupt(L);
  return count;
}

/* --- adding --- */

static bool is_module_name(const char *name) {
  size_t length;
  while ((length = strspn(name, LETTERS DIGITS "-")) > 0 && name[length] == '.') name += length + 1;
  return length > 0 && name[length] == '\0';
}

static bool is_function_name(const char *name) {
  return strspn(name, LETTERS) > 0 && name[strspn(name, LETTERS DIGITS)] == '\0';
}

static bool is_in_registry_table(lua_State *L, const char *table, const char *name) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, table);
  lua_pushstring(L, name);
  bool is_there = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 2);
  return is_there;
}

static void check_module_name(lua_State *L, const char *name) {
  if (!is_module_name(name))
    luaL_error(L, "module '%s': a name is letters, digits, _ and -, with dots between its parts", name);
  if (strcmp(name, "pysec") == 0 || strncmp(name, "pysec.", 6) == 0)
    luaL_error(L, "module '%s': names that start with pysec. are pysec's own", name);
  if (is_in_registry_table(L, LUA_LOADED_TABLE, name) || is_in_registry_table(L, LUA_PRELOAD_TABLE, name) ||
      scripts_has_module(L, name))
    luaL_error(L, "module '%s': there is one of this name", name);
}

/* In the module's table on top of the stack. */
static void add_function(lua_State *L, const char *module, const pysec_function *function, void *user_data) {
  if (!is_function_name(function->name))
    luaL_error(L, "module '%s', function '%s': a name is letters, digits and _", module, function->name);
  if (function->call == NULL) luaL_error(L, "module '%s', function '%s': `call` is NULL", module, function->name);
  if (lua_getfield(L, -1, function->name) != LUA_TNIL)
    luaL_error(L, "module '%s', function '%s': it is there twice", module, function->name);
  lua_pop(L, 1);
  struct entry *entry = lua_newuserdatauv(L, sizeof *entry, 0);
  *entry = (struct entry){function->call, user_data};
  lua_pushfstring(L, "%s.%s", module, function->name);
  lua_pushcclosure(L, call_function, 2);
  lua_setfield(L, -2, function->name);
}

static int open_module(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  return 1;
}

struct addition {
  const char *name;
  const pysec_function *functions;
  void *user_data;
};

/* Runs protected. What it raises itself is a mistake in the arguments. */
static int add_protected(lua_State *L) {
  const struct addition *addition = lua_touserdata(L, 1);
  check_module_name(L, addition->name);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushstring(L, addition->name);
  lua_newtable(L);
  for (const pysec_function *function = addition->functions; function->name != NULL; function++)
    add_function(L, addition->name, function, addition->user_data);
  lua_pushcclosure(L, open_module, 1);
  lua_rawset(L, -3);
  return 0;
}

pysec_status pysec_module_add(pysec_host *host, const char *name, const pysec_function functions[], void *user_data) {
  pysec_status status = host_begin(host);
  if (status != PYSEC_OK) return status;
  if (name == NULL || functions == NULL) return host_end(host, host_fail(host, PYSEC_INVALID, HOST_BAD_ARGUMENT));
  atomic_store(&host->shield, 1); /* no script runs that an interrupt could end */
  struct addition addition = {name, functions, user_data};
  lua_pushcfunction(host->L, add_protected);
  lua_pushlightuserdata(host->L, &addition);
  int lua_status = lua_pcall(host->L, 1, 0, 0);
  if (lua_status != LUA_OK) {
    status = lua_status == LUA_ERRMEM ? PYSEC_NO_MEMORY : PYSEC_INVALID;
    host_fail(host, status, lua_tostring(host->L, -1));
  }
  return host_end(host, status);
}
