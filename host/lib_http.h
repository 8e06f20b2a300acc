/* What the files of pysec.http share. */
#ifndef PYSEC_LIB_HTTP_H
#define PYSEC_LIB_HTTP_H

#include "host.h"
#include "http.h"

enum { LIB_HTTP_TICK_MS = 100 };

struct lib_http_client {
  struct http_client client;
  bool is_busy;               /* a download is under way, whose on_progress may come back here */
};

/* The client at `index`, ready for downloads: raises while it is busy. */
struct lib_http_client *lib_http_check_idle(lua_State *L, int index);

/* Opens the client unless it is open. */
bool lib_http_open(struct lib_http_client *client, struct http_error *error);

/* Leaves on_progress, or nil, on top of the stack, and what the request points to below it. */
void lib_http_read_request(lua_State *L, int options, struct http_request *request);

void lib_http_push_answer(lua_State *L, const struct http_request *request, const struct http_answer *answer);

/* lib_http_all.c */
void lib_http_open_all(lua_State *L);
int lib_http_all(lua_State *L);

#endif
