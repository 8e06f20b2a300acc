/* A libFuzzer target over what reads text from elsewhere: JSON, versions, specifiers, CVSS vectors,
 * terminal text.
 *
 * The first byte chooses the reader. Beside not crashing, some things have to hold: what is written reads
 * back as the same text, an order is antisymmetric, escaped text has no control character. */
#include <lauxlib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cvss.h"
#include "host.h"
#include "json.h"
#include "pep440.h"
#include "specifier.h"
#include "text.h"
#include "ui.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(bool holds) {
  if (!holds) abort();
}

/* JSON that was read is written, read and written again: both texts are equal. */
static int json_round(lua_State *L) {
  struct json_error error;
  size_t length, again;
  const char *text = lua_tolstring(L, 1, &length);
  if (!json_read(L, text, length, &error)) {
    insist(error.line >= 1 && error.column >= 1 && error.message != NULL);
    return 0;
  }
  json_write(L, -1, false);
  const char *first = lua_tolstring(L, -1, &length);
  insist(json_read(L, first, length, &error));
  json_write(L, -1, false);
  const char *second = lua_tolstring(L, -1, &again);
  insist(length == again && memcmp(first, second, length) == 0);
  return 0;
}

static void fuzz_json(lua_State *L, const char *text, size_t size) {
  lua_settop(L, 0);
  lua_pushcfunction(L, json_round);
  lua_pushlstring(L, text, size);
  insist(lua_pcall(L, 1, 0, 0) == LUA_OK);
}

/* Two versions, split at the first line feed. */
static void fuzz_versions(const char *text, size_t size) {
  const char *split = memchr(text, '\n', size);
  size_t length = split == NULL ? size : (size_t)(split - text);
  struct pep440 a, b, normal;
  char out[PEP440_MAX_NORMAL];
  if (!pep440_parse(&a, text, length)) return;
  size_t written = pep440_write(&a, out);
  insist(written <= sizeof out && pep440_parse(&normal, out, written));
  insist(pep440_compare(&a, &normal, PEP440_LOCAL) == 0);
  if (split == NULL || !pep440_parse(&b, split + 1, size - length - 1)) return;
  insist(pep440_compare(&a, &b, PEP440_LOCAL) == -pep440_compare(&b, &a, PEP440_LOCAL));
}

static void fuzz_specifiers(const char *text, size_t size) {
  struct pep440 version;
  insist(pep440_parse(&version, "1.2.3", 5));
  bool with = specifier_match(text, size, &version, true) == SPECIFIER_IN;
  bool without = specifier_match(text, size, &version, false) == SPECIFIER_IN;
  insist(with == without); /* 1.2.3 is no pre-release */
}

static void fuzz_cvss(const char *text, size_t size) {
  struct cvss cvss;
  const char *message = NULL;
  if (cvss_read(text, size, &cvss, &message)) {
    insist(cvss.score >= 0 && cvss.score <= 100 && cvss.severity != SEVERITY_UNKNOWN);
  } else {
    insist(message != NULL);
  }
}

static int escape_round(lua_State *L) {
  size_t length;
  const char *text = lua_tolstring(L, 1, &length);
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  ui_add_escaped(&out, text, length, false);
  luaL_pushresult(&out);
  const char *escaped = lua_tolstring(L, -1, &length);
  for (const char *c = escaped, *end = escaped + length; c < end;) {
    uint32_t code;
    size_t size = text_decode(c, end, &code);
    insist(size > 0 && !text_is_control(code));
    c += size;
  }
  return 0;
}

static void fuzz_escape(lua_State *L, const char *text, size_t size) {
  lua_settop(L, 0);
  lua_pushcfunction(L, escape_round);
  lua_pushlstring(L, text, size);
  insist(lua_pcall(L, 1, 0, 0) == LUA_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static lua_State *L;
  static struct state_owner owner; /* no host and no sandbox: nothing is charged */
  if (L == NULL) {
    L = luaL_newstate();
    host_own(L, &owner);
  }
  if (size == 0) return 0;
  /* A copy of the exact size: the sanitizer then sees a read past the end. */
  char *text = malloc(size);
  memcpy(text, data + 1, size - 1);
  switch (data[0] % 8) {
    case 1: fuzz_versions(text, size - 1); break;
    case 2: fuzz_specifiers(text, size - 1); break;
    case 3: fuzz_escape(L, text, size - 1); break;
    case 4: fuzz_cvss(text, size - 1); break;
    default: fuzz_json(L, text, size - 1); break;
  }
  free(text);
  return 0;
}
