/* The values of TOML, and those that have parts: arrays and inline tables. */
#include "toml_reader.h"

/* Behind a bracket or brace. */
static bool leave(struct toml_reader *r) {
  r->depth--;
  return true;
}

static bool read_elements(struct toml_reader *r) {
  for (lua_Integer i = 1;; i++) {
    if (!toml_skip_blank(r)) return false;
    if (toml_take(r, "]")) return leave(r);
    if (r->next == r->end) return toml_wrong(r, "expected a value or ']'");
    if (!toml_read_value(r)) return false;
    if (!r->is_skipping) lua_rawseti(r->L, -2, i);
    if (!toml_skip_blank(r)) return false;
    if (toml_take(r, "]")) return leave(r);
    if (!toml_take(r, ",")) return toml_wrong(r, "expected ',' or ']'");
  }
}

static bool read_array(struct toml_reader *r) {
  if (!toml_enter(r)) return false;
  if (!r->is_skipping) toml_new_array(r);
  r->next++;
  return read_elements(r);
}

static bool read_inline_table(struct toml_reader *r) {
  if (!toml_enter(r)) return false;
  int *keys = &r->keys[r->depth];
  if (!r->is_skipping) toml_new_table(r, *keys);
  r->next++;
  toml_skip_space(r);
  if (toml_take(r, "}")) return leave(r);
  for (int count = 1;; count++) {
    if (!toml_read_pair(r)) return false;
    toml_skip_space(r);
    if (toml_take(r, "}")) {
      *keys = count;
      return leave(r);
    }
    if (!toml_take(r, ",")) return toml_wrong(r, "expected ',' or '}'");
    toml_skip_space(r);
  }
}

static bool read_boolean(struct toml_reader *r) {
  bool is_true = toml_take(r, "true");
  if (!is_true && !toml_take(r, "false")) return toml_wrong(r, "expected a value");
  if (!r->is_skipping) lua_pushboolean(r->L, is_true);
  return true;
}

bool toml_read_value(struct toml_reader *r) {
  if (r->next == r->end) return toml_wrong(r, "expected a value");
  switch (*r->next) {
    case '"':
    case '\'': return toml_read_string(r);
    case '[': return read_array(r);
    case '{': return read_inline_table(r);
    case 't':
    case 'f': return read_boolean(r);
    case '+':
    case '-':
    case 'i':
    case 'n': return toml_read_number(r);
    default:
      if (!toml_at_digit(r)) return toml_wrong(r, "expected a value");
      return toml_at_date(r) ? toml_read_date(r) : toml_read_number(r);
  }
}
