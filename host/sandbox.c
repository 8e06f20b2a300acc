/* The sandbox's state, and the budgets of instructions, memory and time. */
#include "sandbox.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  INSTRUCTIONS_BETWEEN_LOOKS = 100,
  /* One instruction may compare two strings, and does so slowly where they hold zeros: 100 of them have to end soon. */
  LARGEST_STRING = 512 * 1024,
  LARGEST_BLOCK = 4 * 1024 * 1024,
  LARGE = 4096
};

struct sandbox *sandbox_of(lua_State *L) {
  return (*(struct state_owner **)lua_getextraspace(L))->box;
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* --- places --- */

int sandbox_where(lua_State *L, const char **path) {
  const struct sandbox *box = sandbox_of(L);
  if (box != NULL && box->source_path != NULL) {
    *path = box->source_path;
    return box->source_line;
  }
  lua_Debug info;
  for (int level = 0; lua_getstack(L, level, &info); level++) {
    lua_getinfo(L, "Sl", &info);
    if (info.currentline > 0 && *info.source == '@') {
      *path = info.source + 1;
      return info.currentline;
    }
  }
  *path = "policy";
  return 0;
}

/* --- reasons --- */

__attribute__((format(printf, 4, 5)))
static void set_reason(struct sandbox *box, const char *path, int line, const char *format, ...) {
  if (*box->reason != '\0') return;
  int length = snprintf(box->reason, sizeof box->reason, "%.300s:%d: ", path, line);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(box->reason + length, sizeof box->reason - (size_t)length, format, arguments);
  va_end(arguments);
}

enum { REASON = 128 };

/* Whether time is up, or somebody wants an end: writes why into `what`. For while somebody is in, and what they take
 * out then. */
static bool is_over(const struct sandbox *box, char what[REASON]) {
  if (host_is_interrupted(box->owner.host))
    snprintf(what, REASON, "interrupted");
  else if (now() > box->deadline)
    snprintf(what, REASON, "the policy ran longer than %g s", (double)box->budget.nanoseconds / 1e9);
  else
    return false;
  return true;
}

/* --- memory --- */

static void on_hook(lua_State *L, lua_Debug *activation);

/* Once the error arrives, the line is gone. Asking for it allocates nothing. */
static void note_failure(struct sandbox *box) {
  if (box->L == NULL) return;
  const char *path;
  char what[REASON];
  box->failed_line = sandbox_where(box->L, &path);
  snprintf(box->failed_path, sizeof box->failed_path, "%s", path);
  /* Near its limit each allocation collects garbage first, so that the hook may come late. */
  if (box->outside == NULL || !is_over(box, what)) return;
  set_reason(box, path, box->failed_line, "%s", what);
  box->is_broken = true;
}

/* A table that is full grows or is arranged anew within one instruction, and that may take milliseconds. */
static void charge_block(struct sandbox *box, size_t size) {
  char what[REASON];
  box->instructions_left -= (int64_t)(size / 64);
  if (box->L != NULL && box->outside != NULL && is_over(box, what)) lua_sethook(box->L, on_hook, LUA_MASKCOUNT, 1);
}

static void *allocate(void *data, void *block, size_t old_size, size_t new_size) {
  struct sandbox *box = data;
  bool is_string = block == NULL && old_size == LUA_TSTRING;
  if (block == NULL) old_size = 0;
  if (new_size == 0) {
    free(block);
    box->memory_used -= old_size;
    return NULL;
  }
  if (new_size > old_size) {
    size_t more = new_size - old_size;
    bool fits = new_size <= (is_string ? LARGEST_STRING : LARGEST_BLOCK) &&
                more <= box->budget.memory - box->memory_used;
    if (!fits || box->is_broken) {
      note_failure(box);
      return NULL;
    }
    if (more >= LARGE) charge_block(box, more);
  }
  void *moved = realloc(block, new_size);
  if (moved != NULL) box->memory_used = box->memory_used - old_size + new_size;
  return moved;
}

/* --- breaking --- */

/* From now on every single instruction meets the hook, which raises again. */
static void mark_broken(struct sandbox *box, lua_State *L) {
  box->is_broken = true;
  lua_sethook(L, on_hook, LUA_MASKCOUNT, 1);
}

void sandbox_break(lua_State *L, const char *what) {
  struct sandbox *box = sandbox_of(L);
  const char *path;
  int line = sandbox_where(L, &path);
  set_reason(box, path, line, "%s", what);
  mark_broken(box, L);
}

void sandbox_break_for_memory(lua_State *L) {
  struct sandbox *box = sandbox_of(L);
  const char *path = *box->failed_path != '\0' ? box->failed_path : "policy"; /* a policy may raise what Lua would */
  set_reason(box, path, box->failed_line,
             "the policy went over its budget of memory (%zu bytes; a text of %d KiB, a table of %d MiB)",
             box->budget.memory, LARGEST_STRING / 1024, LARGEST_BLOCK / 1024 / 1024);
  mark_broken(box, L);
}

bool sandbox_is_broken(lua_State *L) {
  struct sandbox *box = sandbox_of(L);
  return box != NULL && box->is_broken;
}

static _Noreturn void raise_reason(struct sandbox *box, lua_State *L) {
  lua_pushstring(L, box->reason);
  lua_error(L);
  abort(); /* lua_error does not return */
}

bool sandbox_spend(lua_State *L, size_t steps) {
  struct sandbox *box = sandbox_of(L);
  if (box == NULL) return true;
  if (box->is_broken) return false;
  char what[REASON];
  box->instructions_left -= steps < INT64_MAX / 2 ? (int64_t)steps : INT64_MAX / 2;
  if (box->instructions_left <= 0)
    snprintf(what, sizeof what, "the policy went over its budget of %lld instructions",
             (long long)box->budget.instructions);
  else if (!is_over(box, what))
    return true;
  sandbox_break(L, what);
  return false;
}

void sandbox_charge(lua_State *L, size_t steps) {
  if (!sandbox_spend(L, steps)) raise_reason(sandbox_of(L), L);
}

void sandbox_collect(lua_State *L) {
  const struct sandbox *box = sandbox_of(L);
  if (box != NULL) sandbox_charge(L, box->memory_used / 16);
  lua_gc(L, LUA_GCCOLLECT);
}

/* --- the hook --- */

static const char LINES = 0; /* registry key: { [path] = { [line] = true } } */

/* Notes that a line ran. */
static void count_line(lua_State *L, lua_Debug *activation) {
  lua_getinfo(L, "Sl", activation);
  if (*activation->source != '@') return;
  host_reserve_stack(L, 4);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &LINES);
  luaL_getsubtable(L, -1, activation->source + 1);
  lua_pushboolean(L, 1);
  lua_rawseti(L, -2, activation->currentline);
  lua_pop(L, 2);
}

