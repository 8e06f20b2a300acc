/* Embedding: modules of the embedder's own. */
#include "embed_support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what the tests' functions do --- */

struct desk {
  char arguments[4096]; /* of the last call */
  int calls;
  pysec_host *host;
};

/* Answers with its own arguments. */
static pysec_status echo(void *data, const char *arguments, size_t length, pysec_reply *reply) {
  struct desk *desk = data;
  assert_int_equal(strlen(arguments), length);
  snprintf(desk->arguments, sizeof desk->arguments, "%s", arguments);
  desk->calls++;
  return pysec_reply_json(reply, arguments, length);
}

/* Answers with the text that is its argument, which has to hold no escapes. */
static pysec_status raw(void *data, const char *arguments, size_t length, pysec_reply *reply) {
  (void)data;
  return pysec_reply_json(reply, arguments + 2, length - 4);
}

static pysec_status missing(void *data, const char *arguments, size_t length, pysec_reply *reply) {
  (void)data, (void)arguments, (void)length;
  return pysec_reply_error(reply, "there is no such ticket");
}

static pysec_status wrong(void *data, const char *arguments, size_t length, pysec_reply *reply) {
  (void)data, (void)arguments, (void)length;
  assert_int_equal(pysec_reply_error(reply, "a ticket has a number"), PYSEC_OK);
  return PYSEC_INVALID;
}

static pysec_status failed(void *data, const char *arguments, size_t length, pysec_reply *reply) {
  (void)data, (void)arguments, (void)length, (void)reply;
  return PYSEC_FAILED;
}

static pysec_status silent(void *data, const char *arguments, size_t length, pysec_reply *reply) {
  (void)data, (void)arguments, (void)length, (void)reply;
  return PYSEC_OK;
}

static pysec_status poor(void *data, const char *arguments, size_t length, pysec_reply *reply) {
  (void)data, (void)arguments, (void)length;
  assert_int_equal(pysec_reply_json(reply, "1", 1), PYSEC_OK);
  return PYSEC_NO_MEMORY;
}

static pysec_status twice(void *data, const char *arguments, size_t length, pysec_reply *reply) {
  (void)data, (void)arguments, (void)length;
  assert_int_equal(pysec_reply_json(NULL, "1", 1), PYSEC_INVALID);
  assert_int_equal(pysec_reply_error(NULL, "x"), PYSEC_INVALID);
  assert_int_equal(pysec_reply_error(reply, "first"), PYSEC_OK);
  assert_int_equal(pysec_reply_json(reply, "22", 1), PYSEC_OK);
  assert_int_equal(pysec_reply_json(reply, NULL, 1), PYSEC_INVALID);
  assert_int_equal(pysec_reply_error(reply, NULL), PYSEC_INVALID);
  return PYSEC_OK;
}

static pysec_status interrupt(void *data, const char *arguments, size_t length, pysec_reply *reply) {
  struct desk *desk = data;
  pysec_interrupt(desk->host, SIGTERM);
  return echo(data, arguments, length, reply);
}

static const pysec_function FUNCTIONS[] = {
    {"echo", echo},     {"raw", raw},   {"missing", missing}, {"wrong", wrong},         {"failed", failed},
    {"silent", silent}, {"poor", poor}, {"twice", twice},     {"interrupt", interrupt}, {NULL, NULL},
};

/* A host that has the functions as acme.tickets. */
static pysec_host *new_desk(struct desk *desk, const pysec_options *options) {
  *desk = (struct desk){.host = embed_new(options)};
  assert_int_equal(pysec_module_add(desk->host, "acme.tickets", FUNCTIONS, desk), PYSEC_OK);
  assert_string_equal(pysec_error(desk->host), "");
  return desk->host;
}

static pysec_status run(pysec_host *host, const char *text, int *code) {
  char script[4096];
  snprintf(script, sizeof script, "local tickets = require 'acme.tickets' %s", text);
  return pysec_script_run(host, embed_script(script), 0, NULL, code);
}

static void expect_ok(pysec_host *host, const char *text) {
  int code = -1;
  pysec_status status = run(host, text, &code);
  if (status != PYSEC_OK) print_message("%s: %s\n", text, pysec_error(host));
  assert_int_equal(status, PYSEC_OK);
  assert_int_equal(code, 0);
  assert_string_equal(pysec_error(host), "");
}

/* --- calls --- */

