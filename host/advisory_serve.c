/* The HTTP side of the OSV service: all calls of libmicrohttpd. Requests are judged in
 * advisory_request.c, answered in advisory_osv.c from what advisory_mirror.c has, and timed in
 * advisory_watch.c. */
#include "advisory_serve.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advisory_access.h"
#include "advisory_mirror.h"
#include "advisory_request.h"
#include "advisory_watch.h"
#include "late_microhttpd.h"

enum {
  MAX_CONNECTIONS = 256,
  MAX_CONNECTIONS_OF_ONE = 128,  /* of one address, where that is not the loopback */
  MAX_HEADERS = 32 * 1024,       /* of one connection, with all that the library keeps of it */
  MAX_THREADS = 8,
  REQUEST_SECONDS = 20,
  URL_HOST_BYTES = 264,
  RETRY_SECONDS = 5              /* what a client is told when the database cannot be read */
};

struct advisory_service {
  const struct late_microhttpd *lib;
  struct MHD_Daemon *daemon;
  struct advisory_mirror *mirror;
  struct advisory_watch *watch;
  struct advisory_log *log;
  struct advisory_access access;
  unsigned seconds, threads;
  bool log_requests;
  char url[sizeof "http://:65535/" + URL_HOST_BYTES + ADVISORY_MAX_TOKEN];
};

/* What the library keeps for us of one request. */
struct exchange {
  struct advisory_request *request;
  struct advisory_visit *visit;
};

/* --- requests --- */

static enum MHD_Result note_header(void *request, enum MHD_ValueKind kind, const char *name, const char *value) {
  (void)kind;
  advisory_request_header(request, name, value);
  return MHD_YES;
}

static void add_headers(const struct late_microhttpd *lib, struct MHD_Response *response,
                        const struct advisory_request *request) {
  char seconds[16];
  lib->MHD_add_response_header(response, "Content-Type", "application/json");
  lib->MHD_add_response_header(response, "Cache-Control", "no-store");
  lib->MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
  if (request->status == ADVISORY_HTTP_METHOD_NOT_ALLOWED)
    lib->MHD_add_response_header(response, "Allow", advisory_request_methods(request));
  snprintf(seconds, sizeof seconds, "%d", RETRY_SECONDS);
  if (request->status == ADVISORY_HTTP_UNAVAILABLE) lib->MHD_add_response_header(response, "Retry-After", seconds);
  if (request->is_last) lib->MHD_add_response_header(response, "Connection", "close");
}

static enum MHD_Result answer(struct advisory_service *service, struct MHD_Connection *connection,
                              struct exchange *exchange, const char *path) {
  struct advisory_answer made = {0};
  advisory_watch_answers(service->watch, exchange->visit);
  advisory_request_answer(exchange->request, service->mirror, path, &made);
  struct MHD_Response *response =
      service->lib->MHD_create_response_from_buffer(made.body.length, made.body.data, MHD_RESPMEM_MUST_FREE);
  if (response == NULL) {
    advisory_buffer_free(&made.body);
    return MHD_NO;
  }
  add_headers(service->lib, response, exchange->request);
  enum MHD_Result result = service->lib->MHD_queue_response(connection, (unsigned)made.status, response);
  service->lib->MHD_destroy_response(response);
  return result;
}

static struct exchange *begin(struct advisory_service *service, struct MHD_Connection *connection) {
  struct exchange *exchange = calloc(1, sizeof *exchange);
  if (exchange != NULL) exchange->request = advisory_request_new(&service->access);
  if (exchange == NULL || exchange->request == NULL) {
    free(exchange);
    return NULL;
  }
  const union MHD_ConnectionInfo *info =
      service->lib->MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  exchange->visit = info != NULL ? info->socket_context : NULL;
  service->lib->MHD_get_connection_values(connection, MHD_HEADER_KIND, note_header, exchange->request);
  return exchange;
}

/* Called with the headers, then with each piece of the body, then with nothing at its end. */
static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload, size_t *size,
                              void **state) {
  struct advisory_service *service = data;
  struct exchange *exchange = *state;
  (void)version;
  if (exchange != NULL && *size > 0) {
    size_t received = *size;
    *size = 0;
    return advisory_request_receive(exchange->request, upload, received) ? MHD_YES : MHD_NO;
  }
  if (exchange != NULL) return answer(service, connection, exchange, path);
  exchange = begin(service, connection);
  if (exchange == NULL) return MHD_NO;
  *state = exchange;
  advisory_request_judge(exchange->request, path, method);
  if (service->log_requests) advisory_request_remember(exchange->request, path);
  return exchange->request->is_last ? answer(service, connection, exchange, path) : MHD_YES;
}

static void forget(void *data, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode reason) {
  struct advisory_service *service = data;
  struct exchange *exchange = *state;
  (void)connection, (void)reason;
  if (exchange == NULL) return;
  advisory_watch_waits(service->watch, exchange->visit);
  advisory_request_log(exchange->request, service->log);
  advisory_request_free(exchange->request);
  free(exchange);
  *state = NULL;
}

/* A connection without a place is taken at its end at once. */
static void greet(void *data, struct MHD_Connection *connection, void **context,
                  enum MHD_ConnectionNotificationCode code) {
  struct advisory_service *service = data;
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    advisory_watch_leave(service->watch, *context);
    return;
  }
  const union MHD_ConnectionInfo *info =
      service->lib->MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (info == NULL) return;
  *context = advisory_watch_enter(service->watch, info->connect_fd);
  if (*context == NULL) shutdown(info->connect_fd, SHUT_RDWR);
}

