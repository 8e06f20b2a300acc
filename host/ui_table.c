/* Tables on a terminal are cut to its width, elsewhere nothing is cut. */
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "ui.h"

enum { MAX_COLUMNS = 16, GAP = 2, NARROWEST = 8, AT_ONCE = 64 };

struct table {
  lua_State *L;
  int columns_index;
  int rows_index;
  int count;
  int widths[MAX_COLUMNS];
  bool color;
};

/* Pushes a cell's text, escaped, and returns its style. A cell is a value or { text, style }. */
static enum ui_style push_cell(lua_State *L, int row, int column) {
  enum ui_style style = UI_PLAIN;
  if (lua_geti(L, row, column) == LUA_TTABLE) {
    lua_geti(L, -1, 2);
    style = ui_style_named(L, lua_tostring(L, -1));
    lua_pop(L, 1);
    lua_geti(L, -1, 1);
    lua_remove(L, -2);
  }
  size_t length;
  const char *text = lua_isnil(L, -1) ? lua_pushliteral(L, "") : luaL_tolstring(L, -1, NULL);
  text = lua_tolstring(L, -1, &length);
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  ui_add_escaped(&out, text, length, false);
  luaL_pushresult(&out);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return style;
}

static int cell_width(lua_State *L) {
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  return ui_columns(text, length);
}

static void measure_row(struct table *t, int row) {
  for (int column = 0; column < t->count; column++) {
    push_cell(t->L, row, column + 1);
    int width = cell_width(t->L);
    if (width > t->widths[column]) t->widths[column] = width;
    lua_pop(t->L, 1);
  }
}

static void shrink(struct table *t, int available) {
  for (;;) {
    int total = GAP * (t->count - 1), widest = 0;
    for (int i = 0; i < t->count; i++) {
      total += t->widths[i];
      if (t->widths[i] > t->widths[widest]) widest = i;
    }
    if (total <= available || t->widths[widest] <= NARROWEST) return;
    t->widths[widest]--;
  }
}

/* Adds `text` in exactly `width` columns, cut with an ellipsis when it is longer. */
static void add_fitted(luaL_Buffer *out, const char *text, size_t length, int width, bool pad) {
  const char *end = text + length;
  bool cut = ui_columns(text, length) > width;
  int used = 0, most = cut ? width - 1 : width;
  while (text < end) {
    uint32_t code;
    size_t size = text_decode(text, end, &code);
    int columns = text_columns(code);
    if (size == 0 || used + columns > most) break;
    luaL_addlstring(out, text, size);
    used += columns;
    text += size;
  }
  if (cut) {
    luaL_addstring(out, "…");
    used++;
  }
  for (; pad && used < width; used++) luaL_addchar(out, ' ');
}

/* Pushes the text of a row. */
static void push_row(struct table *t, int row, enum ui_style forced) {
  lua_State *L = t->L;
  luaL_Buffer out;
  lua_newtable(L); /* keeps the cells' text alive while the buffer is built */
  int cells = lua_gettop(L);
  enum ui_style styles[MAX_COLUMNS];
  for (int i = 0; i < t->count; i++) {
    styles[i] = push_cell(L, row, i + 1);
    if (forced != UI_PLAIN) styles[i] = forced;
    lua_rawseti(L, cells, i + 1);
  }
  luaL_buffinit(L, &out);
  for (int i = 0; i < t->count; i++) {
    size_t length;
    lua_rawgeti(L, cells, i + 1);
    const char *text = lua_tolstring(L, -1, &length);
    lua_pop(L, 1);
    if (i > 0) luaL_addlstring(&out, "  ", GAP);
    ui_add_style(&out, t->color, styles[i]);
    add_fitted(&out, text, length, t->widths[i], i + 1 < t->count);
    ui_end_style(&out, t->color, styles[i]);
  }
  luaL_addchar(&out, '\n');
  luaL_pushresult(&out);
  lua_replace(L, cells);
  lua_settop(L, cells);
}

/* Prints the texts above `base` at once: a write for each row of 100,000 takes longer than making them. */
static void print_texts(lua_State *L, int base) {
  lua_concat(L, lua_gettop(L) - base);
  ui_flush(L, PYSEC_OUT);
}

/* table(columns, rows): columns is a list of titles. */
int ui_table(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  struct table t = {.L = L, .columns_index = 1, .rows_index = 2};
  t.count = (int)lua_rawlen(L, 1);
  luaL_argcheck(L, t.count >= 1 && t.count <= MAX_COLUMNS, 1, "1 to 16 columns");
  t.color = ui_of(L)->color[PYSEC_OUT];
  lua_Integer rows = (lua_Integer)lua_rawlen(L, 2);
  measure_row(&t, 1);
  for (lua_Integer i = 1; i <= rows; i++) {
    lua_rawgeti(L, 2, i);
    luaL_checktype(L, -1, LUA_TTABLE);
    measure_row(&t, 3);
    lua_settop(L, 2);
  }
  if (host_of(L)->columns[PYSEC_OUT] > 0) shrink(&t, host_of(L)->columns[PYSEC_OUT]);
  luaL_checkstack(L, AT_ONCE + MAX_COLUMNS, NULL);
  push_row(&t, 1, UI_BOLD);
  for (lua_Integer i = 1; i <= rows; i++) {
    lua_rawgeti(L, 2, i);
    int row = lua_gettop(L);
    push_row(&t, row, UI_PLAIN);
    lua_replace(L, row);
    if (row == 2 + AT_ONCE) print_texts(L, 2);
  }
  if (lua_gettop(L) > 2) print_texts(L, 2);
  return 0;
}
