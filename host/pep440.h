/* Versions of Python packages as PEP 440 defines them: reading, ordering and writing them.
 *
 * Nothing here allocates or keeps state. Numbers stay digits of the text, so that a release like
 * 20240101000000000000 is compared exactly. */
#ifndef PYSEC_PEP440_H
#define PYSEC_PEP440_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text beyond these bounds is no version. PEP 440 sets none; published versions stay far below. */
enum {
  PEP440_MAX_LENGTH = 512,
  PEP440_MAX_RELEASE = 64,
  PEP440_MAX_LOCAL = 32,
  PEP440_MAX_NORMAL = PEP440_MAX_LENGTH + 32  /* "1c" grows to "1rc0", "1-1" to "1.post1" */
};

/* A piece of the version's text. A number's leading zeros are left out, so 0 has length 0. */
struct pep440_span {
  uint16_t start;
  uint16_t length;
};

struct pep440 {
  const char *text;    /* as given, not owned: must outlive the struct */
  uint16_t length;
  uint8_t release_count;
  uint8_t local_count;
  char pre_kind;       /* 'a', 'b', 'r' (rc), or 0: no pre-release */
  bool has_post;
  bool has_dev;
  struct pep440_span epoch;
  struct pep440_span pre;
  struct pep440_span post;
  struct pep440_span dev;
  struct pep440_span release[PEP440_MAX_RELEASE];
  struct pep440_span local[PEP440_MAX_LOCAL];
  /* No bit mask: GCC 12 takes (a >> i & 1) != (b >> i & 1) for true where the bits are equal. */
  bool local_is_number[PEP440_MAX_LOCAL];
};

/* The parts of a version, the weightiest first. */
enum pep440_part {
  PEP440_EPOCH,
  PEP440_RELEASE,
  PEP440_PRE,
  PEP440_POST,
  PEP440_DEV,   /* up to here it is the public version */
  PEP440_LOCAL
};

/* Reads a version, white space around it allowed. False when the text is none; *version is then
 * undefined. `text` needs no NUL at its end. */
bool pep440_parse(struct pep440 *version, const char *text, size_t length);

/* -1, 0 or 1 by the parts up to and with `last`; up to PEP440_LOCAL this is PEP 440's order. A version
 * that has a dev part but neither pre nor post comes below every pre-release, at PEP440_PRE already. */
int pep440_compare(const struct pep440 *a, const struct pep440 *b, enum pep440_part last);

/* Index of the first release segment that differs, missing segments being 0; -1 when none does. */
int pep440_release_difference(const struct pep440 *a, const struct pep440 *b);

/* Whether it is a pre-release or a development release. */
bool pep440_is_prerelease(const struct pep440 *version);

/* Writes the normal form without a NUL into PEP440_MAX_NORMAL bytes; returns its length. */
size_t pep440_write(const struct pep440 *version, char *out);

/* White space that PEP 440 allows around a version: what Python's \s matches in ASCII. */
bool pep440_is_space(char c);

#endif
