/* pysec.tool: what came of a program. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host.h"
#include "lib_tool.h"

static void push_output(lua_State *L, struct process_output *output, const char *name) {
  lua_pushlstring(L, output->bytes != NULL ? output->bytes : "", output->length);
  lua_setfield(L, -2, name);
  free(output->bytes);
  output->bytes = NULL;
}

void lib_tool_push_result(lua_State *L, struct process *process) {
  lua_createtable(L, 0, 7);
  if (process->exit_code >= 0) {
    lua_pushinteger(L, process->exit_code);
    lua_setfield(L, -2, "code");
  }
  if (process->exit_signal != 0) {
    lua_pushinteger(L, process->exit_signal);
    lua_setfield(L, -2, "signal");
  }
  lua_pushboolean(L, process->timed_out);
  lua_setfield(L, -2, "timed_out");
  lua_pushboolean(L, process->output[0].truncated || process->output[1].truncated);
  lua_setfield(L, -2, "truncated");
  lua_pushnumber(L, process->seconds);
  lua_setfield(L, -2, "seconds");
  push_output(L, &process->output[0], "stdout");
  push_output(L, &process->output[1], "stderr");
}

static bool is_folder(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

void lib_tool_push_failure(lua_State *L, const struct process_spec *spec, int failed) {
  lua_createtable(L, 0, 2);
  if (failed == ENOENT && strchr(spec->program, '/') == NULL)
    lua_pushfstring(L, "%s: not found in a trusted folder of PATH", spec->program);
  else if (spec->cwd != NULL && !is_folder(spec->cwd))
    lua_pushfstring(L, "%s: cannot run in %s, which is no folder", spec->program, spec->cwd);
  else
    lua_pushfstring(L, "%s: %s", spec->program, strerror(failed));
  lua_setfield(L, -2, "error");
  lua_pushstring(L, host_errno_name(failed));
  lua_setfield(L, -2, "error_code");
}
