/* One flaw as a table, from all records that speak of it. */
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "lib_advisories_job.h"

static int compare_names(const void *left, const void *right) {
  const struct advisory_line *a = left, *b = right;
  size_t length = a->length < b->length ? a->length : b->length;
  int order = memcmp(a->text, b->text, length);
  return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static void add_name(lua_State *L, struct lib_advisories_job *job, struct advisory_line name) {
  if (job->name_count == job->name_capacity) {
    size_t capacity = job->name_capacity == 0 ? 32 : job->name_capacity * 2;
    struct advisory_line *names = realloc(job->names, capacity * sizeof *names);
    if (names == NULL) lib_advisories_no_memory(L, job);
    job->names = names;
    job->name_capacity = capacity;
  }
  job->names[job->name_count++] = name;
}

/* Pushes all ids and aliases of a flaw but its own id, sorted, each once. */
static void push_aliases(lua_State *L, struct lib_advisories_job *job, const struct advisory_held *items,
                         size_t count) {
  const char *id = items[0].entry->id;
  lua_Integer pushed = 0;
  job->name_count = 0;
  for (size_t i = 0; i < count; i++) {
    const struct advisory_entry *entry = items[i].entry;
    const char *aliases = entry->aliases;
    add_name(L, job, (struct advisory_line){entry->id, strlen(entry->id)});
    for (struct advisory_line alias; advisory_line_take(&aliases, &alias);) add_name(L, job, alias);
  }
  qsort(job->names, job->name_count, sizeof *job->names, compare_names);
  lua_createtable(L, (int)job->name_count, 0);
  for (size_t i = 0; i < job->name_count; i++) {
    const struct advisory_line *name = &job->names[i];
    if (i > 0 && compare_names(name, name - 1) == 0) continue;
    if (strncmp(id, name->text, name->length) == 0 && id[name->length] == '\0') continue;
    lua_pushlstring(L, name->text, name->length);
    lua_rawseti(L, -2, ++pushed);
  }
  lib_advisories_mark_array(L);
}

/* Pushes the versions that fix it, of all its records; whoever updates to one has to clear them all. */
static void push_fixes(lua_State *L, struct lib_advisories_job *job, const struct advisory_held *items, size_t count,
                       const struct pep440 *version) {
  job->fixes.count = 0;
  for (size_t i = 0; i < count; i++)
    if (!advisory_fixes_add(&job->fixes, items[i].entry->ranges, version)) lib_advisories_no_memory(L, job);
  lua_createtable(L, (int)job->fixes.count, 0);
  for (size_t i = 0; i < job->fixes.count; i++) {
    lua_pushlstring(L, job->fixes.items[i].text, job->fixes.items[i].length);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lib_advisories_mark_array(L);
}

static void push_ids(lua_State *L, const struct advisory_held *items, size_t count) {
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_pushstring(L, items[i].entry->id);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lib_advisories_mark_array(L);
}

void lib_advisories_push_flaw(lua_State *L, struct lib_advisories_job *job, const struct advisory_held *items,
                              size_t count, const struct pep440 *version) {
  const char *summary = "", *modified = "";
  struct advisory_rating rating = items[0].entry->rating;
  for (size_t i = 0; i < count; i++) {
    const struct advisory_entry *entry = items[i].entry;
    if (*summary == '\0') summary = entry->summary;
    if (strcmp(entry->modified, modified) > 0) modified = entry->modified;
    if (advisory_rating_is_above(&entry->rating, &rating)) rating = entry->rating;
  }
  lua_createtable(L, 0, 10);
  host_set_text(L, "id", items[0].entry->id);
  host_set_text(L, "summary", summary);
  host_set_text(L, "modified", modified);
  lib_advisories_set_rating(L, &rating);
  push_aliases(L, job, items, count);
  lua_setfield(L, -2, "aliases");
  push_fixes(L, job, items, count, version);
  lua_setfield(L, -2, "fix_versions");
  push_ids(L, items, count);
  lua_setfield(L, -2, "ids");
}
