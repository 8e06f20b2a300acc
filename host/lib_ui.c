/* pysec.ui: what people see. Text from tools and advisories is made harmless on its way out. */
#include "ui.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const char SETTINGS = 0; /* registry key */

static const char *const style_names[] = {"plain", "bold", "dim", "red", "yellow", "green", "cyan", NULL};
static const char *const style_codes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[36m"};

struct ui *ui_of(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &SETTINGS);
  struct ui *ui = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return ui;
}

enum ui_style ui_style_named(lua_State *L, const char *name) {
  if (name == NULL) return UI_PLAIN;
  for (int i = 0; style_names[i] != NULL; i++)
    if (strcmp(style_names[i], name) == 0) return (enum ui_style)i;
  luaL_error(L, "no style is called '%s'", name);
  return UI_PLAIN;
}

/* True where a CI system would take what follows for a command: "::set-output" at the start of a line,
 * "##[command]", "##vso[" or "##teamcity[" anywhere. */
static bool starts_command(const char *text, const char *end, bool at_start) {
  if (end - text < 2) return false;
  if (at_start && memcmp(text, "::", 2) == 0) return true;
  if (memcmp(text, "##", 2) != 0) return false;
  for (text += 2; text < end && isalpha((unsigned char)*text);) text++;
  return text < end && *text == '[';
}

static void add_code(luaL_Buffer *out, uint32_t code) {
  char escape[16];
  snprintf(escape, sizeof escape, code < 0x100 ? "\\x%02x" : "\\u{%x}", code);
  luaL_addstring(out, escape);
}

void ui_add_escaped(luaL_Buffer *out, const char *text, size_t length, bool keep_lines) {
  const char *end = text + length;
  bool at_start = true;
  while (text < end) {
    uint32_t code;
    size_t size = text_decode(text, end, &code);
    if (size == 0) {
      add_code(out, (unsigned char)*text++);
      continue;
    }
    if (keep_lines && code == '\n') {
      luaL_addchar(out, '\n');
      at_start = true;
    } else if (text_is_control(code) || starts_command(text, end, at_start)) {
      add_code(out, code);
      at_start = false;
    } else {
      luaL_addlstring(out, text, size);
      if (!text_is_space(code)) at_start = false; /* GitHub trims all of it before it looks */
    }
    text += size;
  }
}

void ui_add_style(luaL_Buffer *out, bool color, enum ui_style style) {
  if (color && style != UI_PLAIN) luaL_addstring(out, style_codes[style]);
}

void ui_end_style(luaL_Buffer *out, bool color, enum ui_style style) {
  if (color && style != UI_PLAIN) luaL_addstring(out, "\x1b[0m");
}

int ui_columns(const char *text, size_t length) {
  const char *end = text + length;
  int columns = 0;
  while (text < end) {
    uint32_t code;
    size_t size = text_decode(text, end, &code);
    if (size == 0) break;
    columns += text_columns(code);
    text += size;
  }
  return columns;
}

void ui_flush(lua_State *L, pysec_stream stream) {
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  ui_progress_hide(L);
  host_write(host_of(L), stream, text, length);
  ui_progress_show(L);
  lua_pop(L, 1);
}

/* --- messages --- */

struct message {
  pysec_stream stream;
  const char *prefix;
  enum ui_style style;       /* of the prefix */
  enum ui_style text_style;
};

static int print_message(lua_State *L, struct message message) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  bool color = ui_of(L)->color[message.stream];
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  ui_add_style(&out, color, message.style);
  luaL_addstring(&out, message.prefix);
  ui_end_style(&out, color, message.style);
  ui_add_style(&out, color, message.text_style);
  ui_add_escaped(&out, text, length, true);
  ui_end_style(&out, color, message.text_style);
  luaL_addchar(&out, '\n');
  luaL_pushresult(&out);
  ui_flush(L, message.stream);
  return 0;
}

static int ui_info(lua_State *L) {
  if (ui_of(L)->quiet) return 0;
  return print_message(L, (struct message){PYSEC_OUT, "", UI_PLAIN, UI_PLAIN});
}

static int ui_detail(lua_State *L) {
  if (!ui_of(L)->verbose) return 0;
  return print_message(L, (struct message){PYSEC_ERR, "  ", UI_PLAIN, UI_DIM});
}

static int ui_ok(lua_State *L) {
  if (ui_of(L)->quiet) return 0;
  return print_message(L, (struct message){PYSEC_OUT, "✓ ", UI_GREEN, UI_PLAIN});
}

static int ui_fail(lua_State *L) {
  return print_message(L, (struct message){PYSEC_OUT, "✗ ", UI_RED, UI_BOLD});
}

static int ui_section(lua_State *L) {
  if (ui_of(L)->quiet) return 0;
  return print_message(L, (struct message){PYSEC_OUT, "\n", UI_PLAIN, UI_BOLD});
}

static int ui_warn(lua_State *L) {
  return print_message(L, (struct message){PYSEC_ERR, "warning: ", UI_YELLOW, UI_PLAIN});
}

static int ui_error(lua_State *L) {
  return print_message(L, (struct message){PYSEC_ERR, "error: ", UI_RED, UI_PLAIN});
}

/* Text for another program: nothing is escaped. */
static int ui_write(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  ui_flush(L, PYSEC_OUT);
  return 0;
}

static int ui_escape(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  ui_add_escaped(&out, text, length, false);
  luaL_pushresult(&out);
  return 1;
}

/* --- settings --- */

static void detect(pysec_host *host, struct ui *ui) {
  const char *no_color = getenv("NO_COLOR");
  const char *term = getenv("TERM");
  bool dumb = term != NULL && strcmp(term, "dumb") == 0;
  bool allowed = !dumb && (no_color == NULL || *no_color == '\0');
  for (int stream = PYSEC_OUT; stream <= PYSEC_ERR; stream++)
    ui->color[stream] = allowed && host->columns[stream] > 0;
  ui->live = !dumb && host->columns[PYSEC_ERR] > 0;
}

static int ui_configure(lua_State *L) {
  struct ui *ui = ui_of(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  if (lua_getfield(L, 1, "color") == LUA_TBOOLEAN && !lua_toboolean(L, -1))
    ui->color[PYSEC_OUT] = ui->color[PYSEC_ERR] = false;
  if (lua_getfield(L, 1, "quiet") == LUA_TBOOLEAN) ui->quiet = lua_toboolean(L, -1);
  if (ui->quiet) ui->live = false;
  if (lua_getfield(L, 1, "verbose") == LUA_TBOOLEAN) ui->verbose = lua_toboolean(L, -1);
  return 0;
}

static const luaL_Reg functions[] = {
    {"configure", ui_configure}, {"detail", ui_detail}, {"error", ui_error},     {"escape", ui_escape},
    {"fail", ui_fail},           {"info", ui_info},     {"ok", ui_ok},           {"progress", ui_progress},
    {"section", ui_section},     {"table", ui_table},   {"warn", ui_warn},       {"write", ui_write},
    {NULL, NULL},
};

int luaopen_pysec_ui(lua_State *L) {
  struct ui *ui = lua_newuserdatauv(L, sizeof *ui, 0);
  *ui = (struct ui){.quiet = false};
  detect(host_of(L), ui);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &SETTINGS);
  luaL_newlib(L, functions);
  return 1;
}
