/* What the database says about one package, read in one go. */
#ifndef PYSEC_ADVISORY_PACKAGE_H
#define PYSEC_ADVISORY_PACKAGE_H

#include "advisory_db.h"
#include "advisory_stored.h"

/* Texts live as long as the package. */
struct advisory_package {
  struct advisory_entry *entries;
  size_t count, capacity;
  char *texts;
};

/* Reads what is known of a package, its name normalised by PEP 503, into *package: nothing for one that is not
 * known. To be called while the database is held. The caller frees it, also after a failure. Errors: ECORRUPT, ENOMEM,
 * and those of the database. */
bool advisory_package_read(struct advisory_db *db, const char *name, struct advisory_package *package,
                           struct advisory_error *error);

/* Frees what it holds and leaves it empty. */
void advisory_package_free(struct advisory_package *package);

#endif
