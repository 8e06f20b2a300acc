/* Rows with checksums; see advisory_leaf.h. */
#include "advisory_leaf.h"

#include <string.h>

#include "advisory_hash.h"
#include "advisory_squeeze.h"

static const struct { enum advisory_statement pick, put, drop; const char *pick_sql, *put_sql, *drop_sql; } TABLES[] = {
    {ADVISORY_PICK_LEAF, ADVISORY_PUT_LEAF, ADVISORY_DROP_LEAF,
     "SELECT checksum, content FROM leaves WHERE number = ?", "INSERT OR REPLACE INTO leaves VALUES (?, ?, ?)",
     "DELETE FROM leaves WHERE number = ?"},
    {ADVISORY_PICK_RECORD, ADVISORY_PUT_RECORD, ADVISORY_DROP_RECORD,
     "SELECT checksum, content FROM records WHERE number = ?", "INSERT OR REPLACE INTO records VALUES (?, ?, ?)",
     "DELETE FROM records WHERE number = ?"}};

uint64_t advisory_leaf_sum(enum advisory_table table, int64_t number, const void *bytes, size_t length) {
  uint64_t sum = advisory_hash_number(ADVISORY_HASH_START, (uint64_t)table);
  return advisory_hash_bytes(advisory_hash_number(sum, (uint64_t)number), bytes, length);
}

bool advisory_leaf_read(struct advisory_db *db, enum advisory_table table, int64_t number,
                        struct advisory_cursor *cursor, struct advisory_error *error) {
  sqlite3_stmt *row = advisory_db_statement(db, TABLES[table].pick, TABLES[table].pick_sql, error);
  *cursor = (struct advisory_cursor){"", "", false};
  if (row == NULL) return false;
  sqlite3_bind_int64(row, 1, number);
  int status = sqlite3_step(row);
  if (status == SQLITE_DONE)
    return advisory_db_damaged(db, table == ADVISORY_LEAVES ? "a leaf is missing" : "a record is missing", error);
  if (status != SQLITE_ROW) return advisory_db_fail(db, error);
  const void *bytes = sqlite3_column_blob(row, 1);
  size_t length = (size_t)sqlite3_column_bytes(row, 1);
  if (bytes == NULL && sqlite3_errcode(db->handle) == SQLITE_NOMEM) return advisory_db_fail(db, error);
  if (bytes != NULL) *cursor = (struct advisory_cursor){bytes, (const char *)bytes + length, false};
  if ((uint64_t)sqlite3_column_int64(row, 0) == advisory_leaf_sum(table, number, cursor->next, length)) return true;
  return advisory_db_damaged(db, "a checksum does not match", error);
}

void advisory_leaf_done(struct advisory_db *db, enum advisory_table table) {
  sqlite3_reset(db->statements[TABLES[table].pick]);
}

bool advisory_leaf_put(struct advisory_db *db, enum advisory_table table, int64_t number, const void *bytes,
                       size_t length, struct advisory_error *error) {
  sqlite3_stmt *put = advisory_db_statement(db, TABLES[table].put, TABLES[table].put_sql, error);
  if (put == NULL) return false;
  if (bytes == NULL) bytes = "";
  sqlite3_bind_int64(put, 1, number);
  sqlite3_bind_int64(put, 2, (int64_t)advisory_leaf_sum(table, number, bytes, length));
  sqlite3_bind_blob64(put, 3, bytes, length, SQLITE_STATIC);
  return advisory_db_step(db, put, error);
}

bool advisory_leaf_drop(struct advisory_db *db, enum advisory_table table, int64_t number,
                        struct advisory_error *error) {
  sqlite3_stmt *drop = advisory_db_statement(db, TABLES[table].drop, TABLES[table].drop_sql, error);
  if (drop == NULL) return false;
  sqlite3_bind_int64(drop, 1, number);
  return advisory_db_step(db, drop, error);
}

int64_t advisory_leaf_of_package(const struct advisory_facts *facts, const char *name) {
  return 1 + (int64_t)(advisory_hash(name, strlen(name)) % (uint64_t)facts->package_leaves);
}

int64_t advisory_leaf_of_id(const struct advisory_facts *facts, const char *id, size_t length) {
  return 1 + facts->package_leaves + (int64_t)(advisory_hash(id, length) % (uint64_t)facts->id_leaves);
}

bool advisory_leaf_record(struct advisory_db *db, int64_t number, struct advisory_buffer *text,
                          struct advisory_error *error) {
  struct advisory_cursor cursor;
  bool done = advisory_leaf_read(db, ADVISORY_RECORDS, number, &cursor, error);
  if (done) {
    switch (advisory_unsqueeze(cursor.next, (size_t)(cursor.end - cursor.next), text)) {
      case ADVISORY_UNSQUEEZED: break;
      case ADVISORY_UNSQUEEZE_DAMAGED: done = advisory_db_damaged(db, "a record is cut", error); break;
      case ADVISORY_UNSQUEEZE_NO_MEMORY: done = advisory_db_no_memory(db, error); break;
    }
  }
  advisory_leaf_done(db, ADVISORY_RECORDS);
  return done;
}
