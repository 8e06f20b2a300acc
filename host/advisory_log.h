/* What the service has to say, kept until somebody asks for it: its threads write to no stream of the
 * embedder's. */
#ifndef PYSEC_ADVISORY_LOG_H
#define PYSEC_ADVISORY_LOG_H

#include <stdbool.h>

enum advisory_log_kind { ADVISORY_LOG_WARNING, ADVISORY_LOG_NOTE, ADVISORY_LOG_REQUEST };

struct advisory_log_line {
  enum advisory_log_kind kind;
  char text[512];  /* as clients sent it: may hold anything but NUL */
};

struct advisory_log;

/* NULL: no memory. Several threads may use a log. */
struct advisory_log *advisory_log_new(void);

/* Keeps a line, cut to its room. Once some hundreds wait, further ones are counted and dropped. */
void advisory_log_add(struct advisory_log *log, enum advisory_log_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes the oldest line; false: none waits. What was dropped is said behind the last line. */
bool advisory_log_take(struct advisory_log *log, struct advisory_log_line *line);

/* Takes NULL; returns NULL. */
struct advisory_log *advisory_log_free(struct advisory_log *log);

#endif
