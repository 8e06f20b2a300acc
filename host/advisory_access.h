/* Who may ask the service for what: by the Host header, the token and the path. */
#ifndef PYSEC_ADVISORY_ACCESS_H
#define PYSEC_ADVISORY_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "advisory_address.h"

enum { ADVISORY_TOKEN_BYTES = 33, ADVISORY_MAX_TOKEN = 128 };

struct advisory_access {
  char token[ADVISORY_MAX_TOKEN + 1];  /* "": none is asked for */
  bool any_address;                    /* every address is a Host that is let in */
  char **hosts;                        /* what else is, in its canonical spelling */
  size_t host_count;
};

enum advisory_route { ADVISORY_ROUTE_NONE, ADVISORY_ROUTE_QUERY, ADVISORY_ROUTE_BATCH, ADVISORY_ROUTE_RECORD };

/* Lets in who names this machine (127.0.0.1, localhost, [::1]), the address that is listened on (any one
 * where that is 0.0.0.0 or ::) or one of `hosts`. A web page that had its own name point here names itself.
 * False: no memory; free it all the same. */
bool advisory_access_init(struct advisory_access *access, const struct advisory_address *listen,
                          const char *const *hosts, size_t host_count, const char *token);

void advisory_access_free(struct advisory_access *access);

/* Whether a Host header's value is let in. Ports do not count: behind a forwarded one the number differs,
 * and it is no protection. */
bool advisory_access_is_host(const struct advisory_access *access, const char *value);

/* Returns the path behind the token, NULL without the right one. Part of `path`. */
const char *advisory_access_path(const struct advisory_access *access, const char *path);

/* What a path without its token asks for; NULL: nothing. */
enum advisory_route advisory_access_route(const char *path);

/* The ID of /v1/vulns/ID; NULL: the path is another. */
const char *advisory_access_record(const char *path);

/* Makes a fresh token of 32 hexadecimal digits. False, with errno, when the system has no randomness. */
bool advisory_access_new_token(char token[ADVISORY_TOKEN_BYTES]);

/* Whether a text may serve as a token: 16 to 128 letters and digits. */
bool advisory_access_is_token(const char *text);

/* Whether a text may be a host: an address, or a DNS name of at most 253 bytes. No port, no brackets. */
bool advisory_access_may_be_host(const char *text);

#endif
