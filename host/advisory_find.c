/* Finding records: by package and version, or by id. */
#include "advisory_find.h"

#include <stdlib.h>
#include <string.h>

#include "advisory_known.h"
#include "advisory_leaf.h"
#include "advisory_package.h"

/* --- hits --- */

void advisory_hits_free(struct advisory_hits *hits) {
  if (hits == NULL) return;
  for (size_t i = 0; i < hits->count; i++) free(hits->items[i]);
  free(hits->items);
  free(hits);
}

static const char *place(char **next, const char *text, size_t length) {
  char *start = *next;
  memcpy(start, text, length);
  start[length] = '\0';
  *next += length + 1;
  return start;
}

static const char *place_fixes(char **next, const struct advisory_fixes *fixes) {
  char *start = *next;
  for (size_t i = 0; i < fixes->count; i++) {
    place(next, fixes->items[i].text, fixes->items[i].length);
    (*next)[-1] = '\n';
  }
  *(*next)++ = '\0';
  return start;
}

/* One block holds the hit and its texts. */
static struct advisory_hit *make_hit(const struct advisory_entry *entry, const struct advisory_buffer *record,
                                     const struct advisory_fixes *fixes) {
  size_t size = sizeof(struct advisory_hit) + strlen(entry->id) + strlen(entry->modified) + strlen(entry->aliases) +
                strlen(entry->summary) + strlen(entry->rating.vector) + record->length + 7;
  for (size_t i = 0; i < fixes->count; i++) size += fixes->items[i].length + 1;
  struct advisory_hit *hit = malloc(size);
  if (hit == NULL) return NULL;
  char *next = (char *)(hit + 1);
  hit->id = place(&next, entry->id, strlen(entry->id));
  hit->modified = place(&next, entry->modified, strlen(entry->modified));
  hit->aliases = place(&next, entry->aliases, strlen(entry->aliases));
  hit->summary = place(&next, entry->summary, strlen(entry->summary));
  hit->rating = entry->rating;
  hit->rating.vector = place(&next, entry->rating.vector, strlen(entry->rating.vector));
  hit->record = place(&next, record->data, record->length);
  hit->record_length = record->length;
  hit->fixes = place_fixes(&next, fixes);
  return hit;
}

static bool append_hit(struct advisory_hits *hits, struct advisory_hit *hit) {
  if (hits->count == hits->capacity) {
    size_t capacity = hits->capacity == 0 ? 16 : hits->capacity * 2;
    struct advisory_hit **items = realloc(hits->items, capacity * sizeof *items);
    if (items == NULL) return false;
    hits->items = items;
    hits->capacity = capacity;
  }
  hits->items[hits->count++] = hit;
  return true;
}

struct search {
  struct advisory_db *db;
  struct advisory_hits *hits;
  struct advisory_buffer record;
  struct advisory_error *error;
};

/* Adds a hit, with the text of its record. */
static bool add_hit(struct search *search, const struct advisory_entry *entry, const struct advisory_fixes *fixes) {
  if (!advisory_leaf_record(search->db, entry->number, &search->record, search->error)) return false;
  struct advisory_hit *hit = make_hit(entry, &search->record, fixes);
  if (hit != NULL && append_hit(search->hits, hit)) return true;
  free(hit);
  return advisory_db_no_memory(search->db, search->error);
}

/* Holds the database; the hits that `finish` gives are the search's. */
static bool start(struct search *search) {
  if (!advisory_db_hold(search->db, false, search->error)) return false;
  search->hits = calloc(1, sizeof *search->hits);
  if (search->hits != NULL) return true;
  advisory_db_release(search->db);
  return advisory_db_no_memory(search->db, search->error);
}

static struct advisory_hits *finish(struct search *search, bool done) {
  advisory_db_release(search->db);
  advisory_buffer_free(&search->record);
  if (done) return search->hits;
  advisory_hits_free(search->hits);
  return NULL;
}

/* --- by package --- */

static bool add_if_affected(struct search *search, const struct advisory_entry *entry, const struct pep440 *version) {
  if (version != NULL && !advisory_ranges_hold(entry->ranges, version) &&
      !advisory_versions_hold(entry->versions, version))
    return true;
  struct advisory_fixes fixes = {0};
  bool done = advisory_fixes_add(&fixes, entry->ranges, version) ? add_hit(search, entry, &fixes)
                                                                 : advisory_db_no_memory(search->db, search->error);
  advisory_fixes_free(&fixes);
  return done;
}

static int compare_hits(const void *left, const void *right) {
  const struct advisory_hit *const *a = left, *const *b = right;
  return strcmp((*a)->id, (*b)->id);
}

struct advisory_hits *advisory_find(struct advisory_db *db, const char *name, const struct pep440 *version,
                                    struct advisory_error *error) {
  struct search search = {.db = db, .error = error};
  struct advisory_package package;
  if (!start(&search)) return NULL;
  bool done = advisory_package_read(db, name, &package, error);
  for (size_t i = 0; done && i < package.count; i++) done = add_if_affected(&search, &package.entries[i], version);
  advisory_package_free(&package);
  if (done && search.hits->count > 1)
    qsort(search.hits->items, search.hits->count, sizeof *search.hits->items, compare_hits);
  return finish(&search, done);
}

/* --- by id --- */

struct advisory_hits *advisory_get(struct advisory_db *db, const char *id, bool with_aliases,
                                   struct advisory_error *error) {
  struct search search = {.db = db, .error = error};
  struct advisory_known known = {0};
  if (!start(&search)) return NULL;
  bool done = advisory_known_add(db, id, ADVISORY_BY_ID, &known, error);
  if (done && with_aliases && known.count == 0)
    done = advisory_known_add(db, id, ADVISORY_BY_ALIAS, &known, error);
  advisory_known_sort(&known);
  if (done && known.count > 0) {
    const struct advisory_stored *first = &known.items[0];
    struct advisory_entry entry = {.number = first->number, .id = first->id, .modified = first->modified,
                                   .aliases = first->aliases, .summary = "", .rating = first->rating};
    done = add_hit(&search, &entry, &(struct advisory_fixes){0});
  }
  advisory_known_free(&known);
  return finish(&search, done);
}
