/* When to read the file again, and who reads from what was read. */
#include "advisory_mirror.h"

#include <lauxlib.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "advisory_snapshot.h"
#include "host.h"

enum { RETRY_SECONDS = 1, LUA_KIBIBYTES = 4096 };

struct place {
  struct advisory_reader reader;
  struct advisory_snapshot *snapshot;  /* that of reader.db; NULL: it is not open */
  struct state_owner owner;            /* of reader.L */
  bool is_lent;
};

struct advisory_mirror {
  pthread_mutex_t lock;
  struct advisory_log *log;
  char *path;
  char *wal;                          /* of the file that was read last */
  struct advisory_stamp stamp;        /* of the file before it was read */
  struct advisory_snapshot *current;  /* NULL: the file is broken */
  bool is_settled, is_loading;
  time_t retry_at;                    /* monotonic; 0: the last attempt was good */
  char problem[sizeof ((struct advisory_error *)0)->text];
  size_t count;
  struct place places[];
};

static time_t monotonic_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

/* --- reading the file --- */

static void close_place(struct place *place) {
  place->reader.db = advisory_db_close(place->reader.db);
  place->snapshot = advisory_snapshot_release(place->snapshot);
}

/* An import that is under way, or a want of memory, says nothing against the state before. */
static bool is_passing(const struct advisory_error *error) {
  return strcmp(error->code, "EBUSY") == 0 || strcmp(error->code, "ENOMEM") == 0;
}

static void report(struct advisory_mirror *mirror, const char *problem) {
  if (strcmp(mirror->problem, problem) == 0) return;
  snprintf(mirror->problem, sizeof mirror->problem, "%s", problem);
  if (*problem == '\0')
    advisory_log_add(mirror->log, ADVISORY_LOG_NOTE, "%s: can be read again", mirror->path);
  else if (mirror->current != NULL)
    advisory_log_add(mirror->log, ADVISORY_LOG_WARNING, "the state before is served: %s", problem);
  else
    advisory_log_add(mirror->log, ADVISORY_LOG_WARNING, "nothing is served (503): %s", problem);
}

/* Under the lock. Idle readers let go of the state before, the others when they come back. */
static void install(struct advisory_mirror *mirror, struct advisory_snapshot *snapshot) {
  advisory_snapshot_release(mirror->current);
  mirror->current = snapshot;
  for (size_t i = 0; i < mirror->count; i++)
    if (!mirror->places[i].is_lent) close_place(&mirror->places[i]);
}

/* By one thread at a time. What it takes from the file is as new as the stamp at least. */
static bool load(struct advisory_mirror *mirror, struct advisory_error *error) {
  char *wal = advisory_snapshot_log(mirror->path);
  struct advisory_stamp stamp = advisory_stamp_take(mirror->path, wal != NULL ? wal : mirror->path);
  bool is_settled = advisory_stamp_is_settled(&stamp);
  struct advisory_snapshot *snapshot = advisory_snapshot_take(mirror->path, error);
  pthread_mutex_lock(&mirror->lock);
  if (wal != NULL) {
    free(mirror->wal);
    mirror->wal = wal;
  }
  mirror->stamp = stamp;
  mirror->is_settled = is_settled;
  mirror->retry_at = snapshot != NULL ? 0 : monotonic_now() + RETRY_SECONDS;
  if (snapshot != NULL || !is_passing(error)) install(mirror, snapshot);
  report(mirror, snapshot != NULL ? "" : error->text);
  mirror->is_loading = false;
  pthread_mutex_unlock(&mirror->lock);
  return snapshot != NULL;
}

/* Under the lock. A file whose date was too fresh to tell the next change is read once more later. */
static bool is_outdated(const struct advisory_mirror *mirror) {
  struct advisory_stamp stamp = advisory_stamp_take(mirror->path, mirror->wal);
  if (!advisory_stamp_equal(&stamp, &mirror->stamp)) return true;
  if (mirror->retry_at != 0) return monotonic_now() >= mirror->retry_at;
  return !mirror->is_settled && advisory_stamp_is_settled(&stamp);
}

static void refresh(struct advisory_mirror *mirror) {
  struct advisory_error error;
  pthread_mutex_lock(&mirror->lock);
  bool is_mine = !mirror->is_loading && is_outdated(mirror);
  if (is_mine) mirror->is_loading = true;
  pthread_mutex_unlock(&mirror->lock);
  if (is_mine) load(mirror, &error);
}

