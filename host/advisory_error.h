/* How the parts of the advisory database report what went wrong. */
#ifndef PYSEC_ADVISORY_ERROR_H
#define PYSEC_ADVISORY_ERROR_H

#include <stdbool.h>

struct advisory_error {
  const char *code;  /* static: "ENOENT", "ECORRUPT", ... */
  char text[768];    /* one line, starts with the path */
};

/* Fills *error, with control characters and invalid UTF-8 shown as '?'. Always false, so that callers can
 * return it. */
bool advisory_fail(struct advisory_error *error, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for errno: "PATH: text". */
bool advisory_fail_errno(struct advisory_error *error, const char *path);

#endif
