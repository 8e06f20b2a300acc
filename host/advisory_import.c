/* One import is one transaction: a reader sees the database before it or after it. */
#include "advisory_import.h"

#include <string.h>
#include <time.h>

#include "advisory_source.h"
#include "advisory_store.h"
#include "clock.h"
#include "json.h"

struct import {
  lua_State *L;
  struct advisory_db *db;
  struct advisory_counts *counts;
  struct advisory_error *error;
  struct advisory_scratch scratch;
  const struct advisory_member *member;
  bool is_stored;
  bool has_raised;
};

static void count(struct advisory_counts *counts, enum advisory_stored stored, bool withdrawn) {
  counts->read++;
  counts->withdrawn += withdrawn;
  switch (stored) {
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

static bool store(struct import *import) {
  const struct advisory_member *member = import->member;
  struct advisory_error detail;
  struct json_error json;
  enum advisory_stored stored;
  bool withdrawn;
  if (!json_read(import->L, member->text, member->length, &json)) {
    advisory_fail(&detail, "EJSON", "%d:%d: %s", json.line, json.column, json.message);
    return fail_member(import, ":", &detail);
  }
  if (advisory_store(import->db, &import->scratch, import->L, member->text, member->length, &stored,
                     &withdrawn, &detail)) {
    count(import->counts, stored, withdrawn);
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

static bool check_counts(const char *path, const struct advisory_counts *counts,
                         struct advisory_error *error) {
  if (counts->read == 0)
    return advisory_fail(error, "ENODATA", "%s: holds no OSV records (*.json)", path);
  if (counts->read == counts->skipped)
    return advisory_fail(error, "ENODATA", "%s: none of its %lld records is about a package of PyPI", path,
                         (long long)counts->read);
  return true;
}

static bool store_facts(struct advisory_db *db, const char *path, struct advisory_error *error) {
  char imported_at[] = "0000-00-00T00:00:00Z";
  time_t now = host_clock_now();
  struct tm parts;
  if (gmtime_r(&now, &parts) == NULL ||
      strftime(imported_at, sizeof imported_at, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
    return advisory_fail(error, "EINVAL", "%s: the clock shows no usable time", path);
  return advisory_store_facts(db, path, imported_at, error);
}

enum advisory_import_result advisory_import(lua_State *L, struct advisory_db *db, const char *path,
                                            struct advisory_counts *counts, struct advisory_error *error) {
  struct import import = {.L = L, .db = db, .counts = counts, .error = error};
  *counts = (struct advisory_counts){0};
  if (!advisory_db_begin(db, error)) return ADVISORY_IMPORT_FAILED;
  bool done = advisory_source_read(path, visit, &import, error) && check_counts(path, counts, error) &&
              store_facts(db, path, error);
  advisory_scratch_free(&import.scratch);
  done = advisory_db_end(db, done, error);
  if (done) return ADVISORY_IMPORT_DONE;
  return import.has_raised ? ADVISORY_IMPORT_RAISED : ADVISORY_IMPORT_FAILED;
}
