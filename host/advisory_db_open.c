/* Opening, making and checking the database file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "advisory_leaf.h"

enum { APPLICATION_ID = 0x70797365 /* "pyse" */, SCHEMA_VERSION = 2 };

/* See advisory_leaf.h. */
static const char *const SCHEMA =
    "CREATE TABLE leaves (number INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, content BLOB NOT NULL);"
    "CREATE TABLE records (number INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, content BLOB NOT NULL);";

static bool read_integer(struct advisory_db *db, const char *sql, int64_t *value,
                         struct advisory_error *error) {
  sqlite3_stmt *row;
  if (sqlite3_prepare_v2(db->handle, sql, -1, &row, NULL) != SQLITE_OK) return advisory_db_fail(db, error);
  int status = sqlite3_step(row);
  *value = status == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
  bool done = status == SQLITE_ROW || status == SQLITE_DONE || advisory_db_fail(db, error);
  sqlite3_finalize(row);
  return done;
}

/* --- checking --- */

static bool check_format(struct advisory_db *db, struct advisory_error *error) {
  int64_t application, version;
  if (!read_integer(db, "PRAGMA application_id", &application, error) ||
      !read_integer(db, "PRAGMA user_version", &version, error))
    return false;
  if (application != APPLICATION_ID || version < 1)
    return advisory_db_not_ours(db->path, error);
  if (version < SCHEMA_VERSION)
    return advisory_fail(error, "EVERSION",
                         "%s: made by an older pysec (format %lld, this one reads %d); remove it, then make it anew "
                         "with: pysec advisories update, or import FILE",
                         db->path, (long long)version, SCHEMA_VERSION);
  if (version > SCHEMA_VERSION)
    return advisory_fail(error, "EVERSION",
                         "%s: made by a newer pysec (format %lld, this one reads %d); update pysec, or name "
                         "another file with --database",
                         db->path, (long long)version, SCHEMA_VERSION);
  return true;
}

/* In one read transaction, so that an import that ends meanwhile is not taken for damage. */
bool advisory_db_check(struct advisory_db *db, struct advisory_error *error) {
  if (!advisory_db_run(db, "BEGIN", error)) return false;
  bool done = check_format(db, error) && advisory_facts_read(db, error);
  advisory_db_release(db);
  return done && advisory_db_check_imported(db, db->writable, error);
}

/* --- making --- */

static bool is_blank(struct advisory_db *db, bool *blank, struct advisory_error *error) {
  int64_t objects, application;
  if (!read_integer(db, "SELECT count(*) FROM sqlite_master", &objects, error) ||
      !read_integer(db, "PRAGMA application_id", &application, error))
    return false;
  *blank = objects == 0 && application == 0;
  return true;
}

static bool write_schema(struct advisory_db *db, struct advisory_error *error) {
  static const struct advisory_facts none = {.package_leaves = 1, .id_leaves = 1, .newest = "", .imported_at = ""};
  char sql[96];
  snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID, SCHEMA_VERSION);
  return advisory_db_run(db, SCHEMA, error) && advisory_facts_write(db, &none, error) &&
         advisory_leaf_put(db, ADVISORY_LEAVES, 1, NULL, 0, error) &&
         advisory_leaf_put(db, ADVISORY_LEAVES, 2, NULL, 0, error) && advisory_db_run(db, sql, error);
}

/* Two processes that make one database at once are told apart by asking again under the write lock. */
static bool create(struct advisory_db *db, struct advisory_error *error) {
  bool blank;
  if (!is_blank(db, &blank, error)) return false;
  if (!blank) return true;
  if (!advisory_db_run(db, "BEGIN IMMEDIATE", error)) return false;
  if (is_blank(db, &blank, error) && (!blank || write_schema(db, error)) &&
      advisory_db_run(db, "COMMIT", error))
    return true;
  sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
  return false;
}

/* --- opening --- */

/* What SQLite is given: it takes names such as "file:x?mode=rwc" and ":memory:" for something else. */
static char *plain_name(const char *path) {
  char *name = malloc(strlen(path) + 3);
  if (name != NULL) sprintf(name, "%s%s", path[0] == '/' ? "" : "./", path);
  return name;
}

static char *immutable_name(const char *plain) {
  static const char start[] = "file:", end[] = "?immutable=1";
  char *name = malloc(sizeof start + 3 * strlen(plain) + sizeof end);
  if (name == NULL) return NULL;
  char *next = name + sprintf(name, "%s", start);
  for (const char *c = plain; *c != '\0'; c++)
    next += strchr("%?#", *c) != NULL ? sprintf(next, "%%%02X", (unsigned char)*c) : sprintf(next, "%c", *c);
  strcpy(next, end);
  return name;
}

