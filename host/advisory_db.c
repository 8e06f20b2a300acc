/* Reading and writing the database once it is open, and what can go wrong. */
#include "advisory_db.h"

#include "advisory_leaf.h"

/* --- errors --- */

bool advisory_db_not_ours(const char *path, struct advisory_error *error) {
  return advisory_fail(error, "EFORMAT",
                       "%s: not an advisory database; move it away or name another with --database, and get one"
                       " with: pysec advisories update, or import FILE", path);
}

bool advisory_db_damaged(struct advisory_db *db, const char *what, struct advisory_error *error) {
  return advisory_fail(error, "ECORRUPT",
                       "%s: damaged (%s); remove it, then make it anew with: pysec advisories update, or import FILE",
                       db->path, what);
}

bool advisory_db_no_memory(struct advisory_db *db, struct advisory_error *error) {
  return advisory_fail(error, "ENOMEM", "%s: not enough memory", db->path);
}

bool advisory_db_fail(struct advisory_db *db, struct advisory_error *error) {
  const char *text = sqlite3_errmsg(db->handle);
  const char *code = "EIO";
  switch (sqlite3_errcode(db->handle) & 0xff) {
    case SQLITE_NOTADB:
      return advisory_db_not_ours(db->path, error);
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* a table or column that is not there, or SQL in the file that does not parse */
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
      return advisory_db_damaged(db, text, error);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return advisory_fail(error, "EBUSY", "%s: in use by another import; try again when it is done",
                           db->path);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM: code = "EACCES"; break;
    case SQLITE_NOMEM: code = "ENOMEM"; break;
    case SQLITE_FULL: code = "ENOSPC"; break;
    default: break;
  }
  return advisory_fail(error, code, "%s: %s", db->path, text);
}

/* --- statements --- */

sqlite3_stmt *advisory_db_statement(struct advisory_db *db, enum advisory_statement slot, const char *sql,
                                    struct advisory_error *error) {
  sqlite3_stmt **statement = &db->statements[slot];
  if (*statement == NULL &&
      sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK) {
    advisory_db_fail(db, error);
    return NULL;
  }
  sqlite3_reset(*statement);
  sqlite3_clear_bindings(*statement);
  return *statement;
}

bool advisory_db_step(struct advisory_db *db, sqlite3_stmt *statement, struct advisory_error *error) {
  bool done = sqlite3_step(statement) == SQLITE_DONE || advisory_db_fail(db, error);
  sqlite3_reset(statement);
  return done;
}

bool advisory_db_run(struct advisory_db *db, const char *sql, struct advisory_error *error) {
  return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK || advisory_db_fail(db, error);
}

/* --- transactions --- */

bool advisory_db_check_imported(struct advisory_db *db, bool may_be_new, struct advisory_error *error) {
  return may_be_new || db->facts.imported_at[0] != '\0' ||
         advisory_fail(error, "ENODATA",
                       "%s: holds no advisories yet; get some with: pysec advisories update, or import FILE", db->path);
}

/* Ends a transaction whose end failed, for want of memory. */
static bool leave_transaction(struct advisory_db *db, struct advisory_error *error) {
  return sqlite3_get_autocommit(db->handle) || advisory_db_run(db, "ROLLBACK", error);
}

bool advisory_db_hold(struct advisory_db *db, bool may_be_new, struct advisory_error *error) {
  if (!leave_transaction(db, error) || !advisory_db_run(db, "BEGIN", error)) return false;
  if (advisory_facts_read(db, error) && advisory_db_check_imported(db, may_be_new, error)) return true;
  advisory_db_release(db);
  return false;
}

void advisory_db_release(struct advisory_db *db) {
  sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

bool advisory_db_begin(struct advisory_db *db, struct advisory_error *error) {
  if (!advisory_db_hold(db, true, error)) return false;
  advisory_db_release(db);
  if (!leave_transaction(db, error)) return false;
  /* Of the first import nobody waits for the state before: it can do without a log, which writes all twice. */
  bool is_first = db->facts.imported_at[0] == '\0';
  if ((!is_first && !advisory_db_run(db, "PRAGMA journal_mode = WAL", error)) ||
      !advisory_db_run(db, "BEGIN IMMEDIATE", error))
    return false;
  return advisory_facts_read(db, error) || advisory_db_end(db, false, error);
}

enum { LEAVE_ATTEMPTS = 10, LEAVE_MILLISECONDS = 20 };

/* A log that stays would be read into a file that somebody moves over this one. Readers are in the way of its
 * removal; most are gone in a moment, and for those that stay it is emptied. */
static void leave_log(struct advisory_db *db) {
  sqlite3_busy_timeout(db->handle, 0);
  for (int i = 0; i < LEAVE_ATTEMPTS; i++) {
    if (sqlite3_exec(db->handle, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) == SQLITE_OK) break;
    if (i + 1 == LEAVE_ATTEMPTS) sqlite3_exec(db->handle, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    else sqlite3_sleep(LEAVE_MILLISECONDS);
  }
  sqlite3_busy_timeout(db->handle, ADVISORY_BUSY_MILLISECONDS);
}

bool advisory_db_end(struct advisory_db *db, bool commit, struct advisory_error *error) {
  bool done = commit && advisory_db_run(db, "COMMIT", error);
  if (!done) sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
  leave_log(db);
  return done;
}
