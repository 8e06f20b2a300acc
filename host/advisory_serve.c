/* The HTTP side of the OSV service: who may ask, and how much. What is answered is in advisory_osv.c. */
#include "advisory_serve.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <lauxlib.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "advisory_db.h"
#include "advisory_osv.h"
#include "host.h"

enum {
  MAX_BODY = 1024 * 1024,
  MAX_DISCARDED = 8 * MAX_BODY,  /* of a body that is refused; more ends the connection */
  MAX_CONNECTIONS = 64,
  TIMEOUT_SECONDS = 10,
  CONTENT_TOO_LARGE = 413,  /* older libraries have no name for it, newer ones a new one */
  MIN_TOKEN = 16,
  MAX_TOKEN = 128
};

struct advisory_service {
  struct MHD_Daemon *daemon;
  struct advisory_db *db;
  lua_State *L;  /* reads the requests' JSON */
  struct state_owner owner; /* of L: no host, no sandbox */
  char token[MAX_TOKEN + 1];
  char url[sizeof "http://127.0.0.1:65535/" + MAX_TOKEN];
};

enum route { ROUTE_NONE, ROUTE_QUERY, ROUTE_BATCH, ROUTE_RECORD };

struct request {
  enum route route;
  int refusal;          /* the HTTP status, 0: none */
  const char *message;
  struct advisory_buffer body;
  size_t received;
  time_t deadline;      /* for the body to be there */
};

/* --- who may ask --- */

static time_t monotonic_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

/* Takes as long whatever is wrong with a text of the right length. */
static bool is_equal_text(const char *secret, const char *text, size_t length) {
  if (strlen(secret) != length) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < length; i++) difference |= (unsigned char)(secret[i] ^ text[i]);
  return difference == 0;
}

/* Behind a forwarded port the number differs, and it is no protection: any goes. */
static bool is_local_host(const char *host) {
  static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
  for (size_t i = 0; host != NULL && i < sizeof names / sizeof *names; i++) {
    size_t length = strlen(names[i]);
    if (strncasecmp(host, names[i], length) != 0) continue;
    const char *port = host + length;
    if (*port == '\0') return true;
    size_t digits = *port == ':' ? strspn(port + 1, "0123456789") : 0;
    if (digits > 0 && digits <= 5 && port[1 + digits] == '\0') return true;
  }
  return false;
}

struct hosts {
  bool found, is_foreign;
};

/* Looks at each Host header: a second one must not say something else than the first. */
static enum MHD_Result look_at_host(void *data, enum MHD_ValueKind kind, const char *name,
                                    const char *value) {
  struct hosts *hosts = data;
  (void)kind;
  if (strcasecmp(name, "Host") != 0) return MHD_YES;
  hosts->found = true;
  hosts->is_foreign = hosts->is_foreign || !is_local_host(value);
  return MHD_YES;
}

/* Returns the path behind the token, NULL without the right one. */
static const char *skip_token(const struct advisory_service *service, const char *path) {
  if (service->token[0] == '\0') return path;
  if (*path != '/') return NULL;
  size_t length = strcspn(path + 1, "/");
  return is_equal_text(service->token, path + 1, length) ? path + 1 + length : NULL;
}

static const char *record_id(const char *path) {
  static const char prefix[] = "/v1/vulns/";
  if (path == NULL || strncmp(path, prefix, sizeof prefix - 1) != 0) return NULL;
  const char *id = path + sizeof prefix - 1;
  return *id != '\0' && strchr(id, '/') == NULL ? id : NULL;
}

static enum route find_route(const char *path) {
  if (path == NULL) return ROUTE_NONE;
  if (strcmp(path, "/v1/query") == 0) return ROUTE_QUERY;
  if (strcmp(path, "/v1/querybatch") == 0) return ROUTE_BATCH;
  return record_id(path) != NULL ? ROUTE_RECORD : ROUTE_NONE;
}

static void refuse(struct request *request, int status, const char *message) {
  request->refusal = status;
  request->message = message;
  advisory_buffer_free(&request->body);
}

static void judge(const struct advisory_service *service, struct request *request,
                  struct MHD_Connection *connection, const char *path, const char *method) {
  struct hosts hosts = {false, false};
  MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_host, &hosts);
  if (!hosts.found || hosts.is_foreign) {
    refuse(request, MHD_HTTP_FORBIDDEN, "The Host header does not name this machine.");
    return;
  }
  request->route = find_route(skip_token(service, path));
  const char *wanted = request->route == ROUTE_RECORD ? MHD_HTTP_METHOD_GET : MHD_HTTP_METHOD_POST;
  if (request->route == ROUTE_NONE)
    refuse(request, MHD_HTTP_NOT_FOUND, "Not found.");
  else if (strcmp(method, wanted) != 0)
    refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED, "Method not allowed.");
}

/* --- answering --- */

