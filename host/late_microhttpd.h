/* The functions of libmicrohttpd (https://www.gnu.org/software/libmicrohttpd/manual/) that are used. */
#ifndef PYSEC_LATE_MICROHTTPD_H
#define PYSEC_LATE_MICROHTTPD_H

#include <microhttpd.h>

#include "late.h"

#define LATE_MICROHTTPD(X)                                                                                            \
  X(MHD_add_response_header) X(MHD_create_response_from_buffer) X(MHD_destroy_response) X(MHD_get_connection_info)    \
  X(MHD_get_connection_values) X(MHD_get_daemon_info) X(MHD_http_unescape) X(MHD_queue_response) X(MHD_start_daemon)  \
  X(MHD_stop_daemon)

struct late_microhttpd {
  LATE_MICROHTTPD(LATE_POINTER)
};

/* NULL, and why: see late_load. */
const struct late_microhttpd *late_microhttpd(char message[LATE_MESSAGE]);

#endif
