/* The ratings of families of records: the highest of them counts for all. */
#ifndef PYSEC_ADVISORY_RATE_H
#define PYSEC_ADVISORY_RATE_H

#include "advisory_buffer.h"
#include "advisory_db.h"
#include "advisory_rating.h"

/* Works out which records in force belong together, and their ratings; the last step but one of a transaction. */
bool advisory_rate_all(struct advisory_db *db, struct advisory_error *error);

/* What is known of some ids. Zeroed means nothing. */
struct advisory_known {
  struct advisory_rating rating;  /* the highest; its vector is below */
  struct advisory_buffer vector;
  struct advisory_buffer ids;     /* of the records, one a line, each once */
};

/* Adds what the records in force with this id or alias say. A name that is not known adds nothing. Errors: as
 * advisory_find. */
bool advisory_rate(struct advisory_db *db, const char *name, struct advisory_known *known,
                   struct advisory_error *error);

/* Frees what it holds and leaves it empty. */
void advisory_known_free(struct advisory_known *known);

#endif
