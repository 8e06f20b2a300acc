/* Compiling the text of a policy.
 *
 * Lua's compiler has no hook, and takes time that grows with the square of a long `a or b or c ...`. So it gets the
 * text in small pieces, each of which looks at the budgets.
 *
 * And what Lua says of a value that cannot be indexed, it finds out by a recursion over the fields that lead to it:
 * 400,000 in a row end the process by a stack overflow in C (until 5.4.7). So nobody may write many in a row.
 */
#include <string.h>

#include "sandbox.h"

enum { PIECE = 16, MOST_FIELDS = 32, MOST_NESTED = 180 };

/* --- fields in a row --- */

enum token { OTHER, NAME, TEXT, FIELD, CLOSED }; /* FIELD: a dot or a colon; CLOSED: any closing bracket */

struct bracket {
  char opens;
  bool is_call;
  int fields; /* before it */
};

struct scan {
  const char *at;
  const char *end;
  int line;
  int fields; /* that led to what comes next */
  int depth;
  enum token last;
  struct bracket brackets[MOST_NESTED];
};

static bool is_name(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_next(const struct scan *s, size_t offset, char c) {
  return (size_t)(s->end - s->at) > offset && s->at[offset] == c;
}

static void step(struct scan *s) {
  if (*s->at++ == '\n') s->line++;
}

/* Moves over "[==[ ... ]==]" where one begins here; false where none does. */
static bool skip_long(struct scan *s) {
  size_t level = 0;
  if (!is_next(s, 0, '[')) return false;
  while (is_next(s, level + 1, '=')) level++;
  if (!is_next(s, level + 1, '[')) return false;
  for (s->at += level + 2; s->at < s->end; step(s)) {
    size_t equals = 0;
    if (*s->at != ']') continue;
    while (is_next(s, equals + 1, '=')) equals++;
    if (equals != level || !is_next(s, level + 1, ']')) continue;
    s->at += level + 2;
    break;
  }
  return true;
}

/* At the quote. What ends nowhere, or at the end of the line, is for the compiler to refuse. */
static void skip_text(struct scan *s) {
  char quote = *s->at++;
  while (s->at < s->end && *s->at != quote) {
    if (*s->at == '\\' && s->at + 1 < s->end) s->at++;
    step(s);
  }
  if (s->at < s->end) s->at++;
}

static void skip_comment(struct scan *s) {
  s->at += 2;
  if (skip_long(s)) return;
  while (s->at < s->end && *s->at != '\n' && *s->at != '\r') s->at++;
}

static void skip_number(struct scan *s) {
  while (s->at < s->end && (is_name(*s->at) || *s->at == '.')) s->at++;
}

static enum token scan_open(struct scan *s) {
  struct bracket *bracket = &s->brackets[s->depth++];
  bracket->opens = *s->at++;
  bracket->is_call = s->last != OTHER;
  bracket->fields = s->fields;
  s->fields = 0;
  return OTHER;
}

/* What a call returns was not reached by fields, nor was a new table; what stands in parentheses was. */
static enum token scan_close(struct scan *s) {
  s->at++;
  if (s->depth == 0) return OTHER;
  const struct bracket *bracket = &s->brackets[--s->depth];
  if (bracket->opens == '[')
    s->fields += bracket->fields + 1;
  else if (bracket->is_call || bracket->opens == '{')
    s->fields = 0;
  return CLOSED;
}

static enum token scan_dots(struct scan *s) {
  char c = *s->at;
  if (!is_next(s, 1, c)) {
    s->at++;
    s->fields++;
    return FIELD;
  }
  while (is_next(s, 0, c)) s->at++;
  s->fields = 0;
  return OTHER;
}

static enum token scan_token(struct scan *s) {
  char c = *s->at;
  if (c == '(' || c == '{' || c == '[') return scan_open(s);
  if (c == ')' || c == '}' || c == ']') return scan_close(s);
  if ((c == '.' || c == ':') && !(s->at + 1 < s->end && is_digit(s->at[1]))) return scan_dots(s);
  if (!(is_name(c) && !is_digit(c) && s->last == FIELD)) s->fields = 0;
  if (is_digit(c) || c == '.' || c == ':') {
    skip_number(s);
    if (c == ':') s->at++;
    return OTHER;
  }
  if (is_name(c)) {
    while (s->at < s->end && is_name(*s->at)) s->at++;
    return NAME;
  }
  s->at++;
  return OTHER;
}

static void skip_space(struct scan *s) {
  while (s->at < s->end && (*s->at == ' ' || (*s->at >= '\t' && *s->at <= '\r'))) step(s);
}

static void check_fields(lua_State *L, const char *path, const char *text, size_t length) {
  struct scan s = {.at = text, .end = text + length, .line = 1};
  for (skip_space(&s); s.at < s.end; skip_space(&s)) {
    if (is_next(&s, 0, '-') && is_next(&s, 1, '-')) {
      skip_comment(&s);
    } else if (*s.at == '"' || *s.at == '\'') {
      skip_text(&s);
      s.fields = 0;
      s.last = TEXT;
    } else if (skip_long(&s)) {
      s.fields = 0;
      s.last = TEXT;
    } else {
      s.last = scan_token(&s);
    }
    if (s.fields > MOST_FIELDS)
      luaL_error(L, "%s:%d: more than %d fields in a row: say local for a part of them", path, s.line, MOST_FIELDS);
    if (s.depth == MOST_NESTED) luaL_error(L, "%s:%d: brackets are nested too deep", path, s.line);
  }
}

/* --- compiling --- */

struct source {
  struct sandbox *box;
  const char *text;
  size_t length;
};

static const char *read_piece(lua_State *L, void *data, size_t *size) {
  struct source *source = data;
  const char *piece = source->text;
  *size = source->length < PIECE ? source->length : PIECE;
  source->text += *size;
  source->length -= *size;
  sandbox_charge(L, 1);
  for (size_t i = 0; i < *size; i++) source->box->source_line += piece[i] == '\n';
  return piece;
}

void sandbox_load(lua_State *L, const char *path, const char *text, size_t length) {
  struct sandbox *box = sandbox_of(L);
  struct source source = {box, text, length};
  box->source_path = path;
  box->source_line = 1;
  check_fields(L, path, text, length);
  lua_pushfstring(L, "@%s", path);
  int status = lua_load(L, read_piece, &source, lua_tostring(L, -1), "t");
  lua_remove(L, -2);
  if (status == LUA_OK) {
    box->source_path = NULL;
    return;
  }
  if (*text == *LUA_SIGNATURE) box->source_line = 1; /* bytecode has no lines */
  if (lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "C stack overflow") == 0)
    lua_pushliteral(L, "nested too deep");
  if (status == LUA_ERRMEM) sandbox_break_for_memory(L);
  lua_error(L);
}
