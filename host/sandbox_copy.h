/* Values between a sandbox and the outside: by copy, so that neither can change what the other holds. */
#ifndef PYSEC_SANDBOX_COPY_H
#define PYSEC_SANDBOX_COPY_H

#include "sandbox.h"

/* Functions do not cross by copy but as functions that call back. Each state keeps the ones that may cross in a
 * table; `index` is where it lies on the stack of the state that they come from, `make` pushes what stands for
 * the function with that number in the other state. */
struct copy {
  lua_State *from;
  lua_State *to;
  int functions;            /* 0: none may cross */
  void (*make)(lua_State *to, void *data, lua_Integer number);
  void *data;
  int values_left;          /* most values to copy */
  size_t *bytes_left;       /* what copies may take together; NULL: they are not counted */
  int keys;                 /* of the last table that was no list: mostly like the next */
};

/* Pushes a copy of the value at `index` of `from` to `to`. Tables lose their metatables; json.null stays. Raises in
 * `to` alone, for what cannot cross: never in `from`, whose stack is as before unless it raised. */
void sandbox_copy(struct copy *copy, int index);

/* Enters the functions in the value at `index` into the table at `functions`: { [function] = number, [number] =
 * function }. To be called before sandbox_copy, which may not raise in the state that they come from. */
void sandbox_register(lua_State *L, int index, int functions);

#endif