static bool check_file(const char *path, bool writable, struct advisory_error *error) {
  struct stat info;
  if (stat(path, &info) == 0) {
    if (S_ISREG(info.st_mode)) return true;
    return advisory_db_not_ours(path, error);
  }
  if (errno != ENOENT) return advisory_fail_errno(error, path);
  return writable ||
         advisory_fail(error, "ENOENT",
                       "%s: no advisory database here; get one with: pysec advisories update, or import FILE", path);
}

static void disconnect(struct advisory_db *db) {
  for (int i = 0; i < ADVISORY_STATEMENTS; i++) {
    sqlite3_finalize(db->statements[i]);
    db->statements[i] = NULL;
  }
  sqlite3_close(db->handle);
  db->handle = NULL;
}

static bool connect(struct advisory_db *db, const char *name, int flags, struct advisory_error *error) {
  if (name == NULL) return advisory_fail(error, "ENOMEM", "%s: not enough memory", db->path);
  disconnect(db);
  int status = sqlite3_open_v2(name, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
  if (db->handle == NULL) return advisory_fail(error, "ENOMEM", "%s: not enough memory", db->path);
  if (status != SQLITE_OK) return advisory_db_fail(db, error);
  sqlite3_busy_timeout(db->handle, ADVISORY_BUSY_MILLISECONDS);
  sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  /* A file of ours has none; one of a stranger's could keep a query busy for ever. */
  sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
  sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
  return advisory_db_run(db, "PRAGMA cell_size_check = ON", error);
}

static bool exists_beside(const char *name, const char *end) {
  struct stat info;
  char *path = malloc(strlen(name) + strlen(end) + 1);
  if (path == NULL) return true;
  sprintf(path, "%s%s", name, end);
  bool found = stat(path, &info) == 0 && info.st_size > 0;
  free(path);
  return found;
}

/* Whether a log waits to be read, or the journal of an import that was cut off to be undone. */
static bool has_log(const char *name) {
  return exists_beside(name, "-wal") || exists_beside(name, "-journal");
}

static bool open_reading(struct advisory_db *db, const char *name, struct advisory_error *error) {
  if (!connect(db, name, SQLITE_OPEN_READONLY, error)) return false;
  if (advisory_db_check(db, error)) return true;
  if (strcmp(error->code, "EACCES") != 0) return false;
  /* A connection that reads may not undo what an import left when it was cut off; SQLite does so for one that may
   * write, where its user may. An import that goes on holds a lock, by which its journal is told from such a one. */
  if (has_log(name)) return connect(db, name, SQLITE_OPEN_READWRITE, error) && advisory_db_check(db, error);
  /* A file that is still in WAL mode wants others beside it. Where they cannot be made, and no log waits
   * to be read, the file alone is the whole database. */
  char *immutable = immutable_name(name);
  bool good = connect(db, immutable, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error) && advisory_db_check(db, error);
  free(immutable);
  return good;
}

static bool open_writing(struct advisory_db *db, const char *name, struct advisory_error *error) {
  if (!connect(db, name, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error)) return false;
  /* SQLite opens for reading what it may not write, and says so at the first write alone. */
  if (sqlite3_db_readonly(db->handle, "main") == 1)
    return advisory_fail(error, "EACCES", "%s: no right to write this file", db->path);
  return advisory_db_run(db, "PRAGMA cache_size = -65536", error) && create(db, error) && advisory_db_check(db, error);
}

bool advisory_db_open(struct advisory_db **result, const char *path, bool writable,
                      struct advisory_error *error) {
  *result = NULL;
  if (!check_file(path, writable, error)) return false;
  struct advisory_db *db = calloc(1, sizeof *db);
  char *name = plain_name(path);
  if (db != NULL) db->path = strdup(path);
  if (db == NULL || name == NULL || db->path == NULL) {
    advisory_fail(error, "ENOMEM", "%s: not enough memory", path);
  } else {
    db->writable = writable;
    if (writable ? open_writing(db, name, error) : open_reading(db, name, error)) *result = db;
  }
  free(name);
  if (*result == NULL) advisory_db_close(db);
  return *result != NULL;
}

struct advisory_db *advisory_db_close(struct advisory_db *db) {
  if (db == NULL) return NULL;
  disconnect(db);
  advisory_facts_free(&db->facts);
  free(db->path);
  free(db);
  return NULL;
}
