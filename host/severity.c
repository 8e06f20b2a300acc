#include "severity.h"

#include <string.h>
#include <strings.h>

static const char *const names[] = {"unknown", "none", "low", "medium", "high", "critical"};

const char *severity_name(enum severity severity) {
  return names[severity];
}

static int is_word(const char *word, size_t length, const char *known) {
  return strlen(known) == length && strncasecmp(word, known, length) == 0;
}

enum severity severity_of_word(const char *word, size_t length) {
  if (is_word(word, length, "moderate")) return SEVERITY_MEDIUM;
  for (int severity = SEVERITY_NONE; severity <= SEVERITY_CRITICAL; severity++) {
    if (is_word(word, length, names[severity])) return (enum severity)severity;
  }
  return SEVERITY_UNKNOWN;
}

enum severity severity_of_score(double score) {
  if (score >= 9.0) return SEVERITY_CRITICAL;
  if (score >= 7.0) return SEVERITY_HIGH;
  if (score >= 4.0) return SEVERITY_MEDIUM;
  return score > 0.0 ? SEVERITY_LOW : SEVERITY_NONE;
}
