/* See lib_advisories_job.h. */
#include "lib_advisories_job.h"

#include <lauxlib.h>
#include <stdlib.h>

static const char *const JOB = "pysec.advisories.job";

static int job_free(lua_State *L) {
  struct lib_advisories_job *job = luaL_checkudata(L, 1, JOB);
  advisory_package_free(&job->package);
  advisory_flaws_free(&job->flaws);
  advisory_fixes_free(&job->fixes);
  advisory_known_free(&job->known);
  free(job->names);
  job->names = NULL;
  return 0;
}

static struct lib_advisories_job *push_job(lua_State *L) {
  struct lib_advisories_job *job = lua_newuserdatauv(L, sizeof *job, 0);
  *job = (struct lib_advisories_job){0};
  if (luaL_newmetatable(L, JOB)) {
    lua_pushcfunction(L, job_free);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return job;
}

void lib_advisories_no_memory(lua_State *L, const struct lib_advisories_job *job) {
  luaL_error(L, "%s: not enough memory", job->self->db->path);
}

int lib_advisories_run(lua_State *L, lua_CFunction body) {
  struct advisory_error error;
  struct lib_advisories_db *self = lib_advisories_check(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_pushcfunction(L, body);
  push_job(L)->self = self;
  lua_pushvalue(L, 2);
  if (!advisory_db_hold(self->db, false, &error)) return lib_advisories_fail(L, &error);
  /* Finalizers may run in here, and may not close the database meanwhile. */
  self->busy = true;
  /* Nearly all that is made in here is part of the answer: looking for garbage takes long and finds none. */
  bool is_collecting = lua_gc(L, LUA_GCISRUNNING);
  lua_gc(L, LUA_GCSTOP);
  bool is_done = lua_pcall(L, 2, LUA_MULTRET, 0) == LUA_OK;
  if (is_collecting) lua_gc(L, LUA_GCRESTART);
  self->busy = false;
  advisory_db_release(self->db);
  return is_done ? lua_gettop(L) - 2 : lua_error(L);
}
