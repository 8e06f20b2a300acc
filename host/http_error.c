/* What libcurl's results are called (https://curl.se/libcurl/c/libcurl-errors.html). */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host.h"
#include "http.h"

bool http_fail(struct http_error *error, const char *code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
  snprintf(error->code, sizeof error->code, "%s", code);
  return false;
}

bool http_fail_errno(struct http_error *error, const char *path) {
  int saved = errno;
  return http_fail(error, host_errno_name(saved), "%s: %s", path, strerror(saved));
}

struct reason {
  CURLcode result;
  const char *code;
  const char *text;  /* NULL: libcurl's own */
};

static const struct reason reasons[] = {
    {CURLE_COULDNT_RESOLVE_HOST, "ENOTFOUND", "no such host is known"},
    {CURLE_COULDNT_RESOLVE_PROXY, "EPROXY", "the proxy's name is not known"},
    {CURLE_COULDNT_CONNECT, "ECONNREFUSED", NULL},
    {CURLE_PEER_FAILED_VERIFICATION, "ETLS", NULL},
    {CURLE_SSL_CONNECT_ERROR, "ETLS", NULL},
    {CURLE_SSL_CACERT_BADFILE, "ETLS", NULL},
    {CURLE_SSL_CERTPROBLEM, "ETLS", NULL},
    {CURLE_SSL_CIPHER, "ETLS", NULL},
    {CURLE_SSL_ISSUER_ERROR, "ETLS", NULL},
    {CURLE_TOO_MANY_REDIRECTS, "ELOOP", "more than 5 redirects"},
    {CURLE_UNSUPPORTED_PROTOCOL, "EPROTO", "it redirects to an address that is not https"},
    {CURLE_PARTIAL_FILE, "ECONNRESET", NULL},
    {CURLE_RECV_ERROR, "ECONNRESET", NULL},
    {CURLE_SEND_ERROR, "ECONNRESET", NULL},
    {CURLE_GOT_NOTHING, "ECONNRESET", NULL},
    {CURLE_HTTP2, "ECONNRESET", NULL},
    {CURLE_HTTP2_STREAM, "ECONNRESET", NULL},
    {CURLE_OPERATION_TIMEDOUT, "ETIMEDOUT", NULL},
    {CURLE_OUT_OF_MEMORY, "ENOMEM", NULL},
};

/* A proxy that refuses to connect is a CURLE_RECV_ERROR or, since 7.73, this. */
static bool is_refused_by_proxy(const struct http_transfer *transfer, CURLcode result) {
  long status = 0;
  if (result == CURLE_PROXY) return true;
  transfer->client->curl->curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &status);
  return status >= 300;
}

bool http_fail_curl(struct http_transfer *transfer, CURLcode result) {
  const char *own = transfer->problem[0] != '\0' ? transfer->problem
                                                 : transfer->client->curl->curl_easy_strerror(result);
  const char *code = "EIO", *text = NULL;
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
    if (reasons[i].result != result) continue;
    code = reasons[i].code;
    text = reasons[i].text;
  }
  if (is_refused_by_proxy(transfer, result)) code = "EPROXY";
  /* libcurl repeats the proxy's address there, with the password in it. */
  if (strncmp(own, "Unsupported proxy", strlen("Unsupported proxy")) == 0) {
    code = "EPROXY";
    text = "the proxy's address is none that can be used";
  }
  return http_fail(&transfer->error, code, "%s: %s", transfer->url.shown, text != NULL ? text : own);
}
