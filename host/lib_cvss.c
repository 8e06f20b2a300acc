/* pysec.cvss: scores and explains CVSS vectors. */
#include <limits.h>

#include "cvss.h"
#include "cvss_vector.h"
#include "host.h"
#include "text.h"

enum { QUOTED_BYTES = 80 };

/* Reads argument 1; false with a failure of three results on the stack when it is no vector. No number is taken. */
static bool check_vector(lua_State *L, struct cvss_vector *vector) {
  size_t length;
  const char *message;
  luaL_checktype(L, 1, LUA_TSTRING);
  const char *text = lua_tolstring(L, 1, &length);
  if (cvss_vector_read(vector, text, length, &message)) return true;
  int shown = (int)text_start(text, length, QUOTED_BYTES, INT_MAX);
  host_push_failure(L, "EINVAL", "not a CVSS vector: \"%.*s\": %s", shown, text, message);
  return false;
}

static void set_score(lua_State *L, const char *field, int score) {
  if (score == CVSS_NO_SCORE) return;
  lua_pushnumber(L, score / 10.0);
  lua_setfield(L, -2, field);
}

static int cvss_score(lua_State *L) {
  struct cvss_vector vector;
  struct cvss_scores scores;
  if (!check_vector(L, &vector)) return 3;
  int version = vector.language->version;
  vector.language->score(&vector, &scores);
  lua_createtable(L, 0, 6);
  lua_pushfstring(L, "%d.%d", version / 10, version % 10);
  lua_setfield(L, -2, "version");
  host_set_text(L, "severity", severity_name(cvss_severity(version, scores.score)));
  set_score(L, "score", scores.score);
  set_score(L, "base", scores.base);
  set_score(L, "temporal", scores.temporal);
  set_score(L, "environmental", scores.environmental);
  return 1;
}

static int cvss_explain(lua_State *L) {
  struct cvss_vector vector;
  if (!check_vector(L, &vector)) return 3;
  lua_newtable(L);
  lua_Integer given = 0;
  for (int i = 0; i < vector.language->count; i++) {
    if (vector.values[i] == NULL) continue;
    lua_createtable(L, 0, 4);
    host_set_text(L, "metric", vector.language->metrics[i].code);
    host_set_text(L, "name", vector.language->metrics[i].name);
    host_set_text(L, "value", vector.values[i]->code);
    host_set_text(L, "meaning", vector.values[i]->meaning);
    lua_rawseti(L, -2, ++given);
  }
  return 1;
}

static int cvss_rating(lua_State *L) {
  lua_Number score = luaL_checknumber(L, 1);
  luaL_argcheck(L, score >= 0 && score <= 10, 1, "score from 0 to 10 expected");
  lua_pushstring(L, severity_name(severity_of_score(score)));
  return 1;
}

static int cvss_severity_of(lua_State *L) {
  size_t length;
  luaL_checktype(L, 1, LUA_TSTRING);
  const char *word = lua_tolstring(L, 1, &length);
  lua_pushstring(L, severity_name(severity_of_word(word, length)));
  return 1;
}

static const luaL_Reg functions[] = {{"score", cvss_score},
                                     {"explain", cvss_explain},
                                     {"rating", cvss_rating},
                                     {"severity", cvss_severity_of},
                                     {NULL, NULL}};

int luaopen_pysec_cvss(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
