/* Live lines: one for each thing that runs, with how far it is and its elapsed time, redrawn in place on a terminal.
 * In a pipe there is one plain line for each when it ends. */
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "ui.h"

#define PROGRESS "pysec.ui.progress"

enum { MAX_LINES = 16, MAX_LABEL = 80 };

struct line {
  char label[MAX_LABEL];
  char state[MAX_LABEL];  /* how far it is; "": nobody said */
  uint64_t started_at;
};

struct progress {
  int count;
  int drawn;  /* lines on the screen now */
  bool closed;
  struct line lines[MAX_LINES];
};

static const char CURRENT = 0; /* registry key: the progress that is on the screen */

static struct progress *current(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &CURRENT);
  struct progress *progress = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return progress;
}

static void put(lua_State *L, const char *text) {
  host_write(host_of(L), PYSEC_ERR, text, strlen(text));
}

static void erase(lua_State *L, struct progress *progress) {
  for (; progress->drawn > 0; progress->drawn--) put(L, "\x1b[1A\x1b[2K\r");
}

static double elapsed(const struct line *line) {
  return (double)(uv_hrtime() - line->started_at) / 1e9;
}

static void draw(lua_State *L, struct progress *progress) {
  static const char *const frames[] = {"⠋", "⠙", "⠸", "⠴", "⠦", "⠇"};
  char shown[2 * MAX_LABEL + 2], text[sizeof shown + 64];
  bool color = ui_of(L)->color[PYSEC_ERR];
  const char *frame = frames[uv_hrtime() / 100000000 % 6];
  int room = host_of(L)->columns[PYSEC_ERR] - 12;
  for (int i = 0; i < progress->count; i++) {
    const struct line *line = &progress->lines[i];
    snprintf(shown, sizeof shown, "%s%s%s", line->label, line->state[0] != '\0' ? "  " : "", line->state);
    int fitting = (int)text_start(shown, strlen(shown), sizeof shown, room);
    snprintf(text, sizeof text, "%s%s%s %.*s %.1f s\n", color ? "\x1b[36m" : "", frame,
             color ? "\x1b[0m" : "", fitting, shown, elapsed(line));
    put(L, text);
  }
  progress->drawn = progress->count;
}

void ui_progress_hide(lua_State *L) {
  struct progress *progress = current(L);
  if (progress != NULL && ui_of(L)->live) erase(L, progress);
}

void ui_progress_show(lua_State *L) {
  struct progress *progress = current(L);
  if (progress != NULL && ui_of(L)->live) draw(L, progress);
}

static int progress_tick(lua_State *L) {
  luaL_checkudata(L, 1, PROGRESS);
  ui_progress_hide(L);
  ui_progress_show(L);
  return 0;
}

static void copy_label(lua_State *L, int index, char label[MAX_LABEL]) {
  size_t length;
  const char *text = luaL_checklstring(L, index, &length);
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  ui_add_escaped(&out, text, length, false);
  luaL_pushresult(&out);
  text = lua_tolstring(L, -1, &length);
  length = text_start(text, length, MAX_LABEL - 1, MAX_LABEL);
  memcpy(label, text, length);
  label[length] = '\0';
  lua_pop(L, 1);
}

static int progress_start(lua_State *L) {
  struct progress *progress = luaL_checkudata(L, 1, PROGRESS);
  char label[MAX_LABEL];
  copy_label(L, 2, label);
  if (progress->count == MAX_LINES) return 0;
  ui_progress_hide(L);
  struct line *line = &progress->lines[progress->count++];
  memcpy(line->label, label, sizeof label);
  line->state[0] = '\0';
  line->started_at = uv_hrtime();
  ui_progress_show(L);
  return 0;
}

/* update(label, text): what stands behind the label from now on. */
static int progress_update(lua_State *L) {
  struct progress *progress = luaL_checkudata(L, 1, PROGRESS);
  char label[MAX_LABEL], state[MAX_LABEL];
  copy_label(L, 2, label);
  copy_label(L, 3, state);
  ui_progress_hide(L);
  for (int i = 0; i < progress->count; i++)
    if (strcmp(progress->lines[i].label, label) == 0) memcpy(progress->lines[i].state, state, sizeof state);
  ui_progress_show(L);
  return 0;
}

/* finish(label, ok|nil, text): the line goes, and one that stays says what came of it. */
static int progress_finish(lua_State *L) {
  struct progress *progress = luaL_checkudata(L, 1, PROGRESS);
  char label[MAX_LABEL];
  copy_label(L, 2, label);
  bool ok = lua_toboolean(L, 3);
  size_t length;
  const char *text = luaL_optlstring(L, 4, "", &length);
  double seconds = 0;
  ui_progress_hide(L);
  for (int i = 0; i < progress->count; i++) {
    if (strcmp(progress->lines[i].label, label) != 0) continue;
    seconds = elapsed(&progress->lines[i]);
    progress->count--;
    memmove(&progress->lines[i], &progress->lines[i + 1], (size_t)(progress->count - i) * sizeof(struct line));
    break;
  }
  if (!ui_of(L)->quiet) {
    char time[32];
    bool color = ui_of(L)->color[PYSEC_ERR];
    enum ui_style style = ok ? UI_GREEN : UI_YELLOW;
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    ui_add_style(&out, color, style);
    luaL_addstring(&out, ok ? "✓ " : "! ");
    ui_end_style(&out, color, style);
    luaL_addstring(&out, label);
    if (length > 0) luaL_addstring(&out, ": ");
    ui_add_escaped(&out, text, length, false);
    snprintf(time, sizeof time, " (%.1f s)\n", seconds);
    luaL_addstring(&out, time);
    luaL_pushresult(&out);
    put(L, lua_tostring(L, -1));
  }
  ui_progress_show(L);
  return 0;
}

static int progress_close(lua_State *L) {
  struct progress *progress = luaL_checkudata(L, 1, PROGRESS);
  if (progress->closed) return 0;
  progress->closed = true;
  if (ui_of(L) != NULL && current(L) == progress) {
    ui_progress_hide(L);
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &CURRENT);
  }
  return 0;
}

static const luaL_Reg methods[] = {
    {"close", progress_close}, {"finish", progress_finish}, {"start", progress_start},
    {"tick", progress_tick},   {"update", progress_update}, {"__close", progress_close}, {NULL, NULL},
};

int ui_progress(lua_State *L) {
  struct progress *progress = lua_newuserdatauv(L, sizeof *progress, 0);
  memset(progress, 0, sizeof *progress);
  if (luaL_newmetatable(L, PROGRESS)) {
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
  }
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &CURRENT);
  return 1;
}
