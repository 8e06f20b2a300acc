/* Decides which call fails, for tests of what happens then. It acts in the program named "pysec" alone, which it makes
 * forget the variables, so that its children run as ever:
 *
 *   FAULT=count      nothing fails
 *   FAULT=kill@N     SIGKILL right before the Nth call
 *   FAULT=ENOSPC@N   the Nth call fails with this errno, EIO and others alike; the next ones do not
 *   FAULT=ENOSPC@N+  the Nth call and all later ones; of ENOSPC, EDQUOT and EFBIG those that need space
 *   FAULT_PATH=a:b   only calls count whose path, or one of two, contains one of these texts; without it all count
 *   FAULT_LOG=FILE   gets a line for each call that counts, "NUMBER NAME PATH", a second path behind " -> ", before the
 *                    call is made; and "total NUMBER" at the end, unless the process is killed
 *
 * What the C library does for itself, such as the writes of stdio, is not seen.
 */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_ROOM = 2 * PATH_MAX, LINE_ROOM = 2 * PATH_ROOM + 128 };

static bool active;
static bool kills;
static bool lasts;
static int number; /* errno; 0: none fails */
static unsigned long first;
static atomic_ulong count;
static char *paths, *log_file;

/* --- what was asked for --- */

static const struct {
  const char *name;
  int number;
} errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO},     {"EDQUOT", EDQUOT}, {"EFBIG", EFBIG},
              {"EROFS", EROFS},   {"EPERM", EPERM}, {"EACCES", EACCES}, {"EMFILE", EMFILE}};

static void give_up(const char *text) {
  fprintf(stderr, "fault: FAULT=%s is none: count, kill@N, ENOSPC@N, ENOSPC@N+\n", text);
  _exit(2);
}

static void read_fault(const char *text) {
  char *end = NULL;
  const char *at = strchr(text, '@');
  if (strcmp(text, "count") == 0) return;
  if (at == NULL) give_up(text);
  kills = strncmp(text, "kill@", 5) == 0;
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
    if (strlen(errors[i].name) == (size_t)(at - text) && strncmp(text, errors[i].name, (size_t)(at - text)) == 0)
      number = errors[i].number;
  first = strtoul(at + 1, &end, 10);
  lasts = number != 0 && strcmp(end, "+") == 0;
  if ((!kills && number == 0) || first == 0 || (*end != '\0' && !lasts)) give_up(text);
}

static char *take_variable(const char *name) {
  const char *value = getenv(name);
  char *copy = value == NULL ? NULL : strdup(value);
  unsetenv(name);
  return copy;
}

__attribute__((constructor)) static void begin(void) {
  if (strcmp(program_invocation_short_name, "pysec") != 0 || getenv("FAULT") == NULL) return;
  char *fault = take_variable("FAULT");
  paths = take_variable("FAULT_PATH");
  log_file = take_variable("FAULT_LOG");
  unsetenv("LD_PRELOAD");
  read_fault(fault);
  free(fault);
  active = true;
}

/* --- the log --- */

/* By system calls, which nobody counts. */
static void write_line(const char *line) {
  if (log_file == NULL) return;
  int file = (int)syscall(SYS_openat, AT_FDCWD, log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return;
  syscall(SYS_write, file, line, strlen(line));
  syscall(SYS_close, file);
}

__attribute__((destructor)) static void end(void) {
  char line[64];
  if (!active) return;
  snprintf(line, sizeof line, "total %lu\n", (unsigned long)count);
  write_line(line);
}

/* --- paths --- */

/* The path of an open file, or of the current folder. Returns false when it has none. */
static bool path_of(int file, char path[PATH_ROOM]) {
  char link[64];
  if (file == AT_FDCWD)
    snprintf(link, sizeof link, "/proc/self/cwd");
  else
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return false;
  path[length] = '\0';
  return path[0] == '/';
}

static bool is_file_or_folder(int file) {
  struct stat info;
  return fstat(file, &info) == 0 && (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode));
}

/* Returns false for what is no part of a file system, such as a pipe or a file in memory. */
static bool resolve(int at, const char *name, char path[PATH_ROOM]) {
  if (name != NULL && name[0] == '/') return snprintf(path, PATH_ROOM, "%.*s", PATH_MAX, name) > 0;
  if (!path_of(at, path)) return false;
  if (name == NULL || name[0] == '\0') return is_file_or_folder(at) && strncmp(path, "/memfd:", 7) != 0;
  size_t length = strlen(path);
  snprintf(path + length, PATH_ROOM - length, "/%.*s", PATH_MAX - 2, name);
  return true;
}

static bool is_meant(const char *path) {
  if (paths == NULL) return true;
  for (const char *part = paths; *part != '\0';) {
    size_t length = strcspn(part, ":");
    if (length > 0 && memmem(path, strlen(path), part, length) != NULL) return true;
    part += length;
    if (*part == ':') part++;
  }
  return false;
}

/* --- the verdict --- */

static bool fails(const struct fault_call *call, unsigned long mine) {
  if (number == 0 || mine < first) return false;
  if (!lasts) return mine == first;
  return call->needs_space || (number != ENOSPC && number != EDQUOT && number != EFBIG);
}

bool fault_strikes(const struct fault_call *call) {
  char path[PATH_ROOM], other[PATH_ROOM] = "", line[LINE_ROOM];
  if (!active) return false;
  int saved = errno;
  bool counts = resolve(call->at, call->path, path);
  if (counts && call->has_other) counts = resolve(call->other_at, call->other, other);
  counts = counts && (is_meant(path) || (call->has_other && is_meant(other)));
  errno = saved;
  if (!counts) return false;
  unsigned long mine = atomic_fetch_add(&count, 1) + 1;
  snprintf(line, sizeof line, "%lu %s %s%s%s\n", mine, call->name, path, call->has_other ? " -> " : "", other);
  write_line(line);
  if (kills && mine == first) kill(getpid(), SIGKILL);
  bool strikes = fails(call, mine);
  errno = strikes ? number : saved;
  return strikes;
}
