/* pysec.clock: one clock for everything, so that SOURCE_DATE_EPOCH makes runs repeatable. */
#include "clock.h"

#include <errno.h>
#include <stdlib.h>

#include "host.h"

static const long long LAST_SECOND = 253402300799; /* of the year 9999: its dates have four digits and a tm */

time_t host_clock_now(void) {
  const char *fixed = getenv("SOURCE_DATE_EPOCH");
  if (fixed != NULL && *fixed >= '0' && *fixed <= '9') {
    char *end;
    errno = 0;
    long long seconds = strtoll(fixed, &end, 10);
    if (*end == '\0' && errno == 0 && seconds <= LAST_SECOND) return (time_t)seconds;
  }
  return time(NULL);
}

static int clock_now(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)host_clock_now());
  return 1;
}

/* Seconds from an arbitrary start that never jump: for durations. */
static int clock_monotonic(lua_State *L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
  return 1;
}

static struct tm parts_of_now(void) {
  struct tm parts;
  time_t now = host_clock_now();
  gmtime_r(&now, &parts);
  return parts;
}

static int clock_today(lua_State *L) {
  char text[64];
  struct tm parts = parts_of_now();
  lua_pushlstring(L, text, strftime(text, sizeof text, "%Y-%m-%d", &parts));
  return 1;
}

static int clock_timestamp(lua_State *L) {
  char text[64];
  struct tm parts = parts_of_now();
  lua_pushlstring(L, text, strftime(text, sizeof text, "%Y%m%d-%H%M%S", &parts));
  return 1;
}

static const luaL_Reg functions[] = {
    {"monotonic", clock_monotonic}, {"now", clock_now},     {"timestamp", clock_timestamp},
    {"today", clock_today},         {NULL, NULL},
};

int luaopen_pysec_clock(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
