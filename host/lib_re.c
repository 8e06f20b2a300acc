/* pysec.re: PCRE2, compiled by its JIT where there is one, with limits that end every match.
 *
 * A leading "(*" is refused: (*NO_START_OPT) and its like switch off what the limits rely on, and
 * (*LIMIT_MATCH=...) would change them.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "re.h"
#include "sandbox.h"

#define REGEX "pysec.re"

enum {
  MAX_PATTERN = 64 * 1024,
  MAX_SUBJECT = 64 * 1024 * 1024,
  /* What the limits do not bound is scanning, which may take time that grows with the square of the subject. */
  MAX_SANDBOX_PATTERN = 4 * 1024,
  MAX_SANDBOX_SUBJECT = 32 * 1024,
  MATCH_LIMIT = 1000000,
  DEPTH_LIMIT = 100000,
  HEAP_LIMIT_KIB = 20000
};

enum { MAX_FLAGS = 8 };

static const char TAG = 0;

/* Its user value is the text of the pattern. */
struct regex {
  const char *tag;  /* &TAG: tells it from other userdata without its metatable */
  bool is_utf;
  bool is_sandboxed; /* calls out before each item */
  bool is_jitted;
  char flags[MAX_FLAGS];
  pcre2_general_context *memory;
  pcre2_code *code;
  pcre2_match_data *match;
  pcre2_match_context *context;
};

static int regex_free(lua_State *L) {
  struct regex *re = luaL_checkudata(L, 1, REGEX);
  pcre2_match_context_free(re->context);
  pcre2_match_data_free(re->match);
  pcre2_code_free(re->code);
  pcre2_general_context_free(re->memory);
  *re = (struct regex){.code = NULL};
  return 0;
}

/* --- memory: that of the Lua state, so that its limit counts --- */

union header {
  size_t size;
  max_align_t alignment;
};

static void *take(size_t size, void *state) {
  void *data;
  lua_Alloc allocate = lua_getallocf(state, &data);
  union header *block = allocate(data, NULL, 0, size + sizeof *block);
  if (block == NULL) return NULL;
  block->size = size + sizeof *block;
  return block + 1;
}

static void give_back(void *block, void *state) {
  if (block == NULL) return;
  void *data;
  lua_Alloc allocate = lua_getallocf(state, &data);
  union header *header = (union header *)block - 1;
  allocate(data, header, header->size, 0);
}

/* A block outlives a coroutine that asked for it: the main one is as old as the state. */
static lua_State *main_thread(lua_State *L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  lua_State *main = lua_tothread(L, -1);
  lua_pop(L, 1);
  return main;
}

static struct regex *check_regex(lua_State *L) {
  struct regex *re = luaL_checkudata(L, 1, REGEX);
  luaL_argcheck(L, re->code != NULL, 1, "the regex was freed");
  return re;
}

static uint32_t read_flags(lua_State *L, const char *flags) {
  uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
  for (; *flags != '\0'; flags++) {
    switch (*flags) {
      case 'i': options |= PCRE2_CASELESS; break;
      case 'm': options |= PCRE2_MULTILINE; break;
      case 's': options |= PCRE2_DOTALL; break;
      case 'x': options |= PCRE2_EXTENDED; break;
      case 'b': options &= ~(uint32_t)(PCRE2_UTF | PCRE2_UCP); break;
      default: luaL_argerror(L, 2, "flags are i, m, s, x and b (bytes)");
    }
  }
  return options;
}

/* --- budgets ---
 *
 * The limits are those of one place in the subject where a match may begin, of which there are as many as bytes, and
 * within them an item may look at all of the subject. So in a sandbox PCRE2 calls out before each item. */

enum { ITEMS_A_CHARGE = 64, BYTES_AT_ONCE = 1024 };

struct watch {
  lua_State *L;
  size_t items;
  size_t at_once; /* items that may pass before somebody looks: one may take time, where the subject is long */
};

