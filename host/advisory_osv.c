/* OSV's requests, read and answered.
 *
 * A request that is not understood is an error, never an empty answer: that would read as "no known
 * vulnerabilities". An ecosystem that the database does not keep has an empty answer, as asking for it
 * is no mistake. */
#include "advisory_osv.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "advisory_find.h"
#include "json.h"
#include "text.h"

/* A batch of a few bytes a query may name the packages with the most advisories: it has its fill of work. */
enum { MAX_QUERIES = 1000, MAX_BATCH_BYTES = 64 * 1024 * 1024 };

struct query {
  char package[ADVISORY_MAX_PACKAGE];
  struct pep440 version;
  char version_text[PEP440_MAX_LENGTH + 1];
  bool has_version;
  bool is_foreign;   /* about something that the database does not keep */
  const char *wrong;  /* static; NULL: nothing */
};

struct job {
  struct advisory_db *db;
  const char *body;
  size_t length;
  struct advisory_answer *answer;
  size_t read;  /* bytes of records so far */
};

void advisory_osv_error(struct advisory_answer *answer, int status, const char *message) {
  char text[256];
  int code = status == 404 ? 5 : status == 503 ? 14 : status >= 500 ? 13 : 3;  /* gRPC's, as api.osv.dev sends them */
  int length = snprintf(text, sizeof text, "{\"code\":%d,\"message\":\"%s\"}", code, message);
  answer->status = status;
  advisory_buffer_clear(&answer->body);
  advisory_buffer_add(&answer->body, text, (size_t)length);
}

static void fail_inside(struct advisory_answer *answer) {
  advisory_osv_error(answer, 500, "The advisory database cannot be read.");
}

/* --- reading a query --- */

/* Reads a text of the table at the top; *text is NULL when it is absent, null or empty, which is the
 * same for OSV. False: it is no text, or one with a zero byte, which C would take for its end. */
static bool read_text(lua_State *L, const char *name, const char **text, size_t *length) {
  int type = lua_getfield(L, -1, name);
  *text = type == LUA_TSTRING ? lua_tolstring(L, -1, length) : NULL;
  lua_pop(L, 1);
  if (*text != NULL && strlen(*text) != *length) return false;
  if (*text != NULL && *length == 0) *text = NULL;
  return type == LUA_TSTRING || type == LUA_TNIL || type == LUA_TLIGHTUSERDATA;
}

static bool set_version(struct query *query, const char *text, size_t length) {
  if (length > PEP440_MAX_LENGTH) return false;
  memcpy(query->version_text, text, length);
  query->version_text[length] = '\0';
  query->has_version = pep440_parse(&query->version, query->version_text, length);
  return query->has_version;
}

/* Undoes %XX; returns the length, 0 for what is malformed or too long. */
static size_t unescape(const char *text, size_t length, char *out, size_t size) {
  size_t written = 0;
  for (size_t i = 0; i < length; i++, written++) {
    if (written == size) return 0;
    out[written] = text[i];
    if (text[i] != '%') continue;
    int high = i + 2 < length ? text_hex_digit(text[i + 1]) : -1, low = high >= 0 ? text_hex_digit(text[i + 2]) : -1;
    if (low < 0) return 0;
    out[written] = (char)(high * 16 + low);
    i += 2;
  }
  return written;
}

/* pkg:pypi/NAME@VERSION?qualifiers#subpath, all but the name optional. */
static const char *read_purl(struct query *query, const char *purl) {
  char text[PEP440_MAX_LENGTH];
  if (strncmp(purl, "pkg:", 4) != 0) return "Invalid Package URL.";
  purl += 4 + strspn(purl + 4, "/");
  size_t type = strcspn(purl, "/");
  if (purl[type] != '/') return "Invalid Package URL.";
  query->is_foreign = type != 4 || strncasecmp(purl, "pypi", 4) != 0;
  if (query->is_foreign) return NULL;
  const char *name = purl + type + 1;
  size_t end = strcspn(name, "?#"), name_length = strcspn(name, "@?#");
  size_t length = unescape(name, name_length, text, sizeof text);
  if (memchr(name, '/', name_length) != NULL || !advisory_package_normalize(text, length, query->package))
    return "Invalid Package URL.";
  if (name_length >= end) return NULL;
  length = unescape(name + name_length + 1, end - name_length - 1, text, sizeof text);
  return length > 0 && set_version(query, text, length) ? NULL : "Invalid version in the Package URL.";
}

