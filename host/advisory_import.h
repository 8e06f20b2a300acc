/* Imports OSV records: all of a source, or nothing. */
#ifndef PYSEC_ADVISORY_IMPORT_H
#define PYSEC_ADVISORY_IMPORT_H

#include <lua.h>

#include "advisory_db.h"

struct advisory_counts {
  lua_Integer read;       /* added + updated + unchanged + skipped */
  lua_Integer added;
  lua_Integer updated;
  lua_Integer unchanged;  /* the same as, or older than, what the database has */
  lua_Integer skipped;    /* speak of no package of PyPI */
  lua_Integer withdrawn;  /* of those read */
  lua_Integer removed;    /* that this source does not bring any more */
};

struct advisory_import_options {
  const char *origin;          /* where the records come from: a URL, or "files" */
  lua_Integer least;           /* fewer records about PyPI are refused */
  bool replace;                /* drop the records of this origin that the import does not bring */
  const char *etag, *last_modified;  /* kept as they are; "" for none */
};

enum advisory_import_result {
  ADVISORY_IMPORT_DONE,
  ADVISORY_IMPORT_FAILED,  /* *error says why; the database is as it was */
  ADVISORY_IMPORT_RAISED   /* a Lua error (memory, an interrupt) is on the stack; the database is as it was */
};

/* Imports a folder, a zip or a file; see advisory_source.h. `L` reads the records.
 * Errors beyond those of the source and the database: EJSON, EYAML and EINVAL for a malformed record,
 * ENODATA for a source without any record of PyPI, EFEW for one with fewer than options->least, E2BIG for more
 * origins than a database keeps. */
enum advisory_import_result advisory_import(lua_State *L, struct advisory_db *db, const char *path,
                                            const struct advisory_import_options *options,
                                            struct advisory_counts *counts, struct advisory_error *error);

#endif
