#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

#include "http.h"

enum { FIRST_ROOM = 64 * 1024 };

/* --- what comes --- */

static bool fail_here(struct http_transfer *transfer) {
  transfer->has_failed = true;
  return false;
}

static long status_of(const struct http_transfer *transfer) {
  long status = 0;
  transfer->client->curl->curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

static bool fail_status(struct http_transfer *transfer, long status) {
  char code[16];
  snprintf(code, sizeof code, "HTTP%ld", status);
  http_fail(&transfer->error, code, "%s: the server answers %ld", transfer->url.shown, status);
  return fail_here(transfer);
}

static bool open_file(struct http_transfer *transfer) {
  transfer->target.path = transfer->request->to;
  if (fs_write_begin(&transfer->target, &transfer->file) == 0) return true;
  if (errno == ELOOP && transfer->target.refused[0] != '\0')
    http_fail(&transfer->error, "ELOOP", "%s: '%s' is a symbolic link; writing through it is refused",
              transfer->request->to, transfer->target.refused);
  else
    http_fail_errno(&transfer->error, transfer->request->to);
  return fail_here(transfer);
}

static bool keep_in_file(struct http_transfer *transfer, const char *data, size_t length) {
  if (transfer->file.file < 0 && !open_file(transfer)) return false;
  if (fs_write_add(&transfer->file, data, length) == 0) return true;
  http_fail_errno(&transfer->error, transfer->request->to);
  return fail_here(transfer);
}

static bool keep_in_memory(struct http_transfer *transfer, const char *data, size_t length) {
  struct http_answer *answer = &transfer->answer;
  size_t room = transfer->room > 0 ? transfer->room : FIRST_ROOM;
  while (room - answer->received < length) room *= 2;
  if (room != transfer->room) {
    char *body = realloc(answer->body, room);
    if (body == NULL) {
      http_fail(&transfer->error, "ENOMEM", "%s: not enough memory", transfer->url.shown);
      return fail_here(transfer);
    }
    answer->body = body;
    transfer->room = room;
  }
  memcpy(answer->body + answer->received, data, length);
  return true;
}

/* Of what is no 200 the body is not read: libcurl ends the transfer when it is not taken. */
static size_t on_body(char *data, size_t one, size_t length, void *user) {
  struct http_transfer *transfer = user;
  struct http_answer *answer = &transfer->answer;
  (void)one;
  long status = status_of(transfer);
  if (status != 200) {
    fail_status(transfer, status);
    return 0;
  }
  curl_off_t total = -1;
  transfer->client->curl->curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
  answer->total = total;
  uint64_t most = transfer->request->max_bytes;
  if (length > most - answer->received || (total >= 0 && (uint64_t)total > most)) {
    http_fail(&transfer->error, "E2BIG", "%s: larger than %llu bytes", transfer->url.shown,
              (unsigned long long)most);
    fail_here(transfer);
    return 0;
  }
  bool is_kept = transfer->request->to != NULL ? keep_in_file(transfer, data, length)
                                               : keep_in_memory(transfer, data, length);
  if (!is_kept) return 0;
  answer->received += length;
  return length;
}

static bool is_printable(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)text[i] < ' ' || text[i] == '\x7f') return false;
  return true;
}

/* Keeps the header's value if it has that name, and is fit to be sent back one day. */
static void keep_header(const char *line, size_t length, const char *name, char **value) {
  size_t skipped = strlen(name);
  if (length <= skipped || strncasecmp(line, name, skipped) != 0 || line[skipped] != ':') return;
  const char *start = line + skipped + 1, *end = line + length;
  while (start < end && (*start == ' ' || *start == '\t')) start++;
  while (end > start && strchr(" \t\r\n", end[-1]) != NULL) end--;
  if (!is_printable(start, (size_t)(end - start))) return;
  free(*value);
  *value = strndup(start, (size_t)(end - start));
}

static void forget_headers(struct http_answer *answer) {
  free(answer->etag);
  free(answer->last_modified);
  answer->etag = answer->last_modified = NULL;
}

static size_t on_header(char *line, size_t one, size_t length, void *user) {
  struct http_transfer *transfer = user;
  struct http_answer *answer = &transfer->answer;
  (void)one;
  transfer->header_bytes += length;
  /* Each answer on the way begins anew: those of a proxy, redirects. */
  if (length > 5 && memcmp(line, "HTTP/", 5) == 0) forget_headers(answer);
  keep_header(line, length, "etag", &answer->etag);
  keep_header(line, length, "last-modified", &answer->last_modified);
  return length;
}

/* --- starting --- */

/* Where what comes goes to. */
static CURLcode set_callbacks(struct http_transfer *transfer) {
  CURLcode (*set)(CURL *, CURLoption, ...) = transfer->client->curl->curl_easy_setopt;
  CURL *easy = transfer->easy;
  CURLcode results[] = {
      set(easy, CURLOPT_PRIVATE, transfer),
      set(easy, CURLOPT_WRITEFUNCTION, on_body),
      set(easy, CURLOPT_WRITEDATA, transfer),
      set(easy, CURLOPT_HEADERFUNCTION, on_header),
      set(easy, CURLOPT_HEADERDATA, transfer),
  };
  for (size_t i = 0; i < sizeof results / sizeof *results; i++)
    if (results[i] != CURLE_OK) return results[i];
  return CURLE_OK;
}

