/* The rows of the database: numbered pieces, each with a checksum over its number and its bytes.
 *
 * What an audit needs lies in the table leaves. Leaf 0 holds the facts (advisory_facts.h); among them how many
 * leaves follow. Those from 1 hold packages, those after them ids: which one, the hash of the name says. Every one
 * of them exists, so that one that is missing or does not match its checksum is damage, and never "nothing known".
 * The table records holds the OSV records, squeezed. */
#ifndef PYSEC_ADVISORY_LEAF_H
#define PYSEC_ADVISORY_LEAF_H

#include "advisory_db.h"
#include "advisory_pack.h"

enum advisory_table { ADVISORY_LEAVES, ADVISORY_RECORDS };

/* The sum over a row of a table. */
uint64_t advisory_leaf_sum(enum advisory_table table, int64_t number, const void *bytes, size_t length);

/* Reads a row; *cursor is over its bytes until advisory_leaf_done. Errors: ECORRUPT, and those of the database. */
bool advisory_leaf_read(struct advisory_db *db, enum advisory_table table, int64_t number,
                        struct advisory_cursor *cursor, struct advisory_error *error);

/* Lets go of what was read last of the table; also after a failure. */
void advisory_leaf_done(struct advisory_db *db, enum advisory_table table);

/* Writes a row, or drops it. */
bool advisory_leaf_put(struct advisory_db *db, enum advisory_table table, int64_t number, const void *bytes,
                       size_t length, struct advisory_error *error);
bool advisory_leaf_drop(struct advisory_db *db, enum advisory_table table, int64_t number,
                        struct advisory_error *error);

/* The leaf of a package, its name normalised; and of an id or alias. */
int64_t advisory_leaf_of_package(const struct advisory_facts *facts, const char *name);
int64_t advisory_leaf_of_id(const struct advisory_facts *facts, const char *id, size_t length);

/* Reads the text of an OSV record into *text, replacing what it holds. */
bool advisory_leaf_record(struct advisory_db *db, int64_t number, struct advisory_buffer *text,
                          struct advisory_error *error);

#endif
