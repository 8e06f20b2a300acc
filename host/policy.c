/* The embedder's calls for policies: each is a function of scripts/embed.lua, with its answer made C. */
#include <stdlib.h>
#include <string.h>

#include "host.h"

struct call {
  const char *function;
  void (*push)(lua_State *L, const struct call *call); /* pushes `count` arguments */
  int count;
  const char *texts[2];
  size_t lengths[2];
  const pysec_budget *budget;
  bool has_result;
  pysec_result *result;
  pysec_status status;
  char *message;
};

static void push_texts(lua_State *L, const struct call *call) {
  for (int i = 0; i < call->count; i++) lua_pushlstring(L, call->texts[i], call->lengths[i]);
}

static void push_budget(lua_State *L, const struct call *call) {
  const pysec_budget *budget = call->budget;
  lua_settop(L, lua_gettop(L) + 3);
  if (budget == NULL) return;
  if (budget->instructions > 0) {
    lua_pushinteger(L, budget->instructions);
    lua_replace(L, -4);
  }
  if (budget->memory > 0) {
    lua_pushinteger(L, (lua_Integer)budget->memory);
    lua_replace(L, -3);
  }
  if (budget->seconds > 0) {
    lua_pushnumber(L, budget->seconds);
    lua_replace(L, -2);
  }
}

/* One block: the struct, then its text. */
static pysec_result *make_result(const char *text, size_t length, int exit_code) {
  pysec_result *result = malloc(sizeof *result + length + 1);
  if (result == NULL) return NULL;
  char *copy = (char *)(result + 1);
  memcpy(copy, text, length + 1);
  *result = (pysec_result){copy, length, exit_code};
  return result;
}

static int run_call(lua_State *L) {
  struct call *call = lua_touserdata(L, 1);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "embed");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, call->function);
  call->push(L, call);
  lua_call(L, call->count, 3);
  if (!lua_toboolean(L, -3)) {
    call->status = strcmp(lua_tostring(L, -2), "policy") == 0 ? PYSEC_POLICY : PYSEC_FAILED;
    call->message = strdup(lua_tostring(L, -1));
    return 0;
  }
  if (!call->has_result) return 0;
  size_t length;
  const char *text = lua_tolstring(L, -3, &length);
  call->result = make_result(text, length, (int)lua_tointeger(L, -2));
  if (call->result == NULL) call->status = PYSEC_NO_MEMORY;
  return 0;
}

static pysec_status finish(pysec_host *host, struct call *call) {
  pysec_status status = host_begin(host);
  if (status != PYSEC_OK) return status;
  status = host_protect(host, run_call, call);
  if (status == PYSEC_OK && call->status != PYSEC_OK)
    status = host_fail(host, call->status, call->message != NULL ? call->message : "not enough memory");
  free(call->message);
  if (status != PYSEC_OK) {
    pysec_result_free(call->result);
    call->result = NULL;
  }
  return host_end(host, status);
}

pysec_status pysec_policy_load(pysec_host *host, const char *path) {
  if (host == NULL) return PYSEC_INVALID;
  if (path == NULL) return host_fail(host, PYSEC_INVALID, "the path is NULL");
  struct call call = {.function = "load", .push = push_texts, .count = 1, .texts = {path}, .lengths = {strlen(path)}};
  return finish(host, &call);
}

pysec_status pysec_policy_load_buffer(pysec_host *host, const char *name, const char *text, size_t length) {
  if (host == NULL) return PYSEC_INVALID;
  if (name == NULL || *name == '\0' || (text == NULL && length > 0))
    return host_fail(host, PYSEC_INVALID, "the name or the text is NULL");
  struct call call = {.function = "load_text", .push = push_texts, .count = 2,
                      .texts = {name, text != NULL ? text : ""}, .lengths = {strlen(name), length}};
  return finish(host, &call);
}

pysec_status pysec_policy_budget(pysec_host *host, const pysec_budget *budget) {
  if (host == NULL) return PYSEC_INVALID;
  if (budget != NULL && (budget->instructions < 0 || !(budget->seconds >= 0)))
    return host_fail(host, PYSEC_INVALID, "a budget is negative");
  struct call call = {.function = "set_budget", .push = push_budget, .count = 3, .budget = budget};
  return finish(host, &call);
}

pysec_status pysec_policy_clear(pysec_host *host) {
  if (host == NULL) return PYSEC_INVALID;
  struct call call = {.function = "clear", .push = push_texts};
  return finish(host, &call);
}

static pysec_status ask(pysec_host *host, const char *function, const char *json, size_t length,
                        pysec_result **result) {
  if (result == NULL) return PYSEC_INVALID;
  *result = NULL;
  if (host == NULL) return PYSEC_INVALID;
  if (json == NULL) return host_fail(host, PYSEC_INVALID, "the JSON is NULL");
  struct call call = {.function = function, .push = push_texts, .count = 1, .texts = {json}, .lengths = {length},
                      .has_result = true};
  pysec_status status = finish(host, &call);
  *result = call.result;
  return status;
}

pysec_status pysec_decide(pysec_host *host, const char *json, size_t length, pysec_result **result) {
  return ask(host, "decide", json, length, result);
}

pysec_status pysec_judge(pysec_host *host, const char *json, size_t length, pysec_result **result) {
  return ask(host, "judge", json, length, result);
}

void pysec_result_free(pysec_result *result) {
  free(result);
}
