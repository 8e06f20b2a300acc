/* Libraries that only some commands need, loaded when they are first used. Linked in the common way each start would
 * load them, and the two dozen libraries that they need in turn.
 *
 * late_NAME.h lists the functions of one library and makes a struct of pointers to them, under the types of the
 * library's own header; late_NAME() gives it. What was loaded stays until the process ends. All of this may be called
 * from any thread. */
#ifndef PYSEC_LATE_H
#define PYSEC_LATE_H

#include <stdbool.h>
#include <stddef.h>

enum { LATE_MESSAGE = 512 };

struct late_symbol {
  const char *name;
  size_t offset;                     /* of its pointer in the struct of functions */
};

struct late_library {
  const char *soname;                /* such as "libcurl.so.4": see cmake/late.cmake */
  const struct late_symbol *symbols; /* one without a name ends them */
  void *functions;                   /* the struct */
  bool (*prepare)(void);             /* called once all functions are there; NULL: nothing to prepare */
  bool is_loaded;
};

/* For the lists of late_NAME.h: a member of the struct, and its symbol. */
#define LATE_POINTER(name) __typeof__(name) *name;
#define LATE_SYMBOL(type, name) {#name, offsetof(type, name)},

/* Loads a library unless it is loaded. Returns false, with one line that names the package to install, when it cannot;
 * the next call tries again. */
bool late_load(struct late_library *library, char message[LATE_MESSAGE]);

#endif
