// SPDX-License-Identifier: GPL-2.0
/*
 * Checked exchanges of frames between pods and a host on the other side of an uplink:
 *
 *	exchange pods DEV NODE HOST PODS LIMIT
 *				behind the uplink, until SIGTERM
 *	exchange host DEV NODE HOST PODS
 *				on the fabric, until SIGTERM
 *	exchange map DEV PODS	prints the mappings that it needs, as commands
 *	exchange sum DEV	prints {"out":,"in":}: the reasons of a macnat uplink, added
 *				up, but for those to drop a frame that comes in
 *
 * NODE and HOST are MACs. Each pod has one frame of each kind under way: the host answers it
 * when it is, byte for byte, what macnat should have made of it, and the pod sends the next one
 * when the answer is so, too. Nothing is lost that is not noticed, nor comes twice: after LIMIT
 * seconds without an answer pods exits 1. Between SIGUSR1 and SIGUSR2 to pods, the declared
 * window, frames may be lost; none may be wrong.
 *
 * Each ends with a line of JSON. No address here is any namespace's own, so that nobody else
 * answers.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/counters.h"
#include "lib/proto.h"

#define FRAME_MAX	1600
#define PODS_MAX	64
#define VID		7
#define MARK		"macnat"
#define RETRY_MS	200	/* within a window */
#define BUFFER		(16 << 20)
#define DRAIN		256	/* frames read before anything else is looked at */

enum kind { IPV4, TAGGED, IPV6, ARP, ND, KINDS };

static const char *const kinds[KINDS] = { "ipv4", "tagged", "ipv6", "arp", "nd" };

/* At the end of each frame */
struct trailer {
	char mark[6];
	uint8_t kind, pod;
	uint8_t in;
	uint8_t pad[3];
	uint32_t seq;
} __attribute__((packed));

/* One pod's frames of one kind */
struct flow {
	uint32_t seq;		/* the last that was sent; host: received */
	uint32_t answered;	/* the last whose answer came */
	uint32_t excused;	/* up to this one they may be missing */
	long sent_ms;
};

static struct flow flows[PODS_MAX][KINDS];
static uint8_t node_mac[6], host_mac[6];
static unsigned int n_pods;
static unsigned long sent, received, windows;
static long longest_ms;
static volatile sig_atomic_t stop, window;

