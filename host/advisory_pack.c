/* Packing and unpacking; see advisory_pack.h. */
#include "advisory_pack.h"

#include <string.h>

bool advisory_pack_number(struct advisory_buffer *out, uint64_t number) {
  char bytes[10];
  size_t count = 0;
  for (; number >= 0x80; number >>= 7) bytes[count++] = (char)(0x80 | (number & 0x7f));
  bytes[count++] = (char)number;
  return advisory_buffer_add(out, bytes, count);
}

bool advisory_pack_text(struct advisory_buffer *out, const char *text) {
  return advisory_buffer_add(out, text, strlen(text) + 1);
}

bool advisory_pack_rating(struct advisory_buffer *out, const struct advisory_rating *rating) {
  return advisory_pack_number(out, rating->severity) && advisory_pack_number(out, (uint64_t)(rating->score + 1)) &&
         advisory_pack_text(out, rating->vector);
}

bool advisory_has_more(const struct advisory_cursor *cursor) {
  return !cursor->failed && cursor->next < cursor->end;
}

static void fail(struct advisory_cursor *cursor) {
  cursor->failed = true;
  cursor->next = cursor->end;
}

uint64_t advisory_take_number(struct advisory_cursor *cursor) {
  uint64_t number = 0;
  for (int shift = 0; shift < 64 && cursor->next < cursor->end; shift += 7) {
    unsigned char byte = (unsigned char)*cursor->next++;
    if (shift == 63 && byte > 1) break;
    number |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  fail(cursor);
  return 0;
}

int64_t advisory_take_signed(struct advisory_cursor *cursor) {
  uint64_t number = advisory_take_number(cursor);
  if (number <= INT64_MAX) return (int64_t)number;
  fail(cursor);
  return 0;
}

const char *advisory_take_text(struct advisory_cursor *cursor) {
  const char *text = cursor->next;
  const char *end = cursor->next < cursor->end ? memchr(text, '\0', (size_t)(cursor->end - text)) : NULL;
  if (end == NULL) {
    fail(cursor);
    return "";
  }
  cursor->next = end + 1;
  return text;
}

struct advisory_rating advisory_take_rating(struct advisory_cursor *cursor) {
  uint64_t severity = advisory_take_number(cursor), score = advisory_take_number(cursor);
  const char *vector = advisory_take_text(cursor);
  if (severity > SEVERITY_CRITICAL || score > 101) {
    fail(cursor);
    return (struct advisory_rating){SEVERITY_UNKNOWN, ADVISORY_NO_SCORE, ""};
  }
  return (struct advisory_rating){(enum severity)severity, (int)score - 1, vector};
}

struct advisory_cursor advisory_take_part(struct advisory_cursor *cursor, uint64_t length) {
  struct advisory_cursor part = {cursor->next, cursor->next, false};
  if (length > (uint64_t)(cursor->end - cursor->next)) {
    fail(cursor);
    return part;
  }
  part.end = cursor->next += length;
  return part;
}
