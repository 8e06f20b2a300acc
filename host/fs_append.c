/* Adding to the end of a file, so that a part of what was to be added never stays. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"

/* Without waiting for who reads a named pipe; errno is ENXIO then. */
enum { APPEND = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

/* Opens the file; *made tells whether it was not there. */
static int open_to_append(const char *path, bool *made) {
  *made = false;
  int file = open(path, APPEND);
  if (file >= 0 || errno != ENOENT) return file;
  file = open(path, APPEND | O_CREAT | O_EXCL, 0666);
  *made = file >= 0;
  if (file >= 0 || errno != EEXIST) return file;
  return open(path, APPEND); /* somebody else has just made it */
}

/* Returns 0 or -1 with errno; *done is what was written in either case. */
static int add(int file, const char *bytes, size_t length, size_t *done) {
  for (*done = 0; *done < length;) {
    ssize_t written = write(file, bytes + *done, length - *done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -1;
    if (written == 0) {
      errno = ENOSPC;
      return -1;
    }
    *done += (size_t)written;
  }
  return 0;
}

/* Also what has no disk behind it, such as /dev/null, is as safe as it can be. */
static int flush(int file) {
  return fdatasync(file) == 0 || errno == EINVAL || errno == EROFS ? 0 : -1;
}

/* The name of a new file is an entry of its folder, which has to reach the disk as well. */
static int flush_folder_of(const char *path) {
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  int length = slash == NULL ? 0 : (int)(slash - path) + 1;
  if (snprintf(folder, sizeof folder, "%.*s.", length, path) >= (int)sizeof folder) return 0;
  int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return -1;
  int result = fsync(file) == 0 || errno == EINVAL ? 0 : -1;
  int saved = errno;
  close(file);
  errno = saved;
  return result;
}

/* Cuts off the part that was written, unless somebody else has added to it meanwhile. */
static void cut(int file, off_t old, size_t written) {
  struct stat now;
  if (written == 0 || fstat(file, &now) != 0 || now.st_size != old + (off_t)written) return;
  while (ftruncate(file, old) != 0 && errno == EINTR) continue;
}

int fs_append_bytes(const char *path, const char *bytes, size_t length, bool sync) {
  bool made;
  struct stat before = {0};
  size_t done = 0;
  int file = open_to_append(path, &made);
  if (file < 0) return -1;
  fcntl(file, F_SETFL, O_APPEND);
  int result = fstat(file, &before);
  if (result == 0) result = add(file, bytes, length, &done);
  if (result == 0 && sync) result = flush(file);
  if (result == 0 && sync && made) result = flush_folder_of(path);
  int saved = errno;
  if (result != 0 && S_ISREG(before.st_mode)) cut(file, before.st_size, done);
  if (close(file) != 0 && result == 0) {
    saved = errno;
    result = -1;
  }
  errno = saved;
  return result;
}
