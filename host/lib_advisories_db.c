/* pysec.advisories: the methods of a database, but for audit and rate. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "advisory_find.h"
#include "advisory_import.h"
#include "advisory_verify.h"
#include "clock.h"
#include "host.h"
#include "lib_advisories.h"

const char *const LIB_ADVISORIES_DATABASE = "pysec.advisories.db";
static const char *const HITS = "pysec.advisories.hits";

enum { SECONDS_PER_DAY = 86400, MAX_OPTION = 4096 };

/* --- hits --- */

static int hits_free(lua_State *L) {
  struct advisory_hits **hits = luaL_checkudata(L, 1, HITS);
  advisory_hits_free(*hits);
  *hits = NULL;
  return 0;
}

/* Pushes a place that frees what is put into it, whatever is raised later. */
static struct advisory_hits **push_hits(lua_State *L) {
  struct advisory_hits **hits = lua_newuserdatauv(L, sizeof(struct advisory_hits *), 0);
  *hits = NULL;
  luaL_setmetatable(L, HITS);
  return hits;
}

static void push_hit(lua_State *L, const struct advisory_hit *hit) {
  lua_createtable(L, 0, 9);
  host_set_text(L, "id", hit->id);
  host_set_text(L, "summary", hit->summary);
  host_set_text(L, "modified", hit->modified);
  lua_pushlstring(L, hit->record, hit->record_length);
  lua_setfield(L, -2, "record");
  lib_advisories_push_lines(L, hit->aliases);
  lua_setfield(L, -2, "aliases");
  lib_advisories_push_lines(L, hit->fixes);
  lua_setfield(L, -2, "fix_versions");
  lib_advisories_set_rating(L, &hit->rating);
}

/* --- methods --- */

