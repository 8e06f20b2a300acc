/* The local advisory database: one SQLite file.
 *
 * Opening it reads its facts alone, however large it is. All that is read later is checked against a checksum, so
 * that damage is refused and never looks like nothing: see advisory_leaf.h.
 *
 * One thread at a time may use a database; several may be open on one file, in any process. Readers see
 * the state of the last import that was finished, and wait for no writer. */
#ifndef PYSEC_ADVISORY_DB_H
#define PYSEC_ADVISORY_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "advisory_error.h"
#include "advisory_facts.h"

/* One prepared statement each, made at its first use and kept. The SQL stands where it is used. */
enum advisory_statement {
  ADVISORY_PICK_LEAF,
  ADVISORY_PICK_RECORD,
  ADVISORY_PUT_LEAF,
  ADVISORY_PUT_RECORD,
  ADVISORY_DROP_LEAF,
  ADVISORY_DROP_RECORD,
  ADVISORY_STATEMENTS
};

enum { ADVISORY_BUSY_MILLISECONDS = 10000 };  /* how long to wait for others at the most */

struct advisory_db {
  sqlite3 *handle;
  char *path;      /* as the user wrote it */
  bool writable;
  struct advisory_facts facts;  /* of the state that advisory_db_hold or advisory_db_begin found */
  sqlite3_stmt *statements[ADVISORY_STATEMENTS];
};

/* Opens the database at `path` and stores it in *db. A writable one is made when there is none.
 * Errors: ENOENT (none there), EFORMAT (no database of ours), EVERSION (a newer or older pysec made it),
 * ECORRUPT, ENODATA (nothing was imported yet; only when not writable), EBUSY, EACCES, ENOMEM, EIO. */
bool advisory_db_open(struct advisory_db **db, const char *path, bool writable, struct advisory_error *error);

/* What opening does once there is a connection: reads the format and the facts. */
bool advisory_db_check(struct advisory_db *db, struct advisory_error *error);

/* Closes it. Takes NULL; returns NULL. */
struct advisory_db *advisory_db_close(struct advisory_db *db);

/* The statement of `slot`, reset and with nothing bound; NULL with *error filled. */
sqlite3_stmt *advisory_db_statement(struct advisory_db *db, enum advisory_statement slot, const char *sql,
                                    struct advisory_error *error);

/* Runs SQL that returns no rows. */
bool advisory_db_run(struct advisory_db *db, const char *sql, struct advisory_error *error);

/* Runs a bound statement that returns no rows, and resets it. */
bool advisory_db_step(struct advisory_db *db, sqlite3_stmt *statement, struct advisory_error *error);

/* Whether an import was ever finished, by db->facts: until then finding nothing is no answer. ENODATA, unless
 * `may_be_new`. */
bool advisory_db_check_imported(struct advisory_db *db, bool may_be_new, struct advisory_error *error);

/* Between these two all is read from one state of the database, whatever an import does meanwhile; db->facts are
 * those of that state. Errors: those of reading, and ENODATA where no import was ever finished, unless `may_be_new`. */
bool advisory_db_hold(struct advisory_db *db, bool may_be_new, struct advisory_error *error);
void advisory_db_release(struct advisory_db *db);

/* Begin and end the transaction of an import. It is written in WAL mode, so that nobody who reads has to
 * wait; at its end the mode goes back (unless a reader is in the way), so that at rest the database is one
 * file that can be copied, and read where nothing may be written. */
bool advisory_db_begin(struct advisory_db *db, struct advisory_error *error);
bool advisory_db_end(struct advisory_db *db, bool commit, struct advisory_error *error);

/* Fills *error with SQLite's last error on this database, and the way out. Always false. */
bool advisory_db_fail(struct advisory_db *db, struct advisory_error *error);

/* Fills *error: EFORMAT, the file at `path` is no database of ours. Always false. */
bool advisory_db_not_ours(const char *path, struct advisory_error *error);

/* Fills *error: ENOMEM. Always false. */
bool advisory_db_no_memory(struct advisory_db *db, struct advisory_error *error);

/* Fills *error: the file is damaged in `what`. Always false. */
bool advisory_db_damaged(struct advisory_db *db, const char *what, struct advisory_error *error);

#endif
