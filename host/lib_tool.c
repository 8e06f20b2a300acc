/* pysec.tool: runs other programs, many side by side.
 *
 * Lua is never called from inside the loop: callbacks only change the processes' state, and what scripts
 * see happens between two turns. So an error in a script unwinds Lua's frames alone, and the group's
 * __gc ends what still runs.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"
#include "lib_tool.h"
#include "process.h"
#include "process_kin.h"
#include "tool_spec.h"

#define GROUP "pysec.tool.group"

enum { TICK_MS = 100 };

/* The stack of tool_all. ANCHORS holds what the running programs' memory hangs on. */
enum { SPECS = 1, OPTIONS, RESULTS, GROUP_GUARD, ANCHORS };

struct job {
  struct job *next;
  struct process process;
  lua_Integer index;
  char mark[PROCESS_MARK_SIZE];
};

struct group {
  pysec_host *host;
  struct job *jobs;
  uv_timer_t tick;
  bool has_tick;
  bool ticked;
  char scratch[PROCESS_SCRATCH];
};

static int tool_which(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  if (tool_push_program(L, name)) return 1;
  return host_push_failure(L, "ENOENT", "%s: not found in a trusted folder of PATH", name);
}

/* The cores that this process may use. */
static int tool_cores(lua_State *L) {
  cpu_set_t allowed;
  int count = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
  lua_pushinteger(L, count > 0 ? count : 1);
  return 1;
}

/* --- the group --- */

static void on_tick(uv_timer_t *timer) {
  struct group *group = timer->data;
  group->ticked = true;
}

static void on_tick_closed(uv_handle_t *handle) {
  struct group *group = handle->data;
  group->has_tick = false;
}

/* Ends whatever runs, without mercy: reached when a script's error unwinds tool_all. */
static int group_close(lua_State *L) {
  struct group *group = luaL_checkudata(L, 1, GROUP);
  uv_loop_t *loop = &group->host->loop;
  if (group->has_tick && !uv_is_closing((uv_handle_t *)&group->tick))
    uv_close((uv_handle_t *)&group->tick, on_tick_closed);
  while (group->has_tick) uv_run(loop, UV_RUN_ONCE);
  while (group->jobs != NULL) {
    struct job *job = group->jobs;
    process_kill(&job->process);
    while (!job->process.finished) uv_run(loop, UV_RUN_ONCE);
    process_free(&job->process);
    group->jobs = job->next;
    free(job);
  }
  return 0;
}

static struct group *push_group(lua_State *L) {
  struct group *group = lua_newuserdatauv(L, sizeof *group, 0);
  group->host = host_of(L);
  group->jobs = NULL;
  group->has_tick = group->ticked = false;
  luaL_setmetatable(L, GROUP);
  lua_toclose(L, -1);
  if (uv_timer_init(&group->host->loop, &group->tick) == 0) {
    group->tick.data = group;
    group->has_tick = true;
    uv_timer_start(&group->tick, on_tick, TICK_MS, TICK_MS);
  }
  return group;
}

static int running(const struct group *group) {
  int count = 0;
  for (const struct job *job = group->jobs; job != NULL; job = job->next) count++;
  return count;
}

/* --- jobs --- */

/* Makes a job that the group owns; it counts as finished until its process starts. */
static struct job *add_job(lua_State *L, struct group *group, lua_Integer index) {
  struct job *job = calloc(1, sizeof *job);
  if (job == NULL) luaL_error(L, "not enough memory");
  job->process.finished = true;
  job->index = index;
  job->next = group->jobs;
  group->jobs = job;
  lib_tool_make_mark(L, job->mark);
  return job;
}

static void remove_job(struct group *group, struct job *job) {
  struct job **link = &group->jobs;
  while (*link != job) link = &(*link)->next;
  *link = job->next;
  process_free(&job->process);
  free(job);
}

/* Starts the spec at `index` of the list. Returns false, with the failure pushed, when it cannot. */
static bool start(lua_State *L, struct group *group, lua_Integer index) {
  struct process_spec spec;
  int top = lua_gettop(L);
  if (lua_rawgeti(L, SPECS, index) != LUA_TTABLE)
    luaL_error(L, "a program is a table, not a %s", luaL_typename(L, -1));
  struct job *job = add_job(L, group, index);
  tool_read_spec(L, top + 1, &spec, job->mark);
  lua_pushvalue(L, -1);
  lua_rawseti(L, ANCHORS, index);
  int failed = ENOENT;
  if (tool_push_program(L, spec.program)) {
    spec.program = tool_anchored_string(L, top + 2, NULL);
    failed = process_start(&job->process, &group->host->loop, &spec, group->scratch);
  } else if (strchr(spec.program, '/') != NULL) {
    failed = access(spec.program, X_OK) != 0 ? errno : EACCES;
  }
  lua_settop(L, top);
  if (failed == 0) return true;
  job->process.finished = true;
  lib_tool_push_failure(L, &spec, failed);
  remove_job(group, job);
  return false;
}

