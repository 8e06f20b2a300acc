/* One import is one transaction: a reader sees the database before it or after it. */
#include "advisory_import.h"

#include <string.h>
#include <time.h>

#include "advisory_source.h"
#include "advisory_store.h"
#include "clock.h"
#include "yaml_read.h"

struct import {
  lua_State *L;
  const struct advisory_import_options *options;
  struct advisory_counts *counts;
  struct advisory_error *error;
  struct advisory_catalog catalog;
  struct advisory_store store;
  const struct advisory_member *member;
  bool is_stored;
  bool has_raised;
};

static void count(struct advisory_counts *counts, enum advisory_stored_as as, bool withdrawn) {
  counts->read++;
  counts->withdrawn += withdrawn;
  switch (as) {
    case ADVISORY_ADDED: counts->added++; break;
    case ADVISORY_UPDATED: counts->updated++; break;
    case ADVISORY_UNCHANGED: counts->unchanged++; break;
    case ADVISORY_SKIPPED: counts->skipped++; break;
  }
}

/* Puts the member's name before an error that lacks it: "PATH: MEMBER" or "PATH". */
static bool fail_member(struct import *import, const char *separator, const struct advisory_error *detail) {
  const struct advisory_member *member = import->member;
  bool is_in_zip = member->name != NULL;
  return advisory_fail(import->error, detail->code, "%s%s%s%s%s", member->path, is_in_zip ? ": " : "",
                       is_in_zip ? member->name : "", separator, detail->text);
}

/* Pushes the value of a member. */
static bool read_member(struct import *import, struct advisory_error *detail) {
  const struct advisory_member *member = import->member;
  struct json_error problem;
  bool done = member->is_yaml ? yaml_read(import->L, member->text, member->length, &problem)
                              : json_read(import->L, member->text, member->length, &problem);
  return done || advisory_fail(detail, member->is_yaml ? "EYAML" : "EJSON", "%d:%d: %s", problem.line, problem.column,
                               problem.message);
}

static bool store(struct import *import) {
  const struct advisory_member *member = import->member;
  struct advisory_error detail;
  enum advisory_stored_as as;
  bool withdrawn;
  if (!read_member(import, &detail)) return fail_member(import, ":", &detail);
  if (advisory_store_record(&import->store, import->L, member->is_yaml ? NULL : member->text, member->length, &as,
                            &withdrawn, &detail)) {
    count(import->counts, as, withdrawn);
    return true;
  }
  if (strcmp(detail.code, "EINVAL") == 0) return fail_member(import, ": ", &detail);
  *import->error = detail;
  return false;
}

static int store_protected(lua_State *L) {
  struct import *import = lua_touserdata(L, 1);
  import->is_stored = store(import);
  return 0;
}

/* Protected, since reading JSON may raise while the source has files and memory open. */
static bool visit(void *data, const struct advisory_member *member, struct advisory_error *error) {
  struct import *import = data;
  import->member = member;
  import->error = error;
  import->is_stored = false;
  lua_pushcfunction(import->L, store_protected);
  lua_pushlightuserdata(import->L, import);
  import->has_raised = lua_pcall(import->L, 1, 0, 0) != LUA_OK;
  return import->is_stored && !import->has_raised;
}

static bool check_counts(const char *path, lua_Integer least, const struct advisory_counts *counts,
                         struct advisory_error *error) {
  if (counts->read == 0)
    return advisory_fail(error, "ENODATA", "%s: holds no OSV records (*.json, *.yaml)", path);
  if (counts->read == counts->skipped)
    return advisory_fail(error, "ENODATA", "%s: none of its %lld records is about a package of PyPI", path,
                         (long long)counts->read);
  if (counts->read - counts->skipped < least)
    return advisory_fail(error, "EFEW", "%s: holds %lld of the %lld records about PyPI that are wanted", path,
                         (long long)(counts->read - counts->skipped), (long long)least);
  return true;
}

static bool read_clock(const char *path, char *text, size_t size, struct advisory_error *error) {
  time_t now = host_clock_now();
  struct tm parts;
  return (gmtime_r(&now, &parts) != NULL && strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0) ||
         advisory_fail(error, "EINVAL", "%s: the clock shows no usable time", path);
}

/* Loads what the database holds, and says who adds to it. */
static bool start(struct import *import, struct advisory_db *db) {
  if (!advisory_catalog_load(&import->catalog, db, import->error)) return false;
  import->store = (struct advisory_store){.db = db, .catalog = &import->catalog};
  if (!advisory_catalog_origin(&import->catalog, import->options->origin, &import->store.origin))
    return import->catalog.origin_count == ADVISORY_MAX_ORIGINS
               ? advisory_fail(import->error, "E2BIG", "%s: has records of %d sources already", db->path,
                               ADVISORY_MAX_ORIGINS)
               : advisory_db_no_memory(db, import->error);
  import->store.squeezer = advisory_squeezer_new();
  return import->store.squeezer != NULL || advisory_db_no_memory(db, import->error);
}

static bool drop_rest(struct import *import) {
  int64_t dropped = 0;
  bool done = !import->options->replace || advisory_store_drop_rest(&import->store, &dropped, import->error);
  import->counts->removed = dropped;
  return done;
}

static bool run(struct import *import, const char *path) {
  char imported_at[] = "0000-00-00T00:00:00Z";
  struct advisory_db *db = import->store.db;
  if (!advisory_source_read(path, visit, import, import->error) ||
      !check_counts(path, import->options->least, import->counts, import->error) || !drop_rest(import) ||
      !read_clock(path, imported_at, sizeof imported_at, import->error))
    return false;
  struct advisory_origin *origin = &import->catalog.origins[import->store.origin];
  origin->imported_at = imported_at;
  origin->etag = import->options->etag;
  origin->last_modified = import->options->last_modified;
  return advisory_catalog_save(&import->catalog, db, imported_at, import->error);
}

enum advisory_import_result advisory_import(lua_State *L, struct advisory_db *db, const char *path,
                                            const struct advisory_import_options *options,
                                            struct advisory_counts *counts, struct advisory_error *error) {
  struct import import = {.L = L, .options = options, .counts = counts, .error = error};
  *counts = (struct advisory_counts){0};
  if (!advisory_db_begin(db, error)) return ADVISORY_IMPORT_FAILED;
  bool done = start(&import, db) && run(&import, path);
  advisory_store_free(&import.store);
  advisory_catalog_free(&import.catalog);
  done = advisory_db_end(db, done, error);
  if (done) return ADVISORY_IMPORT_DONE;
  return import.has_raised ? ADVISORY_IMPORT_RAISED : ADVISORY_IMPORT_FAILED;
}
