/* How bad a flaw is, in one word: the scale that scores and the words of databases are brought to. */
#ifndef PYSEC_SEVERITY_H
#define PYSEC_SEVERITY_H

#include <stddef.h>

/* In order, so that the higher of two is the worse. Unknown is no low: it says that nobody has rated the flaw. */
enum severity {
  SEVERITY_UNKNOWN,
  SEVERITY_NONE,
  SEVERITY_LOW,
  SEVERITY_MEDIUM,
  SEVERITY_HIGH,
  SEVERITY_CRITICAL
};

/* "unknown", "none", "low", "medium", "high" or "critical". */
const char *severity_name(enum severity severity);

/* What a database's own word says: NONE, LOW, MEDIUM, MODERATE (GitHub's medium), HIGH or CRITICAL, in any case.
 * Any other word is unknown. `word` needs no NUL at its end. */
enum severity severity_of_word(const char *word, size_t length);

/* The rating of a score from 0 to 10: table 14 of CVSS 3.1's specification, in 3.0 and 4.0 the same. What lies
 * between two bands counts to the lower one (6.95 is medium). CVSS 2.0 rates otherwise: see cvss.h. */
enum severity severity_of_score(double score);

#endif
