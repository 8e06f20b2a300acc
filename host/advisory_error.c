/* Errors of the advisory database as values. */
#include "advisory_error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "text.h"

/* Names from archives and texts from damaged files end up in messages. */
static void mask(char *text) {
  const char *end = text + strlen(text);
  while (text < end) {
    uint32_t code;
    size_t size = text_decode(text, end, &code);
    bool is_harmless = size > 0 && !text_is_control(code);
    if (size == 0) size = 1;
    if (!is_harmless) memset(text, '?', size);
    text += size;
  }
}

bool advisory_fail(struct advisory_error *error, const char *code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
  error->code = code;
  mask(error->text);
  return false;
}

bool advisory_fail_errno(struct advisory_error *error, const char *path) {
  int saved = errno;
  return advisory_fail(error, uv_err_name(-saved), "%s: %s", path, strerror(saved));
}
