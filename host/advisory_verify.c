/* SQLite's own check of its pages, then ours of what they hold. */
#include "advisory_verify.h"

#include <stdio.h>
#include <string.h>

#include "advisory_catalog.h"
#include "advisory_hash.h"
#include "advisory_leaf.h"

/* That the one value which `sql` gives is `wanted`; `what` is wrong where it is not, or what SQLite says (NULL). */
static bool check_value(struct advisory_db *db, const char *sql, const char *wanted, const char *what,
                        struct advisory_error *error) {
  sqlite3_stmt *row;
  if (sqlite3_prepare_v2(db->handle, sql, -1, &row, NULL) != SQLITE_OK) return advisory_db_fail(db, error);
  int status = sqlite3_step(row);
  const char *text = status == SQLITE_ROW ? (const char *)sqlite3_column_text(row, 0) : NULL;
  bool done = text != NULL && strcmp(text, wanted) == 0;
  if (!done) {
    if (text != NULL) advisory_db_damaged(db, what != NULL ? what : text, error);
    else advisory_db_fail(db, error);
  }
  sqlite3_finalize(row);
  return done;
}

static bool check_pages(struct advisory_db *db, struct advisory_error *error) {
  return check_value(db, "PRAGMA integrity_check(1)", "ok", NULL, error);
}

/* That there are no rows that nobody would read. */
static bool check_counts(struct advisory_db *db, struct advisory_error *error) {
  const struct advisory_facts *facts = &db->facts;
  char leaves[24], records[24];
  snprintf(leaves, sizeof leaves, "%lld", 1 + (long long)facts->package_leaves + (long long)facts->id_leaves);
  snprintf(records, sizeof records, "%lld", (long long)facts->count);
  return check_value(db, "SELECT count(*) || '' FROM leaves", leaves, "leaves that nobody would read", error) &&
         check_value(db, "SELECT count(*) || '' FROM records", records, "records that nobody would read", error);
}

/* That every record has the text whose sum its leaf keeps. */
static bool check_records(struct advisory_db *db, const struct advisory_catalog *catalog,
                          struct advisory_error *error) {
  struct advisory_buffer text = {0};
  bool done = true;
  for (size_t i = 0; done && i < catalog->count; i++) {
    const struct advisory_item *item = &catalog->items[i];
    done = advisory_leaf_record(db, item->number, &text, error);
    if (done && advisory_hash_bytes(ADVISORY_HASH_START, text.data, text.length) != item->sum)
      done = advisory_db_damaged(db, "a record is not the one that it should be", error);
  }
  advisory_buffer_free(&text);
  return done;
}

static bool check_facts(struct advisory_db *db, const struct advisory_catalog *catalog,
                        struct advisory_error *error) {
  return catalog->count == (size_t)db->facts.count || advisory_db_damaged(db, "records are missing", error);
}

bool advisory_verify(struct advisory_db *db, struct advisory_error *error) {
  struct advisory_catalog catalog = {0};
  if (!advisory_db_hold(db, false, error)) return false;
  bool done = check_pages(db, error) && check_counts(db, error) && advisory_catalog_load(&catalog, db, error) &&
              check_facts(db, &catalog, error) && check_records(db, &catalog, error);
  advisory_catalog_free(&catalog);
  advisory_db_release(db);
  return done;
}
