/* A hash and a checksum of bytes, the same on every machine: it is stored in databases.
 *
 * A change of a single byte always changes the sum: every step is a bijection. */
#ifndef PYSEC_ADVISORY_HASH_H
#define PYSEC_ADVISORY_HASH_H

#include <stddef.h>
#include <stdint.h>

static const uint64_t ADVISORY_HASH_START = 0xcbf29ce484222325u;

/* Adds a number to a sum. */
uint64_t advisory_hash_number(uint64_t sum, uint64_t number);

/* Adds bytes and their length to a sum. */
uint64_t advisory_hash_bytes(uint64_t sum, const void *bytes, size_t length);

/* The hash of a text, its low bits well mixed. */
uint64_t advisory_hash(const char *text, size_t length);

#endif
