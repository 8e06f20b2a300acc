/* What the files of pysec.advisories share. */
#ifndef PYSEC_LIB_ADVISORIES_H
#define PYSEC_LIB_ADVISORIES_H

#include <lauxlib.h>
#include <lua.h>

#include "advisory_db.h"
#include "advisory_rating.h"

extern const char *const LIB_ADVISORIES_DATABASE;  /* the class of a database */

/* The userdata of a database. An import runs Lua's collector, and with it finalizers that may hold the same
 * database: `busy` keeps them off. */
struct lib_advisories_db {
  struct advisory_db *db;
  bool busy;
};

/* The database of a method's first argument; raises when it is closed or busy. */
struct lib_advisories_db *lib_advisories_check(lua_State *L);

/* A text argument without zero bytes; raises for any other. */
const char *lib_advisories_check_text(lua_State *L, int argument, size_t *length);

/* Pushes an option of the table at `index`, nil when there is no table; returns its type. */
int lib_advisories_push_option(lua_State *L, int index, const char *name);

/* The same for an integer from 0 to `most`, 0 when it is absent; leaves it on the stack. Raises for any other value. */
lua_Integer lib_advisories_option_integer(lua_State *L, int index, const char *name, lua_Integer most);

/* nil, message, code. */
int lib_advisories_fail(lua_State *L, const struct advisory_error *error);

/* Makes the table at the top a JSON array. */
void lib_advisories_mark_array(lua_State *L);

/* Pushes an array of the items of a text that holds one a line. */
void lib_advisories_push_lines(lua_State *L, const char *lines);

/* Sets severity, score and vector of the table at the top. */
void lib_advisories_set_rating(lua_State *L, const struct advisory_rating *rating);

/* db:audit(packages) and db:rate(ids). */
int lib_advisories_audit(lua_State *L);
int lib_advisories_rate(lua_State *L);

/* lib_advisories_service.c: adds what serves to the module at the top of the stack. */
void lib_advisories_add_service(lua_State *L);

/* Make the classes of lib_advisories_db.c and of the audit. `methods` may be NULL. */
void lib_advisories_open_db(lua_State *L);
void lib_advisories_open_audit(lua_State *L);
void lib_advisories_make_class(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *metamethods);

#endif
