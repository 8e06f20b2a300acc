/* pysec.advisories: db:audit and db:rate. */
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "advisory_audit.h"
#include "advisory_known.h"
#include "advisory_match.h"
#include "lib_advisories.h"

static const char *const JOB = "pysec.advisories.audit";
static const char *const PACKAGE = "pysec.advisories.package";

/* Names and aliases of one flaw, to be sorted. */
struct span {
  const char *text;
  size_t length;
};

/* What an audit allocates, freed by its userdata whatever is raised. */
struct job {
  struct database *self;
  struct advisory_package package;
  struct advisory_flaws flaws;
  struct advisory_fixes fixes;
  struct span *spans;
  size_t span_count, span_capacity;
  struct advisory_known known;
};

static int job_free(lua_State *L) {
  struct job *job = luaL_checkudata(L, 1, JOB);
  advisory_package_free(&job->package);
  advisory_flaws_free(&job->flaws);
  advisory_fixes_free(&job->fixes);
  advisory_known_free(&job->known);
  free(job->spans);
  job->spans = NULL;
  return 0;
}

static struct job *push_job(lua_State *L) {
  struct job *job = lua_newuserdatauv(L, sizeof *job, 0);
  *job = (struct job){0};
  luaL_setmetatable(L, JOB);
  return job;
}

static void raise_no_memory(lua_State *L, struct database *self) {
  luaL_error(L, "%s: not enough memory", self->db->path);
}

/* --- one flaw --- */