static int db_query(lua_State *L) {
  struct lib_advisories_db *self = lib_advisories_check(L);
  size_t name_length, version_length = 0;
  const char *name = lib_advisories_check_text(L, 2, &name_length), *text = NULL;
  if (!lua_isnoneornil(L, 3)) text = lib_advisories_check_text(L, 3, &version_length);
  char package[ADVISORY_MAX_PACKAGE];
  struct pep440 version;
  struct advisory_error error;
  if (!advisory_package_normalize(name, name_length, package))
    return host_push_failure(L, "EINVAL", "not a package name by PEP 508: \"%s\"", name_length < 80 ? name : "(too long)");
  if (text != NULL && !pep440_parse(&version, text, version_length))
    return host_push_failure(L, "EINVAL", "not a version: \"%s\"", version_length < 80 ? text : "(too long)");
  struct advisory_hits **hits = push_hits(L);
  *hits = advisory_find(self->db, package, text != NULL ? &version : NULL, &error);
  if (*hits == NULL) return lib_advisories_fail(L, &error);
  lua_createtable(L, (int)(*hits)->count, 0);
  for (size_t i = 0; i < (*hits)->count; i++) {
    push_hit(L, (*hits)->items[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lib_advisories_mark_array(L);
  return 1;
}

static int db_get(lua_State *L) {
  struct lib_advisories_db *self = lib_advisories_check(L);
  size_t length;
  const char *id = lib_advisories_check_text(L, 2, &length);
  struct advisory_error error;
  struct advisory_hits **hits = push_hits(L);
  *hits = advisory_get(self->db, id, true, &error);
  if (*hits == NULL) return lib_advisories_fail(L, &error);
  if ((*hits)->count == 0)
    return host_push_failure(L, "ENOENT", "%s: no advisory has this id or alias: \"%s\"", self->db->path,
                             length < 130 ? id : "(too long)");
  lua_pushlstring(L, (*hits)->items[0]->record, (*hits)->items[0]->record_length);
  return 1;
}

static void set_count(lua_State *L, const char *name, lua_Integer count) {
  lua_pushinteger(L, count);
  lua_setfield(L, -2, name);
}

/* Leaves the string on the stack. */
static const char *option_text(lua_State *L, int options, const char *name, const char *otherwise) {
  size_t length;
  if (lib_advisories_push_option(L, options, name) == LUA_TNIL) return otherwise;
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
  if (text == NULL || length > MAX_OPTION || strlen(text) != length)
    luaL_error(L, "%s: a string of at most %d bytes, none of them zero, expected", name, (int)MAX_OPTION);
  return text;
}

static void push_counts(lua_State *L, const struct advisory_counts *counts) {
  lua_createtable(L, 0, 7);
  set_count(L, "read", counts->read);
  set_count(L, "added", counts->added);
  set_count(L, "updated", counts->updated);
  set_count(L, "unchanged", counts->unchanged);
  set_count(L, "skipped", counts->skipped);
  set_count(L, "withdrawn", counts->withdrawn);
  set_count(L, "removed", counts->removed);
}

static int db_import(lua_State *L) {
  struct lib_advisories_db *self = lib_advisories_check(L);
  size_t length;
  const char *path = lib_advisories_check_text(L, 2, &length);
  struct advisory_import_options options = {.origin = option_text(L, 3, "source", "files"),
                                            .etag = option_text(L, 3, "etag", ""),
                                            .last_modified = option_text(L, 3, "last_modified", "")};
  options.least = lib_advisories_option_integer(L, 3, "least", INT32_MAX);
  lib_advisories_push_option(L, 3, "replace");
  options.replace = lua_toboolean(L, -1);
  struct advisory_counts counts;
  struct advisory_error error;
  if (!self->db->writable) return luaL_error(L, "the database is read-only: open it with write = true");
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  self->busy = true;
  enum advisory_import_result result = advisory_import(L, self->db, path, &options, &counts, &error);
  self->busy = false;
  if (result == ADVISORY_IMPORT_RAISED) return lua_error(L);
  if (result == ADVISORY_IMPORT_FAILED) return lib_advisories_fail(L, &error);
  push_counts(L, &counts);
  return 1;
}

/* Whole days since a time such as 2024-10-09T12:00:00Z; 0 for one in the future. */
static lua_Integer days_since(const char *text) {
  struct tm parts = {0};
  if (strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) == NULL) return 0;
  double seconds = difftime(host_clock_now(), timegm(&parts));
  return seconds > 0 ? (lua_Integer)(seconds / SECONDS_PER_DAY) : 0;
}

/* Sets a text unless it is empty: then nobody has said it. */
static void set_known(lua_State *L, const char *name, const char *text) {
  host_set_text(L, name, *text != '\0' ? text : NULL);
}

static void push_sources(lua_State *L, const struct advisory_facts *facts) {
  lua_createtable(L, (int)facts->origin_count, 0);
  for (size_t i = 0; i < facts->origin_count; i++) {
    const struct advisory_origin *origin = &facts->origins[i];
    lua_createtable(L, 0, 5);
    set_known(L, "source", origin->name);
    set_known(L, "imported_at", origin->imported_at);
    set_known(L, "etag", origin->etag);
    set_known(L, "last_modified", origin->last_modified);
    set_count(L, "count", origin->count);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lib_advisories_mark_array(L);
}

static void push_facts(lua_State *L, const struct advisory_facts *facts) {
  lua_createtable(L, 0, 12);
  set_count(L, "count", facts->count);
  set_count(L, "withdrawn", facts->withdrawn);
  set_count(L, "packages", facts->packages);
  set_count(L, "malware", facts->malware);
  push_sources(L, facts);
  lua_setfield(L, -2, "sources");
  lua_createtable(L, 0, ADVISORY_SEVERITIES);
  for (int i = 0; i < ADVISORY_SEVERITIES; i++) set_count(L, severity_name((enum severity)i), facts->severities[i]);
  lua_setfield(L, -2, "severities");
  set_known(L, "newest", facts->newest);
  set_known(L, "imported_at", facts->imported_at);
  if (facts->imported_at[0] != '\0') set_count(L, "age_days", days_since(facts->newest));
}

static int db_info(lua_State *L) {
  struct lib_advisories_db *self = lib_advisories_check(L);
  struct advisory_error error;
  struct stat file;
  if (!advisory_db_hold(self->db, true, &error)) return lib_advisories_fail(L, &error);
  advisory_db_release(self->db);
  if (stat(self->db->path, &file) != 0) return host_push_errno(L, self->db->path);
  push_facts(L, &self->db->facts);
  set_known(L, "path", self->db->path);
  set_count(L, "bytes", file.st_size);
  return 1;
}

static int db_verify(lua_State *L) {
  struct lib_advisories_db *self = lib_advisories_check(L);
  struct advisory_error error;
  if (!advisory_verify(self->db, &error)) return lib_advisories_fail(L, &error);
  lua_pushboolean(L, true);
  return 1;
}

static int db_close(lua_State *L) {
  struct lib_advisories_db *self = luaL_checkudata(L, 1, LIB_ADVISORIES_DATABASE);
  if (self->busy) return luaL_error(L, "the database is busy with an import");
  self->db = advisory_db_close(self->db);
  return 0;
}

static const luaL_Reg db_methods[] = {
    {"audit", lib_advisories_audit}, {"close", db_close}, {"get", db_get},  {"import", db_import},
    {"info", db_info},               {"query", db_query}, {"rate", lib_advisories_rate},
    {"verify", db_verify},           {NULL, NULL}};
static const luaL_Reg db_metamethods[] = {{"__close", db_close}, {"__gc", db_close}, {NULL, NULL}};
static const luaL_Reg hits_metamethods[] = {{"__gc", hits_free}, {NULL, NULL}};

void lib_advisories_open_db(lua_State *L) {
  lib_advisories_make_class(L, LIB_ADVISORIES_DATABASE, db_methods, db_metamethods);
  lib_advisories_make_class(L, HITS, NULL, hits_metamethods);
}