static enum MHD_Result send_answer(struct MHD_Connection *connection, const struct request *request,
                                   struct advisory_answer *answer) {
  struct MHD_Response *response =
      MHD_create_response_from_buffer(answer->body.length, answer->body.data, MHD_RESPMEM_MUST_FREE);
  if (response == NULL) {
    advisory_buffer_free(&answer->body);
    return MHD_NO;
  }
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
  MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
  if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, request->route == ROUTE_RECORD ? "GET" : "POST");
  enum MHD_Result result = MHD_queue_response(connection, (unsigned)answer->status, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result answer_request(struct advisory_service *service, struct MHD_Connection *connection,
                                      const struct request *request, const char *path) {
  struct advisory_answer answer = {0};
  const char *body = request->body.data != NULL ? request->body.data : "";
  if (request->refusal != 0)
    advisory_osv_error(&answer, request->refusal, request->message);
  else if (request->route == ROUTE_RECORD)
    advisory_osv_record(service->db, record_id(skip_token(service, path)), &answer);
  else if (request->route == ROUTE_BATCH)
    advisory_osv_batch(service->db, service->L, body, request->body.length, &answer);
  else
    advisory_osv_query(service->db, service->L, body, request->body.length, &answer);
  return send_answer(connection, request, &answer);
}

/* Takes a piece of the body. Refused ones are read all the same, up to a point: a connection that is
 * closed on unread bytes would take the answer with it. */
static enum MHD_Result receive(struct request *request, const char *data, size_t *size) {
  request->received += *size;
  if (request->received > MAX_DISCARDED || monotonic_now() > request->deadline) return MHD_NO;
  if (request->refusal == 0 && request->received > MAX_BODY)
    refuse(request, CONTENT_TOO_LARGE, "The body is larger than 1 MiB.");
  if (request->refusal == 0 && !advisory_buffer_add(&request->body, data, *size)) return MHD_NO;
  *size = 0;
  return MHD_YES;
}

static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state) {
  struct advisory_service *service = data;
  struct request *request = *state;
  (void)version;
  if (request != NULL)
    return *upload_size > 0 ? receive(request, upload, upload_size)
                            : answer_request(service, connection, request, path);
  request = calloc(1, sizeof *request);
  if (request == NULL) return MHD_NO;
  *state = request;
  request->deadline = monotonic_now() + TIMEOUT_SECONDS;
  judge(service, request, connection, path, method);
  const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
  if (length == NULL || strtoull(length, NULL, 10) <= MAX_DISCARDED) return MHD_YES;
  if (request->refusal == 0) refuse(request, CONTENT_TOO_LARGE, "The body is larger than 1 MiB.");
  return answer_request(service, connection, request, path);
}

static void forget(void *data, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode reason) {
  struct request *request = *state;
  (void)data, (void)connection, (void)reason;
  if (request != NULL) advisory_buffer_free(&request->body);
  free(request);
  *state = NULL;
}

/* --- life --- */

/* With every signal blocked, so that its thread never runs a handler of the embedder. */
static struct MHD_Daemon *start_daemon(struct advisory_service *service, uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  struct MHD_Daemon *daemon = MHD_start_daemon(
      MHD_USE_AUTO_INTERNAL_THREAD, port, NULL, NULL, handle, service,
      MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
      MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
      MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_SECONDS,
      MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_END);
  int saved = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = saved;
  return daemon;
}

static bool start(struct advisory_service *service, uint16_t port, struct advisory_error *error) {
  service->L = luaL_newstate();
  if (service->L == NULL) return advisory_fail(error, "ENOMEM", "not enough memory");
  host_own(service->L, &service->owner);
  errno = 0;
  service->daemon = start_daemon(service, port);
  if (service->daemon == NULL) {
    char address[sizeof "127.0.0.1:65535"];
    snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)port);
    if (errno == 0) errno = EADDRINUSE;
    return advisory_fail_errno(error, address);
  }
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(service->daemon, MHD_DAEMON_INFO_BIND_PORT);
  snprintf(service->url, sizeof service->url, "http://127.0.0.1:%u%s%s",
           info != NULL ? (unsigned)info->port : (unsigned)port, service->token[0] != '\0' ? "/" : "",
           service->token);
  return true;
}

bool advisory_serve_start(struct advisory_service **result, const char *path, uint16_t port,
                          const char *token, struct advisory_error *error) {
  *result = NULL;
  struct advisory_service *service = calloc(1, sizeof *service);
  if (service == NULL) return advisory_fail(error, "ENOMEM", "not enough memory");
  if (token != NULL) snprintf(service->token, sizeof service->token, "%s", token);
  if (advisory_db_open(&service->db, path, false, error) && start(service, port, error)) {
    *result = service;
    return true;
  }
  advisory_serve_stop(service);
  return false;
}

const char *advisory_serve_url(const struct advisory_service *service) {
  return service->url;
}

struct advisory_service *advisory_serve_stop(struct advisory_service *service) {
  if (service == NULL) return NULL;
  if (service->daemon != NULL) MHD_stop_daemon(service->daemon);
  if (service->L != NULL) lua_close(service->L);
  advisory_db_close(service->db);
  free(service);
  return NULL;
}

bool advisory_serve_token(char token[ADVISORY_TOKEN_BYTES]) {
  unsigned char bytes[(ADVISORY_TOKEN_BYTES - 1) / 2];
  if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) return false;
  for (size_t i = 0; i < sizeof bytes; i++) sprintf(token + 2 * i, "%02x", bytes[i]);
  return true;
}

bool advisory_serve_is_token(const char *text) {
  size_t length = strlen(text);
  if (length < MIN_TOKEN || length > MAX_TOKEN) return false;
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)text[i])) return false;
  return true;
}
