/* What a record says of packages: the list `affected`. */
#include <stdlib.h>
#include <string.h>

#include "advisory_field.h"

enum { MAX_ENTRIES = 10000, MAX_EVENTS = 1000 };

bool advisory_record_count(struct advisory_record *r, int *count) {
  bool present;
  if (!advisory_field_array(r, r->root, "affected", &present)) return false;
  size_t length = present ? lua_rawlen(r->L, -1) : 0;
  lua_pop(r->L, 1);
  *count = (int)length;
  return length <= MAX_ENTRIES || advisory_field_wrong(r, "affected", "too many");
}

static bool push_entry(struct advisory_record *r, int i) {
  r->entry = i;
  lua_getfield(r->L, r->root, "affected");
  int type = lua_rawgeti(r->L, -1, i + 1);
  lua_remove(r->L, -2);
  return type == LUA_TTABLE || advisory_field_wrong(r, "", "expected an object");
}

static bool read_package(struct advisory_record *r, const char **name, size_t *length) {
  const char *ecosystem;
  if (!advisory_field_text(r, -1, "ecosystem", 64, &ecosystem, length)) return false;
  if (ecosystem == NULL) return advisory_field_wrong(r, "ecosystem", "missing");
  if (strcmp(ecosystem, "PyPI") != 0) return true;
  if (!advisory_field_text(r, -1, "name", ADVISORY_MAX_PACKAGE - 1, name, length)) return false;
  return *name != NULL || advisory_field_wrong(r, "name", "missing");
}

bool advisory_record_package(struct advisory_record *r, int i, const char **name, size_t *length) {
  *name = NULL;
  if (!push_entry(r, i)) return false;
  int type = advisory_field_push(r, -1, "package");
  if (type != LUA_TTABLE && type != LUA_TNIL) return advisory_field_wrong(r, "package", "expected an object");
  r->part = "package.";
  if (type == LUA_TTABLE && !read_package(r, name, length)) return false;
  r->part = NULL;
  r->entry = -1;
  lua_pop(r->L, 2);
  return true;
}

/* Puts the name into affected[i].package.name of the record's table. */
static void set_name(struct advisory_record *r, int i, const char *name) {
  push_entry(r, i);
  lua_getfield(r->L, -1, "package");
  lua_pushstring(r->L, name);
  lua_setfield(r->L, -2, "name");
  lua_pop(r->L, 2);
  r->entry = -1;
}

bool advisory_record_normalize(struct advisory_record *r, int count, bool *is_pypi, bool *changed) {
  *is_pypi = *changed = false;
  for (int i = 0; i < count; i++) {
    char normal[ADVISORY_MAX_PACKAGE];
    const char *name;
    size_t length;
    if (!advisory_record_package(r, i, &name, &length)) return false;
    if (name == NULL) continue;
    *is_pypi = true;
    if (!advisory_package_normalize(name, length, normal) || strcmp(name, normal) == 0) continue;
    set_name(r, i, normal);
    *changed = true;
  }
  return true;
}

/* Appends what an event says to the list; most events say one thing, the schema once allowed two. */
static bool read_event(struct advisory_record *r, struct advisory_event *events, size_t *count) {
  static const struct { const char *name; enum advisory_event_kind kind; } kinds[] = {
      {"introduced", ADVISORY_INTRODUCED}, {"fixed", ADVISORY_FIXED},
      {"last_affected", ADVISORY_LAST_AFFECTED}, {"limit", ADVISORY_LIMIT}};
  size_t before = *count;
  if (!lua_istable(r->L, -1)) return advisory_field_wrong(r, "", "expected an object");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    struct advisory_event *event = &events[*count];
    if (!advisory_field_text(r, -1, kinds[i].name, PEP440_MAX_LENGTH, &event->text, &event->length)) return false;
    if (event->text == NULL) continue;
    event->kind = kinds[i].kind;
    ++*count;
  }
  return *count > before || advisory_field_wrong(r, "", "no introduced, fixed, last_affected or limit");
}

static bool grow_events(struct advisory_record *r, size_t count) {
  if (count <= r->scratch->event_capacity) return true;
  struct advisory_event *events = realloc(r->scratch->events, count * sizeof *events);
  if (events == NULL) return advisory_field_no_memory(r);
  r->scratch->events = events;
  r->scratch->event_capacity = count;
  return true;
}

