/* Files, for the host's own parts: see lib_fs.c for what scripts see. */
#ifndef PYSEC_FS_H
#define PYSEC_FS_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
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

/* Removes a file, a link, or a folder with all in it. Returns 0 (also when it was not there) or -1. */
int fs_remove_tree(const char *path);

/* Copies a tree: modes, times, links as links, reflinks where the file system has them. `to` must not
 * exist. Returns 0 or -1 with errno, then `to` is gone again. */
int fs_copy_tree(const char *from, const char *to);

#endif
