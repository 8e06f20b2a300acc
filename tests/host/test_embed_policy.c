/* Embedding: loading policies, deciding findings, judging upgrades. */
#include "embed_support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char FINDING[] =
    "[{\"id\":\"CVE-1\",\"kind\":\"vulnerability\",\"package\":\"jinja2\",\"version\":\"2.10\",\"severity\":\"high\"}]";

static pysec_host *host;

static int set_up(void **state) {
  (void)state;
  host = embed_new(&(pysec_options){0});
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  host = pysec_free(host);
  return 0;
}

static void load(const char *text) {
  assert_int_equal(pysec_policy_load_buffer(host, "acme.lua", text, strlen(text)), PYSEC_OK);
}

/* Decides FINDING and expects a part of the answer. */
static void expect(const char *part, int exit_code) {
  pysec_result *result;
  assert_int_equal(pysec_decide(host, FINDING, strlen(FINDING), &result), PYSEC_OK);
  assert_string_equal(pysec_error(host), "");
  assert_int_equal(strlen(result->text), result->length);
  if (strstr(result->text, part) == NULL) fail_msg("%s does not contain %s", result->text, part);
  assert_int_equal(result->exit_code, exit_code);
  pysec_result_free(result);
}

static void decides_by_the_default_policy(void **state) {
  (void)state;
  expect("\"by\":\"policies/default.lua:4\"", 1);
}

static void decides_by_files_folders_and_shipped_names(void **state) {
  (void)state;
  const char *path = embed_file("acme.lua", "\nignore { id = 'CVE-1', reason = 'ours' }\n");
  assert_int_equal(pysec_policy_load(host, path), PYSEC_OK);
  expect("acme.lua:2\"", 0);
  assert_int_equal(pysec_policy_clear(host), PYSEC_OK);
  expect("policies/default.lua", 1);
  assert_int_equal(pysec_policy_load(host, "default"), PYSEC_OK);
  expect("policies/default.lua", 1);
}

static void policies_add_up(void **state) {
  (void)state;
  load("severity { warn = 'low' }");
  expect("\"verdict\":\"warn\"", 0);
  const char *more = "deny { package = 'jinja2', reason = 'no' }";
  assert_int_equal(pysec_policy_load_buffer(host, "more.lua", more, strlen(more)), PYSEC_OK);
  expect("\"id\":\"deny:jinja2\"", 1);
}

static void mistakes_come_with_file_and_line_and_change_nothing(void **state) {
  (void)state;
  load("severity { warn = 'low' }");
  const char *wrong = "ignroe { }\nseverity { fail = 'hihg' }";
  assert_int_equal(pysec_policy_load_buffer(host, "wrong.lua", wrong, strlen(wrong)), PYSEC_POLICY);
  assert_non_null(strstr(pysec_error(host), "wrong.lua:1: nothing is called 'ignroe' (did you mean 'ignore'?)\n"));
  assert_non_null(strstr(pysec_error(host), "wrong.lua:2: severity.fail: "));
  assert_int_equal(pysec_policy_load(host, "/nonexistent/acme.lua"), PYSEC_POLICY);
  assert_non_null(strstr(pysec_error(host), "/nonexistent/acme.lua"));
  expect("\"verdict\":\"warn\"", 0);
}

static void a_buffer_includes_shipped_policies_alone(void **state) {
  (void)state;
  load("include 'default'");
  expect("policies/default.lua", 1);
  const char *text = "include 'secrets.lua'";
  assert_int_equal(pysec_policy_load_buffer(host, "b.lua", text, strlen(text)), PYSEC_POLICY);
  assert_non_null(strstr(pysec_error(host), "b.lua:1: include \"secrets.lua\": "));
}

static void a_budget_that_is_spent_is_an_error_and_the_host_goes_on(void **state) {
  (void)state;
  pysec_result *result;
  load("on('finding', function() while true do end end)");
  assert_int_equal(pysec_policy_budget(host, &(pysec_budget){.instructions = 100000}), PYSEC_OK);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(pysec_decide(host, FINDING, strlen(FINDING), &result), PYSEC_POLICY);
    assert_null(result);
    assert_string_equal(pysec_error(host), "acme.lua:1: the policy went over its budget of 100000 instructions");
  }
  const char *spin = "while true do end";
  assert_int_equal(pysec_policy_load_buffer(host, "spin.lua", spin, strlen(spin)), PYSEC_POLICY);
  assert_int_equal(pysec_policy_clear(host), PYSEC_OK);
  expect("policies/default.lua", 1);
}

static void findings_that_are_none_are_told_from_policies(void **state) {
  (void)state;
  static const char *const wrong[] = {"", "[{]", "[{\"package\":\"x\"}]", "7"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    pysec_result *result = (pysec_result *)&host;
    assert_int_equal(pysec_decide(host, wrong[i], strlen(wrong[i]), &result), PYSEC_FAILED);
    assert_null(result);
    assert_non_null(strstr(pysec_error(host), "findings"));
  }
}

