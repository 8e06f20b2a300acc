/* What the database says about one package, read in one go. */
#ifndef PYSEC_ADVISORY_PACKAGE_H
#define PYSEC_ADVISORY_PACKAGE_H

#include "advisory_db.h"
#include "advisory_rating.h"

/* One record in force, as far as it is about the package. Texts live as long as the package; lists hold one item
 * a line. */
struct advisory_entry {
  int64_t number;   /* of the record */
  int64_t family;   /* records of one family share ids or aliases, directly or through others */
  const char *id;
  const char *modified;
  const char *aliases;
  const char *summary;
  const char *versions;  /* these two as advisory_match.h has them */
  const char *ranges;
  struct advisory_rating rating;  /* the highest of the family */
};

struct advisory_package {
  struct advisory_entry *entries;
  size_t count, capacity;
  char *texts;
};

/* Reads what is known of a package, its name normalised by PEP 503, into *package: nothing for one that is not
 * known. The caller frees it, also after a failure. Errors: as advisory_find. */
bool advisory_package_read(struct advisory_db *db, const char *name, struct advisory_package *package,
                           struct advisory_error *error);

/* Frees what it holds and leaves it empty. */
void advisory_package_free(struct advisory_package *package);

#endif
