/* HTTP downloads by libcurl, without Lua: see lib_http.c for what scripts see.
 *
 * Only https, and http where nothing leaves the machine: to localhost or a loopback address. Redirects go to https
 * alone. Certificates are always checked. Of the environment count *_proxy, no_proxy, SSL_CERT_FILE and, in libcurl
 * itself, SSLKEYLOGFILE; there are no cookies and no .netrc. A client, and what it transfers, belongs to one thread;
 * others have theirs. */
#ifndef PYSEC_HTTP_H
#define PYSEC_HTTP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fs.h"
#include "late_curl.h"

struct http_error {
  char code[16];     /* "ENOTFOUND", "ETLS", "HTTP404", ... */
  char text[1024];   /* one line that starts with the address or the file */
};

/* Fills *error; always false, so that callers can return it. */
bool http_fail(struct http_error *error, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for errno: "PATH: text". */
bool http_fail_errno(struct http_error *error, const char *path);

/* --- http_url.c --- */

struct http_url {
  char shown[512];   /* without a password and without what follows '?', which may be secret, too */
  bool is_plain;     /* http, to this machine */
};

/* Takes an address apart as libcurl does. False where it is none, or one that is not allowed. */
bool http_url_read(const struct late_curl *curl, const char *text, struct http_url *url, struct http_error *error);

/* --- http_client.c --- */

/* Keeps connections, so that the next request to the same server needs no new one. */
struct http_client {
  const struct late_curl *curl;
  CURLM *multi;      /* NULL: closed */
};

bool http_client_open(struct http_client *client, struct http_error *error);
void http_client_close(struct http_client *client);

/* libcurl's TLS library may write to a connection that has gone, by a call that raises SIGPIPE, which would end an
 * embedder's process. Between these two it does not reach the thread. */
struct http_quiet {
  bool was_pending;
  sigset_t mask;
};
void http_quiet_begin(struct http_quiet *quiet);
void http_quiet_end(const struct http_quiet *quiet);

/* --- http_transfer.c --- */

/* Strings stay the caller's, who keeps them until http_end. NULL where there is none. */
struct http_request {
  const char *url;
  const char *to;             /* the file that the body goes to, whole or not at all; NULL: into memory */
  const char *etag;           /* what an earlier answer had: the answer may be 304 */
  const char *last_modified;
  const char *proxy;          /* NULL: as *_proxy say; "": none */
  const char *ca_file;        /* PEM, instead of the system's; NULL: as SSL_CERT_FILE says, or the system's */
  uint64_t max_bytes;         /* of the body */
  double timeout;             /* most seconds in which nothing comes */
};

/* What came. Texts belong to the transfer. */
struct http_answer {
  long status;                /* 200 or 304 */
  uint64_t received;
  int64_t total;              /* Content-Length; -1: not told (yet) */
  char *etag, *last_modified; /* NULL: none */
  char *body;                 /* `received` bytes, where there is no `to`; NULL: empty */
};

struct http_transfer {
  const struct http_request *request;
  struct http_client *client;
  CURL *easy;
  struct curl_slist *headers;
  struct http_url url;
  struct http_answer answer;
  size_t room;                /* in answer.body */
  struct fs_write_request target;
  struct fs_writing file;
  uint64_t header_bytes;      /* of all answers on the way */
  uint64_t heard_at;          /* when something was seen to have come, by uv_hrtime */
  uint64_t heard_bytes;       /* how much had come then, headers and body */
  char problem[CURL_ERROR_SIZE];
  bool has_failed;            /* by our own decision; `error` says why */
  bool is_done;               /* libcurl has ended it, with this: */
  CURLcode result;
  struct http_error error;
};

/* http_end has to follow each of these, whatever they return; it releases all and leaves no file that is not whole. */
bool http_start(struct http_transfer *transfer, struct http_client *client, const struct http_request *request);
void http_end(struct http_transfer *transfer);

/* Takes what comes for all transfers of a client, and waits for it at most so long. */
bool http_step(struct http_client *client, int milliseconds, struct http_error *error);

/* Whether no more is to come, or nothing has come for too long: then http_finish tells. */
bool http_has_ended(struct http_transfer *transfer);

/* True: the answer is whole, and in its place. False: transfer->error. */
bool http_finish(struct http_transfer *transfer);

/* --- http_options.c --- */

/* Tells libcurl all about a transfer but where what comes goes to. */
CURLcode http_set_options(struct http_transfer *transfer);

/* --- http_error.c --- */

/* Says why libcurl gave up. */
bool http_fail_curl(struct http_transfer *transfer, CURLcode code);

#endif
