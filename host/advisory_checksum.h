/* Checksums over rows of the advisory database: they find damage, not forgery.
 *
 * A change of a single byte always changes the sum: every step is a bijection. */
#ifndef PYSEC_ADVISORY_CHECKSUM_H
#define PYSEC_ADVISORY_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "advisory_db.h"

/* A row of the table advisories. */
struct advisory_row {
  int64_t number;
  const char *id;
  const char *modified;
  const char *withdrawn;  /* "": it is in force */
  const char *aliases;
  const char *summary;
  const char *record;
  size_t record_length;
};

uint64_t advisory_checksum_row(const struct advisory_row *row);

/* Computes the checksum of all that decides whether a package is affected: the schema, the affected
 * rows in order, and the facts about the imports. */
bool advisory_checksum_database(struct advisory_db *db, uint64_t *sum, struct advisory_error *error);

#endif
