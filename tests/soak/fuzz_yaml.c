/* A libFuzzer target over the YAML reader; bytes are a document, behind one that says after how many requests memory
 * runs out (0: never).
 *
 * What has to hold: a mistake lies within the text, what is read can be written as JSON that says the same, aliases
 * do not make it grow without end, and running out of memory does no more than raise. */
#include <lauxlib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "yaml_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BYTES = 64 * 1024 * 1024 };

static long requests_left = -1; /* -1: as many as are wanted */

static void insist(bool holds) {
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

struct document {
  const char *text;
  size_t length;
  int line_count;  /* at the most: YAML breaks lines at more than line feeds */
};

static int read_document(lua_State *L) {
  const struct document *document = lua_touserdata(L, 1);
  struct json_error error;
  size_t length, again;
  lua_settop(L, 1);
  if (!yaml_read(L, document->text, document->length, &error)) {
    insist(lua_gettop(L) == 1 && error.message != NULL);
    insist(error.line >= 1 && error.line <= document->line_count + 1 && error.column >= 1);
    return 0;
  }
  insist(lua_gettop(L) == 2);
  json_write(L, 2, false);
  const char *text = lua_tolstring(L, 3, &length);
  insist(length < MOST_BYTES);
  insist(json_read(L, text, length, &error));
  json_write(L, 4, false);
  const char *same = lua_tolstring(L, 5, &again);
  insist(length == again && memcmp(text, same, length) == 0);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static lua_State *L;
  static struct state_owner owner; /* no host and no sandbox: nothing is charged */
  if (L == NULL) {
    L = lua_newstate(allocate, NULL);
    host_own(L, &owner);
    lua_gc(L, LUA_GCSTOP); /* collected below, so that an input alone decides when memory runs out */
  }
  if (size == 0) return 0;
  /* A copy of the exact size: the sanitizer then sees a read past the end. */
  char *text = malloc(size - 1);
  if (size > 1) memcpy(text, data + 1, size - 1);
  struct document document = {.text = text, .length = size - 1, .line_count = (int)size};
  lua_settop(L, 0);
  lua_pushcfunction(L, read_document);
  lua_pushlightuserdata(L, &document);
  requests_left = data[0] == 0 ? -1 : data[0];
  int status = lua_pcall(L, 1, 0, 0);
  insist(status == LUA_OK || (status == LUA_ERRMEM && data[0] != 0));
  requests_left = -1;
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT);
  free(text);
  return 0;
}
