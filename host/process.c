/* How a child ends, and why each step is there:
 *
 * - It leads a session of its own: a tool cannot prompt on the terminal, and one kill reaches its group.
 * - Its exit is seen on a pidfd, so that no SIGCHLD handler has to be installed in the embedder's process.
 * - The group is killed before the leader is reaped: until then nobody else can get its number.
 * - Who left the group is found by a mark in its environment (process_kin.c), when it holds the pipes open or
 *   when the run was stopped.
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process_kin.h"

enum { POLL_MS = 20, DRAIN_MS = 300 };

/* What the timer waits for. */
enum { RUNNING, STOPPING, KILLED, DRAINING, SWEPT };

static void on_timer(uv_timer_t *timer);

/* --- starting --- */

/* A file in memory takes the place of a pipe: nothing to write while it runs, and no SIGPIPE. */
static int open_input(const struct process_spec *spec) {
  if (spec->input == NULL) return open("/dev/null", O_RDONLY | O_CLOEXEC);
  int file = memfd_create("stdin", MFD_CLOEXEC);
  if (file < 0) return -1;
  for (size_t done = 0; done < spec->input_length;) {
    ssize_t written = write(file, spec->input + done, spec->input_length - done);
    if (written < 0) {
      close(file);
      return -1;
    }
    done += (size_t)written;
  }
  lseek(file, 0, SEEK_SET);
  return file;
}

static int spawn(struct process *process, const int descriptors[3]) {
  const struct process_spec *spec = &process->spec;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  int failed = posix_spawn_file_actions_init(&actions);
  if (failed != 0) return failed;
  if ((failed = posix_spawnattr_init(&attributes)) != 0) goto no_attributes;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  for (int i = 0; i < 3 && failed == 0; i++)
    failed = posix_spawn_file_actions_adddup2(&actions, descriptors[i], i);
  if (failed == 0) failed = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  if (failed == 0 && spec->cwd != NULL) failed = posix_spawn_file_actions_addchdir_np(&actions, spec->cwd);
  if (failed == 0)
    failed = posix_spawn(&process->pid, spec->program, &actions, &attributes, spec->argv, spec->envp);
  posix_spawnattr_destroy(&attributes);
no_attributes:
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) process->pid = 0;
  return failed;
}

/* --- output --- */

static void append(struct process *process, struct process_output *output, const char *bytes, size_t length) {
  size_t room = process->spec.max_output - output->length;
  if (length > room) {
    output->truncated = true;
    length = room;
  }
  if (output->length + length > output->capacity) {
    size_t capacity = output->capacity == 0 ? PROCESS_SCRATCH : output->capacity * 2;
    if (capacity > process->spec.max_output) capacity = process->spec.max_output;
    char *moved = realloc(output->bytes, capacity);
    if (moved == NULL) {
      process->out_of_memory = output->truncated = true;
      return;
    }
    output->bytes = moved;
    output->capacity = capacity;
  }
  if (length > 0) memcpy(output->bytes + output->length, bytes, length);
  output->length += length;
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)suggested;
  struct process *process = handle->data;
  *buffer = uv_buf_init(process->scratch, PROCESS_SCRATCH);
}

/* --- ending --- */

static void on_close(uv_handle_t *handle) {
  struct process *process = handle->data;
  if (--process->open_handles > 0) return;
  if (process->pidfd >= 0) close(process->pidfd);
  process->pidfd = -1;
  process->seconds = (double)(uv_hrtime() - process->started_at) / 1e9;
  process->finished = true;
}

static void close_handle(uv_handle_t *handle) {
  if (!uv_is_closing(handle)) uv_close(handle, on_close);
}

static void close_pipes(struct process *process) {
  close_handle((uv_handle_t *)&process->pipes[0]);
  close_handle((uv_handle_t *)&process->pipes[1]);
}

static bool pipes_are_closed(const struct process *process) {
  return uv_is_closing((const uv_handle_t *)&process->pipes[0]) &&
         uv_is_closing((const uv_handle_t *)&process->pipes[1]);
}

static void finish_if_drained(struct process *process) {
  if (process->exited && pipes_are_closed(process)) close_handle((uv_handle_t *)&process->timer);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
  struct process *process = stream->data;
  if (count > 0) {
    append(process, &process->output[stream == (uv_stream_t *)&process->pipes[1]], buffer->base,
           (size_t)count);
  } else if (count < 0) {
    close_handle((uv_handle_t *)stream);
    finish_if_drained(process);
  }
}

static void wait_next(struct process *process, int phase, double seconds) {
  process->phase = phase;
  process->phase_at = uv_hrtime();
  uint64_t milliseconds = (uint64_t)(seconds * 1000);
  /* Without a pidfd the timer also has to look whether the child has ended. */
  uint64_t repeat = process->pidfd < 0 && !process->exited ? POLL_MS : 0;
  if (repeat != 0) milliseconds = POLL_MS;
  uv_update_time(process->timer.loop); /* it stands still while scripts run */
  uv_timer_start(&process->timer, on_timer, milliseconds, repeat);
}

