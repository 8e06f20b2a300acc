/* Embedding: the life of a host, what comes out of it, and what it leaves behind. */
#include "embed_support.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int count_descriptors(void) {
  DIR *entries = opendir("/proc/self/fd");
  int count = 0;
  assert_non_null(entries);
  while (readdir(entries) != NULL) count++;
  closedir(entries);
  return count;
}

/* --- life and arguments --- */

static void a_host_is_made_and_ended(void **state) {
  (void)state;
  pysec_host *host = embed_new(NULL);
  assert_string_equal(pysec_error(host), "");
  assert_null(pysec_free(host));
  host = embed_new(&(pysec_options){0});
  assert_null(pysec_free(host));
  assert_null(pysec_free(NULL));
  assert_non_null(strchr(pysec_version(), '.'));
}

static void a_host_that_cannot_be_made_is_null(void **state) {
  (void)state;
  pysec_host *host = (pysec_host *)1;
  assert_int_equal(pysec_new(NULL, NULL), PYSEC_INVALID);
  assert_int_equal(pysec_new(&host, &(pysec_options){.scripts = "/no/such/folder"}), PYSEC_NOT_FOUND);
  assert_null(host);
  host = (pysec_host *)1;
  assert_int_equal(pysec_new(&host, &(pysec_options){.scripts = "/etc/passwd"}), PYSEC_NOT_FOUND);
  assert_null(host);
  assert_int_equal(pysec_new(&host, &(pysec_options){.memory_limit = 1}), PYSEC_NO_MEMORY);
  assert_null(host);
}

static void null_arguments_are_invalid(void **state) {
  (void)state;
  pysec_host *host = embed_new(NULL);
  const char *const words[] = {"pysec", NULL};
  int code = 7;
  assert_int_equal(pysec_script_run(NULL, "a.lua", 0, NULL, &code), PYSEC_INVALID);
  assert_int_equal(pysec_script_run(host, NULL, 0, NULL, &code), PYSEC_INVALID);
  assert_int_equal(pysec_script_run(host, "a.lua", 0, NULL, NULL), PYSEC_INVALID);
  assert_int_equal(pysec_script_run(host, "a.lua", -1, words, &code), PYSEC_INVALID);
  assert_int_equal(pysec_script_run(host, "a.lua", 1, NULL, &code), PYSEC_INVALID);
  assert_int_equal(pysec_script_run(host, "a.lua", 2, words, &code), PYSEC_INVALID);
  assert_int_equal(pysec_command_run(NULL, 1, words, &code), PYSEC_INVALID);
  assert_int_equal(pysec_command_run(host, 0, words, &code), PYSEC_INVALID);
  assert_int_equal(pysec_command_run(host, 1, NULL, &code), PYSEC_INVALID);
  assert_int_equal(pysec_command_run(host, 1, words, NULL), PYSEC_INVALID);
  assert_string_equal(pysec_error(host), "an argument is NULL or out of range");
  assert_string_equal(pysec_error(NULL), "");
  assert_int_equal(code, 7);
  pysec_interrupt(NULL, SIGINT);
  pysec_free(host);
}

/* --- running --- */

static void every_ending_has_its_status_and_code(void **state) {
  (void)state;
  static const struct {
    const char *text;
    pysec_status status;
    int code;
    const char *error; /* what pysec_error() contains; NULL: it is empty */
  } cases[] = {
      {"", PYSEC_OK, 0, NULL},
      {"return 3", PYSEC_OK, 3, NULL},
      {"return 256", PYSEC_OK, 1, NULL},
      {"os.exit(5)", PYSEC_OK, 5, NULL},
      {"os.exit(true)", PYSEC_OK, 0, NULL},
      {"coroutine.wrap(os.exit)(6)", PYSEC_OK, 6, NULL},
      {"\n\nerror 'gone wrong'", PYSEC_FAILED, 1, "script.lua:3: gone wrong\nstack traceback:\n"},
      {"local x\nreturn x.y", PYSEC_FAILED, 1, "script.lua:2: attempt to index a nil value"},
      {"error {}", PYSEC_FAILED, 1, "error object is no string"},
      {"\nreturn = 1", PYSEC_SYNTAX, 2, "script.lua:2: unexpected symbol near '='"},
      {"\x1bLua", PYSEC_SYNTAX, 2, "attempt to load a binary chunk"},
      {"require 'none'", PYSEC_FAILED, 1, "module 'none' not found"},
  };
  pysec_host *host = embed_new(NULL);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int code = -1;
    pysec_status status = pysec_script_run(host, embed_script(cases[i].text), 0, NULL, &code);
    if (status != cases[i].status || code != cases[i].code) print_message("%s: %s\n", cases[i].text, pysec_error(host));
    assert_int_equal(status, cases[i].status);
    assert_int_equal(code, cases[i].code);
    if (cases[i].error == NULL)
      assert_string_equal(pysec_error(host), "");
    else
      assert_non_null(strstr(pysec_error(host), cases[i].error));
  }
  int code = -1;
  assert_int_equal(pysec_script_run(host, "/no/such/script.lua", 0, NULL, &code), PYSEC_NOT_FOUND);
  assert_int_equal(code, 2);
  assert_non_null(strstr(pysec_error(host), "/no/such/script.lua"));
  pysec_free(host);
}

