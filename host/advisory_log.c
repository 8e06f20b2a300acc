/* A ring of lines behind a lock. */
#include "advisory_log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINES = 256 };

struct advisory_log {
  pthread_mutex_t lock;
  size_t first, count, dropped;
  struct advisory_log_line lines[LINES];
};

struct advisory_log *advisory_log_new(void) {
  struct advisory_log *log = calloc(1, sizeof *log);
  if (log != NULL) pthread_mutex_init(&log->lock, NULL);
  return log;
}

void advisory_log_add(struct advisory_log *log, enum advisory_log_kind kind, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  pthread_mutex_lock(&log->lock);
  if (log->count < LINES) {
    struct advisory_log_line *line = &log->lines[(log->first + log->count++) % LINES];
    line->kind = kind;
    vsnprintf(line->text, sizeof line->text, format, arguments);
  } else {
    log->dropped++;
  }
  pthread_mutex_unlock(&log->lock);
  va_end(arguments);
}

bool advisory_log_take(struct advisory_log *log, struct advisory_log_line *line) {
  pthread_mutex_lock(&log->lock);
  bool found = log->count > 0 || log->dropped > 0;
  if (log->count > 0) {
    *line = log->lines[log->first];
    log->first = (log->first + 1) % LINES;
    log->count--;
  } else if (log->dropped > 0) {
    line->kind = ADVISORY_LOG_NOTE;
    snprintf(line->text, sizeof line->text, "%zu more lines were not kept", log->dropped);
    log->dropped = 0;
  }
  pthread_mutex_unlock(&log->lock);
  return found;
}

struct advisory_log *advisory_log_free(struct advisory_log *log) {
  if (log != NULL) pthread_mutex_destroy(&log->lock);
  free(log);
  return NULL;
}
