/* SPDX-License-Identifier: GPL-2.0 */
/* Packet sockets in network namespaces. */
#ifndef SELFTESTS_PORT_H
#define SELFTESTS_PORT_H

#include <linux/if_packet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct port_ring - sends frames whose payload is in page fragments
 * @fd: a socket of its own
 * @slot: the one frame that it has room for
 * @bypass: it sends past the queue, to @to
 * @to: see port_bypass()
 */
struct port_ring {
	int fd;
	uint8_t *slot;
	bool bypass;
	struct sockaddr_ll to;
};

void port_enter(const char *ns);
void port_option(int fd, int option, int value);
int port_socket(const char *dev, int protocol);
void port_bypass(int fd, const char *dev, struct sockaddr_ll *to);
void port_ring_open(struct port_ring *ring, const char *dev, bool bypass);
uint8_t *port_ring_fill(const struct port_ring *ring, const uint8_t *data, size_t len);
void port_ring_again(const struct port_ring *ring, size_t len);
void port_ring_send(const struct port_ring *ring, const uint8_t *data, size_t len);

#endif /* SELFTESTS_PORT_H */
