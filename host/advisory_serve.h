/* The loopback OSV service, in a thread of its own with a database connection of its own.
 *
 *   POST /TOKEN/v1/query   POST /TOKEN/v1/querybatch   GET /TOKEN/v1/vulns/ID
 *
 * Listens on 127.0.0.1 alone. The token keeps other users of the machine off, the check of the Host
 * header keeps web pages off that had their name point here (DNS rebinding); bodies, connections and
 * slow clients are limited, and the database is open for reading alone. */
#ifndef PYSEC_ADVISORY_SERVE_H
#define PYSEC_ADVISORY_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "advisory_error.h"

enum { ADVISORY_TOKEN_BYTES = 33 };

struct advisory_service;

/* Starts the service on a port (0: any free one) with a token (NULL: none, so that every user of the
 * machine may ask) and stores it in *service, NULL on failure.
 * Errors: those of advisory_db_open, EADDRINUSE and the like, ENOMEM. */
bool advisory_serve_start(struct advisory_service **service, const char *path, uint16_t port,
                          const char *token, struct advisory_error *error);

/* The address up to "/v1", such as http://127.0.0.1:40123/TOKEN. Owned by the service. */
const char *advisory_serve_url(const struct advisory_service *service);

/* Ends the service and its thread; open connections are closed. Takes NULL; returns NULL. */
struct advisory_service *advisory_serve_stop(struct advisory_service *service);

/* Makes a fresh token of 32 hexadecimal digits. False, with errno, when the system has no randomness. */
bool advisory_serve_token(char token[ADVISORY_TOKEN_BYTES]);

/* Whether the text may serve as a token: 16 to 128 letters and digits. */
bool advisory_serve_is_token(const char *text);

#endif
