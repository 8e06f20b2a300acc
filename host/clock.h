/* The host's one clock. */
#ifndef PYSEC_CLOCK_H
#define PYSEC_CLOCK_H

#include <time.h>

/* Seconds since 1970; SOURCE_DATE_EPOCH fixes it. */
time_t host_clock_now(void);

#endif
