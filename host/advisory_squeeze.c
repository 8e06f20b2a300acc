/* Squeezed bytes: the length of the text as a packed number, then a raw deflate stream. */
#include "advisory_squeeze.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "advisory_pack.h"

enum { LEVEL = 6, RAW_WINDOW = -15, MEMORY = 8, MAX_TEXT = 64 * 1024 * 1024 };

/* Part of the format: a database that was written with another one cannot be read. The commonest comes last, where
 * its distance costs the fewest bits. */
static const char DICTIONARY[] =
    "\"severity\":[{\"type\":\"CVSS_V4\",\"score\":\"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N\"}]"
    "\"related\":[\"database_specific\":{\"cwe_ids\":[\"CWE-79\"],\"github_reviewed\":true,\"severity\":\"MODERATE\","
    "\"github_reviewed_at\":\"nvd_published_at\":\"last_known_affected_version_range\":\"<= "
    "\"ecosystem_specific\":{},\"database_specific\":{\"source\":\"https://github.com/pypa/advisory-database/blob/main/"
    "vulns/\"credits\":[{\"name\":\"contact\":[\"type\":\"REPORTER\"\"withdrawn\":\"\"upstream\":[\"MAL-\"iocs\":"
    "\"malicious-packages-origins\":[{\"import_time\":\"sha256\":\"versions\":[\"Malicious code in (PyPI)"
    "https://lists.debian.org/debian-lts-announce/https://security.gentoo.org/glsa/https://usn.ubuntu.com/"
    "https://lists.apache.org/thread/http://www.openwall.com/lists/oss-security/http://www.securityfocus.com/bid/"
    "https://lists.fedoraproject.org/archives/list/package-announce@lists.fedoraproject.org/message/"
    "https://access.redhat.com/errata/RHSA-https://bugzilla.redhat.com/show_bug.cgi?id=http://secunia.com/advisories/"
    "https://huntr.dev/bounties/https://snyk.io/vuln/SNYK-PYTHON-https://pypi.org/project/"
    "An issue was discovered in . A vulnerability was found in before and through prior to version versions of the "
    " allows remote attackers to execute arbitrary code via a crafted  allow an attacker to cause a denial of service "
    "cross-site scripting (XSS) vulnerability SQL injection path traversal information disclosure "
    "the user of which could lead to that this issue has been patched in fixed in. Users are advised to upgrade. "
    "There are no known workarounds for this issue. , which is not properly by default authentication "
    "\"schema_version\":\"1.6.0\"\"type\":\"SEMVER\",\"repo\":\"https://github.com/\"type\":\"GIT\",\"events\":[{"
    "\"introduced\":\"\"last_affected\":\"\"},{\"limit\":\"a1b1rc1rc2.dev0.post1"
    "\"severity\":[{\"type\":\"CVSS_V3\",\"score\":\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}],\"summary\":\""
    "0.0.1\",\"0.0.2\",\"0.1.0\",\"0.1.1\",\"0.1.2\",\"0.2.0\",\"0.3.0\",\"0.10.0\",\"1.0.0\",\"1.0.1\",\"1.1.0\",\"1.2.0\","
    "\"2.0.0\",\"2.1.0\",\"2.10.1\",\"3.0\",\"3.0.1\",\"3.1\",\"3.1.1\",\"3.2.1\",\"4.0\",\"5.0.1\",\"1.10\",\"1.11\","
    "\"references\":[{\"type\":\"PACKAGE\",\"url\":\"{\"type\":\"ARTICLE\",\"url\":\"https://www.{\"type\":\"EVIDENCE\",\"url\":\""
    "{\"type\":\"ADVISORY\",\"url\":\"https://nvd.nist.gov/vuln/detail/CVE-20\"},{\"type\":\"REPORT\",\"url\":\""
    "https://github.com//issues/\"},{\"type\":\"FIX\",\"url\":\"https://github.com//pull/\"},{\"type\":\"WEB\",\"url\":\""
    "https://github.com//releases/tag/v\"},{\"type\":\"ADVISORY\",\"url\":\"https://github.com//security/advisories/GHSA-"
    "\"},{\"type\":\"FIX\",\"url\":\"https://github.com//commit/\"},{\"type\":\"ADVISORY\",\"url\":\"https://github.com/"
    "advisories/GHSA-\"}],\"aliases\":[\"CVE-2024-\",\"GHSA-\"],\"modified\":\"2024-10-09T23:22:49.818476Z\",\"published\":"
    "\"2023-01-01T00:15:00Z\",\"schema_version\":\"1.6.0\"}{\"id\":\"PYSEC-2021-\",\"details\":\"\",\"affected\":[{\"package\":"
    "{\"name\":\"\",\"ecosystem\":\"PyPI\",\"purl\":\"pkg:pypi/\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{"
    "\"introduced\":\"0\"},{\"fixed\":\"1.\"}]}],\"versions\":[\"0.1\"]}],\"references\":[{\"type\":\"WEB\",\"url\":\"https://";

