/* Rows of the advisory database. A record replaces the one with its id, unless it is older. */
#include "advisory_store.h"

#include <string.h>

#include "advisory_checksum.h"
#include "advisory_rate.h"
#include "advisory_rating.h"
#include "json.h"

/* By time: as texts "30Z" would come behind "30.5Z". */
static int compare_times(const char *a, const char *b) {
  enum { SECONDS = sizeof "0000-00-00T00:00:00" - 1 };
  int order = strncmp(a, b, SECONDS);
  if (order != 0) return order;
  a += SECONDS + (a[SECONDS] == '.');
  b += SECONDS + (b[SECONDS] == '.');
  while (*a != 'Z' || *b != 'Z') {
    int digit = *a == 'Z' ? '0' : *a++, other = *b == 'Z' ? '0' : *b++;
    if (digit != other) return digit - other;
  }
  return 0;
}

/* Whether the database has the record's id, with which number, and whether what it has may stay. */
static bool look_up(struct advisory_db *db, struct advisory_row *row, bool *is_known, bool *may_stay,
                    struct advisory_error *error) {
  sqlite3_stmt *known = advisory_db_statement(
      db, ADVISORY_PICK_KNOWN, "SELECT number, modified, record FROM advisories WHERE id = ?", error);
  if (known == NULL) return false;
  sqlite3_bind_text(known, 1, row->id, -1, SQLITE_STATIC);
  int status = sqlite3_step(known);
  *is_known = status == SQLITE_ROW;
  *may_stay = false;
  if (*is_known) {
    const char *modified = (const char *)sqlite3_column_text(known, 1);
    const void *record = sqlite3_column_text(known, 2);
    size_t length = (size_t)sqlite3_column_bytes(known, 2);
    row->number = sqlite3_column_int64(known, 0);
    int order = modified == NULL ? 1 : compare_times(row->modified, modified);
    *may_stay = order < 0 || (order == 0 && record != NULL && length == row->record_length &&
                              memcmp(record, row->record, length) == 0);
  }
  bool done = status == SQLITE_ROW || status == SQLITE_DONE || advisory_db_fail(db, error);
  sqlite3_reset(known);
  return done;
}

static bool next_number(struct advisory_db *db, int64_t *number, struct advisory_error *error) {
  sqlite3_stmt *last = advisory_db_statement(db, ADVISORY_PICK_LAST,
                                             "SELECT coalesce(max(number), 0) + 1 FROM advisories", error);
  if (last == NULL) return false;
  bool done = sqlite3_step(last) == SQLITE_ROW || advisory_db_fail(db, error);
  if (done) *number = sqlite3_column_int64(last, 0);
  sqlite3_reset(last);
  return done;
}

static bool drop_rows(struct advisory_db *db, enum advisory_statement slot, const char *sql, int64_t number,
                      struct advisory_error *error) {
  sqlite3_stmt *drop = advisory_db_statement(db, slot, sql, error);
  if (drop == NULL) return false;
  sqlite3_bind_int64(drop, 1, number);
  return advisory_db_step(db, drop, error);
}

static bool put_row(struct advisory_db *db, const struct advisory_row *row, struct advisory_error *error) {
  sqlite3_stmt *put = advisory_db_statement(
      db, ADVISORY_PUT_ADVISORY,
      "INSERT OR REPLACE INTO advisories"
      " (number, id, modified, withdrawn, aliases, summary, checksum, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", error);
  if (put == NULL) return false;
  sqlite3_bind_int64(put, 1, row->number);
  sqlite3_bind_text(put, 2, row->id, -1, SQLITE_STATIC);
  sqlite3_bind_text(put, 3, row->modified, -1, SQLITE_STATIC);
  sqlite3_bind_text(put, 4, row->withdrawn, -1, SQLITE_STATIC);
  sqlite3_bind_text(put, 5, row->aliases, -1, SQLITE_STATIC);
  sqlite3_bind_text(put, 6, row->summary, -1, SQLITE_STATIC);
  sqlite3_bind_int64(put, 7, (int64_t)advisory_checksum_row(row));
  sqlite3_bind_text64(put, 8, row->record, row->record_length, SQLITE_STATIC, SQLITE_UTF8);
  return advisory_db_step(db, put, error);
}

static bool put_aliases(struct advisory_db *db, const struct advisory_row *row,
                        struct advisory_error *error) {
  for (const char *alias = row->aliases; *alias != '\0'; alias = strchr(alias, '\n') + 1) {
    sqlite3_stmt *put = advisory_db_statement(
        db, ADVISORY_PUT_ALIAS, "INSERT OR IGNORE INTO aliases (alias, advisory) VALUES (?, ?)", error);
    if (put == NULL) return false;
    sqlite3_bind_text(put, 1, alias, (int)strcspn(alias, "\n"), SQLITE_STATIC);
    sqlite3_bind_int64(put, 2, row->number);
    if (!advisory_db_step(db, put, error)) return false;
  }
  return true;
}

static bool put_own_rating(struct advisory_db *db, struct advisory_record *record, const struct advisory_row *row) {
  struct advisory_rating rating = advisory_rating_read(record->L, record->root, row->id);
  sqlite3_stmt *put = advisory_db_statement(
      db, ADVISORY_PUT_RATING, "INSERT OR REPLACE INTO ratings VALUES (?1, 0, 0, -1, '', ?2, ?3, ?4)", record->error);
  if (put == NULL) return false;
  sqlite3_bind_int64(put, 1, row->number);
  sqlite3_bind_int(put, 2, (int)rating.severity);
  sqlite3_bind_int(put, 3, rating.score);
  sqlite3_bind_text(put, 4, rating.vector, -1, SQLITE_STATIC);
  return advisory_db_step(db, put, record->error);
}

