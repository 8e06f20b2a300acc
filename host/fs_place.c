/* Where in a tree something went wrong: the path is put together from its end while the recursion returns. */
#include "fs.h"

#include <errno.h>
#include <string.h>

bool fs_is_dots(const char *name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

void fs_place_clear(struct fs_place *place) {
  place->start = sizeof place->path - 1;
  place->path[place->start] = '\0';
  place->is_cut = false;
}

void fs_place_add(struct fs_place *place, const char *name) {
  size_t length = strlen(name);
  bool is_first = place->path[place->start] == '\0';
  bool has_slash = length > 0 && name[length - 1] == '/';
  size_t needed = length + (is_first || has_slash ? 0 : 1);
  if (needed > place->start) place->is_cut = true;
  if (place->is_cut) return;
  if (needed > length) place->path[--place->start] = '/';
  place->start -= length;
  memcpy(place->path + place->start, name, length);
}

const char *fs_place_path(const struct fs_place *place) {
  return place->path + place->start;
}
