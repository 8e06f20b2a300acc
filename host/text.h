/* UTF-8, and making text from elsewhere harmless for a terminal. */
#ifndef PYSEC_TEXT_H
#define PYSEC_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Decodes the character at `text` (before `end`). Returns its size in bytes, 0 where the UTF-8 is
 * invalid; stores the code point in *code unless that is NULL. */
size_t text_decode(const char *text, const char *end, uint32_t *code);

/* Writes `code` as UTF-8 to `bytes` and returns the size, 1 to 4. */
size_t text_encode(uint32_t code, char bytes[4]);

/* The value of a hexadecimal digit, -1 for any other character. */
static inline int text_hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Columns that a character takes on a terminal: 0, 1 or 2. */
int text_columns(uint32_t code);

/* Size of the longest start of `text` that takes at most so many bytes and columns; it ends before what is
 * no UTF-8. */
size_t text_start(const char *text, size_t length, size_t bytes, int columns);

/* True for the white space of Unicode that is no control. */
int text_is_space(uint32_t code);

/* True for what may move the cursor, hide text or reorder it: C0 and C1 controls, DEL, bidirectional
 * marks, line and paragraph separators, and the byte order mark. */
int text_is_control(uint32_t code);

#endif