static void an_error_starts_with_the_path_and_line(void **state) {
  (void)state;
  char want[160];
  pysec_host *host = embed_new(NULL);
  int code;
  const char *path = embed_script("error 'here'");
  assert_int_equal(pysec_script_run(host, path, 0, NULL, &code), PYSEC_FAILED);
  snprintf(want, sizeof want, "%s:1: here\n", path);
  assert_memory_equal(pysec_error(host), want, strlen(want));
  pysec_free(host);
}

static void arguments_are_in_arg_and_dots(void **state) {
  (void)state;
  struct output output = {0};
  pysec_host *host = embed_new(&(pysec_options){.write = embed_keep, .write_data = &output});
  const char *const words[] = {"one", "", "two words"};
  int code;
  const char *path = embed_script("print(#arg, arg[1], arg[2], arg[3], ...)");
  assert_int_equal(pysec_script_run(host, path, 3, words, &code), PYSEC_OK);
  assert_string_equal(output.text[PYSEC_OUT], "3\tone\t\ttwo words\tone\t\ttwo words\n");
  pysec_free(host);
}

static void the_command_line_runs(void **state) {
  (void)state;
  struct output output = {0};
  pysec_host *host = embed_new(&(pysec_options){.write = embed_keep, .write_data = &output});
  int code = -1;
  assert_int_equal(pysec_command_run(host, 2, (const char *const[]){"pysec", "--version"}, &code), PYSEC_OK);
  assert_int_equal(code, 0);
  assert_non_null(strstr(output.text[PYSEC_OUT], pysec_version()));
  assert_int_equal(pysec_command_run(host, 2, (const char *const[]){"pysec", "--no-such-option"}, &code), PYSEC_OK);
  assert_int_equal(code, 2);
  assert_non_null(strstr(output.text[PYSEC_ERR], "--no-such-option"));
  const char *const words[] = {"pysec", "run", embed_script("return 4")};
  assert_int_equal(pysec_command_run(host, 3, words, &code), PYSEC_OK);
  assert_int_equal(code, 4);
  pysec_free(host);
}

static void the_scripts_option_is_copied(void **state) {
  (void)state;
  char scripts[128];
  embed_file("scripts/main.lua", "return 9");
  snprintf(scripts, sizeof scripts, "%s", embed_path("scripts"));
  pysec_host *host = embed_new(&(pysec_options){.scripts = scripts});
  memset(scripts, 'x', sizeof scripts - 1);
  int code = -1;
  assert_int_equal(pysec_command_run(host, 1, (const char *const[]){"pysec"}, &code), PYSEC_OK);
  assert_int_equal(code, 9);
  pysec_free(host);
}

/* --- output --- */

static const char PRINTING[] =
    "local ui = require 'pysec.ui'\n"
    "print 'print' ui.ok 'ok' ui.write 'write\\n' ui.warn 'warn' ui.table({ 'T' }, {})\n"
    "local progress <close> = ui.progress() progress:start 'label' progress:finish('label', true)\n"
    "require 'pysec.tool'.run { 'sh', '-c', 'echo tool; echo tool >&2' }\n"
    "error 'error'";

static void output_goes_to_write(void **state) {
  (void)state;
  struct output output = {0};
  pysec_host *host = embed_new(&(pysec_options){.write = embed_keep, .write_data = &output});
  int code;
  assert_int_equal(pysec_script_run(host, embed_script(PRINTING), 0, NULL, &code), PYSEC_FAILED);
  assert_string_equal(output.text[PYSEC_OUT], "print\n✓ ok\nwrite\nT\n");
  assert_string_equal(output.text[PYSEC_ERR], "warning: warn\n✓ label (0.0 s)\n");
  pysec_free(host);
}

static void a_terminal_behind_write_gets_colours(void **state) {
  (void)state;
  struct output output = {0};
  unsetenv("NO_COLOR");
  setenv("TERM", "xterm", 1);
  pysec_host *host = embed_new(&(pysec_options){.write = embed_keep, .write_data = &output, .out_columns = 20});
  int code;
  pysec_script_run(host, embed_script("local ui = require 'pysec.ui' ui.ok 'a' ui.warn 'b'\n"
                                "ui.table({ 'T', 'U' }, { { ('x'):rep(30), ('y'):rep(30) } })"),
                   0, NULL, &code);
  assert_non_null(strstr(output.text[PYSEC_OUT], "\x1b[32m✓ \x1b[0ma\n"));
  assert_non_null(strstr(output.text[PYSEC_OUT], "xxxxxxxx…  yyyyyyyy…\n"));
  assert_string_equal(output.text[PYSEC_ERR], "warning: b\n");
  pysec_free(host);
}

