/* Scores of vulnerabilities by CVSS 2.0, 3.0, 3.1 and 4.0, as FIRST specifies them:
 *   https://www.first.org/cvss/v2/guide                        section 3.2
 *   https://www.first.org/cvss/v3.0/specification-document     section 8
 *   https://www.first.org/cvss/v3.1/specification-document     section 7, appendix A (rounding)
 *   https://www.first.org/cvss/v4.0/specification-document     section 8
 * CVSS is owned by FIRST and used by permission.
 *
 * Nothing here allocates or keeps state. */
#ifndef PYSEC_CVSS_H
#define PYSEC_CVSS_H

#include <stdbool.h>
#include <stddef.h>

#include "severity.h"

struct cvss {
  int version;              /* 20, 30, 31 or 40 */
  int score;                /* tenths, 0 to 100 */
  enum severity severity;   /* never unknown */
};

/* Scores a vector by its base metrics, as databases do; a vector of 4.0 by all its metrics, since that version has
 * one score only. False where the text is no vector: *message (static) says why. `vector` needs no NUL at its end. */
bool cvss_read(const char *vector, size_t length, struct cvss *cvss, const char **message);

/* The rating of a score in tenths. Version 2.0 itself has no words: those of the National Vulnerability Database are
 * used (https://nvd.nist.gov/vuln-metrics/cvss), which know neither none nor critical. */
enum severity cvss_severity(int version, int score);

#endif
