/* The grammar: prefix, then metrics as CODE:VALUE with slashes between, none of them twice.
 *
 * Order: 3.x allows any. 4.0 calls all but its own invalid (section 7). The guide of 2.0 speaks of "a predetermined
 * order" and of ND for metrics that are not used, but databases leave those out, and no order is ambiguous: any is
 * read. */
#include "cvss_vector.h"

#include <string.h>

static const struct cvss_language *const languages[] = {&cvss_31, &cvss_40, &cvss_30, &cvss_20};

enum { LANGUAGES = sizeof languages / sizeof *languages };

struct span {
  const char *start;
  size_t length;
};

static bool span_is(struct span span, const char *text) {
  return strlen(text) == span.length && memcmp(span.start, text, span.length) == 0;
}

static bool skip(struct span *span, const char *prefix) {
  size_t length = strlen(prefix);
  if (span->length < length || memcmp(span->start, prefix, length) != 0) return false;
  span->start += length;
  span->length -= length;
  return true;
}

/* Takes what stands before the next separator, which is taken as well; false where there is none. */
static bool split(struct span *rest, char separator, struct span *head) {
  const char *at = memchr(rest->start, separator, rest->length);
  if (at == NULL) return false;
  *head = (struct span){rest->start, (size_t)(at - rest->start)};
  rest->length -= head->length + 1;
  rest->start = at + 1;
  return true;
}

/* The version that the prefix names, which is skipped; only 2.0 can do without. NULL where it is none of those known
 * here. */
static const struct cvss_language *find_language(struct span *text) {
  for (int i = 0; i < LANGUAGES; i++) {
    if (skip(text, languages[i]->prefix)) return languages[i];
  }
  return skip(text, "CVSS:") ? NULL : &cvss_20;
}

static int find_metric(const struct cvss_language *language, struct span code) {
  for (int i = 0; i < language->count; i++) {
    if (span_is(code, language->metrics[i].code)) return i;
  }
  return -1;
}

static const struct cvss_value *find_value(const struct cvss_metric *metric, struct span code) {
  for (const struct cvss_value *value = metric->values; value->code != NULL; value++) {
    if (span_is(code, value->code)) return value;
  }
  return NULL;
}

/* Reads one CODE:VALUE. Returns NULL, or what is wrong; *last is the metric before it, then this one. */
static const char *read_metric(struct cvss_vector *vector, struct span text, int *last) {
  struct span code;
  if (!split(&text, ':', &code)) return "a part of it is no metric and its value";
  int metric = find_metric(vector->language, code);
  if (metric < 0) return "it has a metric that its version does not know";
  if (vector->values[metric] != NULL) return "it has a metric twice";
  if (vector->language->is_ordered && metric < *last) return "its metrics are not in their order";
  vector->values[metric] = find_value(&vector->language->metrics[metric], text);
  *last = metric;
  return vector->values[metric] == NULL ? "it has a value that its metric does not know" : NULL;
}

static const char *read_vector(struct cvss_vector *vector, struct span rest) {
  memset(vector, 0, sizeof *vector);
  if (rest.length > CVSS_MAX_LENGTH) return "it is too long";
  vector->language = find_language(&rest);
  if (vector->language == NULL) return "it is of no known version of CVSS (2.0, 3.0, 3.1, 4.0)";
  struct span part;
  int last = -1;
  const char *message;
  while (split(&rest, '/', &part)) {
    if ((message = read_metric(vector, part, &last)) != NULL) return message;
  }
  if ((message = read_metric(vector, rest, &last)) != NULL) return message;
  for (int i = 0; i < vector->language->mandatory; i++) {
    if (vector->values[i] == NULL) return "it lacks a metric that has to be there";
  }
  return NULL;
}

bool cvss_vector_read(struct cvss_vector *vector, const char *text, size_t length, const char **message) {
  *message = read_vector(vector, (struct span){text, length});
  return *message == NULL;
}

static const struct cvss_value *value_of(const struct cvss_vector *vector, int metric) {
  return vector->values[metric] != NULL ? vector->values[metric] : vector->language->metrics[metric].values;
}

int cvss_vector_weight(const struct cvss_vector *vector, int metric) {
  return value_of(vector, metric)->weight;
}

bool cvss_vector_defines(const struct cvss_vector *vector, int first, int last) {
  for (int i = first; i <= last; i++) {
    if (value_of(vector, i) != vector->language->metrics[i].values) return true;
  }
  return false;
}
