/* How much a tree takes, and how much a file system has left. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "fs.h"

/* --- measuring --- */

static int measure_at(int parent, const char *name, struct fs_measure *measure, struct fs_place *place);

/* Takes the descriptor over. */
static int measure_entries(int folder, struct fs_measure *measure, struct fs_place *place) {
  DIR *entries = fdopendir(folder);
  if (entries == NULL) {
    close(folder);
    return -1;
  }
  int result = 0;
  struct dirent *entry;
  while (result == 0 && (errno = 0, entry = readdir(entries)) != NULL) {
    if (fs_is_dots(entry->d_name)) continue;
    result = measure_at(dirfd(entries), entry->d_name, measure, place);
    if (result != 0 && errno == ENOENT) {
      fs_place_clear(place);
      result = 0;
    }
  }
  int saved = errno;
  closedir(entries);
  errno = saved;
  return result == 0 && saved != 0 ? -1 : result;
}

static int measure_at(int parent, const char *name, struct fs_measure *measure, struct fs_place *place) {
  struct stat info;
  int result = fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW);
  if (result == 0) {
    measure->entries++;
    measure->bytes += (unsigned long long)info.st_blocks * 512;
    if (S_ISDIR(info.st_mode)) {
      int folder = openat(parent, name, FS_FOLDER);
      result = folder < 0 ? -1 : measure_entries(folder, measure, place);
    }
  }
  if (result != 0) fs_place_add(place, name);
  return result;
}

int fs_measure_tree(const char *path, struct fs_measure *measure, struct fs_place *place) {
  *measure = (struct fs_measure){0, 0};
  fs_place_clear(place);
  return measure_at(AT_FDCWD, path, measure, place);
}

/* --- what is left --- */

/* A file in the folder that has no name, or no longer. Returns a descriptor or -1. */
static int open_nameless(const char *folder) {
  char path[PATH_MAX];
  int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0) return file;
  if (snprintf(path, sizeof path, "%s/.pysec-XXXXXX", folder) >= (int)sizeof path) return -1;
  file = mkostemp(path, O_CLOEXEC);
  if (file >= 0) unlink(path);
  return file;
}

static bool tries_reflink(const char *folder) {
  int from = open_nameless(folder), to = open_nameless(folder);
  bool has_reflinks = from >= 0 && to >= 0 && write(from, "x", 1) == 1 && ioctl(to, FICLONE, from) == 0;
  if (from >= 0) close(from);
  if (to >= 0) close(to);
  return has_reflinks;
}

int fs_space_of(const char *folder, struct fs_space *space) {
  struct statvfs system;
  if (statvfs(folder, &system) != 0) return -1;
  space->bytes = (unsigned long long)system.f_bavail * system.f_frsize;
  space->entries = system.f_favail;
  space->counts_entries = system.f_files > 0;
  space->has_reflinks = tries_reflink(folder);
  return 0;
}
