/* A library for LD_PRELOAD that lets a machine look as if it had more cores, or no room for another thread:
 *
 *   CORES=N          sched_getaffinity tells of N cores
 *   NO_THREADS=1     no thread can be started
 *
 * When the process ends, "threads N" goes to stderr: how many have been started, and "signals N" when one of them could
 * have got signals.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_uint threads, open_to_signals;

int sched_getaffinity(pid_t process, size_t size, cpu_set_t *cores) {
  const char *count = getenv("CORES");
  (void)process;
  memset(cores, 0, size);
  for (int i = 0; i < (count == NULL ? 1 : atoi(count)); i++) CPU_SET_S((size_t)i, size, cores);
  return 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *data) {
  int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  sigset_t blocked;
  *(void **)(&real) = dlsym(RTLD_NEXT, "pthread_create");
  if (getenv("NO_THREADS") != NULL) return EAGAIN;
  pthread_sigmask(SIG_SETMASK, NULL, &blocked);
  if (!sigismember(&blocked, SIGINT) || !sigismember(&blocked, SIGTERM)) atomic_fetch_add(&open_to_signals, 1);
  atomic_fetch_add(&threads, 1);
  return real(thread, attributes, start, data);
}

__attribute__((destructor)) static void end(void) {
  fprintf(stderr, "threads %u\n", atomic_load(&threads));
  if (atomic_load(&open_to_signals) > 0) fprintf(stderr, "signals %u\n", atomic_load(&open_to_signals));
}
