#include "text.h"

size_t text_decode(const char *text, const char *end, uint32_t *code) {
  const unsigned char *s = (const unsigned char *)text;
  size_t left = (size_t)(end - text);
  uint32_t value;
  size_t size;
  if (left == 0) return 0;
  if (s[0] < 0x80) {
    value = s[0];
    size = 1;
  } else if (s[0] >= 0xC2 && s[0] <= 0xDF) {
    value = s[0] & 0x1Fu;
    size = 2;
  } else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
    value = s[0] & 0x0Fu;
    size = 3;
  } else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
    value = s[0] & 0x07u;
    size = 4;
  } else {
    return 0;
  }
  if (left < size) return 0;
  for (size_t i = 1; i < size; i++) {
    if ((s[i] & 0xC0u) != 0x80) return 0;
    value = value << 6 | (s[i] & 0x3Fu);
  }
  /* Overlong forms, surrogates and what lies past the last plane. */
  if ((size == 3 && value < 0x800) || (size == 4 && (value < 0x10000 || value > 0x10FFFF)) ||
      (value >= 0xD800 && value <= 0xDFFF))
    return 0;
  if (code != NULL) *code = value;
  return size;
}

size_t text_encode(uint32_t code, char bytes[4]) {
  if (code < 0x80) {
    bytes[0] = (char)code;
    return 1;
  }
  if (code < 0x800) {
    bytes[0] = (char)(0xC0 | code >> 6);
    bytes[1] = (char)(0x80 | (code & 0x3F));
    return 2;
  }
  if (code < 0x10000) {
    bytes[0] = (char)(0xE0 | code >> 12);
    bytes[1] = (char)(0x80 | (code >> 6 & 0x3F));
    bytes[2] = (char)(0x80 | (code & 0x3F));
    return 3;
  }
  bytes[0] = (char)(0xF0 | code >> 18);
  bytes[1] = (char)(0x80 | (code >> 12 & 0x3F));
  bytes[2] = (char)(0x80 | (code >> 6 & 0x3F));
  bytes[3] = (char)(0x80 | (code & 0x3F));
  return 4;
}

struct range {
  uint32_t first;
  uint32_t last;
};

static int within(uint32_t code, const struct range *ranges, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (code >= ranges[i].first && code <= ranges[i].last) return 1;
  return 0;
}

int text_columns(uint32_t code) {
  static const struct range combining[] = {
      {0x300, 0x36F},   {0x483, 0x489},   {0x591, 0x5BD},   {0x610, 0x61A},   {0x64B, 0x65F},
      {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F},
      {0xFE20, 0xFE2F},
  };
  static const struct range wide[] = {
      {0x1100, 0x115F}, {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},
      {0xA000, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
      {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
  };
  if (code < 0x300) return code >= 0x20 && (code < 0x7F || code > 0x9F);
  if (within(code, combining, sizeof combining / sizeof combining[0])) return 0;
  return within(code, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

size_t text_start(const char *text, size_t length, size_t bytes, int columns) {
  size_t used = 0;
  while (used < length) {
    uint32_t code;
    size_t size = text_decode(text + used, text + length, &code);
    if (size == 0 || used + size > bytes || text_columns(code) > columns) break;
    columns -= text_columns(code);
    used += size;
  }
  return used;
}

int text_is_space(uint32_t code) {
  static const struct range spaces[] = {
      {0x20, 0x20},     {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
      {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000},
  };
  return within(code, spaces, sizeof spaces / sizeof spaces[0]);
}

int text_is_control(uint32_t code) {
  static const struct range controls[] = {
      {0x00, 0x1F},     {0x7F, 0x9F},     {0x61C, 0x61C},   {0x200E, 0x200F},
      {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF},
  };
  return within(code, controls, sizeof controls / sizeof controls[0]);
}
