#include "fuzz.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The budget is half a second, the sanitizers and a busy machine make it long. */
enum { LONGEST_CALL = 8 };

void fuzz_insist(const pysec_host *host, bool holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "does not hold: %s\npysec_error: %s\n", what, pysec_error(host));
  abort();
}

double fuzz_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

pysec_host *fuzz_host(long long instructions) {
  pysec_host *host;
  pysec_budget budget = {.instructions = instructions, .memory = 4 << 20, .seconds = 0.5};
  fuzz_insist(NULL, pysec_new(&host, NULL) == PYSEC_OK, "a host can be made");
  fuzz_insist(host, pysec_policy_budget(host, &budget) == PYSEC_OK, "the budget is enough for the default policy");
  return host;
}

char *fuzz_copy(const uint8_t *data, size_t size) {
  char *copy = malloc(size);
  if (size > 0) memcpy(copy, data, size);
  return copy;
}

/* "file:line: what" */
static bool has_place(const char *message) {
  for (const char *colon = strchr(message, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
    const char *digit = colon + 1;
    if (colon == message || !isdigit((unsigned char)*digit) || *digit == '0') continue;
    while (isdigit((unsigned char)*digit)) digit++;
    if (digit[0] == ':' && digit[1] == ' ' && digit[2] != '\0') return true;
  }
  return false;
}

void fuzz_check(const pysec_host *host, pysec_status status, double start) {
  const char *message = pysec_error(host);
  fuzz_insist(host, fuzz_now() - start < LONGEST_CALL, "a call ends soon");
  fuzz_insist(host, status == PYSEC_OK || status == PYSEC_POLICY || status == PYSEC_FAILED, "the status");
  fuzz_insist(host, strstr(message, "\nstack traceback:\n") == NULL, "no script of pysec's own breaks");
  if (status == PYSEC_OK) fuzz_insist(host, *message == '\0', "no message where nothing is wrong");
  if (status == PYSEC_POLICY) fuzz_insist(host, has_place(message), "a mistake has a file and a line");
  if (status == PYSEC_FAILED) fuzz_insist(host, *message != '\0', "a failure has a message");
}
