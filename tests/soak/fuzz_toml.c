/* A libFuzzer target over the TOML reader; bytes are a document, behind one that says after how many requests memory
 * runs out (0: never).
 *
 * What has to hold: a mistake lies within the text, every table has a line of it, what is read as a whole is read as
 * well where keys are left out, and running out of memory does no more than raise. */
#include "fuzz_reader.h"
#include "host.h"
#include "toml.h"

static int count_lines(const struct fuzz_document *document) {
  int count = 1;
  for (size_t i = 0; i < document->length; i++) count += document->text[i] == '\n';
  return count;
}

/* The value on top of the stack, and all in it. The table of lines is at index 3. */
static void check_lines(lua_State *L, int line_count) {
  if (!lua_istable(L, -1)) return;
  host_reserve_stack(L, 8);
  lua_pushvalue(L, -1);
  fuzz_hold(lua_rawget(L, 3) == LUA_TNUMBER);
  lua_Integer line = lua_tointeger(L, -1);
  fuzz_hold(line >= 1 && line <= line_count);
  lua_pop(L, 1);
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) check_lines(L, line_count);
}

static int read_twice(lua_State *L) {
  const struct fuzz_document *document = lua_touserdata(L, 1);
  struct toml_error error, skipped;
  int line_count = count_lines(document);
  lua_settop(L, 1);
  bool is_read = toml_read(L, document->text, document->length, 0, &error);
  fuzz_hold(lua_gettop(L) == (is_read ? 3 : 1));
  if (is_read) {
    lua_pushvalue(L, 2);
    check_lines(L, line_count);
  } else {
    fuzz_hold(error.line >= 1 && error.line <= line_count && error.message != NULL);
    fuzz_hold(error.column >= 1 && (size_t)error.column <= document->length + 1);
  }
  lua_settop(L, 1);
  lua_newtable(L);
  lua_pushboolean(L, 1);
  lua_setfield(L, 2, "b");
  fuzz_hold(toml_read(L, document->text, document->length, 2, &skipped) || !is_read);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_read(read_twice, data, size);
}
