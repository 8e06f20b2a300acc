/* Backtracks as Lua's own matcher does, so that both find the same and both raise for the same patterns.
 *
 * A pattern is not compiled: an item is the offset where it begins, and `item_end` says where it ends.
 * Characters are classed as in the C locale, whatever the locale of the process is.
 */
#include "sandbox_pattern.h"

#include <lauxlib.h>
#include <stdint.h>
#include <string.h>

#include "sandbox.h"

enum { MAX_DEPTH = 200, STEPS_A_CHARGE = 256, BYTES_A_STEP = 16 };

static const size_t FAILED = SIZE_MAX;

static size_t match(struct pattern *m, size_t at, size_t item);

static void count(struct pattern *m, size_t steps) {
  m->steps += steps;
  if (m->steps >= STEPS_A_CHARGE) pattern_charge(m, 0);
}

/* --- one character --- */

static bool is_between(int c, int first, int last) {
  return c >= first && c <= last;
}

static bool is_letter(int c) {
  return is_between(c | 0x20, 'a', 'z');
}

static bool is_digit(int c) {
  return is_between(c, '0', '9');
}

/* `letter` is what follows a '%'; one that names no class stands for itself. */
static bool is_in_class(int c, int letter) {
  bool is_in;
  switch (letter | 0x20) {
    case 'a': is_in = is_letter(c); break;
    case 'c': is_in = c < ' ' || c == 0x7F; break;
    case 'd': is_in = is_digit(c); break;
    case 'g': is_in = is_between(c, '!', '~'); break;
    case 'l': is_in = is_between(c, 'a', 'z'); break;
    case 'p': is_in = is_between(c, '!', '~') && !is_letter(c) && !is_digit(c); break;
    case 's': is_in = c == ' ' || is_between(c, '\t', '\r'); break;
    case 'u': is_in = is_between(c, 'A', 'Z'); break;
    case 'w': is_in = is_letter(c) || is_digit(c); break;
    case 'x': is_in = is_digit(c) || is_between(c | 0x20, 'a', 'f'); break;
    case 'z': is_in = c == 0; break; /* from before patterns could hold a zero byte */
    default: return letter == c;
  }
  return is_between(letter, 'A', 'Z') ? !is_in : is_in;
}

static int item_byte(const struct pattern *m, size_t at) {
  return (unsigned char)m->items[at];
}

static bool has_item(const struct pattern *m, size_t at, char what) {
  return at < m->items_length && m->items[at] == what;
}

/* The set begins with the '[' at `at`; its ']' is at `last`. */
static bool is_in_set(struct pattern *m, int c, size_t at, size_t last) {
  count(m, (last - at) / BYTES_A_STEP);
  bool is_complement = m->items[++at] == '^';
  if (is_complement) at++;
  while (at < last) {
    bool is_in;
    if (m->items[at] == '%') {
      is_in = is_in_class(c, item_byte(m, at + 1));
      at += 2;
    } else if (m->items[at + 1] == '-' && at + 2 < last) {
      is_in = is_between(c, item_byte(m, at), item_byte(m, at + 2));
      at += 3;
    } else {
      is_in = item_byte(m, at) == c;
      at++;
    }
    if (is_in) return !is_complement;
  }
  return is_complement;
}

/* The end of the single-character item at `item`; a suffix such as '*' is not part of it. */
static size_t item_end(struct pattern *m, size_t item) {
  size_t at = item + 1;
  if (m->items[item] == '%') {
    if (at == m->items_length) luaL_error(m->L, "malformed pattern (ends with '%%')");
    return at + 1;
  }
  if (m->items[item] != '[') return at;
  if (has_item(m, at, '^')) at++;
  /* The first character of a set is never its end: "[]]" holds a bracket. */
  for (bool is_first = true; is_first || !has_item(m, at, ']'); is_first = false) {
    if (at >= m->items_length) luaL_error(m->L, "malformed pattern (missing ']')");
    at += m->items[at] == '%' && at + 1 < m->items_length ? 2 : 1;
  }
  count(m, (at - item) / BYTES_A_STEP);
  return at + 1;
}

