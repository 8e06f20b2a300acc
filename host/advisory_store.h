/* Writes records as rows of the database. */
#ifndef PYSEC_ADVISORY_STORE_H
#define PYSEC_ADVISORY_STORE_H

#include <lua.h>

#include "advisory_db.h"
#include "advisory_record.h"

enum advisory_stored {
  ADVISORY_ADDED,
  ADVISORY_UPDATED,
  ADVISORY_UNCHANGED,  /* the same text, or an older one than the database holds */
  ADVISORY_SKIPPED     /* speaks of no package of PyPI, and never did */
};

/* Stores the record at the top of the stack, which was read from `text`, within a transaction of the
 * caller. Sets *stored, and *withdrawn when the record is withdrawn.
 * Errors: those of advisory_record.h and of the database. May raise (memory). Leaves values on the
 * stack. */
bool advisory_store(struct advisory_db *db, struct advisory_scratch *scratch, lua_State *L, const char *text,
                    size_t length, enum advisory_stored *stored, bool *withdrawn,
                    struct advisory_error *error);

/* Brings the facts about the imports and the checksum up to date; the last step of a transaction. */
bool advisory_store_facts(struct advisory_db *db, const char *source, const char *imported_at,
                          struct advisory_error *error);

#endif
