/* Where records come from: a folder of JSON and YAML files, a zip of them, or one file. */
#ifndef PYSEC_ADVISORY_SOURCE_H
#define PYSEC_ADVISORY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "advisory_error.h"

struct advisory_member {
  const char *path;  /* of the file that was opened */
  const char *name;  /* in a zip; NULL: the file itself */
  const char *text;
  size_t length;
  bool is_yaml;      /* by its name; else it is JSON */
};

/* Receives one member, valid during the call; returns false with *error filled to stop. */
typedef bool (*advisory_visit)(void *data, const struct advisory_member *member,
                               struct advisory_error *error);

/* Hands every *.json, *.yaml and *.yml member of `path` to `visit`, but for what lies in hidden folders or is hidden
 * itself: a checkout of a database holds settings of its tools there. A zip is known by its content.
 * Errors: those of `visit` and of opening files, EINVAL (damaged or encrypted zip), E2BIG (a member
 * above 16 MiB, or more members, bytes or levels of folders than any honest source has), ENOMEM. */
bool advisory_source_read(const char *path, advisory_visit visit, void *data, struct advisory_error *error);

#endif
