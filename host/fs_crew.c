/* A crew of threads that takes folders from a pile; whoever finds a folder lays it on top, so that the tree is gone
 * through depth first, and few folders are open at a time. It is one thread until a tree has shown to be large. */
#include "fs_crew.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
  LARGE = 200,               /* entries from which threads are worth starting */
  PILE = 1024,               /* folders that may wait; those beyond are worked on where they are found */
  DESCRIPTORS_OF_ONE = 128,  /* a thread has about two open for each level of the tree */
};

struct fs_crew {
  const struct fs_crew_job *job;
  unsigned most, entries;    /* entries: those seen while one thread was alone */
  bool is_alone;             /* set to false before there are others */
  unsigned helper_count;
  pthread_t helpers[FS_CREW_MOST];

  pthread_mutex_t lock;      /* for all that follows, and `unfinished` of folders */
  pthread_cond_t changed;
  struct fs_crew_folder *pile;
  unsigned piled, busy;
  int error;
  struct fs_place *place;
  atomic_bool has_failed;    /* may be read without the lock */
};

struct fs_crew_folder *fs_crew_folder_new(const struct fs_crew_job *job, struct fs_crew_folder *above,
                                          const char *name) {
  size_t length = strlen(name) + 1;
  struct fs_crew_folder *folder = calloc(1, job->folder_size + length);
  if (folder == NULL) return NULL;
  folder->above = above;
  folder->file = folder->to = -1;
  folder->unfinished = 1;
  folder->name = memcpy((char *)folder + job->folder_size, name, length);
  return folder;
}

/* --- errors --- */

/* Keeps errno and the place of the first error. `name`: an entry of the folder, or NULL for the folder itself. */
static void fail(struct fs_crew *crew, const struct fs_crew_folder *folder, const char *name) {
  int error = errno;
  pthread_mutex_lock(&crew->lock);
  if (!atomic_load(&crew->has_failed)) {
    crew->error = error;
    if (name != NULL) fs_place_add(crew->place, name);
    for (; folder != NULL; folder = folder->above) fs_place_add(crew->place, folder->name);
    atomic_store(&crew->has_failed, true);
  }
  pthread_mutex_unlock(&crew->lock);
}

/* --- one folder --- */

/* Leaves the folder when this was the last that it waited for, and then those above it. */
static void finish(struct fs_crew *crew, struct fs_crew_folder *folder) {
  while (folder != NULL) {
    pthread_mutex_lock(&crew->lock);
    unsigned left = --folder->unfinished;
    pthread_mutex_unlock(&crew->lock);
    if (left > 0) return;
    struct fs_crew_folder *above = folder->above;
    bool is_whole = !atomic_load(&crew->has_failed);
    if (crew->job->leave(folder, is_whole) != 0) fail(crew, folder, NULL);
    free(folder);
    folder = above;
  }
}

static void start_helpers(struct fs_crew *crew, const struct fs_crew_folder *folder);

static int visit_entries(struct fs_crew *crew, struct fs_crew_folder *folder, DIR *entries) {
  struct dirent *entry;
  while (!atomic_load(&crew->has_failed) && (errno = 0, entry = readdir(entries)) != NULL) {
    if (fs_is_dots(entry->d_name)) continue;
    if (crew->job->visit(crew, folder, entry->d_name) != 0) {
      fail(crew, folder, entry->d_name);
      return 0;
    }
    if (crew->is_alone && ++crew->entries >= LARGE && crew->pile != NULL) start_helpers(crew, folder);
  }
  return errno == 0 || atomic_load(&crew->has_failed) ? 0 : -1;
}

/* By another descriptor: the buffer need not stay until what is in the folder is done. */
static int visit_all(struct fs_crew *crew, struct fs_crew_folder *folder) {
  int again = fcntl(folder->file, F_DUPFD_CLOEXEC, 0);
  DIR *entries = again < 0 ? NULL : fdopendir(again);
  int result = entries == NULL ? -1 : visit_entries(crew, folder, entries);
  int saved = errno;
  if (entries != NULL)
    closedir(entries);
  else if (again >= 0)
    close(again);
  errno = saved;
  return result;
}

