/* The rules for a request's headers, method and body. */
#include "advisory_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
  MAX_BODY = 1024 * 1024,
  MAX_DISCARDED = 8 * MAX_BODY  /* of a body that is refused; more ends the connection */
};

static const char TOO_LARGE[] = "The body is larger than 1 MiB.";

struct advisory_request *advisory_request_new(const struct advisory_access *access) {
  struct advisory_request *request = calloc(1, sizeof *request);
  if (request == NULL) return NULL;
  request->access = access;
  clock_gettime(CLOCK_MONOTONIC, &request->begun);
  return request;
}

static void refuse(struct advisory_request *request, int status, const char *message) {
  request->refusal = status;
  request->message = message;
  advisory_buffer_free(&request->body);
}

/* --- headers --- */

static void note_length(struct advisory_request *request, const char *value) {
  bool is_odd = *value == '\0' || value[strspn(value, "0123456789")] != '\0';
  request->headers.lengths++;
  request->headers.is_odd = request->headers.is_odd || is_odd;
  request->headers.length = strtoull(value, NULL, 10);
}

/* A second header must not say something else than the first, so each one is looked at. */
void advisory_request_header(struct advisory_request *request, const char *name, const char *value) {
  if (value == NULL) value = "";
  if (strcasecmp(name, "Host") == 0) {
    request->headers.hosts++;
    if (!advisory_access_is_host(request->access, value)) request->headers.is_foreign = true;
  } else if (strcasecmp(name, "Content-Length") == 0) {
    note_length(request, value);
  } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
    request->headers.codings++;
    if (strcasecmp(value, "chunked") != 0) request->headers.is_odd = true;
  }
}

const char *advisory_request_methods(const struct advisory_request *request) {
  return request->route == ADVISORY_ROUTE_RECORD ? "GET, HEAD" : "POST";
}

static bool is_method_allowed(enum advisory_route route, const char *method) {
  if (route != ADVISORY_ROUTE_RECORD) return strcmp(method, "POST") == 0;
  return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* Where the end of a body is in doubt, a proxy in front may see another end than we do: what follows could be
 * taken for the next request, of somebody else. */
static bool is_end_unclear(const struct advisory_request *request) {
  return request->headers.is_odd || request->headers.lengths + request->headers.codings > 1;
}

void advisory_request_judge(struct advisory_request *request, const char *path, const char *method) {
  request->route = advisory_access_route(advisory_access_path(request->access, path));
  snprintf(request->method, sizeof request->method, "%s", method);
  if (is_end_unclear(request)) {
    refuse(request, ADVISORY_HTTP_BAD_REQUEST, "The length of the body is not clear.");
    request->is_last = true;
    return;
  }
  if (request->headers.hosts == 0 || request->headers.is_foreign)
    refuse(request, ADVISORY_HTTP_FORBIDDEN, "The Host header names no host that is served here (--host NAME).");
  else if (request->route == ADVISORY_ROUTE_NONE)
    refuse(request, ADVISORY_HTTP_NOT_FOUND, "Not found.");
  else if (!is_method_allowed(request->route, method))
    refuse(request, ADVISORY_HTTP_METHOD_NOT_ALLOWED, "Method not allowed.");
  request->is_last = request->headers.length > MAX_DISCARDED;
  if (request->is_last && request->refusal == 0) refuse(request, ADVISORY_HTTP_TOO_LARGE, TOO_LARGE);
}

/* --- body and answer --- */

/* Refused bodies are read all the same, up to a point: a connection that is closed on unread bytes would take
 * the answer with it. */
bool advisory_request_receive(struct advisory_request *request, const char *data, size_t size) {
  request->received += size;
  if (request->received > MAX_DISCARDED) return false;
  if (request->refusal == 0 && request->received > MAX_BODY) refuse(request, ADVISORY_HTTP_TOO_LARGE, TOO_LARGE);
  return request->refusal != 0 || advisory_buffer_add(&request->body, data, size);
}

static void ask(const struct advisory_request *request, struct advisory_reader *reader, const char *path,
                struct advisory_answer *answer) {
  const char *body = request->body.data != NULL ? request->body.data : "";
  if (request->route == ADVISORY_ROUTE_RECORD)
    advisory_osv_record(reader->db, advisory_access_record(advisory_access_path(request->access, path)), answer);
  else if (request->route == ADVISORY_ROUTE_BATCH)
    advisory_osv_batch(reader->db, reader->L, body, request->body.length, answer);
  else
    advisory_osv_query(reader->db, reader->L, body, request->body.length, answer);
}

void advisory_request_answer(struct advisory_request *request, struct advisory_mirror *mirror, const char *path,
                             struct advisory_answer *answer) {
  struct advisory_reader *reader = request->refusal == 0 ? advisory_mirror_borrow(mirror) : NULL;
  if (reader != NULL) {
    ask(request, reader, path, answer);
    advisory_mirror_return(mirror, reader);
  } else if (request->refusal != 0) {
    advisory_osv_error(answer, request->refusal, request->message);
  } else {
    advisory_osv_error(answer, ADVISORY_HTTP_UNAVAILABLE, "The advisory database cannot be read now.");
  }
  request->status = answer->status;
}

/* --- log --- */

/* A path with the wrong token may hold most of the right one. */
void advisory_request_remember(struct advisory_request *request, const char *path) {
  const char *rest = advisory_access_path(request->access, path);
  request->log_path = strdup(rest != NULL ? rest : "(without the token)");
}

void advisory_request_log(const struct advisory_request *request, struct advisory_log *log) {
  struct timespec end;
  if (request->log_path == NULL) return;
  clock_gettime(CLOCK_MONOTONIC, &end);
  double milliseconds = (double)(end.tv_sec - request->begun.tv_sec) * 1e3 +
                        (double)(end.tv_nsec - request->begun.tv_nsec) / 1e6;
  advisory_log_add(log, ADVISORY_LOG_REQUEST, "%d %s %s %.1f ms", request->status, request->method,
                   request->log_path, milliseconds);
}

struct advisory_request *advisory_request_free(struct advisory_request *request) {
  if (request == NULL) return NULL;
  advisory_buffer_free(&request->body);
  free(request->log_path);
  free(request);
  return NULL;
}
