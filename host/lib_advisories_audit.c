/* pysec.advisories: db:audit. */
#include <lauxlib.h>

#include "lib_advisories_job.h"

static const char *const PACKAGE = "pysec.advisories.package";

/* --- one version --- */

/* Pushes the flaws of a version, a reason as text where it is none, or false: it has no flaws. */
static void push_answer(lua_State *L, struct lib_advisories_job *job, const struct advisory_package *package,
                        const char *text, size_t length) {
  struct pep440 version;
  if (!pep440_parse(&version, text, length)) {
    lua_pushfstring(L, "version '%s' is not valid by PEP 440", length < 80 ? text : "(too long)");
    return;
  }
  if (!advisory_audit(package, &version, &job->flaws)) lib_advisories_no_memory(L, job);
  const struct advisory_flaws *flaws = &job->flaws;
  if (flaws->count == 0) {
    lua_pushboolean(L, false);
    return;
  }
  lua_newtable(L);
  lua_Integer pushed = 0;
  for (size_t start = 0, end; start < flaws->count; start = end) {
    for (end = start + 1; end < flaws->count && flaws->items[end].first == flaws->items[start].first;) end++;
    lib_advisories_push_flaw(L, job, flaws->items + start, end - start, &version);
    lua_rawseti(L, -2, ++pushed);
  }
}

/* --- one package --- */

static int package_free(lua_State *L) {
  advisory_package_free(luaL_checkudata(L, 1, PACKAGE));
  return 0;
}

/* Pushes what is kept of a name: for a package of which nothing is known false, for what is no name the reason, else a
 * table from versions to their answers, with the package at 0. So a name is looked up once, and a version judged once,
 * however many there are of them. False: *error is filled. */
static bool push_versions(lua_State *L, struct lib_advisories_job *job, const char *name, size_t length,
                          struct advisory_error *error) {
  char normal[ADVISORY_MAX_PACKAGE];
  if (!advisory_package_normalize(name, length, normal)) {
    lua_pushliteral(L, "the name is not valid by PEP 508, or too long");
    return true;
  }
  advisory_package_free(&job->package);
  if (!advisory_package_read(job->self->db, normal, &job->package, error)) return false;
  if (job->package.count == 0) {
    lua_pushboolean(L, false);
    return true;
  }
  lua_newtable(L);
  struct advisory_package *package = lua_newuserdatauv(L, sizeof *package, 0);
  *package = (struct advisory_package){0};
  luaL_setmetatable(L, PACKAGE);
  *package = job->package;
  job->package = (struct advisory_package){0};
  lua_rawseti(L, -2, 0);
  return true;
}

enum { PACKAGES = 2, NAMES, FLAWS, INVALID, NAME, VERSION };

/* Pushes what NAMES holds for the name. */
static bool push_name(lua_State *L, struct lib_advisories_job *job, struct advisory_error *error) {
  size_t length;
  lua_pushvalue(L, NAME);
  if (lua_rawget(L, NAMES) != LUA_TNIL) return true;
  lua_pop(L, 1);
  const char *name = lua_tolstring(L, NAME, &length);
  if (!push_versions(L, job, name, length, error)) return false;
  lua_pushvalue(L, NAME);
  lua_pushvalue(L, -2);
  lua_rawset(L, NAMES);
  return true;
}

/* Pushes the answer for the name and the version. */
static bool push_known_answer(lua_State *L, struct lib_advisories_job *job, struct advisory_error *error) {
  static const struct advisory_package none = {0};
  size_t length;
  const char *version = lua_tolstring(L, VERSION, &length);
  if (!push_name(L, job, error)) return false;
  if (lua_type(L, -1) == LUA_TSTRING) return true;
  if (!lua_istable(L, -1)) {
    push_answer(L, job, &none, version, length);
    return true;
  }
  lua_pushvalue(L, VERSION);
  if (lua_rawget(L, -2) != LUA_TNIL) return true;
  lua_pop(L, 1);
  lua_rawgeti(L, -1, 0);
  push_answer(L, job, lua_touserdata(L, -1), version, length);
  lua_pushvalue(L, VERSION);
  lua_pushvalue(L, -2);
  lua_rawset(L, -5);
  return true;
}

static const char *const FIELDS[] = {"id",       "aliases", "summary", "fix_versions", "severity",
                                     "score",    "vector",  "modified", "ids"};

/* Appends the flaws of the list at the top to FLAWS, those of package `number`. The flaws of a second package are
 * tables of their own, their lists are shared. */
static void add_flaws(lua_State *L, lua_Integer number) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1), next = (lua_Integer)lua_rawlen(L, FLAWS);
  bool is_used = lua_rawgeti(L, -1, 0) != LUA_TNIL;
  lua_pop(L, 1);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    if (is_used) {
      lua_createtable(L, 0, 10);
      for (size_t field = 0; field < sizeof FIELDS / sizeof *FIELDS; field++) {
        lua_getfield(L, -2, FIELDS[field]);
        lua_setfield(L, -2, FIELDS[field]);
      }
      lua_remove(L, -2);
    }
    lua_pushinteger(L, number);
    lua_setfield(L, -2, "package");
    lua_rawseti(L, FLAWS, ++next);
  }
  lua_pushboolean(L, true);
  lua_rawseti(L, -2, 0);
}

static void add_invalid(lua_State *L, lua_Integer number) {
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "reason");
  lua_pushinteger(L, number);
  lua_setfield(L, -2, "package");
  lua_rawseti(L, INVALID, (lua_Integer)lua_rawlen(L, INVALID) + 1);
}

/* Pushes a field of PACKAGES[number], at the top. */
static void push_package_field(lua_State *L, lua_Integer number, int package, const char *name) {
  if (lua_getfield(L, package, name) == LUA_TSTRING) return;
  luaL_error(L, "packages[%d].%s: string expected, got %s", (int)number, name, luaL_typename(L, -1));
}

/* The body of an audit: the job, the packages. */
static int audit(lua_State *L) {
  struct lib_advisories_job *job = lua_touserdata(L, 1);
  struct advisory_error error;
  lua_Integer count = luaL_len(L, PACKAGES);
  for (int i = NAMES; i <= INVALID; i++) lua_newtable(L);
  for (lua_Integer i = 1; i <= count; i++) {
    if (lua_geti(L, PACKAGES, i) != LUA_TTABLE) luaL_error(L, "packages[%d]: table expected", (int)i);
    int package = lua_gettop(L);
    push_package_field(L, i, package, "name");
    push_package_field(L, i, package, "version");
    lua_remove(L, package);
    if (!push_known_answer(L, job, &error)) return lib_advisories_fail(L, &error);
    if (lua_istable(L, -1)) add_flaws(L, i);
    if (lua_type(L, -1) == LUA_TSTRING) add_invalid(L, i);
    lua_settop(L, INVALID);
  }
  bool is_valid = lua_rawlen(L, INVALID) == 0;
  lua_pushvalue(L, FLAWS);
  lib_advisories_mark_array(L);
  if (is_valid) return 1;
  lua_pushvalue(L, INVALID);
  lib_advisories_mark_array(L);
  return 2;
}

int lib_advisories_audit(lua_State *L) {
  return lib_advisories_run(L, audit);
}

void lib_advisories_open_audit(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", package_free}, {NULL, NULL}};
  lib_advisories_make_class(L, PACKAGE, NULL, metamethods);
}
