#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http.h"

static bool is_loopback(const char *host) {
  struct in_addr four;
  if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0) return true;
  return inet_pton(AF_INET, host, &four) == 1 && (ntohl(four.s_addr) >> 24) == 127;
}

static bool is_part(const struct late_curl *curl, CURLU *parts, CURLUPart part, bool (*is_right)(const char *)) {
  char *text;
  if (curl->curl_url_get(parts, part, &text, 0) != CURLUE_OK) return false;
  bool answer = is_right(text);
  curl->curl_free(text);
  return answer;
}

static bool is_https(const char *scheme) { return strcmp(scheme, "https") == 0; }
static bool is_http(const char *scheme) { return strcmp(scheme, "http") == 0; }

/* Takes out what may be secret, so comes last. */
static bool show(const struct late_curl *curl, CURLU *parts, struct http_url *url) {
  static const CURLUPart hidden[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_QUERY,
                                     CURLUPART_FRAGMENT};
  char *text;
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) curl->curl_url_set(parts, hidden[i], NULL, 0);
  if (curl->curl_url_get(parts, CURLUPART_URL, &text, 0) != CURLUE_OK) return false;
  snprintf(url->shown, sizeof url->shown, "%s", text);
  curl->curl_free(text);
  return true;
}

bool http_url_read(const struct late_curl *curl, const char *text, struct http_url *url, struct http_error *error) {
  CURLU *parts = curl->curl_url();
  if (parts == NULL) return http_fail(error, "ENOMEM", "not enough memory");
  bool is_url = curl->curl_url_set(parts, CURLUPART_URL, text, 0) == CURLUE_OK;
  bool is_secure = is_url && is_part(curl, parts, CURLUPART_SCHEME, is_https);
  url->is_plain = is_url && is_part(curl, parts, CURLUPART_SCHEME, is_http) &&
                  is_part(curl, parts, CURLUPART_HOST, is_loopback);
  is_url = is_url && show(curl, parts, url);
  curl->curl_url_cleanup(parts);
  /* What is no address is not shown: nobody knows where in it a password stands. */
  if (!is_url) return http_fail(error, "EINVAL", "the address is none that can be fetched; one is https://HOST/PATH");
  if (is_secure || url->is_plain) return true;
  return http_fail(error, "EPROTO", "%s: only https is allowed, and http to localhost", url->shown);
}
