/* The mark that every process of ours carries in its environment: PYSEC_RUN=<family><run>, 16 hexadecimal digits each.
 * The family is who started it, and the same for all that one host starts; the run is one program with its kin. */
#ifndef PYSEC_PROCESS_KIN_H
#define PYSEC_PROCESS_KIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PROCESS_TOKEN_DIGITS = 16, PROCESS_MARK_SIZE = 48 };

/* Writes 16 random digits and a NUL. */
void process_make_token(char *token);

/* Writes "PYSEC_RUN=" with the family's token and a token, which may be "" to find the whole family. */
void process_make_mark(char mark[PROCESS_MARK_SIZE], const char *family, const char *run);

/* KILL to each process whose environment has an entry that starts with `mark`, but for this one. NULL: to none. */
void process_kill_marked(const char *mark);

/* The same, which remembers whom it killed. Zero at first; end with process_hunt_free. */
struct process_hunt {
  pid_t *killed;
  size_t count, room;
};

/* Kills whoever is there. Returns how many there were (0: all are gone, or are not ours to kill), or -1 with errno.
 * Who is dying still counts, so call it again after a moment; a zombie is gone. */
int process_hunt_again(struct process_hunt *hunt, const char *mark);

void process_hunt_free(struct process_hunt *hunt);

#endif
