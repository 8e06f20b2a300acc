/* Questions about many things at once: what they allocate, and one state of the database that they are asked on. */
#ifndef PYSEC_LIB_ADVISORIES_JOB_H
#define PYSEC_LIB_ADVISORIES_JOB_H

#include "advisory_audit.h"
#include "advisory_known.h"
#include "advisory_lines.h"
#include "advisory_match.h"
#include "lib_advisories.h"

/* In a userdata, so that all is freed whatever is raised. */
struct lib_advisories_job {
  struct lib_advisories_db *self;
  struct advisory_package package;
  struct advisory_flaws flaws;
  struct advisory_fixes fixes;
  struct advisory_line *names;  /* of one flaw */
  size_t name_count, name_capacity;
  struct advisory_known known;
};

/* For a method with a table as its one argument: calls `body` with the job as a userdata and that table, while the
 * database is held. Returns what `body` returns, and raises what it raises. */
int lib_advisories_run(lua_State *L, lua_CFunction body);

/* Pushes a flaw, whose records these are, as db:audit gives it but for the package that has it. Raises (memory). */
void lib_advisories_push_flaw(lua_State *L, struct lib_advisories_job *job, const struct advisory_held *items,
                              size_t count, const struct pep440 *version);

/* Raises for want of memory. */
void lib_advisories_no_memory(lua_State *L, const struct lib_advisories_job *job);

#endif
