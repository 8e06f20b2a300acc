/* A record replaces the one with its id, unless it is older, whoever brought it. */
#include "advisory_store.h"

#include <string.h>

#include "advisory_hash.h"
#include "advisory_leaf.h"
#include "json.h"

/* A record's aliases are kept with every package that it is about. */
enum { MAX_REPEATED = 16 * 1024 * 1024 };

void advisory_store_free(struct advisory_store *store) {
  store->squeezer = advisory_squeezer_free(store->squeezer);
  advisory_scratch_free(&store->scratch);
  advisory_buffer_free(&store->squeezed);
}

/* By time: as texts "30Z" would come behind "30.5Z". */
static int compare_times(const char *a, const char *b) {
  enum { SECONDS = sizeof "0000-00-00T00:00:00" - 1 };
  int order = strncmp(a, b, SECONDS);
  if (order != 0) return order;
  a += SECONDS + (a[SECONDS] == '.');
  b += SECONDS + (b[SECONDS] == '.');
  while (*a != 'Z' || *b != 'Z') {
    int digit = *a == 'Z' ? '0' : *a++, other = *b == 'Z' ? '0' : *b++;
    if (digit != other) return digit - other;
  }
  return 0;
}

struct text {
  const char *bytes;
  size_t length;
  uint64_t sum;
};

static bool no_memory(struct advisory_store *store, struct advisory_error *error) {
  return advisory_db_no_memory(store->db, error);
}

static bool put_text(struct advisory_store *store, int64_t number, const struct text *text,
                     struct advisory_error *error) {
  if (!advisory_squeeze(store->squeezer, text->bytes, text->length, &store->squeezed)) return no_memory(store, error);
  return advisory_leaf_put(store->db, ADVISORY_RECORDS, number, store->squeezed.data, store->squeezed.length, error);
}

static const char *keep(struct advisory_store *store, const char *text) {
  return *text == '\0' ? "" : advisory_arena_copy(&store->catalog->arena, text, strlen(text));
}

/* What the record says of itself becomes the item's. */
static bool set_fields(struct advisory_store *store, struct advisory_item *item, const struct advisory_row *row,
                       const struct advisory_rating *rating) {
  item->modified = keep(store, row->modified);
  item->withdrawn = keep(store, row->withdrawn);
  item->aliases = keep(store, row->aliases);
  item->summary = keep(store, row->summary);
  item->own = *rating;
  item->own.vector = keep(store, rating->vector);
  item->places = NULL;
  return item->modified != NULL && item->withdrawn != NULL && item->aliases != NULL && item->summary != NULL &&
         item->own.vector != NULL;
}

/* Also reads the entries of a withdrawn record, so that a malformed one is found. */
static bool set_places(struct advisory_store *store, struct advisory_record *record, struct advisory_item *item,
                       int count) {
  const struct advisory_scratch *scratch = record->scratch;
  if ((size_t)count * strlen(item->aliases) > MAX_REPEATED)
    return advisory_fail(record->error, "EINVAL", "aliases: too many for as many packages");
  for (int i = 0; i < count; i++) {
    char package[ADVISORY_MAX_PACKAGE];
    const char *name;
    size_t length;
    if (!advisory_record_package(record, i, &name, &length)) return false;
    if (name == NULL) continue;
    if (!advisory_record_versions(record, i)) return false;
    if (item->withdrawn[0] != '\0' || !advisory_package_normalize(name, length, package)) continue;
    if (!advisory_catalog_place(store->catalog, item, package, scratch->versions.data, scratch->ranges.data))
      return no_memory(store, record->error);
  }
  return true;
}

static bool replace(struct advisory_store *store, struct advisory_record *record, struct advisory_item *item,
                    const struct advisory_row *row, const struct text *text, int count) {
  struct advisory_rating rating = advisory_rating_read(record->L, record->root, row->id);
  if (item == NULL) {
    const char *id = keep(store, row->id);
    item = id == NULL ? NULL : advisory_catalog_add(store->catalog, id, 0);
  }
  if (item == NULL || !set_fields(store, item, row, &rating)) return no_memory(store, record->error);
  item->sum = text->sum;
  item->origin = store->origin;
  item->is_seen = true;
  return set_places(store, record, item, count) && put_text(store, item->number, text, record->error);
}

/* The text that is kept: as it came, unless a name in it had to be normalised. */
static struct text choose_text(struct advisory_record *record, bool is_renamed, const char *bytes, size_t length) {
  if (is_renamed || bytes == NULL) {
    json_write(record->L, record->root, false);
    bytes = lua_tolstring(record->L, -1, &length);
  }
  return (struct text){bytes, length, advisory_hash_bytes(ADVISORY_HASH_START, bytes, length)};
}

bool advisory_store_record(struct advisory_store *store, lua_State *L, const char *bytes, size_t length,
                           enum advisory_stored_as *as, bool *withdrawn, struct advisory_error *error) {
  struct advisory_record record = {.L = L, .error = error, .scratch = &store->scratch, .root = lua_gettop(L),
                                   .entry = -1, .range = -1, .event = -1};
  struct advisory_row row;
  int count;
  bool is_pypi, is_renamed;
  if (!advisory_record_read(&record, &row) || !advisory_record_count(&record, &count) ||
      !advisory_record_normalize(&record, count, &is_pypi, &is_renamed))
    return false;
  struct text text = choose_text(&record, is_renamed, bytes, length);
  struct advisory_item *item = advisory_catalog_find(store->catalog, row.id);
  *withdrawn = row.withdrawn[0] != '\0';
  *as = item != NULL ? ADVISORY_UPDATED : is_pypi ? ADVISORY_ADDED : ADVISORY_SKIPPED;
  if (*as == ADVISORY_SKIPPED) return true;
  int order = item == NULL ? 1 : compare_times(row.modified, item->modified);
  if (order < 0 || (order == 0 && text.sum == item->sum)) {
    *as = ADVISORY_UNCHANGED;
    /* What its origin has now is what the last one brought: only an older one stays that of another. */
    if (order == 0) item->origin = store->origin;
    item->is_seen = true;
    return true;
  }
  /* One that is known is replaced even if it left PyPI: what it said before holds no longer. */
  return replace(store, &record, item, &row, &text, count);
}

bool advisory_store_drop_rest(struct advisory_store *store, int64_t *dropped, struct advisory_error *error) {
  *dropped = 0;
  for (size_t i = 0; i < store->catalog->count; i++) {
    struct advisory_item *item = &store->catalog->items[i];
    if (item->origin != store->origin || item->is_seen) continue;
    if (!advisory_leaf_drop(store->db, ADVISORY_RECORDS, item->number, error)) return false;
    item->is_dropped = true;
    ++*dropped;
  }
  return true;
}