static const char *read_package(lua_State *L, struct query *query) {
  const char *name, *ecosystem, *purl;
  size_t name_length, length;
  if (!read_text(L, "name", &name, &name_length) || !read_text(L, "ecosystem", &ecosystem, &length) ||
      !read_text(L, "purl", &purl, &length))
    return "Invalid package.";
  if (purl != NULL)
    return name == NULL && ecosystem == NULL ? read_purl(query, purl)
                                             : "A Package URL takes the place of name and ecosystem.";
  if (name == NULL || ecosystem == NULL) return "A package has a name and an ecosystem, or a Package URL.";
  query->is_foreign = strcasecmp(ecosystem, "PyPI") != 0;
  if (query->is_foreign || advisory_package_normalize(name, name_length, query->package)) return NULL;
  return "Invalid package name.";
}

/* Reads the query at the top of the stack. */
static void read_query(lua_State *L, struct query *query) {
  const char *text;
  size_t length;
  query->has_version = query->is_foreign = false;
  query->wrong = "Invalid query.";
  if (!lua_istable(L, -1) || !read_text(L, "commit", &text, &length)) return;
  if (text != NULL) {
    query->is_foreign = true;
    query->wrong = NULL;
    return;
  }
  if (lua_getfield(L, -1, "package") == LUA_TTABLE) query->wrong = read_package(L, query);
  lua_pop(L, 1);
  if (query->wrong != NULL || query->is_foreign) return;
  if (!read_text(L, "version", &text, &length)) {
    query->wrong = "Invalid version.";
  } else if (text != NULL) {
    if (query->has_version) query->wrong = "The version is given twice.";
    else if (!set_version(query, text, length)) query->wrong = "Invalid version.";
  }
}

/* --- writing an answer --- */

static bool add_record(struct advisory_buffer *body, const struct advisory_hit *hit) {
  return advisory_buffer_add(body, hit->record, hit->record_length);
}

/* Neither text needs escapes: see advisory_record.c. */
static bool add_id(struct advisory_buffer *body, const struct advisory_hit *hit) {
  return advisory_buffer_add_string(body, "{\"id\":\"") && advisory_buffer_add_string(body, hit->id) &&
         advisory_buffer_add_string(body, "\",\"modified\":\"") &&
         advisory_buffer_add_string(body, hit->modified) && advisory_buffer_add_string(body, "\"}");
}

static bool add_hits(struct advisory_buffer *body, const struct advisory_hits *hits,
                     bool (*add)(struct advisory_buffer *, const struct advisory_hit *)) {
  if (hits->count == 0) return advisory_buffer_add_string(body, "{}");
  for (size_t i = 0; i < hits->count; i++)
    if (!advisory_buffer_add_string(body, i == 0 ? "{\"vulns\":[" : ",") || !add(body, hits->items[i]))
      return false;
  return advisory_buffer_add_string(body, "]}");
}

/* Appends the answer to one query; false, with an error in place of the body, where there is none. */
static bool add_answer(struct job *job, const struct query *query,
                       bool (*add)(struct advisory_buffer *, const struct advisory_hit *)) {
  struct advisory_error error;
  struct advisory_hits none = {0}, *hits = &none;
  if (!query->is_foreign)
    hits = advisory_find(job->db, query->package, query->has_version ? &query->version : NULL, &error);
  for (size_t i = 0; hits != NULL && i < hits->count; i++) job->read += hits->items[i]->record_length;
  bool done = hits != NULL && add_hits(&job->answer->body, hits, add);
  if (hits != &none) advisory_hits_free(hits);
  if (!done) fail_inside(job->answer);
  return done;
}

