/* A database file that is asked by several threads for a long time: each question is answered from the last
 * import that was finished, whole, and waits for no writer.
 *
 * A file that was imported into, or replaced by another, is read again when the next question comes;
 * questions that come meanwhile are answered from the state before. A file that is gone, broken or foreign
 * answers nothing at all until it is mended: an answer from a state that nobody can renew would look like
 * "no known vulnerabilities" for ever. */
#ifndef PYSEC_ADVISORY_MIRROR_H
#define PYSEC_ADVISORY_MIRROR_H

#include <lua.h>

#include "advisory_db.h"
#include "advisory_log.h"

struct advisory_mirror;

/* What one question needs; its own while it is borrowed. */
struct advisory_reader {
  struct advisory_db *db;
  lua_State *L;  /* reads JSON: no host, no sandbox, no library */
};

/* Reads the database for at most `readers` threads at once, and stores the mirror in *mirror, NULL on
 * failure: the errors of advisory_db_open. What happens to the file later is said in `log`, which has to
 * outlive the mirror. */
bool advisory_mirror_open(struct advisory_mirror **mirror, const char *path, size_t readers,
                          struct advisory_log *log, struct advisory_error *error);

/* Lends a reader of the present state; NULL: there is none that could be answered from now. */
struct advisory_reader *advisory_mirror_borrow(struct advisory_mirror *mirror);
void advisory_mirror_return(struct advisory_mirror *mirror, struct advisory_reader *reader);

/* With every reader returned. Takes NULL; returns NULL. */
struct advisory_mirror *advisory_mirror_close(struct advisory_mirror *mirror);

#endif
