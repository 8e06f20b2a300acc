/* The calls that change the file system, each as the C library has it, but for those that fault.c lets fail. */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fault.h"

/* Looks a function up once, under the name `real`. */
#define REAL(function)                                                    \
  static __typeof__(&function) real;                                      \
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, #function)

/* Defines a function that does what it is called for, or fails. `about` says what it is about: see below. */
#define CALL(result, function, parameters, arguments, failure, ...)       \
  result function parameters {                                            \
    REAL(function);                                                       \
    if (fault_strikes(&(struct fault_call){#function, __VA_ARGS__})) return failure; \
    return real arguments;                                                \
  }

#define SPACE true
#define NO_SPACE false
#define FILE_OF(file) file, NULL, -1, NULL, false
#define PATH(path) AT_FDCWD, path, -1, NULL, false
#define PATH_AT(folder, path) folder, path, -1, NULL, false
#define PATHS(from, to) AT_FDCWD, from, AT_FDCWD, to, true
#define PATHS_AT(from_folder, from, to_folder, to) from_folder, from, to_folder, to, true

/* --- content --- */

CALL(ssize_t, write, (int file, const void *bytes, size_t size), (file, bytes, size), -1, SPACE, FILE_OF(file))
CALL(ssize_t, pwrite, (int file, const void *bytes, size_t size, off_t offset), (file, bytes, size, offset), -1, SPACE,
     FILE_OF(file))
CALL(ssize_t, pwrite64, (int file, const void *bytes, size_t size, off64_t offset), (file, bytes, size, offset), -1,
     SPACE, FILE_OF(file))
CALL(ssize_t, copy_file_range,
     (int from, off64_t *from_offset, int to, off64_t *to_offset, size_t size, unsigned flags),
     (from, from_offset, to, to_offset, size, flags), -1, SPACE, FILE_OF(to))
CALL(ssize_t, sendfile, (int to, int from, off_t *offset, size_t size), (to, from, offset, size), -1, SPACE,
     FILE_OF(to))
CALL(ssize_t, sendfile64, (int to, int from, off64_t *offset, size_t size), (to, from, offset, size), -1, SPACE,
     FILE_OF(to))
CALL(int, ftruncate, (int file, off_t size), (file, size), -1, NO_SPACE, FILE_OF(file))
CALL(int, ftruncate64, (int file, off64_t size), (file, size), -1, NO_SPACE, FILE_OF(file))
CALL(int, fsync, (int file), (file), -1, NO_SPACE, FILE_OF(file))
CALL(int, fdatasync, (int file), (file), -1, NO_SPACE, FILE_OF(file))
CALL(int, syncfs, (int file), (file), -1, NO_SPACE, FILE_OF(file))

/* --- names --- */

CALL(int, rename, (const char *from, const char *to), (from, to), -1, NO_SPACE, PATHS(from, to))
CALL(int, renameat, (int from_folder, const char *from, int to_folder, const char *to),
     (from_folder, from, to_folder, to), -1, NO_SPACE, PATHS_AT(from_folder, from, to_folder, to))
CALL(int, renameat2, (int from_folder, const char *from, int to_folder, const char *to, unsigned flags),
     (from_folder, from, to_folder, to, flags), -1, NO_SPACE, PATHS_AT(from_folder, from, to_folder, to))
CALL(int, unlink, (const char *path), (path), -1, NO_SPACE, PATH(path))
CALL(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), -1, NO_SPACE,
     PATH_AT(folder, path))
CALL(int, rmdir, (const char *path), (path), -1, NO_SPACE, PATH(path))
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, SPACE, PATH(path))
CALL(int, mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode), -1, SPACE,
     PATH_AT(folder, path))
CALL(int, symlinkat, (const char *target, int folder, const char *path), (target, folder, path), -1, SPACE,
     PATH_AT(folder, path))
CALL(int, linkat, (int from_folder, const char *from, int to_folder, const char *to, int flags),
     (from_folder, from, to_folder, to, flags), -1, SPACE, PATHS_AT(from_folder, from, to_folder, to))
CALL(int, mknodat, (int folder, const char *path, mode_t mode, dev_t device), (folder, path, mode, device), -1, SPACE,
     PATH_AT(folder, path))
CALL(char *, mkdtemp, (char *path), (path), NULL, SPACE, PATH(path))
CALL(int, mkostemp, (char *path, int flags), (path, flags), -1, SPACE, PATH(path))

/* --- what belongs to a file --- */

CALL(int, fchmod, (int file, mode_t mode), (file, mode), -1, NO_SPACE, FILE_OF(file))
CALL(int, fchmodat, (int folder, const char *path, mode_t mode, int flags), (folder, path, mode, flags), -1, NO_SPACE,
     PATH_AT(folder, path))
CALL(int, fchown, (int file, uid_t user, gid_t group), (file, user, group), -1, NO_SPACE, FILE_OF(file))
CALL(int, fchownat, (int folder, const char *path, uid_t user, gid_t group, int flags),
     (folder, path, user, group, flags), -1, NO_SPACE, PATH_AT(folder, path))
CALL(int, futimens, (int file, const struct timespec times[2]), (file, times), -1, NO_SPACE, FILE_OF(file))
CALL(int, utimensat, (int folder, const char *path, const struct timespec times[2], int flags),
     (folder, path, times, flags), -1, NO_SPACE, PATH_AT(folder, path))
CALL(int, fsetxattr, (int file, const char *name, const void *value, size_t size, int flags),
     (file, name, value, size, flags), -1, SPACE, FILE_OF(file))

/* --- calls that end in "..." --- */

/* Opening counts when it may make a file, or empty one. */
static bool changes(int flags) {
  return (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

#define OPEN(function, parameters, arguments, ...)                        \
  int function parameters {                                               \
    REAL(function);                                                       \
    va_list rest;                                                         \
    va_start(rest, flags);                                                \
    mode_t mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                         \
    if (changes(flags) && fault_strikes(&(struct fault_call){#function, SPACE, __VA_ARGS__})) return -1; \
    return real arguments;                                                \
  }

OPEN(open, (const char *path, int flags, ...), (path, flags, mode), PATH(path))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode), PATH(path))
OPEN(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode), PATH_AT(folder, path))
OPEN(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode), PATH_AT(folder, path))

/* Of all that a device can be told, sharing blocks alone is of interest. */
int ioctl(int file, unsigned long request, ...) {
  REAL(ioctl);
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  if (request == FICLONE && fault_strikes(&(struct fault_call){"FICLONE", SPACE, FILE_OF(file)})) return -1;
  return real(file, request, argument);
}
