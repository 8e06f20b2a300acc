/* One leaf holds all that is known of a package. */
#include "advisory_package.h"

#include <stdlib.h>
#include <string.h>

#include "advisory_leaf.h"

void advisory_package_free(struct advisory_package *package) {
  free(package->entries);
  free(package->texts);
  *package = (struct advisory_package){0};
}

/* Moves the cursor over the leaf to the entries of the package; to nothing where there are none. */
static struct advisory_cursor find_entries(struct advisory_cursor *leaf, const char *name) {
  while (advisory_has_more(leaf)) {
    const char *other = advisory_take_text(leaf);
    struct advisory_cursor entries = advisory_take_part(leaf, advisory_take_number(leaf));
    if (!leaf->failed && strcmp(other, name) == 0) return entries;
  }
  return (struct advisory_cursor){leaf->end, leaf->end, leaf->failed};
}

static bool append(struct advisory_package *package, const struct advisory_entry *entry) {
  if (package->count == package->capacity) {
    size_t capacity = package->capacity == 0 ? 4 : package->capacity * 2;
    struct advisory_entry *entries = realloc(package->entries, capacity * sizeof *entries);
    if (entries == NULL) return false;
    package->entries = entries;
    package->capacity = capacity;
  }
  package->entries[package->count++] = *entry;
  return true;
}

static bool read_entries(struct advisory_db *db, struct advisory_package *package, struct advisory_cursor entries,
                         struct advisory_error *error) {
  size_t length = (size_t)(entries.end - entries.next);
  if (entries.failed) return advisory_db_damaged(db, "a leaf is malformed", error);
  if (length == 0) return true;
  package->texts = malloc(length);
  if (package->texts == NULL) return advisory_db_no_memory(db, error);
  memcpy(package->texts, entries.next, length);
  entries = (struct advisory_cursor){package->texts, package->texts + length, false};
  while (advisory_has_more(&entries)) {
    struct advisory_entry entry = advisory_entry_take(&entries);
    if (entries.failed) return advisory_db_damaged(db, "a leaf is malformed", error);
    if (!append(package, &entry)) return advisory_db_no_memory(db, error);
  }
  return true;
}

bool advisory_package_read(struct advisory_db *db, const char *name, struct advisory_package *package,
                           struct advisory_error *error) {
  struct advisory_cursor leaf;
  *package = (struct advisory_package){0};
  bool done = advisory_leaf_read(db, ADVISORY_LEAVES, advisory_leaf_of_package(&db->facts, name), &leaf, error) &&
              read_entries(db, package, find_entries(&leaf, name), error);
  advisory_leaf_done(db, ADVISORY_LEAVES);
  return done;
}