static bool is_match_of_one(struct pattern *m, size_t at, size_t item, size_t end) {
  count(m, 1);
  if (at >= m->length) return false;
  int c = (unsigned char)m->text[at];
  switch (m->items[item]) {
    case '.': return true;
    case '%': return is_in_class(c, item_byte(m, item + 1));
    case '[': return is_in_set(m, c, item, end - 1);
    default: return item_byte(m, item) == c;
  }
}

/* --- items of more than one character: each returns where the match goes on, or FAILED --- */

/* "%bxy", whose x is at `pair`. */
static size_t match_balanced(struct pattern *m, size_t at, size_t pair) {
  if (pair + 1 >= m->items_length) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
  char opens = m->items[pair], closes = m->items[pair + 1];
  if (at >= m->length || m->text[at] != opens) return FAILED;
  size_t open = 1;
  while (++at < m->length) {
    count(m, 1);
    if (m->text[at] == closes) {
      if (--open == 0) return at + 1;
    } else if (m->text[at] == opens) {
      open++;
    }
  }
  return FAILED;
}

/* "%f[set]": both ends of the subject count as a zero byte. */
static bool is_at_frontier(struct pattern *m, size_t at, size_t set, size_t end) {
  int before = at == 0 ? 0 : (unsigned char)m->text[at - 1];
  int after = at == m->length ? 0 : (unsigned char)m->text[at];
  return !is_in_set(m, before, set, end - 1) && is_in_set(m, after, set, end - 1);
}

static size_t match_again(struct pattern *m, size_t at, int digit) {
  int number = digit - '1';
  if (number < 0 || number >= m->captures || m->capture[number].state == CAPTURE_OPEN)
    luaL_error(m->L, "invalid capture index %%%d in pattern", number + 1);
  if (m->capture[number].state == CAPTURE_POSITION) return FAILED;
  size_t length = m->capture[number].length;
  count(m, length / BYTES_A_STEP);
  if (m->length - at < length || memcmp(m->text + m->capture[number].start, m->text + at, length) != 0)
    return FAILED;
  return at + length;
}

/* --- what has to try several ways: each matches the rest of the pattern too --- */

static size_t match_open(struct pattern *m, size_t at, size_t item) {
  bool is_position = has_item(m, item + 1, ')');
  int number = m->captures;
  if (number == PATTERN_CAPTURES) {
    luaL_error(m->L, "too many captures");
    return FAILED; /* never: for the compiler, which does not know that an error is raised */
  }
  m->capture[number].start = at;
  m->capture[number].length = 0;
  m->capture[number].state = is_position ? CAPTURE_POSITION : CAPTURE_OPEN;
  m->captures = number + 1;
  size_t end = match(m, at, item + (is_position ? 2 : 1));
  if (end == FAILED) m->captures = number;
  return end;
}

static size_t match_close(struct pattern *m, size_t at, size_t item) {
  int number = m->captures - 1;
  while (number >= 0 && m->capture[number].state != CAPTURE_OPEN) number--;
  if (number < 0) luaL_error(m->L, "invalid pattern capture");
  m->capture[number].length = at - m->capture[number].start;
  m->capture[number].state = CAPTURE_CLOSED;
  size_t end = match(m, at, item + 1);
  if (end == FAILED) m->capture[number].state = CAPTURE_OPEN;
  return end;
}

static size_t match_most(struct pattern *m, size_t at, size_t item, size_t suffix) {
  size_t most = 0;
  while (is_match_of_one(m, at + most, item, suffix)) most++;
  for (;; most--) {
    size_t end = match(m, at + most, suffix + 1);
    if (end != FAILED || most == 0) return end;
  }
}

static size_t match_least(struct pattern *m, size_t at, size_t item, size_t suffix) {
  for (;; at++) {
    size_t end = match(m, at, suffix + 1);
    if (end != FAILED || !is_match_of_one(m, at, item, suffix)) return end;
  }
}