struct advisory_squeezer {
  z_stream stream;  /* used again for every record: making one costs more than squeezing */
};

struct advisory_squeezer *advisory_squeezer_new(void) {
  struct advisory_squeezer *squeezer = calloc(1, sizeof *squeezer);
  if (squeezer == NULL) return NULL;
  if (deflateInit2(&squeezer->stream, LEVEL, Z_DEFLATED, RAW_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
    free(squeezer);
    return NULL;
  }
  return squeezer;
}

struct advisory_squeezer *advisory_squeezer_free(struct advisory_squeezer *squeezer) {
  if (squeezer != NULL) deflateEnd(&squeezer->stream);
  free(squeezer);
  return NULL;
}

/* zlib takes bytes that it does not change without saying so. */
static Bytef *input(const void *bytes) {
  union { const void *given; Bytef *taken; } same = {.given = bytes};
  return same.taken;
}

bool advisory_squeeze(struct advisory_squeezer *squeezer, const char *text, size_t length,
                      struct advisory_buffer *out) {
  z_stream *stream = &squeezer->stream;
  advisory_buffer_clear(out);
  if (length > MAX_TEXT || !advisory_pack_number(out, length)) return false;
  size_t most = deflateBound(stream, (uLong)length);
  if (!advisory_buffer_reserve(out, most) || deflateReset(stream) != Z_OK ||
      deflateSetDictionary(stream, (const Bytef *)DICTIONARY, sizeof DICTIONARY - 1) != Z_OK)
    return false;
  stream->next_in = input(text);
  stream->avail_in = (uInt)length;
  stream->next_out = (Bytef *)out->data + out->length;
  stream->avail_out = (uInt)most;
  bool done = deflate(stream, Z_FINISH) == Z_STREAM_END;
  out->length += most - stream->avail_out;
  return done;
}

static enum advisory_unsqueezed inflate_into(struct advisory_cursor from, struct advisory_buffer *out, size_t length) {
  z_stream stream = {.next_in = input(from.next), .avail_in = (uInt)(from.end - from.next),
                     .next_out = (Bytef *)out->data, .avail_out = (uInt)length + 1};
  if (inflateInit2(&stream, RAW_WINDOW) != Z_OK) return ADVISORY_UNSQUEEZE_NO_MEMORY;
  int status = inflateSetDictionary(&stream, (const Bytef *)DICTIONARY, sizeof DICTIONARY - 1);
  if (status == Z_OK) status = inflate(&stream, Z_FINISH);
  bool whole = status == Z_STREAM_END && stream.total_out == length && stream.avail_in == 0;
  inflateEnd(&stream);
  if (status == Z_MEM_ERROR) return ADVISORY_UNSQUEEZE_NO_MEMORY;
  if (!whole) return ADVISORY_UNSQUEEZE_DAMAGED;
  out->length = length;
  out->data[length] = '\0';
  return ADVISORY_UNSQUEEZED;
}

enum advisory_unsqueezed advisory_unsqueeze(const void *bytes, size_t length, struct advisory_buffer *out) {
  struct advisory_cursor from = {bytes, (const char *)bytes + length, false};
  uint64_t text = advisory_take_number(&from);
  advisory_buffer_clear(out);
  if (from.failed || text > MAX_TEXT) return ADVISORY_UNSQUEEZE_DAMAGED;
  if (!advisory_buffer_reserve(out, text)) return ADVISORY_UNSQUEEZE_NO_MEMORY;
  return inflate_into(from, out, text);
}
