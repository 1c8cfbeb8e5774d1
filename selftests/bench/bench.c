// SPDX-License-Identifier: GPL-2.0
/*
 * Frames for the benchmark, sent in batches of a fixed size and timed by the cycle counter, which
 * counts instructions where `boot --icount` has booted:
 *
 *	bench time NS DEV KIND ENTRIES WHAT [PASSES]	three means, cycles a frame
 *	bench verify NS DEV KIND ENTRIES WHAT NS DEV	each must arrive at the second device
 *	bench talk NS DEV FROM TO	each of the pods sends an ARP reply
 *	bench list FROM TO FORMAT		a line for the pods from FROM up to, without, TO
 *	bench sample ENTRIES FORMAT		a line for those pods that the frames are of
 *	bench exec CMD...	its CPU time in ns, and the cycles it took; what it says is lost
 *	bench load CMD...	the same, as a stretch that insns.c counts
 *
 * WHAT happens to the pods' MACs on the way: plain, nothing; nat, the fabric sees the node's;
 * shared, the pods have the node's.
 * FORMAT: %4 and %6 are the pod's addresses, %m is its MAC, %d its number, \n a new line.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "marks.h"
#include "pods.h"

#define SAMPLE	PODS_SAMPLE
#define BATCHES	4			/* system calls a pass over the sample */
#define BATCH	(SAMPLE / BATCHES)	/* frames each */
#define PASSES	8			/* over the sample: the best time of each batch counts */
#define ROUNDS	3
#define ROOM	64			/* bytes a frame at most */

static const uint8_t node_mac[6] = { 0x02, 0, 0, 0, 0, 0x01 };
static const uint8_t peer_mac[6] = { 0x0a, 0, 0, 0, 0, 0x64 };
#define NODE_IP	0x0a000001
#define PEER_IP	0x0a000064

/*
 * What is sent: from the pod or the node (out), or from the fabric (in). In `mode route`, macnat
 * leaves IP to the node: a frame for a pod stays as it is.
 */
static const struct kind {
	const char *name;
	uint16_t type;
	bool in, tagged, own, keep;
} kinds[] = {
	{ "out-ipv4", .type = ETHERTYPE_IP },
	{ "out-ipv6", .type = ETHERTYPE_IPV6 },
	{ "out-arp", .type = ETHERTYPE_ARP },
	{ "out-vlan", .type = ETHERTYPE_IP, .tagged = true },
	{ "out-own", .type = ETHERTYPE_IP, .own = true },
	{ "in-ipv4", .type = ETHERTYPE_IP, .in = true },
	{ "in-ipv6", .type = ETHERTYPE_IPV6, .in = true },
	{ "in-arp", .type = ETHERTYPE_ARP, .in = true },
	{ "in-vlan", .type = ETHERTYPE_IP, .in = true, .tagged = true },
	{ "in-own", .type = ETHERTYPE_IP, .in = true, .own = true },
	{ "in-route", .type = ETHERTYPE_IP, .in = true, .keep = true },
};

/* Who a frame is of, as far as its bytes go */
struct addr {
	uint8_t pod[6];			/* the pod's MAC, or what stands for it */
	unsigned int number;		/* the pod's */
};

enum what { PLAIN, NAT, SHARED };

static const struct kind *kind_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	errx(1, "no kind of frame \"%s\"", name);
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

static uint8_t *put16(uint8_t *at, uint16_t value)
{
	value = htons(value);
	return put(at, &value, sizeof(value));
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
	value = htonl(value);
	return put(at, &value, sizeof(value));
}

