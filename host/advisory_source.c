/* Reads records from a folder, a zip or a file. Nothing is ever unpacked to disk, so what a zip calls
 * its members is for messages alone. */
#include "advisory_source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advisory_buffer.h"
#include "late_archive.h"

/* OSV's whole export for PyPI is far below these. */
enum { MAX_MEMBER = 16 * 1024 * 1024, MAX_MEMBERS = 500000, MAX_DEPTH = 64, CHUNK = 64 * 1024 };
static const uint64_t MAX_TOTAL = UINT64_C(4) * 1024 * 1024 * 1024;

struct source {
  const char *path;
  const struct late_archive *lib;  /* NULL until there is a zip */
  advisory_visit visit;
  void *data;
  struct advisory_error *error;
  struct advisory_buffer text;
  size_t members;
  uint64_t total;
};

static bool ends_with(const char *name, const char *end) {
  size_t length = strlen(name), size = strlen(end);
  return length > size && strcmp(name + length - size, end) == 0;
}

static bool is_yaml_name(const char *name) {
  return ends_with(name, ".yaml") || ends_with(name, ".yml");
}

static bool is_record_name(const char *name) {
  return ends_with(name, ".json") || is_yaml_name(name);
}

static bool no_memory(struct source *source) {
  return advisory_fail(source->error, "ENOMEM", "%s: not enough memory", source->path);
}

/* Hands on what the buffer holds. */
static bool deliver(struct source *source, const char *path, const char *name) {
  source->total += source->text.length;
  if (source->total > MAX_TOTAL || ++source->members > MAX_MEMBERS)
    return advisory_fail(source->error, "E2BIG", "%s: too much to be an export of OSV records", source->path);
  struct advisory_member member = {
      .path = path, .name = name, .text = source->text.data, .length = source->text.length,
      .is_yaml = is_yaml_name(name != NULL ? name : path)};
  return source->visit(source->data, &member, source->error);
}

/* Makes room for a chunk; one that starts beyond the limit is one too many. */
static bool make_room(struct source *source, const char *path, const char *name) {
  if (source->text.length > MAX_MEMBER)
    return advisory_fail(source->error, "E2BIG", "%s%s%s: larger than the 16 MiB that a record may have",
                         path, name == NULL ? "" : ": ", name == NULL ? "" : name);
  return advisory_buffer_reserve(&source->text, CHUNK) || no_memory(source);
}

/* --- files and folders --- */

static bool read_descriptor(struct source *source, const char *path, int file) {
  struct stat info;
  if (fstat(file, &info) != 0) return advisory_fail_errno(source->error, path);
  if (!S_ISREG(info.st_mode)) return advisory_fail(source->error, "EINVAL", "%s: no regular file", path);
  for (;;) {
    if (!make_room(source, path, NULL)) return false;
    ssize_t count = read(file, source->text.data + source->text.length, CHUNK);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return advisory_fail_errno(source->error, path);
    if (count == 0) return true;
    source->text.length += (size_t)count;
  }
}

static bool read_file(struct source *source, const char *path) {
  /* A FIFO must not hold up the import before it is refused. */
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return advisory_fail_errno(source->error, path);
  advisory_buffer_clear(&source->text);
  bool done = read_descriptor(source, path, file);
  close(file);
  return done && deliver(source, path, NULL);
}

static bool read_folder(struct source *source, const char *path, int depth);

static bool read_entry(struct source *source, const char *path, int depth) {
  struct stat info;
  if (stat(path, &info) == 0) {
    if (S_ISDIR(info.st_mode)) return read_folder(source, path, depth + 1);
  } else if (errno != ENOENT) {
    return advisory_fail_errno(source->error, path);
  }
  /* A link to nothing is an error if it looks like a record, and so is a FIFO. */
  return !is_record_name(path) || read_file(source, path);
}

static bool read_entries(struct source *source, const char *path, struct dirent **entries, int count,
                         int depth) {
  struct advisory_buffer name = {0};
  bool done = true;
  for (int i = 0; done && i < count; i++) {
    const char *entry = entries[i]->d_name;
    if (entry[0] == '.') continue;
    advisory_buffer_clear(&name);
    done = advisory_buffer_add_string(&name, path) && advisory_buffer_add_string(&name, "/") &&
                   advisory_buffer_add_string(&name, entry)
               ? read_entry(source, name.data, depth)
               : no_memory(source);
  }
  advisory_buffer_free(&name);
  return done;
}

