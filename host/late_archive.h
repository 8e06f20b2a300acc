/* The functions of libarchive (archive_read(3)) that are used. */
#ifndef PYSEC_LATE_ARCHIVE_H
#define PYSEC_LATE_ARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include "late.h"

#define LATE_ARCHIVE(X)                                                                                               \
  X(archive_error_string) X(archive_entry_filetype) X(archive_entry_is_encrypted) X(archive_entry_pathname)           \
  X(archive_entry_pathname_utf8) X(archive_read_data) X(archive_read_free) X(archive_read_new)                        \
  X(archive_read_next_header) X(archive_read_open_filename) X(archive_read_support_format_zip_seekable)

struct late_archive {
  LATE_ARCHIVE(LATE_POINTER)
};

/* NULL, and why: see late_load. */
const struct late_archive *late_archive(char message[LATE_MESSAGE]);

#endif
