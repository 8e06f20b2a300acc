/* client:all of pysec.http: many downloads, several at once. */
#include <string.h>

#include "lib_http.h"

#define TRANSFERS "pysec.http.transfers"

enum { AT_ONCE = 8 };

/* The stack of lib_http_all. ANCHORS holds, for each slot, what its request points to. */
enum { CLIENT = 1, REQUESTS, ON_PROGRESS, ANSWERS, ANCHORS };

struct slot {
  lua_Integer index;          /* of the request; 0: free */
  struct http_request request;
  struct http_transfer transfer;
};

struct slots {
  struct lib_http_client *client;      /* NULL: not started, or ended */
  lua_Integer next, count;    /* requests */
  lua_Integer done;
  struct http_error error;
  struct slot slots[AT_ONCE];
};

static int slots_close(lua_State *L) {
  struct slots *slots = luaL_checkudata(L, 1, TRANSFERS);
  if (slots->client == NULL) return 0;
  for (int i = 0; i < AT_ONCE; i++)
    if (slots->slots[i].index != 0) http_end(&slots->slots[i].transfer);
  slots->client->is_busy = false;
  slots->client = NULL;
  return 0;
}

static struct slots *push_slots(lua_State *L, struct lib_http_client *client) {
  struct slots *slots = lua_newuserdatauv(L, sizeof *slots, 0);
  memset(slots, 0, sizeof *slots);
  luaL_setmetatable(L, TRANSFERS);
  lua_toclose(L, -1);
  slots->client = client;
  client->is_busy = true;
  slots->next = 1;
  slots->count = (lua_Integer)lua_rawlen(L, REQUESTS);
  return slots;
}

/* Starts the next request in a slot that is free. */
static bool start(lua_State *L, struct slots *slots, int at) {
  struct slot *slot = &slots->slots[at];
  lua_rawgeti(L, REQUESTS, slots->next);
  int options = lua_gettop(L);
  lib_http_read_request(L, options, &slot->request);
  int last = lua_gettop(L);
  lua_createtable(L, last - options, 0);
  for (int i = options + 1; i <= last; i++) {
    lua_pushvalue(L, i);
    lua_rawseti(L, -2, i - options);
  }
  lua_rawseti(L, ANCHORS, at + 1);
  lua_settop(L, options - 1);
  slot->index = slots->next++;
  if (http_start(&slot->transfer, &slots->client->client, &slot->request)) return true;
  slots->error = slot->transfer.error;
  return false;
}

/* Stores the answer of a slot whose transfer has ended, and frees it. */
static bool finish(lua_State *L, struct slots *slots, struct slot *slot) {
  if (!http_finish(&slot->transfer)) {
    slots->error = slot->transfer.error;
    return false;
  }
  lib_http_push_answer(L, &slot->request, &slot->transfer.answer);
  lua_rawseti(L, ANSWERS, slot->index);
  http_end(&slot->transfer);
  slot->index = 0;
  slots->done++;
  return true;
}

/* Fills free slots, and empties those that have ended. */
static bool turn(lua_State *L, struct slots *slots) {
  for (int i = 0; i < AT_ONCE; i++) {
    struct slot *slot = &slots->slots[i];
    if (slot->index != 0 && http_has_ended(&slot->transfer) && !finish(L, slots, slot)) return false;
    if (slot->index == 0 && slots->next <= slots->count && !start(L, slots, i)) return false;
  }
  return true;
}

static void call_progress(lua_State *L, const struct slots *slots) {
  if (lua_isnil(L, ON_PROGRESS)) return;
  lua_pushvalue(L, ON_PROGRESS);
  lua_pushinteger(L, slots->done);
  lua_pushinteger(L, slots->count);
  lua_call(L, 2, 0);
}

static bool run(lua_State *L, struct slots *slots) {
  uint64_t told_at = 0;
  while (slots->done < slots->count) {
    if (!turn(L, slots)) return false;
    if (slots->done < slots->count && !http_step(&slots->client->client, LIB_HTTP_TICK_MS, &slots->error))
      return false;
    host_check_interrupt(L);
    if (slots->done < slots->count && uv_hrtime() - told_at < LIB_HTTP_TICK_MS * UINT64_C(1000000)) continue;
    call_progress(L, slots);
    told_at = uv_hrtime();
  }
  host_check_interrupt(L);
  return true;
}

int lib_http_all(lua_State *L) {
  struct http_error error;
  struct lib_http_client *client = lib_http_check_idle(L, CLIENT);
  luaL_checktype(L, REQUESTS, LUA_TTABLE);
  lua_settop(L, ON_PROGRESS);
  if (!lua_isnil(L, ON_PROGRESS)) luaL_checktype(L, ON_PROGRESS, LUA_TFUNCTION);
  if (!lib_http_open(client, &error)) return host_push_failure(L, error.code, "%s", error.text);
  lua_newtable(L); /* ANSWERS */
  lua_newtable(L); /* ANCHORS */
  struct slots *slots = push_slots(L, client);
  if (!run(L, slots)) return host_push_failure(L, slots->error.code, "%s", slots->error.text);
  lua_pushvalue(L, ANSWERS);
  return 1;
}

void lib_http_open_all(lua_State *L) {
  static const luaL_Reg methods[] = {{"__close", slots_close}, {"__gc", slots_close}, {NULL, NULL}};
  luaL_newmetatable(L, TRANSFERS);
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 1);
}
