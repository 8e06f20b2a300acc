/* What the parts of pysec.ui share. */
#ifndef PYSEC_UI_H
#define PYSEC_UI_H

#include <lua.h>
#include <lauxlib.h>
#include <stdbool.h>

#include "host.h"

enum ui_style { UI_PLAIN, UI_BOLD, UI_DIM, UI_RED, UI_YELLOW, UI_GREEN, UI_CYAN };

struct ui {
  bool color[3];  /* by pysec_stream */
  bool quiet;
  bool verbose;
  bool live;      /* progress may move the cursor on PYSEC_ERR */
};

/* The settings of this state. */
struct ui *ui_of(lua_State *L);

/* The style called `name`; raises for an unknown one. NULL is UI_PLAIN. */
enum ui_style ui_style_named(lua_State *L, const char *name);

/* Adds `text` made harmless: controls, bidirectional marks and invalid UTF-8 as \xNN or \u{NNNN}, and no
 * workflow command of a CI system. `keep_lines` leaves line feeds as they are. */
void ui_add_escaped(luaL_Buffer *out, const char *text, size_t length, bool keep_lines);

/* Adds the sequence that starts a style, or ends it; nothing where there is no colour. */
void ui_add_style(luaL_Buffer *out, bool color, enum ui_style style);
void ui_end_style(luaL_Buffer *out, bool color, enum ui_style style);

/* Columns that escaped text takes. */
int ui_columns(const char *text, size_t length);

/* Writes the string on top of the stack and pops it. */
void ui_flush(lua_State *L, pysec_stream stream);

/* ui_table.c, ui_progress.c */
int ui_table(lua_State *L);
int ui_progress(lua_State *L);

/* Takes the live lines off the screen before something else is printed there, and puts them back. */
void ui_progress_hide(lua_State *L);
void ui_progress_show(lua_State *L);

#endif