/* Entries of one package become one row: both texts may simply follow each other. */
static bool put_affected(struct advisory_db *db, const struct advisory_scratch *scratch, const char *package,
                         int64_t number, struct advisory_error *error) {
  sqlite3_stmt *put = advisory_db_statement(
      db, ADVISORY_PUT_AFFECTED,
      "INSERT INTO affected (package, advisory, versions, ranges) VALUES (?, ?, ?, ?)"
      " ON CONFLICT (package, advisory) DO UPDATE SET"
      " versions = versions || excluded.versions, ranges = ranges || excluded.ranges", error);
  if (put == NULL) return false;
  sqlite3_bind_text(put, 1, package, -1, SQLITE_STATIC);
  sqlite3_bind_int64(put, 2, number);
  sqlite3_bind_text(put, 3, scratch->versions.data, (int)scratch->versions.length, SQLITE_STATIC);
  sqlite3_bind_text(put, 4, scratch->ranges.data, (int)scratch->ranges.length, SQLITE_STATIC);
  return advisory_db_step(db, put, error);
}

/* Also reads the entries of a withdrawn record, so that a malformed one is found. */
static bool put_entries(struct advisory_db *db, struct advisory_record *record,
                        const struct advisory_row *row, int count) {
  for (int i = 0; i < count; i++) {
    char package[ADVISORY_MAX_PACKAGE];
    const char *name;
    size_t length;
    if (!advisory_record_package(record, i, &name, &length)) return false;
    if (name == NULL) continue;
    if (!advisory_record_versions(record, i)) return false;
    bool is_in_force = row->withdrawn[0] == '\0';
    if (is_in_force && advisory_package_normalize(name, length, package) &&
        !put_affected(db, record->scratch, package, row->number, record->error))
      return false;
  }
  return true;
}

static bool replace(struct advisory_db *db, struct advisory_record *record, struct advisory_row *row,
                    int count, bool is_known) {
  struct advisory_error *error = record->error;
  if (!is_known && !next_number(db, &row->number, error)) return false;
  if (is_known &&
      (!drop_rows(db, ADVISORY_DROP_ALIASES, "DELETE FROM aliases WHERE advisory = ?", row->number, error) ||
       !drop_rows(db, ADVISORY_DROP_AFFECTED, "DELETE FROM affected WHERE advisory = ?", row->number, error)))
    return false;
  return put_row(db, row, error) && put_own_rating(db, record, row) && put_aliases(db, row, error) &&
         put_entries(db, record, row, count);
}

bool advisory_store(struct advisory_db *db, struct advisory_scratch *scratch, lua_State *L, const char *text,
                    size_t length, enum advisory_stored *stored, bool *withdrawn,
                    struct advisory_error *error) {
  struct advisory_record record = {.L = L, .error = error, .scratch = scratch, .root = lua_gettop(L),
                                   .entry = -1, .range = -1, .event = -1};
  struct advisory_row row = {.record = text, .record_length = length};
  int count;
  bool is_pypi, is_renamed, is_known, may_stay;
  if (!advisory_record_read(&record, &row) || !advisory_record_count(&record, &count) ||
      !advisory_record_normalize(&record, count, &is_pypi, &is_renamed))
    return false;
  if (is_renamed) {
    json_write(L, record.root, false);
    row.record = lua_tolstring(L, -1, &row.record_length);
  }
  if (!look_up(db, &row, &is_known, &may_stay, error)) return false;
  *withdrawn = row.withdrawn[0] != '\0';
  *stored = may_stay ? ADVISORY_UNCHANGED : is_known ? ADVISORY_UPDATED : ADVISORY_ADDED;
  /* One that is known is replaced even if it left PyPI: what it said before holds no longer. */
  if (!is_pypi && !is_known) *stored = ADVISORY_SKIPPED;
  if (*stored == ADVISORY_UNCHANGED || *stored == ADVISORY_SKIPPED) return true;
  return replace(db, &record, &row, count, is_known);
}

static bool put_fact(struct advisory_db *db, const char *key, const char *value,
                     struct advisory_error *error) {
  sqlite3_stmt *put = advisory_db_statement(
      db, ADVISORY_PUT_META, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", error);
  if (put == NULL) return false;
  sqlite3_bind_text(put, 1, key, -1, SQLITE_STATIC);
  sqlite3_bind_text(put, 2, value, -1, SQLITE_STATIC);
  return advisory_db_step(db, put, error);
}

static bool put_checksum(struct advisory_db *db, struct advisory_error *error) {
  uint64_t sum;
  if (!advisory_checksum_database(db, &sum, error)) return false;
  sqlite3_stmt *put = advisory_db_statement(
      db, ADVISORY_PUT_META, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", error);
  if (put == NULL) return false;
  sqlite3_bind_text(put, 1, "checksum", -1, SQLITE_STATIC);
  sqlite3_bind_int64(put, 2, (int64_t)sum);
  return advisory_db_step(db, put, error);
}

bool advisory_store_facts(struct advisory_db *db, const char *source, const char *imported_at,
                          struct advisory_error *error) {
  return advisory_db_run(
             db,
             "INSERT OR REPLACE INTO meta SELECT 'count', count(*) FROM advisories;"
             "INSERT OR REPLACE INTO meta SELECT 'withdrawn', count(*) FROM advisories WHERE withdrawn <> '';"
             "INSERT OR REPLACE INTO meta SELECT 'newest', coalesce(max(modified), '') FROM advisories;"
             "INSERT OR REPLACE INTO meta SELECT 'packages', count(DISTINCT package) FROM affected;",
             error) &&
         advisory_rate_all(db, error) && put_fact(db, "source", source, error) && put_fact(db, "imported_at", imported_at, error) &&
         put_checksum(db, error);
}
