/* What leaves hold: bytes to structs, and back.
 *
 * A leaf of ids holds, one after the other, the letter ADVISORY_STORED_RECORD and a record, or the letter
 * ADVISORY_STORED_ALIAS, the text of an alias and that of a record's id that has it. A leaf of packages holds of each
 * package the text of its name, the number of bytes of its entries, and those. */
#ifndef PYSEC_ADVISORY_STORED_H
#define PYSEC_ADVISORY_STORED_H

#include "advisory_pack.h"

enum { ADVISORY_STORED_RECORD = 'r', ADVISORY_STORED_ALIAS = 'a' };

/* A record but for its text. Texts live as long as the bytes; aliases are one a line. */
struct advisory_stored {
  int64_t number;
  const char *id, *modified;
  const char *withdrawn;  /* "": it is in force */
  const char *aliases;
  size_t origin;  /* of the facts' */
  uint64_t sum;   /* of the record's text */
  struct advisory_rating own;
  struct advisory_rating rating;  /* the highest of its family; its own while it is withdrawn */
};

/* What a record in force says of one package. Lists hold one item a line. */
struct advisory_entry {
  int64_t number;  /* of the record */
  int64_t family;  /* the same for all records that share ids or aliases, directly or through others */
  const char *id, *modified, *aliases, *summary;
  struct advisory_rating rating;  /* the highest of the family */
  const char *versions, *ranges;  /* as advisory_match.h has them */
};

/* The cursor failed where the bytes are malformed. */
struct advisory_stored advisory_stored_take(struct advisory_cursor *cursor);
struct advisory_entry advisory_entry_take(struct advisory_cursor *cursor);

/* False: no memory. */
bool advisory_stored_put(struct advisory_buffer *out, const struct advisory_stored *stored);
bool advisory_entry_put(struct advisory_buffer *out, const struct advisory_entry *entry);

#endif