static int on_item(pcre2_callout_block *block, void *data) {
  struct watch *watch = data;
  (void)block;
  if (++watch->items % watch->at_once != 0) return 0;
  return sandbox_spend(watch->L, watch->at_once) ? 0 : PCRE2_ERROR_CALLOUT;
}

/* Compiles into `re`; false: *code says why not, at *offset. */
static bool compile(lua_State *L, struct regex *re, const char *pattern, size_t length, uint32_t options, int *code,
                    size_t *offset) {
  *code = PCRE2_ERROR_NOMEMORY;
  *offset = 0;
  re->memory = pcre2_general_context_create(take, give_back, main_thread(L));
  if (re->memory == NULL) return false;
  pcre2_compile_context *context = pcre2_compile_context_create(re->memory);
  if (context == NULL) return false;
  re->code = pcre2_compile((PCRE2_SPTR)pattern, length, options, code, offset, context);
  pcre2_compile_context_free(context);
  if (re->code == NULL) return false;
  *code = PCRE2_ERROR_NOMEMORY;
  re->match = pcre2_match_data_create_from_pattern(re->code, re->memory);
  re->context = pcre2_match_context_create(re->memory);
  return re->match != NULL && re->context != NULL;
}

/* Lua does not know of this memory: when it is short, its own garbage may hold it. */
static bool compile_or_collect(lua_State *L, struct regex *re, const char *pattern, size_t length, uint32_t options,
                               int *code, size_t *offset) {
  if (compile(L, re, pattern, length, options, code, offset)) return true;
  /* Less than 0 is an error of memory, or of PCRE2's own; above 100 are those of the pattern. */
  bool is_short = *code < 0 || *code == 121;
  if (!is_short) return false;
  pcre2_match_context_free(re->context);
  pcre2_match_data_free(re->match);
  pcre2_code_free(re->code);
  pcre2_general_context_free(re->memory);
  re->context = NULL;
  re->match = NULL;
  re->code = NULL;
  re->memory = NULL;
  sandbox_collect(L);
  return compile(L, re, pattern, length, options, code, offset);
}

/* Lua sees a few bytes where there are thousands, and would let them gather. */
static void tell_collector(lua_State *L, const struct regex *re) {
  size_t size = 0;
  pcre2_pattern_info(re->code, PCRE2_INFO_SIZE, &size);
  lua_gc(L, LUA_GCSTEP, (int)(size / 1024) + 1);
}

static int regex_compile(lua_State *L) {
  size_t length, offset;
  int code;
  const char *pattern = luaL_checklstring(L, 1, &length);
  const char *flags = luaL_optstring(L, 2, "");
  uint32_t options = read_flags(L, flags);
  size_t most = sandbox_of(L) != NULL ? MAX_SANDBOX_PATTERN : MAX_PATTERN;
  if (length > most) return host_push_failure(L, "EINVAL", "the pattern is longer than %zu KiB", most / 1024);
  luaL_argcheck(L, strlen(flags) < MAX_FLAGS, 2, "too many flags");
  sandbox_charge(L, 100 + length);
  if (length >= 2 && memcmp(pattern, "(*", 2) == 0)
    return host_push_failure(L, "EINVAL", "a pattern does not start with '(*'");

  struct regex *re = lua_newuserdatauv(L, sizeof *re, 1);
  *re = (struct regex){.tag = &TAG};
  luaL_setmetatable(L, REGEX);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  strcpy(re->flags, flags);
  re->is_sandboxed = sandbox_of(L) != NULL;
  if (re->is_sandboxed) options |= PCRE2_AUTO_CALLOUT;
  re->is_utf = (options & PCRE2_UTF) != 0;
  if (!compile_or_collect(L, re, pattern, length, options, &code, &offset)) {
    if (code == PCRE2_ERROR_NOMEMORY) return luaL_error(L, "not enough memory");
    char text[128];
    pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof text);
    return host_push_failure(L, "EINVAL", "%s at byte %zu of the pattern", text, offset + 1);
  }
  pcre2_set_match_limit(re->context, MATCH_LIMIT);
  pcre2_set_depth_limit(re->context, DEPTH_LIMIT);
  pcre2_set_heap_limit(re->context, HEAP_LIMIT_KIB);
  tell_collector(L, re);
  return 1;
}

