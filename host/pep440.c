/* PEP 440 versions. A hand-written scanner, because it runs for every package and advisory; it accepts
 * what the regular expression in the PEP's appendix B accepts.
 *
 * Surprising but right: a separator may hang behind a suffix ("1.0a-" is 1.0a0), "1.0-1" is a post-release
 * and "1.0a-1" is not. */
#include "pep440.h"

#include <string.h>

struct scanner {
  const char *text;
  uint16_t at;
  uint16_t end;
};

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_alphanumeric(char c) {
  c = lower(c);
  return is_digit(c) || (c >= 'a' && c <= 'z');
}

static bool is_separator(char c) {
  return c == '.' || c == '-' || c == '_';
}

bool pep440_is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

/* --- reading --- */

/* The byte `ahead` of the scanner, or a NUL, which no version holds, behind the end. */
static char peek(const struct scanner *scan, int ahead) {
  return scan->at + ahead < scan->end ? scan->text[scan->at + ahead] : '\0';
}

static struct pep440_span number_span(const char *text, uint16_t start, uint16_t end) {
  while (start < end && text[start] == '0') start++;
  return (struct pep440_span){start, (uint16_t)(end - start)};
}

/* The number at the scanner; 0 when there is no digit, as PEP 440 reads "1.0a". */
static struct pep440_span scan_number(struct scanner *scan) {
  uint16_t start = scan->at;
  while (is_digit(peek(scan, 0))) scan->at++;
  return number_span(scan->text, start, scan->at);
}

static bool scan_word(struct scanner *scan, const char *word) {
  int i = 0;
  while (word[i] != '\0' && lower(peek(scan, i)) == word[i]) i++;
  if (word[i] != '\0') return false;
  scan->at = (uint16_t)(scan->at + i);
  return true;
}

static void skip_separator(struct scanner *scan) {
  if (is_separator(peek(scan, 0))) scan->at++;
}

struct spelling {
  const char *word;  /* one that begins with another stands before it */
  char kind;
};

static const struct spelling PRE[] = {{"alpha", 'a'}, {"a", 'a'},   {"beta", 'b'}, {"b", 'b'}, {"rc", 'r'},
                                      {"preview", 'r'}, {"pre", 'r'}, {"c", 'r'},  {NULL, 0}};
static const struct spelling POST[] = {{"post", 'p'}, {"rev", 'p'}, {"r", 'p'}, {NULL, 0}};
static const struct spelling DEV[] = {{"dev", 'd'}, {NULL, 0}};

/* Reads ".word.number", each separator and the number being optional. Returns the word's kind; 0, and
 * the scanner stays, when none of the words is there. */
static char scan_suffix(struct scanner *scan, const struct spelling *spellings, struct pep440_span *number) {
  uint16_t start = scan->at;
  skip_separator(scan);
  while (spellings->word != NULL && !scan_word(scan, spellings->word)) spellings++;
  if (spellings->word == NULL) {
    scan->at = start;
    return 0;
  }
  skip_separator(scan);
  *number = scan_number(scan);
  return spellings->kind;
}

static bool scan_release(struct scanner *scan, struct pep440 *version) {
  if (lower(peek(scan, 0)) == 'v') scan->at++;
  if (!is_digit(peek(scan, 0))) return false;
  version->release[0] = scan_number(scan);
  if (peek(scan, 0) == '!') {
    version->epoch = version->release[0];
    scan->at++;
    if (!is_digit(peek(scan, 0))) return false;
    version->release[0] = scan_number(scan);
  }
  version->release_count = 1;
  while (peek(scan, 0) == '.' && is_digit(peek(scan, 1))) {
    if (version->release_count == PEP440_MAX_RELEASE) return false;
    scan->at++;
    version->release[version->release_count++] = scan_number(scan);
  }
  return true;
}

static void scan_suffixes(struct scanner *scan, struct pep440 *version) {
  version->pre_kind = scan_suffix(scan, PRE, &version->pre);
  if (peek(scan, 0) == '-' && is_digit(peek(scan, 1))) {
    scan->at++;
    version->post = scan_number(scan);
    version->has_post = true;
  } else {
    version->has_post = scan_suffix(scan, POST, &version->post) != 0;
  }
  version->has_dev = scan_suffix(scan, DEV, &version->dev) != 0;
}

static bool scan_local_part(struct scanner *scan, struct pep440 *version) {
  uint16_t start = scan->at;
  bool numeric = true;
  if (version->local_count == PEP440_MAX_LOCAL) return false;
  for (; is_alphanumeric(peek(scan, 0)); scan->at++) numeric = numeric && is_digit(peek(scan, 0));
  if (scan->at == start) return false;
  version->local_is_number[version->local_count] = numeric;
  version->local[version->local_count++] = numeric
      ? number_span(scan->text, start, scan->at)
      : (struct pep440_span){start, (uint16_t)(scan->at - start)};
  return true;
}

static bool scan_local(struct scanner *scan, struct pep440 *version) {
  if (peek(scan, 0) != '+') return true;
  do {
    scan->at++;
    if (!scan_local_part(scan, version)) return false;
  } while (is_separator(peek(scan, 0)));
  return true;
}

/* Empties all but the arrays, which count for nothing without their counts. */
static void reset(struct pep440 *version, const char *text, size_t length) {
  static const struct pep440_span zero = {0, 0};
  version->text = text;
  version->length = (uint16_t)length;
  version->release_count = 0;
  version->local_count = 0;
  version->epoch = version->pre = version->post = version->dev = zero;
}

