// SPDX-License-Identifier: GPL-2.0
/*
 * Mutated frames through both hooks of a real uplink:
 *
 *	mutate run SEED FIRST COUNT GUARD NODE POD FABRIC FILE...
 *		sends the frames with the numbers from FIRST on; GUARD is what the uplink is set to,
 *		NODE ... are network namespaces, see test_fuzz.sh. Exits 1 if anything is wrong
 *	mutate print SEED FIRST COUNT FILE...
 *		prints these frames: number, port, layout, and the bytes in hexadecimal
 *
 * The FILEs are test vectors, whose frames are what the mutations begin with. What must hold:
 *
 *  - each frame that meets a hook ends in exactly one reason
 *  - each frame that ends in a reason to pass is on the wire, and none that does not
 *  - a known pod's MAC is the source of none of these, an unknown one's neither where the guard
 *    does not let it pass
 */
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/counters.h"
#include "lib/mutation.h"
#include "lib/port.h"
#include "lib/vec.h"

#define BATCH 64		/* less than what the kernel's backlog of a CPU holds */
#define CAUGHT 64
#define CAUGHT_LEN 128		/* of each frame, the rest is cut off */
#define TAG_LEN 4
#define TIMEOUT_S 10
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static struct port {
	const char *name;
	int tx;
	bool bypass;
	struct sockaddr_ll to;		/* see port_bypass() */
	struct port_ring ring;
	/* of this batch, what is not in pages */
	unsigned int n_msgs;
	struct virtio_net_hdr headers[BATCH];
	struct iovec iovs[BATCH][2];
	struct mmsghdr msgs[BATCH];
} ports[MUTATION_PORTS] = {
	[MUTATION_POD] = { .name = "pod" },
	[MUTATION_UPLINK] = { .name = "uplink" },
	[MUTATION_BYPASS] = { .name = "bypass", .bypass = true },
	[MUTATION_FABRIC] = { .name = "fabric" },
};

static const char *const layouts[MUTATION_LAYOUTS] = { "linear", "paged", "partial" };

/* Reasons that end a frame's way out */
static const int drops[] = {
	MACNAT_A_COUNTER_OUT_GUARD_DROP, MACNAT_A_COUNTER_OUT_LINK_LOCAL,
	MACNAT_A_COUNTER_OUT_ND_FRAGMENT, MACNAT_A_COUNTER_OUT_GROUP_SOURCE,
	MACNAT_A_COUNTER_OUT_NOMEM, MACNAT_A_COUNTER_OUT_SHARED,
};

static struct mutation frames[BATCH];
static uint64_t now_first;	/* number of the batch's first frame */
static unsigned int now_count;
static uint64_t run_seed;
static int wire;		/* receives what has left */
static unsigned int uplink_ifindex;
static bool strict;		/* the guard lets no unknown source pass */
static uint8_t node[ETH_ALEN];

/* Since the start */
static struct {
	uint64_t out;		/* frames that met the egress hook */
	uint64_t in;		/* ... the ingress hook */
	uint64_t caught;	/* frames on the wire */
	uint64_t unseen;	/* frames that have left, but see is_cut_tag() */
	uint64_t refused;	/* by the kernel's check of what is to be sent */
} total;
static uint64_t start[COUNTERS], counters[COUNTERS];

static void __attribute__((format(printf, 1, 2), noreturn)) fail(const char *format, ...)
{
	va_list args;

	printf("# frames %llu to %llu: ", (unsigned long long)now_first,
	       (unsigned long long)(now_first + now_count - 1));
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n# they are: mutate print %llu %llu %u ...\n", (unsigned long long)run_seed,
	       (unsigned long long)now_first, now_count);
	exit(1);
}

/* ------------------------------------------------------------------------------------------- */
/* Sending */

static void open_port(enum mutation_port which, const char *ns)
{
	struct port *port = &ports[which];

	port_enter(ns);
	port->tx = port_socket("eth0", 0);
	if (port->bypass)
		port_bypass(port->tx, "eth0", &port->to);
	port_ring_open(&port->ring, "eth0", port->bypass);
}

/* The kernel drops a frame that comes in with a tag cut off, before a hook or a capture sees it. */
static bool is_cut_tag(const struct mutation *frame)
{
	uint16_t type = frame->data[12] << 8 | frame->data[13];

	return (type == ETH_P_8021Q || type == ETH_P_8021AD) &&
	       frame->len < ETH_HLEN + TAG_LEN + sizeof(type);
}

static void queue_linear(struct port *port, struct mutation *frame)
{
	struct virtio_net_hdr *header = &port->headers[port->n_msgs];
	struct iovec *iov = port->iovs[port->n_msgs];

	memset(header, 0, sizeof(*header));
	if (frame->layout == MUTATION_PARTIAL) {
		header->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		header->csum_start = frame->csum_start;
		header->csum_offset = frame->csum_offset;
	}
	iov[0] = (struct iovec){ header, sizeof(*header) };
	iov[1] = (struct iovec){ frame->data, frame->len };
	port->msgs[port->n_msgs++].msg_hdr = (struct msghdr){
		.msg_name = port->bypass ? &port->to : NULL,
		.msg_namelen = port->bypass ? sizeof(port->to) : 0,
		.msg_iov = iov, .msg_iovlen = 2,
	};
}

