#include "late_curl.h"

static struct late_curl functions;

#define SYMBOL(name) LATE_SYMBOL(struct late_curl, name)
static const struct late_symbol symbols[] = {LATE_CURL(SYMBOL){NULL, 0}};

/* libcurl's own global state is made under our lock, since older ones do not guard it themselves. */
static bool prepare(void) {
  return functions.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static struct late_library library = {
    .soname = LATE_CURL_SONAME, .symbols = symbols, .functions = &functions, .prepare = prepare};

const struct late_curl *late_curl(char message[LATE_MESSAGE]) {
  return late_load(&library, message) ? &functions : NULL;
}
