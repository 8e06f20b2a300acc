/* Squeezed bytes: the length of the text as a packed number, then a raw deflate stream. */
#include "advisory_squeeze.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "advisory_dictionary.h"
#include "advisory_pack.h"

enum { LEVEL = 6, RAW_WINDOW = -15, MEMORY = 8, MAX_TEXT = 64 * 1024 * 1024 };

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
      deflateSetDictionary(stream, input(ADVISORY_DICTIONARY.text), (uInt)ADVISORY_DICTIONARY.length) != Z_OK)
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
  int status = inflateSetDictionary(&stream, input(ADVISORY_DICTIONARY.text), (uInt)ADVISORY_DICTIONARY.length);
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
