/* A libFuzzer target over policies: bytes are the text of one.
 *
 * What loads decides findings and judges upgrades, and does so in a second host as in the first. Whatever happened,
 * the host decides by the default policy afterwards. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static const char FINDINGS[] =
    "[{\"id\":\"CVE-2019-10906\",\"aliases\":[\"GHSA-462w-v97r-4m45\"],\"kind\":\"vulnerability\","
    "\"package\":\"Jinja2\",\"version\":\"2.10\",\"fix_versions\":[\"2.10.1\"],\"direct\":true,"
    "\"severity\":\"high\",\"sources\":[\"pip-audit\"],\"summary\":\"a sandbox escape\"},"
    "{\"id\":\"PYSEC-2023-192\",\"kind\":\"vulnerability\",\"package\":\"urllib3\",\"version\":\"1.26.5\","
    "\"severity\":\"unknown\"},"
    "{\"id\":\"B303\",\"kind\":\"code\",\"path\":\"src/app.py\",\"line\":7,\"severity\":\"medium\"}]";
static const char UPGRADES[] =
    "[{\"package\":\"django\",\"from\":\"4.2.1\",\"to\":\"5.0\"},{\"package\":\"jinja2\",\"from\":\"2.10\","
    "\"to\":\"2.10.1\"},{\"package\":\"new\",\"to\":\"1.0\"}]";
static const char DEFAULT_PLACE[] = "\"by\":\"policies/default.lua:";

typedef pysec_status (*asked)(pysec_host *host, const char *json, size_t length, pysec_result **result);

static pysec_result *ask(pysec_host *host, asked function, const char *json) {
  pysec_result *result;
  double start = fuzz_now();
  pysec_status status = function(host, json, strlen(json), &result);
  fuzz_check(host, status, start);
  fuzz_insist(host, status != PYSEC_FAILED, "findings and upgrades that are some are understood");
  fuzz_insist(host, (result != NULL) == (status == PYSEC_OK), "there is a result where nothing is wrong");
  return result;
}

/* Both may run out of time, or near their limit out of memory; an answer is the same in both. */
static void compare(pysec_host *const hosts[2], asked function, const char *json) {
  pysec_result *first = ask(hosts[0], function, json), *second = ask(hosts[1], function, json);
  if (first != NULL && second != NULL)
    fuzz_insist(hosts[0], strcmp(first->text, second->text) == 0 && first->exit_code == second->exit_code,
                "the same policy and findings give the same verdicts");
  pysec_result_free(first);
  pysec_result_free(second);
}

static pysec_status load(pysec_host *host, const char *text, size_t size) {
  double start = fuzz_now();
  pysec_status status = pysec_policy_load_buffer(host, "acme.lua", text, size);
  fuzz_check(host, status, start);
  fuzz_insist(host, status != PYSEC_FAILED, "a policy that is wrong is PYSEC_POLICY");
  return status;
}

static void decide_by_default(pysec_host *host) {
  fuzz_insist(host, pysec_policy_clear(host) == PYSEC_OK, "policies can be taken away");
  pysec_result *result = ask(host, pysec_decide, FINDINGS);
  fuzz_insist(host, result != NULL && result->exit_code == 1 && strstr(result->text, DEFAULT_PLACE) != NULL,
              "the default policy decides afterwards");
  pysec_result_free(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static pysec_host *hosts[2];
  if (hosts[0] == NULL)
    for (int i = 0; i < 2; i++) hosts[i] = fuzz_host(200000);
  char *text = fuzz_copy(data, size);
  if (load(hosts[0], text, size) == PYSEC_OK && load(hosts[1], text, size) == PYSEC_OK) {
    compare(hosts, pysec_decide, FINDINGS);
    compare(hosts, pysec_judge, UPGRADES);
  }
  free(text);
  fuzz_insist(hosts[1], pysec_policy_clear(hosts[1]) == PYSEC_OK, "policies can be taken away");
  decide_by_default(hosts[0]);
  return 0;
}
