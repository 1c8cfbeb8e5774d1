// SPDX-License-Identifier: GPL-2.0
/* Packet sockets in network namespaces. What goes wrong here ends the program. */
#include "port.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "proto.h"

#define RING_FRAME 4096
#define FREE_SECONDS 10

/**
 * port_enter() - the caller is in another network namespace from now on
 * @ns: its name, as of `ip netns`
 */
void port_enter(const char *ns)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(2, "%s", path);
	close(fd);
}

/**
 * port_option() - set an option of a packet socket
 * @fd: the socket
 * @option: PACKET_*
 * @value: its value
 */
void port_option(int fd, int option, int value)
{
	if (setsockopt(fd, SOL_PACKET, option, &value, sizeof(value)))
		err(2, "packet socket option %d", option);
}

/**
 * port_socket() - a packet socket that is bound to a device of this namespace
 * @dev: the device
 * @protocol: ETH_P_*, host byte order; 0 receives nothing
 *
 * Frames sent by it, and those received, are preceded by a struct virtio_net_hdr.
 *
 * Return: the socket
 */
int port_socket(const char *dev, int protocol)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = if_nametoindex(dev),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || !addr.sll_ifindex)
		err(2, "%s", dev);
	port_option(fd, PACKET_VNET_HDR, 1);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err(2, "%s: bind", dev);
	return fd;
}

/**
 * port_bypass() - what a packet socket sends goes past the queue, as that of trafgen or Suricata
 * does
 * @fd: the socket
 * @dev: the device that it is bound to
 * @to: result, the address that each frame has to be sent to
 *
 * Netfilter's egress hooks then run with BH enabled. An address that tells a protocol keeps kernels
 * before 6.1.19x and 6.9 from setting the MAC header.
 */
void port_bypass(int fd, const char *dev, struct sockaddr_ll *to)
{
	port_option(fd, PACKET_QDISC_BYPASS, 1);
	*to = (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = if_nametoindex(dev),
	};
}

/**
 * port_ring_open() - for frames in pages
 * @ring: result
 * @dev: a device of this namespace
 * @bypass: to be sent past the queue
 */
void port_ring_open(struct port_ring *ring, const char *dev, bool bypass)
{
	const struct timeval timeout = { .tv_sec = FREE_SECONDS };
	struct tpacket_req req = {
		.tp_block_size = RING_FRAME, .tp_block_nr = 1,
		.tp_frame_size = RING_FRAME, .tp_frame_nr = 1,
	};

	ring->fd = port_socket(dev, 0);
	port_option(ring->fd, PACKET_VNET_HDR, 0);
	port_option(ring->fd, PACKET_VERSION, TPACKET_V2);
	if (setsockopt(ring->fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)))
		err(2, "PACKET_TX_RING");
	/* to send is to wait until the frame has been freed, which must not be for ever */
	if (setsockopt(ring->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)))
		err(2, "SO_SNDTIMEO");
	ring->bypass = bypass;
	if (bypass)
		port_bypass(ring->fd, dev, &ring->to);
	ring->slot = mmap(NULL, RING_FRAME, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (ring->slot == MAP_FAILED)
		err(2, "mmap");
}

/**
 * port_ring_fill() - put a frame into the ring
 * @ring: the ring
 * @data: the frame
 * @len: its length
 *
 * Return: where it is now, which is what the kernel sends from
 */
uint8_t *port_ring_fill(const struct port_ring *ring, const uint8_t *data, size_t len)
{
	/* where the kernel looks for the data */
	return memcpy(ring->slot + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll), data, len);
}

/**
 * port_ring_again() - send what is in the ring, all but its Ethernet header in pages
 * @ring: the ring
 * @len: its length
 *
 * When it returns the frame has been freed.
 */
void port_ring_again(const struct port_ring *ring, size_t len)
{
	struct tpacket2_hdr *header = (void *)ring->slot;
	ssize_t sent;

	header->tp_len = len;
	__atomic_store_n(&header->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
	if (ring->bypass)
		sent = sendto(ring->fd, NULL, 0, 0, (const struct sockaddr *)&ring->to,
			      sizeof(ring->to));
	else
		sent = send(ring->fd, NULL, 0, 0);
	/* a frame that a hook drops is told to a sender in the same namespace */
	if (sent < 0 && errno != ENOBUFS)
		proto_die("send by TX ring: %s", strerror(errno));
	/* until the frame has been freed its page is in use */
	while (__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_SENDING)
		sched_yield();
	/* a frame that a hook has dropped stays there to be sent again */
	if (header->tp_status == TP_STATUS_SEND_REQUEST)
		header->tp_status = TP_STATUS_AVAILABLE;
	if (header->tp_status != TP_STATUS_AVAILABLE)
		proto_die("send by TX ring: status %u", header->tp_status);
}

/**
 * port_ring_send() - send a frame, all but its Ethernet header in pages
 * @ring: the ring
 * @data: the frame
 * @len: its length
 *
 * When it returns the frame has been freed.
 */
void port_ring_send(const struct port_ring *ring, const uint8_t *data, size_t len)
{
	port_ring_fill(ring, data, len);
	port_ring_again(ring, len);
}
