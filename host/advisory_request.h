/* One request of the service: what it asks for, whether it is refused, and its answer. Knows nothing of the
 * HTTP library. */
#ifndef PYSEC_ADVISORY_REQUEST_H
#define PYSEC_ADVISORY_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "advisory_access.h"
#include "advisory_buffer.h"
#include "advisory_log.h"
#include "advisory_mirror.h"
#include "advisory_osv.h"

enum {
  ADVISORY_HTTP_BAD_REQUEST = 400,
  ADVISORY_HTTP_FORBIDDEN = 403,
  ADVISORY_HTTP_NOT_FOUND = 404,
  ADVISORY_HTTP_METHOD_NOT_ALLOWED = 405,
  ADVISORY_HTTP_TOO_LARGE = 413,
  ADVISORY_HTTP_UNAVAILABLE = 503
};

struct advisory_request {
  const struct advisory_access *access;
  enum advisory_route route;
  int refusal;           /* the HTTP status, 0: none */
  const char *message;   /* of the refusal; static */
  bool is_last;          /* the connection ends with it, its body unread */
  struct advisory_buffer body;
  size_t received;       /* bytes of the body, kept or not */
  struct {
    unsigned hosts, lengths, codings;
    bool is_foreign, is_odd;
    unsigned long long length;
  } headers;             /* what they say so far */
  struct timespec begun;
  char *log_path;        /* without the token; NULL: nothing is logged */
  char method[16];
  int status;            /* of the answer; 0: none was made */
};

/* A new request; NULL: no memory. */
struct advisory_request *advisory_request_new(const struct advisory_access *access);

/* Takes note of a header; NULL is an empty value. */
void advisory_request_header(struct advisory_request *request, const char *name, const char *value);

/* With the headers known: decides whether it is refused, and whether its body is to be read at all. */
void advisory_request_judge(struct advisory_request *request, const char *path, const char *method);

/* Takes a piece of the body; false: the connection has to end. */
bool advisory_request_receive(struct advisory_request *request, const char *data, size_t size);

/* Answers: the refusal, or what the database says. */
void advisory_request_answer(struct advisory_request *request, struct advisory_mirror *mirror, const char *path,
                             struct advisory_answer *answer);

/* The methods that its path takes, as in an Allow header. Static. */
const char *advisory_request_methods(const struct advisory_request *request);

/* Keeps what a line of the log needs; writes it once the answer is out. */
void advisory_request_remember(struct advisory_request *request, const char *path);
void advisory_request_log(const struct advisory_request *request, struct advisory_log *log);

/* Takes NULL; returns NULL. */
struct advisory_request *advisory_request_free(struct advisory_request *request);

#endif
