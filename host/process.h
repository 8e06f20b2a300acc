/* One child process: started without a shell, drained without deadlock, ended with all its kin. */
#ifndef PYSEC_PROCESS_H
#define PYSEC_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>

struct process_spec {
  const char *program;    /* the path that is run */
  char *const *argv;
  char *const *envp;
  const char *cwd;        /* NULL: the current folder */
  const char *input;      /* what it reads from standard input; NULL: /dev/null */
  size_t input_length;
  double timeout;         /* seconds; 0: none */
  size_t max_output;      /* bytes kept of each stream; the rest is read and dropped */
  const char *mark;       /* an entry of envp that no other process has: finds children that left the group */
};

struct process_output {
  char *bytes;
  size_t length;
  size_t capacity;
  bool truncated;
};

struct process {
  struct process_spec spec;
  pid_t pid;                /* 0: not started, or reaped */
  int exit_code;            /* -1: ended by a signal */
  int exit_signal;          /* 0: none */
  bool exited;
  bool timed_out;
  bool out_of_memory;
  bool finished;            /* everything is closed; the results may be read */
  uint64_t started_at;      /* uv_hrtime */
  uint64_t phase_at;
  double seconds;
  struct process_output output[2];
  char *scratch;            /* shared buffer of PROCESS_SCRATCH bytes, the owner's */
  int pidfd;                /* -1: this kernel has none, the timer looks instead */
  int open_handles;
  int phase;
  uv_pipe_t pipes[2];
  uv_poll_t exit_poll;
  uv_timer_t timer;
};

enum { PROCESS_SCRATCH = 64 * 1024, PROCESS_STOP_SECONDS = 5 };

/* Starts it; the spec's memory has to live until it is finished. Returns 0, or an errno with nothing
 * left open. Run the loop until `finished`. */
int process_start(struct process *process, uv_loop_t *loop, const struct process_spec *spec, char *scratch);

/* TERM to its group now, KILL to all its kin 5 seconds later. */
void process_stop(struct process *process);

/* KILL at once. */
void process_kill(struct process *process);

/* Frees the output. The process has to be finished, or never started. */
void process_free(struct process *process);

#endif
