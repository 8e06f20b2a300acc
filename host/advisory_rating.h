/* How bad a flaw is, by what its record says. */
#ifndef PYSEC_ADVISORY_RATING_H
#define PYSEC_ADVISORY_RATING_H

#include <lua.h>
#include <stdbool.h>

#include "severity.h"

enum { ADVISORY_NO_SCORE = -1, ADVISORY_MAX_VECTOR = 512 };

struct advisory_rating {
  enum severity severity;
  int score;           /* tenths, 0 to 100, or ADVISORY_NO_SCORE */
  const char *vector;  /* that gave the score; "": none */
};

/* Rates the OSV record at `index`, whose id is `id`: the highest of its vectors
 * (https://ossf.github.io/osv-schema/#severity-field), its own and those of its entries about PyPI; where none can
 * be read the database's own word. Malware (MAL-) is critical. What is malformed here counts as absent: a flaw
 * with an odd rating is still a flaw. The vector lives as long as the record. May raise (memory). */
struct advisory_rating advisory_rating_read(lua_State *L, int index, const char *id);

/* Whether a is worse than b: by severity, then by score. */
bool advisory_rating_is_above(const struct advisory_rating *a, const struct advisory_rating *b);

#endif