/* Runs the regex from byte offset `start`. Returns the number of groups, 0 when there is no match;
 * a limit or invalid UTF-8 raises. */
static int run(lua_State *L, struct regex *re, const char *subject, size_t length, size_t start,
               uint32_t options) {
  if (length > MAX_SUBJECT) luaL_error(L, "the subject is longer than 64 MiB");
  struct watch watch = {.L = L, .at_once = length > BYTES_AT_ONCE ? 1 : ITEMS_A_CHARGE};
  if (re->is_sandboxed) {
    if (length > MAX_SANDBOX_SUBJECT) luaL_error(L, "a policy matches no text longer than 32 KiB");
    sandbox_charge(L, 20 + length / 16);
    pcre2_set_callout(re->context, on_item, &watch);
  } else if (!re->is_jitted) {
    /* Not before somebody matches. Without a JIT the interpreter does the same, within the same limits. In a sandbox
     * it has to: the memory of the JIT is not the state's. */
    pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE);
    re->is_jitted = true;
  }
  PCRE2_SPTR text = (PCRE2_SPTR)subject;
  int count = pcre2_match(re->code, text, length, start, options, re->match, re->context);
  /* The JIT has 32 KiB of stack, too little for one long quoted string; the interpreter takes from the heap. */
  if (count == PCRE2_ERROR_JIT_STACKLIMIT)
    count = pcre2_match(re->code, text, length, start, options | PCRE2_NO_JIT, re->match, re->context);
  if (count == PCRE2_ERROR_NOMEMORY && re->is_sandboxed) {
    sandbox_collect(L);
    count = pcre2_match(re->code, text, length, start, options, re->match, re->context);
  }
  if (count >= 0) return count;
  if (count == PCRE2_ERROR_NOMATCH) return 0;
  if (re->is_sandboxed) sandbox_charge(L, watch.items % watch.at_once);
  char message[128];
  pcre2_get_error_message(count, (PCRE2_UCHAR *)message, sizeof message);
  return luaL_error(L, "regex: %s (%d)", message, count);
}

static size_t check_start(lua_State *L, int index, size_t length) {
  lua_Integer start = luaL_optinteger(L, index, 1);
  if (start < 0) start += (lua_Integer)length + 1;
  if (start < 1) start = 1;
  return (size_t)start - 1;
}

/* Pushes group `number`, false where it did not take part. */
static void push_group(lua_State *L, const struct regex *re, const char *subject, uint32_t number) {
  const PCRE2_SIZE *span = pcre2_get_ovector_pointer(re->match);
  if (number >= pcre2_get_ovector_count(re->match) || span[2 * number] == PCRE2_UNSET)
    lua_pushboolean(L, 0);
  else
    lua_pushlstring(L, subject + span[2 * number], span[2 * number + 1] - span[2 * number]);
}

/* Pushes the groups, or the whole match when the pattern has none. */
static int push_groups(lua_State *L, const struct regex *re, const char *subject) {
  uint32_t groups = pcre2_get_ovector_count(re->match) - 1;
  if (groups == 0) {
    push_group(L, re, subject, 0);
    return 1;
  }
  host_reserve_stack(L, (int)groups);
  for (uint32_t i = 1; i <= groups; i++) push_group(L, re, subject, i);
  return (int)groups;
}

static int regex_find(lua_State *L) {
  struct regex *re = check_regex(L);
  size_t length;
  const char *subject = luaL_checklstring(L, 2, &length);
  size_t start = check_start(L, 3, length);
  if (start > length || run(L, re, subject, length, start, 0) == 0) {
    luaL_pushfail(L);
    return 1;
  }
  const PCRE2_SIZE *span = pcre2_get_ovector_pointer(re->match);
  lua_pushinteger(L, (lua_Integer)span[0] + 1);
  lua_pushinteger(L, (lua_Integer)span[1]);
  if (pcre2_get_ovector_count(re->match) == 1) return 2;
  return 2 + push_groups(L, re, subject);
}

