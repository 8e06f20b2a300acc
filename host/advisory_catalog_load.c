/* Reading all leaves. Their bytes are copied as they are, and the texts of the catalog point into them. */
#include <stdlib.h>
#include <string.h>

#include "advisory_catalog.h"
#include "advisory_leaf.h"
#include "advisory_stored.h"

struct load {
  struct advisory_catalog *catalog;
  struct advisory_db *db;
  struct advisory_error *error;
  struct advisory_item **by_number;
};

static bool no_memory(struct load *load) {
  return advisory_db_no_memory(load->db, load->error);
}

static bool malformed(struct load *load) {
  return advisory_db_damaged(load->db, "a leaf is malformed", load->error);
}

/* *cursor is over bytes that live as long as the catalog. */
static bool copy_leaf(struct load *load, int64_t number, struct advisory_cursor *cursor) {
  struct advisory_cursor stored;
  bool done = advisory_leaf_read(load->db, ADVISORY_LEAVES, number, &stored, load->error);
  if (done) {
    size_t length = (size_t)(stored.end - stored.next);
    char *bytes = advisory_arena_copy(&load->catalog->arena, stored.next, length);
    *cursor = (struct advisory_cursor){bytes, bytes + length, false};
    if (bytes == NULL) done = no_memory(load);
  }
  advisory_leaf_done(load->db, ADVISORY_LEAVES);
  return done;
}

/* --- ids --- */

static bool load_record(struct load *load, struct advisory_cursor *cursor) {
  struct advisory_stored stored = advisory_stored_take(cursor);
  if (cursor->failed || stored.origin >= load->catalog->origin_count || stored.number == 0 ||
      stored.number > load->catalog->last_number ||
      advisory_catalog_find(load->catalog, stored.id) != NULL)
    return malformed(load);
  struct advisory_item *item = advisory_catalog_add(load->catalog, stored.id, stored.number);
  if (item == NULL) return no_memory(load);
  item->modified = stored.modified;
  item->withdrawn = stored.withdrawn;
  item->aliases = stored.aliases;
  item->summary = "";
  item->origin = stored.origin;
  item->sum = stored.sum;
  item->own = stored.own;
  return true;
}

static bool load_ids(struct load *load, int64_t number) {
  struct advisory_cursor cursor;
  if (!copy_leaf(load, number, &cursor)) return false;
  while (advisory_has_more(&cursor)) {
    char kind = *cursor.next++;
    if (kind == ADVISORY_STORED_RECORD) {
      if (!load_record(load, &cursor)) return false;
    } else if (kind == ADVISORY_STORED_ALIAS) {
      advisory_take_text(&cursor);
      advisory_take_text(&cursor);
    } else {
      return malformed(load);
    }
  }
  return !cursor.failed || malformed(load);
}

/* --- packages --- */

static int compare_numbers(const void *left, const void *right) {
  const struct advisory_item *const *a = left, *const *b = right;
  return ((*a)->number > (*b)->number) - ((*a)->number < (*b)->number);
}

static bool sort_by_number(struct load *load) {
  struct advisory_catalog *catalog = load->catalog;
  load->by_number = malloc((catalog->count + 1) * sizeof(struct advisory_item *));
  if (load->by_number == NULL) return no_memory(load);
  for (size_t i = 0; i < catalog->count; i++) load->by_number[i] = &catalog->items[i];
  qsort(load->by_number, catalog->count, sizeof(struct advisory_item *), compare_numbers);
  return true;
}

static struct advisory_item *find_number(const struct load *load, int64_t number) {
  struct advisory_item key = {.number = number}, *pointer = &key, **found;
  if (load->catalog->count == 0) return NULL;
  found = bsearch(&pointer, load->by_number, load->catalog->count, sizeof(struct advisory_item *), compare_numbers);
  return found == NULL ? NULL : *found;
}

static bool load_entry(struct load *load, const char *package, struct advisory_cursor *cursor) {
  struct advisory_entry entry = advisory_entry_take(cursor);
  struct advisory_item *item = cursor->failed ? NULL : find_number(load, entry.number);
  if (item == NULL) return malformed(load);
  struct advisory_place *place = advisory_arena_take(&load->catalog->arena, sizeof *place);
  if (place == NULL) return no_memory(load);
  *place = (struct advisory_place){item->places, package, entry.versions, entry.ranges};
  item->places = place;
  item->summary = entry.summary;
  return true;
}

static bool load_packages(struct load *load, int64_t number) {
  struct advisory_cursor cursor;
  if (!copy_leaf(load, number, &cursor)) return false;
  while (advisory_has_more(&cursor)) {
    const char *package = advisory_take_text(&cursor);
    struct advisory_cursor entries = advisory_take_part(&cursor, advisory_take_number(&cursor));
    while (advisory_has_more(&entries))
      if (!load_entry(load, package, &entries)) return false;
  }
  return !cursor.failed || malformed(load);
}

static bool load_origins(struct load *load) {
  const struct advisory_facts *facts = &load->db->facts;
  for (size_t i = 0; i < facts->origin_count; i++) {
    const struct advisory_origin *from = &facts->origins[i];
    struct advisory_arena *arena = &load->catalog->arena;
    size_t index;
    if (!advisory_catalog_origin(load->catalog, from->name, &index)) return no_memory(load);
    struct advisory_origin *origin = &load->catalog->origins[index];
    if (index != i) return malformed(load);
    origin->imported_at = advisory_arena_copy(arena, from->imported_at, strlen(from->imported_at));
    origin->etag = advisory_arena_copy(arena, from->etag, strlen(from->etag));
    origin->last_modified = advisory_arena_copy(arena, from->last_modified, strlen(from->last_modified));
    if (origin->imported_at == NULL || origin->etag == NULL || origin->last_modified == NULL) return no_memory(load);
  }
  load->catalog->last_number = facts->last_number;
  return true;
}

bool advisory_catalog_load(struct advisory_catalog *catalog, struct advisory_db *db, struct advisory_error *error) {
  struct load load = {.catalog = catalog, .db = db, .error = error};
  int64_t packages = db->facts.package_leaves, ids = db->facts.id_leaves;
  bool done = load_origins(&load);
  for (int64_t i = 1; done && i <= ids; i++) done = load_ids(&load, packages + i);
  done = done && sort_by_number(&load);
  for (int64_t i = 1; done && i <= packages; i++) done = load_packages(&load, i);
  free(load.by_number);
  return done;
}
