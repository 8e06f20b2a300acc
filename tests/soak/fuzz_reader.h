/* What the fuzz targets over readers of text share: a Lua state whose memory runs out where the input says so. */
#ifndef FUZZ_READER_H
#define FUZZ_READER_H

#include <lauxlib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_document {
  const char *text;  /* of exactly `length` bytes: the sanitizer sees a read past the end */
  size_t length;
};

/* Ends the process where it does not hold. */
void fuzz_hold(bool holds);

/* Calls `body` with a struct fuzz_document as light userdata: the bytes behind the first one, which says after how
 * many requests memory runs out (0: never). Nothing but want of memory may raise. Returns 0. */
int fuzz_read(lua_CFunction body, const uint8_t *data, size_t size);

#endif
