#include "late_microhttpd.h"

static struct late_microhttpd functions;

#define SYMBOL(name) LATE_SYMBOL(struct late_microhttpd, name)
static const struct late_symbol symbols[] = {LATE_MICROHTTPD(SYMBOL){NULL, 0}};

static struct late_library library = {
    .soname = LATE_MICROHTTPD_SONAME, .symbols = symbols, .functions = &functions};

const struct late_microhttpd *late_microhttpd(char message[LATE_MESSAGE]) {
  return late_load(&library, message) ? &functions : NULL;
}