static void arguments_arrive_as_a_json_array(void **state) {
  (void)state;
  static const struct {
    const char *call, *arguments;
  } cases[] = {
      {"tickets.echo()", "[]"},
      {"tickets.echo(nil)", "[null]"},
      {"tickets.echo('x', 1, 2.0, true, nil, require 'pysec.json'.null)", "[\"x\",1,2.0,true,null,null]"},
      {"tickets.echo({ b = { 1 }, a = require 'pysec.json'.array {} }, {})", "[{\"a\":[],\"b\":[1]},{}]"},
      {"tickets.echo('a\\0b\\xff')", "[\"a\\u0000b\xEF\xBF\xBD\"]"},
      {"coroutine.wrap(tickets.echo)(7)", "[7]"},
  };
  struct desk desk;
  pysec_host *host = new_desk(&desk, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    expect_ok(host, cases[i].call);
    assert_string_equal(desk.arguments, cases[i].arguments);
  }
  pysec_free(host);
}

static void a_reply_is_what_the_call_returns(void **state) {
  (void)state;
  static const char *const texts[] = {
      "assert(math.type(tickets.echo(3)[1]) == 'integer' and tickets.echo(2.5)[1] == 2.5)",
      "assert(tickets.echo('x', { a = { true } })[2].a[1] == true)",
      "assert(require 'pysec.json'.encode(tickets.raw '[]') == '[]')",
      "assert(tickets.raw 'null' == require 'pysec.json'.null and tickets.raw 'false' == false)",
      "assert(select('#', tickets.raw ' 7 ') == 1 and tickets.raw ' 7 ' == 7)",
      "assert(tickets.twice() == 2)",
      "local ok, message = tickets.missing()\nassert(ok == nil and message == 'there is no such ticket')",
      "assert(#tickets.echo(('x'):rep(5000000))[1] == 5000000)",
      "assert(#tickets.echo(table.unpack({}, 1, 200000)) == 200000)",
      "assert(require 'acme.tickets' == tickets and not package.loaded['acme'])",
  };
  struct desk desk;
  pysec_host *host = new_desk(&desk, NULL);
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) expect_ok(host, texts[i]);
  pysec_free(host);
}

static void every_failure_names_line_and_function(void **state) {
  (void)state;
  static const struct {
    const char *text;
    pysec_status status;
    const char *error;
  } cases[] = {
      {"\ntickets.wrong()", PYSEC_FAILED, "script.lua:2: acme.tickets.wrong: a ticket has a number"},
      {"\ntickets.failed()", PYSEC_FAILED, "script.lua:2: acme.tickets.failed: failed with status 5"},
      {"\ntickets.silent()", PYSEC_FAILED, "script.lua:2: acme.tickets.silent: gave no reply"},
      {"\ntickets.raw '[1,}'", PYSEC_FAILED,
       "script.lua:2: acme.tickets.raw: its reply is not JSON: line 1, column 4: "},
      {"\ntickets.raw ''", PYSEC_FAILED, "acme.tickets.raw: its reply is not JSON: line 1, column 1: "},
      {"\ntickets.echo(print)", PYSEC_FAILED, "script.lua:2: JSON cannot hold a function"},
      {"\ntickets.echo { [1] = 1, x = 2 }", PYSEC_FAILED, "script.lua:2: a table has to be either a list"},
      {"tickets.poor()", PYSEC_NO_MEMORY, "not enough memory"},
      {"tickets.missing 'x'.y = 1", PYSEC_FAILED, "attempt to index a nil value"},
      {"tickets.close()", PYSEC_FAILED, "attempt to call a nil value (field 'close')"},
  };
  struct desk desk;
  pysec_host *host = new_desk(&desk, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int code = -1;
    assert_int_equal(run(host, cases[i].text, &code), cases[i].status);
    assert_int_equal(code, 1);
    if (strstr(pysec_error(host), cases[i].error) == NULL) fail_msg("%s: %s", cases[i].text, pysec_error(host));
  }
  assert_int_equal(desk.calls, 0);
  expect_ok(host, "assert(not pcall(tickets.silent) and tickets.echo(1)[1] == 1)");
  pysec_free(host);
}

/* --- adding --- */

static void names_that_are_taken_or_malformed_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *name, *error;
  } cases[] = {
      {"", "module '': a name is letters"},
      {"acme.", "module 'acme.': a name is letters"},
      {".acme", "a name is letters"},
      {"acme..tickets", "a name is letters"},
      {"acme/tickets", "a name is letters"},
      {"acme tickets", "a name is letters"},
      {"pysec", "pysec's own"},
      {"pysec.json", "pysec's own"},
      {"pysec.tickets", "pysec's own"},
      {"string", "there is one of this name"},
      {"update", "there is one of this name"},
      {"lib.names", "there is one of this name"},
      {"acme.tickets", "module 'acme.tickets': there is one of this name"},
  };
  struct desk desk;
  pysec_host *host = new_desk(&desk, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(pysec_module_add(host, cases[i].name, FUNCTIONS, &desk), PYSEC_INVALID);
    if (strstr(pysec_error(host), cases[i].error) == NULL) fail_msg("%s: %s", cases[i].name, pysec_error(host));
  }
  assert_int_equal(pysec_module_add(NULL, "acme.x", FUNCTIONS, NULL), PYSEC_INVALID);
  assert_int_equal(pysec_module_add(host, NULL, FUNCTIONS, NULL), PYSEC_INVALID);
  assert_int_equal(pysec_module_add(host, "acme.x", NULL, NULL), PYSEC_INVALID);
  assert_string_equal(pysec_error(host), "an argument is NULL or out of range");
  embed_run_everything(host);
  pysec_free(host);

  host = embed_new(&(pysec_options){.scripts = embed_path("scripts")});
  embed_file("scripts/main.lua", "return 0");
  assert_int_equal(pysec_module_add(host, "main", FUNCTIONS, NULL), PYSEC_INVALID);
  pysec_free(host);
}

