/* A library for LD_PRELOAD that lets calls fail which change the file system: see fault.c. */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

/* What a call is about: one path, or two. A path is relative to the folder `at`, a descriptor or AT_FDCWD; NULL stands
 * for the open file `at` itself, and the call does not count unless that is a file or a folder. */
struct fault_call {
  const char *name;
  bool needs_space;
  int at;
  const char *path;
  int other_at;
  const char *other;
  bool has_other;
};

/* Counts a call that is about to be made. Returns true when it has to fail: errno is set. Does not return when the
 * process is to die here. */
bool fault_strikes(const struct fault_call *call);

#endif