static void on_signal(int sig)
{
	if (sig == SIGUSR1)
		windows++;
	if (sig == SIGUSR1 || sig == SIGUSR2)
		window = sig == SIGUSR1;
	else
		stop = 1;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void pod_mac(unsigned int pod, uint8_t *mac)
{
	const uint8_t bytes[6] = { 6, 0, 0, 1, 0, pod };

	memcpy(mac, bytes, 6);
}

static void address4(bool of_host, unsigned int pod, uint8_t *address)
{
	const uint8_t bytes[4] = { 10, of_host ? 8 : 9, 0, of_host ? 1 : pod + 1 };

	memcpy(address, bytes, 4);
}

static void address6(bool of_host, unsigned int pod, uint8_t *address)
{
	static const uint8_t prefix[4] = { 0x20, 1, 0xd, 0xb8 };

	memset(address, 0, 16);
	memcpy(address, prefix, 4);
	address[5] = of_host ? 8 : 9;
	address[15] = of_host ? 1 : pod + 1;
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* Bytes that belong to this frame alone */
static size_t put_noise(uint8_t *at, const struct trailer *t)
{
	size_t len = (t->seq * 37u + t->pod * 11u) % 1300, i;

	for (i = 0; i < len; i++)
		at[i] = (i * 2654435761u + t->seq * 40503u + t->in) >> 13;
	return len;
}

/* UDP and what it carries, its checksum begun with that of the pseudo header's addresses */
static size_t put_udp(uint8_t *at, const struct trailer *t, const uint8_t *addresses, size_t size)
{
	size_t len = 8;

	put16(at, 4000 + t->kind);
	put16(at + 2, 4000);
	len += put_noise(at + len, t);
	memcpy(at + len, t, sizeof(*t));
	len += sizeof(*t);
	put16(at + 4, len);
	put16(at + 6, 0);
	put16(at + 6, ~proto_sum(at, len, IPPROTO_UDP + len + proto_sum(addresses, size, 0)));
	if (!at[6] && !at[7])
		put16(at + 6, 0xffff);
	return len;
}

static size_t put_ipv4(uint8_t *at, const struct trailer *t)
{
	size_t len;

	memset(at, 0, 20);
	at[0] = 0x45;
	at[8] = 64;
	at[9] = IPPROTO_UDP;
	address4(t->in, t->pod, at + 12);
	address4(!t->in, t->pod, at + 16);
	len = 20 + put_udp(at + 20, t, at + 12, 8);
	put16(at + 2, len);
	put16(at + 10, ~proto_sum(at, 20, 0));
	return len;
}

static void put_ipv6_header(uint8_t *at, const struct trailer *t, int next, size_t len)
{
	memset(at, 0, 40);
	at[0] = 0x60;
	put16(at + 4, len);
	at[6] = next;
	at[7] = 255;
	address6(t->in, t->pod, at + 8);
	address6(!t->in, t->pod, at + 24);
}

static size_t put_ipv6(uint8_t *at, const struct trailer *t)
{
	size_t len;

	put_ipv6_header(at, t, IPPROTO_UDP, 0);
	len = put_udp(at + 40, t, at + 8, 32);
	put16(at + 4, len);
	return 40 + len;
}

/* A reply that was asked for: @sender and @target are the hardware addresses it tells */
static size_t put_arp(uint8_t *at, const struct trailer *t, const uint8_t *sender,
		      const uint8_t *target)
{
	static const uint8_t reply[8] = { 0, 1, 8, 0, 6, 4, 0, 2 };

	memcpy(at, reply, 8);
	memcpy(at + 8, sender, 6);
	address4(t->in, t->pod, at + 14);
	memcpy(at + 18, target, 6);
	address4(!t->in, t->pod, at + 24);
	memcpy(at + 28, t, sizeof(*t));
	return 28 + sizeof(*t);
}

/* A solicited neighbour advertisement of the sender's own address, which tells @sender */
static size_t put_nd(uint8_t *at, const struct trailer *t, const uint8_t *sender)
{
	uint8_t *na = at + 40;

	put_ipv6_header(at, t, IPPROTO_ICMPV6, 32);
	memset(na, 0, 32);
	na[0] = 136;
	na[4] = 0x60;
	address6(t->in, t->pod, na + 8);
	na[24] = 2;
	na[25] = 1;
	memcpy(na + 26, sender, 6);
	put16(na + 2, ~proto_sum(na, 32, IPPROTO_ICMPV6 + 32 + proto_sum(at + 8, 32, 0)));
	memcpy(na + 32, t, sizeof(*t));
	return 40 + 32 + sizeof(*t);
}

/* The frame that @t belongs to, on the wire or at the pod. Returns its length. */
static size_t build(uint8_t *frame, const struct trailer *t, bool wire)
{
	/* now and then the host is one whose neighbour cache is stale */
	bool stale = t->in && t->seq % 16 == 15;
	size_t len = 12;
	uint8_t pod[6], *tell = wire && !stale ? node_mac : pod;

	pod_mac(t->pod, pod);
	memcpy(frame, t->in ? tell : host_mac, 6);
	memcpy(frame + 6, t->in ? host_mac : tell, 6);
	if (t->kind == TAGGED) {
		put16(frame + len, ETH_P_8021Q);
		put16(frame + len + 2, VID);
		len += 4;
	}
	put16(frame + len, t->kind == ARP ? ETH_P_ARP :
	      t->kind == IPV6 || t->kind == ND ? ETH_P_IPV6 : ETH_P_IP);
	len += 2;
	switch (t->kind) {
	case ARP:
		return len + put_arp(frame + len, t, frame + 6, frame);
	case ND:
		return len + put_nd(frame + len, t, frame + 6);
	case IPV6:
		return len + put_ipv6(frame + len, t);
	default:
		return len + put_ipv4(frame + len, t);
	}
}

static void print_frame(const char *what, const uint8_t *frame, size_t len)
{
	size_t i;

	fprintf(stderr, "%s", what);
	for (i = 0; i < len; i++)
		fprintf(stderr, "%02x", frame[i]);
	fputc('\n', stderr);
}

static int port_open(const char *dev)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(dev),
	};
	int fd, one = 1, buffer = BUFFER;

	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	if (fd < 0 || !addr.sll_ifindex)
		err(2, "%s", dev);
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err(2, "%s: socket", dev);
	return fd;
}

