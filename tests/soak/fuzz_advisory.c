/* A libFuzzer target over what the advisory engine reads: by its first byte, an input is a record in JSON or YAML that
 * is imported, or the content of a leaf or record whose checksum is right.
 *
 * What has to hold: an import is done or refused with a message, and what it made is whole; content that is malformed
 * is refused, by whoever reads it. */
#include <lauxlib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advisory_audit.h"
#include "advisory_catalog.h"
#include "advisory_find.h"
#include "advisory_import.h"
#include "advisory_leaf.h"
#include "advisory_package.h"
#include "advisory_verify.h"
#include "host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/fuzz_advisory.XXXXXX";
static char path[64], member[64];

static void insist(bool holds) {
  if (!holds) abort();
}

static void write_member(const char *name, const void *bytes, size_t size) {
  snprintf(member, sizeof member, "%s/%s", folder, name);
  FILE *file = fopen(member, "wb");
  insist(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static bool import(lua_State *L, struct advisory_db *db) {
  const struct advisory_import_options options = {.origin = "files", .etag = "", .last_modified = ""};
  struct advisory_counts counts;
  struct advisory_error error = {0};
  bool done = advisory_import(L, db, member, &options, &counts, &error) == ADVISORY_IMPORT_DONE;
  insist(done || error.text[0] != '\0');
  lua_settop(L, 0);
  return done;
}

static struct advisory_db *open_new(void) {
  struct advisory_db *db;
  struct advisory_error error;
  unlink(path);
  insist(advisory_db_open(&db, path, true, &error));
  insist(advisory_db_run(db, "PRAGMA synchronous = OFF", &error));
  return db;
}

static const char RECORD[] =
    "{\"id\":\"A-1\",\"modified\":\"2024-01-01T00:00:00Z\",\"aliases\":[\"B-1\"],\"affected\":[{\"package\":"
    "{\"ecosystem\":\"PyPI\",\"name\":\"a\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},"
    "{\"fixed\":\"2\"}]}]}]}";

/* Asks for all in every way; what is refused is refused with a message. */
static void ask(struct advisory_db *db) {
  struct advisory_error error = {0};
  struct advisory_package package;
  struct advisory_flaws flaws = {0};
  struct pep440 version;
  insist(pep440_parse(&version, "1.0", 3));
  if (advisory_package_read(db, "a", &package, &error)) insist(advisory_audit(&package, &version, &flaws));
  else insist(error.text[0] != '\0');
  free(flaws.items);
  advisory_package_free(&package);
  advisory_hits_free(advisory_find(db, "a", &version, &error));
  advisory_hits_free(advisory_get(db, "B-1", true, &error));
  advisory_verify(db, &error);
}

static void import_member(lua_State *L, const char *name, const uint8_t *data, size_t size) {
  struct advisory_error error;
  struct advisory_db *db = open_new();
  write_member(name, data, size);
  if (import(L, db)) {
    insist(advisory_verify(db, &error));
    ask(db);
  }
  advisory_db_close(db);
  unlink(member);
}

static void replace_content(lua_State *L, enum advisory_table table, int64_t number, const uint8_t *data, size_t size) {
  struct advisory_error error;
  struct advisory_db *db = open_new();
  write_member("seed.json", RECORD, sizeof RECORD - 1);
  insist(import(L, db));
  insist(advisory_leaf_put(db, table, number, data, size, &error));
  ask(db);
  import(L, db);
  advisory_db_close(db);
  unlink(member);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static lua_State *L;
  static struct state_owner owner;
  if (L == NULL) {
    insist(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/db", folder);
    L = luaL_newstate();
    host_own(L, &owner);
  }
  if (size == 0) return 0;
  switch (data[0] % 6) {
    case 0: import_member(L, "a.json", data + 1, size - 1); break;
    case 1: import_member(L, "a.yaml", data + 1, size - 1); break;
    case 2: replace_content(L, ADVISORY_LEAVES, 0, data + 1, size - 1); break;
    case 3: replace_content(L, ADVISORY_LEAVES, 1, data + 1, size - 1); break;
    case 4: replace_content(L, ADVISORY_LEAVES, 2, data + 1, size - 1); break;
    case 5: replace_content(L, ADVISORY_RECORDS, 1, data + 1, size - 1); break;
    default: break;
  }
  lua_gc(L, LUA_GCCOLLECT);
  return 0;
}
