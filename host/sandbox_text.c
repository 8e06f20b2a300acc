/* What strings and values share in every library of the sandbox. */
#include <lauxlib.h>

#include "sandbox.h"
#include "sandbox_shared.h"

enum { BYTES_A_STEP = 64 };

/* Only the host sets metatables, so that a __tostring or a __name is its own and bounded. */
const char *sandbox_push_text(lua_State *L, int index, size_t *length) {
  int type = lua_type(L, index);
  bool has_text = type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
  index = lua_absindex(L, index);
  if (has_text) return luaL_tolstring(L, index, length);
  if (luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
    lua_pop(L, 1);
    return luaL_tolstring(L, index, length);
  }
  int name = luaL_getmetafield(L, index, "__name");
  if (name == LUA_TSTRING) return lua_tolstring(L, -1, length);
  if (name != LUA_TNIL) lua_pop(L, 1);
  lua_pushstring(L, lua_typename(L, type));
  return lua_tolstring(L, -1, length);
}

size_t sandbox_position(lua_Integer position, size_t length) {
  if (position > 0) return (size_t)position;
  if (position == 0 || position < -(lua_Integer)length) return 1;
  return length + (size_t)position + 1;
}

void sandbox_charge_bytes(lua_State *L, size_t bytes) {
  sandbox_charge(L, 1 + bytes / BYTES_A_STEP);
}
