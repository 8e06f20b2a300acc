/* Files, for the host's own parts: see lib_fs.c for what scripts see. */
#ifndef PYSEC_FS_H
#define PYSEC_FS_H

#include <fcntl.h>
#include <limits.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

enum { FS_MAX_READ = 1 << 30 };

/* The argument at `index` as a path; raises unless it is a string without a NUL. */
const char *fs_check_path(lua_State *L, int index);

/* Pushes the file's bytes and returns true; or pushes nothing, sets errno and returns false
 * (EFBIG when it holds more than `most` bytes, EISDIR for a folder, EOPNOTSUPP for a named pipe). */
bool fs_read_file(lua_State *L, const char *path, size_t most);

/* An atomic write: a temporary file beside the target, fsync, rename. A symbolic link in the place of
 * the target is replaced, never followed. */
struct fs_write_request {
  const char *path;
  const char *beneath;  /* folder below which no component may be a link; NULL: the current folder for a
                           relative path without "..", and no check for any other */
  const char *data;
  size_t length;
  mode_t mode;          /* 0: the mode of the file that is replaced, or 0666 less the umask */
  char refused[256];    /* set when a component was refused */
};

/* Returns 0, or -1 with errno (ELOOP: a component is a link, EXDEV: the path leaves `beneath`). */
int fs_write_file(struct fs_write_request *request);

/* The same for what comes bit by bit: begin, add, and then end or abandon, which release it. */
struct fs_writing {
  int folder, file;     /* descriptors; -1: closed */
  mode_t mode;
  char leaf[256], temporary[300];
};

/* Uses path, beneath and mode of the request. Returns as fs_write_file. */
int fs_write_begin(struct fs_write_request *request, struct fs_writing *writing);

/* Returns 0 or -1 with errno. */
int fs_write_add(struct fs_writing *writing, const char *data, size_t length);

/* Puts the file in its place. Returns 0, or -1 with errno, and then it is abandoned. */
int fs_write_end(struct fs_writing *writing);

/* Removes the temporary file; keeps errno. A second time does nothing. */
void fs_write_abandon(struct fs_writing *writing);

/* Makes the failure of any of these a Lua failure. Returns the number of results. */
int fs_push_write_error(lua_State *L, const struct fs_write_request *request);

/* Makes a folder and those above it, by the rules of fs_write_request. Returns 0 or -1 with errno. */
int fs_make_folders(struct fs_write_request *request);

/* Adds to the end of a file, which is made where it is not there; a link is refused (ELOOP). `sync`: what was written
 * is on the disk when it returns. Returns 0, or -1 with errno, and then nothing of it stays, nor waits for a pipe. */
int fs_append_bytes(const char *path, const char *bytes, size_t length, bool sync);

/* How folders are opened that may lie in a stranger's tree: they are no links. */
enum { FS_FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* True for "." and "..". */
bool fs_is_dots(const char *name);

/* The path in a tree at which something failed. */
struct fs_place {
  char path[PATH_MAX];
  size_t start;
  bool is_cut;          /* it is longer than a path can be: the front is missing */
};

void fs_place_clear(struct fs_place *place);

/* Puts a folder's name in front. */
void fs_place_add(struct fs_place *place, const char *name);

const char *fs_place_path(const struct fs_place *place);

/* Removes a file, a link, or a folder with all in it. Returns 0 (also when it was not there) or -1. */
int fs_remove_tree(const char *path);

/* Copies a tree with all that the target can keep: see fs_copy.c. `to` must not exist. Returns 0 or -1 with errno,
 * then `to` is gone again, and `place` says at what of `from` it happened. */
int fs_copy_tree(const char *from, const char *to, struct fs_place *place);

/* Makes a file or folder that was made empty free of the access lists that its folder gave to it. */
void fs_copy_drop_inherited(int to);

/* Gives an open file or folder the owner, extended attributes, mode and times of another, whose state is `info`.
 * What may not be kept is left out. Returns 0 or -1 with errno. */
int fs_copy_attributes(int from, int to, const struct stat *info);

/* The same for what cannot be opened (links, pipes, sockets, devices), without extended attributes. */
int fs_copy_attributes_at(int to_folder, const char *to_name, const struct stat *info);

/* What a copy of a tree takes. */
struct fs_measure {
  unsigned long long bytes; /* allocated, so without holes; hard links count once each */
  unsigned long long entries;
};

/* Returns 0 or -1 with errno and the place. What vanishes meanwhile is no error, `path` itself is one. */
int fs_measure_tree(const char *path, struct fs_measure *measure, struct fs_place *place);

/* What a file system has left for us. */
struct fs_space {
  unsigned long long bytes;
  unsigned long long entries;
  bool counts_entries;  /* false: it makes them as it needs them */
  bool has_reflinks;    /* tried, with files of our own that are gone at once */
};

/* `folder` is where it is tried. Returns 0 or -1 with errno. */
int fs_space_of(const char *folder, struct fs_space *space);

#endif
