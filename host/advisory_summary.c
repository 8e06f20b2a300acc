/* Cutting text to one line. */
#include "advisory_summary.h"

#include <string.h>

static const char ELLIPSIS[] = "\xe2\x80\xa6";

static bool is_blank(char c) {
  return (unsigned char)c <= ' ' || c == 0x7f;
}

static size_t line_length(const char *text, size_t length) {
  const char *end = memchr(text, '\n', length);
  return end == NULL ? length : (size_t)(end - text);
}

static bool is_blank_line(const char *line, size_t length) {
  while (length > 0 && is_blank(*line)) line++, length--;
  return length == 0;
}

/* Passes lines that are blank, and headings (# Impact); all of them where there is nothing else. */
static void skip_headings(const char **text, size_t *length) {
  const char *next = *text;
  size_t left = *length;
  while (left > 0) {
    size_t line = line_length(next, left);
    if (*next != '#' && !is_blank_line(next, line)) {
      *text = next;
      *length = left;
      return;
    }
    line += line < left;
    next += line;
    left -= line;
  }
}

static size_t paragraph_length(const char *text, size_t length) {
  size_t end = 0;
  while (end < length) {
    size_t line = line_length(text + end, length - end);
    if (end > 0 && is_blank_line(text + end, line)) break;
    end += line + (end + line < length);
  }
  return end;
}

/* The length of the line when it is cut: behind a word, or in a very long one behind a character. */
static size_t cut(const char *line) {
  size_t end = ADVISORY_SUMMARY_BYTES - (sizeof ELLIPSIS - 1), word = end;
  while (word > end / 2 && line[word] != ' ') word--;
  if (line[word] == ' ') return word;
  while (((unsigned char)line[end] & 0xc0) == 0x80) end--;
  return end;
}

bool advisory_summary_write(const char *text, size_t length, struct advisory_buffer *out) {
  size_t start = out->length;
  skip_headings(&text, &length);
  length = paragraph_length(text, length);
  if (!advisory_buffer_reserve(out, ADVISORY_SUMMARY_BYTES + 8)) return false;
  char *line = out->data + start;
  size_t written = 0;
  for (size_t i = 0; i < length && written <= ADVISORY_SUMMARY_BYTES; i++) {
    if (!is_blank(text[i])) line[written++] = text[i];
    else if (written > 0 && line[written - 1] != ' ') line[written++] = ' ';
  }
  while (written > 0 && written <= ADVISORY_SUMMARY_BYTES && line[written - 1] == ' ') written--;
  if (written > ADVISORY_SUMMARY_BYTES) {
    written = cut(line);
    memcpy(line + written, ELLIPSIS, sizeof ELLIPSIS - 1);
    written += sizeof ELLIPSIS - 1;
  }
  line[written] = '\0';
  out->length = start + written;
  return true;
}
