/* Fields of OSV records, and what is wrong with them. */
#include "advisory_record.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

enum { MAX_ID = 128, MAX_ALIASES = 1000, MAX_ENTRIES = 10000, MAX_EVENTS = 1000, SUMMARY_BYTES = 200 };

static bool wrong(struct advisory_record *r, const char *field, const char *what) {
  char place[96] = "";
  size_t length = 0;
  size_t size = sizeof place;
  if (r->entry >= 0) length += (size_t)snprintf(place, size, "affected[%d]", r->entry);
  if (r->range >= 0) length += (size_t)snprintf(place + length, size - length, ".ranges[%d]", r->range);
  if (r->event >= 0) snprintf(place + length, size - length, ".events[%d]", r->event);
  return advisory_fail(r->error, "EINVAL", "%s%s%s%s: %s", place, *place && *field ? "." : "",
                       r->part != NULL ? r->part : "", field, what);
}

static bool no_memory(struct advisory_record *r) {
  return advisory_fail(r->error, "ENOMEM", "not enough memory");
}

void advisory_scratch_free(struct advisory_scratch *scratch) {
  free(scratch->events);
  advisory_buffer_free(&scratch->aliases);
  advisory_buffer_free(&scratch->ranges);
  advisory_buffer_free(&scratch->versions);
  *scratch = (struct advisory_scratch){0};
}

/* --- fields --- */

/* Pushes the field; null counts as absent. */
static int push_field(struct advisory_record *r, int index, const char *name) {
  int type = lua_getfield(r->L, index, name);
  if (type != LUA_TLIGHTUSERDATA) return type;
  lua_pop(r->L, 1);
  lua_pushnil(r->L);
  return LUA_TNIL;
}

/* Reads text that stays on one line; the record's table keeps it alive. *text is NULL when absent. */
static bool read_text(struct advisory_record *r, int index, const char *name, size_t most, const char **text,
                      size_t *length) {
  int type = push_field(r, index, name);
  *text = type == LUA_TSTRING ? lua_tolstring(r->L, -1, length) : NULL;
  lua_pop(r->L, 1);
  if (type == LUA_TNIL) return true;
  if (type != LUA_TSTRING) return wrong(r, name, "expected a string");
  if (*length == 0) return wrong(r, name, "empty");
  if (*length > most) return wrong(r, name, "too long");
  for (size_t i = 0; i < *length; i++)
    if ((unsigned char)(*text)[i] < ' ' || (*text)[i] == 0x7f)
      return wrong(r, name, "holds a control character");
  return true;
}

/* Pushes an array, or nil when the field is absent. */
static bool push_array(struct advisory_record *r, int index, const char *name, bool *present) {
  int type = push_field(r, index, name);
  *present = type == LUA_TTABLE;
  if (type == LUA_TNIL) return true;
  bool is_array = false;
  if (type == LUA_TTABLE && lua_getmetatable(r->L, -1)) {
    json_push_array_metatable(r->L);
    is_array = lua_rawequal(r->L, -1, -2);
    lua_pop(r->L, 2);
  }
  return is_array || wrong(r, name, "expected an array");
}

/* --- the record's own fields --- */

/* Ids end up in URLs, and unescaped in JSON. */
static bool is_id(const char *text) {
  for (; *text != '\0'; text++)
    if (*text <= ' ' || *text >= 0x7f || strchr("\"\\/", *text) != NULL) return false;
  return true;
}

/* The schema wants UTC with a "Z"; what it gets is comparable by advisory_store.c. */
static bool is_time(const char *text) {
  static const char pattern[] = "dddd-dd-ddTdd:dd:dd";
  for (const char *p = pattern; *p != '\0'; p++, text++)
    if (*p == 'd' ? *text < '0' || *text > '9' : *text != *p) return false;
  if (*text == '.') text += 1 + strspn(text + 1, "0123456789");
  return strcmp(text, "Z") == 0;
}

static bool read_time(struct advisory_record *r, const char *name, const char **text) {
  size_t length;
  if (!read_text(r, r->root, name, 35, text, &length)) return false;
  return *text == NULL || is_time(*text) || wrong(r, name, "expected a time such as 2024-01-31T12:00:00Z");
}

