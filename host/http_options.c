/* What libcurl is told of a transfer (https://curl.se/libcurl/c/curl_easy_setopt.html). An option that it does not know
 * is an error: each of them keeps a promise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

enum { MAX_REDIRECTS = 5 };

static bool add_header(struct http_transfer *transfer, const char *name, const char *value) {
  if (value == NULL) return true;
  size_t size = strlen(name) + strlen(value) + sizeof ": ";
  char *line = malloc(size);
  if (line == NULL) return false;
  snprintf(line, size, "%s: %s", name, value);
  struct curl_slist *longer = transfer->client->curl->curl_slist_append(transfer->headers, line);
  free(line);
  if (longer == NULL) return false;
  transfer->headers = longer;
  return true;
}

/* The schemes, as both the old and the new option want them. */
static CURLcode set_schemes(struct http_transfer *transfer) {
  const struct late_curl *curl = transfer->client->curl;
#if LIBCURL_VERSION_NUM >= 0x075500
  CURLcode result = curl->curl_easy_setopt(transfer->easy, CURLOPT_PROTOCOLS_STR,
                                           transfer->url.is_plain ? "http,https" : "https");
  return result != CURLE_OK ? result : curl->curl_easy_setopt(transfer->easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
#else
  long schemes = CURLPROTO_HTTPS | (transfer->url.is_plain ? CURLPROTO_HTTP : 0);
  CURLcode result = curl->curl_easy_setopt(transfer->easy, CURLOPT_PROTOCOLS, schemes);
  return result != CURLE_OK ? result
                            : curl->curl_easy_setopt(transfer->easy, CURLOPT_REDIR_PROTOCOLS, (long)CURLPROTO_HTTPS);
#endif
}

/* Of the certificates that are given none but these count, so the system's folder of them has to go, too. */
static CURLcode set_certificates(struct http_transfer *transfer) {
  static const CURLoption files[] = {CURLOPT_CAINFO, CURLOPT_PROXY_CAINFO};
  static const CURLoption folders[] = {CURLOPT_CAPATH, CURLOPT_PROXY_CAPATH};
  const struct late_curl *curl = transfer->client->curl;
  const char *file = transfer->request->ca_file;
  if (file == NULL) file = getenv("SSL_CERT_FILE");
  if (file == NULL || *file == '\0') return CURLE_OK;
  CURLcode result = CURLE_OK;
  for (int i = 0; i < 2 && result == CURLE_OK; i++) {
    result = curl->curl_easy_setopt(transfer->easy, files[i], file);
    if (result == CURLE_OK) result = curl->curl_easy_setopt(transfer->easy, folders[i], NULL);
  }
  return result;
}

/* What goes to this machine goes through no proxy, whose own loopback it would reach. */
static CURLcode set_proxy(struct http_transfer *transfer) {
  const char *proxy = transfer->url.is_plain ? "" : transfer->request->proxy;
  if (proxy == NULL) return CURLE_OK;
  return transfer->client->curl->curl_easy_setopt(transfer->easy, CURLOPT_PROXY, proxy);
}

CURLcode http_set_options(struct http_transfer *transfer) {
  CURLcode (*set)(CURL *, CURLoption, ...) = transfer->client->curl->curl_easy_setopt;
  CURL *easy = transfer->easy;
  if (!add_header(transfer, "If-None-Match", transfer->request->etag) ||
      !add_header(transfer, "If-Modified-Since", transfer->request->last_modified))
    return CURLE_OUT_OF_MEMORY;
  CURLcode results[] = {
      set(easy, CURLOPT_URL, transfer->request->url),
      set(easy, CURLOPT_ERRORBUFFER, transfer->problem),
      set(easy, CURLOPT_NOSIGNAL, 1L),
      set(easy, CURLOPT_USERAGENT, "pysec/" PYSEC_VERSION),
      set(easy, CURLOPT_FOLLOWLOCATION, 1L),
      set(easy, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS),
      set(easy, CURLOPT_SSL_VERIFYPEER, 1L),
      set(easy, CURLOPT_SSL_VERIFYHOST, 2L),
      set(easy, CURLOPT_HTTPHEADER, transfer->headers),
      /* Our own is the one that counts: see http_has_ended. */
      set(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(transfer->request->timeout * 1000) + 1000L),
      set_schemes(transfer),
      set_certificates(transfer),
      set_proxy(transfer),
  };
  for (size_t i = 0; i < sizeof results / sizeof *results; i++)
    if (results[i] != CURLE_OK) return results[i];
  return CURLE_OK;
}
