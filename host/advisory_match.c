/* OSV's evaluation, straight from its pseudo-code, on text that is sorted when it is stored. */
#include "advisory_match.h"

#include <stdlib.h>
#include <string.h>

static bool is_text(const struct advisory_event *event, const char *text) {
  return event->length == strlen(text) && memcmp(event->text, text, event->length) == 0;
}

/* "0" is below every version, also below those like 0.dev1 that PEP 440 puts before 0. */
static bool is_beginning(const struct advisory_event *event) {
  return event->kind == ADVISORY_INTRODUCED && is_text(event, "0");
}

static int compare(const struct pep440 *version, const struct pep440 *bound) {
  return pep440_compare(version, bound, bound->local_count > 0 ? PEP440_LOCAL : PEP440_DEV);
}

/* --- writing --- */

static int event_rank(const struct advisory_event *event) {
  if (event->kind == ADVISORY_LIMIT) return 0;
  return is_beginning(event) ? 1 : 2;
}

static int compare_events(const void *left, const void *right) {
  const struct advisory_event *a = left, *b = right;
  struct pep440 first, second;
  int order = event_rank(a) - event_rank(b);
  if (order == 0 && event_rank(a) == 2 && pep440_parse(&first, a->text, a->length) &&
      pep440_parse(&second, b->text, b->length))
    order = pep440_compare(&first, &second, PEP440_LOCAL);
  return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

bool advisory_range_is_ordered(const struct advisory_event *events, size_t count) {
  struct pep440 version;
  for (size_t i = 0; i < count; i++)
    if (!pep440_parse(&version, events[i].text, events[i].length) && !is_text(&events[i], "*")) return false;
  return true;
}

/* Drops what cannot be ordered, and all limits where one of them limits nothing; returns what is left. */
static size_t make_sortable(struct advisory_event *events, size_t count) {
  struct pep440 version;
  bool has_open_limit = false;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    struct advisory_event event = events[i];
    bool known = pep440_parse(&version, event.text, event.length);
    if (event.kind == ADVISORY_LIMIT && !known) has_open_limit = true;
    if (!known && event.kind != ADVISORY_INTRODUCED) continue;
    if (!known) event.text = "0", event.length = 1;
    event.order = kept;
    events[kept++] = event;
  }
  if (!has_open_limit) return kept;
  count = kept;
  kept = 0;
  for (size_t i = 0; i < count; i++)
    if (events[i].kind != ADVISORY_LIMIT) events[kept++] = events[i];
  return kept;
}

size_t advisory_range_write(struct advisory_event *events, size_t count, char *out) {
  char *next = out;
  count = make_sortable(events, count);
  qsort(events, count, sizeof *events, compare_events);
  for (size_t i = 0; i < count; i++) {
    *next++ = (char)events[i].kind;
    memcpy(next, events[i].text, events[i].length);
    next += events[i].length;
    *next++ = '\n';
  }
  *next++ = '\n';
  return (size_t)(next - out);
}

/* --- reading --- */

/* Takes a line; false at the empty one that ends a range, or at the end of the text. */
static bool next_event(const char **cursor, struct advisory_event *event) {
  const char *line = *cursor;
  size_t length = strcspn(line, "\n");
  *cursor = line + length + (line[length] == '\n');
  if (length == 0) return false;
  *event = (struct advisory_event){
      .kind = (enum advisory_event_kind)line[0], .text = line + 1, .length = length - 1};
  return true;
}

/* How the version stands to the event's; what cannot be read counts as passed by every version. */
static int compare_to_event(const struct pep440 *version, const struct advisory_event *event) {
  struct pep440 bound;
  if (is_beginning(event) || !pep440_parse(&bound, event->text, event->length)) return 1;
  return compare(version, &bound);
}

static bool range_holds(const char **cursor, const struct pep440 *version) {
  bool is_affected = false, has_limit = false, is_below_limit = false;
  struct advisory_event event;
  while (next_event(cursor, &event)) {
    int order = compare_to_event(version, &event);
    switch (event.kind) {
      case ADVISORY_INTRODUCED: if (order >= 0) is_affected = true; break;
      case ADVISORY_FIXED: if (order >= 0) is_affected = false; break;
      case ADVISORY_LAST_AFFECTED: if (order > 0) is_affected = false; break;
      case ADVISORY_LIMIT: has_limit = true; if (order < 0) is_below_limit = true; break;
    }
  }
  return is_affected && (is_below_limit || !has_limit);
}

bool advisory_ranges_hold(const char *ranges, const struct pep440 *version) {
  while (*ranges != '\0')
    if (range_holds(&ranges, version)) return true;
  return false;
}

bool advisory_versions_hold(const char *versions, const struct pep440 *version) {
  struct pep440 listed;
  while (*versions != '\0') {
    size_t length = strcspn(versions, "\n");
    if (pep440_parse(&listed, versions, length) && compare(version, &listed) == 0) return true;
    versions += length + (versions[length] == '\n');
  }
  return false;
}

/* --- fixes --- */

/* Where the version belongs in the sorted list; true when it is there already. */
static bool find_fix(const struct advisory_fixes *fixes, const struct pep440 *version, size_t *place) {
  size_t low = 0, high = fixes->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    struct pep440 other;
    pep440_parse(&other, fixes->items[middle].text, fixes->items[middle].length);
    int order = pep440_compare(version, &other, PEP440_LOCAL);
    if (order == 0) return true;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  *place = low;
  return false;
}

static bool insert_fix(struct advisory_fixes *fixes, size_t place, struct advisory_fix fix) {
  if (fixes->count == fixes->capacity) {
    size_t capacity = fixes->capacity == 0 ? 8 : fixes->capacity * 2;
    struct advisory_fix *items = realloc(fixes->items, capacity * sizeof *items);
    if (items == NULL) return false;
    fixes->items = items;
    fixes->capacity = capacity;
  }
  memmove(fixes->items + place + 1, fixes->items + place, (fixes->count - place) * sizeof fix);
  fixes->items[place] = fix;
  fixes->count++;
  return true;
}

bool advisory_fixes_add(struct advisory_fixes *fixes, const char *ranges, const struct pep440 *version) {
  struct advisory_event event;
  struct pep440 fix;
  size_t place = 0;
  while (*ranges != '\0') {
    while (next_event(&ranges, &event)) {
      if (event.kind != ADVISORY_FIXED || !pep440_parse(&fix, event.text, event.length)) continue;
      if (version != NULL && pep440_compare(&fix, version, PEP440_LOCAL) <= 0) continue;
      if (find_fix(fixes, &fix, &place)) continue;
      if (!insert_fix(fixes, place, (struct advisory_fix){event.text, event.length})) return false;
    }
  }
  return true;
}

void advisory_fixes_free(struct advisory_fixes *fixes) {
  free(fixes->items);
  *fixes = (struct advisory_fixes){0};
}

/* --- names --- */

static bool is_separator(char c) {
  return c == '-' || c == '_' || c == '.';
}

static bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool advisory_package_normalize(const char *name, size_t length, char out[ADVISORY_MAX_PACKAGE]) {
  size_t written = 0;
  if (length == 0 || !is_letter_or_digit(name[0]) || !is_letter_or_digit(name[length - 1])) return false;
  for (size_t i = 0; i < length; i++) {
    char c = name[i];
    if (!is_letter_or_digit(c) && !is_separator(c)) return false;
    if (is_separator(c) && is_separator(name[i - 1])) continue;
    if (written + 1 >= ADVISORY_MAX_PACKAGE) return false;
    if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
    out[written++] = is_separator(c) ? '-' : c;
  }
  out[written] = '\0';
  return true;
}