bool pep440_parse(struct pep440 *version, const char *text, size_t length) {
  if (length > PEP440_MAX_LENGTH) return false;
  reset(version, text, length);
  struct scanner scan = {text, 0, (uint16_t)length};
  while (scan.at < scan.end && pep440_is_space(text[scan.at])) scan.at++;
  while (scan.at < scan.end && pep440_is_space(text[scan.end - 1])) scan.end--;
  if (!scan_release(&scan, version)) return false;
  scan_suffixes(&scan, version);
  return scan_local(&scan, version) && scan.at == scan.end;
}

/* --- ordering --- */

static int sign(int difference) {
  return (difference > 0) - (difference < 0);
}

static int compare_numbers(const struct pep440 *a, struct pep440_span x, const struct pep440 *b,
                           struct pep440_span y) {
  if (x.length != y.length) return x.length < y.length ? -1 : 1;
  return sign(memcmp(a->text + x.start, b->text + y.start, x.length));
}

static struct pep440_span release_segment(const struct pep440 *version, int index) {
  return index < version->release_count ? version->release[index] : (struct pep440_span){0, 0};
}

int pep440_release_difference(const struct pep440 *a, const struct pep440 *b) {
  int count = a->release_count > b->release_count ? a->release_count : b->release_count;
  for (int i = 0; i < count; i++)
    if (compare_numbers(a, release_segment(a, i), b, release_segment(b, i)) != 0) return i;
  return -1;
}

static int compare_releases(const struct pep440 *a, const struct pep440 *b) {
  int i = pep440_release_difference(a, b);
  return i < 0 ? 0 : compare_numbers(a, release_segment(a, i), b, release_segment(b, i));
}

/* Orders 1.dev0 < 1a0 < 1b0 < 1rc0 < 1. */
static int pre_rank(const struct pep440 *version) {
  if (version->pre_kind != 0) return version->pre_kind;
  return version->has_dev && !version->has_post ? 0 : 'z';
}

static int compare_pres(const struct pep440 *a, const struct pep440 *b) {
  int order = sign(pre_rank(a) - pre_rank(b));
  return order != 0 ? order : compare_numbers(a, a->pre, b, b->pre);
}

static int compare_posts(const struct pep440 *a, const struct pep440 *b) {
  if (a->has_post != b->has_post) return a->has_post ? 1 : -1;
  return compare_numbers(a, a->post, b, b->post);
}

static int compare_devs(const struct pep440 *a, const struct pep440 *b) {
  if (a->has_dev != b->has_dev) return a->has_dev ? -1 : 1;
  return compare_numbers(a, a->dev, b, b->dev);
}

static int compare_words(const struct pep440 *a, struct pep440_span x, const struct pep440 *b,
                         struct pep440_span y) {
  int shared = x.length < y.length ? x.length : y.length;
  for (int i = 0; i < shared; i++) {
    int order = sign(lower(a->text[x.start + i]) - lower(b->text[y.start + i]));
    if (order != 0) return order;
  }
  return sign(x.length - y.length);
}

static int compare_local_parts(const struct pep440 *a, const struct pep440 *b, int index) {
  bool is_number = a->local_is_number[index];
  if (is_number != b->local_is_number[index]) return is_number ? 1 : -1;
  return (is_number ? compare_numbers : compare_words)(a, a->local[index], b, b->local[index]);
}

static int compare_locals(const struct pep440 *a, const struct pep440 *b) {
  int shared = a->local_count < b->local_count ? a->local_count : b->local_count;
  for (int i = 0; i < shared; i++) {
    int order = compare_local_parts(a, b, i);
    if (order != 0) return order;
  }
  return sign(a->local_count - b->local_count);
}

int pep440_compare(const struct pep440 *a, const struct pep440 *b, enum pep440_part last) {
  int order = compare_numbers(a, a->epoch, b, b->epoch);
  if (order == 0 && last >= PEP440_RELEASE) order = compare_releases(a, b);
  if (order == 0 && last >= PEP440_PRE) order = compare_pres(a, b);
  if (order == 0 && last >= PEP440_POST) order = compare_posts(a, b);
  if (order == 0 && last >= PEP440_DEV) order = compare_devs(a, b);
  if (order == 0 && last >= PEP440_LOCAL) order = compare_locals(a, b);
  return order;
}

bool pep440_is_prerelease(const struct pep440 *version) {
  return version->pre_kind != 0 || version->has_dev;
}

/* --- writing --- */

static char *write_text(char *out, const char *text) {
  size_t length = strlen(text);
  memcpy(out, text, length);
  return out + length;
}

static char *write_number(char *out, const struct pep440 *version, struct pep440_span number) {
  if (number.length == 0) return write_text(out, "0");
  memcpy(out, version->text + number.start, number.length);
  return out + number.length;
}

static char *write_word(char *out, const struct pep440 *version, struct pep440_span word) {
  for (int i = 0; i < word.length; i++) *out++ = lower(version->text[word.start + i]);
  return out;
}

static char *write_local(char *out, const struct pep440 *version) {
  for (int i = 0; i < version->local_count; i++) {
    *out++ = i == 0 ? '+' : '.';
    out = (version->local_is_number[i] ? write_number : write_word)(out, version, version->local[i]);
  }
  return out;
}

size_t pep440_write(const struct pep440 *version, char *out) {
  char *at = out;
  if (version->epoch.length > 0) at = write_text(write_number(at, version, version->epoch), "!");
  for (int i = 0; i < version->release_count; i++) {
    if (i > 0) *at++ = '.';
    at = write_number(at, version, version->release[i]);
  }
  if (version->pre_kind != 0) {
    *at++ = version->pre_kind;
    if (version->pre_kind == 'r') *at++ = 'c';
    at = write_number(at, version, version->pre);
  }
  if (version->has_post) at = write_number(write_text(at, ".post"), version, version->post);
  if (version->has_dev) at = write_number(write_text(at, ".dev"), version, version->dev);
  return (size_t)(write_local(at, version) - out);
}
