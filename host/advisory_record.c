/* A record's own fields. */
#include "advisory_record.h"

#include <stdlib.h>
#include <string.h>

#include "advisory_field.h"
#include "advisory_summary.h"

enum { MAX_ID = 128, MAX_ALIASES = 1000 };

void advisory_scratch_free(struct advisory_scratch *scratch) {
  free(scratch->events);
  advisory_buffer_free(&scratch->aliases);
  advisory_buffer_free(&scratch->ranges);
  advisory_buffer_free(&scratch->versions);
  advisory_buffer_free(&scratch->summary);
  *scratch = (struct advisory_scratch){0};
}

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
  if (!advisory_field_text(r, r->root, name, 35, text, &length)) return false;
  return *text == NULL || is_time(*text) ||
         advisory_field_wrong(r, name, "expected a time such as 2024-01-31T12:00:00Z");
}

static bool read_aliases(struct advisory_record *r, struct advisory_row *row) {
  struct advisory_buffer *list = &r->scratch->aliases;
  bool present;
  advisory_buffer_clear(list);
  if (!advisory_field_array(r, r->root, "aliases", &present)) return false;
  size_t count = present ? lua_rawlen(r->L, -1) : 0;
  if (count > MAX_ALIASES) return advisory_field_wrong(r, "aliases", "too many");
  for (size_t i = 1; i <= count; i++) {
    size_t length;
    lua_rawgeti(r->L, -1, (lua_Integer)i);
    const char *alias = lua_type(r->L, -1) == LUA_TSTRING ? lua_tolstring(r->L, -1, &length) : NULL;
    if (alias == NULL || length == 0 || length > MAX_ID || strlen(alias) != length || !is_id(alias))
      return advisory_field_wrong(r, "aliases", "holds something that is no id");
    if (!advisory_buffer_add(list, alias, length) || !advisory_buffer_add(list, "\n", 1))
      return advisory_field_no_memory(r);
    lua_pop(r->L, 1);
  }
  lua_pop(r->L, 1);
  row->aliases = advisory_buffer_reserve(list, 0) ? list->data : "";
  return true;
}

/* The summary, or else what the details begin with. */
static bool read_summary(struct advisory_record *r, struct advisory_row *row) {
  struct advisory_buffer *out = &r->scratch->summary;
  advisory_buffer_clear(out);
  for (int i = 0; i < 2 && out->length == 0; i++) {
    if (advisory_field_push(r, r->root, i == 0 ? "summary" : "details") == LUA_TSTRING) {
      size_t length;
      const char *text = lua_tolstring(r->L, -1, &length);
      if (!advisory_summary_write(text, length, out)) return advisory_field_no_memory(r);
    }
    lua_pop(r->L, 1);
  }
  row->summary = out->data != NULL ? out->data : "";
  return true;
}

bool advisory_record_read(struct advisory_record *r, struct advisory_row *row) {
  size_t length;
  if (!lua_istable(r->L, r->root)) return advisory_field_wrong(r, "", "expected an object");
  if (!advisory_field_text(r, r->root, "id", MAX_ID, &row->id, &length)) return false;
  if (row->id == NULL || !is_id(row->id)) return advisory_field_wrong(r, "id", "missing, or no id");
  if (!read_time(r, "modified", &row->modified)) return false;
  if (row->modified == NULL) return advisory_field_wrong(r, "modified", "missing");
  if (!read_time(r, "withdrawn", &row->withdrawn)) return false;
  if (row->withdrawn == NULL) row->withdrawn = "";
  return read_summary(r, row) && read_aliases(r, row);
}
