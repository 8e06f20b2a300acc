/* Which flaws a version of a package has: records that name each other are one flaw. */
#ifndef PYSEC_ADVISORY_AUDIT_H
#define PYSEC_ADVISORY_AUDIT_H

#include "advisory_package.h"
#include "pep440.h"

/* One record that holds for the version. */
struct advisory_held {
  const struct advisory_entry *entry;
  const struct advisory_entry *first;  /* the one that gives the flaw its id */
};

/* Zeroed means empty; may be used again for the next version. */
struct advisory_flaws {
  struct advisory_held *items;  /* flaws in the order of their ids; in each its first record, then the others */
  size_t count, capacity;
};

/* Finds the records that hold and groups them: records share a flaw where one names the other, or both name a
 * third, as id or alias, directly or through others that hold. A flaw's first record is one of PyPA's (PYSEC-) where
 * there is one, then of malware (MAL-), of GitHub (GHSA-), of others; of several the first by name. False: no
 * memory. */
bool advisory_audit(const struct advisory_package *package, const struct pep440 *version,
                    struct advisory_flaws *flaws);

/* Frees the list and leaves it empty. */
void advisory_flaws_free(struct advisory_flaws *flaws);

#endif
