/* Multiplies and rotates, a word at a time; each value with its length, so that bytes cannot move from one
 * value to the next. */
#include "advisory_checksum.h"

#include <string.h>

static const uint64_t START = 0xcbf29ce484222325u;

/* Bijective in `sum` as in `word`. */
static uint64_t add_word(uint64_t sum, uint64_t word) {
  sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
  return sum << 29 | sum >> 35;
}

/* Little-endian on every machine, the last word filled up with zeros: the length is added beside it. */
static uint64_t read_word(const unsigned char *bytes, size_t length) {
  uint64_t word = 0;
  for (size_t i = 0; i < length; i++) word |= (uint64_t)bytes[i] << (8 * i);
  return word;
}

static uint64_t add_text(uint64_t sum, const char *text, size_t length) {
  const unsigned char *bytes = (const unsigned char *)text;
  sum = add_word(sum, length);
  for (; length >= 8; bytes += 8, length -= 8) sum = add_word(sum, read_word(bytes, 8));
  return add_word(sum, read_word(bytes, length));
}

uint64_t advisory_checksum_row(const struct advisory_row *row) {
  uint64_t sum = add_word(START, (uint64_t)row->number);
  sum = add_text(sum, row->id, strlen(row->id));
  sum = add_text(sum, row->modified, strlen(row->modified));
  sum = add_text(sum, row->withdrawn, strlen(row->withdrawn));
  sum = add_text(sum, row->aliases, strlen(row->aliases));
  sum = add_text(sum, row->summary, strlen(row->summary));
  return add_text(sum, row->record, row->record_length);
}

static uint64_t add_column(uint64_t sum, sqlite3_stmt *row, int column) {
  sum = add_word(sum, (uint64_t)sqlite3_column_type(row, column));
  if (sqlite3_column_type(row, column) == SQLITE_INTEGER)
    return add_word(sum, (uint64_t)sqlite3_column_int64(row, column));
  const void *bytes = sqlite3_column_blob(row, column);
  int length = sqlite3_column_bytes(row, column);
  return add_text(sum, bytes, bytes == NULL ? 0 : (size_t)length);
}

static bool add_rows(struct advisory_db *db, const char *sql, uint64_t *sum, struct advisory_error *error) {
  sqlite3_stmt *rows;
  if (sqlite3_prepare_v2(db->handle, sql, -1, &rows, NULL) != SQLITE_OK) return advisory_db_fail(db, error);
  int status;
  while ((status = sqlite3_step(rows)) == SQLITE_ROW)
    for (int i = 0; i < sqlite3_column_count(rows); i++) *sum = add_column(*sum, rows, i);
  bool done = status == SQLITE_DONE || advisory_db_fail(db, error);
  sqlite3_finalize(rows);
  return done;
}

bool advisory_checksum_database(struct advisory_db *db, uint64_t *sum, struct advisory_error *error) {
  *sum = START;
  return add_rows(db, "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name", sum,
                  error) &&
         add_rows(db, "SELECT key, value FROM meta WHERE key <> 'checksum' ORDER BY key", sum, error) &&
         add_rows(db,
                  "SELECT package, advisory, versions, ranges FROM affected ORDER BY package, advisory",
                  sum, error) &&
         add_rows(db, "SELECT * FROM ratings ORDER BY advisory", sum, error);
}
