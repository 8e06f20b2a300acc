/* Reading what is known of a package. */
#include "advisory_package.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER, ID, MODIFIED, ALIASES, SUMMARY, VERSIONS, RANGES, FAMILY, SEVERITY, SCORE, VECTOR, COLUMNS };
static const char *const SQL =
    "SELECT a.number, a.id, a.modified, a.aliases, a.summary, f.versions, f.ranges, r.family, r.severity, r.score,"
    " r.vector FROM affected f LEFT JOIN advisories a ON a.number = f.advisory LEFT JOIN ratings r ON"
    " r.advisory = f.advisory WHERE f.package = ? ORDER BY f.advisory";

void advisory_package_free(struct advisory_package *package) {
  for (size_t i = 0; i < package->count; i++) free((void *)(uintptr_t)package->entries[i].id);
  free(package->entries);
  free(package->texts);
  *package = (struct advisory_package){0};
}

static const char *place(char **next, sqlite3_stmt *row, int column) {
  char *start = *next;
  size_t length = (size_t)sqlite3_column_bytes(row, column);
  const void *text = sqlite3_column_text(row, column);
  if (text != NULL) memcpy(start, text, length);
  start[length] = '\0';
  *next += length + 1;
  return start;
}

static bool append(struct advisory_package *package, sqlite3_stmt *row) {
  size_t size = 0;
  for (int i = 0; i < COLUMNS; i++) size += (size_t)sqlite3_column_bytes(row, i) + 1;
  if (package->count == package->capacity) {
    size_t capacity = package->capacity == 0 ? 8 : package->capacity * 2;
    struct advisory_entry *entries = realloc(package->entries, capacity * sizeof *entries);
    if (entries == NULL) return false;
    package->entries = entries;
    package->capacity = capacity;
  }
  char *next = malloc(size);
  if (next == NULL) return false;
  struct advisory_entry *entry = &package->entries[package->count++];
  entry->id = place(&next, row, ID);
  entry->modified = place(&next, row, MODIFIED);
  entry->aliases = place(&next, row, ALIASES);
  entry->summary = place(&next, row, SUMMARY);
  entry->versions = place(&next, row, VERSIONS);
  entry->ranges = place(&next, row, RANGES);
  entry->rating.vector = place(&next, row, VECTOR);
  entry->number = sqlite3_column_int64(row, NUMBER);
  entry->family = sqlite3_column_int64(row, FAMILY);
  entry->rating.severity = (enum severity)sqlite3_column_int(row, SEVERITY);
  entry->rating.score = sqlite3_column_int(row, SCORE);
  return true;
}

bool advisory_package_read(struct advisory_db *db, const char *name, struct advisory_package *package,
                           struct advisory_error *error) {
  sqlite3_stmt *rows = advisory_db_statement(db, ADVISORY_PICK_PACKAGE, SQL, error);
  int status;
  bool done = true;
  *package = (struct advisory_package){0};
  if (rows == NULL) return false;
  sqlite3_bind_text(rows, 1, name, -1, SQLITE_STATIC);
  while (done && (status = sqlite3_step(rows)) == SQLITE_ROW) {
    if (sqlite3_column_type(rows, ID) == SQLITE_NULL) done = advisory_db_damaged(db, "a record is missing", error);
    else done = append(package, rows) || advisory_fail(error, "ENOMEM", "%s: not enough memory", db->path);
  }
  if (done && status != SQLITE_DONE) done = advisory_db_fail(db, error);
  sqlite3_reset(rows);
  return done;
}
