/* pysec.tool: waiting, and keeping interrupts back. */
#include "host.h"
#include "lib_tool.h"

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
int lib_tool_sleep(lua_State *L) {
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
int lib_tool_shield(lua_State *L) {
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
int lib_tool_ignore_interrupts(lua_State *L) {
  atomic_fetch_add(&host_of(L)->shield, 1);
  return 0;
}
