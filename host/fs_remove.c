/* Removing whole trees. Links are never followed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fs.h"

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
    if (!fs_is_dots(entry->d_name)) result = remove_at(dirfd(entries), entry->d_name);
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
  int folder = openat(parent, name, FS_FOLDER);
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
