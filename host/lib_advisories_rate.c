/* pysec.advisories: db:rate. */
#include <lauxlib.h>
#include <string.h>

#include "lib_advisories_job.h"

/* Pushes the rating of known records, and the ids of those in force; nil where none is. */
static void push_rating(lua_State *L, const struct advisory_known *known) {
  struct advisory_rating rating = {SEVERITY_UNKNOWN, ADVISORY_NO_SCORE, ""};
  lua_Integer pushed = 0;
  lua_newtable(L);
  for (size_t i = 0; i < known->count && known->items[i].withdrawn[0] == '\0'; i++) {
    if (advisory_rating_is_above(&known->items[i].rating, &rating)) rating = known->items[i].rating;
    lua_pushstring(L, known->items[i].id);
    lua_rawseti(L, -2, ++pushed);
  }
  lib_advisories_mark_array(L);
  if (pushed == 0) {
    lua_pushnil(L);
    return;
  }
  lua_createtable(L, 0, 4);
  lib_advisories_set_rating(L, &rating);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "ids");
}

/* The body of a rating: the job, the ids. */
static int rate(lua_State *L) {
  struct lib_advisories_job *job = lua_touserdata(L, 1);
  struct advisory_error error;
  lua_Integer count = luaL_len(L, 2);
  for (lua_Integer i = 1; i <= count; i++) {
    if (lua_geti(L, 2, i) != LUA_TSTRING) luaL_error(L, "ids[%d]: string expected", (int)i);
    size_t length;
    const char *id = lua_tolstring(L, -1, &length);
    /* Reports may hold anything: what has a zero byte in it is no id, and must not become the one before that. */
    if (strlen(id) == length &&
        !advisory_known_add(job->self->db, id, ADVISORY_BY_ID | ADVISORY_BY_ALIAS, &job->known, &error))
      return lib_advisories_fail(L, &error);
    lua_pop(L, 1);
  }
  advisory_known_sort(&job->known);
  push_rating(L, &job->known);
  return 1;
}

int lib_advisories_rate(lua_State *L) {
  return lib_advisories_run(L, rate);
}