static void print_without_write(void) {
  pysec_host *host = NULL;
  int code;
  if (pysec_new(&host, &(pysec_options){.out_columns = 80, .err_columns = 80}) != PYSEC_OK) _exit(1);
  pysec_script_run(host, embed_script(PRINTING), 0, NULL, &code);
  pysec_script_run(host, embed_script("return = 1"), 0, NULL, &code);
  pysec_command_run(host, 2, (const char *const[]){"pysec", "--help"}, &code);
  pysec_free(host);
}

static void without_write_nothing_is_printed(void **state) {
  (void)state;
  char got[4096];
  embed_in_child(print_without_write, got, sizeof got);
  assert_string_equal(got, "");
}

/* --- what is left behind --- */

static void signals_stay_as_they_were(void **state) {
  (void)state;
  struct sigaction before[32], after;
  sigset_t mask_before, mask_after;
  for (int number = 1; number < 32; number++) sigaction(number, NULL, &before[number]);
  pthread_sigmask(SIG_BLOCK, NULL, &mask_before);
  pysec_host *host = embed_new(NULL);
  embed_run_everything(host);
  pysec_interrupt(host, SIGINT);
  pysec_free(host);
  for (int number = 1; number < 32; number++) {
    sigaction(number, NULL, &after);
    assert_ptr_equal(after.sa_handler, before[number].sa_handler);
    assert_int_equal(after.sa_flags, before[number].sa_flags);
  }
  pthread_sigmask(SIG_BLOCK, NULL, &mask_after);
  for (int number = 1; number < 32; number++)
    assert_int_equal(sigismember(&mask_after, number), sigismember(&mask_before, number));
}

static void no_descriptor_stays_open(void **state) {
  (void)state;
  /* libuv opens a pipe at the first loop of a process and keeps it. */
  pysec_free(embed_new(NULL));
  int before = count_descriptors();
  for (int i = 0; i < 5; i++) {
    pysec_host *host = embed_new(NULL);
    int code;
    embed_run_everything(host);
    const char *path = embed_script("io.open(arg[0])\n"
                                    "require 'pysec.tool'.all({ { 'true' } }, { on_done = error })");
    pysec_script_run(host, path, 0, NULL, &code);
    pysec_free(host);
  }
  assert_int_equal(count_descriptors(), before);
}

static void no_child_stays_behind(void **state) {
  (void)state;
  pysec_host *host = embed_new(NULL);
  int code;
  embed_run_everything(host);
  const char *path = embed_script("require 'pysec.tool'.all({ { 'true' }, { 'sleep', '30' } },\n"
                                  "  { on_done = error })");
  pysec_script_run(host, path, 0, NULL, &code);
  pysec_free(host);
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  assert_int_equal(errno, ECHILD);
}

static void make_without_descriptors(void) {
  for (int file = 0; file <= 2; file++) {
    pysec_host *host = NULL;
    int kept = dup(file);
    close(file);
    pysec_status status = pysec_new(&host, NULL);
    dup2(kept, file);
    close(kept);
    if (status != PYSEC_INVALID || host != NULL) _exit(1 + file);
  }
}

static void a_host_needs_the_standard_descriptors(void **state) {
  (void)state;
  char got[64];
  embed_in_child(make_without_descriptors, got, sizeof got);
}

static void run_without_sigchld(void) {
  int code;
  pysec_host *host = NULL;
  signal(SIGCHLD, SIG_IGN);
  if (pysec_new(&host, NULL) != PYSEC_OK) _exit(1);
  pysec_status status = pysec_script_run(
      host, embed_script("local result = require 'pysec.tool'.run { 'echo', 'x' }\n"
                   "return result.stdout == 'x\\n' and result.code == nil and result.signal == nil and 0 or 3"),
      0, NULL, &code);
  pysec_free(host);
  if (status != PYSEC_OK || code != 0) _exit(2);
}

static void an_embedder_may_ignore_sigchld(void **state) {
  (void)state;
  char got[64];
  embed_in_child(run_without_sigchld, got, sizeof got);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_host_is_made_and_ended),
      cmocka_unit_test(a_host_that_cannot_be_made_is_null),
      cmocka_unit_test(null_arguments_are_invalid),
      cmocka_unit_test(every_ending_has_its_status_and_code),
      cmocka_unit_test(an_error_starts_with_the_path_and_line),
      cmocka_unit_test(arguments_are_in_arg_and_dots),
      cmocka_unit_test(the_command_line_runs),
      cmocka_unit_test(the_scripts_option_is_copied),
      cmocka_unit_test(output_goes_to_write),
      cmocka_unit_test(a_terminal_behind_write_gets_colours),
      cmocka_unit_test(without_write_nothing_is_printed),
      cmocka_unit_test(signals_stay_as_they_were),
      cmocka_unit_test(no_descriptor_stays_open),
      cmocka_unit_test(no_child_stays_behind),
      cmocka_unit_test(a_host_needs_the_standard_descriptors),
      cmocka_unit_test(an_embedder_may_ignore_sigchld),
  };
  return cmocka_run_group_tests(tests, embed_set_up, embed_tear_down);
}
