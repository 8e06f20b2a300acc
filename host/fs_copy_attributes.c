/* What a copy keeps of a file beside its content. What the target cannot hold, or we may not give away, is left out:
 * a copy that is readable is worth more than none. */
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fs.h"

void fs_copy_drop_inherited(int to) {
  fremovexattr(to, "system.posix_acl_default");
  fremovexattr(to, "system.posix_acl_access");
}

/* --- extended attributes --- */

/* True for what ends a copy, unlike what the target does not support or allow. */
static bool is_fault(int number) {
  return number == ENOSPC || number == EDQUOT || number == EIO || number == ENOMEM || number == EROFS;
}

struct room {
  char names[XATTR_LIST_MAX];
  char value[XATTR_SIZE_MAX];
};

static int copy_one_attribute(struct room *room, int from, int to, const char *name) {
  ssize_t size = fgetxattr(from, name, room->value, sizeof room->value);
  if (size < 0) return is_fault(errno) ? -1 : 0;
  return fsetxattr(to, name, room->value, (size_t)size, 0) != 0 && is_fault(errno) ? -1 : 0;
}

static int copy_all_attributes(struct room *room, int from, int to) {
  ssize_t length = flistxattr(from, room->names, sizeof room->names);
  if (length < 0) return is_fault(errno) ? -1 : 0;
  for (const char *name = room->names; name < room->names + length; name += strlen(name) + 1)
    if (copy_one_attribute(room, from, to, name) != 0) return -1;
  return 0;
}

/* Returns 1 when there were some, 0 when there were none, or -1 with errno. */
static int copy_extended(int from, int to) {
  ssize_t length = flistxattr(from, NULL, 0);
  if (length < 0) return is_fault(errno) ? -1 : 0;
  if (length == 0) return 0;
  struct room *room = malloc(sizeof *room);
  if (room == NULL) return -1;
  int result = copy_all_attributes(room, from, to);
  int saved = errno;
  free(room);
  errno = saved;
  return result == 0 ? 1 : -1;
}

/* --- owners and modes --- */

static bool may_not(int number) {
  return number == EPERM || number == EACCES || number == EINVAL || number == EOPNOTSUPP;
}

/* -1 leaves the user or the group as it is. */
static int give(int folder, const char *name, uid_t user, gid_t group) {
  if (user == (uid_t)-1 && group == (gid_t)-1) return 0;
  return fchownat(folder, name, user, group, AT_SYMLINK_NOFOLLOW | (name[0] == '\0' ? AT_EMPTY_PATH : 0));
}

/* `name` in `folder`, or "" for the descriptor `folder` itself. Takes from *mode what only its owner may give: a
 * program that runs as its owner must not run as somebody else. Returns 0 or -1 with errno. */
static int copy_owners(int folder, const char *name, const struct stat *now, const struct stat *wanted, mode_t *mode) {
  const uid_t user = now->st_uid == wanted->st_uid ? (uid_t)-1 : wanted->st_uid;
  const gid_t group = now->st_gid == wanted->st_gid ? (gid_t)-1 : wanted->st_gid;
  if (give(folder, name, user, group) == 0) return 0;
  if (!may_not(errno)) return -1;
  if (user != (uid_t)-1 && S_ISREG(*mode)) *mode &= ~(mode_t)S_ISUID;
  if (give(folder, name, (uid_t)-1, group) == 0) return 0;
  if (!may_not(errno)) return -1;
  if (S_ISREG(*mode)) *mode &= ~(mode_t)S_ISGID;
  return 0;
}

int fs_copy_attributes(int from, int to, const struct stat *info) {
  const struct timespec times[2] = {info->st_atim, info->st_mtim};
  struct stat now;
  mode_t mode = info->st_mode;
  if (fstat(to, &now) != 0) return -1;
  bool is_ours = now.st_uid == info->st_uid && now.st_gid == info->st_gid;
  /* In this order: a new owner takes special bits and capabilities away, and an access list is part of the mode. */
  if (copy_owners(to, "", &now, info, &mode) != 0) return -1;
  int extended = copy_extended(from, to);
  if (extended < 0) return -1;
  /* An access list that was given changes the mode as well. */
  if ((!is_ours || extended > 0) && fstat(to, &now) != 0) return -1;
  if (now.st_mode != mode && fchmod(to, mode & 07777) != 0) return -1;
  return futimens(to, times);
}

int fs_copy_attributes_at(int to_folder, const char *to_name, const struct stat *info) {
  const struct timespec times[2] = {info->st_atim, info->st_mtim};
  struct stat now;
  mode_t mode = info->st_mode;
  if (fstatat(to_folder, to_name, &now, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  if (copy_owners(to_folder, to_name, &now, info, &mode) != 0) return -1;
  if (!S_ISLNK(mode) && fchmodat(to_folder, to_name, mode & 07777, 0) != 0) return -1;
  /* Some file systems keep no times of links. */
  if (utimensat(to_folder, to_name, times, AT_SYMLINK_NOFOLLOW) == 0) return 0;
  return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : -1;
}
