/* Removing whole trees. Links are never followed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "fs_crew.h"

static int place_of(const struct fs_crew_folder *folder) {
  return folder->above == NULL ? AT_FDCWD : folder->above->file;
}

/* Returns 0 when it is gone, 1 for a folder with something in it, or -1 with errno. */
static int remove_one(int parent, const char *name) {
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR && errno != EPERM) return -1;
  /* An empty folder takes no descriptor: half a copy has to go also when there are none left. */
  return unlinkat(parent, name, AT_REMOVEDIR) == 0 ? 0 : 1;
}

/* A folder of ours that we may not read: it gets its rights through a descriptor, so that no link is followed. */
static int open_closed(int parent, const char *name) {
  char path[64];
  int place = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), folder = -1;
  if (place < 0) return -1;
  snprintf(path, sizeof path, "/proc/self/fd/%d", place);
  if (chmod(path, S_IRWXU) == 0)
    folder = openat(parent, name, FS_FOLDER);
  else
    errno = EACCES;
  int saved = errno;
  close(place);
  errno = saved;
  return folder;
}

/* What goes may be read-only: only the rights on its folder stand in the way, and those are ours to give. */
static void make_writable(int folder) {
  struct stat info;
  if (fstat(folder, &info) != 0 || (info.st_mode & S_IRWXU) == S_IRWXU || info.st_uid != geteuid()) return;
  (void)fchmod(folder, (info.st_mode & 07777) | S_IRWXU); /* where it fails, so does what follows */
}

static int enter(struct fs_crew_folder *folder) {
  folder->file = openat(place_of(folder), folder->name, FS_FOLDER);
  if (folder->file < 0 && errno == EACCES) folder->file = open_closed(place_of(folder), folder->name);
  if (folder->file < 0) {
    if (errno == ENOTDIR) errno = EPERM;
    return -1;
  }
  make_writable(folder->file);
  return 0;
}

static int leave(struct fs_crew_folder *folder, bool is_whole) {
  if (folder->file >= 0) close(folder->file);
  return is_whole ? unlinkat(place_of(folder), folder->name, AT_REMOVEDIR) : 0;
}

static int visit(struct fs_crew *crew, struct fs_crew_folder *folder, const char *name);

static const struct fs_crew_job removing = {sizeof(struct fs_crew_folder), enter, visit, leave};

static int visit(struct fs_crew *crew, struct fs_crew_folder *folder, const char *name) {
  int result = remove_one(folder->file, name);
  if (result <= 0) return result;
  struct fs_crew_folder *inner = fs_crew_folder_new(&removing, folder, name);
  if (inner == NULL) return -1;
  fs_crew_add(crew, inner);
  return 0;
}

static int remove_folder(const char *path, unsigned threads) {
  struct fs_place place;
  struct fs_crew_folder *root = fs_crew_folder_new(&removing, NULL, path);
  return root == NULL ? -1 : fs_crew_run(&removing, root, threads, &place);
}

int fs_remove_tree(const char *path) {
  int result = remove_one(AT_FDCWD, path);
  if (result <= 0) return result;
  result = remove_folder(path, FS_CREW_MOST);
  return result == FS_CREW_TOO_MANY ? remove_folder(path, 1) : result;
}
