/* pysec.version: the order of versions, and which ones a specifier holds. */
#include <limits.h>
#include <stdlib.h>

#include "host.h"
#include "pep440.h"
#include "specifier.h"

enum { QUOTED_BYTES = 80 };

struct entry {
  struct pep440 version;
  lua_Integer index;
};

/* Fails with the text that is no `what`, cut to a length that fits a line, between two characters. */
static int fail(lua_State *L, const char *what, const char *text, size_t length) {
  if (length > QUOTED_BYTES) {
    length = QUOTED_BYTES;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
  }
  return host_push_failure(L, "EINVAL", "not a %s: \"%.*s\"", what, (int)length, text);
}

/* Takes no number: 1.10 would turn into the version 1.1. */
static const char *check_text(lua_State *L, int argument, size_t *length) {
  luaL_checktype(L, argument, LUA_TSTRING);
  return lua_tolstring(L, argument, length);
}

/* Reads the argument; false with a failure of three results on the stack when it is no version. */
static bool check_version(lua_State *L, int argument, struct pep440 *version) {
  size_t length;
  const char *text = check_text(L, argument, &length);
  if (pep440_parse(version, text, length)) return true;
  fail(L, "version", text, length);
  return false;
}

/* Both types are checked first, so that a wrong one raises even next to text that is no version. */
static bool check_versions(lua_State *L, struct pep440 *first, struct pep440 *second) {
  luaL_checktype(L, 1, LUA_TSTRING);
  luaL_checktype(L, 2, LUA_TSTRING);
  return check_version(L, 1, first) && check_version(L, 2, second);
}

static int version_compare(lua_State *L) {
  struct pep440 a, b;
  if (!check_versions(L, &a, &b)) return 3;
  lua_pushinteger(L, pep440_compare(&a, &b, PEP440_LOCAL));
  return 1;
}

static bool option_prereleases(lua_State *L, int options) {
  if (lua_isnoneornil(L, options)) return true;
  luaL_checktype(L, options, LUA_TTABLE);
  int type = lua_getfield(L, options, "prereleases");
  luaL_argcheck(L, type == LUA_TNIL || type == LUA_TBOOLEAN, options, "prereleases: boolean expected");
  bool prereleases = type == LUA_TNIL || lua_toboolean(L, -1);
  lua_pop(L, 1);
  return prereleases;
}

static int version_matches(lua_State *L) {
  size_t length;
  luaL_checktype(L, 1, LUA_TSTRING);
  const char *specifier = check_text(L, 2, &length);
  bool prereleases = option_prereleases(L, 3);
  struct pep440 version;
  if (!check_version(L, 1, &version)) return 3;
  enum specifier_answer answer = specifier_match(specifier, length, &version, prereleases);
  if (answer == SPECIFIER_INVALID) return fail(L, "version specifier", specifier, length);
  lua_pushboolean(L, answer == SPECIFIER_IN);
  return 1;
}

static int version_normalize(lua_State *L) {
  struct pep440 version;
  char normal[PEP440_MAX_NORMAL];
  if (!check_version(L, 1, &version)) return 3;
  lua_pushlstring(L, normal, pep440_write(&version, normal));
  return 1;
}

static int version_is_prerelease(lua_State *L) {
  struct pep440 version;
  if (!check_version(L, 1, &version)) return 3;
  lua_pushboolean(L, pep440_is_prerelease(&version));
  return 1;
}

static int version_change(lua_State *L) {
  static const char *const segments[] = {"major", "minor", "patch"};
  struct pep440 from, to;
  if (!check_versions(L, &from, &to)) return 3;
  int difference = pep440_release_difference(&from, &to);
  bool named = pep440_compare(&from, &to, PEP440_EPOCH) == 0 && difference >= 0 && difference < 3;
  lua_pushstring(L, named ? segments[difference] : "other");
  return 1;
}

/* Versions of equal rank, such as 1 and 1.0, keep their places: qsort alone promises no such thing. */
static int compare_entries(const void *left, const void *right) {
  const struct entry *a = left, *b = right;
  int order = pep440_compare(&a->version, &b->version, PEP440_LOCAL);
  return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static int version_sort(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_Integer count = (lua_Integer)lua_rawlen(L, 1);
  luaL_argcheck(L, count < INT_MAX, 1, "too long");
  struct entry *entries = lua_newuserdatauv(L, (size_t)count * sizeof *entries, 0);
  /* The entries point into strings, which this table keeps alive whatever becomes of the caller's. */
  lua_createtable(L, (int)count, 0);
  for (lua_Integer i = 1; i <= count; i++) {
    size_t length;
    luaL_argcheck(L, lua_rawgeti(L, 1, i) == LUA_TSTRING, 1, "list of strings expected");
    const char *text = lua_tolstring(L, -1, &length);
    lua_rawseti(L, 3, i);
    entries[i - 1].index = i;
    if (!pep440_parse(&entries[i - 1].version, text, length)) return fail(L, "version", text, length);
  }
  qsort(entries, (size_t)count, sizeof *entries, compare_entries);
  lua_createtable(L, (int)count, 0);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, 3, entries[i - 1].index);
    lua_rawseti(L, 4, i);
  }
  return 1;
}

static const luaL_Reg functions[] = {{"compare", version_compare},
                                     {"matches", version_matches},
                                     {"normalize", version_normalize},
                                     {"is_prerelease", version_is_prerelease},
                                     {"change", version_change},
                                     {"sort", version_sort},
                                     {NULL, NULL}};

int luaopen_pysec_version(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
