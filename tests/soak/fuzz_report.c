/* A libFuzzer target over stored reports: bytes are the text of one, in whatever format, or upgrades to be judged.
 *
 * What is decided is a report itself, so it is decided again. One host has the default policy, the other one that
 * looks at everything. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static const char CURIOUS[] =
    "severity { block = 'critical', fail = 'medium', warn = 'none', unknown = 'fail' }\n"
    "ignore { package = 'jinja*', reason = 'vetted' }\n"
    "ignore { id = { re '^CVE-201' }, expires = '2001-01-01', reason = 'old' }\n"
    "ignore { path = 'tests/**', reason = 'tests' }\n"
    "deny { package = 'urllib3', version = '<2', reason = 'old' }\n"
    "pin { package = 'django', version = '~=4.2.0', reason = 'LTS' }\n"
    "limit { change = 'minor', reason = 'slowly' }\n"
    "evidence { scanners = { 'pip-audit' }, max_database_age = 7 }\n"
    "on('finding', function(f) if json.encode(f):find 'bandit' then return 'warn', f.summary end end)\n"
    "on('package', function(p) if p.version == '' then return 'fail', p.name end end)\n"
    "on('upgrade', function(u) if u.change == 'major' then return 'refuse', u.to end end)\n"
    "on('audit', function(a) return 'incomplete', json.encode(a):sub(1, 99) end)\n";

static pysec_host *hosts[2];

static void set_up(void) {
  for (int i = 0; i < 2; i++) hosts[i] = fuzz_host(0);
  pysec_status status = pysec_policy_load_buffer(hosts[1], "curious.lua", CURIOUS, strlen(CURIOUS));
  fuzz_insist(hosts[1], status == PYSEC_OK, "the policy loads");
}

static pysec_result *decide(pysec_host *host, const char *text, size_t size) {
  pysec_result *result;
  double start = fuzz_now();
  pysec_status status = pysec_decide(host, text, size, &result);
  fuzz_check(host, status, start);
  if (status == PYSEC_FAILED)
    fuzz_insist(host, strncmp(pysec_error(host), "findings", 8) == 0, "the message says what is wrong");
  return result;
}

static void judge(pysec_host *host, const char *text, size_t size) {
  pysec_result *result;
  double start = fuzz_now();
  fuzz_check(host, pysec_judge(host, text, size, &result), start);
  pysec_result_free(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (hosts[0] == NULL) set_up();
  char *text = fuzz_copy(data, size);
  for (int i = 0; i < 2; i++) {
    pysec_result *result = decide(hosts[i], text, size);
    if (result != NULL) {
      pysec_result *again = decide(hosts[i], result->text, result->length);
      fuzz_insist(hosts[i], again != NULL, "what was decided is a report");
      pysec_result_free(again);
    } else {
      judge(hosts[i], text, size);
    }
    pysec_result_free(result);
  }
  free(text);
  return 0;
}
