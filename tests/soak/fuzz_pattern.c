/* A libFuzzer target over the pattern matcher of the sandbox: bytes are a pattern, a replacement and a subject, with
 * zero bytes between.
 *
 * A policy searches with them. Where its budget is enough, Lua's own matcher has to find the same. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* Gives what the functions return as one text, in figures: a message has no bytes of the input's in it. */
static const char SEARCH[] =
    "local said = {}\n"
    "local function say(...)\n"
    "  for i = 1, select('#', ...) do\n"
    "    local value = select(i, ...)\n"
    "    if type(value) == 'string' then\n"
    "      value = ('%d:'):format(#value) .. value:gsub('.', function(c) return ('%02x'):format(c:byte()) end)\n"
    "    end\n"
    "    said[#said + 1] = tostring(value)\n"
    "  end\n"
    "  said[#said + 1] = ';'\n"
    "end\n"
    "local function try(f, ...)\n"
    "  local result = table.pack(pcall(f, ...))\n"
    "  if result[1] then say(table.unpack(result, 1, result.n)) else say(false) end\n"
    "end\n"
    "try(string.find, subject, pattern)\n"
    "try(string.find, subject, pattern, 2)\n"
    "try(string.find, subject, pattern, -3, true)\n"
    "try(string.match, subject, pattern)\n"
    "try(string.gsub, subject, pattern, replacement)\n"
    "try(string.gsub, subject, pattern, '%0', 3)\n"
    "try(string.gsub, subject, pattern, { [''] = 'e', a = 'b', [1] = 'first' })\n"
    "try(string.gsub, subject, pattern, function(a, b) return b or a end)\n"
    "try(function() for a, b in subject:gmatch(pattern) do say(a, b) end end)\n";

enum { MOST_TEXT = 100000 };

struct text {
  size_t length;
  char bytes[MOST_TEXT];
};

static void add_text(struct text *text, const char *more) {
  size_t length = strlen(more);
  memcpy(text->bytes + text->length, more, length + 1);
  text->length += length;
}

/* Up to the next zero byte; the last part has the rest. */
static void add_local(struct text *text, const char *name, const uint8_t **at, const uint8_t *end, bool is_last) {
  add_text(text, "local ");
  add_text(text, name);
  add_text(text, " = '");
  for (; *at < end && (is_last || **at != 0); ++*at)
    text->length += (size_t)snprintf(text->bytes + text->length, MOST_TEXT - text->length, "\\%03d", **at);
  if (*at < end) (*at)++;
  add_text(text, "'\n");
}

/* The host cuts very long messages, and says so by three dots. */
static bool is_same(const char *said, const char *expected) {
  size_t length = strlen(said);
  if (strcmp(said, expected) == 0) return true;
  return length > 1000 && strcmp(said + length - 3, "...") == 0 && strncmp(said, expected, length - 3) == 0;
}

/* What Lua's own library says, on top of the stack. */
static const char *said_by_lua(lua_State *L, const struct text *text) {
  lua_settop(L, 0);
  fuzz_insist(NULL, luaL_loadbuffer(L, text->bytes, text->length, "=lua") == LUA_OK, "the search compiles");
  fuzz_insist(NULL, lua_pcall(L, 0, 0, 0) != LUA_OK && lua_isstring(L, -1), "the search ends with its result");
  return lua_tostring(L, -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static pysec_host *host;
  static lua_State *L;
  static struct text text;
  if (host == NULL) {
    host = fuzz_host(200000);
    L = luaL_newstate();
    luaL_openlibs(L);
  }
  if (size > 1024) return -1;
  const uint8_t *at = data, *end = data + size;
  text.length = 0;
  add_local(&text, "pattern", &at, end, false);
  add_local(&text, "replacement", &at, end, false);
  add_local(&text, "subject", &at, end, true);
  add_text(&text, SEARCH);
  add_text(&text, "error('said ' .. table.concat(said, ' '))\n");
  double start = fuzz_now();
  pysec_status status = pysec_policy_load_buffer(host, "acme.lua", text.bytes, text.length);
  fuzz_check(host, status, start);
  const char *said = strstr(pysec_error(host), ": said ");
  if (said != NULL) {
    const char *expected = strstr(said_by_lua(L, &text), ": said ");
    bool same = expected != NULL && is_same(said, expected);
    if (!same) fprintf(stderr, "Lua%s\n", expected != NULL ? expected : "?");
    fuzz_insist(host, same, "both matchers find the same");
  } else {
    fuzz_insist(host, strstr(pysec_error(host), "budget of") != NULL, "the search ends, or its budget does");
  }
  return 0;
}
