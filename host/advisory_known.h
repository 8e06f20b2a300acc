/* Which records an id or alias names. */
#ifndef PYSEC_ADVISORY_KNOWN_H
#define PYSEC_ADVISORY_KNOWN_H

#include "advisory_arena.h"
#include "advisory_db.h"
#include "advisory_stored.h"

/* Records, each once. Zeroed means none. Texts live as long as the list. */
struct advisory_known {
  struct advisory_stored *items;
  size_t count, capacity;
  struct advisory_arena arena;
};

enum advisory_naming { ADVISORY_BY_ID = 1, ADVISORY_BY_ALIAS = 2 };

/* Adds the records, withdrawn ones too, that have the name as their id, or as an alias; `naming` is one of both or
 * their sum. To be called while the database is held. Errors: ECORRUPT, ENOMEM, and those of the database. */
bool advisory_known_add(struct advisory_db *db, const char *name, int naming, struct advisory_known *known,
                        struct advisory_error *error);

/* Those in force first, then by id. */
void advisory_known_sort(struct advisory_known *known);

/* Frees all and leaves it empty. */
void advisory_known_free(struct advisory_known *known);

#endif
