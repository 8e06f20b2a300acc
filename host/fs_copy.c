/* Copying whole trees. Links are copied as links; hard links become files of their own.
 *
 * Kept are modes, times, holes, and, where we may and the target can, owners, extended attributes and access lists
 * (fs_copy_attributes.c), pipes, sockets and devices. Blocks are shared where the file system has reflinks.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"

/* What goes where. The names differ only for the tree itself. */
struct step {
  struct fs_copy_room *room;
  struct fs_place *place;
  int from_folder, to_folder;
  const char *from_name, *to_name;
};

static int copy_entries(const struct step *parent, int from, int to);

static int copy_range(int from, int to, off_t size) {
  while (size > 0) {
    ssize_t copied = copy_file_range(from, NULL, to, NULL, (size_t)size, 0);
    if (copied < 0 && (errno == EXDEV || errno == ENOSYS || errno == EINVAL || errno == EOPNOTSUPP))
      copied = sendfile(to, from, NULL, (size_t)size);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) return -1;
    if (copied == 0) break;
    size -= copied;
  }
  return 0;
}

/* Copies what is between the holes; a hole that is copied takes room. */
static int copy_with_holes(int from, int to, off_t size) {
  off_t end = 0;
  while (end < size) {
    off_t start = lseek(from, end, SEEK_DATA);
    if (start < 0 && errno == ENXIO) break;
    end = start < 0 ? size : lseek(from, start, SEEK_HOLE);
    if (start < 0) start = 0; /* a file system that knows of no holes */
    if (end < 0 || lseek(from, start, SEEK_SET) < 0 || lseek(to, start, SEEK_SET) < 0) return -1;
    if (copy_range(from, to, end - start) != 0) return -1;
  }
  return ftruncate(to, size);
}

static int copy_bytes(int from, int to, const struct stat *info) {
  if (info->st_size == 0) return 0;
  if (ioctl(to, FICLONE, from) == 0) return 0;
  if (info->st_blocks < info->st_size / 512) return copy_with_holes(from, to, info->st_size);
  return copy_range(from, to, info->st_size);
}

static int copy_file(const struct step *step, const struct stat *info) {
  int from = openat(step->from_folder, step->from_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (from < 0) return -1;
  /* Nobody else may enter the folder yet; a file that is copied alone may be seen before it is whole. */
  mode_t mode = step->to_folder == AT_FDCWD ? 0600 : info->st_mode & 0777;
  int to = openat(step->to_folder, step->to_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (to >= 0 && step->to_folder == AT_FDCWD) fs_copy_drop_inherited(to);
  int result = to < 0 ? -1 : copy_bytes(from, to, info);
  if (result == 0) result = fs_copy_attributes(step->room, from, to, info);
  int saved = errno;
  if (to >= 0 && close(to) != 0 && result == 0) {
    saved = errno;
    result = -1;
  }
  close(from);
  errno = saved;
  return result;
}

static int copy_link(const struct step *step, const struct stat *info) {
  char target[PATH_MAX];
  ssize_t length = readlinkat(step->from_folder, step->from_name, target, sizeof target - 1);
  if (length < 0) return -1;
  target[length] = '\0';
  if (symlinkat(target, step->to_folder, step->to_name) != 0) return -1;
  return fs_copy_attributes_at(step->to_folder, step->to_name, info);
}

static int copy_folder(const struct step *step, const struct stat *info) {
  if (mkdirat(step->to_folder, step->to_name, 0700) != 0) return -1;
  int from = openat(step->from_folder, step->from_name, FS_FOLDER);
  if (from < 0) return -1;
  int to = openat(step->to_folder, step->to_name, FS_FOLDER);
  int result = to < 0 ? -1 : 0;
  if (result == 0) {
    /* Before anything is in it, which would inherit as well. */
    fs_copy_drop_inherited(to);
    result = copy_entries(step, from, to);
  }
  if (result == 0) result = fs_copy_attributes(step->room, from, to, info);
  int saved = errno;
  if (to >= 0) close(to);
  close(from);
  errno = saved;
  return result;
}

/* Pipes and sockets are made anew: they have no content. Only root may make devices. */
static int copy_special(const struct step *step, const struct stat *info) {
  if (mknodat(step->to_folder, step->to_name, (info->st_mode & S_IFMT) | 0600, info->st_rdev) == 0)
    return fs_copy_attributes_at(step->to_folder, step->to_name, info);
  return errno == EPERM || errno == EACCES || errno == EOPNOTSUPP || errno == EINVAL ? 0 : -1;
}

static int copy_one(const struct step *step) {
  struct stat info;
  int result;
  if (fstatat(step->from_folder, step->from_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    result = -1;
  else if (S_ISDIR(info.st_mode))
    result = copy_folder(step, &info);
  else if (S_ISLNK(info.st_mode))
    result = copy_link(step, &info);
  else if (S_ISREG(info.st_mode))
    result = copy_file(step, &info);
  else
    result = copy_special(step, &info);
  if (result != 0) fs_place_add(step->place, step->from_name);
  return result;
}

/* `from` stays open. */
static int copy_entries(const struct step *parent, int from, int to) {
  int again = fcntl(from, F_DUPFD_CLOEXEC, 0);
  DIR *entries = again < 0 ? NULL : fdopendir(again);
  if (entries == NULL) {
    int failed = errno;
    if (again >= 0) close(again);
    errno = failed;
    return -1;
  }
  int result = 0;
  struct dirent *entry;
  while (result == 0 && (errno = 0, entry = readdir(entries)) != NULL) {
    if (fs_is_dots(entry->d_name)) continue;
    result = copy_one(&(struct step){parent->room, parent->place, from, to, entry->d_name, entry->d_name});
  }
  int saved = errno;
  closedir(entries);
  errno = saved;
  return result == 0 && saved != 0 ? -1 : result;
}

/* True when `path`, which is not there yet, will lie in `folder`. */
static bool will_lie_within(const char *path, const char *folder) {
  char parent[PATH_MAX], real_parent[PATH_MAX], real_folder[PATH_MAX];
  size_t length = strlen(path);
  while (length > 0 && path[length - 1] == '/') length--;
  while (length > 0 && path[length - 1] != '/') length--;
  if (snprintf(parent, sizeof parent, "./%.*s", (int)length, path) >= (int)sizeof parent) return false;
  if (realpath(path[0] == '/' ? parent + 2 : parent, real_parent) == NULL) return false;
  if (realpath(folder, real_folder) == NULL) return false;
  length = strlen(real_folder);
  return strncmp(real_parent, real_folder, length) == 0 &&
         (real_parent[length] == '/' || real_parent[length] == '\0' || length == 1);
}

int fs_copy_tree(const char *from, const char *to, struct fs_place *place) {
  struct stat info;
  fs_place_clear(place);
  if (lstat(to, &info) == 0) {
    fs_place_add(place, to);
    errno = EEXIST;
    return -1;
  }
  /* A copy into itself would go on until something else ends it. */
  if (lstat(from, &info) == 0 && S_ISDIR(info.st_mode) && will_lie_within(to, from)) {
    fs_place_add(place, from);
    errno = EINVAL;
    return -1;
  }
  struct fs_copy_room *room = fs_copy_room_new();
  if (room == NULL) {
    fs_place_add(place, from);
    return -1;
  }
  int result = copy_one(&(struct step){room, place, AT_FDCWD, AT_FDCWD, from, to});
  int saved = errno;
  fs_copy_room_free(room);
  if (result != 0) fs_remove_tree(to);
  errno = saved;
  return result;
}
