/* One Lua state for all inputs; what an input leaves behind is collected after it. */
#include "fuzz_reader.h"

#include <stdlib.h>
#include <string.h>

#include "host.h"

static long requests_left = -1; /* -1: as many as are wanted */

void fuzz_hold(bool holds) {
  if (!holds) abort();
}

static void *allocate(void *context, void *block, size_t old_size, size_t size) {
  (void)context;
  if (size == 0) {
    free(block);
    return NULL;
  }
  bool is_growing = block == NULL || size > old_size; /* to shrink has to succeed */
  if (is_growing && requests_left == 0) return NULL;
  if (is_growing && requests_left > 0) requests_left--;
  return realloc(block, size);
}

int fuzz_read(lua_CFunction body, const uint8_t *data, size_t size) {
  static lua_State *L;
  static struct state_owner owner; /* no host and no sandbox: nothing is charged */
  if (L == NULL) {
    L = lua_newstate(allocate, NULL);
    host_own(L, &owner);
    lua_gc(L, LUA_GCSTOP); /* collected below, so that an input alone decides when memory runs out */
  }
  if (size == 0) return 0;
  char *text = malloc(size - 1);
  if (size > 1) memcpy(text, data + 1, size - 1);
  struct fuzz_document document = {.text = text, .length = size - 1};
  lua_settop(L, 0);
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, &document);
  requests_left = data[0] == 0 ? -1 : data[0];
  int status = lua_pcall(L, 1, 0, 0);
  fuzz_hold(status == LUA_OK || (status == LUA_ERRMEM && data[0] != 0));
  requests_left = -1;
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT);
  free(text);
  return 0;
}
