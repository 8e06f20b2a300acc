/* Reading fields, and what is wrong with them. */
#include "advisory_field.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

bool advisory_field_wrong(struct advisory_record *r, const char *field, const char *what) {
  char place[96] = "";
  size_t length = 0;
  size_t size = sizeof place;
  if (r->entry >= 0) length += (size_t)snprintf(place, size, "affected[%d]", r->entry);
  if (r->range >= 0) length += (size_t)snprintf(place + length, size - length, ".ranges[%d]", r->range);
  if (r->event >= 0) snprintf(place + length, size - length, ".events[%d]", r->event);
  return advisory_fail(r->error, "EINVAL", "%s%s%s%s: %s", place, *place && *field ? "." : "",
                       r->part != NULL ? r->part : "", field, what);
}

bool advisory_field_no_memory(struct advisory_record *r) {
  return advisory_fail(r->error, "ENOMEM", "not enough memory");
}

int advisory_field_push(struct advisory_record *r, int index, const char *name) {
  int type = lua_getfield(r->L, index, name);
  if (type != LUA_TLIGHTUSERDATA) return type;
  lua_pop(r->L, 1);
  lua_pushnil(r->L);
  return LUA_TNIL;
}

bool advisory_field_text(struct advisory_record *r, int index, const char *name, size_t most, const char **text,
                      size_t *length) {
  int type = advisory_field_push(r, index, name);
  *text = type == LUA_TSTRING ? lua_tolstring(r->L, -1, length) : NULL;
  lua_pop(r->L, 1);
  if (type == LUA_TNIL) return true;
  if (type != LUA_TSTRING) return advisory_field_wrong(r, name, "expected a string");
  if (*length == 0) return advisory_field_wrong(r, name, "empty");
  if (*length > most) return advisory_field_wrong(r, name, "too long");
  for (size_t i = 0; i < *length; i++)
    if ((unsigned char)(*text)[i] < ' ' || (*text)[i] == 0x7f)
      return advisory_field_wrong(r, name, "holds a control character");
  return true;
}

bool advisory_field_array(struct advisory_record *r, int index, const char *name, bool *present) {
  int type = advisory_field_push(r, index, name);
  *present = type == LUA_TTABLE;
  if (type == LUA_TNIL) return true;
  bool is_array = false;
  if (type == LUA_TTABLE && lua_getmetatable(r->L, -1)) {
    json_push_array_metatable(r->L);
    is_array = lua_rawequal(r->L, -1, -2);
    lua_pop(r->L, 2);
  }
  return is_array || advisory_field_wrong(r, name, "expected an array");
}
