#include "late.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Debian calls the package of libx.so.1 libx1 (https://www.debian.org/doc/debian-policy/ch-sharedlibs.html). */
static bool refuse(const struct late_library *library, const char *why, char message[LATE_MESSAGE]) {
  const char *mark = strstr(library->soname, ".so.");
  int stem = mark != NULL ? (int)(mark - library->soname) : (int)strlen(library->soname);
  snprintf(message, LATE_MESSAGE, "%s cannot be used: %s; install it (Debian's package is %.*s%s)", library->soname,
           why != NULL ? why : "it is not there", stem, library->soname, mark != NULL ? mark + strlen(".so.") : "");
  return false;
}

static bool load(struct late_library *library, char message[LATE_MESSAGE]) {
  void *handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return refuse(library, dlerror(), message);
  for (const struct late_symbol *symbol = library->symbols; symbol->name != NULL; symbol++) {
    void *address = dlsym(handle, symbol->name);
    if (address == NULL) return refuse(library, dlerror(), message);
    /* ISO C has no conversion from a pointer to an object to one to a function. */
    memcpy((char *)library->functions + symbol->offset, &address, sizeof address);
  }
  if (library->prepare != NULL && !library->prepare()) return refuse(library, "it does not start", message);
  return true;
}

bool late_load(struct late_library *library, char message[LATE_MESSAGE]) {
  pthread_mutex_lock(&lock);
  if (!library->is_loaded) library->is_loaded = load(library, message);
  bool is_loaded = library->is_loaded;
  pthread_mutex_unlock(&lock);
  return is_loaded;
}