/* A frame with the tag that the kernel has taken off. Returns its length, 0 if there is none. */
static size_t port_receive(int fd, uint8_t *frame)
{
	union {
		char buf[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = frame, .iov_len = FRAME_MAX - 4 };
	struct sockaddr_ll from;
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct tpacket_auxdata aux;
	struct cmsghdr *cmsg;
	ssize_t len = recvmsg(fd, &msg, MSG_TRUNC);

	if (len < 0) {
		/* a device that goes down says so once */
		if (errno != EAGAIN && errno != EINTR && errno != ENETDOWN)
			err(2, "receive");
		return 0;
	}
	if (from.sll_pkttype == PACKET_OUTGOING || len > FRAME_MAX - 4 || len < 14)
		return 1;
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_PACKET || cmsg->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
		if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
			continue;
		memmove(frame + 16, frame + 12, len - 12);
		put16(frame + 12, aux.tp_vlan_tpid);
		put16(frame + 14, aux.tp_vlan_tci);
		len += 4;
	}
	return len;
}

static void send_frame(int fd, const struct trailer *t, bool wire)
{
	uint8_t frame[FRAME_MAX];
	size_t len = build(frame, t, wire);

	while (send(fd, frame, len, 0) < 0) {
		if (errno == ENETDOWN && window)
			return;
		if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			err(2, "send");
	}
}

/* Is this a frame of ours? Then it must be right; and its trailer is in @t. */
static bool is_ours(const uint8_t *frame, size_t len, bool in, bool wire, struct trailer *t)
{
	uint8_t want[FRAME_MAX];
	size_t want_len;

	if (wire && len >= 14 && frame[6] == 6) {
		print_frame("a pod's MAC: ", frame, len);
		exit(1);
	}
	if (len < 14 + sizeof(*t))
		return false;
	memcpy(t, frame + len - sizeof(*t), sizeof(*t));
	if (memcmp(t->mark, MARK, sizeof(t->mark)) || t->kind >= KINDS || t->pod >= n_pods ||
	    t->in != in)
		return false;
	want_len = build(want, t, wire);
	if (want_len != len || memcmp(want, frame, len)) {
		print_frame("got  ", frame, len);
		print_frame("want ", want, want_len);
		fprintf(stderr, "a wrong frame: %s of pod %u, number %u\n", kinds[t->kind], t->pod,
			t->seq);
		exit(1);
	}
	return true;
}

static void drops_check(int fd)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len))
		err(2, "PACKET_STATISTICS");
	if (stats.tp_drops)
		errx(2, "%u frames were more than the socket's buffer holds", stats.tp_drops);
}

static void wait_for(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	poll(&pfd, 1, 100);
}

static int host(int fd)
{
	uint8_t frame[FRAME_MAX];
	struct trailer t;
	struct flow *flow;
	size_t len;

	while (!stop) {
		wait_for(fd);
		while ((len = port_receive(fd, frame))) {
			if (!is_ours(frame, len, false, true, &t))
				continue;
			flow = &flows[t.pod][t.kind];
			if (t.seq <= flow->seq)
				errx(1, "%s of pod %u: number %u came twice", kinds[t.kind], t.pod,
				     t.seq);
			flow->seq = t.seq;
			received++;
			t.in = 1;
			send_frame(fd, &t, true);
		}
	}
	drops_check(fd);
	printf("{\"received\":%lu}\n", received);
	return 0;
}

static void pods_send(int fd, unsigned int pod, unsigned int kind)
{
	struct flow *flow = &flows[pod][kind];
	struct trailer t = { .mark = MARK, .kind = kind, .pod = pod, .seq = ++flow->seq };

	flow->sent_ms = now_ms();
	sent++;
	send_frame(fd, &t, false);
}

static void pods_answer(int fd, const struct trailer *t)
{
	struct flow *flow = &flows[t->pod][t->kind];
	long took;

	if (t->seq <= flow->answered || (t->seq != flow->seq && t->seq > flow->excused))
		errx(1, "%s of pod %u: answer %u came after %u, number %u is under way",
		     kinds[t->kind], t->pod, t->seq, flow->answered, flow->seq);
	flow->answered = t->seq;
	received++;
	if (t->seq != flow->seq)
		return;
	took = now_ms() - flow->sent_ms;
	if (took > longest_ms && t->seq > flow->excused)
		longest_ms = took;
	if (!stop)
		pods_send(fd, t->pod, t->kind);
}

