/* The OSV service, in threads of its own over a copy of the database in memory.
 *
 *   POST /TOKEN/v1/query   POST /TOKEN/v1/querybatch   GET /TOKEN/v1/vulns/ID
 *
 * The token keeps other users of the machine and of the network off, the check of the Host header keeps web
 * pages off that had their name point here (DNS rebinding); bodies, connections and slow clients are limited,
 * and the database is only read. There is no TLS: that is for a proxy in front. */
#ifndef PYSEC_ADVISORY_SERVE_H
#define PYSEC_ADVISORY_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "advisory_address.h"
#include "advisory_error.h"
#include "advisory_log.h"

struct advisory_service;

struct advisory_serve_options {
  struct advisory_address listen;
  uint16_t port;             /* 0: any free one */
  const char *token;         /* NULL: none, so that whoever can connect may ask */
  const char *const *hosts;  /* what clients may call the service besides its addresses */
  size_t host_count;
  unsigned seconds;          /* that a request may take to arrive, saying something every half of them; 0: 20 */
  bool log_requests;
};

/* Starts the service and stores it in *service, NULL on failure.
 * Errors: those of advisory_db_open, EADDRINUSE, EADDRNOTAVAIL and the like, ENOMEM. */
bool advisory_serve_start(struct advisory_service **service, const char *path,
                          const struct advisory_serve_options *options, struct advisory_error *error);

/* The address up to "/v1", such as http://127.0.0.1:40123/TOKEN. Owned by the service. */
const char *advisory_serve_url(const struct advisory_service *service);

/* Takes the oldest thing that the service has to say; false: there is none. */
bool advisory_serve_line(struct advisory_service *service, struct advisory_log_line *line);

/* Ends the service and its threads; open connections are closed. Takes NULL; returns NULL. */
struct advisory_service *advisory_serve_stop(struct advisory_service *service);

#endif
