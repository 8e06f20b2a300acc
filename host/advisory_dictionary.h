/* What OSV records have in common: the dictionary that they are squeezed with. It is part of the format: a database
 * that was written with another one cannot be read, so that a change of it needs another version of the format. */
#ifndef PYSEC_ADVISORY_DICTIONARY_H
#define PYSEC_ADVISORY_DICTIONARY_H

#include <stddef.h>

struct advisory_dictionary {
  const char *text;
  size_t length;
};

extern const struct advisory_dictionary ADVISORY_DICTIONARY;

#endif