static uint8_t *put_ipv4(uint8_t *at, uint32_t src, uint32_t dst)
{
	uint8_t *start = at;
	uint32_t sum = 0;
	int i;

	at = put32(at, 0x4500002e);
	at = put32(at, 0);
	at = put32(at, 64 << 24 | IPPROTO_UDP << 16);
	at = put32(at, src);
	at = put32(at, dst);
	for (i = 0; i < 20; i += 2)
		sum += start[i] << 8 | start[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put16(start + 10, ~(sum + (sum >> 16)));
	return at;
}

static uint8_t *put_ipv6_addr(uint8_t *at, uint32_t number)
{
	pods_ipv6(at, number);
	return at + 16;
}

static uint8_t *put_ipv6(uint8_t *at, uint32_t src, uint32_t dst)
{
	at = put32(at, 0x60000000);
	at = put32(at, 8 << 16 | IPPROTO_UDP << 8 | 64);
	at = put_ipv6_addr(at, src);
	return put_ipv6_addr(at, dst);
}

static uint8_t *put_udp(uint8_t *at)
{
	at = put32(at, 9 << 16 | 9);
	/* a checksum that nobody gets to verify, but that is there */
	return put32(at, 8 << 16 | 0xc0de);
}

static uint8_t *put_arp(uint8_t *at, const uint8_t *sha, uint32_t spa, const uint8_t *tha,
			uint32_t tpa)
{
	at = put32(at, 0x00010800);
	at = put32(at, 0x06040002);
	at = put32(put(at, sha, 6), spa);
	return put32(put(at, tha, 6), tpa);
}

/* Returns the length of a frame of this kind; addr->pod stands wherever the pod's MAC belongs. */
static size_t frame_make(const struct kind *kind, const struct addr *addr, bool tag,
			 uint8_t frame[ROOM])
{
	uint32_t pod = kind->own ? NODE_IP : PODS_IPV4 + addr->number;
	const uint8_t *src = kind->in ? peer_mac : addr->pod;
	const uint8_t *dst = kind->in ? addr->pod : peer_mac;
	uint8_t *at = frame;

	memset(frame, 0, ROOM);
	at = put(at, dst, 6);
	at = put(at, src, 6);
	if (tag)
		at = put32(at, ETHERTYPE_VLAN << 16 | PODS_VID);
	at = put16(at, kind->type);

	switch (kind->type) {
	case ETHERTYPE_IP:
		at = kind->in ? put_ipv4(at, PEER_IP, pod) : put_ipv4(at, pod, PEER_IP);
		at = put_udp(at);
		break;
	case ETHERTYPE_IPV6:
		at = kind->in ? put_ipv6(at, ~0U, addr->number) : put_ipv6(at, addr->number, ~0U);
		at = put_udp(at);
		break;
	default:
		at = kind->in ? put_arp(at, src, PEER_IP, dst, pod) :
				put_arp(at, src, pod, dst, PEER_IP);
	}
	return at - frame < 60 + 4 * tag ? 60 + 4 * tag : at - frame;
}

static enum what what_of(const char *name)
{
	static const char *const names[] = { "plain", "nat", "shared" };
	int i;

	for (i = 0; i < 3; i++)
		if (!strcmp(names[i], name))
			return i;
	errx(1, "nothing called \"%s\" happens to a MAC", name);
}

/* Does the node's MAC stand for the pod's at this end? */
static bool is_hidden(const struct kind *kind, enum what what, bool arrived)
{
	if (kind->own || kind->keep || what == SHARED)
		return true;
	return what == NAT && kind->in != arrived;
}

/* A frame as it is sent, or as it must arrive */
static size_t frame_of(const struct kind *kind, unsigned int number, enum what what, bool arrived,
		       uint8_t frame[ROOM])
{
	struct addr addr = { .number = number };

	if (is_hidden(kind, what, arrived))
		memcpy(addr.pod, node_mac, sizeof(addr.pod));
	else
		pods_mac(addr.pod, number);
	return frame_make(kind, &addr, kind->tagged && !arrived, frame);
}

/* A socket on a device of a namespace, which this process then is in; protocol 0 hears nothing */
static int packet_socket(const char *netns, const char *dev, uint16_t protocol)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol) };
	int on = 1, ns, fd;
	char path[64];

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWNET))
		err(1, "%s", path);
	close(ns);
	addr.sll_ifindex = if_nametoindex(dev);
	if (!addr.sll_ifindex)
		err(1, "%s", dev);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err(1, "%s: packet socket", dev);
	return fd;
}

