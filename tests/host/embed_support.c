#include "embed_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/pysec-embed-XXXXXX";

void embed_keep(void *data, pysec_stream stream, const char *text, size_t length) {
  struct output *output = data;
  size_t room = sizeof output->text[stream] - 1 - output->length[stream];
  if (length > room) length = room;
  memcpy(output->text[stream] + output->length[stream], text, length);
  output->length[stream] += length;
}

int embed_set_up(void **state) {
  (void)state;
  if (mkdtemp(folder) == NULL) return -1;
  return mkdir(embed_path("scripts"), 0755);
}

int embed_tear_down(void **state) {
  (void)state;
  static const char *const names[] = {"script.lua", "scripts/main.lua", "scripts", ""};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) remove(embed_path(names[i]));
  return 0;
}

const char *embed_path(const char *name) {
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

const char *embed_file(const char *name, const char *text) {
  const char *path = embed_path(name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  return path;
}

const char *embed_script(const char *text) {
  return embed_file("script.lua", text);
}

pysec_host *embed_new(const pysec_options *options) {
  pysec_host *host = NULL;
  assert_int_equal(pysec_new(&host, options), PYSEC_OK);
  assert_non_null(host);
  return host;
}

const char EMBED_EVERYTHING[] =
    "local fs, tool, json, re = require 'pysec.fs', require 'pysec.tool', require 'pysec.json', require 'pysec.re'\n"
    "local path = assert(fs.tempdir())\n"
    "local lock <close> = assert(fs.lock(path .. '/lock'))\n"
    "assert(json.write(path .. '/a.json', { a = json.array { 1, 2.5, 'x' } }))\n"
    "assert(json.read(path .. '/a.json').a[3] == 'x')\n"
    "assert(re.compile '(a|b)+':gsub(('ab'):rep(100), 'c') == 'c')\n"
    "assert(require 'pysec.version'.matches('2.10', '<2.10.1'))\n"
    "assert(#require 'pysec.policy'.load {}:coverage().rules > 0)\n"
    "local spec = { 'sh', '-c', 'cat; echo err >&2', stdin = ('x'):rep(1000) }\n"
    "for _, result in ipairs(tool.all { spec, spec, { 'no-such-program' } }) do\n"
    "  assert(result.error_code == 'ENOENT' or #result.stdout == 1000 and result.stderr == 'err\\n')\n"
    "end\n"
    "require 'pysec.ui'.table({ 'A' }, { { 1 } })\n";

void embed_run_everything(pysec_host *host) {
  int code = -1;
  pysec_status status = pysec_script_run(host, embed_script(EMBED_EVERYTHING), 0, NULL, &code);
  if (status != PYSEC_OK) print_message("%s\n", pysec_error(host));
  assert_int_equal(status, PYSEC_OK);
  assert_int_equal(code, 0);
}

void embed_in_child(void (*body)(void), char *got, size_t size) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  fflush(NULL);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    alarm(20);
    body();
    fflush(NULL);
    _exit(0);
  }
  close(ends[1]);
  size_t length = 0;
  ssize_t count;
  while (length + 1 < size && (count = read(ends[0], got + length, size - 1 - length)) > 0) length += (size_t)count;
  got[length] = '\0';
  close(ends[0]);
  int status = -1;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  if (status != 0) print_message("the child left with status %d: %s\n", status, got);
  assert_int_equal(status, 0);
}