/* Looks for what is missing. Returns the number of frames under way. */
static unsigned int pods_missing(int fd, long limit_ms, bool closing)
{
	unsigned int pod, kind, n = 0;
	struct flow *flow;
	long waited;

	for (pod = 0; pod < n_pods; pod++) {
		for (kind = 0; kind < KINDS; kind++) {
			flow = &flows[pod][kind];
			if (flow->answered == flow->seq)
				continue;
			n++;
			waited = now_ms() - flow->sent_ms;
			if (closing || (window && waited > RETRY_MS)) {
				flow->excused = flow->seq;
				pods_send(fd, pod, kind);
			} else if (!window && waited > limit_ms) {
				errx(1, "%s of pod %u: number %u is lost", kinds[kind], pod,
				     flow->seq);
			}
		}
	}
	return n;
}

static int pods(int fd, long limit_ms)
{
	uint8_t frame[FRAME_MAX];
	bool was_window = false;
	unsigned int pod, kind, i;
	long looked = now_ms();
	struct trailer t;
	size_t len;

	for (pod = 0; pod < n_pods; pod++)
		for (kind = 0; kind < KINDS; kind++)
			pods_send(fd, pod, kind);
	for (;;) {
		wait_for(fd);
		for (i = 0; i < DRAIN && (len = port_receive(fd, frame)); i++)
			if (is_ours(frame, len, true, false, &t))
				pods_answer(fd, &t);
		if (was_window != window) {
			was_window = window;
			pods_missing(fd, limit_ms, !was_window);
		}
		if (now_ms() - looked < 100)
			continue;
		looked = now_ms();
		if (!pods_missing(fd, limit_ms, false) && stop)
			break;
	}
	drops_check(fd);
	printf("{\"sent\":%lu,\"answered\":%lu,\"lost_in_windows\":%lu,\"windows\":%lu,", sent,
	       received, sent - received, windows);
	printf("\"longest_ms\":%ld}\n", longest_ms);
	return 0;
}

static int print_map(const char *dev)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t address[16], mac[6];
	unsigned int pod, kind;

	for (pod = 0; pod < n_pods; pod++) {
		pod_mac(pod, mac);
		for (kind = 0; kind <= IPV6; kind++) {
			if (kind == IPV6)
				address6(false, pod, address);
			else
				address4(false, pod, address);
			inet_ntop(kind == IPV6 ? AF_INET6 : AF_INET, address, text, sizeof(text));
			printf("map add %s dev %s%s lladdr ", text, dev,
			       kind == TAGGED ? " vlan 7" : "");
			printf("%02x:%02x:%02x:%02x:%02x:%02x\n", mac[0], mac[1], mac[2], mac[3],
			       mac[4], mac[5]);
		}
	}
	return 0;
}

static int print_sum(const char *dev)
{
	static const char *const drops[] = {
		"in-foreign-drop", "in-reflected", "in-nomem", "in-shared"
	};
	uint64_t counters[COUNTERS], out = 0, in = 0;
	unsigned int ifindex = if_nametoindex(dev), d;
	const char *name;
	int i;

	if (!ifindex)
		err(2, "%s", dev);
	counters_open();
	counters_read(ifindex, counters);
	for (i = 0; i < COUNTERS; i++) {
		name = counters_name(i);
		if (name && !strncmp(name, "out-", 4))
			out += counters[i];
		if (name && !strncmp(name, "in-", 3))
			in += counters[i];
	}
	for (d = 0; d < sizeof(drops) / sizeof(drops[0]); d++)
		in -= counters[counters_find(drops[d])];
	printf("{\"out\":%llu,\"in\":%llu}\n", (unsigned long long)out, (unsigned long long)in);
	return 0;
}

static unsigned int number(const char *word, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(word, &end, 10);

	if (!*word || *end || !n || n > max)
		errx(2, "\"%s\": use 1 to %lu", word, max);
	return n;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };

	if (argc == 4 && !strcmp(argv[1], "map")) {
		n_pods = number(argv[3], PODS_MAX);
		return print_map(argv[2]);
	}
	if (argc == 3 && !strcmp(argv[1], "sum"))
		return print_sum(argv[2]);
	if (argc < 6 || !proto_mac(argv[3], node_mac) || !proto_mac(argv[4], host_mac))
		errx(2, "usage: see the head of exchange.c");
	n_pods = number(argv[5], PODS_MAX);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	if (argc == 7 && !strcmp(argv[1], "pods"))
		return pods(port_open(argv[2]), number(argv[6], 3600) * 1000L);
	if (argc == 6 && !strcmp(argv[1], "host"))
		return host(port_open(argv[2]));
	errx(2, "unknown command \"%s\"", argv[1]);
}
