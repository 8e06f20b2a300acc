/* Disjoint sets (union-find) over records, joined by the names that they share. */
#include "advisory_family.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "advisory_hash.h"
#include "advisory_lines.h"

size_t advisory_families_find(struct advisory_families *families, size_t record) {
  size_t *parents = families->parents;
  for (; parents[record] != record; record = parents[record]) parents[record] = parents[parents[record]];
  return record;
}

static void join(struct advisory_families *families, size_t a, size_t b) {
  a = advisory_families_find(families, a);
  b = advisory_families_find(families, b);
  /* The older stands for both, so that the outcome depends on the order of the records alone. */
  families->parents[a > b ? a : b] = a < b ? a : b;
}

static struct advisory_name *find_place(struct advisory_name *names, size_t capacity, const char *text,
                                        size_t length) {
  size_t place = advisory_hash(text, length) & (capacity - 1);
  while (names[place].text != NULL &&
         (names[place].length != length || memcmp(names[place].text, text, length) != 0))
    place = (place + 1) & (capacity - 1);
  return &names[place];
}

static bool grow_names(struct advisory_families *families) {
  size_t capacity = families->name_capacity == 0 ? 64 : families->name_capacity * 2;
  struct advisory_name *names = calloc(capacity, sizeof *names);
  if (names == NULL) return false;
  for (size_t i = 0; i < families->name_capacity; i++) {
    const struct advisory_name *name = &families->names[i];
    if (name->text != NULL) *find_place(names, capacity, name->text, name->length) = *name;
  }
  free(families->names);
  families->names = names;
  families->name_capacity = capacity;
  return true;
}

static bool add_name(struct advisory_families *families, size_t record, const char *text, size_t length) {
  if (families->name_count * 2 >= families->name_capacity && !grow_names(families)) return false;
  struct advisory_name *name = find_place(families->names, families->name_capacity, text, length);
  if (name->text != NULL) {
    join(families, name->member, record);
    return true;
  }
  *name = (struct advisory_name){text, length, record};
  families->name_count++;
  return true;
}

bool advisory_families_add(struct advisory_families *families, const char *id, const char *aliases) {
  if (families->count == families->capacity) {
    size_t capacity = families->capacity == 0 ? 64 : families->capacity * 2;
    size_t *parents = realloc(families->parents, capacity * sizeof *parents);
    if (parents == NULL) return false;
    families->parents = parents;
    families->capacity = capacity;
  }
  size_t record = families->count++;
  families->parents[record] = record;
  if (!add_name(families, record, id, strlen(id))) return false;
  for (struct advisory_line alias; advisory_line_take(&aliases, &alias);)
    if (!add_name(families, record, alias.text, alias.length)) return false;
  return true;
}

void advisory_families_free(struct advisory_families *families) {
  free(families->parents);
  free(families->names);
  *families = (struct advisory_families){0};
}
