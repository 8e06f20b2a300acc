/* pysec.http: downloads. Many at once are in lib_http_all.c.
 *
 * Lua is never called from inside libcurl: its callbacks only store what comes, and scripts are called between two
 * steps. So an error in a script unwinds Lua's frames alone, and the transfer's __close ends what still runs. */
#include <string.h>

#include "lib_http.h"

#define CLIENT "pysec.http.client"
#define TRANSFER "pysec.http.transfer"

static const lua_Integer MOST_TO_FILE = INT64_C(1) << 30, MOST_TO_MEMORY = INT64_C(64) << 20;

struct get {
  struct lib_http_client *client;      /* NULL: not started, or ended */
  struct http_request request;
  struct http_transfer transfer;
};

/* --- what has to be released --- */

static int get_close(lua_State *L) {
  struct get *get = luaL_checkudata(L, 1, TRANSFER);
  if (get->client == NULL) return 0;
  http_end(&get->transfer);
  get->client->is_busy = false;
  get->client = NULL;
  return 0;
}

struct lib_http_client *lib_http_check_idle(lua_State *L, int index) {
  struct lib_http_client *client = luaL_checkudata(L, index, CLIENT);
  if (client->is_busy) luaL_error(L, "the client is in the middle of a download");
  return client;
}

bool lib_http_open(struct lib_http_client *client, struct http_error *error) {
  return client->client.multi != NULL || http_client_open(&client->client, error);
}

static int client_close(lua_State *L) {
  struct lib_http_client *client = lib_http_check_idle(L, 1);
  http_client_close(&client->client);
  return 0;
}

static struct lib_http_client *push_client(lua_State *L) {
  struct lib_http_client *client = lua_newuserdatauv(L, sizeof *client, 0);
  *client = (struct lib_http_client){.is_busy = false};
  luaL_setmetatable(L, CLIENT);
  return client;
}

static struct get *push_get(lua_State *L) {
  struct get *get = lua_newuserdatauv(L, sizeof *get, 0);
  get->client = NULL;
  luaL_setmetatable(L, TRANSFER);
  lua_toclose(L, -1);
  return get;
}

/* --- options --- */

/* A field of the options, which stays on the stack: on_progress may change the table. */
static const char *string_field(lua_State *L, int options, const char *name) {
  int type = lua_getfield(L, options, name);
  if (type == LUA_TNIL) return NULL;
  size_t length = 0;
  const char *text = type == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
  bool is_text = text != NULL;
  for (size_t i = 0; is_text && i < length; i++) is_text = (unsigned char)text[i] >= ' ' && text[i] != '\x7f';
  if (!is_text) luaL_argerror(L, options, lua_pushfstring(L, "%s is a text without control characters", name));
  return text;
}

static uint64_t size_field(lua_State *L, int options, const char *name, lua_Integer otherwise) {
  int type = lua_getfield(L, options, name);
  lua_Integer size = type == LUA_TNIL ? otherwise : lua_tointeger(L, -1);
  if ((type != LUA_TNIL && !lua_isinteger(L, -1)) || size < 0)
    luaL_argerror(L, options, lua_pushfstring(L, "%s is a number of bytes", name));
  lua_pop(L, 1);
  return (uint64_t)size;
}

static double timeout_field(lua_State *L, int options) {
  int type = lua_getfield(L, options, "timeout");
  double seconds = type == LUA_TNIL ? 30 : lua_tonumber(L, -1);
  luaL_argcheck(L, (type == LUA_TNIL || type == LUA_TNUMBER) && seconds > 0 && seconds <= 86400, options,
                "timeout is a number of seconds up to 86400");
  lua_pop(L, 1);
  return seconds;
}

void lib_http_read_request(lua_State *L, int options, struct http_request *request) {
  luaL_checktype(L, options, LUA_TTABLE);
  luaL_checkstack(L, 10, "options");
  request->url = string_field(L, options, "url");
  luaL_argcheck(L, request->url != NULL, options, "url is missing");
  request->to = string_field(L, options, "to");
  request->etag = string_field(L, options, "etag");
  request->last_modified = string_field(L, options, "last_modified");
  request->proxy = string_field(L, options, "proxy");
  request->ca_file = string_field(L, options, "ca_file");
  request->max_bytes = size_field(L, options, "max_bytes", request->to != NULL ? MOST_TO_FILE : MOST_TO_MEMORY);
  request->timeout = timeout_field(L, options);
  int type = lua_getfield(L, options, "on_progress");
  luaL_argcheck(L, type == LUA_TNIL || type == LUA_TFUNCTION, options, "on_progress is a function");
}

