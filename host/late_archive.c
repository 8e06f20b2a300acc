#include "late_archive.h"

static struct late_archive functions;

#define SYMBOL(name) LATE_SYMBOL(struct late_archive, name)
static const struct late_symbol symbols[] = {LATE_ARCHIVE(SYMBOL){NULL, 0}};

static struct late_library library = {
    .soname = LATE_ARCHIVE_SONAME, .symbols = symbols, .functions = &functions};

const struct late_archive *late_archive(char message[LATE_MESSAGE]) {
  return late_load(&library, message) ? &functions : NULL;
}
