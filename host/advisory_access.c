/* The checks of a request's Host, token and path. */
#include "advisory_access.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum { MIN_TOKEN = 16, MAX_HOST = 253 };

static const char *const LOCAL[] = {"127.0.0.1", "localhost", "::1"};
enum { LOCAL_COUNT = sizeof LOCAL / sizeof *LOCAL };

/* --- hosts --- */

static char *canonical(const char *host) {
  struct advisory_address address;
  return strdup(advisory_address_parse(&address, host) ? address.text : host);
}

bool advisory_access_init(struct advisory_access *access, const struct advisory_address *listen,
                          const char *const *hosts, size_t host_count, const char *token) {
  *access = (struct advisory_access){.any_address = listen->is_any};
  if (token != NULL) snprintf(access->token, sizeof access->token, "%s", token);
  access->hosts = calloc(LOCAL_COUNT + 1 + host_count, sizeof *access->hosts);
  if (access->hosts == NULL) return false;
  char **next = access->hosts;
  for (size_t i = 0; i < LOCAL_COUNT; i++) *next++ = strdup(LOCAL[i]);
  *next++ = strdup(listen->text);
  for (size_t i = 0; i < host_count; i++) *next++ = canonical(hosts[i]);
  access->host_count = LOCAL_COUNT + 1 + host_count;
  for (size_t i = 0; i < access->host_count; i++)
    if (access->hosts[i] == NULL) return false;
  return true;
}

void advisory_access_free(struct advisory_access *access) {
  for (size_t i = 0; i < access->host_count; i++) free(access->hosts[i]);
  free(access->hosts);
  *access = (struct advisory_access){0};
}

/* Takes the host out of "host", "host:port", "[::1]" and "[::1]:port". */
static bool split_host(const char *value, char host[MAX_HOST + 1]) {
  bool bracketed = *value == '[';
  value += bracketed;
  size_t length = strcspn(value, bracketed ? "]" : ":");
  const char *port = value + length;
  if (length == 0 || length > MAX_HOST || (bracketed && *port++ != ']')) return false;
  memcpy(host, value, length);
  host[length] = '\0';
  if (bracketed != (strchr(host, ':') != NULL)) return false;
  /* "mirror." and "mirror" are the same name. */
  if (!bracketed && length > 1 && host[length - 1] == '.') host[length - 1] = '\0';
  if (*port == '\0') return true;
  size_t digits = *port == ':' ? strspn(port + 1, "0123456789") : 0;
  return digits > 0 && digits <= 5 && port[1 + digits] == '\0';
}

bool advisory_access_is_host(const struct advisory_access *access, const char *value) {
  char host[MAX_HOST + 1];
  struct advisory_address address;
  if (value == NULL || !split_host(value, host)) return false;
  bool is_address = advisory_address_parse(&address, host);
  if (is_address && access->any_address) return true;
  for (size_t i = 0; i < access->host_count; i++)
    if (strcasecmp(is_address ? address.text : host, access->hosts[i]) == 0) return true;
  return false;
}

bool advisory_access_may_be_host(const char *text) {
  struct advisory_address address;
  if (advisory_address_parse(&address, text)) return true;
  size_t length = strlen(text);
  if (length == 0 || length > MAX_HOST || text[0] == '.' || text[length - 1] == '.') return false;
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)text[i]) && strchr("-._", text[i]) == NULL) return false;
  return true;
}

/* --- token and path --- */

/* Takes as long whatever is wrong with a text of the right length. */
static bool is_equal_text(const char *secret, const char *text, size_t length) {
  if (strlen(secret) != length) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < length; i++) difference |= (unsigned char)(secret[i] ^ text[i]);
  return difference == 0;
}

const char *advisory_access_path(const struct advisory_access *access, const char *path) {
  if (access->token[0] == '\0') return path;
  if (*path != '/') return NULL;
  size_t length = strcspn(path + 1, "/");
  return is_equal_text(access->token, path + 1, length) ? path + 1 + length : NULL;
}

const char *advisory_access_record(const char *path) {
  static const char prefix[] = "/v1/vulns/";
  if (path == NULL || strncmp(path, prefix, sizeof prefix - 1) != 0) return NULL;
  const char *id = path + sizeof prefix - 1;
  return *id != '\0' && strchr(id, '/') == NULL ? id : NULL;
}

enum advisory_route advisory_access_route(const char *path) {
  if (path == NULL) return ADVISORY_ROUTE_NONE;
  if (strcmp(path, "/v1/query") == 0) return ADVISORY_ROUTE_QUERY;
  if (strcmp(path, "/v1/querybatch") == 0) return ADVISORY_ROUTE_BATCH;
  return advisory_access_record(path) != NULL ? ADVISORY_ROUTE_RECORD : ADVISORY_ROUTE_NONE;
}

bool advisory_access_new_token(char token[ADVISORY_TOKEN_BYTES]) {
  unsigned char bytes[(ADVISORY_TOKEN_BYTES - 1) / 2];
  if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) return false;
  for (size_t i = 0; i < sizeof bytes; i++) sprintf(token + 2 * i, "%02x", bytes[i]);
  return true;
}

bool advisory_access_is_token(const char *text) {
  size_t length = strlen(text);
  if (length < MIN_TOKEN || length > ADVISORY_MAX_TOKEN) return false;
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)text[i])) return false;
  return true;
}