/* --- getting --- */

static void call_progress(lua_State *L, int on_progress, const struct http_answer *answer) {
  if (lua_isnil(L, on_progress)) return;
  lua_pushvalue(L, on_progress);
  lua_pushinteger(L, (lua_Integer)answer->received);
  if (answer->total >= 0)
    lua_pushinteger(L, answer->total);
  else
    lua_pushnil(L);
  lua_call(L, 2, 0);
}

/* Steps until all has come, or an interrupt, which is raised. False: libcurl fails as a whole. */
static bool wait_for_end(lua_State *L, struct http_transfer *transfer, int on_progress) {
  uint64_t told_at = 0;
  bool has_ended = false;
  while (!has_ended) {
    if (!http_step(transfer->client, LIB_HTTP_TICK_MS, &transfer->error)) return false;
    has_ended = http_has_ended(transfer);
    host_check_interrupt(L);
    if (!has_ended && uv_hrtime() - told_at < LIB_HTTP_TICK_MS * UINT64_C(1000000)) continue;
    call_progress(L, on_progress, &transfer->answer);
    told_at = uv_hrtime();
  }
  host_check_interrupt(L);
  return true;
}

void lib_http_push_answer(lua_State *L, const struct http_request *request, const struct http_answer *answer) {
  lua_createtable(L, 0, 5);
  lua_pushinteger(L, answer->status);
  lua_setfield(L, -2, "status");
  lua_pushinteger(L, (lua_Integer)answer->received);
  lua_setfield(L, -2, "bytes");
  host_set_text(L, "etag", answer->etag);
  host_set_text(L, "last_modified", answer->last_modified);
  if (request->to != NULL || answer->status != 200) return;
  lua_pushlstring(L, answer->body != NULL ? answer->body : "", (size_t)answer->received);
  lua_setfield(L, -2, "body");
}

static int get_with(lua_State *L, struct lib_http_client *client, int options) {
  struct get *get = push_get(L);
  lib_http_read_request(L, options, &get->request);
  int on_progress = lua_gettop(L);
  struct http_transfer *transfer = &get->transfer;
  if (!lib_http_open(client, &transfer->error))
    return host_push_failure(L, transfer->error.code, "%s", transfer->error.text);
  get->client = client;
  client->is_busy = true;
  bool is_done = http_start(transfer, &client->client, &get->request) && wait_for_end(L, transfer, on_progress) &&
                 http_finish(transfer);
  if (!is_done) return host_push_failure(L, transfer->error.code, "%s", transfer->error.text);
  lib_http_push_answer(L, &get->request, &transfer->answer);
  return 1;
}

static int client_get(lua_State *L) {
  struct lib_http_client *client = lib_http_check_idle(L, 1);
  lua_settop(L, 2);
  return get_with(L, client, 2);
}

static int http_get(lua_State *L) {
  lua_settop(L, 1);
  struct lib_http_client *client = push_client(L);
  lua_toclose(L, -1);
  return get_with(L, client, 1);
}

static int http_client(lua_State *L) {
  push_client(L);
  return 1;
}

static const luaL_Reg client_methods[] = {
    {"all", lib_http_all},     {"close", client_close}, {"get", client_get}, {"__close", client_close},
    {"__gc", client_close}, {NULL, NULL}};
static const luaL_Reg get_methods[] = {{"__close", get_close}, {"__gc", get_close}, {NULL, NULL}};
static const luaL_Reg functions[] = {{"client", http_client}, {"get", http_get}, {NULL, NULL}};

int luaopen_pysec_http(lua_State *L) {
  lib_http_open_all(L);
  luaL_newmetatable(L, TRANSFER);
  luaL_setfuncs(L, get_methods, 0);
  luaL_newmetatable(L, CLIENT);
  luaL_setfuncs(L, client_methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}
