/* Bytes that grow. Zeroed means empty; advisory_buffer_free returns to that. */
#ifndef PYSEC_ADVISORY_BUFFER_H
#define PYSEC_ADVISORY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct advisory_buffer {
  char *data;  /* NULL or with a NUL behind its last byte */
  size_t length;
  size_t capacity;
};

/* Makes room for `more` bytes and a NUL after the present ones; false: no memory. */
bool advisory_buffer_reserve(struct advisory_buffer *buffer, size_t more);

/* Appends; false: no memory, and the buffer is as before. */
bool advisory_buffer_add(struct advisory_buffer *buffer, const char *text, size_t length);
bool advisory_buffer_add_string(struct advisory_buffer *buffer, const char *text);

/* Empties the buffer and keeps its memory. */
void advisory_buffer_clear(struct advisory_buffer *buffer);

void advisory_buffer_free(struct advisory_buffer *buffer);

#endif
