/* Embedding: many hosts, interrupts from elsewhere, and too little memory. */
#include "embed_support.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- many hosts --- */

static void hosts_do_not_share_anything(void **state) {
  (void)state;
  struct output outputs[2] = {{.length = {0}}, {.length = {0}}};
  pysec_host *hosts[2];
  int code;
  for (int i = 0; i < 2; i++) hosts[i] = embed_new(&(pysec_options){.write = embed_keep, .write_data = &outputs[i]});
  pysec_script_run(hosts[0], embed_script("shared = 1 string.upper = nil package.loaded['pysec.ui'].mark = 1\n"
                                    "require 'pysec.ui'.configure { quiet = true }"), 0, NULL, &code);
  pysec_script_run(hosts[1], embed_script("print(shared, string.upper ~= nil, require 'pysec.ui'.mark)\n"
                                    "require 'pysec.ui'.info 'heard'"), 0, NULL, &code);
  assert_string_equal(outputs[0].text[PYSEC_OUT], "");
  assert_string_equal(outputs[1].text[PYSEC_OUT], "nil\ttrue\tnil\nheard\n");
  hosts[0] = pysec_free(hosts[0]);
  embed_run_everything(hosts[1]);
  hosts[1] = pysec_free(hosts[1]);
}

struct worker {
  pthread_t thread;
  const char *path;
  const char *word;
  int failures;
};

static void *work(void *data) {
  struct worker *worker = data;
  for (int round = 0; round < 10; round++) {
    struct output output = {0};
    pysec_host *host = NULL;
    int code = -1;
    if (pysec_new(&host, &(pysec_options){.write = embed_keep, .write_data = &output}) != PYSEC_OK) {
      worker->failures++;
      continue;
    }
    pysec_status status = pysec_script_run(host, worker->path, 1, &worker->word, &code);
    if (status != PYSEC_OK || code != 0 || strcmp(output.text[PYSEC_OUT], worker->word) != 0) worker->failures++;
    pysec_free(host);
  }
  return NULL;
}

static void two_threads_have_a_host_each(void **state) {
  (void)state;
  const char *path = embed_script("local tool, ui = require 'pysec.tool', require 'pysec.ui'\n"
                            "local specs = {}\n"
                            "local text = 'sleep 0.01; printf %s \"$1\"'\n"
                            "for i = 1, 5 do specs[i] = { 'sh', '-c', text, 'sh', arg[1] } end\n"
                            "for _, result in ipairs(tool.all(specs, { jobs = 2 })) do\n"
                            "  if result.stdout ~= arg[1] then return 1 end\n"
                            "end\n"
                            "ui.write(require 'pysec.json'.decode('[\"' .. arg[1] .. '\"]')[1])");
  struct worker workers[2] = {{.path = path, .word = "first"}, {.path = path, .word = "second"}};
  for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
  for (int i = 0; i < 2; i++) {
    pthread_join(workers[i].thread, NULL);
    assert_int_equal(workers[i].failures, 0);
  }
}

/* --- interrupts --- */

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *interrupt_soon(void *data) {
  nanosleep(&(struct timespec){.tv_nsec = 300 * 1000 * 1000}, NULL);
  pysec_interrupt(data, SIGTERM);
  return NULL;
}

static void another_thread_may_interrupt(void **state) {
  (void)state;
  static const char *const texts[] = {
      "while true do end",
      "local t = {} while true do t[#t % 100 + 1] = tostring(t) end",
      "coroutine.wrap(function() while true do end end)()",
      "require 'pysec.tool'.run { 'sleep', '30' }",
      "require 'pysec.tool'.sleep(30)",
      "local s = {} for i = 1, 20 do s[i] = { 'sleep', '30' } end require 'pysec.tool'.all(s, { jobs = 3 })",
      "require 'pysec.tool'.shield(function() require 'pysec.tool'.sleep(0.6) end) while true do end",
  };
  pysec_host *host = embed_new(NULL);
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    pthread_t thread;
    int code = -1;
    double start = now();
    const char *path = embed_script(texts[i]);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, host), 0);
    pysec_status status = pysec_script_run(host, path, 0, NULL, &code);
    pthread_join(thread, NULL);
    assert_int_equal(status, PYSEC_INTERRUPTED);
    assert_int_equal(code, 128 + SIGTERM);
    assert_string_equal(pysec_error(host), "interrupted");
    assert_true(now() - start < 5);
    embed_run_everything(host);
  }
  pysec_free(host);
}

