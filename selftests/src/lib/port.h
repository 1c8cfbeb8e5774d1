/* SPDX-License-Identifier: GPL-2.0 */
/* Packet sockets in network namespaces. */
#ifndef SELFTESTS_PORT_H
#define SELFTESTS_PORT_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct port_ring - sends frames whose payload is in page fragments
 * @fd: a socket of its own
 * @slot: the one frame that it has room for
 */
struct port_ring {
	int fd;
	uint8_t *slot;
};

void port_enter(const char *ns);
void port_option(int fd, int option, int value);
int port_socket(const char *dev, int protocol);
void port_ring_open(struct port_ring *ring, const char *dev);
void port_ring_send(const struct port_ring *ring, const uint8_t *data, size_t len);

#endif /* SELFTESTS_PORT_H */
