/* One state of a database file, copied into memory.
 *
 * Who answers for days from a file must not hold on to it: an open connection keeps SQLite's log alive,
 * which would spoil a file that is moved over the old one, and a file that is written over in place changes
 * in the middle of an answer. So the service reads the file once, closes it, and looks at its dates. */
#ifndef PYSEC_ADVISORY_SNAPSHOT_H
#define PYSEC_ADVISORY_SNAPSHOT_H

#include <sys/types.h>
#include <time.h>

#include "advisory_db.h"

/* What tells one state of a file, and of SQLite's log beside it, from another. */
struct advisory_stamp {
  struct advisory_stamp_file {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed;  /* all zero: there is no such file */
  } database, log;
};

/* `log` is what advisory_snapshot_log said when the file was read. */
struct advisory_stamp advisory_stamp_take(const char *path, const char *log);

bool advisory_stamp_equal(const struct advisory_stamp *left, const struct advisory_stamp *right);

/* Whether the last change is so long ago that the next one will have another date: clocks of file systems
 * tick slowly. */
bool advisory_stamp_is_settled(const struct advisory_stamp *stamp);

/* The path of SQLite's log of a database, behind symbolic links; the caller frees it. NULL: no memory. */
char *advisory_snapshot_log(const char *path);

struct advisory_snapshot;

/* Reads and checks the last finished state of the database at `path`. NULL with *error filled, as
 * advisory_db_open does. */
struct advisory_snapshot *advisory_snapshot_take(const char *path, struct advisory_error *error);

/* A database over the snapshot, which has to outlive it; for one thread at a time. Close it with
 * advisory_db_close. NULL with *error filled: ENOMEM. */
struct advisory_db *advisory_snapshot_open(struct advisory_snapshot *snapshot, struct advisory_error *error);

/* A snapshot lives until it was released once more often than it was held. These may be called from several
 * threads; release takes NULL and returns NULL. */
struct advisory_snapshot *advisory_snapshot_hold(struct advisory_snapshot *snapshot);
struct advisory_snapshot *advisory_snapshot_release(struct advisory_snapshot *snapshot);

#endif
