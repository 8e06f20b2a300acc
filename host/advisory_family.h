/* Which records speak of one flaw: those that share an id or an alias, directly or through others. */
#ifndef PYSEC_ADVISORY_FAMILY_H
#define PYSEC_ADVISORY_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed means empty. */
struct advisory_families {
  size_t *parents;  /* of each record: one of the same family; itself for one that stands for all */
  size_t count, capacity;
  struct advisory_name {
    const char *text;
    size_t length, member;  /* the first record that has this name */
  } *names;          /* hashed by their text, open addressing; text NULL: a free place */
  size_t name_count, name_capacity;
};

/* Adds record number families->count, with its id and its aliases, one a line. The texts must outlive the
 * families. False: no memory, and the record may be in part. */
bool advisory_families_add(struct advisory_families *families, const char *id, const char *aliases);

/* The record that stands for the family of this one: the same for all of them. */
size_t advisory_families_find(struct advisory_families *families, size_t record);

/* Frees all and leaves them empty. */
void advisory_families_free(struct advisory_families *families);

#endif
