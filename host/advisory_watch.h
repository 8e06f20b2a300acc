/* Connections, and how long each may keep the service waiting.
 *
 * The HTTP library closes a connection that says nothing for a while. A client that says one byte now and
 * then would keep its place for hours: here a request has to be whole, and an answer taken, within a time;
 * and where places run short, who has said nothing for the longest gives up his. */
#ifndef PYSEC_ADVISORY_WATCH_H
#define PYSEC_ADVISORY_WATCH_H

#include <stddef.h>

struct advisory_watch;
struct advisory_visit;

/* Starts a watch over at most `places` connections, with a thread of its own. A request may take `seconds`
 * to arrive, counted from the connection or the last answer; its answer six times that. NULL: no memory,
 * or no thread. */
struct advisory_watch *advisory_watch_start(size_t places, unsigned seconds);

/* A connection came. The socket stays the caller's, who must not close it before advisory_watch_leave.
 * NULL: there is no place, so it has to go. */
struct advisory_visit *advisory_watch_enter(struct advisory_watch *watch, int socket);

/* Its request is whole, and the answer begins; the answer is out, and a request may follow. */
void advisory_watch_answers(struct advisory_watch *watch, struct advisory_visit *visit);
void advisory_watch_waits(struct advisory_watch *watch, struct advisory_visit *visit);

/* It is about to be closed. Takes NULL. */
void advisory_watch_leave(struct advisory_watch *watch, struct advisory_visit *visit);

/* Ends the watch; nobody may be visiting. Takes NULL; returns NULL. */
struct advisory_watch *advisory_watch_stop(struct advisory_watch *watch);

#endif
