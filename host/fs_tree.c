/* Whole trees: removing and copying them. Links are never followed. */
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

enum { FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static bool is_dots(const char *name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* --- remove --- */

static int remove_at(int parent, const char *name);

/* Takes the descriptor over. */
static int remove_entries(int folder) {
  DIR *entries = fdopendir(folder);
  if (entries == NULL) {
    close(folder);
    return -1;
  }
  int result = 0;
  struct dirent *entry;
  while (result == 0 && (errno = 0, entry = readdir(entries)) != NULL)
    if (!is_dots(entry->d_name)) result = remove_at(dirfd(entries), entry->d_name);
  int saved = errno;
  closedir(entries);
  errno = saved;
  return result;
}

static int remove_at(int parent, const char *name) {
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR && errno != EPERM) return -1;
  /* An empty folder takes no descriptor: half a copy has to go also when there are none left. */
  if (unlinkat(parent, name, AT_REMOVEDIR) == 0) return 0;
  int folder = openat(parent, name, FOLDER);
  if (folder < 0) {
    if (errno == ENOTDIR) errno = EPERM;
    return -1;
  }
  if (remove_entries(folder) != 0) return -1;
  return unlinkat(parent, name, AT_REMOVEDIR);
}

int fs_remove_tree(const char *path) {
  return remove_at(AT_FDCWD, path);
}

/* --- copy --- */

static int copy_entries(int from, int to);

static int copy_bytes(int from, int to, off_t size) {
  if (ioctl(to, FICLONE, from) == 0) return 0;
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

static int set_times(int file, const struct stat *info) {
  const struct timespec times[2] = {info->st_atim, info->st_mtim};
  return futimens(file, times);
}

static int copy_file(int from_folder, int to_folder, const char *from_name, const char *to_name,
                     const struct stat *info) {
  int from = openat(from_folder, from_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (from < 0) return -1;
  int to = openat(to_folder, to_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int result = to < 0 ? -1 : copy_bytes(from, to, info->st_size);
  if (result == 0) result = fchmod(to, info->st_mode & 07777);
  if (result == 0) result = set_times(to, info);
  int saved = errno;
  if (to >= 0 && close(to) != 0 && result == 0) {
    saved = errno;
    result = -1;
  }
  close(from);
  errno = saved;
  return result;
}

static int copy_link(int from_folder, int to_folder, const char *from_name, const char *to_name) {
  char target[PATH_MAX];
  ssize_t length = readlinkat(from_folder, from_name, target, sizeof target - 1);
  if (length < 0) return -1;
  target[length] = '\0';
  return symlinkat(target, to_folder, to_name);
}

static int copy_folder(int from_folder, int to_folder, const char *from_name, const char *to_name,
                       const struct stat *info) {
  if (mkdirat(to_folder, to_name, 0700) != 0) return -1;
  int from = openat(from_folder, from_name, FOLDER);
  if (from < 0) return -1;
  int to = openat(to_folder, to_name, FOLDER);
  if (to < 0) {
    close(from);
    return -1;
  }
  int result = copy_entries(from, to);
  if (result == 0) result = fchmod(to, info->st_mode & 07777);
  if (result == 0) result = set_times(to, info);
  int saved = errno;
  close(to);
  errno = saved;
  return result;
}

static int copy_one(int from_folder, int to_folder, const char *from_name, const char *to_name) {
  struct stat info;
  if (fstatat(from_folder, from_name, &info, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  if (S_ISDIR(info.st_mode)) return copy_folder(from_folder, to_folder, from_name, to_name, &info);
  if (S_ISLNK(info.st_mode)) return copy_link(from_folder, to_folder, from_name, to_name);
  if (S_ISREG(info.st_mode)) return copy_file(from_folder, to_folder, from_name, to_name, &info);
  return 0; /* sockets and pipes have no content to keep */
}

/* Takes `from` over. */
static int copy_entries(int from, int to) {
  DIR *entries = fdopendir(from);
  if (entries == NULL) {
    close(from);
    return -1;
  }
  int result = 0;
  struct dirent *entry;
  while (result == 0 && (errno = 0, entry = readdir(entries)) != NULL)
    if (!is_dots(entry->d_name)) result = copy_one(dirfd(entries), to, entry->d_name, entry->d_name);
  int saved = errno;
  closedir(entries);
  errno = saved;
  return result;
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

int fs_copy_tree(const char *from, const char *to) {
  struct stat info;
  if (lstat(to, &info) == 0) {
    errno = EEXIST;
    return -1;
  }
  /* A copy into itself would go on until something else ends it. */
  if (lstat(from, &info) == 0 && S_ISDIR(info.st_mode) && will_lie_within(to, from)) {
    errno = EINVAL;
    return -1;
  }
  if (copy_one(AT_FDCWD, AT_FDCWD, from, to) == 0) return 0;
  int saved = errno;
  fs_remove_tree(to);
  errno = saved;
  return -1;
}