static int compare_spans(const void *left, const void *right) {
  const struct span *a = left, *b = right;
  size_t length = a->length < b->length ? a->length : b->length;
  int order = memcmp(a->text, b->text, length);
  return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static void add_span(lua_State *L, struct job *job, const char *text, size_t length) {
  if (job->span_count == job->span_capacity) {
    size_t capacity = job->span_capacity == 0 ? 32 : job->span_capacity * 2;
    struct span *spans = realloc(job->spans, capacity * sizeof *spans);
    if (spans == NULL) raise_no_memory(L, job->self);
    job->spans = spans;
    job->span_capacity = capacity;
  }
  job->spans[job->span_count++] = (struct span){text, length};
}

/* Pushes all ids and aliases of a flaw but its own id, sorted, each once. */
static void push_aliases(lua_State *L, struct job *job, const struct advisory_held *items, size_t count) {
  const char *id = items[0].entry->id;
  lua_Integer pushed = 0;
  job->span_count = 0;
  for (size_t i = 0; i < count; i++) {
    add_span(L, job, items[i].entry->id, strlen(items[i].entry->id));
    for (const char *alias = items[i].entry->aliases; *alias != '\0';) {
      size_t length = strcspn(alias, "\n");
      add_span(L, job, alias, length);
      alias += length + (alias[length] == '\n');
    }
  }
  qsort(job->spans, job->span_count, sizeof *job->spans, compare_spans);
  lua_createtable(L, (int)job->span_count, 0);
  for (size_t i = 0; i < job->span_count; i++) {
    const struct span *span = &job->spans[i];
    if (i > 0 && compare_spans(span, span - 1) == 0) continue;
    if (strncmp(id, span->text, span->length) == 0 && id[span->length] == '\0') continue;
    lua_pushlstring(L, span->text, span->length);
    lua_rawseti(L, -2, ++pushed);
  }
  lib_advisories_mark_array(L);
}

/* Pushes the versions that fix it, of all its records; whoever updates to one has to clear them all. */
static void push_fixes(lua_State *L, struct job *job, const struct advisory_held *items, size_t count,
                       const struct pep440 *version) {
  job->fixes.count = 0;
  for (size_t i = 0; i < count; i++)
    if (!advisory_fixes_add(&job->fixes, items[i].entry->ranges, version)) raise_no_memory(L, job->self);
  lua_createtable(L, (int)job->fixes.count, 0);
  for (size_t i = 0; i < job->fixes.count; i++) {
    lua_pushlstring(L, job->fixes.items[i].text, job->fixes.items[i].length);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lib_advisories_mark_array(L);
}

static void push_ids(lua_State *L, const struct advisory_held *items, size_t count) {
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_pushstring(L, items[i].entry->id);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lib_advisories_mark_array(L);
}

static void set_text(lua_State *L, const char *name, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

/* Pushes a flaw but for the package that has it. */
static void push_flaw(lua_State *L, struct job *job, const struct advisory_held *items, size_t count,
                      const struct pep440 *version) {
  const char *summary = "", *modified = "";
  struct advisory_rating rating = items[0].entry->rating;
  for (size_t i = 0; i < count; i++) {
    const struct advisory_entry *entry = items[i].entry;
    if (*summary == '\0') summary = entry->summary;
    if (strcmp(entry->modified, modified) > 0) modified = entry->modified;
    if (advisory_rating_is_above(&entry->rating, &rating)) rating = entry->rating;
  }
  lua_createtable(L, 0, 10);
  set_text(L, "id", items[0].entry->id);
  set_text(L, "summary", summary);
  set_text(L, "modified", modified);
  lib_advisories_set_rating(L, &rating);
  push_aliases(L, job, items, count);
  lua_setfield(L, -2, "aliases");
  push_fixes(L, job, items, count, version);
  lua_setfield(L, -2, "fix_versions");
  push_ids(L, items, count);
  lua_setfield(L, -2, "ids");
}

/* --- one version --- */

/* Pushes the flaws of a version, a reason as text where it is none, or false: it has no flaws. */
static void push_answer(lua_State *L, struct job *job, const struct advisory_package *package, const char *text,
                        size_t length) {
  struct pep440 version;
  if (!pep440_parse(&version, text, length)) {
    lua_pushfstring(L, "version '%s' is not valid by PEP 440", length < 80 ? text : "(too long)");
    return;
  }
  if (!advisory_audit(package, &version, &job->flaws)) raise_no_memory(L, job->self);
  const struct advisory_flaws *flaws = &job->flaws;
  if (flaws->count == 0) {
    lua_pushboolean(L, false);
    return;
  }
  lua_newtable(L);
  lua_Integer pushed = 0;
  for (size_t start = 0, end; start < flaws->count; start = end) {
    for (end = start + 1; end < flaws->count && flaws->items[end].first == flaws->items[start].first;) end++;
    push_flaw(L, job, flaws->items + start, end - start, &version);
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
static bool push_versions(lua_State *L, struct job *job, const char *name, size_t length,
                          struct advisory_error *error) {
  char normal[ADVISORY_MAX_PACKAGE];
  if (!advisory_package_normalize(name, length, normal)) {
    lua_pushliteral(L, "not a package name: it is empty or too long");
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
static bool push_name(lua_State *L, struct job *job, struct advisory_error *error) {
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
static bool push_known_answer(lua_State *L, struct job *job, struct advisory_error *error) {
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
  struct job *job = lua_touserdata(L, 1);
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
  struct job *job = lua_touserdata(L, 1);
  struct advisory_error error;
  lua_Integer count = luaL_len(L, 2);
  for (lua_Integer i = 1; i <= count; i++) {
    if (lua_geti(L, 2, i) != LUA_TSTRING) luaL_error(L, "ids[%d]: string expected", (int)i);
    if (!advisory_known_add(job->self->db, lua_tostring(L, -1), ADVISORY_BY_ID | ADVISORY_BY_ALIAS, &job->known, &error))
      return lib_advisories_fail(L, &error);
    lua_pop(L, 1);
  }
  advisory_known_sort(&job->known);
  push_rating(L, &job->known);
  return 1;
}

/* Runs `body` on one state of the database: an import that ends meanwhile is not seen. */
static int run(lua_State *L, lua_CFunction body) {
  struct advisory_error error;
  struct database *self = lib_advisories_check(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_pushcfunction(L, body);
  push_job(L)->self = self;
  lua_pushvalue(L, 2);
  if (!advisory_db_hold(self->db, false, &error)) return lib_advisories_fail(L, &error);
  /* Finalizers may run in here, and may not close the database meanwhile. */
  self->busy = true;
  bool is_done = lua_pcall(L, 2, LUA_MULTRET, 0) == LUA_OK;
  self->busy = false;
  advisory_db_release(self->db);
  return is_done ? lua_gettop(L) - 2 : lua_error(L);
}

int lib_advisories_audit(lua_State *L) {
  return run(L, audit);
}

int lib_advisories_rate(lua_State *L) {
  return run(L, rate);
}

static void make_class(lua_State *L, const char *name, lua_CFunction free_it) {
  luaL_newmetatable(L, name);
  lua_pushcfunction(L, free_it);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}

void lib_advisories_open_audit(lua_State *L) {
  make_class(L, JOB, job_free);
  make_class(L, PACKAGE, package_free);
}
