/* The lines of a TOML document: pairs, headers, and nothing else. */
#include <lauxlib.h>

#include "host.h"
#include "json.h"
#include "toml_reader.h"

/* A byte order mark is no part of TOML 1.0.0, but editors on Windows write one. */
static const char MARK[] = "\xEF\xBB\xBF";

static bool read_lines(struct toml_reader *r) {
  int count = 0;
  while (r->next < r->end) {
    if (!toml_skip_blank(r)) return false;
    if (r->next == r->end) break;
    if (toml_at(r, '[')) {
      r->keys[r->depth] = count;
      count = 0;
      lua_settop(r->L, r->root);
      if (!toml_read_header(r)) return false;
    } else {
      if (!toml_read_pair(r) || !toml_end_line(r)) return false;
      count++;
    }
  }
  return true;
}

/* Puts what is needed all along on the stack, the root last. */
static void set_up(struct toml_reader *r) {
  host_reserve_stack(r->L, 20);
  lua_newtable(r->L);
  r->lines = lua_gettop(r->L);
  lua_newtable(r->L);
  r->kinds = lua_gettop(r->L);
  json_push_array_metatable(r->L);
  r->array_metatable = lua_gettop(r->L);
  toml_new_table(r, 0);
  r->root = lua_gettop(r->L);
}

bool toml_read(lua_State *L, const char *text, size_t length, int skip, struct toml_error *error) {
  struct toml_reader r = {.L = L, .next = text, .end = text + length, .line = 1, .depth = 1, .skip = skip};
  int top = lua_gettop(L);
  set_up(&r);
  toml_take(&r, MARK);
  r.line_start = r.next;
  bool is_read = read_lines(&r);
  if (is_read) {
    lua_settop(L, r.root);
    lua_pushvalue(L, r.lines);
    lua_rotate(L, top + 1, 2);
    lua_settop(L, top + 2);
    return true;
  }
  *error = (struct toml_error){.line = r.line, .column = (int)(r.next - r.line_start) + 1, .message = r.message};
  host_drop_buffers(L, top);
  return false;
}
