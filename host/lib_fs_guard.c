/* Guards: what C holds open while Lua may raise. */
#include "lib_fs.h"

#include <errno.h>
#include <lauxlib.h>
#include <unistd.h>

#define DESCRIPTOR "pysec.fs.descriptor"
#define FOLDER "pysec.fs.folder"

static int descriptor_close(lua_State *L) {
  struct lib_fs_descriptor *descriptor = lua_touserdata(L, 1);
  if (descriptor->file >= 0) close(descriptor->file);
  descriptor->file = -1;
  return 0;
}

static int folder_close(lua_State *L) {
  struct lib_fs_folder *folder = lua_touserdata(L, 1);
  if (folder->entries != NULL) closedir(folder->entries);
  folder->entries = NULL;
  return 0;
}

static void set_guard(lua_State *L, const char *name, lua_CFunction close_it) {
  if (luaL_newmetatable(L, name)) {
    lua_pushcfunction(L, close_it);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
}

struct lib_fs_descriptor *lib_fs_push_descriptor(lua_State *L) {
  struct lib_fs_descriptor *descriptor = lua_newuserdatauv(L, sizeof *descriptor, 0);
  descriptor->file = -1;
  set_guard(L, DESCRIPTOR, descriptor_close);
  return descriptor;
}

struct lib_fs_folder *lib_fs_push_folder(lua_State *L) {
  struct lib_fs_folder *folder = lua_newuserdatauv(L, sizeof *folder, 0);
  folder->entries = NULL;
  set_guard(L, FOLDER, folder_close);
  return folder;
}

static void end_guard(lua_State *L, int index, lua_CFunction close_it) {
  int saved = errno;
  lua_pushcfunction(L, close_it);
  lua_pushvalue(L, index);
  lua_call(L, 1, 0);
  lua_remove(L, index);
  errno = saved;
}

void lib_fs_end_descriptor(lua_State *L, int index) {
  end_guard(L, index, descriptor_close);
}

void lib_fs_end_folder(lua_State *L, int index) {
  end_guard(L, index, folder_close);
}
