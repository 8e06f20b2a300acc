/* Finding processes by the mark in their environment, wherever they went: /proc/PID/environ is what a program was
 * started with. A zombie has none, and that of somebody else is not readable: neither is found. */
#include "process_kin.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void process_make_token(char *token) {
  unsigned long long number = 0;
  if (getrandom(&number, sizeof number, 0) < 0) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    number = (unsigned long long)now.tv_nsec << 32 ^ (unsigned long long)now.tv_sec;
  }
  snprintf(token, PROCESS_TOKEN_DIGITS + 1, "%016llx", number);
}

void process_make_mark(char mark[PROCESS_MARK_SIZE], const char *family, const char *run) {
  snprintf(mark, PROCESS_MARK_SIZE, "PYSEC_RUN=%s%s", family, run);
}

/* True when an entry of the environment starts with the mark. */
static bool has_mark(const char *pid, const char *mark) {
  char path[64], wanted[PROCESS_MARK_SIZE + 1], text[16 * 1024];
  size_t length = strlen(mark) + 1, kept = 1;
  snprintf(path, sizeof path, "/proc/%.20s/environ", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  /* A NUL stands before every entry, also before the first. */
  wanted[0] = text[0] = '\0';
  memcpy(wanted + 1, mark, length - 1);
  bool found = false;
  ssize_t got;
  while (!found && (got = read(file, text + kept, sizeof text - kept)) > 0) {
    size_t filled = kept + (size_t)got;
    found = memmem(text, filled, wanted, length) != NULL;
    /* The mark may lie across two reads. */
    kept = filled < length ? filled : length;
    memmove(text, text + filled - kept, kept);
  }
  close(file);
  return found;
}

/* Kills the process when it has the mark. True when it had, and may be killed by us. */
static bool kill_if_marked(const char *name, pid_t pid, const char *mark) {
  /* The descriptor stays with the process, its number may pass to another. Older kernels have none, nor has a process
   * that may open no more. */
  int handle = (int)syscall(SYS_pidfd_open, pid, 0);
  bool is_kin = (handle >= 0 || errno != ESRCH) && has_mark(name, mark);
  if (is_kin && handle >= 0)
    is_kin = syscall(SYS_pidfd_send_signal, handle, SIGKILL, NULL, 0) == 0;
  else if (is_kin)
    is_kin = kill(pid, SIGKILL) == 0;
  if (handle >= 0) close(handle);
  return is_kin;
}

static bool remember(struct process_hunt *hunt, pid_t pid) {
  for (size_t i = 0; i < hunt->count; i++)
    if (hunt->killed[i] == pid) return true;
  if (hunt->count == hunt->room) {
    size_t room = hunt->room == 0 ? 16 : hunt->room * 2;
    pid_t *moved = realloc(hunt->killed, room * sizeof *moved);
    if (moved == NULL) return false;
    hunt->killed = moved;
    hunt->room = room;
  }
  hunt->killed[hunt->count++] = pid;
  return true;
}

int process_hunt_again(struct process_hunt *hunt, const char *mark) {
  DIR *proc = opendir("/proc");
  if (proc == NULL) return -1;
  int found = 0;
  bool has_memory = true;
  struct dirent *entry;
  while (has_memory && (entry = readdir(proc)) != NULL) {
    pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
    if (pid <= 1 || pid == getpid() || !kill_if_marked(entry->d_name, pid, mark)) continue;
    found++;
    has_memory = remember(hunt, pid);
  }
  closedir(proc);
  if (has_memory) return found;
  errno = ENOMEM;
  return -1;
}

void process_hunt_free(struct process_hunt *hunt) {
  free(hunt->killed);
  *hunt = (struct process_hunt){NULL, 0, 0};
}

void process_kill_marked(const char *mark) {
  struct process_hunt hunt = {NULL, 0, 0};
  if (mark != NULL) process_hunt_again(&hunt, mark);
  process_hunt_free(&hunt);
}