static void work_on(struct fs_crew *crew, struct fs_crew_folder *folder) {
  if (!atomic_load(&crew->has_failed) && (crew->job->enter(folder) != 0 || visit_all(crew, folder) != 0))
    fail(crew, folder, NULL);
  finish(crew, folder);
}

/* --- the pile --- */

void fs_crew_add(struct fs_crew *crew, struct fs_crew_folder *folder) {
  pthread_mutex_lock(&crew->lock);
  if (folder->above != NULL) folder->above->unfinished++;
  bool is_full = crew->piled >= PILE;
  if (!is_full) {
    folder->next = crew->pile;
    crew->pile = folder;
    crew->piled++;
    pthread_cond_signal(&crew->changed);
  }
  pthread_mutex_unlock(&crew->lock);
  if (is_full) work_on(crew, folder);
}

/* Returns NULL when all is done: nothing waits, and nobody is at work who could find more. */
static struct fs_crew_folder *take(struct fs_crew *crew) {
  pthread_mutex_lock(&crew->lock);
  while (crew->pile == NULL && crew->busy > 0) pthread_cond_wait(&crew->changed, &crew->lock);
  struct fs_crew_folder *folder = crew->pile;
  if (folder != NULL) {
    crew->pile = folder->next;
    crew->piled--;
    crew->busy++;
  }
  pthread_mutex_unlock(&crew->lock);
  return folder;
}

static void *work(void *data) {
  struct fs_crew *crew = data;
  struct fs_crew_folder *folder;
  while ((folder = take(crew)) != NULL) {
    work_on(crew, folder);
    pthread_mutex_lock(&crew->lock);
    if (--crew->busy == 0) pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
  }
  return NULL;
}

/* --- the threads --- */

/* True where several threads would wait for each other. btrfs keeps all names and files of a volume in one tree:
 * removing took a third longer with two threads, copying as long as with one. xfs frees what is removed in a thread of
 * its own, and that is what takes the time. */
static bool takes_turns(const struct fs_crew_folder *folder) {
  struct statfs system;
  bool is_copied = folder->to >= 0;
  if (fstatfs(is_copied ? folder->to : folder->file, &system) != 0) return false;
  return system.f_type == BTRFS_SUPER_MAGIC || (system.f_type == XFS_SUPER_MAGIC && !is_copied);
}

static unsigned thread_count(unsigned most) {
  cpu_set_t cores;
  struct rlimit files;
  unsigned count = sched_getaffinity(0, sizeof cores, &cores) == 0 ? (unsigned)CPU_COUNT(&cores) : 1;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur / DESCRIPTORS_OF_ONE < count)
    count = (unsigned)(files.rlim_cur / DESCRIPTORS_OF_ONE);
  return count < most ? count : most;
}

/* With every signal blocked, so that no thread of ours ever runs a handler of the embedder. Where there can be no more
 * threads, those that are there do it. `folder` is one that is open. */
static void start_helpers(struct fs_crew *crew, const struct fs_crew_folder *folder) {
  unsigned count = takes_turns(folder) ? 1 : thread_count(crew->most);
  sigset_t all, before;
  crew->is_alone = false;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (crew->helper_count + 1 < count &&
         pthread_create(&crew->helpers[crew->helper_count], NULL, work, crew) == 0)
    crew->helper_count++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int fs_crew_run(const struct fs_crew_job *job, struct fs_crew_folder *root, unsigned threads, struct fs_place *place) {
  struct fs_crew crew = {.job = job, .most = threads, .is_alone = true, .place = place};
  fs_place_clear(place);
  pthread_mutex_init(&crew.lock, NULL);
  pthread_cond_init(&crew.changed, NULL);
  fs_crew_add(&crew, root);
  work(&crew);
  for (unsigned i = 0; i < crew.helper_count; i++) pthread_join(crew.helpers[i], NULL);
  pthread_cond_destroy(&crew.changed);
  pthread_mutex_destroy(&crew.lock);
  if (!atomic_load(&crew.has_failed)) return 0;
  errno = crew.error;
  return crew.helper_count > 0 && (errno == EMFILE || errno == ENFILE) ? FS_CREW_TOO_MANY : -1;
}
