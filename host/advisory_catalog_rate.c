/* Families and their ratings, worked out once for each import: the highest of a family counts for all of it. */
#include <stdlib.h>
#include <string.h>

#include "advisory_catalog.h"
#include "advisory_family.h"

/* Every item is a member, so that places are the same in both; one that is not in force has no name. */
static bool find_families(const struct advisory_catalog *catalog, struct advisory_families *families) {
  for (size_t i = 0; i < catalog->count; i++) {
    const struct advisory_item *item = &catalog->items[i];
    bool in_force = advisory_item_is_in_force(item);
    if (!advisory_families_add(families, in_force ? item->id : "", in_force ? item->aliases : "")) return false;
  }
  return true;
}

bool advisory_catalog_rate(struct advisory_catalog *catalog) {
  struct advisory_families families = {0};
  bool done = find_families(catalog, &families);
  for (size_t i = 0; i < catalog->count; i++) catalog->items[i].rating = catalog->items[i].own;
  for (size_t i = 0; done && i < catalog->count; i++) {
    struct advisory_item *item = &catalog->items[i], *first;
    first = &catalog->items[advisory_families_find(&families, i)];
    item->family = first->number;
    if (advisory_item_is_in_force(item) && advisory_rating_is_above(&item->own, &first->rating))
      first->rating = item->own;
  }
  for (size_t i = 0; done && i < catalog->count; i++)
    if (advisory_item_is_in_force(&catalog->items[i]))
      catalog->items[i].rating = catalog->items[advisory_families_find(&families, i)].rating;
  advisory_families_free(&families);
  return done;
}
