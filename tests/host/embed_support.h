/* What the tests of embedding share. They see pysec through its public header alone. */
#ifndef PYSEC_EMBED_SUPPORT_H
#define PYSEC_EMBED_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pysec.h"

/* What scripts print, by stream. */
struct output {
  char text[3][4096];
  size_t length[3];
};

/* A write callback; `data` is a struct output. */
void embed_keep(void *data, pysec_stream stream, const char *text, size_t length);

/* Group fixtures: a folder for scripts. */
int embed_set_up(void **state);
int embed_tear_down(void **state);

/* The path of `name` in that folder, valid until the next call. */
const char *embed_path(const char *name);

/* Writes a file there and returns its path, as embed_path. */
const char *embed_file(const char *name, const char *text);

/* Writes a script and returns its path, as embed_path. */
const char *embed_script(const char *text);

pysec_host *embed_new(const pysec_options *options);

/* A script that uses every module that holds something, and a run of it that has to succeed. */
extern const char EMBED_EVERYTHING[];
void embed_run_everything(pysec_host *host);

/* Runs `body` in a child and stores what its streams got; the child has to leave with 0 within 20 seconds. */
void embed_in_child(void (*body)(void), char *got, size_t size);

#endif