static void a_mistake_in_the_functions_adds_nothing(void **state) {
  (void)state;
  static const struct {
    const pysec_function functions[3];
    const char *error;
  } cases[] = {
      {{{"echo", echo}, {"", echo}, {NULL, NULL}}, "module 'acme.x', function '': a name is letters, digits and _"},
      {{{"echo", echo}, {"2", echo}, {NULL, NULL}}, "function '2': a name is"},
      {{{"echo", echo}, {"a-b", echo}, {NULL, NULL}}, "function 'a-b': a name is"},
      {{{"echo", echo}, {"open", NULL}, {NULL, NULL}}, "function 'open': `call` is NULL"},
      {{{"echo", echo}, {"echo", raw}, {NULL, NULL}}, "function 'echo': it is there twice"},
  };
  struct desk desk = {.calls = 0};
  pysec_host *host = embed_new(NULL);
  int code;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(pysec_module_add(host, "acme.x", cases[i].functions, &desk), PYSEC_INVALID);
    if (strstr(pysec_error(host), cases[i].error) == NULL) fail_msg("%s", pysec_error(host));
    assert_int_equal(pysec_script_run(host, embed_script("require 'acme.x'"), 0, NULL, &code), PYSEC_FAILED);
    assert_non_null(strstr(pysec_error(host), "module 'acme.x' not found"));
  }
  assert_int_equal(pysec_module_add(host, "acme.x", FUNCTIONS, &desk), PYSEC_OK);
  assert_int_equal(pysec_script_run(host, embed_script("require 'acme.x'.echo()"), 0, NULL, &code), PYSEC_OK);
  assert_int_equal(desk.calls, 1);
  pysec_free(host);
}

static void names_and_functions_are_copied(void **state) {
  (void)state;
  struct desk desk = {.calls = 0};
  pysec_host *host = embed_new(NULL);
  char module[] = "acme.tickets", name[] = "echo";
  pysec_function functions[] = {{name, echo}, {NULL, NULL}};
  assert_int_equal(pysec_module_add(host, module, functions, &desk), PYSEC_OK);
  memset(module, 'x', sizeof module - 1);
  memset(name, 'x', sizeof name - 1);
  memset(functions, 0, sizeof functions);
  expect_ok(host, "assert(tickets.echo(1)[1] == 1)");
  assert_int_equal(desk.calls, 1);
  pysec_free(host);
}

static void each_host_has_its_own_modules(void **state) {
  (void)state;
  struct desk desks[2];
  pysec_host *bare = embed_new(NULL);
  int code;
  for (int i = 0; i < 2; i++) new_desk(&desks[i], NULL);
  expect_ok(desks[1].host, "tickets.echo(2)");
  assert_int_equal(run(bare, "", &code), PYSEC_FAILED);
  assert_int_equal(desks[0].calls, 0);
  assert_int_equal(desks[1].calls, 1);
  /* A second module beside the first, after scripts have run. */
  assert_int_equal(pysec_module_add(desks[1].host, "acme-2.more", FUNCTIONS, &desks[0]), PYSEC_OK);
  expect_ok(desks[1].host, "require 'acme-2.more'.echo(tickets.echo(3))");
  assert_string_equal(desks[0].arguments, "[[3]]");
  for (int i = 0; i < 2; i++) pysec_free(desks[i].host);
  pysec_free(bare);
}

/* --- a host that calls is not called --- */

static pysec_status call_back(void *data, const char *arguments, size_t length, pysec_reply *reply) {
  struct desk *desk = data;
  int code = 7;
  assert_int_equal(pysec_script_run(desk->host, "a.lua", 0, NULL, &code), PYSEC_INVALID);
  assert_int_equal(pysec_command_run(desk->host, 1, (const char *const[]){"pysec"}, &code), PYSEC_INVALID);
  assert_int_equal(pysec_module_add(desk->host, "acme.y", FUNCTIONS, NULL), PYSEC_INVALID);
  assert_string_equal(pysec_error(desk->host), "the host was called by what it called itself");
  assert_int_equal(code, 7);
  pysec_host *other = embed_new(NULL);
  embed_run_everything(other);
  pysec_free(other);
  return echo(data, arguments, length, reply);
}