static void take_exit(struct process *process) {
  siginfo_t info = {0};
  if (process->exited) return;
  int seen = waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT);
  if (seen == 0 && info.si_pid == 0) return;
  kill(-process->pid, SIGKILL);
  waitid(P_PID, (id_t)process->pid, &info, WEXITED);
  process->exited = true;
  process->exit_code = seen == 0 && info.si_code == CLD_EXITED ? info.si_status : -1;
  process->exit_signal = seen == 0 && info.si_code != CLD_EXITED ? info.si_status : 0;
  process->pid = 0;
  if (process->pidfd >= 0) close_handle((uv_handle_t *)&process->exit_poll);
  if (process->phase == STOPPING || process->phase == KILLED) process_kill_marked(process->spec.mark);
  if (!pipes_are_closed(process)) wait_next(process, DRAINING, DRAIN_MS / 1000.0);
  finish_if_drained(process);
}

static void on_exit_poll(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  take_exit(poll->data);
}

void process_stop(struct process *process) {
  if (process->exited || process->phase != RUNNING || process->pid == 0) return;
  kill(-process->pid, SIGTERM);
  wait_next(process, STOPPING, PROCESS_STOP_SECONDS);
}

void process_kill(struct process *process) {
  if (process->exited || process->pid == 0) return;
  kill(-process->pid, SIGKILL);
  process_kill_marked(process->spec.mark);
  wait_next(process, KILLED, 1);
}

static void on_deadline(struct process *process) {
  switch (process->phase) {
    case RUNNING:
      process->timed_out = true;
      process_stop(process);
      break;
    case STOPPING:
    case KILLED: process_kill(process); break;
    case DRAINING:
      process_kill_marked(process->spec.mark);
      wait_next(process, SWEPT, DRAIN_MS / 1000.0);
      break;
    default:
      close_pipes(process);
      finish_if_drained(process);
      break;
  }
}

static double phase_seconds(const struct process *process) {
  return process->phase == RUNNING ? process->spec.timeout : PROCESS_STOP_SECONDS;
}

static void on_timer(uv_timer_t *timer) {
  struct process *process = timer->data;
  if (process->pidfd >= 0 || process->exited) {
    on_deadline(process);
    return;
  }
  take_exit(process);
  double elapsed = (double)(uv_hrtime() - process->phase_at) / 1e9;
  double deadline = phase_seconds(process);
  if (!process->exited && deadline > 0 && elapsed >= deadline) on_deadline(process);
}

static void set_up_handles(struct process *process, uv_loop_t *loop, const int read_ends[2]) {
  for (int i = 0; i < 2; i++) {
    uv_pipe_init(loop, &process->pipes[i], 0);
    process->pipes[i].data = process;
    uv_pipe_open(&process->pipes[i], read_ends[i]);
    uv_read_start((uv_stream_t *)&process->pipes[i], on_allocate, on_read);
  }
  uv_timer_init(loop, &process->timer);
  process->timer.data = process;
  process->open_handles = 3;
  process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
  if (process->pidfd >= 0 && uv_poll_init(loop, &process->exit_poll, process->pidfd) == 0) {
    process->exit_poll.data = process;
    process->open_handles++;
    uv_poll_start(&process->exit_poll, UV_READABLE, on_exit_poll);
  }
  if (process->pidfd < 0 || process->spec.timeout > 0) wait_next(process, RUNNING, process->spec.timeout);
}

int process_start(struct process *process, uv_loop_t *loop, const struct process_spec *spec, char *scratch) {
  int read_ends[2] = {-1, -1}, descriptors[3] = {-1, -1, -1};
  *process = (struct process){.spec = *spec, .scratch = scratch, .pidfd = -1, .exit_code = -1};
  process->started_at = uv_hrtime();
  int failed = 0;
  if ((descriptors[0] = open_input(spec)) < 0) failed = errno;
  for (int i = 0; i < 2 && failed == 0; i++) {
    uv_file ends[2];
    failed = -uv_pipe(ends, UV_NONBLOCK_PIPE, 0);
    if (failed != 0) break;
    read_ends[i] = ends[0];
    descriptors[i + 1] = ends[1];
  }
  if (failed == 0) failed = spawn(process, descriptors);
  for (int i = 0; i < 3; i++)
    if (descriptors[i] >= 0) close(descriptors[i]);
  if (failed != 0) {
    for (int i = 0; i < 2; i++)
      if (read_ends[i] >= 0) close(read_ends[i]);
    return failed;
  }
  set_up_handles(process, loop, read_ends);
  return 0;
}

void process_free(struct process *process) {
  for (int i = 0; i < 2; i++) {
    free(process->output[i].bytes);
    process->output[i] = (struct process_output){NULL, 0, 0, false};
  }
}
