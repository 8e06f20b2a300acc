/* Dates and times of TOML, which are those of RFC 3339 (section 5.6), with or without a date, a time and an offset.
 *
 * A day has to exist. A second may be 60 in any minute: leap seconds are announced, not computed. */
#include "toml_reader.h"

static bool digits_then(const struct toml_reader *r, int count, char follower) {
  if (r->end - r->next <= count || r->next[count] != follower) return false;
  for (int i = 0; i < count; i++)
    if (r->next[i] < '0' || r->next[i] > '9') return false;
  return true;
}

bool toml_at_date(const struct toml_reader *r) {
  return digits_then(r, 4, '-') || digits_then(r, 2, ':');
}

/* Two digits of a number within a range. */
static bool read_two(struct toml_reader *r, int least, int most, const char *message) {
  const char *start = r->next;
  if (r->end - start < 2 || start[0] < '0' || start[0] > '9' || start[1] < '0' || start[1] > '9')
    return toml_wrong(r, "expected two digits");
  int value = (start[0] - '0') * 10 + start[1] - '0';
  if (value < least || value > most) return toml_wrong(r, message);
  r->next += 2;
  return true;
}

static bool expect(struct toml_reader *r, const char *sign, const char *message) {
  return toml_take(r, sign) || toml_wrong(r, message);
}

static int days_of(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return days[month - 1] + (month == 2 && is_leap);
}

static bool read_day(struct toml_reader *r) {
  int year = 0;
  for (int i = 0; i < 4; i++) year = year * 10 + *r->next++ - '0';
  r->next++;
  if (!read_two(r, 1, 12, "no such month")) return false;
  int month = (r->next[-2] - '0') * 10 + r->next[-1] - '0';
  return expect(r, "-", "expected '-'") && read_two(r, 1, days_of(year, month), "no such day");
}

static bool read_time(struct toml_reader *r) {
  if (!read_two(r, 0, 23, "no such hour") || !expect(r, ":", "expected ':'") ||
      !read_two(r, 0, 59, "no such minute") || !expect(r, ":", "expected ':' and seconds") ||
      !read_two(r, 0, 60, "no such second"))
    return false;
  if (!toml_take(r, ".")) return true;
  if (!toml_at_digit(r)) return toml_wrong(r, "expected a digit");
  while (toml_at_digit(r)) r->next++;
  return true;
}

static bool read_offset(struct toml_reader *r) {
  if (toml_take(r, "Z") || toml_take(r, "z")) return true;
  if (!toml_take(r, "+") && !toml_take(r, "-")) return true;
  return read_two(r, 0, 23, "no such hour") && expect(r, ":", "expected ':'") &&
         read_two(r, 0, 59, "no such minute");
}

/* Whether a time goes with the date before it: a space alone may be that before a comment. */
static bool take_separator(struct toml_reader *r) {
  if (toml_take(r, "T") || toml_take(r, "t")) return true;
  if (!toml_at(r, ' ') || r->end - r->next < 2 || r->next[1] < '0' || r->next[1] > '9') return false;
  r->next++;
  return true;
}

bool toml_read_date(struct toml_reader *r) {
  const char *start = r->next;
  if (digits_then(r, 2, ':')) {
    if (!read_time(r)) return false;
  } else if (!read_day(r) || (take_separator(r) && !(read_time(r) && read_offset(r)))) {
    return false;
  }
  if (!r->is_skipping) lua_pushlstring(r->L, start, (size_t)(r->next - start));
  return true;
}