static void on_hook(lua_State *L, lua_Debug *activation) {
  if (activation->event == LUA_HOOKLINE)
    count_line(L, activation);
  else
    sandbox_charge(L, INSTRUCTIONS_BETWEEN_LOOKS);
}

void sandbox_push_lines(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &LINES);
}

/* --- life --- */

static int open_state(lua_State *L) {
  /* What lives long in it is the libraries, and marking them for every few calls of a hook costs more than the hooks
   * do. The cap on memory holds whatever the collector's pace is. */
  lua_gc(L, LUA_GCINC, 1000, 0, 0);
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &LINES);
  return 0;
}

void sandbox_refill(struct sandbox *box) {
  box->instructions_left = box->budget.instructions;
  box->nanoseconds_left = box->budget.nanoseconds;
  box->handed_left = box->budget.memory;
}

bool sandbox_open(struct sandbox *box, pysec_host *host) {
  box->owner.host = host;
  box->owner.box = box;
  sandbox_refill(box);
  box->L = lua_newstate(allocate, box);
  if (box->L == NULL) return false;
  host_own(box->L, &box->owner);
  lua_pushcfunction(box->L, open_state);
  if (lua_pcall(box->L, 0, 0, 0) != LUA_OK) {
    sandbox_close(box);
    return false;
  }
  int mask = LUA_MASKCOUNT | (box->counts_lines ? LUA_MASKLINE : 0);
  lua_sethook(box->L, on_hook, mask, INSTRUCTIONS_BETWEEN_LOOKS);
  return true;
}

void sandbox_close(struct sandbox *box) {
  if (box->L == NULL) return;
  lua_State *L = box->L;
  box->L = NULL;
  lua_sethook(L, NULL, 0, 0);
  lua_close(L);
}

lua_State *sandbox_enter(struct sandbox *box, lua_State *outside) {
  lua_State *before = box->outside;
  if (before == NULL) box->deadline = now() + box->nanoseconds_left;
  box->outside = outside;
  return before;
}

void sandbox_leave(struct sandbox *box, lua_State *before) {
  box->outside = before;
  if (before == NULL) box->nanoseconds_left = box->deadline - now();
}
