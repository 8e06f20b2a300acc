/* Questions to the advisory database whose answers are records. */
#ifndef PYSEC_ADVISORY_FIND_H
#define PYSEC_ADVISORY_FIND_H

#include "advisory_db.h"
#include "advisory_match.h"
#include "advisory_rating.h"

/* One advisory; its texts live as long as itself. Lists hold one item a line. */
struct advisory_hit {
  const char *id;
  const char *modified;
  const char *aliases;
  const char *summary;  /* "" from advisory_get */
  struct advisory_rating rating;  /* the highest of all records in force that share an id or alias with it */
  const char *fixes;   /* versions above the one that was asked for, ascending */
  const char *record;  /* the OSV record as it was imported */
  size_t record_length;
};

struct advisory_hits {
  struct advisory_hit **items;
  size_t count, capacity;
};

/* Finds the advisories that hold for a version of a package (NULL: for any version), in the order of
 * their ids, withdrawn ones left out. `package` is normalised by PEP 503.
 * Returns hits that the caller frees; NULL with *error filled: ECORRUPT, ENODATA (nothing was imported
 * yet), EBUSY, ENOMEM, EIO. */
struct advisory_hits *advisory_find(struct advisory_db *db, const char *package, const struct pep440 *version,
                                    struct advisory_error *error);

/* Finds one advisory by its id, or else by an alias where `with_aliases`; also one that is withdrawn, but
 * of several with an alias one in force goes first. Returns one hit or none, else as advisory_find. */
struct advisory_hits *advisory_get(struct advisory_db *db, const char *id, bool with_aliases,
                                   struct advisory_error *error);

/* Frees hits; takes NULL. */
void advisory_hits_free(struct advisory_hits *hits);

#endif
