/* What the rooms of the TOML reader share.
 *
 * Each function reads from `next` on. One that returns bool returns false when it called toml_wrong, and leaves the
 * stack as it happens to be: toml_read clears it. What is read is pushed, except where is_skipping. */
#ifndef PYSEC_TOML_READER_H
#define PYSEC_TOML_READER_H

#include "toml.h"

struct toml_reader {
  lua_State *L;
  const char *next;
  const char *end;
  const char *line_start;
  const char *message; /* what is wrong at `next`; NULL: nothing yet */
  int line;            /* that of `next`, from 1 */
  int depth;           /* levels that are open at `next`, from 1 */
  bool is_skipping;    /* nothing is built of what is read now */
  /* Where on the stack of Lua is what is needed all along; `skip` may be 0. */
  int root;
  int lines;
  int kinds;
  int array_metatable;
  int skip;
  int keys[TOML_MAX_DEPTH + 1]; /* by depth: how many the last table there had, mostly like the next */
};

/* --- toml_scan.c: what lies between keys and values --- */

bool toml_wrong(struct toml_reader *r, const char *message);

static inline bool toml_at(const struct toml_reader *r, char c) {
  return r->next < r->end && *r->next == c;
}

static inline bool toml_at_digit(const struct toml_reader *r) {
  return r->next < r->end && *r->next >= '0' && *r->next <= '9';
}

/* Whether the text goes on with `word`; moves behind it if so. */
bool toml_take(struct toml_reader *r, const char *word);

/* Moves over spaces and tabs. */
void toml_skip_space(struct toml_reader *r);

/* Moves over one end of a line; false: there is none, which is no mistake. */
bool toml_skip_newline(struct toml_reader *r);

/* Moves over what may stand in a comment or a string as it is, up to one of two characters, a control character that
 * is no tab, or the end of the text. */
bool toml_skip_plain(struct toml_reader *r, char first, char second);

/* Moves over spaces, a comment and the end of the line, all of which but the last may be absent. */
bool toml_end_line(struct toml_reader *r);

/* Moves over spaces, comments and ends of lines. */
bool toml_skip_blank(struct toml_reader *r);

/* --- toml_string.c, toml_number.c, toml_date.c: values without parts --- */

/* At a quote. */
bool toml_read_string(struct toml_reader *r);

/* At a quote; a string of one line. */
bool toml_read_line_string(struct toml_reader *r);

/* At a digit, a sign, or the first letter of "inf" or "nan". */
bool toml_read_number(struct toml_reader *r);

/* Whether the digits here begin a date or a time. */
bool toml_at_date(const struct toml_reader *r);

/* There. Dates and times are checked and become their texts. */
bool toml_read_date(struct toml_reader *r);

/* --- toml_value.c --- */

bool toml_read_value(struct toml_reader *r);

/* --- toml_table.c: keys, and which of them may still be given --- */

/* Push a new table or array and note its line; `expected` keys. */
void toml_new_table(struct toml_reader *r, int expected);
void toml_new_array(struct toml_reader *r);

/* Goes one level deeper, for which the stack gets room. */
bool toml_enter(struct toml_reader *r);

/* Reads a key, dotted or not, "=" and a value into the table on top of the stack. */
bool toml_read_pair(struct toml_reader *r);

/* At the bracket of a header; reads its line and pushes the table that it opens. Sets `depth` and is_skipping. */
bool toml_read_header(struct toml_reader *r);

#endif
