/* Families and their ratings, worked out once for each import. */
#include "advisory_rate.h"

#include <stdlib.h>
#include <string.h>

#include "advisory_family.h"
#include "advisory_rating.h"

struct rated {
  int64_t number;
  char *id, *aliases, *vector;
  struct advisory_rating rating;
};

struct ratings {
  struct rated *items;
  size_t count, capacity;
  struct advisory_families families;
};

static void ratings_free(struct ratings *ratings) {
  for (size_t i = 0; i < ratings->count; i++) {
    free(ratings->items[i].id);
    free(ratings->items[i].aliases);
    free(ratings->items[i].vector);
  }
  free(ratings->items);
  advisory_families_free(&ratings->families);
}

static char *copy(sqlite3_stmt *row, int column) {
  const char *text = (const char *)sqlite3_column_text(row, column);
  return strdup(text != NULL ? text : "");
}

static bool append(struct ratings *ratings, sqlite3_stmt *row) {
  if (ratings->count == ratings->capacity) {
    size_t capacity = ratings->capacity == 0 ? 64 : ratings->capacity * 2;
    struct rated *items = realloc(ratings->items, capacity * sizeof *items);
    if (items == NULL) return false;
    ratings->items = items;
    ratings->capacity = capacity;
  }
  struct rated *item = &ratings->items[ratings->count++];
  *item = (struct rated){sqlite3_column_int64(row, 0), copy(row, 1), copy(row, 2), copy(row, 5),
                         {(enum severity)sqlite3_column_int(row, 3), sqlite3_column_int(row, 4), ""}};
  item->rating.vector = item->vector;
  return item->id != NULL && item->aliases != NULL && item->vector != NULL &&
         advisory_families_add(&ratings->families, item->id, item->aliases);
}

static bool no_memory(struct advisory_db *db, struct advisory_error *error) {
  return advisory_fail(error, "ENOMEM", "%s: not enough memory", db->path);
}

static bool read_all(struct advisory_db *db, struct ratings *ratings, struct advisory_error *error) {
  sqlite3_stmt *rows = advisory_db_statement(
      db, ADVISORY_PICK_RATING,
      "SELECT a.number, a.id, a.aliases, r.own_severity, r.own_score, r.own_vector FROM advisories a JOIN ratings r"
      " ON r.advisory = a.number WHERE a.withdrawn = '' ORDER BY a.number", error);
  int status;
  if (rows == NULL) return false;
  bool done = true;
  while (done && (status = sqlite3_step(rows)) == SQLITE_ROW) done = append(ratings, rows) || no_memory(db, error);
  if (done && status != SQLITE_DONE) done = advisory_db_fail(db, error);
  sqlite3_reset(rows);
  return done;
}

static bool put(struct advisory_db *db, const struct rated *item, int64_t family, const struct advisory_rating *rating,
                struct advisory_error *error) {
  sqlite3_stmt *row = advisory_db_statement(
      db, ADVISORY_PUT_FAMILY,
      "UPDATE ratings SET family = ?2, severity = ?3, score = ?4, vector = ?5 WHERE advisory = ?1", error);
  if (row == NULL) return false;
  sqlite3_bind_int64(row, 1, item->number);
  sqlite3_bind_int64(row, 2, family);
  sqlite3_bind_int(row, 3, (int)rating->severity);
  sqlite3_bind_int(row, 4, rating->score);
  sqlite3_bind_text(row, 5, rating->vector, -1, SQLITE_STATIC);
  return advisory_db_step(db, row, error);
}

bool advisory_rate_all(struct advisory_db *db, struct advisory_error *error) {
  struct ratings ratings = {0};
  bool done = read_all(db, &ratings, error);
  struct advisory_rating *highest = calloc(ratings.count + 1, sizeof *highest);
  if (done && highest == NULL) done = no_memory(db, error);
  for (size_t i = 0; done && i < ratings.count; i++) {
    size_t family = advisory_families_find(&ratings.families, i);
    if (family == i || advisory_rating_is_above(&ratings.items[i].rating, &highest[family]))
      highest[family] = ratings.items[i].rating;
  }
  for (size_t i = 0; done && i < ratings.count; i++) {
    size_t family = advisory_families_find(&ratings.families, i);
    done = put(db, &ratings.items[i], ratings.items[family].number, &highest[family], error);
  }
  free(highest);
  ratings_free(&ratings);
  return done;
}

/* --- asking --- */

void advisory_known_free(struct advisory_known *known) {
  advisory_buffer_free(&known->vector);
  advisory_buffer_free(&known->ids);
  *known = (struct advisory_known){0};
}

static bool has_line(const char *lines, const char *text) {
  size_t length = strlen(text);
  for (; lines != NULL && *lines != '\0'; lines += strcspn(lines, "\n") + 1)
    if (strncmp(lines, text, length) == 0 && lines[length] == '\n') return true;
  return false;
}

static bool keep(struct advisory_known *known, const char *id, struct advisory_rating rating) {
  if (!has_line(known->ids.data, id) &&
      (!advisory_buffer_add_string(&known->ids, id) || !advisory_buffer_add(&known->ids, "\n", 1)))
    return false;
  if (!advisory_rating_is_above(&rating, &known->rating)) return true;
  advisory_buffer_clear(&known->vector);
  if (!advisory_buffer_add_string(&known->vector, rating.vector)) return false;
  rating.vector = known->vector.data;
  known->rating = rating;
  return true;
}

bool advisory_rate(struct advisory_db *db, const char *name, struct advisory_known *known,
                   struct advisory_error *error) {
  sqlite3_stmt *rows = advisory_db_statement(
      db, ADVISORY_PICK_KNOWN_RATING,
      "SELECT a.id, r.severity, r.score, r.vector FROM advisories a JOIN ratings r ON r.advisory = a.number"
      " WHERE a.withdrawn = '' AND (a.id = ?1 OR a.number IN (SELECT advisory FROM aliases WHERE alias = ?1))"
      " ORDER BY a.id", error);
  int status;
  bool done = true;
  if (rows == NULL) return false;
  if (known->ids.data == NULL) known->rating = (struct advisory_rating){SEVERITY_UNKNOWN, ADVISORY_NO_SCORE, ""};
  sqlite3_bind_text(rows, 1, name, -1, SQLITE_STATIC);
  while (done && (status = sqlite3_step(rows)) == SQLITE_ROW) {
    const char *vector = (const char *)sqlite3_column_text(rows, 3), *id = (const char *)sqlite3_column_text(rows, 0);
    struct advisory_rating rating = {(enum severity)sqlite3_column_int(rows, 1), sqlite3_column_int(rows, 2),
                                     vector != NULL ? vector : ""};
    done = keep(known, id != NULL ? id : "", rating) || no_memory(db, error);
  }
  if (done && status != SQLITE_DONE) done = advisory_db_fail(db, error);
  sqlite3_reset(rows);
  return done;
}