/* --- lending --- */

/* Under the lock: a free place, and the present state in *snapshot. */
static struct place *take_place(struct advisory_mirror *mirror, struct advisory_snapshot **snapshot) {
  if (mirror->current == NULL) return NULL;
  for (size_t i = 0; i < mirror->count; i++) {
    if (mirror->places[i].is_lent) continue;
    mirror->places[i].is_lent = true;
    *snapshot = advisory_snapshot_hold(mirror->current);
    return &mirror->places[i];
  }
  return NULL;
}

/* Makes a lent place one of that state, whose hold it takes over. */
static bool prepare(struct place *place, struct advisory_snapshot *snapshot, struct advisory_error *error) {
  if (place->snapshot == snapshot) {
    advisory_snapshot_release(snapshot);
  } else {
    close_place(place);
    place->snapshot = snapshot;
    place->reader.db = advisory_snapshot_open(snapshot, error);
    if (place->reader.db == NULL) close_place(place);
  }
  if (place->reader.L == NULL) {
    place->reader.L = luaL_newstate();
    if (place->reader.L != NULL) host_own(place->reader.L, &place->owner);
  }
  return place->reader.db != NULL && place->reader.L != NULL;
}

static void release(struct advisory_mirror *mirror, struct place *place) {
  pthread_mutex_lock(&mirror->lock);
  if (place->snapshot != mirror->current) close_place(place);
  place->is_lent = false;
  pthread_mutex_unlock(&mirror->lock);
}

struct advisory_reader *advisory_mirror_borrow(struct advisory_mirror *mirror) {
  struct advisory_snapshot *snapshot = NULL;
  struct advisory_error error;
  refresh(mirror);
  pthread_mutex_lock(&mirror->lock);
  struct place *place = take_place(mirror, &snapshot);
  pthread_mutex_unlock(&mirror->lock);
  if (place == NULL) return NULL;
  if (prepare(place, snapshot, &error)) return &place->reader;
  release(mirror, place);
  return NULL;
}

void advisory_mirror_return(struct advisory_mirror *mirror, struct advisory_reader *reader) {
  struct place *place = (struct place *)reader;  /* its first member */
  if (lua_gc(reader->L, LUA_GCCOUNT) > LUA_KIBIBYTES) lua_gc(reader->L, LUA_GCCOLLECT);
  release(mirror, place);
}

/* --- life --- */

/* Whoever changes the working directory later means another file by a relative path. */
static char *absolute(const char *path) {
  char *folder = path[0] != '/' ? getcwd(NULL, 0) : NULL;
  if (folder == NULL) return strdup(path);
  char *whole = malloc(strlen(folder) + strlen(path) + 2);
  if (whole != NULL) sprintf(whole, "%s/%s", folder, path);
  free(folder);
  return whole;
}

bool advisory_mirror_open(struct advisory_mirror **result, const char *path, size_t readers,
                          struct advisory_log *log, struct advisory_error *error) {
  *result = NULL;
  struct advisory_mirror *mirror = calloc(1, sizeof *mirror + readers * sizeof *mirror->places);
  if (mirror == NULL) return advisory_fail(error, "ENOMEM", "%s: not enough memory", path);
  pthread_mutex_init(&mirror->lock, NULL);
  mirror->count = readers;
  mirror->log = log;
  mirror->path = absolute(path);
  mirror->wal = mirror->path != NULL ? advisory_snapshot_log(mirror->path) : NULL;
  if (mirror->wal == NULL)
    advisory_fail(error, "ENOMEM", "%s: not enough memory", path);
  else if (load(mirror, error))
    *result = mirror;
  if (*result == NULL) advisory_mirror_close(mirror);
  return *result != NULL;
}

struct advisory_mirror *advisory_mirror_close(struct advisory_mirror *mirror) {
  if (mirror == NULL) return NULL;
  for (size_t i = 0; i < mirror->count; i++) {
    close_place(&mirror->places[i]);
    if (mirror->places[i].reader.L != NULL) lua_close(mirror->places[i].reader.L);
  }
  advisory_snapshot_release(mirror->current);
  pthread_mutex_destroy(&mirror->lock);
  free(mirror->path);
  free(mirror->wal);
  free(mirror);
  return NULL;
}
