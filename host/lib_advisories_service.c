/* pysec.advisories, the half that serves. */
#include <string.h>

#include "advisory_access.h"
#include "advisory_serve.h"
#include "host.h"
#include "lib_advisories.h"

static const char *const SERVICE = "pysec.advisories.service";

enum { MAX_HOSTS = 64, MAX_SECONDS = 3600 };

static struct advisory_service **check_service(lua_State *L) {
  struct advisory_service **self = luaL_checkudata(L, 1, SERVICE);
  if (*self == NULL) luaL_error(L, "the service has stopped");
  return self;
}

static int service_url(lua_State *L) {
  lua_pushstring(L, advisory_serve_url(*check_service(L)));
  return 1;
}

static int service_lines(lua_State *L) {
  static const char *const kinds[] = {"warning", "note", "request"};
  struct advisory_service **self = check_service(L);
  struct advisory_log_line line;
  lua_newtable(L);
  for (lua_Integer i = 1; advisory_serve_line(*self, &line); i++) {
    lua_createtable(L, 0, 2);
    host_set_text(L, "kind", kinds[line.kind]);
    host_set_text(L, "text", line.text);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

static int service_stop(lua_State *L) {
  struct advisory_service **self = luaL_checkudata(L, 1, SERVICE);
  *self = advisory_serve_stop(*self);
  return 0;
}

/* --- options: each reader leaves what it read on the stack --- */

/* A text that may be an address, a token or a host; "", which is none of them, for what is no text, or holds a zero
 * byte, which C would take for its end. */
static const char *text_at(lua_State *L, int index) {
  size_t length;
  const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : NULL;
  return text != NULL && strlen(text) == length ? text : "";
}

static struct advisory_address option_listen(lua_State *L, int options) {
  struct advisory_address address;
  int type = lib_advisories_push_option(L, options, "listen");
  const char *text = type == LUA_TNIL ? "127.0.0.1" : text_at(L, -1);
  luaL_argcheck(L, advisory_address_parse(&address, text), options,
                "listen: an address such as 127.0.0.1 or ::1 expected");
  return address;
}

static const char *option_token(lua_State *L, int options, bool is_loopback) {
  int type = lib_advisories_push_option(L, options, "token");
  bool is_none = type == LUA_TBOOLEAN && !lua_toboolean(L, -1);
  luaL_argcheck(L, type != LUA_TNIL || is_loopback, options,
                "token: expected where other machines can connect; false lets everybody ask");
  if (type == LUA_TNIL || is_none) return NULL;
  const char *token = text_at(L, -1);
  luaL_argcheck(L, advisory_access_is_token(token), options, "token: 16 to 128 letters and digits expected");
  return token;
}

static const char *const *option_hosts(lua_State *L, int options, size_t *count) {
  *count = 0;
  if (lib_advisories_push_option(L, options, "hosts") == LUA_TNIL) return NULL;
  luaL_argcheck(L, lua_istable(L, -1), options, "hosts: a list of names expected");
  size_t length = lua_rawlen(L, -1);
  luaL_argcheck(L, length <= MAX_HOSTS, options, "hosts: at most 64 expected");
  const char **hosts = lua_newuserdatauv(L, (length + 1) * sizeof *hosts, 0);
  for (; *count < length; ++*count) {
    lua_rawgeti(L, -2, (lua_Integer)*count + 1);
    hosts[*count] = text_at(L, -1);
    luaL_argcheck(L, advisory_access_may_be_host(hosts[*count]), options,
                  "hosts: names or addresses without a port expected");
    lua_pop(L, 1);  /* the list keeps it */
  }
  return hosts;
}

static int advisories_serve(lua_State *L) {
  size_t length;
  const char *path = lib_advisories_check_text(L, 1, &length);
  struct advisory_serve_options options = {.listen = option_listen(L, 2)};
  options.port = (uint16_t)lib_advisories_option_integer(L, 2, "port", UINT16_MAX);
  options.seconds = (unsigned)lib_advisories_option_integer(L, 2, "seconds", MAX_SECONDS);
  options.token = option_token(L, 2, options.listen.is_loopback);
  options.hosts = option_hosts(L, 2, &options.host_count);
  lib_advisories_push_option(L, 2, "log");
  options.log_requests = lua_toboolean(L, -1);
  struct advisory_error error;
  struct advisory_service **self = lua_newuserdatauv(L, sizeof(struct advisory_service *), 0);
  *self = NULL;
  luaL_setmetatable(L, SERVICE);
  if (!advisory_serve_start(self, path, &options, &error)) return lib_advisories_fail(L, &error);
  return 1;
}

static int advisories_token(lua_State *L) {
  char token[ADVISORY_TOKEN_BYTES];
  if (!advisory_access_new_token(token)) return host_push_errno(L, NULL);
  lua_pushstring(L, token);
  return 1;
}

/* Whether an address is one, and who can reach it: "loopback", "any" or "network". */
static int advisories_reach(lua_State *L) {
  struct advisory_address address;
  luaL_checkstring(L, 1);
  if (!advisory_address_parse(&address, text_at(L, 1))) {
    luaL_pushfail(L);
    return 1;
  }
  lua_pushstring(L, address.is_loopback ? "loopback" : address.is_any ? "any" : "network");
  return 1;
}

static int advisories_is_host(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_pushboolean(L, advisory_access_may_be_host(text_at(L, 1)));
  return 1;
}

static int advisories_is_token(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_pushboolean(L, advisory_access_is_token(text_at(L, 1)));
  return 1;
}

static const luaL_Reg methods[] = {
    {"lines", service_lines}, {"stop", service_stop}, {"url", service_url}, {NULL, NULL}};
static const luaL_Reg metamethods[] = {{"__close", service_stop}, {"__gc", service_stop}, {NULL, NULL}};
static const luaL_Reg functions[] = {
    {"is_host", advisories_is_host}, {"is_token", advisories_is_token}, {"reach", advisories_reach},
    {"serve", advisories_serve},     {"token", advisories_token},       {NULL, NULL}};

void lib_advisories_add_service(lua_State *L) {
  lib_advisories_make_class(L, SERVICE, methods, metamethods);
  luaL_setfuncs(L, functions, 0);
}
