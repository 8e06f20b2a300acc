/* Matching in bulk: no record is read, only what the database keeps of it for each package. */
#include "advisory_audit.h"

#include <stdlib.h>
#include <string.h>

#include "advisory_family.h"
#include "advisory_lines.h"
#include "advisory_match.h"

void advisory_flaws_free(struct advisory_flaws *flaws) {
  free(flaws->items);
  *flaws = (struct advisory_flaws){0};
}

static bool append(struct advisory_flaws *flaws, const struct advisory_entry *entry) {
  if (flaws->count == flaws->capacity) {
    size_t capacity = flaws->capacity == 0 ? 16 : flaws->capacity * 2;
    struct advisory_held *items = realloc(flaws->items, capacity * sizeof *items);
    if (items == NULL) return false;
    flaws->items = items;
    flaws->capacity = capacity;
  }
  flaws->items[flaws->count++] = (struct advisory_held){entry, entry};
  return true;
}

/* --- order --- */

static int rank(const char *id) {
  static const char *const starts[] = {"PYSEC-", "MAL-", "GHSA-"};
  enum { STARTS = sizeof starts / sizeof *starts };
  for (int i = 0; i < STARTS; i++)
    if (strncmp(id, starts[i], strlen(starts[i])) == 0) return i;
  return STARTS;
}

static int compare_entries(const struct advisory_entry *a, const struct advisory_entry *b) {
  int order = rank(a->id) - rank(b->id);
  return order != 0 ? order : strcmp(a->id, b->id);
}

static int compare_families(const void *left, const void *right) {
  const struct advisory_held *a = left, *b = right;
  return (a->entry->family > b->entry->family) - (a->entry->family < b->entry->family);
}

static int compare_flaws(const void *left, const void *right) {
  const struct advisory_held *a = left, *b = right;
  int order = strcmp(a->first->id, b->first->id);
  return order != 0 ? order : compare_entries(a->entry, b->entry);
}

/* --- grouping --- */

static bool names(const struct advisory_entry *entry, const char *text, size_t length) {
  if (strncmp(entry->id, text, length) == 0 && entry->id[length] == '\0') return true;
  const char *aliases = entry->aliases;
  for (struct advisory_line alias; advisory_line_take(&aliases, &alias);)
    if (alias.length == length && memcmp(alias.text, text, length) == 0) return true;
  return false;
}

static bool share_a_name(const struct advisory_entry *a, const struct advisory_entry *b) {
  if (names(a, b->id, strlen(b->id))) return true;
  const char *aliases = b->aliases;
  for (struct advisory_line alias; advisory_line_take(&aliases, &alias);)
    if (names(a, alias.text, alias.length)) return true;
  return false;
}

static void swap(struct advisory_held *a, struct advisory_held *b) {
  struct advisory_held other = *a;
  *a = *b;
  *b = other;
}

/* Moves to the front what shares a flaw with the first item; returns how many those are. */
static size_t gather_flaw(struct advisory_held *items, size_t count) {
  size_t found = 1;
  for (size_t i = 0; i < found; i++)
    for (size_t j = found; j < count; j++)
      if (share_a_name(items[i].entry, items[j].entry)) swap(&items[found++], &items[j]);
  return found;
}

static void group_few(struct advisory_held *items, size_t count) {
  while (count > 0) {
    size_t found = gather_flaw(items, count);
    const struct advisory_entry *first = items[0].entry;
    for (size_t i = 1; i < found; i++)
      if (compare_entries(items[i].entry, first) < 0) first = items[i].entry;
    for (size_t i = 0; i < found; i++) items[i].first = first;
    items += found;
    count -= found;
  }
}

/* Sets the first record of each flaw; firsts[i] is that of the family that record i stands for. */
static void take_firsts(struct advisory_families *families, struct advisory_held *items, size_t count,
                        const struct advisory_entry **firsts) {
  for (size_t i = 0; i < count; i++) {
    const struct advisory_entry **first = &firsts[advisory_families_find(families, i)];
    if (*first == NULL || compare_entries(items[i].entry, *first) < 0) *first = items[i].entry;
  }
  for (size_t i = 0; i < count; i++) items[i].first = firsts[advisory_families_find(families, i)];
}

static bool group_many(struct advisory_held *items, size_t count) {
  struct advisory_families families = {0};
  const struct advisory_entry **firsts = calloc(count, sizeof *firsts);
  bool done = firsts != NULL;
  for (size_t i = 0; done && i < count; i++)
    done = advisory_families_add(&families, items[i].entry->id, items[i].entry->aliases);
  if (done) take_firsts(&families, items, count, firsts);
  advisory_families_free(&families);
  free(firsts);
  return done;
}

/* So many records of a package and a family do not come about; then each is not compared with each. */
enum { FEW = 64 };

static bool group_family(struct advisory_held *items, size_t count) {
  if (count > FEW) return group_many(items, count);
  group_few(items, count);
  return true;
}

/* Only records of one family can share a flaw: comparing those alone keeps the time low. */
static bool group(struct advisory_flaws *flaws) {
  if (flaws->count < 2) return true;
  qsort(flaws->items, flaws->count, sizeof *flaws->items, compare_families);
  for (size_t start = 0, end; start < flaws->count; start = end) {
    for (end = start + 1; end < flaws->count; end++)
      if (flaws->items[end].entry->family != flaws->items[start].entry->family) break;
    if (!group_family(flaws->items + start, end - start)) return false;
  }
  qsort(flaws->items, flaws->count, sizeof *flaws->items, compare_flaws);
  return true;
}

bool advisory_audit(const struct advisory_package *package, const struct pep440 *version,
                    struct advisory_flaws *flaws) {
  flaws->count = 0;
  for (size_t i = 0; i < package->count; i++) {
    const struct advisory_entry *entry = &package->entries[i];
    if (!advisory_ranges_hold(entry->ranges, version) && !advisory_versions_hold(entry->versions, version))
      continue;
    if (!append(flaws, entry)) return false;
  }
  return group(flaws);
}