static bool write_range(struct advisory_record *r, size_t count) {
  struct advisory_buffer *ranges = &r->scratch->ranges;
  size_t most = 1;
  for (size_t i = 0; i < count; i++) most += r->scratch->events[i].length + 3;
  if (!advisory_buffer_reserve(ranges, most)) return advisory_field_no_memory(r);
  ranges->length += advisory_range_write(r->scratch->events, count, ranges->data + ranges->length);
  ranges->data[ranges->length] = '\0';
  return true;
}

static bool read_events(struct advisory_record *r, bool has_versions) {
  bool present, begins = false;
  if (!advisory_field_array(r, -1, "events", &present)) return false;
  size_t length = present ? lua_rawlen(r->L, -1) : 0, count = 0;
  if (length > MAX_EVENTS) return advisory_field_wrong(r, "events", "too many");
  if (!grow_events(r, 4 * length)) return false;
  for (size_t i = 0; i < length; i++) {
    r->event = (int)i;
    lua_rawgeti(r->L, -1, (lua_Integer)i + 1);
    if (!read_event(r, r->scratch->events, &count)) return false;
    lua_pop(r->L, 1);
  }
  r->event = -1;
  lua_pop(r->L, 1);
  for (size_t i = 0; i < count; i++) begins = begins || r->scratch->events[i].kind == ADVISORY_INTRODUCED;
  /* It would hold no version at all, and the schema forbids it. */
  if (!begins) return advisory_field_wrong(r, "events", "no introduced");
  if (has_versions && !advisory_range_is_ordered(r->scratch->events, count)) return true;
  return write_range(r, count);
}

static bool read_range(struct advisory_record *r, bool has_versions) {
  const char *type;
  size_t length;
  if (!lua_istable(r->L, -1)) return advisory_field_wrong(r, "", "expected an object");
  if (!advisory_field_text(r, -1, "type", 64, &type, &length)) return false;
  if (type != NULL && strcmp(type, "GIT") == 0) return true;
  if (type == NULL || (strcmp(type, "ECOSYSTEM") != 0 && strcmp(type, "SEMVER") != 0))
    return advisory_field_wrong(r, "type", "expected ECOSYSTEM, SEMVER or GIT");
  return read_events(r, has_versions);
}

static bool read_ranges(struct advisory_record *r) {
  bool present;
  advisory_buffer_clear(&r->scratch->ranges);
  if (!advisory_field_array(r, -1, "versions", &present)) return false;
  bool has_versions = present && lua_rawlen(r->L, -1) > 0;
  lua_pop(r->L, 1);
  if (!advisory_field_array(r, -1, "ranges", &present)) return false;
  size_t count = present ? lua_rawlen(r->L, -1) : 0;
  for (size_t i = 0; i < count; i++) {
    r->range = (int)i;
    lua_rawgeti(r->L, -1, (lua_Integer)i + 1);
    if (!read_range(r, has_versions)) return false;
    lua_pop(r->L, 1);
  }
  r->range = -1;
  lua_pop(r->L, 1);
  return advisory_buffer_reserve(&r->scratch->ranges, 0) || advisory_field_no_memory(r);
}

/* Keeps the listed versions that no range of the entry holds, and that PEP 440 knows: no other can be
 * asked for. */
static bool read_versions(struct advisory_record *r) {
  struct advisory_buffer *list = &r->scratch->versions;
  bool present;
  advisory_buffer_clear(list);
  if (!advisory_field_array(r, -1, "versions", &present)) return false;
  size_t count = present ? lua_rawlen(r->L, -1) : 0;
  for (size_t i = 1; i <= count; i++) {
    struct pep440 version;
    size_t length;
    if (lua_rawgeti(r->L, -1, (lua_Integer)i) != LUA_TSTRING)
      return advisory_field_wrong(r, "versions", "holds no string");
    const char *text = lua_tolstring(r->L, -1, &length);
    bool keep = pep440_parse(&version, text, length) &&
                !advisory_ranges_hold(r->scratch->ranges.data, &version);
    /* The text between the white space that a version may have around it, which may be a line break. */
    while (keep && length > 0 && pep440_is_space(text[length - 1])) length--;
    while (keep && length > 0 && pep440_is_space(*text)) text++, length--;
    if (keep && (!advisory_buffer_add(list, text, length) || !advisory_buffer_add(list, "\n", 1)))
      return advisory_field_no_memory(r);
    lua_pop(r->L, 1);
  }
  lua_pop(r->L, 1);
  return advisory_buffer_reserve(list, 0) || advisory_field_no_memory(r);
}

bool advisory_record_versions(struct advisory_record *r, int i) {
  if (!push_entry(r, i) || !read_ranges(r) || !read_versions(r)) return false;
  r->entry = -1;
  lua_pop(r->L, 1);
  return true;
}