static size_t match_items(struct pattern *m, size_t at, size_t item) {
  while (item < m->items_length) {
    count(m, 1);
    int kind = item_byte(m, item);
    if (kind == '(') return match_open(m, at, item);
    if (kind == ')') return match_close(m, at, item);
    if (kind == '$' && item + 1 == m->items_length) return at == m->length ? at : FAILED;
    int letter = kind == '%' && item + 1 < m->items_length ? item_byte(m, item + 1) : 0;
    if (letter == 'b') {
      at = match_balanced(m, at, item + 2);
      if (at == FAILED) return FAILED;
      item += 4;
      continue;
    }
    if (letter == 'f') {
      if (!has_item(m, item + 2, '[')) luaL_error(m->L, "missing '[' after '%%f' in pattern");
      size_t end = item_end(m, item + 2);
      if (!is_at_frontier(m, at, item + 2, end)) return FAILED;
      item = end;
      continue;
    }
    if (is_digit(letter)) {
      at = match_again(m, at, letter);
      if (at == FAILED) return FAILED;
      item += 2;
      continue;
    }
    size_t end = item_end(m, item);
    char suffix = end < m->items_length ? m->items[end] : '\0';
    bool is_match = is_match_of_one(m, at, item, end);
    /* An item that may be missing, and is, takes no recursion. */
    if (!is_match && (suffix == '*' || suffix == '-' || suffix == '?')) {
      item = end + 1;
      continue;
    }
    if (!is_match) return FAILED;
    if (suffix == '*') return match_most(m, at, item, end);
    if (suffix == '+') return match_most(m, at + 1, item, end);
    if (suffix == '-') return match_least(m, at, item, end);
    if (suffix == '?') {
      size_t rest = match(m, at + 1, end + 1);
      if (rest != FAILED) return rest;
      item = end + 1;
      continue;
    }
    at++;
    item = end;
  }
  return at;
}

static size_t match(struct pattern *m, size_t at, size_t item) {
  if (m->depth == MAX_DEPTH) luaL_error(m->L, "pattern too complex");
  m->depth++;
  size_t end = match_items(m, at, item);
  m->depth--;
  return end;
}

/* --- from outside --- */

void pattern_init(struct pattern *pattern, lua_State *L, const char *text, size_t length, const char *items,
                  size_t items_length) {
  pattern->L = L;
  pattern->text = text;
  pattern->length = length;
  pattern->items = items;
  pattern->items_length = items_length;
  pattern->steps = 0;
  pattern->captures = 0;
}

bool pattern_match(struct pattern *pattern, size_t start, size_t *end) {
  pattern->depth = 0;
  pattern->captures = 0;
  count(pattern, 1);
  *end = match(pattern, start, 0);
  return *end != FAILED;
}

void pattern_charge(struct pattern *pattern, size_t steps) {
  steps += pattern->steps;
  pattern->steps = 0;
  sandbox_charge(pattern->L, steps);
}

void pattern_push(struct pattern *pattern, int number, size_t start, size_t end) {
  lua_State *L = pattern->L;
  if (number >= pattern->captures) {
    if (number != 0) luaL_error(L, "invalid capture index %%%d", number + 1);
    lua_pushlstring(L, pattern->text + start, end - start);
    return;
  }
  switch (pattern->capture[number].state) {
    case CAPTURE_OPEN: luaL_error(L, "unfinished capture"); break;
    case CAPTURE_POSITION: lua_pushinteger(L, (lua_Integer)pattern->capture[number].start + 1); break;
    case CAPTURE_CLOSED:
      lua_pushlstring(L, pattern->text + pattern->capture[number].start, pattern->capture[number].length);
      break;
  }
}

int pattern_push_all(struct pattern *pattern) {
  luaL_checkstack(pattern->L, pattern->captures, "too many captures");
  for (int i = 0; i < pattern->captures; i++) pattern_push(pattern, i, 0, 0);
  return pattern->captures;
}
