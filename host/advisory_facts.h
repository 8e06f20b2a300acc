/* What the database says about itself: leaf 0, written last in every import. */
#ifndef PYSEC_ADVISORY_FACTS_H
#define PYSEC_ADVISORY_FACTS_H

#include <stdint.h>

#include "advisory_buffer.h"
#include "advisory_error.h"
#include "severity.h"

struct advisory_db;

/* Where records come from: a URL, or "files". */
struct advisory_origin {
  const char *name;
  const char *imported_at;
  const char *etag, *last_modified;  /* as the source gave them; "": it did not */
  int64_t count;                     /* records that it gave, withdrawn ones included */
};

enum { ADVISORY_MAX_ORIGINS = 1000, ADVISORY_SEVERITIES = SEVERITY_CRITICAL + 1 };

/* Zeroed means not read yet. */
struct advisory_facts {
  int64_t package_leaves, id_leaves;  /* at least 1 each */
  int64_t last_number;  /* of a record that there ever was */
  int64_t count;        /* records, withdrawn ones included */
  int64_t withdrawn;
  int64_t packages;     /* that at least one record in force is about */
  int64_t malware;      /* records in force */
  int64_t severities[ADVISORY_SEVERITIES];  /* of records in force */
  const char *newest;       /* the latest `modified`; "" before the first import, and so is the next */
  const char *imported_at;
  struct advisory_origin *origins;
  size_t origin_count;
  struct advisory_buffer bytes;  /* that the texts are in */
  uint64_t sum;
};

/* Reads the facts of the present state of the database into db->facts. Errors: as advisory_leaf_read. */
bool advisory_facts_read(struct advisory_db *db, struct advisory_error *error);

/* Writes these facts; those of db->facts stay until they are read again. */
bool advisory_facts_write(struct advisory_db *db, const struct advisory_facts *facts, struct advisory_error *error);

void advisory_facts_free(struct advisory_facts *facts);

#endif
