/* Records in memory, found by their ids. */
#include "advisory_catalog.h"

#include <stdlib.h>
#include <string.h>

#include "advisory_hash.h"

void advisory_catalog_free(struct advisory_catalog *catalog) {
  advisory_arena_free(&catalog->arena);
  free(catalog->items);
  free(catalog->slots);
  free(catalog->origins);
  *catalog = (struct advisory_catalog){0};
}

bool advisory_item_is_in_force(const struct advisory_item *item) {
  return !item->is_dropped && item->withdrawn[0] == '\0';
}

/* --- ids --- */

/* The slot that the id has or would have. */
static size_t *find_slot(const struct advisory_catalog *catalog, const char *id) {
  size_t place = advisory_hash(id, strlen(id)) & (catalog->slot_count - 1);
  while (catalog->slots[place] != 0 && strcmp(catalog->items[catalog->slots[place] - 1].id, id) != 0)
    place = (place + 1) & (catalog->slot_count - 1);
  return &catalog->slots[place];
}

struct advisory_item *advisory_catalog_find(const struct advisory_catalog *catalog, const char *id) {
  size_t slot = catalog->slot_count == 0 ? 0 : *find_slot(catalog, id);
  return slot == 0 ? NULL : &catalog->items[slot - 1];
}

/* Room for one more item and its id. */
static bool grow(struct advisory_catalog *catalog) {
  if (catalog->count < catalog->capacity) return true;
  size_t capacity = catalog->capacity == 0 ? 256 : catalog->capacity * 2, slot_count = capacity * 2;
  struct advisory_item *items = realloc(catalog->items, capacity * sizeof *items);
  if (items == NULL) return false;
  catalog->items = items;
  size_t *slots = calloc(slot_count, sizeof *slots);
  if (slots == NULL) return false;
  free(catalog->slots);
  catalog->slots = slots;
  catalog->slot_count = slot_count;
  catalog->capacity = capacity;
  for (size_t i = 0; i < catalog->count; i++) *find_slot(catalog, items[i].id) = i + 1;
  return true;
}

struct advisory_item *advisory_catalog_add(struct advisory_catalog *catalog, const char *id, int64_t number) {
  if (!grow(catalog)) return NULL;
  struct advisory_item *item = &catalog->items[catalog->count];
  *item = (struct advisory_item){.id = id, .number = number != 0 ? number : ++catalog->last_number};
  *find_slot(catalog, id) = ++catalog->count;
  return item;
}

/* --- packages and origins --- */

bool advisory_catalog_place(struct advisory_catalog *catalog, struct advisory_item *item, const char *package,
                            const char *versions, const char *ranges) {
  struct advisory_place *place = advisory_arena_take(&catalog->arena, sizeof *place);
  if (place == NULL) return false;
  place->package = advisory_arena_copy(&catalog->arena, package, strlen(package));
  place->versions = advisory_arena_copy(&catalog->arena, versions, strlen(versions));
  place->ranges = advisory_arena_copy(&catalog->arena, ranges, strlen(ranges));
  place->next = item->places;
  item->places = place;
  return place->package != NULL && place->versions != NULL && place->ranges != NULL;
}

bool advisory_catalog_origin(struct advisory_catalog *catalog, const char *name, size_t *index) {
  for (*index = 0; *index < catalog->origin_count; ++*index)
    if (strcmp(catalog->origins[*index].name, name) == 0) return true;
  if (*index == ADVISORY_MAX_ORIGINS) return false;
  struct advisory_origin *origins = realloc(catalog->origins, (*index + 1) * sizeof *origins);
  if (origins == NULL) return false;
  catalog->origins = origins;
  origins[*index] = (struct advisory_origin){.imported_at = "", .etag = "", .last_modified = ""};
  origins[*index].name = advisory_arena_copy(&catalog->arena, name, strlen(name));
  if (origins[*index].name == NULL) return false;
  catalog->origin_count++;
  return true;
}
