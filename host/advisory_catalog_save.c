/* Writing the leaves: what they hold is put in the order of the leaves, then of names, so that the same records make
 * the same leaves, and those that did not change are left alone. */
#include <stdlib.h>
#include <string.h>

#include "advisory_catalog.h"
#include "advisory_leaf.h"
#include "advisory_lines.h"
#include "advisory_stored.h"

/* Small enough to be read fast, large enough that most packages fit into one of SQLite's pages. */
enum { LEAF_BYTES = 1024 };

/* One thing that goes into a leaf. */
struct piece {
  int64_t leaf;
  const char *name;             /* of a package, or an id, or an alias */
  size_t length;                /* of the name */
  size_t order;                 /* of the item, and of its place in it */
  const struct advisory_item *item;
  const struct advisory_place *place;  /* NULL in a leaf of ids */
};

struct pieces {
  struct piece *items;
  size_t count, capacity;
};

struct save {
  struct advisory_catalog *catalog;
  struct advisory_db *db;
  struct advisory_error *error;
  struct advisory_facts facts;
  bool is_same_layout;  /* the leaves of before are those of now, but for what they hold */
  struct pieces pieces;
  struct advisory_buffer leaf, entries, versions, ranges;
};

static bool no_memory(struct save *save) {
  return advisory_db_no_memory(save->db, save->error);
}

/* --- pieces --- */

static bool add_piece(struct save *save, struct piece piece) {
  struct pieces *pieces = &save->pieces;
  if (pieces->count == pieces->capacity) {
    size_t capacity = pieces->capacity == 0 ? 1024 : pieces->capacity * 2;
    struct piece *items = realloc(pieces->items, capacity * sizeof *items);
    if (items == NULL) return no_memory(save);
    pieces->items = items;
    pieces->capacity = capacity;
  }
  piece.order = pieces->count;
  pieces->items[pieces->count++] = piece;
  return true;
}

