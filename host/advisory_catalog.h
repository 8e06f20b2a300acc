/* All that the leaves of the database hold, in memory: an import reads it first, changes it record by record, and
 * writes it back last. */
#ifndef PYSEC_ADVISORY_CATALOG_H
#define PYSEC_ADVISORY_CATALOG_H

#include "advisory_arena.h"
#include "advisory_db.h"
#include "advisory_rating.h"

/* What a record says of a package; several of one package count together. Texts as in advisory_match.h. */
struct advisory_place {
  struct advisory_place *next;
  const char *package;  /* normalised */
  const char *versions, *ranges;
};

/* One record. Texts live as long as the catalog; aliases are one a line. */
struct advisory_item {
  int64_t number;
  const char *id, *modified;
  const char *withdrawn;  /* "": it is in force */
  const char *aliases;
  const char *summary;    /* "" also where it is about no package */
  size_t origin;          /* of the catalog's */
  uint64_t sum;           /* of the record's text */
  struct advisory_rating own;
  struct advisory_place *places;  /* in reverse order; none while it is withdrawn */
  bool is_seen;     /* the import at hand brought it */
  bool is_dropped;
  int64_t family;                 /* these two are worked out when the catalog is written */
  struct advisory_rating rating;
};

/* Whether the record counts: it is neither withdrawn nor dropped. */
bool advisory_item_is_in_force(const struct advisory_item *item);

/* Zeroed means empty. */
struct advisory_catalog {
  struct advisory_arena arena;
  struct advisory_item *items;
  size_t count, capacity;
  size_t *slots;     /* places of ids: index + 1, 0: free */
  size_t slot_count;
  struct advisory_origin *origins;
  size_t origin_count;
  int64_t last_number;
};

/* Reads all leaves, each checked, within the transaction of an import. Errors: ECORRUPT, ENOMEM, those of the
 * database. */
bool advisory_catalog_load(struct advisory_catalog *catalog, struct advisory_db *db, struct advisory_error *error);

/* The record with this id; NULL: none. Valid until one is added. */
struct advisory_item *advisory_catalog_find(const struct advisory_catalog *catalog, const char *id);

/* Adds a record of this id, which the catalog does not have and whose text lives as long as it; zeroed but for its
 * id and its number, 0 where it is to have the next. NULL: no memory. */
struct advisory_item *advisory_catalog_add(struct advisory_catalog *catalog, const char *id, int64_t number);

/* Adds what an item says of a package; the texts are copied. False: no memory. */
bool advisory_catalog_place(struct advisory_catalog *catalog, struct advisory_item *item, const char *package,
                            const char *versions, const char *ranges);

/* The index of an origin, which is added when there is none of this name. False: no memory, or too many. */
bool advisory_catalog_origin(struct advisory_catalog *catalog, const char *name, size_t *index);

/* Works out family and rating of all records in force. False: no memory. */
bool advisory_catalog_rate(struct advisory_catalog *catalog);

/* Works out families and ratings, then writes all leaves that changed, and the facts. */
bool advisory_catalog_save(struct advisory_catalog *catalog, struct advisory_db *db, const char *imported_at,
                           struct advisory_error *error);

/* Frees all and leaves it empty. */
void advisory_catalog_free(struct advisory_catalog *catalog);

#endif