static bool read_aliases(struct advisory_record *r, struct advisory_row *row) {
  struct advisory_buffer *list = &r->scratch->aliases;
  bool present;
  advisory_buffer_clear(list);
  if (!push_array(r, r->root, "aliases", &present)) return false;
  size_t count = present ? lua_rawlen(r->L, -1) : 0;
  if (count > MAX_ALIASES) return wrong(r, "aliases", "too many");
  for (size_t i = 1; i <= count; i++) {
    size_t length;
    lua_rawgeti(r->L, -1, (lua_Integer)i);
    const char *alias = lua_type(r->L, -1) == LUA_TSTRING ? lua_tolstring(r->L, -1, &length) : NULL;
    if (alias == NULL || length == 0 || length > MAX_ID || strlen(alias) != length || !is_id(alias))
      return wrong(r, "aliases", "holds something that is no id");
    if (!advisory_buffer_add(list, alias, length) || !advisory_buffer_add(list, "\n", 1)) return no_memory(r);
    lua_pop(r->L, 1);
  }
  lua_pop(r->L, 1);
  row->aliases = advisory_buffer_reserve(list, 0) ? list->data : "";
  return true;
}

/* The summary, or else the first line of the details. Pushes the string that holds it. */
static void push_summary(struct advisory_record *r, struct advisory_row *row) {
  if (push_field(r, r->root, "summary") == LUA_TSTRING && lua_rawlen(r->L, -1) > 0) {
    row->summary = lua_tostring(r->L, -1);
    return;
  }
  lua_pop(r->L, 1);
  push_field(r, r->root, "details");
  const char *details = lua_type(r->L, -1) == LUA_TSTRING ? lua_tostring(r->L, -1) : "";
  size_t length = strcspn(details, "\r\n");
  if (length > SUMMARY_BYTES) {
    length = SUMMARY_BYTES;
    while (length > 0 && ((unsigned char)details[length] & 0xc0) == 0x80) length--;
  }
  row->summary = lua_pushlstring(r->L, details, length);
  lua_remove(r->L, -2);
}

bool advisory_record_read(struct advisory_record *r, struct advisory_row *row) {
  size_t length;
  if (!lua_istable(r->L, r->root)) return wrong(r, "", "expected an object");
  if (!read_text(r, r->root, "id", MAX_ID, &row->id, &length)) return false;
  if (row->id == NULL || !is_id(row->id)) return wrong(r, "id", "missing, or no id");
  if (!read_time(r, "modified", &row->modified)) return false;
  if (row->modified == NULL) return wrong(r, "modified", "missing");
  if (!read_time(r, "withdrawn", &row->withdrawn)) return false;
  if (row->withdrawn == NULL) row->withdrawn = "";
  push_summary(r, row);
  return read_aliases(r, row);
}

/* --- affected --- */

bool advisory_record_count(struct advisory_record *r, int *count) {
  bool present;
  if (!push_array(r, r->root, "affected", &present)) return false;
  size_t length = present ? lua_rawlen(r->L, -1) : 0;
  lua_pop(r->L, 1);
  *count = (int)length;
  return length <= MAX_ENTRIES || wrong(r, "affected", "too many");
}

static bool push_entry(struct advisory_record *r, int i) {
  r->entry = i;
  lua_getfield(r->L, r->root, "affected");
  int type = lua_rawgeti(r->L, -1, i + 1);
  lua_remove(r->L, -2);
  return type == LUA_TTABLE || wrong(r, "", "expected an object");
}

static bool read_package(struct advisory_record *r, const char **name, size_t *length) {
  const char *ecosystem;
  if (!read_text(r, -1, "ecosystem", 64, &ecosystem, length)) return false;
  if (ecosystem == NULL) return wrong(r, "ecosystem", "missing");
  if (strcmp(ecosystem, "PyPI") != 0) return true;
  if (!read_text(r, -1, "name", ADVISORY_MAX_PACKAGE - 1, name, length)) return false;
  return *name != NULL || wrong(r, "name", "missing");
}

bool advisory_record_package(struct advisory_record *r, int i, const char **name, size_t *length) {
  *name = NULL;
  if (!push_entry(r, i)) return false;
  int type = push_field(r, -1, "package");
  if (type != LUA_TTABLE && type != LUA_TNIL) return wrong(r, "package", "expected an object");
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
  if (!lua_istable(r->L, -1)) return wrong(r, "", "expected an object");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    struct advisory_event *event = &events[*count];
    if (!read_text(r, -1, kinds[i].name, PEP440_MAX_LENGTH, &event->text, &event->length)) return false;
    if (event->text == NULL) continue;
    event->kind = kinds[i].kind;
    ++*count;
  }
  return *count > before || wrong(r, "", "no introduced, fixed, last_affected or limit");
}

