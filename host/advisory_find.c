/* Finding advisories: by package and version, by id, and facts about all of them. */
#include "advisory_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advisory_checksum.h"

enum { NUMBER, ID, MODIFIED, WITHDRAWN, ALIASES, SUMMARY, CHECKSUM, RECORD, SEVERITY, SCORE, VECTOR };
#define ADVISORY_COLUMNS "number, id, modified, withdrawn, aliases, summary, checksum, record, severity, score, vector"

static const char *column(sqlite3_stmt *row, int index) {
  const char *text = (const char *)sqlite3_column_text(row, index);
  return text != NULL ? text : "";
}

/* --- hits --- */

void advisory_hits_free(struct advisory_hits *hits) {
  if (hits == NULL) return;
  for (size_t i = 0; i < hits->count; i++) free(hits->items[i]);
  free(hits->items);
  free(hits);
}

static const char *place(char **next, const char *text, size_t length) {
  char *start = *next;
  memcpy(start, text, length);
  start[length] = '\0';
  *next += length + 1;
  return start;
}

static const char *place_fixes(char **next, const struct advisory_fixes *fixes) {
  char *start = *next;
  for (size_t i = 0; i < fixes->count; i++) {
    place(next, fixes->items[i].text, fixes->items[i].length);
    (*next)[-1] = '\n';
  }
  *(*next)++ = '\0';
  return start;
}

/* One block holds the hit and its texts. */
static struct advisory_hit *make_hit(const struct advisory_row *row, const struct advisory_fixes *fixes,
                                     const struct advisory_rating *rating) {
  size_t size = sizeof(struct advisory_hit) + strlen(row->id) + strlen(row->modified) + strlen(row->aliases) +
                strlen(row->summary) + row->record_length + strlen(rating->vector) + 7;
  for (size_t i = 0; i < fixes->count; i++) size += fixes->items[i].length + 1;
  struct advisory_hit *hit = malloc(size);
  if (hit == NULL) return NULL;
  char *next = (char *)(hit + 1);
  hit->id = place(&next, row->id, strlen(row->id));
  hit->modified = place(&next, row->modified, strlen(row->modified));
  hit->aliases = place(&next, row->aliases, strlen(row->aliases));
  hit->summary = place(&next, row->summary, strlen(row->summary));
  hit->record = place(&next, row->record, row->record_length);
  hit->record_length = row->record_length;
  hit->rating = *rating;
  hit->rating.vector = place(&next, rating->vector, strlen(rating->vector));
  hit->fixes = place_fixes(&next, fixes);
  return hit;
}

struct search {
  struct advisory_db *db;
  struct advisory_hits *hits;
  const struct pep440 *version;
  struct advisory_error *error;
};

static bool no_memory(struct advisory_db *db, struct advisory_error *error) {
  return advisory_fail(error, "ENOMEM", "%s: not enough memory", db->path);
}

static bool append_hit(struct advisory_hits *hits, struct advisory_hit *hit) {
  if (hits->count == hits->capacity) {
    size_t capacity = hits->capacity == 0 ? 16 : hits->capacity * 2;
    struct advisory_hit **items = realloc(hits->items, capacity * sizeof *items);
    if (items == NULL) return false;
    hits->items = items;
    hits->capacity = capacity;
  }
  hits->items[hits->count++] = hit;
  return true;
}

/* Copies the row that the statement stands on, once its checksum is right. */
static bool add_row(struct search *search, sqlite3_stmt *statement, const struct advisory_fixes *fixes) {
  struct advisory_db *db = search->db;
  struct advisory_error *error = search->error;
  struct advisory_row row = {
      .number = sqlite3_column_int64(statement, NUMBER), .id = column(statement, ID),
      .modified = column(statement, MODIFIED), .withdrawn = column(statement, WITHDRAWN),
      .aliases = column(statement, ALIASES), .summary = column(statement, SUMMARY),
      .record = column(statement, RECORD)};
  row.record_length = (size_t)sqlite3_column_bytes(statement, RECORD);
  struct advisory_rating rating = {(enum severity)sqlite3_column_int(statement, SEVERITY),
                                   sqlite3_column_int(statement, SCORE), column(statement, VECTOR)};
  if (sqlite3_errcode(db->handle) == SQLITE_NOMEM) return no_memory(db, error);
  if ((uint64_t)sqlite3_column_int64(statement, CHECKSUM) != advisory_checksum_row(&row))
    return advisory_db_damaged(db, "the checksum of a record does not match", error);
  struct advisory_hit *hit = make_hit(&row, fixes, &rating);
  if (hit == NULL || !append_hit(search->hits, hit)) {
    free(hit);
    return no_memory(db, error);
  }
  return true;
}

/* --- by package --- */

static bool add_advisory(struct search *search, int64_t number, const struct advisory_fixes *fixes) {
  sqlite3_stmt *row =
      advisory_db_statement(search->db, ADVISORY_PICK_ADVISORY,
                            "SELECT " ADVISORY_COLUMNS " FROM advisories JOIN ratings ON ratings.advisory = number WHERE number = ?", search->error);
  if (row == NULL) return false;
  sqlite3_bind_int64(row, 1, number);
  int status = sqlite3_step(row);
  bool done = status == SQLITE_ROW    ? add_row(search, row, fixes)
              : status == SQLITE_DONE ? advisory_db_damaged(search->db, "a record is missing", search->error)
                                      : advisory_db_fail(search->db, search->error);
  sqlite3_reset(row);
  return done;
}

