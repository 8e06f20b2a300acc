/* Reads one OSV record, a Lua value: https://ossf.github.io/osv-schema/.
 *
 * A record whose fields cannot be trusted is refused, since a range that is misread would hide a flaw.
 * Fields that the database does not need are not looked at. */
#ifndef PYSEC_ADVISORY_RECORD_H
#define PYSEC_ADVISORY_RECORD_H

#include <lua.h>

#include "advisory_buffer.h"
#include "advisory_error.h"
#include "advisory_match.h"

/* What a record says of itself. */
struct advisory_row {
  const char *id;
  const char *modified;
  const char *withdrawn;  /* "": it is in force */
  const char *aliases;    /* one a line */
  const char *summary;    /* one line, at most ADVISORY_SUMMARY_BYTES; may be "" */
};

/* Memory that is used again for every record. Zeroed at first. */
struct advisory_scratch {
  struct advisory_event *events;
  size_t event_capacity;
  struct advisory_buffer aliases, ranges, versions, summary;
};

void advisory_scratch_free(struct advisory_scratch *scratch);

/* Set L, error, scratch and root (the index of the value), and -1 for the three places. */
struct advisory_record {
  lua_State *L;
  struct advisory_error *error;
  struct advisory_scratch *scratch;
  int root;
  int entry, range, event;  /* what an error names; -1: not inside one */
  const char *part;         /* the object that the field is in, such as "package."; NULL: none */
};

/* Fills the texts of *row; they live as long as the record's value and the scratch.
 * Errors here and below: EINVAL, the text being the field and what is wrong with it, without a path;
 * ENOMEM. May raise (memory). After a failure the stack holds values of no use. */
bool advisory_record_read(struct advisory_record *record, struct advisory_row *row);

/* The number of `affected` entries. */
bool advisory_record_count(struct advisory_record *record, int *count);

/* Writes the names of PyPI's packages as PEP 503 normalises them into the record's table, as OSV's own service
 * has them: pip-audit finds fix versions by the exact name. *changed: some name was written otherwise. */
bool advisory_record_normalize(struct advisory_record *r, int count, bool *is_pypi, bool *changed);

/* Reads the name of the package that entry `i` (from 0) is about; NULL when it is none of PyPI. */
bool advisory_record_package(struct advisory_record *record, int i, const char **name, size_t *length);

/* Reads the versions of entry `i` into scratch->ranges and scratch->versions, in the form that
 * advisory_match.h describes. */
bool advisory_record_versions(struct advisory_record *record, int i);

#endif
