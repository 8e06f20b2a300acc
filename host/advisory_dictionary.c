/* Fragments of OSV's JSON. The commonest come last, where their distance costs the fewest bits. */
#include "advisory_dictionary.h"

/* Keys, addresses and turns of phrase that most records have; no record's text. */
static const char TEXT[] =
    "\"severity\":[{\"type\":\"CVSS_V4\",\"score\":\"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/S"
    "A:N\"}]\"related\":[\"database_specific\":{\"cwe_ids\":[\"CWE-79\"],\"github_reviewed\":true,\"severity\":\""
    "MODERATE\",\"github_reviewed_at\":\"nvd_published_at\":\"last_known_affected_version_range\":\"<= \"ecosyste"
    "m_specific\":{},\"database_specific\":{\"source\":\"https://github.com/pypa/advisory-database/blob/main/vuln"
    "s/\"credits\":[{\"name\":\"contact\":[\"type\":\"REPORTER\"\"withdrawn\":\"\"upstream\":[\"MAL-\"iocs\":\"ma"
    "licious-packages-origins\":[{\"import_time\":\"sha256\":\"versions\":[\"Malicious code in (PyPI)https://list"
    "s.debian.org/debian-lts-announce/https://security.gentoo.org/glsa/https://usn.ubuntu.com/https://lists.apach"
    "e.org/thread/http://www.openwall.com/lists/oss-security/http://www.securityfocus.com/bid/https://lists.fedor"
    "aproject.org/archives/list/package-announce@lists.fedoraproject.org/message/https://access.redhat.com/errata"
    "/RHSA-https://bugzilla.redhat.com/show_bug.cgi?id=http://secunia.com/advisories/https://huntr.dev/bounties/h"
    "ttps://snyk.io/vuln/SNYK-PYTHON-https://pypi.org/project/An issue was discovered in . A vulnerability was fo"
    "und in before and through prior to version versions of the  allows remote attackers to execute arbitrary cod"
    "e via a crafted  allow an attacker to cause a denial of service cross-site scripting (XSS) vulnerability SQL"
    " injection path traversal information disclosure the user of which could lead to that this issue has been pa"
    "tched in fixed in. Users are advised to upgrade. There are no known workarounds for this issue. , which is n"
    "ot properly by default authentication \"schema_version\":\"1.6.0\"\"type\":\"SEMVER\",\"repo\":\"https://git"
    "hub.com/\"type\":\"GIT\",\"events\":[{\"introduced\":\"\"last_affected\":\"\"},{\"limit\":\"a1b1rc1rc2.dev0."
    "post1\"severity\":[{\"type\":\"CVSS_V3\",\"score\":\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}],\"summ"
    "ary\":\"0.0.1\",\"0.0.2\",\"0.1.0\",\"0.1.1\",\"0.1.2\",\"0.2.0\",\"0.3.0\",\"0.10.0\",\"1.0.0\",\"1.0.1\","
    "\"1.1.0\",\"1.2.0\",\"2.0.0\",\"2.1.0\",\"2.10.1\",\"3.0\",\"3.0.1\",\"3.1\",\"3.1.1\",\"3.2.1\",\"4.0\",\"5"
    ".0.1\",\"1.10\",\"1.11\",\"references\":[{\"type\":\"PACKAGE\",\"url\":\"{\"type\":\"ARTICLE\",\"url\":\"htt"
    "ps://www.{\"type\":\"EVIDENCE\",\"url\":\"{\"type\":\"ADVISORY\",\"url\":\"https://nvd.nist.gov/vuln/detail/"
    "CVE-20\"},{\"type\":\"REPORT\",\"url\":\"https://github.com//issues/\"},{\"type\":\"FIX\",\"url\":\"https://"
    "github.com//pull/\"},{\"type\":\"WEB\",\"url\":\"https://github.com//releases/tag/v\"},{\"type\":\"ADVISORY"
    "\",\"url\":\"https://github.com//security/advisories/GHSA-\"},{\"type\":\"FIX\",\"url\":\"https://github.com"
    "//commit/\"},{\"type\":\"ADVISORY\",\"url\":\"https://github.com/advisories/GHSA-\"}],\"aliases\":[\"CVE-202"
    "4-\",\"GHSA-\"],\"modified\":\"2024-10-09T23:22:49.818476Z\",\"published\":\"2023-01-01T00:15:00Z\",\"schema"
    "_version\":\"1.6.0\"}{\"id\":\"PYSEC-2021-\",\"details\":\"\",\"affected\":[{\"package\":{\"name\":\"\",\"ec"
    "osystem\":\"PyPI\",\"purl\":\"pkg:pypi/\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":"
    "\"0\"},{\"fixed\":\"1.\"}]}],\"versions\":[\"0.1\"]}],\"references\":[{\"type\":\"WEB\",\"url\":\"https://";

const struct advisory_dictionary ADVISORY_DICTIONARY = {TEXT, sizeof TEXT - 1};
