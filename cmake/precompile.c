/* A tool of the build: precompile OUTPUT ROOT NAME... compiles Lua scripts below ROOT and writes them to OUTPUT, a C
 * file with the table of embedded.h. */
#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct output {
  FILE *file;
  size_t size;
};

static int write_bytes(lua_State *L, const void *bytes, size_t size, void *data) {
  struct output *output = data;
  (void)L;
  for (size_t i = 0; i < size; i++) fprintf(output->file, "%u,", ((const unsigned char *)bytes)[i]);
  output->size += size;
  return 0;
}

static void fail(const char *message) {
  fprintf(stderr, "precompile: %s\n", message);
  exit(1);
}

/* The chunk's name is that under which the program loads the text, since errors show it. */
static size_t compile(lua_State *L, FILE *file, const char *root, const char *name, int number) {
  struct output output = {file, 0};
  const char *path = lua_pushfstring(L, "%s/%s", root, name), *chunk = lua_pushfstring(L, "@%s", name);
  FILE *source = fopen(path, "rb");
  if (source == NULL) fail(path);
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  for (size_t got = 1; got > 0; luaL_addsize(&text, got))
    got = fread(luaL_prepbuffer(&text), 1, LUAL_BUFFERSIZE, source);
  if (ferror(source)) fail(path);
  fclose(source);
  luaL_pushresult(&text);
  size_t length;
  const char *code = lua_tolstring(L, -1, &length);
  if (luaL_loadbufferx(L, code, length, chunk, "t") != LUA_OK) fail(lua_tostring(L, -1));
  fprintf(file, "static const unsigned char code_%d[] = {", number);
  lua_dump(L, write_bytes, &output, 0);
  fprintf(file, "0};\n");
  lua_settop(L, 0);
  return output.size;
}

int main(int argc, char **argv) {
  if (argc < 3) fail("usage: precompile OUTPUT ROOT NAME...");
  lua_State *L = luaL_newstate();
  size_t *sizes = calloc((size_t)argc, sizeof *sizes);
  FILE *file = fopen(argv[1], "w");
  if (L == NULL || sizes == NULL || file == NULL) fail(argv[1]);
  fprintf(file, "#include \"embedded.h\"\n\n");
  for (int i = 3; i < argc; i++) sizes[i] = compile(L, file, argv[2], argv[i], i);
  fprintf(file, "\nconst char precompiled_by[] = \"");
  /* The identity of Lua is one line of printable characters; a quote or backslash in it would end the text. */
  for (const char *c = lua_ident; *c != '\0'; c++) fprintf(file, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
  fprintf(file, "\";\n\nconst struct precompiled_file precompiled_files[] = {\n");
  for (int i = 3; i < argc; i++) fprintf(file, "    {\"%s\", (const char *)code_%d, %zu},\n", argv[i], i, sizes[i]);
  fprintf(file, "    {NULL, NULL, 0},\n};\n");
  bool is_written = !ferror(file);
  if (fclose(file) != 0 || !is_written) fail(argv[1]);
  free(sizes);
  lua_close(L);
  return 0;
}
