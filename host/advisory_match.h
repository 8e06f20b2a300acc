/* Which versions an advisory speaks of: https://ossf.github.io/osv-schema/#evaluation on PEP 440's order.
 *
 * Works on the compact texts that the database keeps. Ranges: one event a line, its kind before its
 * version, limits first and the others in the order of their versions; an empty line ends each range:
 *   "i0\nf2.10.1\n\ni2.11\na2.11.2\n\n". Versions: one a line.
 *
 * What cannot be ordered errs on the side of a report: an event whose version PEP 440 does not know
 * counts as "from the beginning" or "never ends"; but where an entry lists versions too, the list alone
 * speaks in the place of such a range. A local label (1.0+cpu) counts only against a version that has one
 * itself, as in PEP 440's specifiers: a rebuilt 1.0 has the flaws of 1.0. */
#ifndef PYSEC_ADVISORY_MATCH_H
#define PYSEC_ADVISORY_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "pep440.h"

enum { ADVISORY_MAX_PACKAGE = 256 };

enum advisory_event_kind {
  ADVISORY_INTRODUCED = 'i',
  ADVISORY_FIXED = 'f',
  ADVISORY_LAST_AFFECTED = 'a',
  ADVISORY_LIMIT = 'l'
};

struct advisory_event {
  enum advisory_event_kind kind;
  const char *text;  /* not owned, no line break in it */
  size_t length;
  size_t order;      /* for advisory_range_write alone */
};

/* Whether PEP 440 knows the versions of all events. */
bool advisory_range_is_ordered(const struct advisory_event *events, size_t count);

/* Writes the compact form of one range to `out`; returns its length, at most 1 + the sum of each
 * event's length + 3. Sorts `events` in place; events of equal versions keep their order. */
size_t advisory_range_write(struct advisory_event *events, size_t count, char *out);

/* Whether any of the ranges holds the version. */
bool advisory_ranges_hold(const char *ranges, const struct pep440 *version);

/* Whether the list names the version. */
bool advisory_versions_hold(const char *versions, const struct pep440 *version);

/* Versions that fix a flaw, ascending, each once. Zeroed means empty. */
struct advisory_fixes {
  struct advisory_fix {
    const char *text;  /* points into the ranges */
    size_t length;
  } *items;
  size_t count, capacity;
};

/* Adds the fixed events of `ranges` that are above `version` (NULL: all of them). False: no memory. */
bool advisory_fixes_add(struct advisory_fixes *fixes, const char *ranges, const struct pep440 *version);

/* Frees the list and leaves it empty. */
void advisory_fixes_free(struct advisory_fixes *fixes);

/* Writes the PEP 503 form of a package's name and a NUL; false when it is no name by PEP 508, or too long. */
bool advisory_package_normalize(const char *name, size_t length, char out[ADVISORY_MAX_PACKAGE]);

#endif