static int compare_pieces(const void *left, const void *right) {
  const struct piece *a = left, *b = right;
  if (a->leaf != b->leaf) return a->leaf < b->leaf ? -1 : 1;
  size_t length = a->length < b->length ? a->length : b->length;
  int order = memcmp(a->name, b->name, length);
  if (order == 0) order = (a->length > b->length) - (a->length < b->length);
  if (order == 0) order = strcmp(a->item->id, b->item->id);
  return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

/* Writes a leaf, unless it is there as it is. */
static bool put_leaf(struct save *save, int64_t number) {
  struct advisory_cursor stored;
  const struct advisory_buffer *leaf = &save->leaf;
  if (save->is_same_layout) {
    bool done = advisory_leaf_read(save->db, ADVISORY_LEAVES, number, &stored, save->error);
    bool same = done && (size_t)(stored.end - stored.next) == leaf->length &&
                (leaf->length == 0 || memcmp(stored.next, leaf->data, leaf->length) == 0);
    advisory_leaf_done(save->db, ADVISORY_LEAVES);
    if (!done || same) return done;
  }
  return advisory_leaf_put(save->db, ADVISORY_LEAVES, number, leaf->data, leaf->length, save->error);
}

/* Sorts the pieces and writes the leaves `first` and on, `count` of them; `write` fills save->leaf with a run of pieces
 * and returns how many it took. */
static bool put_leaves(struct save *save, int64_t first, int64_t count, size_t (*write)(struct save *, size_t)) {
  struct pieces *pieces = &save->pieces;
  if (pieces->count > 1) qsort(pieces->items, pieces->count, sizeof *pieces->items, compare_pieces);
  size_t at = 0;
  for (int64_t number = first; number < first + count; number++) {
    advisory_buffer_clear(&save->leaf);
    while (at < pieces->count && pieces->items[at].leaf == number) {
      size_t taken = write(save, at);
      if (taken == 0) return no_memory(save);
      at += taken;
    }
    if (!put_leaf(save, number)) return false;
  }
  pieces->count = 0;
  return true;
}

/* --- packages --- */

/* Adds one record's entry on a package, of all the places that follow each other there; returns how many. */
static size_t add_entry(struct save *save, size_t at) {
  const struct piece *pieces = save->pieces.items;
  const struct advisory_item *item = pieces[at].item;
  size_t end = at;
  advisory_buffer_clear(&save->versions);
  advisory_buffer_clear(&save->ranges);
  for (; end < save->pieces.count && pieces[end].item == item && strcmp(pieces[end].name, pieces[at].name) == 0; end++)
    if (!advisory_buffer_add_string(&save->versions, pieces[end].place->versions) ||
        !advisory_buffer_add_string(&save->ranges, pieces[end].place->ranges))
      return 0;
  struct advisory_entry entry = {
      .number = item->number, .family = item->family, .id = item->id, .modified = item->modified,
      .aliases = item->aliases, .summary = item->summary, .rating = item->rating,
      .versions = save->versions.data, .ranges = save->ranges.data};
  return advisory_entry_put(&save->entries, &entry) ? end - at : 0;
}

static size_t write_package(struct save *save, size_t at) {
  const struct piece *pieces = save->pieces.items;
  const char *name = pieces[at].name;
  size_t end = at;
  advisory_buffer_clear(&save->entries);
  while (end < save->pieces.count && strcmp(pieces[end].name, name) == 0) {
    size_t taken = add_entry(save, end);
    if (taken == 0) return 0;
    end += taken;
  }
  save->facts.packages++;
  bool done = advisory_pack_text(&save->leaf, name) && advisory_pack_number(&save->leaf, save->entries.length) &&
              advisory_buffer_add(&save->leaf, save->entries.data, save->entries.length);
  return done ? end - at : 0;
}

/* Turns the places of an item around, so that they come as the record has them. */
static void reverse_places(struct advisory_item *item) {
  struct advisory_place *turned = NULL;
  while (item->places != NULL) {
    struct advisory_place *place = item->places;
    item->places = place->next;
    place->next = turned;
    turned = place;
  }
  item->places = turned;
}

static bool put_packages(struct save *save) {
  for (size_t i = 0; i < save->catalog->count; i++) {
    struct advisory_item *item = &save->catalog->items[i];
    if (!advisory_item_is_in_force(item)) continue;
    reverse_places(item);
    for (const struct advisory_place *place = item->places; place != NULL; place = place->next)
      if (!add_piece(save, (struct piece){.leaf = advisory_leaf_of_package(&save->facts, place->package),
                                          .name = place->package, .length = strlen(place->package),
                                          .item = item, .place = place}))
        return false;
  }
  return put_leaves(save, 1, save->facts.package_leaves, write_package);
}

/* --- ids --- */

static size_t write_id(struct save *save, size_t at) {
  const struct piece *piece = &save->pieces.items[at];
  const struct advisory_item *item = piece->item;
  if (piece->name != item->id) {
    bool done = advisory_buffer_add(&save->leaf, (char[]){ADVISORY_STORED_ALIAS}, 1) &&
                advisory_buffer_add(&save->leaf, piece->name, piece->length) &&
                advisory_buffer_add(&save->leaf, "", 1) && advisory_pack_text(&save->leaf, item->id);
    return done;
  }
  struct advisory_stored stored = {
      .number = item->number, .id = item->id, .modified = item->modified, .withdrawn = item->withdrawn,
      .aliases = item->aliases, .origin = item->origin, .sum = item->sum, .own = item->own, .rating = item->rating};
  return advisory_buffer_add(&save->leaf, (char[]){ADVISORY_STORED_RECORD}, 1) &&
         advisory_stored_put(&save->leaf, &stored);
}

static bool add_names(struct save *save, const struct advisory_item *item) {
  size_t length = strlen(item->id);
  if (!add_piece(save, (struct piece){.leaf = advisory_leaf_of_id(&save->facts, item->id, length),
                                      .name = item->id, .length = length, .item = item}))
    return false;
  const char *aliases = item->aliases;
  for (struct advisory_line alias; advisory_line_take(&aliases, &alias);)
    if (!add_piece(save, (struct piece){.leaf = advisory_leaf_of_id(&save->facts, alias.text, alias.length),
                                        .name = alias.text, .length = alias.length, .item = item}))
      return false;
  return true;
}

static bool put_ids(struct save *save) {
  for (size_t i = 0; i < save->catalog->count; i++)
    if (!save->catalog->items[i].is_dropped && !add_names(save, &save->catalog->items[i])) return false;
  return put_leaves(save, 1 + save->facts.package_leaves, save->facts.id_leaves, write_id);
}

/* --- facts --- */

static void count_item(struct save *save, const struct advisory_item *item) {
  struct advisory_facts *facts = &save->facts;
  facts->count++;
  save->catalog->origins[item->origin].count++;
  if (strcmp(item->modified, facts->newest) > 0) facts->newest = item->modified;
  if (!advisory_item_is_in_force(item)) {
    facts->withdrawn++;
    return;
  }
  facts->severities[item->rating.severity]++;
  if (strncmp(item->id, "MAL-", 4) == 0) facts->malware++;
}

/* About how many bytes the leaves will have. */
static void measure(const struct advisory_catalog *catalog, size_t *packages, size_t *ids) {
  enum { NUMBERS = 20 };
  for (size_t i = 0; i < catalog->count; i++) {
    const struct advisory_item *item = &catalog->items[i];
    if (item->is_dropped) continue;
    size_t own = NUMBERS + strlen(item->id) + strlen(item->modified) + strlen(item->aliases) + strlen(item->own.vector);
    *ids += own + strlen(item->aliases);
    if (item->withdrawn[0] != '\0') continue;
    for (const struct advisory_place *place = item->places; place != NULL; place = place->next)
      *packages += own + strlen(item->summary) + strlen(place->versions) + strlen(place->ranges);
  }
}

/* As many as before, unless they became much too large or too small. */
static int64_t choose_leaves(int64_t before, size_t bytes) {
  int64_t wanted = (int64_t)(bytes / LEAF_BYTES) + 1;
  return wanted > before * 3 / 2 || wanted < before / 2 ? wanted : before;
}

static bool start(struct save *save, const char *imported_at) {
  const struct advisory_catalog *catalog = save->catalog;
  const struct advisory_facts *before = &save->db->facts;
  size_t packages = 0, ids = 0;
  measure(catalog, &packages, &ids);
  for (size_t i = 0; i < catalog->origin_count; i++) catalog->origins[i].count = 0;
  save->facts = (struct advisory_facts){
      .package_leaves = choose_leaves(before->package_leaves, packages),
      .id_leaves = choose_leaves(before->id_leaves, ids), .last_number = catalog->last_number, .newest = "",
      .imported_at = imported_at, .origins = catalog->origins, .origin_count = catalog->origin_count};
  save->is_same_layout =
      save->facts.package_leaves == before->package_leaves && save->facts.id_leaves == before->id_leaves;
  for (size_t i = 0; i < catalog->count; i++)
    if (!catalog->items[i].is_dropped) count_item(save, &catalog->items[i]);
  /* Their texts are never NULL. */
  return advisory_buffer_reserve(&save->versions, 0) && advisory_buffer_reserve(&save->ranges, 0);
}

static bool drop_leaves(struct save *save) {
  return save->is_same_layout || advisory_db_run(save->db, "DELETE FROM leaves WHERE number <> 0", save->error);
}

bool advisory_catalog_save(struct advisory_catalog *catalog, struct advisory_db *db, const char *imported_at,
                           struct advisory_error *error) {
  struct save save = {.catalog = catalog, .db = db, .error = error};
  bool done = (advisory_catalog_rate(catalog) && start(&save, imported_at)) || no_memory(&save);
  done = done && drop_leaves(&save) && put_packages(&save) && put_ids(&save) &&
         advisory_facts_write(db, &save.facts, error);
  free(save.pieces.items);
  advisory_buffer_free(&save.leaf);
  advisory_buffer_free(&save.entries);
  advisory_buffer_free(&save.versions);
  advisory_buffer_free(&save.ranges);
  return done;
}
