/* The numbers of TOML: integers of 64 bits, and floats, which are those of IEEE 754: one that is too large for them
 * is infinite. */
#include <lauxlib.h>
#include <math.h>
#include <stdint.h>

#include "text.h"
#include "toml_reader.h"

static bool at_digit_of(const struct toml_reader *r, int base) {
  int digit = r->next < r->end ? text_hex_digit(*r->next) : -1;
  return digit >= 0 && digit < base;
}

/* Moves over digits with single underscores between them. */
static bool skip_digits(struct toml_reader *r, int base) {
  do {
    const char *start = r->next;
    while (at_digit_of(r, base)) r->next++;
    if (r->next == start) return toml_wrong(r, "expected a digit");
  } while (toml_take(r, "_"));
  return true;
}

/* Pushes the integer of the digits from `digits` to `next`. */
static bool push_integer(struct toml_reader *r, const char *digits, int base, bool is_negative) {
  uint64_t most = (uint64_t)INT64_MAX + is_negative;
  uint64_t value = 0;
  for (const char *c = digits; c < r->next; c++) {
    if (*c == '_') continue;
    uint64_t digit = (uint64_t)text_hex_digit(*c);
    if (value > (most - digit) / (uint64_t)base) {
      r->next = digits;
      return toml_wrong(r, "the integer does not fit 64 bits");
    }
    value = value * (uint64_t)base + digit;
  }
  if (!r->is_skipping) lua_pushinteger(r->L, (lua_Integer)(is_negative ? 0 - value : value));
  return true;
}

/* Pushes the float of the text from `start` to `next`. */
static bool push_float(struct toml_reader *r, const char *start) {
  if (r->is_skipping) return true;
  char *copy = lua_newuserdatauv(r->L, (size_t)(r->next - start) + 1, 0);
  char *end = copy;
  for (const char *c = start; c < r->next; c++)
    if (*c != '_') *end++ = *c;
  *end = '\0';
  lua_stringtonumber(r->L, copy);
  lua_remove(r->L, -2);
  return true;
}

/* "inf" or "nan", behind the sign. */
static bool read_special(struct toml_reader *r, bool is_negative) {
  lua_Number value;
  if (toml_take(r, "inf"))
    value = is_negative ? -(lua_Number)INFINITY : (lua_Number)INFINITY;
  else if (toml_take(r, "nan"))
    value = (lua_Number)NAN;
  else
    return toml_wrong(r, "expected a value");
  if (!r->is_skipping) lua_pushnumber(r->L, value);
  return true;
}

/* Behind "0x" and the like. */
static bool read_based(struct toml_reader *r, int base) {
  const char *digits = r->next;
  return skip_digits(r, base) && push_integer(r, digits, base, false);
}

static bool read_decimal(struct toml_reader *r, const char *start, bool is_negative) {
  const char *digits = r->next;
  bool is_float = false;
  if (!skip_digits(r, 10)) return false;
  if (*digits == '0' && r->next - digits > 1) {
    r->next = digits;
    return toml_wrong(r, "a number does not start with 0");
  }
  if (toml_take(r, ".")) {
    is_float = true;
    if (!skip_digits(r, 10)) return false;
  }
  if (toml_take(r, "e") || toml_take(r, "E")) {
    is_float = true;
    if (toml_at(r, '+') || toml_at(r, '-')) r->next++;
    if (!skip_digits(r, 10)) return false;
  }
  return is_float ? push_float(r, start) : push_integer(r, digits, 10, is_negative);
}

bool toml_read_number(struct toml_reader *r) {
  const char *start = r->next;
  if (toml_take(r, "0x")) return read_based(r, 16);
  if (toml_take(r, "0o")) return read_based(r, 8);
  if (toml_take(r, "0b")) return read_based(r, 2);
  bool is_negative = toml_at(r, '-');
  if (is_negative || toml_at(r, '+')) r->next++;
  if (toml_at(r, 'i') || toml_at(r, 'n')) return read_special(r, is_negative);
  return read_decimal(r, start, is_negative);
}