static void judges_upgrades(void **state) {
  (void)state;
  static const char upgrades[] = "[{\"package\":\"django\",\"from\":\"4.2.1\",\"to\":\"5.0\"},"
                                 "{\"package\":\"django\",\"from\":\"4.2.1\",\"to\":\"4.2.9\"}]";
  pysec_result *result;
  load("pin { package = 'django', version = '~=4.2.0', reason = 'LTS' }");
  assert_int_equal(pysec_judge(host, upgrades, strlen(upgrades), &result), PYSEC_OK);
  assert_int_equal(result->exit_code, 1);
  assert_non_null(strstr(result->text, "\"allowed\":false,\"by\":\"acme.lua:1\""));
  assert_non_null(strstr(result->text, "\"allowed\":true"));
  pysec_result_free(result);
  assert_int_equal(pysec_judge(host, "[{\"to\":\"1\"}]", 12, &result), PYSEC_FAILED);
  assert_string_equal(pysec_error(host), "upgrades: number 1: an upgrade has a package");
  assert_int_equal(pysec_judge(host, "[{\"package\":\"a\",\"to\":\"x y\"}]", 28, &result), PYSEC_FAILED);
}

/* Interrupts the host that writes, and keeps what it writes. */
static void interrupt(void *data, pysec_stream stream, const char *text, size_t length) {
  pysec_interrupt(host, SIGINT);
  embed_keep(data, stream, text, length);
}

static void an_interrupt_leaves_no_half_of_a_result(void **state) {
  (void)state;
  static struct output output;
  int code;
  const char *const argv[] = {"pysec", "eval", "--no-project-policy", "--format", "json",
                              embed_file("script.lua", FINDING)};
  host = pysec_free(host);
  host = embed_new(&(pysec_options){.write = interrupt, .write_data = &output});
  assert_int_equal(pysec_command_run(host, 6, argv, &code), PYSEC_INTERRUPTED);
  assert_int_equal(code, 130);
  assert_non_null(strstr(output.text[PYSEC_OUT], ",\"exit\":1}\n"));
}

static void a_result_outlives_its_host(void **state) {
  (void)state;
  pysec_result *result;
  assert_int_equal(pysec_decide(host, FINDING, strlen(FINDING), &result), PYSEC_OK);
  host = pysec_free(host);
  assert_non_null(strstr(result->text, "\"decisions\":["));
  pysec_result_free(result);
  pysec_result_free(NULL);
}

static void arguments_are_checked(void **state) {
  (void)state;
  pysec_result *result;
  assert_int_equal(pysec_policy_load(NULL, "x"), PYSEC_INVALID);
  assert_int_equal(pysec_policy_load(host, NULL), PYSEC_INVALID);
  assert_int_equal(pysec_policy_load_buffer(host, NULL, "", 0), PYSEC_INVALID);
  assert_int_equal(pysec_policy_load_buffer(host, "", "", 0), PYSEC_INVALID);
  assert_int_equal(pysec_policy_load_buffer(host, "a.lua", NULL, 0), PYSEC_OK);
  assert_int_equal(pysec_policy_budget(host, &(pysec_budget){.seconds = -1}), PYSEC_INVALID);
  assert_int_equal(pysec_policy_budget(host, NULL), PYSEC_OK);
  assert_int_equal(pysec_decide(host, FINDING, 1, NULL), PYSEC_INVALID);
  assert_int_equal(pysec_decide(host, NULL, 0, &result), PYSEC_INVALID);
  assert_int_equal(pysec_judge(NULL, "[]", 2, &result), PYSEC_INVALID);
  assert_null(result);
}

/* Deciding with less and less memory ends in an answer or in PYSEC_NO_MEMORY, and leaks nothing. */
static void memory_may_run_out_anywhere(void **state) {
  (void)state;
  int answered = 0, refused = 0;
  for (size_t limit = 200 << 10; limit < 16 << 20; limit += limit / 12) {
    pysec_host *small;
    pysec_result *result = NULL;
    if (pysec_new(&small, &(pysec_options){.memory_limit = limit}) != PYSEC_OK) continue;
    pysec_status status = pysec_decide(small, FINDING, strlen(FINDING), &result);
    assert_true(status == PYSEC_OK || status == PYSEC_NO_MEMORY);
    assert_true((status == PYSEC_OK) == (result != NULL));
    answered += status == PYSEC_OK;
    refused += status == PYSEC_NO_MEMORY;
    pysec_result_free(result);
    pysec_free(small);
  }
  assert_true(answered > 0 && refused > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(decides_by_the_default_policy),
      TEST(decides_by_files_folders_and_shipped_names),
      TEST(policies_add_up),
      TEST(mistakes_come_with_file_and_line_and_change_nothing),
      TEST(a_buffer_includes_shipped_policies_alone),
      TEST(a_budget_that_is_spent_is_an_error_and_the_host_goes_on),
      TEST(findings_that_are_none_are_told_from_policies),
      TEST(judges_upgrades),
      TEST(an_interrupt_leaves_no_half_of_a_result),
      TEST(a_result_outlives_its_host),
      TEST(arguments_are_checked),
      TEST(memory_may_run_out_anywhere),
  };
  return cmocka_run_group_tests_name("embed_policy", tests, embed_set_up, embed_tear_down);
}
