/* A thread that shuts down the sockets whose time is over. Their owner sees the end of the connection, and
 * closes them as always. */
#include "advisory_watch.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum { TICK_MILLISECONDS = 500, ANSWER_FACTOR = 6 };

struct advisory_visit {
  int socket;
  bool is_used, is_answered;
  int64_t since;  /* milliseconds */
};

struct advisory_watch {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t thread;
  bool is_ending;
  int64_t patience;  /* milliseconds */
  size_t places, used;
  struct advisory_visit visits[];
};

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void dismiss(struct advisory_visit *visit) {
  shutdown(visit->socket, SHUT_RDWR);
}

static void dismiss_overdue(struct advisory_watch *watch) {
  int64_t time = now();
  for (size_t i = 0; i < watch->places; i++) {
    struct advisory_visit *visit = &watch->visits[i];
    int64_t limit = visit->is_answered ? watch->patience * ANSWER_FACTOR : watch->patience;
    if (visit->is_used && time - visit->since > limit) dismiss(visit);
  }
}

/* Waits for a tick; without visitors until one comes. */
static void rest(struct advisory_watch *watch) {
  struct timespec end;
  if (watch->used == 0) {
    pthread_cond_wait(&watch->changed, &watch->lock);
    return;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_nsec += TICK_MILLISECONDS * 1000000L;
  end.tv_sec += end.tv_nsec / 1000000000L;
  end.tv_nsec %= 1000000000L;
  pthread_cond_timedwait(&watch->changed, &watch->lock, &end);
}

static void *run(void *data) {
  struct advisory_watch *watch = data;
  pthread_mutex_lock(&watch->lock);
  while (!watch->is_ending) {
    rest(watch);
    dismiss_overdue(watch);
  }
  pthread_mutex_unlock(&watch->lock);
  return NULL;
}

static void init(struct advisory_watch *watch) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&watch->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  pthread_mutex_init(&watch->lock, NULL);
}

static struct advisory_watch *release(struct advisory_watch *watch) {
  pthread_cond_destroy(&watch->changed);
  pthread_mutex_destroy(&watch->lock);
  free(watch);
  return NULL;
}

struct advisory_watch *advisory_watch_start(size_t places, unsigned seconds) {
  struct advisory_watch *watch = calloc(1, sizeof *watch + places * sizeof *watch->visits);
  if (watch == NULL) return NULL;
  watch->places = places;
  watch->patience = (int64_t)seconds * 1000;
  init(watch);
  return pthread_create(&watch->thread, NULL, run, watch) == 0 ? watch : release(watch);
}

/* An eighth of the places is kept free for who comes next. */
static void make_room(struct advisory_watch *watch) {
  struct advisory_visit *longest = NULL;
  if (watch->used < watch->places - watch->places / 8) return;
  for (size_t i = 0; i < watch->places; i++) {
    struct advisory_visit *visit = &watch->visits[i];
    if (visit->is_used && !visit->is_answered && (longest == NULL || visit->since < longest->since))
      longest = visit;
  }
  if (longest == NULL) return;
  dismiss(longest);
  longest->since = INT64_MAX;  /* gone as far as the next one is concerned */
}

struct advisory_visit *advisory_watch_enter(struct advisory_watch *watch, int socket) {
  struct advisory_visit *visit = NULL;
  pthread_mutex_lock(&watch->lock);
  make_room(watch);
  for (size_t i = 0; i < watch->places && visit == NULL; i++)
    if (!watch->visits[i].is_used) visit = &watch->visits[i];
  if (visit != NULL) {
    *visit = (struct advisory_visit){.socket = socket, .is_used = true, .since = now()};
    if (watch->used++ == 0) pthread_cond_signal(&watch->changed);
  }
  pthread_mutex_unlock(&watch->lock);
  return visit;
}

static void set(struct advisory_watch *watch, struct advisory_visit *visit, bool is_answered) {
  if (visit == NULL) return;
  pthread_mutex_lock(&watch->lock);
  visit->is_answered = is_answered;
  visit->since = now();
  pthread_mutex_unlock(&watch->lock);
}

void advisory_watch_answers(struct advisory_watch *watch, struct advisory_visit *visit) {
  set(watch, visit, true);
}

void advisory_watch_waits(struct advisory_watch *watch, struct advisory_visit *visit) {
  set(watch, visit, false);
}

void advisory_watch_leave(struct advisory_watch *watch, struct advisory_visit *visit) {
  if (visit == NULL) return;
  pthread_mutex_lock(&watch->lock);
  visit->is_used = false;
  watch->used--;
  pthread_mutex_unlock(&watch->lock);
}

struct advisory_watch *advisory_watch_stop(struct advisory_watch *watch) {
  if (watch == NULL) return NULL;
  pthread_mutex_lock(&watch->lock);
  watch->is_ending = true;
  pthread_cond_signal(&watch->changed);
  pthread_mutex_unlock(&watch->lock);
  pthread_join(watch->thread, NULL);
  return release(watch);
}
