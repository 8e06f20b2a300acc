/* What the fuzz targets over hosts and policies share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <pysec.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process with a word on what does not hold and what the host said last. */
void fuzz_insist(const pysec_host *host, bool holds, const char *what);

/* A host whose policies have a budget of `instructions`, 4 MiB and half a second. */
pysec_host *fuzz_host(long long instructions);

/* A copy of exactly `size` bytes, for free(): the sanitizer sees a read past its end. */
char *fuzz_copy(const uint8_t *data, size_t size);

/* What holds after every call that began at `start`: it ended soon, its status is a documented one, the message names
 * what is wrong and where, and no script of pysec's own broke. */
void fuzz_check(const pysec_host *host, pysec_status status, double start);

/* Seconds on the monotonic clock. */
double fuzz_now(void);

#endif