/* Sends the whole sample once; the time of each batch goes to best[] if it is the best so far. */
static void pass(int fd, struct mmsghdr *msgs, uint64_t *best)
{
	uint64_t start, time;
	int i;

	for (i = 0; i < BATCHES; i++) {
		start = __rdtsc();
		if (sendmmsg(fd, msgs + i * BATCH, BATCH, 0) != BATCH)
			err(1, "sendmmsg");
		time = __rdtsc() - start;
		if (time < best[i])
			best[i] = time;
	}
}

static int bench_time(char **argv, unsigned int passes)
{
	enum what what = what_of(argv[4]);
	const struct kind *kind = kind_of(argv[2]);
	unsigned int entries = atoi(argv[3]), i, round;
	static uint8_t frames[SAMPLE][ROOM];
	static struct mmsghdr msgs[SAMPLE];
	static struct iovec iovs[SAMPLE];
	uint64_t best[BATCHES], sum;
	int fd;

	for (i = 0; i < SAMPLE; i++) {
		iovs[i].iov_base = frames[i];
		iovs[i].iov_len = frame_of(kind, pods_sample(entries, i), what, false,
					   frames[i]);
		msgs[i].msg_hdr.msg_iov = &iovs[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	fd = packet_socket(argv[0], argv[1], 0);
	memset(best, 0xff, sizeof(best));
	pass(fd, msgs, best);
	for (round = 0; round < ROUNDS; round++) {
		memset(best, 0xff, sizeof(best));
		asm volatile(".ascii \"" MARK_START "\"");
		for (i = 0; i < passes; i++)
			pass(fd, msgs, best);
		asm volatile(".ascii \"" MARK_STOP "\"");
		for (sum = 0, i = 0; i < BATCHES; i++)
			sum += best[i];
		printf("%s%.1f", round ? " " : "", (double)sum / SAMPLE);
	}
	printf("\n");
	return 0;
}

/* The next frame that comes in, without its tag; what is sent here does not count. */
static ssize_t receive(int fd, uint8_t *frame, size_t room, int *vid)
{
	union {
		char buf[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { frame, room };
	struct tpacket_auxdata aux;
	struct sockaddr_ll from;
	struct cmsghdr *cmsg;
	struct msghdr msg;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t len;

	do {
		if (poll(&pfd, 1, 1000) != 1)
			return 0;
		msg = (struct msghdr){
			.msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = &control, .msg_controllen = sizeof(control),
		};
		len = recvmsg(fd, &msg, 0);
		if (len < 0)
			err(1, "recvmsg");
	} while (from.sll_pkttype == PACKET_OUTGOING);

	*vid = 0;
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
		memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
		if (aux.tp_status & TP_STATUS_VLAN_VALID)
			*vid = aux.tp_vlan_tci;
	}
	return len;
}

static void dump(const char *what, const uint8_t *frame, ssize_t len, int vid)
{
	fprintf(stderr, "%s, VLAN %d: ", what, vid);
	while (len-- > 0)
		fprintf(stderr, "%02x", *frame++);
	fprintf(stderr, "\n");
}

static int bench_verify(char **argv)
{
	enum what what = what_of(argv[4]);
	const struct kind *kind = kind_of(argv[2]);
	uint8_t frame[ROOM], want[ROOM], got[2048];
	unsigned int entries = atoi(argv[3]), number, i;
	int from, to, vid, want_vid = kind->tagged ? PODS_VID : 0;
	ssize_t len, want_len;

	from = packet_socket(argv[0], argv[1], 0);
	to = packet_socket(argv[5], argv[6], ETH_P_ALL);
	for (i = 0; i < SAMPLE; i++) {
		number = pods_sample(entries, i);
		len = frame_of(kind, number, what, false, frame);
		want_len = frame_of(kind, number, what, true, want);
		if (send(from, frame, len, 0) != len)
			err(1, "send");
		/* announcements may come in between */
		do {
			len = receive(to, got, sizeof(got), &vid);
			if (!len) {
				dump("want", want, want_len, want_vid);
				errx(1, "%s: frame %u has not come", kind->name, i);
			}
			if (len != want_len || vid != want_vid || memcmp(got, want, len))
				dump("got", got, len, vid);
		} while (len != want_len || vid != want_vid || memcmp(got, want, len));
	}
	return 0;
}

static int bench_talk(char **argv)
{
	const struct kind *kind = kind_of("out-arp");
	unsigned int from = atoi(argv[2]), to = atoi(argv[3]);
	uint8_t frame[ROOM];
	size_t len;
	int fd;

	fd = packet_socket(argv[0], argv[1], 0);
	for (; from < to; from++) {
		len = frame_of(kind, from, PLAIN, false, frame);
		if (send(fd, frame, len, 0) < 0)
			err(1, "send");
	}
	return 0;
}

static void line(const char *format, unsigned int number)
{
	struct in_addr addr = { pods_ipv4(number) };
	uint8_t mac[6];

	pods_mac(mac, number);
	for (; *format; format++) {
		if (format[0] == '\\' && format[1] == 'n') {
			putchar('\n');
			format++;
		} else if (*format != '%') {
			putchar(*format);
		} else {
			switch (*++format) {
			case '4':
				fputs(inet_ntoa(addr), stdout);
				break;
			case '6':
				printf("fd00::%x:%x", number >> 16, number & 0xffff);
				break;
			case 'm':
				printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
				       mac[3], mac[4], mac[5]);
				break;
			case 'd':
				printf("%u", number);
				break;
			default:
				errx(1, "bad format");
			}
		}
	}
	putchar('\n');
}

static int bench_list(unsigned int from, unsigned int to, const char *format)
{
	for (; from < to; from++)
		line(format, from);
	return 0;
}

static int bench_sample(unsigned int entries, const char *format)
{
	unsigned int i;

	for (i = 0; i < entries && i < SAMPLE; i++)
		line(format, pods_sample(entries, i));
	return 0;
}

static int bench_exec(char **argv, bool marked)
{
	uint64_t start = __rdtsc();
	struct rusage usage;
	int status;
	pid_t pid;

	if (marked)
		asm volatile(".ascii \"" MARK_START "\"");
	pid = fork();
	if (!pid) {
		if (!freopen("/dev/null", "w", stdout))
			err(127, "/dev/null");
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		err(1, "%s", argv[0]);
	if (marked)
		asm volatile(".ascii \"" MARK_STOP "\"");
	if (status)
		errx(1, "%s failed", argv[0]);
	/* without what it has waited for the kernel */
	printf("%lld %llu\n",
	       (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000LL +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL,
	       (unsigned long long)(__rdtsc() - start));
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (!strcmp(verb, "time") && (argc == 7 || argc == 8))
		return bench_time(argv + 2, argc == 8 ? atoi(argv[7]) : PASSES);
	if (!strcmp(verb, "verify") && argc == 9)
		return bench_verify(argv + 2);
	if (!strcmp(verb, "talk") && argc == 6)
		return bench_talk(argv + 2);
	if (!strcmp(verb, "list") && argc == 5)
		return bench_list(atoi(argv[2]), atoi(argv[3]), argv[4]);
	if (!strcmp(verb, "sample") && argc == 4)
		return bench_sample(atoi(argv[2]), argv[3]);
	if ((!strcmp(verb, "exec") || !strcmp(verb, "load")) && argc > 2)
		return bench_exec(argv + 2, !strcmp(verb, "load"));
	errx(1, "usage: see the head of bench.c");
}
