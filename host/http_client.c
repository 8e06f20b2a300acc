#include <signal.h>
#include <string.h>
#include <time.h>

#include "http.h"

bool http_client_open(struct http_client *client, struct http_error *error) {
  char message[LATE_MESSAGE];
  client->multi = NULL;
  client->curl = late_curl(message);
  if (client->curl == NULL) return http_fail(error, "ENOLIB", "%s", message);
  client->multi = client->curl->curl_multi_init();
  return client->multi != NULL || http_fail(error, "ENOMEM", "not enough memory");
}

void http_client_close(struct http_client *client) {
  struct http_quiet quiet;
  if (client->multi == NULL) return;
  http_quiet_begin(&quiet);
  client->curl->curl_multi_cleanup(client->multi);
  http_quiet_end(&quiet);
  client->multi = NULL;
}

void http_quiet_begin(struct http_quiet *quiet) {
  sigset_t pipe, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  quiet->was_pending = sigismember(&pending, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &quiet->mask);
}

void http_quiet_end(const struct http_quiet *quiet) {
  static const struct timespec at_once = {0, 0};
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  /* Takes what came meanwhile, and nothing that waited before. */
  if (!quiet->was_pending && !sigismember(&quiet->mask, SIGPIPE)) sigtimedwait(&pipe, NULL, &at_once);
  pthread_sigmask(SIG_SETMASK, &quiet->mask, NULL);
}
