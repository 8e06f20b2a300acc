/* Records are kept small: deflate (RFC 1951) with a dictionary of what OSV records have in common. */
#ifndef PYSEC_ADVISORY_SQUEEZE_H
#define PYSEC_ADVISORY_SQUEEZE_H

#include <stdbool.h>
#include <stddef.h>

#include "advisory_buffer.h"

/* What squeezes one record after the other. */
struct advisory_squeezer;

/* NULL: no memory. */
struct advisory_squeezer *advisory_squeezer_new(void);

/* Takes NULL; returns NULL. */
struct advisory_squeezer *advisory_squeezer_free(struct advisory_squeezer *squeezer);

/* Replaces what `out` holds. False: no memory. */
bool advisory_squeeze(struct advisory_squeezer *squeezer, const char *text, size_t length,
                      struct advisory_buffer *out);

enum advisory_unsqueezed { ADVISORY_UNSQUEEZED, ADVISORY_UNSQUEEZE_DAMAGED, ADVISORY_UNSQUEEZE_NO_MEMORY };

/* Replaces what `out` holds by the text, at most 64 MiB of it: more is taken for damage. */
enum advisory_unsqueezed advisory_unsqueeze(const void *bytes, size_t length, struct advisory_buffer *out);

#endif
