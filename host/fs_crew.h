/* Going through a whole tree, in several threads once it has shown to be large. Links are never followed, everything is
 * opened from the folder above, and the stack does not grow with the tree. */
#ifndef PYSEC_FS_CREW_H
#define PYSEC_FS_CREW_H

#include <stdbool.h>
#include <stddef.h>

#include "fs.h"

struct fs_crew;

/* A folder that is being worked on, or waits for it. A job puts what else it has to know behind it. */
struct fs_crew_folder {
  struct fs_crew_folder *above; /* NULL: the tree itself */
  const char *name;             /* in the folder above; the path of the tree itself */
  int file;                     /* what it is open as; -1: not yet */
  int to;                       /* the same for its copy, where one is made */
  unsigned unfinished;          /* the crew's own: what has to end before it is left */
  struct fs_crew_folder *next;
};

/* What is done with a tree. Each returns 0 or -1 with errno; after an error no more is entered or visited. All of one
 * folder's entries are visited by one thread, different folders by several at once. */
struct fs_crew_job {
  size_t folder_size;                             /* of the job's own struct, which starts with a fs_crew_folder */
  int (*enter)(struct fs_crew_folder *folder);    /* opens it, as `file` */
  int (*visit)(struct fs_crew *crew, struct fs_crew_folder *folder, const char *name);
  /* When everything in it is done, the folders too; closes it. `is_whole`: false after an error anywhere. It is also
   * called when the folder was never entered. */
  int (*leave)(struct fs_crew_folder *folder, bool is_whole);
};

/* Returns NULL with errno. The crew releases it. */
struct fs_crew_folder *fs_crew_folder_new(const struct fs_crew_job *job, struct fs_crew_folder *above,
                                          const char *name);

/* Hands a folder to the crew, from within visit. */
void fs_crew_add(struct fs_crew *crew, struct fs_crew_folder *folder);

enum { FS_CREW_MOST = 8, FS_CREW_TOO_MANY = 1 };

/* Goes through the tree `root`, with at most so many threads, the caller's own among them. All have ended when it
 * returns: 0, or -1 with errno and the place of the first error, or FS_CREW_TOO_MANY, when several threads had no
 * descriptors left for them all: one alone takes fewer. */
int fs_crew_run(const struct fs_crew_job *job, struct fs_crew_folder *root, unsigned threads, struct fs_place *place);

#endif
