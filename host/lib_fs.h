/* What the files behind pysec.fs share: see lib_fs.c for the module itself. */
#ifndef PYSEC_LIB_FS_H
#define PYSEC_LIB_FS_H

#include <dirent.h>
#include <lua.h>

/* Pushes true, the result of what has nothing to tell. Returns 1. */
int lib_fs_push_true(lua_State *L);

/* A descriptor or an open folder that Lua closes when an error passes over the C that uses it. */
struct lib_fs_descriptor {
  int file; /* -1: closed */
};

struct lib_fs_folder {
  DIR *entries; /* NULL: closed */
};

/* Push one that is closed. */
struct lib_fs_descriptor *lib_fs_push_descriptor(lua_State *L);
struct lib_fs_folder *lib_fs_push_folder(lua_State *L);

/* Closes the one at `index` and takes it off the stack; keeps errno. */
void lib_fs_end_descriptor(lua_State *L, int index);
void lib_fs_end_folder(lua_State *L, int index);

/* The functions of the module by their files. */
int lib_fs_stat(lua_State *L);
int lib_fs_list(lua_State *L);
int lib_fs_walk(lua_State *L);
int lib_fs_realpath(lua_State *L);
int lib_fs_cwd(lua_State *L);
int lib_fs_writable(lua_State *L);

int lib_fs_measure(lua_State *L);
int lib_fs_space(lua_State *L);

int lib_fs_tempdir(lua_State *L);

int lib_fs_lock(lua_State *L);

/* Makes the metatable of locks. */
void lib_fs_open_locks(lua_State *L);

#endif
