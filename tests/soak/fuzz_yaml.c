/* A libFuzzer target over the YAML reader; bytes are a document, behind one that says after how many requests memory
 * runs out (0: never).
 *
 * What has to hold: a mistake lies within the text, what is read can be written as JSON that says the same, aliases
 * do not make it grow without end, and running out of memory does no more than raise. */
#include <string.h>

#include "fuzz_reader.h"
#include "host.h"
#include "yaml_read.h"

enum { MOST_BYTES = 64 * 1024 * 1024 };

static int read_document(lua_State *L) {
  const struct fuzz_document *document = lua_touserdata(L, 1);
  struct json_error error;
  size_t length, again;
  lua_settop(L, 1);
  if (!yaml_read(L, document->text, document->length, &error)) {
    fuzz_hold(lua_gettop(L) == 1 && error.message != NULL);
    /* YAML breaks lines at more than line feeds: a line takes a byte at the least. */
    fuzz_hold(error.line >= 1 && (size_t)error.line <= document->length + 2 && error.column >= 1);
    return 0;
  }
  fuzz_hold(lua_gettop(L) == 2);
  json_write(L, 2, false);
  const char *text = lua_tolstring(L, 3, &length);
  fuzz_hold(length < MOST_BYTES);
  fuzz_hold(json_read(L, text, length, &error));
  json_write(L, 4, false);
  const char *same = lua_tolstring(L, 5, &again);
  fuzz_hold(length == again && memcmp(text, same, length) == 0);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_read(read_document, data, size);
}