/* A zero byte would end a path before its end: such a path stays as it came, and leads nowhere. */
static size_t unescape(void *data, struct MHD_Connection *connection, char *text) {
  const struct advisory_service *service = data;
  (void)connection;
  return strstr(text, "%00") != NULL ? strlen(text) : service->lib->MHD_http_unescape(text);
}

/* --- life --- */

static unsigned thread_count(void) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  return processors < 2 ? 2 : processors > MAX_THREADS ? MAX_THREADS : (unsigned)processors;
}

/* With every signal blocked, so that no thread of the service ever runs a handler of the embedder. */
static void start_threads(struct advisory_service *service, struct advisory_address *address, uint16_t port) {
  /* Without a channel to its threads the library ends them through the socket that is listened on, and one that has as
   * many connections as it may does not listen: it would sleep until one of them times out. */
  unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ITC;
  if (address->is_ipv6) flags |= address->is_any ? MHD_USE_DUAL_STACK : MHD_USE_IPv6;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  service->watch = advisory_watch_start(MAX_CONNECTIONS, service->seconds);
  if (service->watch != NULL)
    service->daemon = service->lib->MHD_start_daemon(
        flags, port, NULL, NULL, handle, service, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address->socket,
        MHD_OPTION_THREAD_POOL_SIZE, service->threads, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, address->is_loopback ? 0U : (unsigned)MAX_CONNECTIONS_OF_ONE,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MAX_HEADERS,
        MHD_OPTION_CONNECTION_TIMEOUT, (service->seconds + 1) / 2,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, unescape, service,
        MHD_OPTION_NOTIFY_CONNECTION, greet, service,
        MHD_OPTION_NOTIFY_COMPLETED, forget, service, MHD_OPTION_END);
  int saved = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = saved;
}

/* What a client of this machine, or of those that a host is named for, puts before /v1. */
static void make_url(struct advisory_service *service, const struct advisory_serve_options *options) {
  const struct advisory_address *listen = &options->listen;
  const char *name = listen->is_any ? (listen->is_ipv6 ? "::1" : "127.0.0.1") : listen->text;
  const union MHD_DaemonInfo *info = service->lib->MHD_get_daemon_info(service->daemon, MHD_DAEMON_INFO_BIND_PORT);
  char host[URL_HOST_BYTES];
  advisory_address_url_host(host, sizeof host, options->host_count > 0 ? options->hosts[0] : name);
  snprintf(service->url, sizeof service->url, "http://%s:%u%s%s", host,
           info != NULL ? (unsigned)info->port : (unsigned)options->port,
           service->access.token[0] != '\0' ? "/" : "", service->access.token);
}

static bool start(struct advisory_service *service, const struct advisory_serve_options *options,
                  struct advisory_error *error) {
  struct advisory_address address = options->listen;
  char message[LATE_MESSAGE], host[ADVISORY_ADDRESS_BYTES + 8], name[sizeof host + 8];
  service->lib = late_microhttpd(message);
  if (service->lib == NULL) return advisory_fail(error, "ENOLIB", "%s", message);
  advisory_address_set_port(&address, options->port);
  errno = 0;
  start_threads(service, &address, options->port);
  if (service->daemon != NULL) {
    make_url(service, options);
    return true;
  }
  if (errno == 0) errno = service->watch != NULL ? EADDRINUSE : ENOMEM;
  int saved = errno;
  advisory_address_url_host(host, sizeof host, address.text);
  snprintf(name, sizeof name, "%s:%u", host, (unsigned)options->port);
  errno = saved;
  return advisory_fail_errno(error, name);
}

bool advisory_serve_start(struct advisory_service **result, const char *path,
                          const struct advisory_serve_options *options, struct advisory_error *error) {
  *result = NULL;
  struct advisory_service *service = calloc(1, sizeof *service);
  if (service == NULL) return advisory_fail(error, "ENOMEM", "not enough memory");
  service->seconds = options->seconds > 0 ? options->seconds : REQUEST_SECONDS;
  service->threads = thread_count();  /* asked once: each thread may borrow a reader of its own */
  service->log_requests = options->log_requests;
  service->log = advisory_log_new();
  bool has_memory = advisory_access_init(&service->access, &options->listen, options->hosts,
                                         options->host_count, options->token) && service->log != NULL;
  if (!has_memory)
    advisory_fail(error, "ENOMEM", "not enough memory");
  else if (advisory_mirror_open(&service->mirror, path, service->threads, service->log, error) &&
           start(service, options, error))
    *result = service;
  if (*result == NULL) advisory_serve_stop(service);
  return *result != NULL;
}

const char *advisory_serve_url(const struct advisory_service *service) {
  return service->url;
}

bool advisory_serve_line(struct advisory_service *service, struct advisory_log_line *line) {
  return advisory_log_take(service->log, line);
}

struct advisory_service *advisory_serve_stop(struct advisory_service *service) {
  if (service == NULL) return NULL;
  if (service->daemon != NULL) service->lib->MHD_stop_daemon(service->daemon);
  advisory_watch_stop(service->watch);
  advisory_mirror_close(service->mirror);
  advisory_log_free(service->log);
  advisory_access_free(&service->access);
  free(service);
  return NULL;
}
