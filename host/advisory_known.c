/* The leaf of a name says which records have it as id; of those that have it as an alias it says the ids. */
#include "advisory_known.h"

#include <stdlib.h>
#include <string.h>

#include "advisory_leaf.h"

void advisory_known_free(struct advisory_known *known) {
  free(known->items);
  advisory_arena_free(&known->arena);
  *known = (struct advisory_known){0};
}

static int compare(const void *left, const void *right) {
  const struct advisory_stored *a = left, *b = right;
  bool first = a->withdrawn[0] != '\0', second = b->withdrawn[0] != '\0';
  return first != second ? (int)first - (int)second : strcmp(a->id, b->id);
}

void advisory_known_sort(struct advisory_known *known) {
  if (known->count > 1) qsort(known->items, known->count, sizeof *known->items, compare);
}

/* Adds the record whose bytes these are. */
static bool append(struct advisory_known *known, const char *bytes, size_t length) {
  if (known->count == known->capacity) {
    size_t capacity = known->capacity == 0 ? 4 : known->capacity * 2;
    struct advisory_stored *items = realloc(known->items, capacity * sizeof *items);
    if (items == NULL) return false;
    known->items = items;
    known->capacity = capacity;
  }
  const char *copy = advisory_arena_copy(&known->arena, bytes, length);
  if (copy == NULL) return false;
  struct advisory_cursor cursor = {copy, copy + length, false};
  struct advisory_stored stored = advisory_stored_take(&cursor);
  for (size_t i = 0; i < known->count; i++)
    if (known->items[i].number == stored.number) return true;
  known->items[known->count++] = stored;
  return true;
}

/* What a walk over a leaf looks for. */
struct walk {
  struct advisory_db *db;
  const char *name;
  int naming;
  struct advisory_known *known;
  struct advisory_buffer ids;  /* of those that have it as an alias, each with a NUL */
  bool found;
  struct advisory_error *error;
};

static bool walk_item(struct walk *walk, struct advisory_cursor *leaf) {
  char kind = *leaf->next++;
  if (kind == ADVISORY_STORED_ALIAS) {
    const char *alias = advisory_take_text(leaf), *id = advisory_take_text(leaf);
    if (leaf->failed || (walk->naming & ADVISORY_BY_ALIAS) == 0 || strcmp(alias, walk->name) != 0) return true;
    return advisory_buffer_add(&walk->ids, id, strlen(id) + 1) || advisory_db_no_memory(walk->db, walk->error);
  }
  const char *start = leaf->next;
  struct advisory_stored stored = advisory_stored_take(leaf);
  if (kind != ADVISORY_STORED_RECORD) leaf->failed = true;
  if (leaf->failed || (walk->naming & ADVISORY_BY_ID) == 0 || strcmp(stored.id, walk->name) != 0) return true;
  walk->found = true;
  return append(walk->known, start, (size_t)(leaf->next - start)) || advisory_db_no_memory(walk->db, walk->error);
}

static bool walk_leaf(struct walk *walk) {
  struct advisory_cursor leaf;
  int64_t number = advisory_leaf_of_id(&walk->db->facts, walk->name, strlen(walk->name));
  bool done = advisory_leaf_read(walk->db, ADVISORY_LEAVES, number, &leaf, walk->error);
  while (done && advisory_has_more(&leaf)) done = walk_item(walk, &leaf);
  if (done && leaf.failed) done = advisory_db_damaged(walk->db, "a leaf is malformed", walk->error);
  advisory_leaf_done(walk->db, ADVISORY_LEAVES);
  return done;
}

bool advisory_known_add(struct advisory_db *db, const char *name, int naming, struct advisory_known *known,
                        struct advisory_error *error) {
  struct walk walk = {.db = db, .name = name, .naming = naming, .known = known, .error = error};
  bool done = walk_leaf(&walk);
  for (size_t at = 0; done && at < walk.ids.length; at += strlen(walk.ids.data + at) + 1) {
    struct walk other = {
        .db = db, .name = walk.ids.data + at, .naming = ADVISORY_BY_ID, .known = known, .error = error};
    done = walk_leaf(&other);
    if (done && !other.found) done = advisory_db_damaged(db, "an alias leads nowhere", error);
  }
  advisory_buffer_free(&walk.ids);
  return done;
}
