/* pysec.fs: locks.
 *
 * A lock file may be removed by who holds it. So somebody who opened it before that gets a lock on a file that
 * nobody else can find: what was locked has to be what the path still names.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "host.h"
#include "lib_fs.h"

#define LOCK "pysec.fs.lock"

/* How often a lock file may vanish while we are about to lock it; then somebody else is busy with it. */
enum { MOST_TRIES = 100 };

struct lock {
  int file; /* -1: released */
};

/* True when `path` names the file that is open. */
static bool is_at(int file, const char *path) {
  struct stat held, named;
  return fstat(file, &held) == 0 && lstat(path, &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

static void release(struct lock *lock) {
  int saved = errno;
  if (lock->file >= 0) close(lock->file);
  lock->file = -1;
  errno = saved;
}

static int lock_release(lua_State *L) {
  release(luaL_checkudata(L, 1, LOCK));
  return 0;
}

static int lock_remove(lua_State *L) {
  struct lock *lock = luaL_checkudata(L, 1, LOCK);
  lua_getiuservalue(L, 1, 1);
  const char *path = lua_tostring(L, -1);
  int failed = 0;
  if (lock->file >= 0 && is_at(lock->file, path) && unlink(path) != 0 && errno != ENOENT) failed = errno;
  release(lock);
  errno = failed;
  return failed == 0 ? lib_fs_push_true(L) : host_push_errno(L, path);
}

/* Locks what the path names into *lock. Returns 0 or an errno: EWOULDBLOCK when somebody has it. */
static int take(struct lock *lock, const char *path) {
  for (int i = 0; i < MOST_TRIES; i++) {
    lock->file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (lock->file < 0) return errno;
    if (flock(lock->file, LOCK_EX | LOCK_NB) != 0) return errno;
    if (is_at(lock->file, path)) return 0;
    release(lock);
  }
  return EWOULDBLOCK;
}

int lib_fs_lock(lua_State *L) {
  const char *path = fs_check_path(L, 1);
  struct lock *lock = lua_newuserdatauv(L, sizeof *lock, 1);
  lock->file = -1;
  luaL_setmetatable(L, LOCK);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  int failed = take(lock, path);
  if (failed == 0) return 1;
  release(lock);
  if (failed == EWOULDBLOCK) return host_push_failure(L, "EAGAIN", "%s: locked by another process", path);
  errno = failed;
  return host_push_errno(L, path);
}

static const luaL_Reg methods[] = {
    {"release", lock_release}, {"remove", lock_remove}, {"__gc", lock_release}, {"__close", lock_release}, {NULL, NULL},
};

void lib_fs_open_locks(lua_State *L) {
  luaL_newmetatable(L, LOCK);
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
