/* Vectors of CVSS, such as "CVSS:3.1/AV:N/AC:L/...": one grammar, and a vocabulary for each version. */
#ifndef PYSEC_CVSS_VECTOR_H
#define PYSEC_CVSS_VECTOR_H

#include <stdbool.h>
#include <stddef.h>

enum {
  CVSS_MAX_METRICS = 32,
  CVSS_MAX_LENGTH = 256,    /* the longest vector of 4.0, every metric in it, stays below */
  CVSS_NO_SCORE = -1
};

/* A list of values ends with one whose code is NULL. Where a metric is optional, "Not Defined" comes first. */
struct cvss_value {
  const char *code;         /* "N" */
  const char *meaning;      /* "Network", in the specification's words */
  int weight;               /* what the equations take it for; its unit is the version's own */
};

struct cvss_metric {
  const char *code;         /* "AV" */
  const char *name;         /* "Attack Vector" */
  const struct cvss_value *values;
};

struct cvss_vector;

/* In tenths. Where none of its metrics is defined, a temporal or environmental score is CVSS_NO_SCORE. */
struct cvss_scores {
  int score;                /* the one that counts: see cvss_read */
  int base;
  int temporal;
  int environmental;
};

struct cvss_language {
  int version;
  const char *prefix;       /* "CVSS:3.1/" */
  bool is_ordered;          /* its metrics have to come in the order of the list */
  int mandatory;            /* so many metrics, the first of the list, have to be there */
  int count;
  const struct cvss_metric *metrics;
  void (*score)(const struct cvss_vector *vector, struct cvss_scores *scores);
};

extern const struct cvss_language cvss_20, cvss_30, cvss_31, cvss_40;

struct cvss_vector {
  const struct cvss_language *language;
  const struct cvss_value *values[CVSS_MAX_METRICS];  /* by metric; NULL: not given */
};

/* Reads a vector. False when the text is none; *message (static) then says why. */
bool cvss_vector_read(struct cvss_vector *vector, const char *text, size_t length, const char **message);

/* The weight of a metric's value; where it is not given, that of "Not Defined". */
int cvss_vector_weight(const struct cvss_vector *vector, int metric);

/* Whether one of the optional metrics from `first` up to and with `last` is given and defined. */
bool cvss_vector_defines(const struct cvss_vector *vector, int first, int last);

#endif