static void an_interrupt_of_nothing_is_forgotten(void **state) {
  (void)state;
  pysec_host *host = embed_new(NULL);
  pysec_interrupt(host, SIGINT);
  embed_run_everything(host);
  pysec_interrupt(host, SIGINT);
  pysec_free(host);
}

/* --- memory --- */

/* Raises the limit until all goes well; whatever fails on the way fails for want of memory, and cleanly. */
static void memory_may_end_at_any_moment(void **state) {
  (void)state;
  const char *path = embed_script(EMBED_EVERYTHING);
  int no_host = 0, no_run = 0;
  for (size_t limit = 512; limit < 64 * 1024 * 1024; limit += 97) {
    pysec_host *host = NULL;
    int code = -1;
    pysec_status status = pysec_new(&host, &(pysec_options){.memory_limit = limit});
    if (status != PYSEC_OK) {
      assert_int_equal(status, PYSEC_NO_MEMORY);
      assert_null(host);
      no_host++;
      continue;
    }
    status = pysec_script_run(host, path, 0, NULL, &code);
    if (status == PYSEC_OK) {
      pysec_free(host);
      assert_true(no_host > 10 && no_run > 10);
      return;
    }
    if (status != PYSEC_NO_MEMORY) print_message("limit %zu: status %d: %s\n", limit, status, pysec_error(host));
    assert_int_equal(status, PYSEC_NO_MEMORY);
    assert_int_equal(code, 1);
    assert_non_null(strstr(pysec_error(host), "not enough memory"));
    no_run++;
    pysec_free(host);
  }
  fail_msg("64 MiB were not enough");
}

static void a_script_may_be_too_big_to_compile(void **state) {
  (void)state;
  char *text = calloc(20000, 16);
  assert_non_null(text);
  for (int i = 0; i < 20000; i++) strcat(text + i * 15, "f(1, {'abcde'})");
  pysec_host *host = embed_new(&(pysec_options){.memory_limit = 1024 * 1024});
  int code = -1;
  assert_int_equal(pysec_script_run(host, embed_script(text), 0, NULL, &code), PYSEC_NO_MEMORY);
  assert_int_equal(code, 1);
  assert_string_equal(pysec_error(host), "not enough memory");
  const char *const words[] = {"pysec", "run", embed_script(text)};
  assert_int_equal(pysec_command_run(host, 3, words, &code), PYSEC_NO_MEMORY);
  embed_run_everything(host);
  pysec_free(host);
  free(text);
}

static void a_host_lives_on_after_it_ran_out_of_memory(void **state) {
  (void)state;
  static const char *const texts[] = {
      "local s = 'x' while true do s = s .. s end",
      "local t = {} for i = 1, 1e9 do t[i] = { i } end",
  };
  pysec_host *host = embed_new(&(pysec_options){.memory_limit = 4 * 1024 * 1024});
  for (int i = 0; i < 6; i++) {
    int code = -1;
    pysec_status status = pysec_script_run(host, embed_script(texts[i % 2]), 0, NULL, &code);
    assert_int_equal(status, PYSEC_NO_MEMORY);
    assert_int_equal(code, 1);
    embed_run_everything(host);
  }
  pysec_free(host);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hosts_do_not_share_anything),
      cmocka_unit_test(two_threads_have_a_host_each),
      cmocka_unit_test(another_thread_may_interrupt),
      cmocka_unit_test(an_interrupt_of_nothing_is_forgotten),
      cmocka_unit_test(memory_may_end_at_any_moment),
      cmocka_unit_test(a_script_may_be_too_big_to_compile),
      cmocka_unit_test(a_host_lives_on_after_it_ran_out_of_memory),
  };
  return cmocka_run_group_tests(tests, embed_set_up, embed_tear_down);
}
