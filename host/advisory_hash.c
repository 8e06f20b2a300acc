/* Multiplies and rotates, a word at a time; each text with its length, so that bytes cannot move from one
 * value to the next. */
#include "advisory_hash.h"

#include <string.h>

/* Bijective in `sum` as in `number`. */
uint64_t advisory_hash_number(uint64_t sum, uint64_t number) {
  sum = (sum ^ number) * 0x9e3779b97f4a7c15u;
  return sum << 29 | sum >> 35;
}

/* Little-endian on every machine; the compiler makes one load of it. */
static uint64_t read_word(const unsigned char *b) {
  return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
         (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

/* The last word is filled up with zeros: the length is added beside it. */
uint64_t advisory_hash_bytes(uint64_t sum, const void *bytes, size_t length) {
  const unsigned char *next = bytes;
  sum = advisory_hash_number(sum, length);
  for (; length >= 8; next += 8, length -= 8) sum = advisory_hash_number(sum, read_word(next));
  unsigned char last[8] = {0};
  if (length > 0) memcpy(last, next, length);
  return advisory_hash_number(sum, read_word(last));
}

uint64_t advisory_hash(const char *text, size_t length) {
  uint64_t sum = advisory_hash_bytes(ADVISORY_HASH_START, text, length);
  return sum ^ sum >> 32;
}
