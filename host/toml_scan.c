/* What lies between the keys and values of TOML: white space, comments, ends of lines. */
#include <string.h>

#include "text.h"
#include "toml_reader.h"

bool toml_wrong(struct toml_reader *r, const char *message) {
  r->message = message;
  return false;
}

bool toml_take(struct toml_reader *r, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(r->end - r->next) < length || memcmp(r->next, word, length) != 0) return false;
  r->next += length;
  return true;
}

void toml_skip_space(struct toml_reader *r) {
  while (r->next < r->end && (*r->next == ' ' || *r->next == '\t')) r->next++;
}

static bool at_newline(const struct toml_reader *r) {
  return toml_at(r, '\n') || (toml_at(r, '\r') && r->end - r->next > 1 && r->next[1] == '\n');
}

bool toml_skip_newline(struct toml_reader *r) {
  if (!at_newline(r)) return false;
  r->next += *r->next == '\r' ? 2 : 1;
  r->line++;
  r->line_start = r->next;
  return true;
}

bool toml_skip_plain(struct toml_reader *r, char first, char second) {
  const char *next = r->next;
  while (next < r->end && *next != first && *next != second) {
    unsigned char c = (unsigned char)*next;
    if (c < 0x80) {
      if ((c < 0x20 && c != '\t') || c == 0x7F) break;
      next++;
      continue;
    }
    size_t size = text_decode(next, r->end, NULL);
    if (size == 0) {
      r->next = next;
      return toml_wrong(r, "invalid UTF-8");
    }
    next += size;
  }
  r->next = next;
  return true;
}

bool toml_end_line(struct toml_reader *r) {
  toml_skip_space(r);
  bool is_comment = toml_at(r, '#');
  if (is_comment && !toml_skip_plain(r, '\n', '\n')) return false;
  if (r->next == r->end || toml_skip_newline(r)) return true;
  return toml_wrong(r, is_comment ? "a control character in a comment" : "expected the end of the line");
}

bool toml_skip_blank(struct toml_reader *r) {
  for (;;) {
    toml_skip_space(r);
    if (!toml_at(r, '#') && !at_newline(r)) return true;
    if (!toml_end_line(r)) return false;
  }
}
