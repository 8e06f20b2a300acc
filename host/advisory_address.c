/* Reading addresses, by the system's own rules. */
#include "advisory_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool is_loopback6(const struct in6_addr *address) {
  return IN6_IS_ADDR_LOOPBACK(address) || (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

bool advisory_address_parse(struct advisory_address *address, const char *text) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found = NULL;
  *address = (struct advisory_address){0};
  /* inet_aton's spellings, "127.1" or "0x7f.1", would be addresses for the system as well. */
  if (strchr(text, ':') == NULL && strspn(text, "0123456789.") != strlen(text)) return false;
  if (getaddrinfo(text, NULL, &hints, &found) != 0) return false;
  memcpy(&address->socket, found->ai_addr, found->ai_addrlen);
  bool named = getnameinfo(found->ai_addr, found->ai_addrlen, address->text, sizeof address->text, NULL, 0,
                           NI_NUMERICHOST) == 0;
  address->is_ipv6 = found->ai_family == AF_INET6;
  freeaddrinfo(found);
  if (address->is_ipv6) {
    const struct in6_addr *bytes = &((struct sockaddr_in6 *)&address->socket)->sin6_addr;
    address->is_loopback = is_loopback6(bytes);
    address->is_any = IN6_IS_ADDR_UNSPECIFIED(bytes);
    return named;
  }
  uint32_t number = ntohl(((struct sockaddr_in *)&address->socket)->sin_addr.s_addr);
  address->is_loopback = number >> 24 == 127;
  address->is_any = number == INADDR_ANY;
  return named && strcmp(text, address->text) == 0;
}

void advisory_address_set_port(struct advisory_address *address, uint16_t port) {
  if (address->is_ipv6)
    ((struct sockaddr_in6 *)&address->socket)->sin6_port = htons(port);
  else
    ((struct sockaddr_in *)&address->socket)->sin_port = htons(port);
}

/* A zone's percent sign is escaped in a URL: RFC 6874. */
void advisory_address_url_host(char *out, size_t size, const char *host) {
  const char *zone = strchr(host, '%');
  int address = zone != NULL ? (int)(zone - host) : (int)strlen(host);
  if (strchr(host, ':') == NULL)
    snprintf(out, size, "%s", host);
  else
    snprintf(out, size, "[%.*s%s%s]", address, host, zone != NULL ? "%25" : "", zone != NULL ? zone + 1 : "");
}
