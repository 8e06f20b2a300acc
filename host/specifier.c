/* Version specifiers, with the answers of the Python library `packaging`.
 *
 * Nothing of a specifier is kept: reading a clause again costs less than looking a parsed one up.
 *
 * What surprises: "<1.0" leaves out 1.0's pre-releases and ">1.0" its post-releases, though the plain
 * order says otherwise; a local version counts only where the clause names one; "===" compares text. */
#include "specifier.h"

#include <string.h>

enum operator {
  COMPATIBLE,
  ARBITRARY,
  EQUAL,
  NOT_EQUAL,
  AT_MOST,
  AT_LEAST,
  BELOW,
  ABOVE
};

/* One that begins with another stands before it. */
static const struct {
  const char *sign;
  enum operator operator;
} OPERATORS[] = {{"~=", COMPATIBLE}, {"===", ARBITRARY}, {"==", EQUAL}, {"!=", NOT_EQUAL},
                 {"<=", AT_MOST},    {">=", AT_LEAST},   {"<", BELOW},  {">", ABOVE}};

struct text {
  const char *start;
  size_t length;
};

struct clause {
  enum operator operator;
  bool wildcard;
  struct text text;       /* what stands behind the operator */
  struct pep440 version;  /* not for ARBITRARY */
};

static struct text trim(struct text text) {
  while (text.length > 0 && pep440_is_space(text.start[0])) {
    text.start++;
    text.length--;
  }
  while (text.length > 0 && pep440_is_space(text.start[text.length - 1])) text.length--;
  return text;
}

/* --- reading --- */

static bool read_operator(struct text *text, enum operator *operator) {
  for (size_t i = 0; i < sizeof OPERATORS / sizeof OPERATORS[0]; i++) {
    size_t length = strlen(OPERATORS[i].sign);
    if (text->length < length || memcmp(text->start, OPERATORS[i].sign, length) != 0) continue;
    *operator = OPERATORS[i].operator;
    *text = trim((struct text){text->start + length, text->length - length});
    return true;
  }
  return false;
}

/* A semicolon and a parenthesis end a specifier where requirements hold one. */
static bool is_arbitrary(struct text text) {
  for (size_t i = 0; i < text.length; i++)
    if (pep440_is_space(text.start[i]) || text.start[i] == ';' || text.start[i] == ')') return false;
  return true;
}

static bool strip_wildcard(struct text *text) {
  size_t length = text->length;
  if (length < 2 || text->start[length - 2] != '.' || text->start[length - 1] != '*') return false;
  text->length -= 2;
  return true;
}

/* A wildcard stands right behind a bare release: pep440_parse would let "1 .*" pass for its space. */
static bool allows_wildcard(const struct clause *clause, struct text base) {
  const struct pep440 *version = &clause->version;
  return (clause->operator == EQUAL || clause->operator == NOT_EQUAL) &&
         !pep440_is_space(base.start[base.length - 1]) && version->pre_kind == 0 && !version->has_post &&
         !version->has_dev && version->local_count == 0;
}

static bool read_clause(struct text text, struct clause *clause) {
  if (!read_operator(&text, &clause->operator)) return false;
  clause->text = text;
  if (clause->operator == ARBITRARY) return is_arbitrary(text);
  clause->wildcard = strip_wildcard(&text);
  if (!pep440_parse(&clause->version, text.start, text.length)) return false;
  if (clause->wildcard) return allows_wildcard(clause, text);
  if (clause->operator == EQUAL || clause->operator == NOT_EQUAL) return true;
  if (clause->operator == COMPATIBLE && clause->version.release_count < 2) return false;
  return clause->version.local_count == 0;
}

/* --- matching --- */

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_text(struct text text, const struct pep440 *version) {
  if (text.length != version->length) return false;
  for (size_t i = 0; i < text.length; i++)
    if (lower(text.start[i]) != lower(version->text[i])) return false;
  return true;
}

/* Whether the first `count` release segments are the same. */
static bool has_prefix(const struct pep440 *version, const struct pep440 *prefix, int count) {
  if (pep440_compare(version, prefix, PEP440_EPOCH) != 0) return false;
  int difference = pep440_release_difference(version, prefix);
  return difference < 0 || difference >= count;
}

static bool is_equal(const struct clause *clause, const struct pep440 *version) {
  if (clause->wildcard) return has_prefix(version, &clause->version, clause->version.release_count);
  enum pep440_part last = clause->version.local_count > 0 ? PEP440_LOCAL : PEP440_DEV;
  return pep440_compare(version, &clause->version, last) == 0;
}

/* Stopping at the post part leaves out the development releases of a bound like 1.0.post1 too. */
static bool is_below(const struct pep440 *version, const struct pep440 *bound) {
  enum pep440_part last = PEP440_RELEASE;
  if (pep440_is_prerelease(bound))
    last = PEP440_DEV;
  else if (bound->has_post)
    last = PEP440_POST;
  return pep440_compare(version, bound, last) < 0;
}

static bool is_above(const struct pep440 *version, const struct pep440 *bound) {
  enum pep440_part last = bound->has_post || bound->has_dev ? PEP440_DEV : PEP440_PRE;
  return pep440_compare(version, bound, last) > 0;
}

static bool is_in(const struct clause *clause, const struct pep440 *version) {
  const struct pep440 *bound = &clause->version;
  switch (clause->operator) {
    case ARBITRARY: return same_text(clause->text, version);
    case EQUAL: return is_equal(clause, version);
    case NOT_EQUAL: return !is_equal(clause, version);
    case AT_MOST: return pep440_compare(version, bound, PEP440_DEV) <= 0;
    case AT_LEAST: return pep440_compare(version, bound, PEP440_DEV) >= 0;
    case BELOW: return is_below(version, bound);
    case ABOVE: return is_above(version, bound);
    case COMPATIBLE:
      return pep440_compare(version, bound, PEP440_DEV) >= 0 &&
             has_prefix(version, bound, bound->release_count - 1);
  }
  return false;
}

/* Takes the text up to the next comma. */
static struct text next_clause(struct text *rest) {
  const char *comma = memchr(rest->start, ',', rest->length);
  size_t length = comma == NULL ? rest->length : (size_t)(comma - rest->start);
  struct text taken = {rest->start, length};
  size_t used = comma == NULL ? length : length + 1;
  *rest = (struct text){rest->start + used, rest->length - used};
  return trim(taken);
}

enum specifier_answer specifier_match(const char *text, size_t length, const struct pep440 *version,
                                      bool prereleases) {
  struct text rest = {text, length};
  bool in = prereleases || !pep440_is_prerelease(version);
  while (rest.length > 0) {
    struct clause clause;
    struct text next = next_clause(&rest);
    if (next.length == 0) continue;
    if (!read_clause(next, &clause)) return SPECIFIER_INVALID;
    in = in && is_in(&clause, version);
  }
  return in ? SPECIFIER_IN : SPECIFIER_OUT;
}
