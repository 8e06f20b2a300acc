/* Copying whole trees, large ones in several threads. Links are copied as links; hard links become files of their own.
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
#include "fs_crew.h"

/* What goes where. The names differ only for the tree itself. */
struct step {
  int from_folder, to_folder;
  const char *from_name, *to_name;
};

/* A folder that is copied: see fs_crew.h. */
struct copy_folder {
  struct fs_crew_folder from;
  const char *to_name;
  struct stat info;     /* of the original */
};

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
  if (result == 0) result = fs_copy_attributes(from, to, info);
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

/* Pipes and sockets are made anew: they have no content. Only root may make devices. */
static int copy_special(const struct step *step, const struct stat *info) {
  if (mknodat(step->to_folder, step->to_name, (info->st_mode & S_IFMT) | 0600, info->st_rdev) == 0)
    return fs_copy_attributes_at(step->to_folder, step->to_name, info);
  return errno == EPERM || errno == EACCES || errno == EOPNOTSUPP || errno == EINVAL ? 0 : -1;
}

/* Anything but a folder. */
static int copy_one(const struct step *step, const struct stat *info) {
  if (S_ISLNK(info->st_mode)) return copy_link(step, info);
  return S_ISREG(info->st_mode) ? copy_file(step, info) : copy_special(step, info);
}

/* --- folders --- */

static int enter(struct fs_crew_folder *folder) {
  const struct copy_folder *copy = (const struct copy_folder *)folder;
  const struct fs_crew_folder *above = folder->above;
  int from_folder = above == NULL ? AT_FDCWD : above->file, to_folder = above == NULL ? AT_FDCWD : above->to;
  if (mkdirat(to_folder, copy->to_name, 0700) != 0) return -1;
  folder->file = openat(from_folder, folder->name, FS_FOLDER);
  if (folder->file < 0) return -1;
  folder->to = openat(to_folder, copy->to_name, FS_FOLDER);
  if (folder->to < 0) return -1;
  /* Before anything is in it, which would inherit as well. */
  fs_copy_drop_inherited(folder->to);
  return 0;
}

static int leave(struct fs_crew_folder *folder, bool is_whole) {
  const struct copy_folder *copy = (const struct copy_folder *)folder;
  int result = is_whole ? fs_copy_attributes(folder->file, folder->to, &copy->info) : 0;
  int saved = errno;
  if (folder->to >= 0) close(folder->to);
  if (folder->file >= 0) close(folder->file);
  errno = saved;
  return result;
}

static int visit(struct fs_crew *crew, struct fs_crew_folder *folder, const char *name);

static const struct fs_crew_job copying = {sizeof(struct copy_folder), enter, visit, leave};

/* `to_name` NULL: the same name. Returns NULL with errno. */
static struct fs_crew_folder *folder_new(struct fs_crew_folder *above, const char *name, const char *to_name,
                                         const struct stat *info) {
  struct fs_crew_folder *folder = fs_crew_folder_new(&copying, above, name);
  if (folder == NULL) return NULL;
  struct copy_folder *copy = (struct copy_folder *)folder;
  copy->to_name = to_name == NULL ? folder->name : to_name;
  copy->info = *info;
  return folder;
}

static int visit(struct fs_crew *crew, struct fs_crew_folder *folder, const char *name) {
  struct stat info;
  if (fstatat(folder->file, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  if (!S_ISDIR(info.st_mode))
    return copy_one(&(struct step){folder->file, folder->to, name, name}, &info);
  struct fs_crew_folder *inner = folder_new(folder, name, NULL, &info);
  if (inner == NULL) return -1;
  fs_crew_add(crew, inner);
  return 0;
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

/* Returns what fs_crew_run does. */
static int copy_from(const char *from, const char *to, const struct stat *info, unsigned threads,
                     struct fs_place *place) {
  if (S_ISDIR(info->st_mode)) {
    struct fs_crew_folder *root = folder_new(NULL, from, to, info);
    if (root != NULL) return fs_crew_run(&copying, root, threads, place);
  } else if (copy_one(&(struct step){AT_FDCWD, AT_FDCWD, from, to}, info) == 0) {
    return 0;
  }
  fs_place_add(place, from);
  return -1;
}

static int refuse(int error, const char *path, struct fs_place *place) {
  fs_place_add(place, path);
  errno = error;
  return -1;
}

int fs_copy_tree(const char *from, const char *to, struct fs_place *place) {
  struct stat info;
  fs_place_clear(place);
  if (lstat(to, &info) == 0) return refuse(EEXIST, to, place);
  if (lstat(from, &info) != 0) return refuse(errno, from, place);
  /* A copy into itself would go on until something else ends it. */
  if (S_ISDIR(info.st_mode) && will_lie_within(to, from)) return refuse(EINVAL, from, place);
  int result = copy_from(from, to, &info, FS_CREW_MOST, place);
  while (result != 0) {
    int saved = errno;
    fs_remove_tree(to);
    errno = saved;
    if (result != FS_CREW_TOO_MANY) return -1;
    result = copy_from(from, to, &info, 1, place);
  }
  return 0;
}
