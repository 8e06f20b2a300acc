/* A list of blocks, the one in use first. */
#include "advisory_arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 * 1024, ALIGNMENT = _Alignof(max_align_t) };

struct advisory_arena_block {
  struct advisory_arena_block *next;
  size_t used;
  max_align_t bytes[];
};

void *advisory_arena_take(struct advisory_arena *arena, size_t size) {
  if (size > SIZE_MAX / 2) return NULL;
  size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (size > arena->left) {
    size_t room = size > BLOCK ? size : BLOCK;
    struct advisory_arena_block *block = malloc(sizeof *block + room);
    if (block == NULL) return NULL;
    *block = (struct advisory_arena_block){.next = arena->blocks};
    arena->blocks = block;
    arena->left = room;
  }
  struct advisory_arena_block *block = arena->blocks;
  char *start = (char *)block->bytes + block->used;
  block->used += size;
  arena->left -= size;
  return start;
}

char *advisory_arena_copy(struct advisory_arena *arena, const char *text, size_t length) {
  char *copy = advisory_arena_take(arena, length + 1);
  if (copy == NULL) return NULL;
  if (length > 0) memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

void advisory_arena_free(struct advisory_arena *arena) {
  while (arena->blocks != NULL) {
    struct advisory_arena_block *next = arena->blocks->next;
    free(arena->blocks);
    arena->blocks = next;
  }
  arena->left = 0;
}
