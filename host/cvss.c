#include "cvss.h"

#include "cvss_vector.h"

bool cvss_read(const char *vector, size_t length, struct cvss *cvss, const char **message) {
  struct cvss_vector read;
  if (!cvss_vector_read(&read, vector, length, message)) return false;
  struct cvss_scores scores;
  read.language->score(&read, &scores);
  cvss->version = read.language->version;
  cvss->score = scores.score;
  cvss->severity = cvss_severity(cvss->version, cvss->score);
  return true;
}

enum severity cvss_severity(int version, int score) {
  enum severity severity = severity_of_score(score / 10.0);
  if (version != 20) return severity;
  if (severity == SEVERITY_NONE) return SEVERITY_LOW;
  return severity == SEVERITY_CRITICAL ? SEVERITY_HIGH : severity;
}