/* In the order of names, so that of several mistakes the same one is reported each time. */
static bool read_folder(struct source *source, const char *path, int depth) {
  struct dirent **entries;
  if (depth > MAX_DEPTH) return advisory_fail(source->error, "E2BIG", "%s: folders too deep", path);
  int count = scandir(path, &entries, NULL, alphasort);
  if (count < 0) return advisory_fail_errno(source->error, path);
  bool done = read_entries(source, path, entries, count, depth);
  while (count > 0) free(entries[--count]);
  free(entries);
  return done;
}

/* --- zip --- */

static bool fail_zip(struct source *source, struct archive *zip, const char *name) {
  const char *text = source->lib->archive_error_string(zip);
  return advisory_fail(source->error, "EINVAL", "%s: %s%sdamaged zip: %s", source->path, name,
                       *name ? ": " : "", text != NULL ? text : "unknown error");
}

static const char *member_name(const struct source *source, struct archive_entry *entry) {
  const char *name = source->lib->archive_entry_pathname_utf8(entry);
  if (name == NULL) name = source->lib->archive_entry_pathname(entry);
  return name != NULL ? name : "a member without a name";
}

static bool is_hidden(const char *name) {
  return name[0] == '.' || strstr(name, "/.") != NULL;
}

static bool read_member(struct source *source, struct archive *zip, struct archive_entry *entry) {
  const char *name = member_name(source, entry);
  if (source->lib->archive_entry_filetype(entry) != AE_IFREG || !is_record_name(name) || is_hidden(name)) return true;
  if (source->lib->archive_entry_is_encrypted(entry))
    return advisory_fail(source->error, "EINVAL", "%s: %s: encrypted", source->path, name);
  advisory_buffer_clear(&source->text);
  for (;;) {
    if (!make_room(source, source->path, name)) return false;
    la_ssize_t count = source->lib->archive_read_data(zip, source->text.data + source->text.length, CHUNK);
    if (count < 0) return fail_zip(source, zip, name);
    if (count == 0) return deliver(source, source->path, name);
    source->text.length += (size_t)count;
  }
}

static bool read_members(struct source *source, struct archive *zip) {
  struct archive_entry *entry;
  for (size_t entries = 0; entries < 2 * MAX_MEMBERS; entries++) {
    int status = source->lib->archive_read_next_header(zip, &entry);
    if (status == ARCHIVE_EOF) return true;
    /* A warning here is about a name that the locale cannot show. */
    if (status < ARCHIVE_WARN) return fail_zip(source, zip, "");
    if (!read_member(source, zip, entry)) return false;
  }
  return advisory_fail(source->error, "E2BIG", "%s: too much to be an export of OSV records", source->path);
}

/* Only the reader that starts from the central directory: the streaming one takes a cut zip for a whole
 * one when the cut falls between two members. */
static bool read_zip(struct source *source) {
  char message[LATE_MESSAGE];
  source->lib = late_archive(message);
  if (source->lib == NULL) return advisory_fail(source->error, "ENOLIB", "%s: %s", source->path, message);
  struct archive *zip = source->lib->archive_read_new();
  if (zip == NULL) return no_memory(source);
  bool done = source->lib->archive_read_support_format_zip_seekable(zip) == ARCHIVE_OK &&
              source->lib->archive_read_open_filename(zip, source->path, CHUNK) == ARCHIVE_OK;
  done = done ? read_members(source, zip) : fail_zip(source, zip, "");
  source->lib->archive_read_free(zip);
  return done;
}

/* Zips start with a member, or with the end of an empty one. */
static bool is_zip(const char *path) {
  char start[4] = {0};
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return false;
  ssize_t count = read(file, start, sizeof start);
  close(file);
  return count == 4 && (memcmp(start, "PK\3\4", 4) == 0 || memcmp(start, "PK\5\6", 4) == 0);
}

bool advisory_source_read(const char *path, advisory_visit visit, void *data, struct advisory_error *error) {
  struct stat info;
  struct source source = {.path = path, .visit = visit, .data = data, .error = error};
  if (stat(path, &info) != 0) return advisory_fail_errno(error, path);
  bool done = S_ISDIR(info.st_mode) ? read_folder(&source, path, 0)
              : is_zip(path)        ? read_zip(&source)
                                    : read_file(&source, path);
  advisory_buffer_free(&source.text);
  return done;
}
