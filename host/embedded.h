/* The files that the build put into the library: see cmake/embed.cmake. */
#ifndef PYSEC_EMBEDDED_H
#define PYSEC_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
  const char *name;  /* such as "scripts/update.lua" */
  const char *text;
  size_t size;
};

/* Ends with a NULL name. */
extern const struct embedded_file embedded_files[];

#endif
