/* Embedding: downloads in many threads, and their end by an interrupt. */
#include "embed_support.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 8, SIGNALS = 32 };

/* Listens on 127.0.0.1 and never answers. Returns the descriptor. */
static int listen_in_silence(int *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(listener, THREADS), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
  *port = ntohs(address.sin_port);
  return listener;
}

static void *ask_in_vain(void *data) {
  const char *const arguments[] = {"http://127.0.0.1:1/"};
  int code = -1;
  pysec_host *host = NULL;
  if (pysec_new(&host, NULL) == PYSEC_OK) pysec_script_run(host, data, 1, arguments, &code);
  pysec_free(host);
  return code == 0 ? NULL : data;
}

static void threads_load_libcurl_at_once(void **state) {
  (void)state;
  static char path[128];
  pthread_t threads[THREADS];
  void *failed;
  snprintf(path, sizeof path, "%s", embed_script("for i = 1, 20 do\n"
                                                 "  local _, _, code = require 'pysec.http'.get { url = arg[1] }\n"
                                                 "  if code ~= 'ECONNREFUSED' then return 1 end\n"
                                                 "end\n"));
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, ask_in_vain, path), 0);
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], &failed);
    assert_null(failed);
  }
}

struct interrupter {
  pysec_host *host;
  int listener;
};

/* Waits until the download is under way. */
static void *interrupt_when_asked(void *data) {
  struct interrupter *interrupter = data;
  char byte;
  int connection = accept(interrupter->listener, NULL, NULL);
  ssize_t count = read(connection, &byte, 1);
  pysec_interrupt(interrupter->host, SIGTERM);
  close(connection);
  return count == 1 ? NULL : data;
}

static void an_interrupt_ends_a_download(void **state) {
  (void)state;
  char url[64];
  int port, code = -1;
  struct interrupter interrupter = {.host = embed_new(NULL), .listener = listen_in_silence(&port)};
  pthread_t thread;
  void *failed;
  snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
  const char *const arguments[] = {url};
  assert_int_equal(pthread_create(&thread, NULL, interrupt_when_asked, &interrupter), 0);
  pysec_status status = pysec_script_run(interrupter.host, embed_script("require 'pysec.http'.get { url = arg[1] }\n"
                                                                        "return 1\n"), 1, arguments, &code);
  pthread_join(thread, &failed);
  assert_null(failed);
  assert_int_equal(status, PYSEC_INTERRUPTED);
  assert_int_equal(code, 128 + SIGTERM);
  embed_run_everything(interrupter.host);
  pysec_free(interrupter.host);
  close(interrupter.listener);
}

/* What this thread does about each signal. */
struct signals {
  void (*handlers[SIGNALS])(int);
  bool blocked[SIGNALS];
};

static struct signals look(void) {
  struct signals signals = {.handlers = {NULL}};
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  for (int number = 1; number < SIGNALS; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) == 0) signals.handlers[number] = action.sa_handler;
    signals.blocked[number] = sigismember(&mask, number) == 1;
  }
  return signals;
}

static void no_signal_is_touched(void **state) {
  (void)state;
  char path[128];
  snprintf(path, sizeof path, "%s", embed_script("local _, _, code = require 'pysec.http'.get { url = arg[1] }\n"
                                                 "return code == 'ECONNREFUSED'\n"));
  struct signals before = look();
  assert_null(ask_in_vain(path));
  struct signals after = look();
  assert_memory_equal(before.handlers, after.handlers, sizeof before.handlers);
  assert_memory_equal(before.blocked, after.blocked, sizeof before.blocked);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(threads_load_libcurl_at_once),
      cmocka_unit_test(an_interrupt_ends_a_download),
      cmocka_unit_test(no_signal_is_touched),
  };
  return cmocka_run_group_tests(tests, embed_set_up, embed_tear_down);
}