static struct job *find_finished(const struct group *group) {
  struct job *job = group->jobs;
  while (job != NULL && !job->process.finished) job = job->next;
  return job;
}

/* Stores the result on top of the stack and tells on_done, which may return further specs. */
static void deliver(lua_State *L, lua_Integer index) {
  lua_pushvalue(L, -1);
  lua_rawseti(L, RESULTS, index);
  if (lua_getfield(L, OPTIONS, "on_done") == LUA_TNIL) {
    lua_pop(L, 2);
    return;
  }
  lua_insert(L, -2);
  lua_pushinteger(L, index);
  lua_call(L, 2, 1);
  if (lua_istable(L, -1)) {
    lua_Integer count = (lua_Integer)lua_rawlen(L, SPECS);
    lua_Integer more = (lua_Integer)lua_rawlen(L, -1);
    for (lua_Integer i = 1; i <= more; i++) {
      lua_rawgeti(L, -1, i);
      lua_rawseti(L, SPECS, count + i);
    }
  }
  lua_pop(L, 1);
}

static void deliver_finished(lua_State *L, struct group *group) {
  struct job *job;
  while ((job = find_finished(group)) != NULL) {
    lua_Integer index = job->index;
    lib_tool_push_result(L, &job->process);
    remove_job(group, job);
    lua_pushnil(L);
    lua_rawseti(L, ANCHORS, index);
    deliver(L, index);
  }
}

static void call_tick(lua_State *L, struct group *group) {
  if (!group->ticked) return;
  group->ticked = false;
  if (lua_getfield(L, OPTIONS, "on_tick") != LUA_TNIL)
    lua_call(L, 0, 0);
  else
    lua_pop(L, 1);
}

static void stop_all(struct group *group) {
  for (struct job *job = group->jobs; job != NULL; job = job->next) process_stop(&job->process);
}

static lua_Integer read_jobs(lua_State *L) {
  lua_Integer jobs = LUA_MAXINTEGER;
  if (lua_getfield(L, OPTIONS, "jobs") != LUA_TNIL) {
    jobs = lua_tointeger(L, -1);
    luaL_argcheck(L, lua_isinteger(L, -1) && jobs >= 1, 2, "jobs is a whole number from 1");
  }
  lua_pop(L, 1);
  return jobs;
}

static int tool_all(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  if (lua_isnoneornil(L, 2)) {
    lua_settop(L, 1);
    lua_newtable(L);
  }
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  /* The list may grow, so it is ours. */
  lua_Integer given = (lua_Integer)lua_rawlen(L, 1);
  lua_createtable(L, (int)given, 0);
  for (lua_Integer i = 1; i <= given; i++) {
    lua_rawgeti(L, 1, i);
    lua_rawseti(L, -2, i);
  }
  lua_replace(L, SPECS);
  lua_Integer jobs = read_jobs(L), next = 1;
  lua_newtable(L); /* RESULTS */
  struct group *group = push_group(L);
  lua_newtable(L); /* ANCHORS */
  for (;;) {
    if (host_is_interrupted(group->host)) stop_all(group);
    while (!host_is_interrupted(group->host) && next <= (lua_Integer)lua_rawlen(L, SPECS) && running(group) < jobs) {
      lua_Integer index = next++;
      if (!start(L, group, index)) deliver(L, index);
    }
    if (group->jobs == NULL) break;
    uv_run(&group->host->loop, UV_RUN_ONCE);
    deliver_finished(L, group);
    call_tick(L, group);
  }
  host_check_interrupt(L);
  lua_pushvalue(L, RESULTS);
  return 1;
}

static int tool_run(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_pushcfunction(L, tool_all);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  lua_call(L, 1, 1);
  lua_rawgeti(L, -1, 1);
  if (lua_getfield(L, -1, "error") == LUA_TNIL) {
    lua_pop(L, 1);
    return 1;
  }
  luaL_pushfail(L);
  lua_insert(L, -2);
  lua_getfield(L, -3, "error_code");
  return 3;
}

static const luaL_Reg group_methods[] = {{"__gc", group_close}, {"__close", group_close}, {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"all", tool_all},
    {"cores", tool_cores},
    {"end_family", lib_tool_end_family},
    {"family", lib_tool_family},
    {"ignore_interrupts", lib_tool_ignore_interrupts},
    {"run", tool_run},
    {"shield", lib_tool_shield},
    {"sleep", lib_tool_sleep},
    {"which", tool_which},
    {NULL, NULL},
};

int luaopen_pysec_tool(lua_State *L) {
  luaL_newmetatable(L, GROUP);
  luaL_setfuncs(L, group_methods, 0);
  luaL_newlib(L, functions);
  return 1;
}
