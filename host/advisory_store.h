/* Takes records into the catalog and the table of records, one by one. */
#ifndef PYSEC_ADVISORY_STORE_H
#define PYSEC_ADVISORY_STORE_H

#include <lua.h>

#include "advisory_catalog.h"
#include "advisory_record.h"
#include "advisory_squeeze.h"

enum advisory_stored_as {
  ADVISORY_ADDED,
  ADVISORY_UPDATED,
  ADVISORY_UNCHANGED,  /* the same text, or an older one than the database holds */
  ADVISORY_SKIPPED     /* speaks of no package of PyPI, and never did */
};

/* What stays the same from record to record. */
struct advisory_store {
  struct advisory_db *db;
  struct advisory_catalog *catalog;
  struct advisory_squeezer *squeezer;
  size_t origin;  /* where the records come from: of the catalog's */
  struct advisory_scratch scratch;
  struct advisory_buffer squeezed;
};

/* Stores the record at the top of the stack, which was read from `text`, within the transaction of an import. Where
 * `text` is no JSON, it is NULL, and the record's own JSON is made. A record replaces the one with its id, unless it is
 * older. Sets *as, and *withdrawn when the record is withdrawn.
 * Errors: those of advisory_record.h and of the database. May raise (memory). Leaves values on the stack. */
bool advisory_store_record(struct advisory_store *store, lua_State *L, const char *text, size_t length,
                           enum advisory_stored_as *as, bool *withdrawn, struct advisory_error *error);

/* Drops the records of the store's origin that were not stored since the catalog was loaded, neither anew nor as they
 * are. */
bool advisory_store_drop_rest(struct advisory_store *store, int64_t *dropped, struct advisory_error *error);

/* Frees what it allocated, and the squeezer. */
void advisory_store_free(struct advisory_store *store);

#endif
