/* The four kinds of strings of TOML.
 *
 * A line that ends with CR LF inside a string gives a line feed, so that a value does not depend on how a file was
 * checked out; the specification leaves that to the reader. */
#include <lauxlib.h>
#include <stdint.h>
#include <string.h>

#include "text.h"
#include "toml_reader.h"

static const char NOT_CLOSED[] = "the string is not closed";

/* At something that no string may hold as it is, or at the end. */
static bool wrong_here(struct toml_reader *r) {
  if (r->next == r->end || *r->next == '\n' || *r->next == '\r') return toml_wrong(r, NOT_CLOSED);
  return toml_wrong(r, "a control character in a string has to be escaped");
}

/* What has an escape or several lines is rare and built in any case. */
static void push_result(struct toml_reader *r, luaL_Buffer *out) {
  luaL_pushresult(out);
  if (r->is_skipping) lua_pop(r->L, 1);
}

/* --- escapes --- */

static bool read_code(struct toml_reader *r, int digits, luaL_Buffer *out) {
  const char *start = r->next;
  uint32_t code = 0;
  for (int i = 0; i < digits; i++) {
    int digit = r->next < r->end ? text_hex_digit(*r->next) : -1;
    if (digit < 0)
      return toml_wrong(r, digits == 4 ? "expected four hexadecimal digits" : "expected eight hexadecimal digits");
    code = code << 4 | (uint32_t)digit;
    r->next++;
  }
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
    r->next = start;
    return toml_wrong(r, "no such character");
  }
  char bytes[4];
  luaL_addlstring(out, bytes, text_encode(code, bytes));
  return true;
}

/* At the character after a backslash. */
static bool read_escape(struct toml_reader *r, luaL_Buffer *out) {
  static const char names[] = "\"\\bfnrt";
  static const char values[] = "\"\\\b\f\n\r\t";
  if (toml_take(r, "u")) return read_code(r, 4, out);
  if (toml_take(r, "U")) return read_code(r, 8, out);
  const char *found = r->next < r->end ? memchr(names, *r->next, sizeof names - 1) : NULL;
  if (found == NULL) return toml_wrong(r, "no such escape");
  luaL_addchar(out, values[found - names]);
  r->next++;
  return true;
}

/* --- strings of one line --- */

static bool read_basic(struct toml_reader *r, const char *start) {
  luaL_Buffer out;
  luaL_buffinit(r->L, &out);
  luaL_addlstring(&out, start, (size_t)(r->next - start));
  while (toml_take(r, "\\")) {
    if (!read_escape(r, &out)) return false;
    start = r->next;
    if (!toml_skip_plain(r, '"', '\\')) return false;
    luaL_addlstring(&out, start, (size_t)(r->next - start));
  }
  if (!toml_take(r, "\"")) return wrong_here(r);
  push_result(r, &out);
  return true;
}

bool toml_read_line_string(struct toml_reader *r) {
  char quote = *r->next;
  const char *start = ++r->next;
  if (!toml_skip_plain(r, quote, quote == '"' ? '\\' : quote)) return false;
  if (toml_at(r, '\\') && quote == '"') return read_basic(r, start);
  if (!toml_at(r, quote)) return wrong_here(r);
  if (!r->is_skipping) lua_pushlstring(r->L, start, (size_t)(r->next - start));
  r->next++;
  return true;
}

/* --- strings of several lines --- */

/* After a backslash: an escape, or the end of a line, which takes all white space behind it along. */
static bool read_line_escape(struct toml_reader *r, luaL_Buffer *out) {
  const char *start = r->next;
  toml_skip_space(r);
  if (!toml_skip_newline(r)) {
    r->next = start;
    return read_escape(r, out);
  }
  do toml_skip_space(r);
  while (toml_skip_newline(r));
  return true;
}

/* At a quote: true behind those that close the string, of which there may be up to two more that belong to it. */
static bool take_quotes(struct toml_reader *r, char quote, luaL_Buffer *out) {
  int count = 0;
  for (; count < 5 && toml_at(r, quote); count++) r->next++;
  bool is_closed = count >= 3;
  for (int i = is_closed ? 3 : 0; i < count; i++) luaL_addchar(out, quote);
  return is_closed;
}

/* Up to the closing quotes. */
static bool read_lines(struct toml_reader *r, char quote, luaL_Buffer *out) {
  bool has_escapes = quote == '"';
  for (;;) {
    const char *start = r->next;
    if (!toml_skip_plain(r, quote, has_escapes ? '\\' : quote)) return false;
    luaL_addlstring(out, start, (size_t)(r->next - start));
    if (toml_at(r, quote)) {
      if (take_quotes(r, quote, out)) return true;
    } else if (toml_skip_newline(r)) {
      luaL_addchar(out, '\n');
    } else if (has_escapes && toml_take(r, "\\")) {
      if (!read_line_escape(r, out)) return false;
    } else {
      return wrong_here(r);
    }
  }
}

/* Behind the three quotes. */
static bool read_multiline(struct toml_reader *r, char quote) {
  const struct toml_reader opening = *r;
  luaL_Buffer out;
  luaL_buffinit(r->L, &out);
  toml_skip_newline(r);
  if (read_lines(r, quote, &out)) {
    push_result(r, &out);
    return true;
  }
  if (r->next < r->end || r->message != NOT_CLOSED) return false;
  /* The end of the text says nothing about where the quotes are missing. */
  *r = opening;
  r->next -= 3;
  return toml_wrong(r, NOT_CLOSED);
}

bool toml_read_string(struct toml_reader *r) {
  char quote = *r->next;
  if (toml_take(r, quote == '"' ? "\"\"\"" : "'''")) return read_multiline(r, quote);
  return toml_read_line_string(r);
}