bool http_start(struct http_transfer *transfer, struct http_client *client, const struct http_request *request) {
  const struct late_curl *curl = client->curl;
  *transfer = (struct http_transfer){.request = request, .client = client, .answer = {.total = -1}};
  transfer->file.file = transfer->file.folder = -1;
  if (!http_url_read(curl, request->url, &transfer->url, &transfer->error)) return false;
  transfer->easy = curl->curl_easy_init();
  if (transfer->easy == NULL)
    return http_fail(&transfer->error, "ENOMEM", "%s: not enough memory", transfer->url.shown);
  CURLcode result = http_set_options(transfer);
  if (result == CURLE_OK) result = set_callbacks(transfer);
  if (result != CURLE_OK) return http_fail_curl(transfer, result);
  if (curl->curl_multi_add_handle(client->multi, transfer->easy) != CURLM_OK)
    return http_fail(&transfer->error, "ENOMEM", "%s: not enough memory", transfer->url.shown);
  transfer->heard_at = uv_hrtime();
  return true;
}

/* --- going on --- */

/* True once nothing has come for too long, neither headers nor a body. */
static bool is_silent(struct http_transfer *transfer) {
  uint64_t now = uv_hrtime(), bytes = transfer->header_bytes + transfer->answer.received;
  if (bytes != transfer->heard_bytes) {
    transfer->heard_bytes = bytes;
    transfer->heard_at = now;
  }
  return (double)(now - transfer->heard_at) / 1e9 > transfer->request->timeout;
}

/* Tells the transfers that libcurl has ended. */
static void take_results(struct http_client *client) {
  const struct late_curl *curl = client->curl;
  const CURLMsg *message;
  char *owner;
  int left;
  while ((message = curl->curl_multi_info_read(client->multi, &left)) != NULL) {
    CURLcode result = message->data.result; /* the next call into libcurl may end the message */
    if (curl->curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner) != CURLE_OK) continue;
    struct http_transfer *transfer = (void *)owner;
    transfer->is_done = true;
    transfer->result = result;
  }
}

bool http_step(struct http_client *client, int milliseconds, struct http_error *error) {
  const struct late_curl *curl = client->curl;
  struct http_quiet quiet;
  int running = 0;
  http_quiet_begin(&quiet);
  CURLMcode result = curl->curl_multi_perform(client->multi, &running);
  take_results(client);
  if (result == CURLM_OK && running > 0)
    result = curl->curl_multi_poll(client->multi, NULL, 0, milliseconds, NULL);
  http_quiet_end(&quiet);
  return result == CURLM_OK || http_fail(error, "EIO", "%s", curl->curl_multi_strerror(result));
}

bool http_has_ended(struct http_transfer *transfer) {
  if (transfer->is_done || transfer->has_failed) return true;
  if (!is_silent(transfer)) return false;
  http_fail(&transfer->error, "ETIMEDOUT", "%s: nothing came for %g seconds", transfer->url.shown,
            transfer->request->timeout);
  transfer->has_failed = true;
  return true;
}

static bool is_whole(struct http_transfer *transfer) {
  const struct http_answer *answer = &transfer->answer;
  if (answer->total < 0 || (uint64_t)answer->total == answer->received) return true;
  return http_fail(&transfer->error, "ECONNRESET", "%s: %llu of %lld bytes came", transfer->url.shown,
                   (unsigned long long)answer->received, (long long)answer->total);
}

bool http_finish(struct http_transfer *transfer) {
  if (transfer->has_failed) return false;
  if (transfer->result != CURLE_OK) return http_fail_curl(transfer, transfer->result);
  long status = transfer->answer.status = status_of(transfer);
  bool may_be_old = transfer->request->etag != NULL || transfer->request->last_modified != NULL;
  if (status == 304 && may_be_old) return true;
  if (status != 200) return fail_status(transfer, status);
  if (!is_whole(transfer)) return false;
  if (transfer->request->to == NULL) return true;
  if (transfer->file.file < 0 && !open_file(transfer)) return false;
  return fs_write_end(&transfer->file) == 0 || http_fail_errno(&transfer->error, transfer->request->to);
}

void http_end(struct http_transfer *transfer) {
  const struct late_curl *curl = transfer->client->curl;
  struct http_quiet quiet;
  http_quiet_begin(&quiet);
  if (transfer->easy != NULL) {
#if LIBCURL_VERSION_NUM >= 0x075700
    /* A name that is being looked up would hold us until the resolver gives up; its thread ends by itself. */
    if (!transfer->is_done) curl->curl_easy_setopt(transfer->easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl->curl_multi_remove_handle(transfer->client->multi, transfer->easy);
    curl->curl_easy_cleanup(transfer->easy);
  }
  http_quiet_end(&quiet);
  curl->curl_slist_free_all(transfer->headers);
  fs_write_abandon(&transfer->file);
  forget_headers(&transfer->answer);
  free(transfer->answer.body);
  *transfer = (struct http_transfer){.client = transfer->client};
  transfer->file.file = transfer->file.folder = -1;
}
