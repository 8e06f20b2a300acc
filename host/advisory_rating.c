/* Ratings of OSV records. Databases put them in several places:
 * severity[] and affected[].severity[] hold vectors, database_specific.severity (GitHub's) and
 * affected[].ecosystem_specific.severity hold words. */
#include "advisory_rating.h"

#include <string.h>

#include "cvss.h"

static const struct advisory_rating UNRATED = {SEVERITY_UNKNOWN, ADVISORY_NO_SCORE, ""};

bool advisory_rating_is_above(const struct advisory_rating *a, const struct advisory_rating *b) {
  return a->severity != b->severity ? a->severity > b->severity : a->score > b->score;
}

static void keep_higher(struct advisory_rating *rating, struct advisory_rating other) {
  if (advisory_rating_is_above(&other, rating)) *rating = other;
}

/* The text of a field of the table at `index`, which keeps it alive; NULL where it is none. */
static const char *text_field(lua_State *L, int index, const char *name, size_t *length) {
  const char *text = lua_getfield(L, index, name) == LUA_TSTRING ? lua_tolstring(L, -1, length) : NULL;
  lua_pop(L, 1);
  return text;
}

static void read_vector(lua_State *L, struct advisory_rating *rating) {
  size_t length;
  struct cvss cvss;
  const char *message, *vector = text_field(L, -1, "score", &length);
  if (vector == NULL || length > ADVISORY_MAX_VECTOR || !cvss_read(vector, length, &cvss, &message)) return;
  keep_higher(rating, (struct advisory_rating){cvss.severity, cvss.score, vector});
}

/* Reads the list `severity` of the table at the top. */
static void read_vectors(lua_State *L, struct advisory_rating *rating) {
  if (lua_getfield(L, -1, "severity") == LUA_TTABLE)
    for (lua_Integer i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
      if (lua_istable(L, -1)) read_vector(L, rating);
      lua_pop(L, 1);
    }
  else
    lua_pushnil(L);
  lua_pop(L, 2);
}

/* Reads what the database says in `place` of the table at the top. */
static void read_word(lua_State *L, const char *place, struct advisory_rating *rating) {
  size_t length;
  if (lua_getfield(L, -1, place) == LUA_TTABLE) {
    const char *word = text_field(L, -1, "severity", &length);
    if (word != NULL)
      keep_higher(rating, (struct advisory_rating){severity_of_word(word, length), ADVISORY_NO_SCORE, ""});
  }
  lua_pop(L, 1);
}

static bool is_pypi(lua_State *L) {
  size_t length;
  bool found = false;
  if (lua_getfield(L, -1, "package") == LUA_TTABLE) {
    const char *ecosystem = text_field(L, -1, "ecosystem", &length);
    found = ecosystem != NULL && strcmp(ecosystem, "PyPI") == 0;
  }
  lua_pop(L, 1);
  return found;
}

static void read_entries(lua_State *L, struct advisory_rating *vectors, struct advisory_rating *words) {
  if (lua_getfield(L, -1, "affected") == LUA_TTABLE)
    for (lua_Integer i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
      if (lua_istable(L, -1) && is_pypi(L)) {
        read_vectors(L, vectors);
        read_word(L, "ecosystem_specific", words);
        read_word(L, "database_specific", words);
      }
      lua_pop(L, 1);
    }
  else
    lua_pushnil(L);
  lua_pop(L, 2);
}

struct advisory_rating advisory_rating_read(lua_State *L, int index, const char *id) {
  struct advisory_rating vectors = UNRATED, words = UNRATED;
  if (strncmp(id, "MAL-", 4) == 0) return (struct advisory_rating){SEVERITY_CRITICAL, ADVISORY_NO_SCORE, ""};
  lua_pushvalue(L, index);
  read_vectors(L, &vectors);
  read_word(L, "database_specific", &words);
  read_entries(L, &vectors, &words);
  lua_pop(L, 1);
  return vectors.score != ADVISORY_NO_SCORE ? vectors : words;
}
