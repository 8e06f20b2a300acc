/* Addresses that are written as numbers: 127.0.0.1, ::1, fe80::1%eth0. No name is looked up. */
#ifndef PYSEC_ADVISORY_ADDRESS_H
#define PYSEC_ADVISORY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { ADVISORY_ADDRESS_BYTES = 80 };

struct advisory_address {
  struct sockaddr_storage socket;      /* port 0 */
  char text[ADVISORY_ADDRESS_BYTES];  /* in its one canonical spelling, IPv6 without brackets */
  bool is_ipv6;
  bool is_loopback;                    /* only this machine can reach it */
  bool is_any;                         /* 0.0.0.0 or :: */
};

/* False: the text is no address. */
bool advisory_address_parse(struct advisory_address *address, const char *text);

void advisory_address_set_port(struct advisory_address *address, uint16_t port);

/* The host of a URL: with brackets where it has to have them. A name stays as it is. */
void advisory_address_url_host(char *out, size_t size, const char *host);

#endif