static bool add_if_affected(struct search *search, sqlite3_stmt *affected) {
  const char *versions = column(affected, 1), *ranges = column(affected, 2);
  const struct pep440 *version = search->version;
  if (version != NULL && !advisory_ranges_hold(ranges, version) && !advisory_versions_hold(versions, version))
    return true;
  struct advisory_fixes fixes = {0};
  bool done = advisory_fixes_add(&fixes, ranges, version)
                  ? add_advisory(search, sqlite3_column_int64(affected, 0), &fixes)
                  : no_memory(search->db, search->error);
  advisory_fixes_free(&fixes);
  return done;
}

static int compare_hits(const void *left, const void *right) {
  const struct advisory_hit *const *a = left, *const *b = right;
  return strcmp((*a)->id, (*b)->id);
}

/* Reads one fact; *text is empty when there is none. */
static bool read_meta(struct advisory_db *db, const char *key, char *text, size_t size,
                      struct advisory_error *error) {
  sqlite3_stmt *row =
      advisory_db_statement(db, ADVISORY_PICK_META, "SELECT value FROM meta WHERE key = ?", error);
  if (row == NULL) return false;
  sqlite3_bind_text(row, 1, key, -1, SQLITE_STATIC);
  int status = sqlite3_step(row);
  snprintf(text, size, "%s", status == SQLITE_ROW ? column(row, 0) : "");
  bool done = status == SQLITE_ROW || status == SQLITE_DONE || advisory_db_fail(db, error);
  sqlite3_reset(row);
  return done;
}

bool advisory_check_imported(struct advisory_db *db, struct advisory_error *error) {
  char imported_at[40];
  if (!read_meta(db, "imported_at", imported_at, sizeof imported_at, error)) return false;
  return imported_at[0] != '\0' ||
         advisory_fail(error, "ENODATA", "%s: holds no advisories yet; import some with: pysec advisories"
                       " import FILE", db->path);
}

static bool find(struct search *search, const char *package) {
  sqlite3_stmt *affected = advisory_db_statement(
      search->db, ADVISORY_PICK_AFFECTED,
      "SELECT advisory, versions, ranges FROM affected WHERE package = ? ORDER BY advisory", search->error);
  if (affected == NULL) return false;
  sqlite3_bind_text(affected, 1, package, -1, SQLITE_STATIC);
  int status;
  bool done = true;
  while (done && (status = sqlite3_step(affected)) == SQLITE_ROW) done = add_if_affected(search, affected);
  if (done && status != SQLITE_DONE) done = advisory_db_fail(search->db, search->error);
  sqlite3_reset(affected);
  return done && (search->hits->count > 0 || advisory_check_imported(search->db, search->error));
}

/* The hits of a search, or NULL once it failed. */
static struct advisory_hits *finish(struct search *search, bool done) {
  if (done) return search->hits;
  advisory_hits_free(search->hits);
  return NULL;
}

static bool start(struct search *search) {
  search->hits = calloc(1, sizeof *search->hits);
  return search->hits != NULL || no_memory(search->db, search->error);
}

struct advisory_hits *advisory_find(struct advisory_db *db, const char *package, const struct pep440 *version,
                                    struct advisory_error *error) {
  struct search search = {.db = db, .version = version, .error = error};
  bool done = start(&search) && find(&search, package);
  if (done && search.hits->count > 1)
    qsort(search.hits->items, search.hits->count, sizeof *search.hits->items, compare_hits);
  return finish(&search, done);
}

/* --- by id --- */

static bool pick(struct search *search, enum advisory_statement slot, const char *sql, const char *key) {
  sqlite3_stmt *row = advisory_db_statement(search->db, slot, sql, search->error);
  if (row == NULL) return false;
  sqlite3_bind_text(row, 1, key, -1, SQLITE_STATIC);
  int status = sqlite3_step(row);
  bool done = status == SQLITE_ROW ? add_row(search, row, &(struct advisory_fixes){0})
                                   : status == SQLITE_DONE || advisory_db_fail(search->db, search->error);
  sqlite3_reset(row);
  return done;
}

struct advisory_hits *advisory_get(struct advisory_db *db, const char *id, bool with_aliases,
                                   struct advisory_error *error) {
  struct search search = {.db = db, .error = error};
  bool done = start(&search) && pick(&search, ADVISORY_PICK_RECORD,
                                     "SELECT " ADVISORY_COLUMNS " FROM advisories JOIN ratings ON ratings.advisory = number WHERE id = ?", id);
  if (done && with_aliases && search.hits->count == 0)
    done = pick(&search, ADVISORY_PICK_BY_ALIAS,
                "SELECT " ADVISORY_COLUMNS " FROM advisories JOIN ratings ON ratings.advisory = number WHERE number IN"
                " (SELECT advisory FROM aliases WHERE alias = ?) ORDER BY withdrawn <> '', id LIMIT 1", id);
  return finish(&search, done && (search.hits->count > 0 || advisory_check_imported(db, error)));
}

/* --- facts --- */

static bool read_count(struct advisory_db *db, const char *key, int64_t *count,
                       struct advisory_error *error) {
  char text[40];
  if (!read_meta(db, key, text, sizeof text, error)) return false;
  *count = strtoll(text, NULL, 10);
  return true;
}

bool advisory_info(struct advisory_db *db, struct advisory_info *info, struct advisory_error *error) {
  return read_count(db, "count", &info->count, error) &&
         read_count(db, "withdrawn", &info->withdrawn, error) &&
         read_count(db, "packages", &info->packages, error) &&
         read_meta(db, "newest", info->newest, sizeof info->newest, error) &&
         read_meta(db, "imported_at", info->imported_at, sizeof info->imported_at, error);
}