static int regex_match(lua_State *L) {
  struct regex *re = check_regex(L);
  size_t length;
  const char *subject = luaL_checklstring(L, 2, &length);
  size_t start = check_start(L, 3, length);
  if (start <= length && run(L, re, subject, length, start, 0) > 0) return push_groups(L, re, subject);
  luaL_pushfail(L);
  return 1;
}

static int regex_test(lua_State *L) {
  struct regex *re = check_regex(L);
  size_t length;
  const char *subject = luaL_checklstring(L, 2, &length);
  lua_pushboolean(L, run(L, re, subject, length, 0, 0) > 0);
  return 1;
}

/* Finds the next match at or after `from`. An empty match at `last_end` is stepped over, so that a loop
 * over matches always moves on. */
static bool find_next(lua_State *L, struct regex *re, const char *subject, size_t length, size_t *from,
                      bool was_empty) {
  while (*from <= length) {
    uint32_t options = was_empty ? PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED : 0;
    if (*from > 0) options |= PCRE2_NO_UTF_CHECK; /* the first run checked all of it */
    if (run(L, re, subject, length, *from, options) > 0) return true;
    if (!was_empty) return false;
    do (*from)++;
    while (re->is_utf && *from < length && ((unsigned char)subject[*from] & 0xC0) == 0x80);
    was_empty = false;
  }
  return false;
}

static int gmatch_step(lua_State *L) {
  size_t length;
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(1));
  struct regex *re = check_regex(L);
  const char *subject = lua_tolstring(L, lua_upvalueindex(2), &length);
  size_t from = (size_t)lua_tointeger(L, lua_upvalueindex(3));
  bool was_empty = lua_toboolean(L, lua_upvalueindex(4));
  if (!find_next(L, re, subject, length, &from, was_empty)) return 0;
  const PCRE2_SIZE *span = pcre2_get_ovector_pointer(re->match);
  lua_pushinteger(L, (lua_Integer)span[1]);
  lua_replace(L, lua_upvalueindex(3));
  lua_pushboolean(L, span[0] == span[1]);
  lua_replace(L, lua_upvalueindex(4));
  return push_groups(L, re, subject);
}

static int regex_gmatch(lua_State *L) {
  check_regex(L);
  luaL_checkstring(L, 2);
  lua_settop(L, 2);
  lua_pushinteger(L, 0);
  lua_pushboolean(L, 0);
  lua_pushcclosure(L, gmatch_step, 4);
  return 1;
}

/* Adds `replacement` (index 3) with $0 to $9 and $$ filled in. */
static void add_expanded(lua_State *L, luaL_Buffer *out, const struct regex *re, const char *subject) {
  size_t length;
  const char *text = lua_tolstring(L, 3, &length);
  for (size_t i = 0; i < length; i++) {
    if (text[i] != '$' || i + 1 == length) {
      luaL_addchar(out, text[i]);
      continue;
    }
    char next = text[++i];
    if (next >= '0' && next <= '9') {
      push_group(L, re, subject, (uint32_t)(next - '0'));
      if (!lua_isstring(L, -1)) {
        lua_pop(L, 1);
        lua_pushliteral(L, "");
      }
      luaL_addvalue(out);
    } else if (next == '$') {
      luaL_addchar(out, '$');
    } else {
      luaL_error(L, "'$' in a replacement stands before a digit or another '$'");
    }
  }
}

/* Calls the function at index 3 with the groups and adds what it returns; nil keeps the match. */
static void add_called(lua_State *L, luaL_Buffer *out, const struct regex *re, const char *subject) {
  const PCRE2_SIZE *span = pcre2_get_ovector_pointer(re->match);
  PCRE2_SIZE start = span[0], end = span[1];
  lua_pushvalue(L, 3);
  lua_call(L, push_groups(L, re, subject), 1);
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    lua_pushlstring(L, subject + start, end - start);
  } else if (!lua_isstring(L, -1)) {
    luaL_error(L, "a replacement function returned a %s", luaL_typename(L, -1));
  }
  luaL_addvalue(out);
}

