/* Copies by sqlite3_serialize, https://www.sqlite.org/c3ref/serialize.html, and databases over the copies. */
#include "advisory_snapshot.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SETTLED_SECONDS = 2 };

struct advisory_snapshot {
  atomic_int holders;
  char *path;
  unsigned char *bytes;  /* sqlite3_malloc; never written once it is here */
  sqlite3_int64 size;
};

/* --- stamps --- */

static struct advisory_stamp_file stamp_file(const char *path) {
  struct stat info;
  if (stat(path, &info) != 0) return (struct advisory_stamp_file){0};
  return (struct advisory_stamp_file){info.st_dev, info.st_ino, info.st_size, info.st_mtim, info.st_ctim};
}

struct advisory_stamp advisory_stamp_take(const char *path, const char *log) {
  return (struct advisory_stamp){stamp_file(path), stamp_file(log)};
}

static bool is_same_time(struct timespec left, struct timespec right) {
  return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
}

static bool is_same_file(const struct advisory_stamp_file *left, const struct advisory_stamp_file *right) {
  return left->device == right->device && left->inode == right->inode && left->size == right->size &&
         is_same_time(left->modified, right->modified) && is_same_time(left->changed, right->changed);
}

bool advisory_stamp_equal(const struct advisory_stamp *left, const struct advisory_stamp *right) {
  return is_same_file(&left->database, &right->database) && is_same_file(&left->log, &right->log);
}

bool advisory_stamp_is_settled(const struct advisory_stamp *stamp) {
  time_t last = time(NULL) - SETTLED_SECONDS;
  return stamp->database.changed.tv_sec < last && stamp->log.changed.tv_sec < last;
}

char *advisory_snapshot_log(const char *path) {
  char *real = realpath(path, NULL);
  const char *database = real != NULL ? real : path;
  char *log = malloc(strlen(database) + sizeof "-wal");
  if (log != NULL) sprintf(log, "%s-wal", database);
  free(real);
  return log;
}

/* --- copying --- */

/* Copies within one read transaction. */
static bool copy(struct advisory_snapshot *snapshot, struct advisory_db *db, struct advisory_error *error) {
  if (!advisory_db_run(db, "BEGIN; SELECT count(*) FROM sqlite_master", error)) return false;
  snapshot->bytes = sqlite3_serialize(db->handle, "main", &snapshot->size, 0);
  if (!advisory_db_run(db, "COMMIT", error)) return false;
  if (snapshot->bytes == NULL) return advisory_fail(error, "ENOMEM", "%s: not enough memory", db->path);
  /* In memory there is no log to write ahead to: bytes 18 and 19 of the header say so,
   * https://www.sqlite.org/fileformat2.html#file_format_version_numbers. */
  if (snapshot->size > 19) snapshot->bytes[18] = snapshot->bytes[19] = 1;
  return true;
}

/* Whether what was copied is whole: an import, or anything else, may have come between opening and copying. */
static bool check(struct advisory_snapshot *snapshot, struct advisory_error *error) {
  struct advisory_db *db = advisory_snapshot_open(snapshot, error);
  bool good = db != NULL && advisory_db_check(db, error);
  advisory_db_close(db);
  return good;
}

struct advisory_snapshot *advisory_snapshot_take(const char *path, struct advisory_error *error) {
  struct advisory_db *db;
  if (!advisory_db_open(&db, path, false, error)) return NULL;
  struct advisory_snapshot *snapshot = calloc(1, sizeof *snapshot);
  if (snapshot != NULL) {
    atomic_init(&snapshot->holders, 1);
    snapshot->path = strdup(path);
  }
  bool good = false;
  if (snapshot == NULL || snapshot->path == NULL)
    advisory_fail(error, "ENOMEM", "%s: not enough memory", path);
  else
    good = copy(snapshot, db, error);
  advisory_db_close(db);
  return good && check(snapshot, error) ? snapshot : advisory_snapshot_release(snapshot);
}

/* --- using --- */

static bool connect(struct advisory_db *db, struct advisory_snapshot *snapshot) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(":memory:", &db->handle, flags, NULL) != SQLITE_OK ||
      sqlite3_deserialize(db->handle, "main", snapshot->bytes, snapshot->size, snapshot->size,
                          SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
    return false;
  sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  return sqlite3_exec(db->handle, "PRAGMA cell_size_check = ON", NULL, NULL, NULL) == SQLITE_OK;
}

struct advisory_db *advisory_snapshot_open(struct advisory_snapshot *snapshot, struct advisory_error *error) {
  struct advisory_db *db = calloc(1, sizeof *db);
  if (db != NULL) db->path = strdup(snapshot->path);
  if (db != NULL && db->path != NULL && connect(db, snapshot)) return db;
  advisory_fail(error, "ENOMEM", "%s: not enough memory", snapshot->path);
  return advisory_db_close(db);
}

struct advisory_snapshot *advisory_snapshot_hold(struct advisory_snapshot *snapshot) {
  atomic_fetch_add(&snapshot->holders, 1);
  return snapshot;
}

struct advisory_snapshot *advisory_snapshot_release(struct advisory_snapshot *snapshot) {
  if (snapshot == NULL || atomic_fetch_sub(&snapshot->holders, 1) > 1) return NULL;
  sqlite3_free(snapshot->bytes);
  free(snapshot->path);
  free(snapshot);
  return NULL;
}