static void write_back(void *data, pysec_stream stream, const char *text, size_t length) {
  struct desk *desk = data;
  (void)stream, (void)text, (void)length;
  assert_int_equal(pysec_module_add(desk->host, "acme.y", FUNCTIONS, NULL), PYSEC_INVALID);
  desk->calls++;
}

static void calls_from_within_are_refused(void **state) {
  (void)state;
  static const pysec_function functions[] = {{"back", call_back}, {NULL, NULL}};
  struct desk desk = {.calls = 0};
  desk.host = embed_new(&(pysec_options){.write = write_back, .write_data = &desk});
  assert_int_equal(pysec_module_add(desk.host, "acme.tickets", functions, &desk), PYSEC_OK);
  expect_ok(desk.host, "print 'x' assert(tickets.back(5)[1] == 5) tickets.back(6)");
  assert_int_equal(desk.calls, 3);
  /* What is finalized when the host ends may still call. */
  expect_ok(desk.host, "kept = setmetatable({}, { __gc = function() tickets.back(9) end })");
  assert_int_equal(desk.calls, 3);
  pysec_free(desk.host);
  assert_int_equal(desk.calls, 4);
  assert_string_equal(desk.arguments, "[9]");
}

/* --- interrupts and memory --- */

static void an_interrupt_ends_the_script_after_the_call(void **state) {
  (void)state;
  static const char *const texts[] = {
      "tickets.interrupt()\nwhile true do end",
      "pcall(tickets.interrupt)\nwhile true do end",
      "coroutine.wrap(function() tickets.interrupt() while true do end end)()",
  };
  struct desk desk;
  pysec_host *host = new_desk(&desk, NULL);
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    int code = -1;
    assert_int_equal(run(host, texts[i], &code), PYSEC_INTERRUPTED);
    assert_int_equal(code, 128 + SIGTERM);
    expect_ok(host, "tickets.echo()");
  }
  pysec_interrupt(host, SIGINT);
  assert_int_equal(pysec_module_add(host, "acme.more", FUNCTIONS, &desk), PYSEC_OK);
  pysec_free(host);
}

static const char USING[] =
    "local text = ('x'):rep(1000)\n"
    "for i = 1, 5 do assert(#tickets.echo(text, { a = { i } })[1] == 1000) end\n"
    "assert(tickets.raw '[1,[2,[true]]]'[2][2][1] == true)\n"
    "assert(select(2, tickets.missing()) == 'there is no such ticket')\n"
    "local ok, message = pcall(tickets.wrong)\n"
    "if not ok and message:find 'not enough memory' then error(message, 0) end\n"
    "assert(not ok and message:find 'a ticket has a number', message)";

/* Raises the limit until all goes well; whatever fails on the way fails for want of memory, and cleanly. */
static void memory_may_end_at_any_moment(void **state) {
  (void)state;
  int no_module = 0, no_run = 0;
  for (size_t limit = 16 * 1024; limit < 8 * 1024 * 1024; limit += 61) {
    struct desk desk = {.calls = 0};
    pysec_host *host = NULL;
    int code = -1;
    if (pysec_new(&host, &(pysec_options){.memory_limit = limit}) != PYSEC_OK) continue;
    pysec_status status = pysec_module_add(host, "acme.tickets", FUNCTIONS, &desk);
    if (status == PYSEC_OK && (status = run(host, USING, &code)) == PYSEC_OK) {
      pysec_free(host);
      assert_true(no_module > 10 && no_run > 10);
      return;
    }
    if (status != PYSEC_NO_MEMORY) fail_msg("limit %zu: status %d: %s", limit, status, pysec_error(host));
    assert_non_null(strstr(pysec_error(host), "not enough memory"));
    if (code == -1) no_module++;
    if (code == 1) no_run++;
    pysec_free(host);
  }
  fail_msg("8 MiB were not enough");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arguments_arrive_as_a_json_array),
      cmocka_unit_test(a_reply_is_what_the_call_returns),
      cmocka_unit_test(every_failure_names_line_and_function),
      cmocka_unit_test(names_that_are_taken_or_malformed_are_refused),
      cmocka_unit_test(a_mistake_in_the_functions_adds_nothing),
      cmocka_unit_test(names_and_functions_are_copied),
      cmocka_unit_test(each_host_has_its_own_modules),
      cmocka_unit_test(calls_from_within_are_refused),
      cmocka_unit_test(an_interrupt_ends_the_script_after_the_call),
      cmocka_unit_test(memory_may_end_at_any_moment),
  };
  return cmocka_run_group_tests(tests, embed_set_up, embed_tear_down);
}
