/* Lists that are kept as texts, an item a line: aliases, fix versions. */
#ifndef PYSEC_ADVISORY_LINES_H
#define PYSEC_ADVISORY_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* One item; points into the list. */
struct advisory_line {
  const char *text;
  size_t length;
};

/* Takes the next item of a list, which *lines then is behind. False: there is none. */
static inline bool advisory_line_take(const char **lines, struct advisory_line *line) {
  if (**lines == '\0') return false;
  *line = (struct advisory_line){*lines, strcspn(*lines, "\n")};
  *lines += line->length + ((*lines)[line->length] == '\n');
  return true;
}

#endif
