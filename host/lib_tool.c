/* pysec.tool: runs other programs, many side by side.
 *
 * Lua is never called from inside the loop: callbacks only change the processes' state, and what scripts
 * see happens between two turns. So an error in a script unwinds Lua's frames alone, and the group's
 * __gc ends what still runs.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"
#include "process.h"
#include "tool_spec.h"

#define GROUP "pysec.tool.group"

enum { TICK_MS = 100, MARK_SIZE = 64 };

/* The stack of tool_all. ANCHORS holds what the running programs' memory hangs on. */
enum { SPECS = 1, OPTIONS, RESULTS, GROUP_GUARD, ANCHORS };

struct job {
  struct job *next;
  struct process process;
  lua_Integer index;
  char mark[MARK_SIZE];
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

static void make_mark(char mark[MARK_SIZE]) {
  unsigned long long random_numbers[2] = {0, 0};
  if (getrandom(random_numbers, sizeof random_numbers, 0) < 0) random_numbers[0] = uv_hrtime();
  snprintf(mark, MARK_SIZE, "PYSEC_RUN=%016llx%016llx", random_numbers[0], random_numbers[1]);
}

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

/* --- results --- */

static void push_output(lua_State *L, struct process_output *output, const char *name) {
  lua_pushlstring(L, output->bytes != NULL ? output->bytes : "", output->length);
  lua_setfield(L, -2, name);
  free(output->bytes);
  output->bytes = NULL;
}

static void push_result(lua_State *L, struct process *process) {
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

static void push_start_failure(lua_State *L, const struct process_spec *spec, int failed) {
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

/* Makes a job that the group owns; it counts as finished until its process starts. */
static struct job *add_job(lua_State *L, struct group *group, lua_Integer index) {
  struct job *job = calloc(1, sizeof *job);
  if (job == NULL) luaL_error(L, "not enough memory");
  job->process.finished = true;
  job->index = index;
  job->next = group->jobs;
  group->jobs = job;
  make_mark(job->mark);
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
  push_start_failure(L, &spec, failed);
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
    push_result(L, &job->process);
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

/* --- waiting --- */

struct pause {
  uv_timer_t timer;
  bool fired;
  bool closed;
};

static void on_pause(uv_timer_t *timer) {
  ((struct pause *)timer->data)->fired = true;
}

static void on_pause_closed(uv_handle_t *handle) {
  ((struct pause *)handle->data)->closed = true;
}

/* Waits, or ends early when an interrupt arrives, which is then raised. */
static int tool_sleep(lua_State *L) {
  pysec_host *host = host_of(L);
  lua_Number seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 1, "seconds from 0");
  struct pause pause = {.fired = false};
  if (uv_timer_init(&host->loop, &pause.timer) != 0) return luaL_error(L, "no timer");
  pause.timer.data = &pause;
  uv_update_time(&host->loop);
  uv_timer_start(&pause.timer, on_pause, (uint64_t)(seconds * 1000), 0);
  while (!pause.fired && !host_is_interrupted(host)) uv_run(&host->loop, UV_RUN_ONCE);
  uv_close((uv_handle_t *)&pause.timer, on_pause_closed);
  while (!pause.closed) uv_run(&host->loop, UV_RUN_ONCE);
  host_check_interrupt(L);
  return 0;
}

/* --- shield --- */

/* Runs a function that an interrupt must not cut in two; the interrupt is raised afterwards. */
static int tool_shield(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  atomic_fetch_add(&host_of(L)->shield, 1);
  int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
  atomic_fetch_sub(&host_of(L)->shield, 1);
  if (status != LUA_OK) return lua_error(L);
  host_check_interrupt(L);
  return lua_gettop(L);
}

/* From now on until the end of the run, interrupts are ignored: what cannot be taken back has been done, and
 * what is left takes a moment. */
static int tool_ignore_interrupts(lua_State *L) {
  atomic_fetch_add(&host_of(L)->shield, 1);
  return 0;
}

static const luaL_Reg group_methods[] = {{"__gc", group_close}, {"__close", group_close}, {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"all", tool_all},       {"cores", tool_cores}, {"ignore_interrupts", tool_ignore_interrupts},
    {"run", tool_run},       {"shield", tool_shield}, {"sleep", tool_sleep}, {"which", tool_which},
    {NULL, NULL},
};

int luaopen_pysec_tool(lua_State *L) {
  luaL_newmetatable(L, GROUP);
  luaL_setfuncs(L, group_methods, 0);
  luaL_newlib(L, functions);
  return 1;
}
