/* The facts as bytes, and back. */
#include "advisory_facts.h"

#include <stdlib.h>
#include <string.h>

#include "advisory_leaf.h"

enum { MAX_LEAVES = 1 << 30 };
static const int64_t MAX_NUMBER = INT64_C(1) << 53;

void advisory_facts_free(struct advisory_facts *facts) {
  free(facts->origins);
  advisory_buffer_free(&facts->bytes);
  *facts = (struct advisory_facts){0};
}

static bool malformed(struct advisory_db *db, struct advisory_error *error) {
  return advisory_db_damaged(db, "its facts are malformed", error);
}

static bool decode_origins(struct advisory_db *db, struct advisory_facts *facts, struct advisory_cursor *cursor,
                           struct advisory_error *error) {
  facts->origin_count = advisory_take_number(cursor);
  if (facts->origin_count > ADVISORY_MAX_ORIGINS) return malformed(db, error);
  facts->origins = calloc(facts->origin_count + 1, sizeof *facts->origins);
  if (facts->origins == NULL) return advisory_db_no_memory(db, error);
  for (size_t i = 0; i < facts->origin_count; i++) {
    struct advisory_origin *origin = &facts->origins[i];
    origin->name = advisory_take_text(cursor);
    origin->imported_at = advisory_take_text(cursor);
    origin->etag = advisory_take_text(cursor);
    origin->last_modified = advisory_take_text(cursor);
    origin->count = advisory_take_signed(cursor);
  }
  return true;
}

static bool decode(struct advisory_db *db, struct advisory_facts *facts, struct advisory_error *error) {
  struct advisory_cursor cursor = {facts->bytes.data, facts->bytes.data + facts->bytes.length, false};
  facts->package_leaves = advisory_take_signed(&cursor);
  facts->id_leaves = advisory_take_signed(&cursor);
  facts->last_number = advisory_take_signed(&cursor);
  facts->count = advisory_take_signed(&cursor);
  facts->withdrawn = advisory_take_signed(&cursor);
  facts->packages = advisory_take_signed(&cursor);
  facts->malware = advisory_take_signed(&cursor);
  for (int i = 0; i < ADVISORY_SEVERITIES; i++) facts->severities[i] = advisory_take_signed(&cursor);
  facts->newest = advisory_take_text(&cursor);
  facts->imported_at = advisory_take_text(&cursor);
  if (!decode_origins(db, facts, &cursor, error)) return false;
  bool good = !cursor.failed && facts->package_leaves >= 1 && facts->package_leaves <= MAX_LEAVES &&
              facts->id_leaves >= 1 && facts->id_leaves <= MAX_LEAVES && facts->last_number <= MAX_NUMBER;
  return good || malformed(db, error);
}

bool advisory_facts_read(struct advisory_db *db, struct advisory_error *error) {
  struct advisory_cursor cursor;
  struct advisory_facts facts = {0};
  bool done = advisory_leaf_read(db, ADVISORY_LEAVES, 0, &cursor, error);
  size_t length = (size_t)(cursor.end - cursor.next);
  if (done) facts.sum = advisory_leaf_sum(ADVISORY_LEAVES, 0, cursor.next, length);
  if (!done || (db->facts.bytes.length > 0 && db->facts.sum == facts.sum)) {
    advisory_leaf_done(db, ADVISORY_LEAVES);
    return done;
  }
  done = advisory_buffer_add(&facts.bytes, cursor.next, length) || advisory_db_no_memory(db, error);
  advisory_leaf_done(db, ADVISORY_LEAVES);
  done = done && decode(db, &facts, error);
  advisory_facts_free(done ? &db->facts : &facts);
  if (done) db->facts = facts;
  return done;
}

static bool encode(const struct advisory_facts *facts, struct advisory_buffer *out) {
  const int64_t numbers[] = {facts->package_leaves, facts->id_leaves, facts->last_number, facts->count,
                             facts->withdrawn,      facts->packages,  facts->malware};
  bool done = true;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    done = done && advisory_pack_number(out, (uint64_t)numbers[i]);
  for (int i = 0; i < ADVISORY_SEVERITIES; i++)
    done = done && advisory_pack_number(out, (uint64_t)facts->severities[i]);
  done = done && advisory_pack_text(out, facts->newest) && advisory_pack_text(out, facts->imported_at) &&
         advisory_pack_number(out, facts->origin_count);
  for (size_t i = 0; done && i < facts->origin_count; i++) {
    const struct advisory_origin *origin = &facts->origins[i];
    done = advisory_pack_text(out, origin->name) && advisory_pack_text(out, origin->imported_at) &&
           advisory_pack_text(out, origin->etag) && advisory_pack_text(out, origin->last_modified) &&
           advisory_pack_number(out, (uint64_t)origin->count);
  }
  return done;
}

bool advisory_facts_write(struct advisory_db *db, const struct advisory_facts *facts, struct advisory_error *error) {
  struct advisory_buffer bytes = {0};
  bool done = encode(facts, &bytes)
                  ? advisory_leaf_put(db, ADVISORY_LEAVES, 0, bytes.data, bytes.length, error)
                  : advisory_db_no_memory(db, error);
  advisory_buffer_free(&bytes);
  return done;
}
