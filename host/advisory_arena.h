/* Memory that is taken piece by piece and freed as a whole. Zeroed means empty. */
#ifndef PYSEC_ADVISORY_ARENA_H
#define PYSEC_ADVISORY_ARENA_H

#include <stddef.h>

struct advisory_arena {
  struct advisory_arena_block *blocks;
  size_t left;  /* in the first block */
};

/* Room for any object; NULL: no memory. */
void *advisory_arena_take(struct advisory_arena *arena, size_t size);

/* A copy of the bytes with a NUL behind them; NULL: no memory. */
char *advisory_arena_copy(struct advisory_arena *arena, const char *text, size_t length);

/* Frees all and leaves it empty. */
void advisory_arena_free(struct advisory_arena *arena);

#endif