/*
 * Returns how often a frame has met the hook. What a hook drops is told to a sender in the same
 * namespace, as ENOBUFS: but not by the call that has sent others before, so it is sent twice.
 */
static unsigned int send_linear(struct port *port)
{
	unsigned int done = 0, met = 0, again = 0;
	int n;

	while (done < port->n_msgs) {
		n = sendmmsg(port->tx, port->msgs + done, port->n_msgs - done, 0);
		if (n > 0) {
			done += n;
			met += n;
			again = 1;
			continue;
		}
		if (errno == ENOBUFS)
			met += 1 + again;
		else if (errno == EINVAL)
			total.refused++;
		else
			proto_die("%s: sendmmsg: %s", port->name, strerror(errno));
		done++;
		again = 0;
	}
	port->n_msgs = 0;
	return met;
}

/* Those that are cut, or the others; returns how many have met a hook */
static unsigned int send_frames(bool cut)
{
	unsigned int i, out, met[MUTATION_PORTS] = { 0 };
	struct port *port;

	for (i = 0; i < now_count; i++) {
		port = &ports[frames[i].port];
		if (is_cut_tag(&frames[i]) != cut || (cut && frames[i].port != MUTATION_UPLINK &&
						      frames[i].port != MUTATION_BYPASS))
			continue;
		if (frames[i].layout != MUTATION_PAGED) {
			queue_linear(port, &frames[i]);
			continue;
		}
		port_ring_send(&port->ring, frames[i].data, frames[i].len);
		met[frames[i].port]++;
	}
	for (i = 0; i < MUTATION_PORTS; i++)
		met[i] += send_linear(&ports[i]);
	out = met[MUTATION_POD] + met[MUTATION_UPLINK] + met[MUTATION_BYPASS];
	total.in += met[MUTATION_FABRIC];
	total.out += out;
	return out + met[MUTATION_FABRIC];
}

/* ------------------------------------------------------------------------------------------- */
/* Judging */

/* Since the start, of all reasons of one direction */
static uint64_t sum_reasons(const char *direction)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < COUNTERS; i++)
		if (!strncmp(counters_name(i), direction, strlen(direction)))
			sum += counters[i] - start[i];
	return sum;
}

static uint64_t sum_passed(void)
{
	uint64_t sum = sum_reasons("out-");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(drops); i++)
		sum -= counters[drops[i]] - start[drops[i]];
	return sum;
}

static bool may_leave(const uint8_t *source)
{
	static const uint8_t vrrp[] = { 0x00, 0x00, 0x5e, 0x00 };
	uint8_t mac[ETH_ALEN];
	unsigned int i;

	for (i = 0; vec_hidden[i]; i++)
		if (proto_mac(proto_name(vec_hidden[i]), mac) && !memcmp(source, mac, ETH_ALEN))
			return false;
	return !strict || !memcmp(source, node, ETH_ALEN) || !memcmp(source, vrrp, sizeof(vrrp));
}

static void catch_frames(void)
{
	static uint8_t bytes[CAUGHT][sizeof(struct virtio_net_hdr) + CAUGHT_LEN];
	static struct mmsghdr msgs[CAUGHT];
	static struct iovec iovs[CAUGHT];
	const uint8_t *source;
	int n, i;

	for (i = 0; i < CAUGHT; i++) {
		iovs[i] = (struct iovec){ bytes[i], sizeof(bytes[i]) };
		msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &iovs[i], .msg_iovlen = 1 };
	}
	while ((n = recvmmsg(wire, msgs, CAUGHT, MSG_DONTWAIT, NULL)) > 0) {
		total.caught += n;
		for (i = 0; i < n; i++) {
			source = bytes[i] + sizeof(struct virtio_net_hdr) + ETH_ALEN;
			if (!may_leave(source))
				fail("%02x:%02x:%02x:%02x:%02x:%02x has left", source[0], source[1],
				     source[2], source[3], source[4], source[5]);
		}
	}
	if (n < 0 && errno != EAGAIN)
		proto_die("the wire: %s", strerror(errno));
}

/* Everything that was sent has been counted, and what has passed is on the wire; or too much is. */
static bool is_settled(void)
{
	counters_read(uplink_ifindex, counters);
	catch_frames();
	return sum_reasons("out-") >= total.out && sum_reasons("in-") >= total.in &&
	       total.caught + total.unseen >= sum_passed();
}

