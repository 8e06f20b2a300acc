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

/* A script as the Lua of the build compiled it, with all that errors tell of lines and names. */
struct precompiled_file {
  const char *name;
  const char *code;
  size_t size;
};

/* Ends with a NULL name; empty where the build could not run what it built. */
extern const struct precompiled_file precompiled_files[];

/* lua_ident of the Lua that compiled them: no other release may load them. */
extern const char precompiled_by[];

#endif
