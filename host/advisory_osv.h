/* The answers of the OSV service, https://google.github.io/osv.dev/api/, from the local database.
 *
 * Knows nothing of HTTP but its status numbers. Pages are not made: every answer is whole. */
#ifndef PYSEC_ADVISORY_OSV_H
#define PYSEC_ADVISORY_OSV_H

#include <lua.h>

#include "advisory_buffer.h"
#include "advisory_db.h"

struct advisory_answer {
  int status;                   /* of HTTP */
  struct advisory_buffer body;  /* JSON; the caller frees it */
};

/* Answer POST /v1/query and POST /v1/querybatch with that body. `L` reads the JSON; it belongs to the
 * caller and is left with an empty stack. Nothing raises: an answer is always made, if need be of
 * status 500 and, without memory, with an empty body. */
void advisory_osv_query(struct advisory_db *db, lua_State *L, const char *body, size_t length,
                        struct advisory_answer *answer);
void advisory_osv_batch(struct advisory_db *db, lua_State *L, const char *body, size_t length,
                        struct advisory_answer *answer);

/* Answers GET /v1/vulns/ID. */
void advisory_osv_record(struct advisory_db *db, const char *id, struct advisory_answer *answer);

/* Makes the error that api.osv.dev would send; `message` needs no escapes in JSON. */
void advisory_osv_error(struct advisory_answer *answer, int status, const char *message);

#endif
