/* Writing files so that nothing is ever half-written, and never through somebody else's link.
 *
 * The folder under audit may be hostile: `reports` could be a link to the user's home. O_NOFOLLOW
 * guards only the last component, so each one is opened from its parent without following links.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "host.h"

enum { FOLDER = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

/* Where a walk over a path's components stands. */
struct walk {
  int folder;        /* open descriptor */
  const char *rest;  /* what is still to be walked */
  bool guarded;      /* links are refused */
};

static bool has_dotdot(const char *path) {
  for (const char *part = path; part != NULL; part = strchr(part, '/')) {
    while (*part == '/') part++;
    if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0')) return true;
    if (*part == '\0') break;
  }
  return false;
}

/* The part of `path` below `folder`, or NULL. */
static const char *below(const char *path, const char *folder) {
  if (strcmp(folder, ".") == 0) return path[0] == '/' ? NULL : path;
  size_t length = strlen(folder);
  if (length == 0) return NULL;
  while (length > 1 && folder[length - 1] == '/') length--;
  if (strncmp(path, folder, length) != 0 || (path[length] != '/' && folder[length - 1] != '/')) return NULL;
  path += length;
  while (*path == '/') path++;
  return path;
}

static int start_walk(struct walk *walk, const struct fs_write_request *request) {
  const char *beneath = request->beneath;
  walk->rest = request->path;
  walk->guarded = true;
  if (beneath == NULL && request->path[0] != '/' && !has_dotdot(request->path)) beneath = ".";
  if (beneath == NULL) {
    walk->guarded = false;
    walk->folder = open(request->path[0] == '/' ? "/" : ".", FOLDER);
    return walk->folder < 0 ? -1 : 0;
  }
  walk->rest = below(request->path, beneath);
  if (walk->rest == NULL || has_dotdot(walk->rest)) {
    errno = EXDEV;
    return -1;
  }
  walk->folder = open(beneath, FOLDER);
  return walk->folder < 0 ? -1 : 0;
}

/* Takes the next component of walk->rest into `name`. Returns false at the end. */
static bool next_component(struct walk *walk, char *name, size_t size) {
  while (*walk->rest == '/' || (walk->rest[0] == '.' && (walk->rest[1] == '/' || walk->rest[1] == '\0')))
    walk->rest++;
  size_t length = strcspn(walk->rest, "/");
  if (length == 0 || length >= size) return false;
  memcpy(name, walk->rest, length);
  name[length] = '\0';
  walk->rest += length;
  while (*walk->rest == '/') walk->rest++;
  return true;
}

static bool is_link_at(int folder, const char *name) {
  struct stat info;
  return fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode);
}

/* Opens the folder `name` and makes it the walk's place. */
static int step(struct walk *walk, struct fs_write_request *request, const char *name) {
  int next = openat(walk->folder, name, FOLDER | (walk->guarded ? O_NOFOLLOW : 0));
  if (next < 0) {
    if (errno == ENOTDIR && walk->guarded && is_link_at(walk->folder, name)) errno = ELOOP;
    if (errno == ELOOP) snprintf(request->refused, sizeof request->refused, "%s", name);
    return -1;
  }
  close(walk->folder);
  walk->folder = next;
  return 0;
}

/* Opens the folder that holds the target, whose own name goes to `leaf`. Returns a descriptor or -1. */
static int open_parent(struct fs_write_request *request, char *leaf, size_t size) {
  struct walk walk;
  if (start_walk(&walk, request) != 0) return -1;
  while (next_component(&walk, leaf, size)) {
    if (*walk.rest == '\0') return walk.folder;
    if (step(&walk, request, leaf) != 0) goto failed;
  }
  errno = strlen(walk.rest) >= size ? ENAMETOOLONG : EISDIR;
failed:;
  int saved = errno;
  close(walk.folder);
  errno = saved;
  return -1;
}

static mode_t mode_for(int folder, const char *leaf, mode_t wanted) {
  struct stat info;
  if (wanted != 0) return wanted;
  if (fstatat(folder, leaf, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode))
    return info.st_mode & 07777;
  return 0;
}

int fs_write_begin(struct fs_write_request *request, struct fs_writing *writing) {
  unsigned long long random_number = 0;
  request->refused[0] = '\0';
  writing->file = -1;
  writing->folder = open_parent(request, writing->leaf, sizeof writing->leaf);
  if (writing->folder < 0) return -1;
  writing->mode = mode_for(writing->folder, writing->leaf, request->mode);
  if (getrandom(&random_number, sizeof random_number, 0) < 0) random_number = (unsigned long long)getpid();
  snprintf(writing->temporary, sizeof writing->temporary, ".%.200s.%016llx.tmp", writing->leaf, random_number);
  writing->file = openat(writing->folder, writing->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                         0666);
  if (writing->file >= 0) return 0;
  int saved = errno;
  close(writing->folder);
  writing->folder = -1;
  errno = saved;
  return -1;
}

int fs_write_add(struct fs_writing *writing, const char *data, size_t length) {
  while (length > 0) {
    ssize_t written = write(writing->file, data, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -1;
    data += written;
    length -= (size_t)written;
  }
  return 0;
}

int fs_write_end(struct fs_writing *writing) {
  if ((writing->mode != 0 && fchmod(writing->file, writing->mode) != 0) || fsync(writing->file) != 0) goto failed;
  int closed = close(writing->file);
  writing->file = -1;
  if (closed != 0 || renameat(writing->folder, writing->temporary, writing->folder, writing->leaf) != 0) goto failed;
  fsync(writing->folder);
  close(writing->folder);
  writing->folder = -1;
  return 0;
failed:
  fs_write_abandon(writing);
  return -1;
}

void fs_write_abandon(struct fs_writing *writing) {
  int saved = errno;
  if (writing->file >= 0) close(writing->file);
  if (writing->folder >= 0) {
    unlinkat(writing->folder, writing->temporary, 0);
    close(writing->folder);
  }
  writing->file = writing->folder = -1;
  errno = saved;
}

int fs_write_file(struct fs_write_request *request) {
  struct fs_writing writing;
  if (fs_write_begin(request, &writing) != 0) return -1;
  if (fs_write_add(&writing, request->data, request->length) == 0) return fs_write_end(&writing);
  fs_write_abandon(&writing);
  return -1;
}

int fs_push_write_error(lua_State *L, const struct fs_write_request *request) {
  if (errno == ELOOP && request->refused[0] != '\0')
    return host_push_failure(L, "ELOOP",
                             "%s: '%s' is a symbolic link; writing through it is refused, name the folder "
                             "that it points to",
                             request->path, request->refused);
  if (errno == EXDEV)
    return host_push_failure(L, "EXDEV", "%s: lies outside of %s", request->path,
                             request->beneath != NULL ? request->beneath : "the current folder");
  return host_push_errno(L, request->path);
}

int fs_make_folders(struct fs_write_request *request) {
  struct walk walk;
  char name[256];
  request->refused[0] = '\0';
  if (start_walk(&walk, request) != 0) return -1;
  int result = 0;
  while (result == 0 && next_component(&walk, name, sizeof name)) {
    if (mkdirat(walk.folder, name, 0777) != 0 && errno != EEXIST)
      result = -1;
    else
      result = step(&walk, request, name);
  }
  if (result == 0 && *walk.rest != '\0') {
    errno = ENAMETOOLONG;
    result = -1;
  }
  int saved = errno;
  close(walk.folder);
  errno = saved;
  return result;
}
