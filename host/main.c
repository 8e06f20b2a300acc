/* The pysec program: hands its arguments to the host, and the host's output to the terminal. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pysec.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

static pysec_host *host;

static void on_signal(int number) {
  int saved = errno;
  pysec_interrupt(host, number);
  errno = saved;
}

/* Nobody may be reading: output that cannot be written is dropped, the work goes on. */
static void write_all(void *data, pysec_stream stream, const char *text, size_t length) {
  (void)data;
  while (length > 0) {
    ssize_t written = write((int)stream, text, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text += written;
    length -= (size_t)written;
  }
}

static int columns_of(int descriptor) {
  struct winsize size;
  if (!isatty(descriptor)) return 0;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

static void catch_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, NULL);
  sigaction(SIGXFSZ, &action, NULL); /* a file that grows past its limit is an error, EFBIG */
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
}

/* A descriptor 0 to 2 that is closed would be given to the next file that is opened. */
static void open_standard_descriptors(void) {
  int file = open("/dev/null", O_RDWR);
  while (file >= 0 && file <= STDERR_FILENO) file = open("/dev/null", O_RDWR);
  if (file > STDERR_FILENO) close(file);
}

/* --scripts has to be known before there is a host to read options with. What follows the script of
 * `pysec run` is the script's own. */
static const char *find_scripts_option(int argc, char *argv[]) {
  static const char NAME[] = "--scripts";
  const char *found = NULL;
  bool has_verb = false, runs_script = false;
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
    if (strcmp(argv[i], NAME) == 0 && i + 1 < argc) {
      found = argv[++i];
    } else if (strncmp(argv[i], NAME, sizeof NAME - 1) == 0 && argv[i][sizeof NAME - 1] == '=') {
      found = argv[i] + sizeof NAME;
    } else if (!has_verb) {
      has_verb = true;
      runs_script = strcmp(argv[i], "run") == 0;
    } else if (runs_script && argv[i][0] != '-') {
      break;
    }
  }
  return found;
}

/* The program lives for one command: it asks the system for memory in large pieces, and gives none back before its end.
 * Of an audit of a thousand packages, small pieces took a twentieth of the time. */
static void take_memory_in_large_pieces(void) {
#ifdef __GLIBC__
  enum { PIECE = 4 * 1024 * 1024, MANY = 64 * 1024 * 1024 };
  mallopt(M_TOP_PAD, PIECE);
  mallopt(M_TRIM_THRESHOLD, MANY);
  mallopt(M_MMAP_THRESHOLD, PIECE);
#endif
}

int main(int argc, char *argv[]) {
  take_memory_in_large_pieces();
  open_standard_descriptors();
  pysec_options options = {
      .write = write_all,
      .out_columns = columns_of(STDOUT_FILENO),
      .err_columns = columns_of(STDERR_FILENO),
  };
  options.scripts = find_scripts_option(argc, argv);
  pysec_status status = pysec_new(&host, &options);
  if (status != PYSEC_OK) {
    if (status == PYSEC_NOT_FOUND)
      fprintf(stderr, "pysec: --scripts %s: no such folder\n", options.scripts);
    else
      fprintf(stderr, "pysec: cannot start: out of memory or file descriptors\n");
    return 2;
  }
  catch_signals();
  int exit_code = 2;
  status = pysec_command_run(host, argc, (const char *const *)argv, &exit_code);
  if (status != PYSEC_OK && status != PYSEC_INTERRUPTED)
    fprintf(stderr, "pysec: %s\n", pysec_error(host));
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  host = pysec_free(host);
  return exit_code;
}
