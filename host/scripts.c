/* Where Lua code comes from: the built-in files, --scripts DIR, and the folder of the user's script.
 *
 * Lua's own search path is taken away: it starts in the current folder, which is the repository under
 * audit, and a file json.lua there would run with full powers.
 */
#include "host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "embedded.h"

static const char SCRIPT_FOLDER = 0; /* registry key: folder of the script given to pysec_script_run */

static const struct embedded_file *find_embedded(const char *name) {
  for (const struct embedded_file *file = embedded_files; file->name != NULL; file++)
    if (strcmp(file->name, name) == 0) return file;
  return NULL;
}

/* A script as it was compiled; NULL where it was not, or by another release of Lua. */
static const struct precompiled_file *find_precompiled(const char *name) {
  if (strcmp(precompiled_by, lua_ident) != 0) return NULL;
  for (const struct precompiled_file *file = precompiled_files; file->name != NULL; file++)
    if (strcmp(file->name, name) == 0) return file;
  return NULL;
}

static pysec_status status_of(int lua_status) {
  switch (lua_status) {
    case LUA_OK: return PYSEC_OK;
    case LUA_ERRFILE: return PYSEC_NOT_FOUND;
    case LUA_ERRMEM: return PYSEC_NO_MEMORY;
    default: return PYSEC_SYNTAX;
  }
}

/* luaL_loadfilex names the chunk after the path; "t" refuses bytecode. */
static pysec_status load_path(lua_State *L, const char *path) {
  return status_of(luaL_loadfilex(L, path, "t"));
}

pysec_status scripts_load_builtin(lua_State *L, const char *name) {
  const char *folder = host_of(L)->scripts;
  if (folder != NULL && strncmp(name, "scripts/", 8) == 0) {
    const char *path = lua_pushfstring(L, "%s/%s", folder, name + 8);
    pysec_status status = load_path(L, path);
    lua_remove(L, -2);
    return status;
  }
  /* The one place where bytecode is loaded: it was linked into this very program. */
  const struct precompiled_file *compiled = find_precompiled(name);
  if (compiled != NULL) return status_of(luaL_loadbufferx(L, compiled->code, compiled->size, name, "b"));
  const struct embedded_file *file = find_embedded(name);
  if (file == NULL) {
    lua_pushfstring(L, "%s: no such built-in file", name);
    return PYSEC_NOT_FOUND;
  }
  const char *chunk = lua_pushfstring(L, "@%s", name);
  int status = luaL_loadbufferx(L, file->text, file->size, chunk, "t");
  lua_remove(L, -2);
  return status_of(status);
}

static void remember_folder(lua_State *L, const char *path) {
  const char *slash = strrchr(path, '/');
  if (slash == NULL)
    lua_pushliteral(L, ".");
  else
    lua_pushlstring(L, path, slash == path ? 1 : (size_t)(slash - path));
  lua_rawsetp(L, LUA_REGISTRYINDEX, &SCRIPT_FOLDER);
}

pysec_status scripts_load_file(lua_State *L, const char *path) {
  remember_folder(L, path);
  return load_path(L, path);
}

/* "lib.requirements" is scripts/lib/requirements.lua. */
static const char *push_builtin_name(lua_State *L, const char *module) {
  const char *part = luaL_gsub(L, module, ".", "/");
  return lua_pushfstring(L, "scripts/%s.lua", part);
}

bool scripts_has_module(lua_State *L, const char *module) {
  int top = lua_gettop(L);
  const char *folder = host_of(L)->scripts;
  const char *name = push_builtin_name(L, module);
  bool has_it = find_embedded(name) != NULL;
  if (folder != NULL) has_it = access(lua_pushfstring(L, "%s/%s", folder, name + 8), F_OK) == 0;
  lua_settop(L, top);
  return has_it;
}

static int search_builtin(lua_State *L) {
  const char *name = push_builtin_name(L, luaL_checkstring(L, 1));
  pysec_status status = scripts_load_builtin(L, name);
  if (status == PYSEC_SYNTAX || status == PYSEC_NO_MEMORY) return lua_error(L);
  if (status != PYSEC_OK) {
    lua_pushfstring(L, "no built-in script '%s'", name);
    return 1;
  }
  lua_pushstring(L, name);
  return 2;
}

/* Modules beside the user's own script. */
static int search_beside_script(lua_State *L) {
  const char *module = luaL_checkstring(L, 1);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &SCRIPT_FOLDER) != LUA_TSTRING) return 0;
  const char *part = luaL_gsub(L, module, ".", "/");
  const char *path = lua_pushfstring(L, "%s/%s.lua", lua_tostring(L, -2), part);
  pysec_status status = load_path(L, path);
  if (status == PYSEC_SYNTAX || status == PYSEC_NO_MEMORY) return lua_error(L);
  if (status != PYSEC_OK) {
    lua_pushfstring(L, "no file '%s'", path);
    return 1;
  }
  lua_pushstring(L, path);
  return 2;
}

/* load(path): compiles a file of the user's own; from then on it may require modules beside it. */
static int host_load(lua_State *L) {
  pysec_status status = scripts_load_file(L, luaL_checkstring(L, 1));
  if (status == PYSEC_OK) return 1;
  if (status == PYSEC_NO_MEMORY) return lua_error(L);
  luaL_pushfail(L);
  lua_insert(L, -2);
  return 2;
}

/* builtin(name): the text of a built-in file, such as "policies/default.lua". */
static int host_builtin(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  const struct embedded_file *file = find_embedded(name);
  if (file == NULL) return host_push_failure(L, "ENOENT", "%s: no such built-in file", name);
  lua_pushlstring(L, file->text, file->size);
  return 1;
}

/* builtins(prefix): the names of the built-in files that start so. */
static int host_builtins(lua_State *L) {
  const char *prefix = luaL_optstring(L, 1, "");
  lua_newtable(L);
  lua_Integer count = 0;
  for (const struct embedded_file *file = embedded_files; file->name != NULL; file++) {
    if (strncmp(file->name, prefix, strlen(prefix)) != 0) continue;
    lua_pushstring(L, file->name);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* platform(): what uname says of this machine. */
static int host_platform(lua_State *L) {
  struct utsname name;
  if (uname(&name) != 0) return host_push_errno(L, NULL);
  lua_createtable(L, 0, 4);
  host_set_text(L, "system", name.sysname);
  host_set_text(L, "machine", name.machine);
  host_set_text(L, "release", name.release);
  host_set_text(L, "version", name.version);
  return 1;
}

static int host_version(lua_State *L) {
  lua_pushstring(L, pysec_version());
  return 1;
}

static const luaL_Reg functions[] = {
    {"builtin", host_builtin},
    {"builtins", host_builtins},
    {"load", host_load},
    {"platform", host_platform},
    {"version", host_version},
    {NULL, NULL},
};

int luaopen_pysec_host(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}

void scripts_open(lua_State *L) {
  lua_getglobal(L, "package");
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "path");
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "cpath");
  lua_getfield(L, -1, "searchers");
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  /* The first searcher is the preload table; the others read Lua's path and load C libraries. */
  for (lua_Integer i = count; i > 1; i--) {
    lua_pushnil(L);
    lua_rawseti(L, -2, i);
  }
  lua_pushcfunction(L, search_builtin);
  lua_rawseti(L, -2, 2);
  lua_pushcfunction(L, search_beside_script);
  lua_rawseti(L, -2, 3);
  lua_pop(L, 2);
}
