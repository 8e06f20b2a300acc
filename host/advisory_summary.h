/* One line that says what a record is about. */
#ifndef PYSEC_ADVISORY_SUMMARY_H
#define PYSEC_ADVISORY_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

#include "advisory_buffer.h"

enum { ADVISORY_SUMMARY_BYTES = 240 };

/* Appends the first paragraph of `text` (Markdown, UTF-8) that is no heading, as one line: white space and control
 * characters become single spaces, and what is longer is cut behind a word and ends with an ellipsis. False: no
 * memory. */
bool advisory_summary_write(const char *text, size_t length, struct advisory_buffer *out);

#endif
