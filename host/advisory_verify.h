/* Reading the whole database, to find damage before it is in the way. */
#ifndef PYSEC_ADVISORY_VERIFY_H
#define PYSEC_ADVISORY_VERIFY_H

#include "advisory_db.h"

/* Reads every page, leaf and record, and whether they fit together. Errors: ECORRUPT, ENODATA, ENOMEM, and those of
 * the database. */
bool advisory_verify(struct advisory_db *db, struct advisory_error *error);

#endif
