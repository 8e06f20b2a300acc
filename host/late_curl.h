/* The functions of libcurl (https://curl.se/libcurl/c/allfuncs.html) that are used. */
#ifndef PYSEC_LATE_CURL_H
#define PYSEC_LATE_CURL_H

#define CURL_DISABLE_TYPECHECK /* its macros would take the place of the pointers */
#include <curl/curl.h>

#include "late.h"

#define LATE_CURL(X)                                                                                            \
  X(curl_global_init) X(curl_free) X(curl_slist_append) X(curl_slist_free_all) X(curl_easy_init)                \
  X(curl_easy_cleanup) X(curl_easy_setopt) X(curl_easy_getinfo) X(curl_easy_strerror) X(curl_multi_init)        \
  X(curl_multi_cleanup) X(curl_multi_add_handle) X(curl_multi_remove_handle) X(curl_multi_perform)              \
  X(curl_multi_poll) X(curl_multi_info_read) X(curl_multi_strerror) X(curl_url) X(curl_url_cleanup)             \
  X(curl_url_set) X(curl_url_get)

struct late_curl {
  LATE_CURL(LATE_POINTER)
};

/* NULL, and why: see late_load. Ready for use, with its global state made. */
const struct late_curl *late_curl(char message[LATE_MESSAGE]);

#endif