static int regex_gsub(lua_State *L) {
  struct regex *re = check_regex(L);
  size_t length, from = 0, copied = 0;
  const char *subject = luaL_checklstring(L, 2, &length);
  bool calls = lua_isfunction(L, 3);
  if (!calls) luaL_checkstring(L, 3);
  lua_Integer most = luaL_optinteger(L, 4, LUA_MAXINTEGER), count = 0;
  bool was_empty = false;
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  while (count < most && find_next(L, re, subject, length, &from, was_empty)) {
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(re->match);
    PCRE2_SIZE start = span[0], end = span[1];
    luaL_addlstring(&out, subject + copied, start - copied);
    if (calls)
      add_called(L, &out, re, subject);
    else
      add_expanded(L, &out, re, subject);
    copied = from = end;
    was_empty = start == end;
    count++;
  }
  luaL_addlstring(&out, subject + copied, length - copied);
  luaL_pushresult(&out);
  lua_pushinteger(L, count);
  return 2;
}

static int regex_split(lua_State *L) {
  struct regex *re = check_regex(L);
  size_t length, from = 0, copied = 0;
  const char *subject = luaL_checklstring(L, 2, &length);
  lua_Integer count = 0;
  bool was_empty = false;
  lua_newtable(L);
  while (find_next(L, re, subject, length, &from, was_empty)) {
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(re->match);
    was_empty = span[0] == span[1];
    from = span[1];
    if (was_empty && (span[0] == copied || span[0] == length)) continue;
    lua_pushlstring(L, subject + copied, span[0] - copied);
    lua_rawseti(L, -2, ++count);
    copied = span[1];
  }
  lua_pushlstring(L, subject + copied, length - copied);
  lua_rawseti(L, -2, ++count);
  return 1;
}

/* A pattern that matches `text` and nothing else. */
static int regex_escape(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  for (size_t i = 0; i < length; i++) {
    /* Before all but a letter or a digit of ASCII it is harmless; white space needs it under the flag x. */
    unsigned char c = (unsigned char)text[i];
    if (!isalnum(c) && c != '_' && (c & 0xC0) != 0x80) luaL_addchar(&out, '\\');
    luaL_addchar(&out, text[i]);
  }
  luaL_pushresult(&out);
  return 1;
}

bool re_copy(lua_State *from, int index, lua_State *to) {
  /* By hand: luaL_testudata would look up a name, and that may raise in `from`. */
  if (lua_type(from, index) != LUA_TUSERDATA || lua_rawlen(from, index) != sizeof(struct regex)) return false;
  if (!lua_checkstack(from, 1)) return false;
  const struct regex *re = lua_touserdata(from, index);
  if (re->tag != &TAG) return false;
  lua_getiuservalue(from, index, 1);
  size_t length;
  const char *pattern = lua_tolstring(from, -1, &length);
  host_reserve_stack(to, 3);
  lua_pushcfunction(to, regex_compile);
  lua_pushlstring(to, pattern, length);
  lua_pushstring(to, re->flags);
  lua_pop(from, 1);
  lua_call(to, 2, 2);
  if (lua_isnil(to, -2)) luaL_error(to, "%s", lua_tostring(to, -1)); /* the sandbox has narrower limits */
  lua_pop(to, 1);
  return true;
}

static const luaL_Reg methods[] = {
    {"find", regex_find}, {"gmatch", regex_gmatch}, {"gsub", regex_gsub}, {"match", regex_match},
    {"split", regex_split}, {"test", regex_test}, {NULL, NULL},
};

static const luaL_Reg functions[] = {{"compile", regex_compile}, {"escape", regex_escape}, {NULL, NULL}};

int luaopen_pysec_re(lua_State *L) {
  luaL_newmetatable(L, REGEX);
  lua_pushcfunction(L, regex_free);
  lua_setfield(L, -2, "__gc");
  /* A table of its own: who has a regex could else reach the metatable through it. */
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}