static bool grow_events(struct advisory_record *r, size_t count) {
  if (count <= r->scratch->event_capacity) return true;
  struct advisory_event *events = realloc(r->scratch->events, count * sizeof *events);
  if (events == NULL) return no_memory(r);
  r->scratch->events = events;
  r->scratch->event_capacity = count;
  return true;
}

static bool write_range(struct advisory_record *r, size_t count) {
  struct advisory_buffer *ranges = &r->scratch->ranges;
  size_t most = 1;
  for (size_t i = 0; i < count; i++) most += r->scratch->events[i].length + 3;
  if (!advisory_buffer_reserve(ranges, most)) return no_memory(r);
  ranges->length += advisory_range_write(r->scratch->events, count, ranges->data + ranges->length);
  ranges->data[ranges->length] = '\0';
  return true;
}

static bool read_events(struct advisory_record *r, bool has_versions) {
  bool present, begins = false;
  if (!push_array(r, -1, "events", &present)) return false;
  size_t length = present ? lua_rawlen(r->L, -1) : 0, count = 0;
  if (length > MAX_EVENTS) return wrong(r, "events", "too many");
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
  if (!begins) return wrong(r, "events", "no introduced");
  if (has_versions && !advisory_range_is_ordered(r->scratch->events, count)) return true;
  return write_range(r, count);
}

static bool read_range(struct advisory_record *r, bool has_versions) {
  const char *type;
  size_t length;
  if (!lua_istable(r->L, -1)) return wrong(r, "", "expected an object");
  if (!read_text(r, -1, "type", 64, &type, &length)) return false;
  if (type != NULL && strcmp(type, "GIT") == 0) return true;
  if (type == NULL || (strcmp(type, "ECOSYSTEM") != 0 && strcmp(type, "SEMVER") != 0))
    return wrong(r, "type", "expected ECOSYSTEM, SEMVER or GIT");
  return read_events(r, has_versions);
}

static bool read_ranges(struct advisory_record *r) {
  bool present;
  advisory_buffer_clear(&r->scratch->ranges);
  if (!push_array(r, -1, "versions", &present)) return false;
  bool has_versions = present && lua_rawlen(r->L, -1) > 0;
  lua_pop(r->L, 1);
  if (!push_array(r, -1, "ranges", &present)) return false;
  size_t count = present ? lua_rawlen(r->L, -1) : 0;
  for (size_t i = 0; i < count; i++) {
    r->range = (int)i;
    lua_rawgeti(r->L, -1, (lua_Integer)i + 1);
    if (!read_range(r, has_versions)) return false;
    lua_pop(r->L, 1);
  }
  r->range = -1;
  lua_pop(r->L, 1);
  return advisory_buffer_reserve(&r->scratch->ranges, 0) || no_memory(r);
}

/* Keeps the listed versions that no range of the entry holds, and that PEP 440 knows: no other can be
 * asked for. */
static bool read_versions(struct advisory_record *r) {
  struct advisory_buffer *list = &r->scratch->versions;
  bool present;
  advisory_buffer_clear(list);
  if (!push_array(r, -1, "versions", &present)) return false;
  size_t count = present ? lua_rawlen(r->L, -1) : 0;
  for (size_t i = 1; i <= count; i++) {
    struct pep440 version;
    size_t length;
    if (lua_rawgeti(r->L, -1, (lua_Integer)i) != LUA_TSTRING) return wrong(r, "versions", "holds no string");
    const char *text = lua_tolstring(r->L, -1, &length);
    bool keep = pep440_parse(&version, text, length) &&
                !advisory_ranges_hold(r->scratch->ranges.data, &version);
    /* The text between the white space that a version may have around it, which may be a line break. */
    while (keep && length > 0 && pep440_is_space(text[length - 1])) length--;
    while (keep && length > 0 && pep440_is_space(*text)) text++, length--;
    if (keep && (!advisory_buffer_add(list, text, length) || !advisory_buffer_add(list, "\n", 1)))
      return no_memory(r);
    lua_pop(r->L, 1);
  }
  lua_pop(r->L, 1);
  return advisory_buffer_reserve(list, 0) || no_memory(r);
}

bool advisory_record_versions(struct advisory_record *r, int i) {
  if (!push_entry(r, i) || !read_ranges(r) || !read_versions(r)) return false;
  r->entry = -1;
  lua_pop(r->L, 1);
  return true;
}
