/* Numbers and texts as bytes, and back: what the leaves of the database are made of.
 *
 * A number is seven bits a byte, the lowest first, the highest bit saying that more follow; a text ends with a
 * NUL. Reading never leaves the bytes: what is cut or too large makes the cursor fail, and all that is taken
 * from it after that is 0 or "". */
#ifndef PYSEC_ADVISORY_PACK_H
#define PYSEC_ADVISORY_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "advisory_buffer.h"
#include "advisory_rating.h"

struct advisory_cursor {
  const char *next;
  const char *end;
  bool failed;
};

/* False: no memory. */
bool advisory_pack_number(struct advisory_buffer *out, uint64_t number);
bool advisory_pack_text(struct advisory_buffer *out, const char *text);
bool advisory_pack_rating(struct advisory_buffer *out, const struct advisory_rating *rating);

uint64_t advisory_take_number(struct advisory_cursor *cursor);

/* Numbers that the caller has signed. */
int64_t advisory_take_signed(struct advisory_cursor *cursor);

/* The text lives as long as the bytes. */
const char *advisory_take_text(struct advisory_cursor *cursor);
struct advisory_rating advisory_take_rating(struct advisory_cursor *cursor);

/* A cursor over the next `length` bytes, which the cursor itself passes. */
struct advisory_cursor advisory_take_part(struct advisory_cursor *cursor, uint64_t length);

/* Whether there is more; false too once it failed. */
bool advisory_has_more(const struct advisory_cursor *cursor);

#endif
