/* Bytes that grow by doubling. */
#include "advisory_buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool advisory_buffer_reserve(struct advisory_buffer *buffer, size_t more) {
  if (more > SIZE_MAX / 4 - buffer->length) return false;
  size_t needed = buffer->length + more + 1;
  if (needed <= buffer->capacity) return true;
  size_t capacity = buffer->capacity == 0 ? 256 : buffer->capacity;
  while (capacity < needed) capacity *= 2;
  char *data = realloc(buffer->data, capacity);
  if (data == NULL) return false;
  data[buffer->length] = '\0';
  buffer->data = data;
  buffer->capacity = capacity;
  return true;
}

bool advisory_buffer_add(struct advisory_buffer *buffer, const char *text, size_t length) {
  if (!advisory_buffer_reserve(buffer, length)) return false;
  memcpy(buffer->data + buffer->length, text, length);
  buffer->length += length;
  buffer->data[buffer->length] = '\0';
  return true;
}

bool advisory_buffer_add_string(struct advisory_buffer *buffer, const char *text) {
  return advisory_buffer_add(buffer, text, strlen(text));
}

void advisory_buffer_clear(struct advisory_buffer *buffer) {
  buffer->length = 0;
  if (buffer->data != NULL) buffer->data[0] = '\0';
}

void advisory_buffer_free(struct advisory_buffer *buffer) {
  free(buffer->data);
  *buffer = (struct advisory_buffer){0};
}