/* Pushes the body's value; false, with an error as the answer, where it is none. */
static bool read_body(lua_State *L, const struct job *job) {
  struct json_error error;
  if (json_read(L, job->body, job->length, &error)) {
    if (lua_istable(L, -1)) return true;
    advisory_osv_error(job->answer, 400, "Invalid query.");
    return false;
  }
  char message[128];
  snprintf(message, sizeof message, "Invalid JSON in line %d, column %d.", error.line, error.column);
  advisory_osv_error(job->answer, 400, message);
  return false;
}

static int answer_query(lua_State *L) {
  struct job *job = lua_touserdata(L, 1);
  struct query query;
  if (!read_body(L, job)) return 0;
  read_query(L, &query);
  if (query.wrong != NULL)
    advisory_osv_error(job->answer, 400, query.wrong);
  else
    add_answer(job, &query, add_record);
  return 0;
}

/* Answers the query at the top, the one of this index in its batch. False: an error is in place of the body. */
static bool answer_part(lua_State *L, struct job *job, lua_Integer index) {
  struct query query;
  char message[128];
  read_query(L, &query);
  if (query.wrong != NULL) {
    snprintf(message, sizeof message, "queries[%d]: %s", (int)index, query.wrong);
    advisory_osv_error(job->answer, 400, message);
    return false;
  }
  if (index > 0 && !advisory_buffer_add(&job->answer->body, ",", 1)) {
    fail_inside(job->answer);
    return false;
  }
  if (!add_answer(job, &query, add_id)) return false;
  if (job->read <= MAX_BATCH_BYTES) return true;
  advisory_osv_error(job->answer, 400, "Too many results: ask about fewer packages at a time.");
  return false;
}

static int answer_batch(lua_State *L) {
  struct job *job = lua_touserdata(L, 1);
  if (!read_body(L, job)) return 0;
  if (lua_getfield(L, -1, "queries") != LUA_TTABLE) {
    advisory_osv_error(job->answer, 400, "Invalid query: queries is no array.");
    return 0;
  }
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  if (count > MAX_QUERIES) {
    advisory_osv_error(job->answer, 400, "Too many queries: at most 1000.");
    return 0;
  }
  bool done = advisory_buffer_add_string(&job->answer->body, "{\"results\":[");
  for (lua_Integer i = 1; done && i <= count; i++) {
    lua_rawgeti(L, -1, i);
    if (!answer_part(L, job, i - 1)) return 0;
    lua_pop(L, 1);
  }
  if (!done || !advisory_buffer_add_string(&job->answer->body, "]}")) fail_inside(job->answer);
  return 0;
}

static void run(lua_CFunction function, struct job job, lua_State *L) {
  job.answer->status = 200;
  lua_pushcfunction(L, function);
  lua_pushlightuserdata(L, &job);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) fail_inside(job.answer);
  lua_settop(L, 0);
}

void advisory_osv_query(struct advisory_db *db, lua_State *L, const char *body, size_t length,
                        struct advisory_answer *answer) {
  run(answer_query, (struct job){db, body, length, answer, 0}, L);
}

void advisory_osv_batch(struct advisory_db *db, lua_State *L, const char *body, size_t length,
                        struct advisory_answer *answer) {
  run(answer_batch, (struct job){db, body, length, answer, 0}, L);
}

void advisory_osv_record(struct advisory_db *db, const char *id, struct advisory_answer *answer) {
  struct advisory_error error;
  struct advisory_hits *hits = advisory_get(db, id, false, &error);
  answer->status = 200;
  if (hits == NULL)
    fail_inside(answer);
  else if (hits->count == 0)
    advisory_osv_error(answer, 404, "Bug not found.");
  else if (!advisory_buffer_add(&answer->body, hits->items[0]->record, hits->items[0]->record_length))
    fail_inside(answer);
  advisory_hits_free(hits);
}
