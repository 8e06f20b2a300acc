/* A libFuzzer target over the TOML reader; bytes are a document, behind one that says after how many requests memory
 * runs out (0: never).
 *
 * What has to hold: a mistake lies within the text, every table has a line of it, what is read as a whole is read as
 * well where keys are left out, and running out of memory does no more than raise. */
#include <lauxlib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
  int line_count;
};

/* The value on top of the stack, and all in it. The table of lines is at index 3. */
static void check_lines(lua_State *L, const struct document *document) {
  if (!lua_istable(L, -1)) return;
  host_reserve_stack(L, 8);
  lua_pushvalue(L, -1);
  insist(lua_rawget(L, 3) == LUA_TNUMBER);
  lua_Integer line = lua_tointeger(L, -1);
  insist(line >= 1 && line <= document->line_count);
  lua_pop(L, 1);
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) check_lines(L, document);
}

static int read_twice(lua_State *L) {
  const struct document *document = lua_touserdata(L, 1);
  struct toml_error error, skipped;
  lua_settop(L, 1);
  bool is_read = toml_read(L, document->text, document->length, 0, &error);
  insist(lua_gettop(L) == (is_read ? 3 : 1));
  if (is_read) {
    lua_pushvalue(L, 2);
    check_lines(L, document);
  } else {
    insist(error.line >= 1 && error.line <= document->line_count && error.message != NULL);
    insist(error.column >= 1 && (size_t)error.column <= document->length + 1);
  }
  lua_settop(L, 1);
  lua_newtable(L);
  lua_pushboolean(L, 1);
  lua_setfield(L, 2, "b");
  insist(toml_read(L, document->text, document->length, 2, &skipped) || !is_read);
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
  struct document document = {.text = text, .length = size - 1, .line_count = 1};
  for (size_t i = 1; i < size; i++) document.line_count += data[i] == '\n';
  lua_settop(L, 0);
  lua_pushcfunction(L, read_twice);
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
