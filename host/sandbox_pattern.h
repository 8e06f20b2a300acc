/* Matches Lua's patterns, and charges the sandbox for every step. */
#ifndef PYSEC_SANDBOX_PATTERN_H
#define PYSEC_SANDBOX_PATTERN_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

enum { PATTERN_CAPTURES = 32 };

struct pattern {
  lua_State *L;
  const char *text; /* the subject */
  size_t length;
  const char *items; /* the pattern, without an anchor */
  size_t items_length;
  size_t steps; /* not charged yet */
  int depth;
  int captures;
  struct {
    enum { CAPTURE_OPEN, CAPTURE_CLOSED, CAPTURE_POSITION } state;
    size_t start, length;
  } capture[PATTERN_CAPTURES];
};

/* Both strings have to live as long as the pattern is used. */
void pattern_init(struct pattern *pattern, lua_State *L, const char *text, size_t length, const char *items,
                  size_t items_length);

/* Matches at byte offset `start` and nowhere else. A malformed pattern raises where a match comes to it. */
bool pattern_match(struct pattern *pattern, size_t start, size_t *end);

/* Charges `steps`, and what is still open. */
void pattern_charge(struct pattern *pattern, size_t steps);

/* Pushes capture `number`, counted from 0, of the match from `start` to `end`. Without captures the first
 * one is the whole match. */
void pattern_push(struct pattern *pattern, int number, size_t start, size_t end);

/* Pushes all captures and returns their number. */
int pattern_push_all(struct pattern *pattern);

#endif
