/* The order of fields, here alone. */
#include "advisory_stored.h"

#include <string.h>

struct advisory_stored advisory_stored_take(struct advisory_cursor *cursor) {
  struct advisory_stored stored;
  stored.number = advisory_take_signed(cursor);
  stored.id = advisory_take_text(cursor);
  stored.modified = advisory_take_text(cursor);
  stored.withdrawn = advisory_take_text(cursor);
  stored.aliases = advisory_take_text(cursor);
  stored.origin = advisory_take_number(cursor);
  stored.sum = advisory_take_number(cursor);
  stored.own = advisory_take_rating(cursor);
  stored.rating = advisory_take_number(cursor) != 0 ? advisory_take_rating(cursor) : stored.own;
  return stored;
}

static bool is_same(const struct advisory_rating *a, const struct advisory_rating *b) {
  return a->severity == b->severity && a->score == b->score && strcmp(a->vector, b->vector) == 0;
}

bool advisory_stored_put(struct advisory_buffer *out, const struct advisory_stored *stored) {
  bool differs = !is_same(&stored->own, &stored->rating);
  return advisory_pack_number(out, (uint64_t)stored->number) && advisory_pack_text(out, stored->id) &&
         advisory_pack_text(out, stored->modified) && advisory_pack_text(out, stored->withdrawn) &&
         advisory_pack_text(out, stored->aliases) && advisory_pack_number(out, stored->origin) &&
         advisory_pack_number(out, stored->sum) && advisory_pack_rating(out, &stored->own) &&
         advisory_pack_number(out, differs) && (!differs || advisory_pack_rating(out, &stored->rating));
}

struct advisory_entry advisory_entry_take(struct advisory_cursor *cursor) {
  struct advisory_entry entry;
  entry.number = advisory_take_signed(cursor);
  entry.family = advisory_take_signed(cursor);
  entry.id = advisory_take_text(cursor);
  entry.modified = advisory_take_text(cursor);
  entry.aliases = advisory_take_text(cursor);
  entry.summary = advisory_take_text(cursor);
  entry.rating = advisory_take_rating(cursor);
  entry.versions = advisory_take_text(cursor);
  entry.ranges = advisory_take_text(cursor);
  return entry;
}

bool advisory_entry_put(struct advisory_buffer *out, const struct advisory_entry *entry) {
  return advisory_pack_number(out, (uint64_t)entry->number) && advisory_pack_number(out, (uint64_t)entry->family) &&
         advisory_pack_text(out, entry->id) && advisory_pack_text(out, entry->modified) &&
         advisory_pack_text(out, entry->aliases) && advisory_pack_text(out, entry->summary) &&
         advisory_pack_rating(out, &entry->rating) && advisory_pack_text(out, entry->versions) &&
         advisory_pack_text(out, entry->ranges);
}
