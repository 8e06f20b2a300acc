/* What a script says of a program that is to run, as the structs that run it. */
#include "tool_spec.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

enum { DEFAULT_MAX_OUTPUT = 16 * 1024 * 1024, MOST_OUTPUT = 1024 * 1024 * 1024, MOST_SECONDS = 1000000000 };

/* --- finding programs --- */

/* A folder of PATH counts when it is absolute, not inside the current folder (the repository that is
 * looked at), and not writable for everybody. */
static bool is_trusted_folder(const char *folder, const char *current) {
  char real[PATH_MAX];
  struct stat info;
  size_t length = strlen(current);
  if (folder[0] != '/' || realpath(folder, real) == NULL) return false;
  if (length > 1 && strncmp(real, current, length) == 0 && (real[length] == '/' || real[length] == '\0'))
    return false;
  return stat(real, &info) == 0 && S_ISDIR(info.st_mode) && (info.st_mode & S_IWOTH) == 0;
}

static bool is_program(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

/* Pushes the absolute path of a program and returns true, or pushes nothing. */
bool tool_push_program(lua_State *L, const char *name) {
  char current[PATH_MAX], folder[PATH_MAX];
  if (getcwd(current, sizeof current) == NULL) current[0] = '\0';
  if (strchr(name, '/') != NULL) {
    if (!is_program(name)) return false;
    /* The child may run in another folder, where the same name is another program. */
    if (name[0] == '/')
      lua_pushstring(L, name);
    else
      lua_pushfstring(L, "%s/%s", current, name);
    return true;
  }
  if (name[0] == '\0') return false;
  const char *path = getenv("PATH");
  if (path == NULL) path = "/usr/local/bin:/usr/bin:/bin";
  while (*path != '\0') {
    size_t length = strcspn(path, ":");
    if (length < sizeof folder) {
      memcpy(folder, path, length);
      folder[length] = '\0';
      const char *program = lua_pushfstring(L, "%s/%s", folder, name);
      if (is_trusted_folder(folder, current) && is_program(program)) return true;
      lua_pop(L, 1);
    }
    path += length;
    if (*path == ':') path++;
  }
  return false;
}

/* --- reading a spec --- */

/* Allocates memory that lives as long as the spec table at `spec`: its own registry of anchors. */
static void *anchor(lua_State *L, int anchors, size_t size) {
  void *memory = lua_newuserdatauv(L, size, 0);
  lua_rawseti(L, anchors, (lua_Integer)lua_rawlen(L, anchors) + 1);
  return memory;
}

const char *tool_anchored_string(lua_State *L, int anchors, size_t *length) {
  const char *text = lua_tolstring(L, -1, length);
  lua_rawseti(L, anchors, (lua_Integer)lua_rawlen(L, anchors) + 1);
  return text;
}

static void refuse_nul(lua_State *L, int index, const char *what) {
  size_t length;
  const char *text = lua_tolstring(L, index, &length);
  if (strlen(text) != length) luaL_error(L, "%s holds a NUL", what);
}

static char **read_argv(lua_State *L, int spec, int anchors) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, spec);
  if (count == 0) luaL_error(L, "a program is missing: run{ \"name\", \"argument\", ... }");
  char **argv = anchor(L, anchors, ((size_t)count + 1) * sizeof *argv);
  for (lua_Integer i = 1; i <= count; i++) {
    int type = lua_rawgeti(L, spec, i);
    if (type != LUA_TSTRING && type != LUA_TNUMBER)
      luaL_error(L, "argument %I of a program is a %s", i, luaL_typename(L, -1));
    lua_tostring(L, -1);
    refuse_nul(L, -1, "an argument");
    union { const char *in; char *out; } text = {tool_anchored_string(L, anchors, NULL)};
    argv[i - 1] = text.out;
  }
  argv[count] = NULL;
  return argv;
}

static char *anchored_copy(lua_State *L, int anchors, const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(anchor(L, anchors, size), text, size);
}

static char **read_given_env(lua_State *L, int anchors, char *mark) {
  int env = lua_gettop(L);
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, env); lua_pop(L, 1)) count++;
  char **envp = anchor(L, anchors, (count + 2) * sizeof *envp);
  size_t i = 0;
  for (lua_pushnil(L); lua_next(L, env); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "env is a table of names and strings");
    refuse_nul(L, -2, "the name of a variable");
    refuse_nul(L, -1, "a variable");
    const char *name = lua_tostring(L, -2);
    if (name[0] == '\0' || strchr(name, '=') != NULL) luaL_error(L, "'%s' is no name of a variable", name);
    lua_pushfstring(L, "%s=%s", lua_tostring(L, -2), lua_tostring(L, -1));
    envp[i++] = anchored_copy(L, anchors, lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  envp[i++] = mark;
  envp[i] = NULL;
  return envp;
}

static char **copy_own_env(lua_State *L, int anchors, char *mark) {
  size_t count = 0;
  while (environ[count] != NULL) count++;
  char **envp = anchor(L, anchors, (count + 2) * sizeof *envp);
  memcpy(envp, environ, count * sizeof *envp);
  envp[count] = mark;
  envp[count + 1] = NULL;
  return envp;
}

static const char *read_string_field(lua_State *L, int spec, int anchors, const char *name, size_t *length) {
  int type = lua_getfield(L, spec, name);
  if (type == LUA_TNIL) {
    lua_pop(L, 1);
    return NULL;
  }
  if (type != LUA_TSTRING) luaL_error(L, "%s is a string, not a %s", name, luaL_typename(L, -1));
  return tool_anchored_string(L, anchors, length);
}

static double read_number_field(lua_State *L, int spec, const char *name, double otherwise, double most) {
  double value = otherwise;
  if (lua_getfield(L, spec, name) != LUA_TNIL) {
    int is_number;
    value = lua_tonumberx(L, -1, &is_number);
    if (!is_number || !(value >= 0)) luaL_error(L, "%s is a number from 0", name);
  }
  lua_pop(L, 1);
  return value < most ? value : most;
}

static void check_fields(lua_State *L, int spec) {
  static const char *const known[] = {"cwd", "env", "stdin", "timeout", "max_output", "name"};
  for (lua_pushnil(L); lua_next(L, spec); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) continue;
    const char *name = lua_tostring(L, -2);
    bool is_known = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
      if (strcmp(name, known[i]) == 0) is_known = true;
    if (!is_known) luaL_error(L, "a program has no field '%s'", name);
  }
}

void tool_read_spec(lua_State *L, int spec, struct process_spec *out, char *mark) {
  luaL_checkstack(L, 12, "programs");
  check_fields(L, spec);
  lua_newtable(L);
  int anchors = lua_gettop(L);
  *out = (struct process_spec){.argv = read_argv(L, spec, anchors), .mark = mark};
  out->program = out->argv[0];
  out->cwd = read_string_field(L, spec, anchors, "cwd", NULL);
  out->input = read_string_field(L, spec, anchors, "stdin", &out->input_length);
  out->timeout = read_number_field(L, spec, "timeout", 0, MOST_SECONDS);
  out->max_output = (size_t)read_number_field(L, spec, "max_output", DEFAULT_MAX_OUTPUT, MOST_OUTPUT);
  int type = lua_getfield(L, spec, "env");
  if (type != LUA_TNIL && type != LUA_TTABLE) luaL_error(L, "env is a table, not a %s", luaL_typename(L, -1));
  out->envp = type == LUA_TNIL ? copy_own_env(L, anchors, mark) : read_given_env(L, anchors, mark);
  lua_pop(L, 1);
}
