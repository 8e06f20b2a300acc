/* Version specifiers of PEP 440, such as ">=1.2,!=1.3.*,<2". */
#ifndef PYSEC_SPECIFIER_H
#define PYSEC_SPECIFIER_H

#include "pep440.h"

enum specifier_answer { SPECIFIER_INVALID = -1, SPECIFIER_OUT = 0, SPECIFIER_IN = 1 };

/* Whether the version lies in the set. Every clause is checked, so that an invalid specifier is
 * SPECIFIER_INVALID for each version. An empty specifier holds every version. Without `prereleases` no
 * pre-release and no development release is in, whatever the specifier says.
 * Allocates nothing; `text` needs no NUL at its end. */
enum specifier_answer specifier_match(const char *text, size_t length, const struct pep440 *version,
                                      bool prereleases);

#endif
