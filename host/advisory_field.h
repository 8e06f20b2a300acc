/* Fields of a record: what advisory_record.c and advisory_affected.c read it with. */
#ifndef PYSEC_ADVISORY_FIELD_H
#define PYSEC_ADVISORY_FIELD_H

#include "advisory_record.h"

/* Fills the record's error: EINVAL, the place, the field and what is wrong with it. Always false. */
bool advisory_field_wrong(struct advisory_record *record, const char *field, const char *what);
bool advisory_field_no_memory(struct advisory_record *record);

/* Pushes the field of the table at `index`; null counts as absent. Returns its type. */
int advisory_field_push(struct advisory_record *record, int index, const char *name);

/* Reads text that stays on one line; the record's table keeps it alive. *text is NULL when absent. */
bool advisory_field_text(struct advisory_record *record, int index, const char *name, size_t most, const char **text,
                         size_t *length);

/* Pushes an array, or nil when the field is absent. */
bool advisory_field_array(struct advisory_record *record, int index, const char *name, bool *present);

#endif