static void check(void)
{
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += TIMEOUT_S;
	do {
		if (is_settled())
			break;
		usleep(1000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec <= end.tv_sec);

	if (sum_reasons("out-") != total.out)
		fail("%llu reasons for %llu frames out", (unsigned long long)sum_reasons("out-"),
		     (unsigned long long)total.out);
	if (sum_reasons("in-") != total.in)
		fail("%llu reasons for %llu frames in", (unsigned long long)sum_reasons("in-"),
		     (unsigned long long)total.in);
	if (total.caught + total.unseen != sum_passed())
		fail("%llu frames have left, %llu should have", (unsigned long long)total.caught,
		     (unsigned long long)(sum_passed() - total.unseen));
}

/* Those that are cut come last: how many of them pass is not to be told from the wire. */
static void run_batch(void)
{
	send_frames(false);
	check();
	if (!send_frames(true))
		return;
	counters_read(uplink_ifindex, counters);
	total.unseen = sum_passed() - total.caught;
	check();
}

/* ------------------------------------------------------------------------------------------- */
/* Running */

/* Announcements of the mappings move counters, too: wait until they are out. */
static void settle(void)
{
	unsigned int quiet = 0;

	counters_read(uplink_ifindex, counters);
	while (quiet < 4) {
		memcpy(start, counters, sizeof(start));
		usleep(100000);
		counters_read(uplink_ifindex, counters);
		quiet = memcmp(start, counters, sizeof(start)) ? 0 : quiet + 1;
	}
	catch_frames();
	total.caught = 0;
}

static void load(char **files)
{
	static const char *const cast[] = { "P", "P2", "Q", "N", "R", "all", "none" };
	struct proto_bytes bytes;
	uint8_t mac[ETH_ALEN];
	unsigned int i, j;

	for (; *files; files++)
		vec_load(*files);
	for (i = 0; i < ARRAY_SIZE(cast); i++) {
		if (!proto_name(cast[i]) || !proto_mac(proto_name(cast[i]), mac))
			proto_die("%s is no name of a MAC address", cast[i]);
		mutation_mac(mac);
	}
	proto_mac(proto_name("N"), node);
	for (i = 0; i < n_vecs; i++) {
		snprintf(proto_where, sizeof(proto_where), "%s", vecs[i]->id);
		for (j = 0; j < vecs[i]->n_steps; j++) {
			proto_build(&vecs[i]->steps[j].sent, &bytes);
			mutation_seed(bytes.data, bytes.len, vecs[i]->steps[j].in != VEC_FABRIC);
		}
	}
	snprintf(proto_where, sizeof(proto_where), "mutate");
}

static void open_ports(char **namespaces)
{
	int room = 16 << 20;

	open_port(MUTATION_POD, namespaces[1]);
	open_port(MUTATION_FABRIC, namespaces[2]);
	wire = port_socket("eth0", ETH_P_ALL);
	port_option(wire, PACKET_IGNORE_OUTGOING, 1);
	if (setsockopt(wire, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		err(2, "SO_RCVBUFFORCE");
	open_port(MUTATION_UPLINK, namespaces[0]);
	open_port(MUTATION_BYPASS, namespaces[0]);
	uplink_ifindex = if_nametoindex("eth0");
	counters_open();
}

static int run(uint64_t first, uint64_t count, char **namespaces)
{
	unsigned int i;
	cpu_set_t cpus;

	/* the kernel hands a frame on where it is sent */
	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		err(2, "sched_setaffinity");
	open_ports(namespaces);
	settle();

	for (now_first = first; now_first < first + count; now_first += now_count) {
		now_count = first + count - now_first < BATCH ? first + count - now_first : BATCH;
		for (i = 0; i < now_count; i++)
			mutation_make(run_seed, now_first + i, &frames[i]);
		run_batch();
	}
	printf("sent %llu\n", (unsigned long long)(total.out + total.in));
	printf("caught %llu\n", (unsigned long long)total.caught);
	printf("refused %llu\n", (unsigned long long)total.refused);
	for (i = 0; i < COUNTERS; i++)
		if (counters[i] != start[i])
			printf("%s %llu\n", counters_name(i),
			       (unsigned long long)(counters[i] - start[i]));
	return 0;
}

static int print(uint64_t first, uint64_t count)
{
	struct mutation *frame = &frames[0];
	uint64_t number;
	size_t i;

	for (number = first; number < first + count; number++) {
		mutation_make(run_seed, number, frame);
		printf("%llu %s %s ", (unsigned long long)number, ports[frame->port].name,
		       layouts[frame->layout]);
		for (i = 0; i < frame->len; i++)
			printf("%02x", frame->data[i]);
		putchar('\n');
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 6)
		errx(2, "usage: mutate { run SEED FIRST COUNT GUARD NODE POD FABRIC FILE... |\n"
		     "\tprint SEED FIRST COUNT FILE... }");
	run_seed = strtoull(argv[2], NULL, 0);
	if (argc >= 10 && !strcmp(argv[1], "run")) {
		strict = strcmp(argv[5], "pass");
		load(argv + 9);
		return run(strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0), argv + 6);
	}
	load(argv + 5);
	return print(strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0));
}
