// SPDX-License-Identifier: GPL-2.0
/*
 * Test vectors through a real uplink:
 *
 *	vectors run NODE POD POD2 FABRIC FILE... [-- ID...]
 *		NODE ... are network namespaces, see test_vectors.sh. Prints `ok ID` or `not ok ID`
 *		for each vector, the reasons before; exits 1 if one is not ok
 *	vectors frames FILE...
 *		prints each frame that a vector sends: its id and the bytes in hexadecimal
 *
 * Each vector is run in every variant of enum vec_variant that it can have. Where the tags then
 * are is real: what comes from the pod has gone through a veth, whose receiving end moves the outer
 * tag to the skb's metadata; what enters at the uplink itself still has it in the data. What comes
 * in from the fabric has its outer tag in metadata in any case, so there the tags in the data are
 * those behind a priority tag.
 *
 * A marker frame follows each frame on the same path, on the same CPU: once it is there, so is
 * all that was sent before, and what is not there has been dropped. Nothing waits for a timeout.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/counters.h"
#include "lib/port.h"
#include "lib/vec.h"

#define MARKER_TYPE 0x88b5	/* for local experiments (IEEE 802) */
#define MARKER_LEN 60
#define TIMEOUT_MS 5000
#define CAUGHT 8		/* frames at a port, more than any vector has */
#define VID 100			/* of the variants with tags, as in test_vectors.sh */
#define INNER_VID 200
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A frame as it came in */
struct caught {
	struct proto_bytes bytes;
	bool in_metadata;	/* its outer tag */
};

static struct port {
	const char *ns;
	const char *dev;
	int tx;			/* sends frames as they are, linear */
	struct port_ring ring;	/* sends frames whose payload is in pages */
	int rx;
	bool marked;		/* the marker is there */
	struct caught caught[CAUGHT];
	unsigned int n_caught;
} ports[VEC_PORTS] = {
	[VEC_POD] = { .dev = "eth0" },
	[VEC_POD2] = { .dev = "eth0" },
	[VEC_HOST] = { .dev = "br-ex" },
	[VEC_UPLINK] = { .dev = "eth0" },
	[VEC_FABRIC] = { .dev = "eth0" },
};

static const char *node_ns;
static unsigned int uplink_ifindex;
static const char *settings[VEC_SETTINGS];	/* in force */
static uint64_t counters[COUNTERS];
static uint32_t marker;
static bool tapping;		/* ports[VEC_UPLINK].rx sees what leaves, behind macnat */

/* What a failure is about */
static const struct vec *now_vec;
static unsigned int now_variant;
static bool now_failed;

static void __attribute__((format(printf, 1, 2))) fail(const char *format, ...)
{
	va_list args;

	printf("# %s [%s] ", now_vec->id, vec_variants[now_variant]);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	now_failed = true;
}

static void print_hex(const char *what, const struct proto_bytes *bytes)
{
	size_t i;

	printf("#   %-5s", what);
	for (i = 0; i < bytes->len; i++)
		printf("%s%02x", i == 6 || i == 12 || i == 14 ? " " : "", bytes->data[i]);
	putchar('\n');
}

/* ------------------------------------------------------------------------------------------- */
/* Sockets */

/* In the namespace of the port. A socket for protocol 0 receives nothing. */
static int open_socket(const struct port *port, int protocol)
{
	int fd = port_socket(port->dev, protocol);

	if (protocol)
		port_option(fd, PACKET_AUXDATA, 1);
	return fd;
}

static void open_port(enum vec_port which, const char *ns)
{
	struct port *port = &ports[which];

	port->ns = ns;
	port_enter(ns);
	if (which != VEC_HOST) {
		port->tx = open_socket(port, 0);
		port_ring_open(&port->ring, port->dev, false);
	}
	port->rx = open_socket(port, ETH_P_ALL);
	if (which != VEC_UPLINK)
		port_option(port->rx, PACKET_IGNORE_OUTGOING, 1);
}

static void send_linear(const struct port *port, const struct proto_bytes *frame, bool partial)
{
	struct virtio_net_hdr header = { 0 };
	uint8_t buf[sizeof(header) + PROTO_FRAME_MAX], *data = buf + sizeof(header);
	size_t len = sizeof(header) + frame->len;

	memcpy(data, frame->data, frame->len);
	if (partial) {
		header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		header.csum_start = frame->csum_start;
		header.csum_offset = frame->csum_offset;
		data[frame->csum_start + frame->csum_offset] = frame->pseudo >> 8;
		data[frame->csum_start + frame->csum_offset + 1] = frame->pseudo;
	}
	memcpy(buf, &header, sizeof(header));
	/* a frame that a hook drops is told to a sender in the same namespace */
	if (send(port->tx, buf, len, 0) < 0 && errno != ENOBUFS)
		proto_die("send: %s", strerror(errno));
}

static void insert(struct proto_bytes *frame, size_t at, const void *bytes, size_t len)
{
	if (frame->len + len > sizeof(frame->data) || at > frame->len)
		proto_die("no room in a frame of %zu bytes", frame->len);
	memmove(frame->data + at + len, frame->data + at, frame->len - at);
	memcpy(frame->data + at, bytes, len);
	frame->len += len;
	if (frame->csum_start)
		frame->csum_start += len;
}

static void insert_tag(struct proto_bytes *frame, uint16_t tpid, uint16_t tci)
{
	uint8_t tag[4] = { tpid >> 8, tpid, tci >> 8, tci };

	insert(frame, 2 * ETH_ALEN, tag, sizeof(tag));
}

/* What the device at the end of the wire would do */
static void complete_sum(struct proto_bytes *frame, const struct virtio_net_hdr *header)
{
	size_t at = header->csum_start + header->csum_offset;
	uint16_t sum;

	if (at + 2 > frame->len)
		proto_die("a checksum outside of the frame");
	sum = ~proto_sum(frame->data + header->csum_start, frame->len - header->csum_start, 0);
	sum = sum ?: 0xffff;
	frame->data[at] = sum >> 8;
	frame->data[at + 1] = sum;
}

/* One frame, as it is on the wire; false if there is none */
static bool catch(struct port *port, struct caught *caught)
{
	struct virtio_net_hdr header;
	struct sockaddr_ll from;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec iov[] = {
		{ &header, sizeof(header) }, { caught->bytes.data, sizeof(caught->bytes.data) }
	};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = iov,
		.msg_iovlen = ARRAY_SIZE(iov), .msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const struct tpacket_auxdata *aux;
	const struct cmsghdr *cmsg;
	ssize_t len;

	do {
		msg.msg_namelen = sizeof(from);
		msg.msg_controllen = sizeof(control);
		len = recvmsg(port->rx, &msg, MSG_DONTWAIT);
		if (len < 0 && errno == EAGAIN)
			return false;
		if (len < (ssize_t)sizeof(header) || msg.msg_flags & MSG_TRUNC)
			proto_die("%s: recvmsg: %s", port->dev, strerror(errno));
		/* the tap is for what leaves */
	} while (port == &ports[VEC_UPLINK] && from.sll_pkttype != PACKET_OUTGOING);

	caught->bytes.len = len - sizeof(header);
	caught->bytes.csum_start = 0;
	caught->in_metadata = false;
	if (header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		complete_sum(&caught->bytes, &header);
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_level != SOL_PACKET || cmsg->cmsg_type != PACKET_AUXDATA)
		proto_die("%s: a frame without PACKET_AUXDATA", port->dev);
	aux = (const void *)CMSG_DATA(cmsg);
	if (aux->tp_status & TP_STATUS_VLAN_VALID) {
		caught->in_metadata = true;
		insert_tag(&caught->bytes, aux->tp_vlan_tpid, aux->tp_vlan_tci);
	}
	return true;
}

/* ------------------------------------------------------------------------------------------- */
/* The marker */

static void hidden_mac(const char *name, uint8_t *mac)
{
	const char *text = proto_name(name);

	if (!text || !proto_mac(text, mac))
		proto_die("%s is no name of a MAC address", name);
}

static void send_marker(enum vec_port in)
{
	struct proto_bytes frame = { .len = MARKER_LEN };
	uint32_t number = htonl(++marker);
	uint16_t type = htons(MARKER_TYPE);

	/* to all from the fabric, from the node to the fabric: macnat leaves both alone */
	hidden_mac("all", frame.data);
	hidden_mac(in == VEC_FABRIC ? "R" : "N", frame.data + ETH_ALEN);
	memcpy(frame.data + 2 * ETH_ALEN, &type, sizeof(type));
	memcpy(frame.data + ETH_HLEN, &number, sizeof(number));
	send_linear(&ports[in], &frame, false);
}

static bool is_marker(const struct proto_bytes *frame)
{
	uint32_t number;
	uint16_t type;

	if (frame->len != MARKER_LEN)
		return false;
	memcpy(&type, frame->data + 2 * ETH_ALEN, sizeof(type));
	memcpy(&number, frame->data + ETH_HLEN, sizeof(number));
	return ntohs(type) == MARKER_TYPE && ntohl(number) == marker;
}

static void drain(struct port *port)
{
	struct caught *caught;

	for (;;) {
		if (port->n_caught == CAUGHT)
			proto_die("%s in %s: too many frames", port->dev, port->ns);
		caught = &port->caught[port->n_caught];
		if (!catch(port, caught))
			return;
		if (is_marker(&caught->bytes))
			port->marked = true;
		else
			port->n_caught++;
	}
}

/* Everything that was on its way when the marker was sent is in the ports' `caught` then. */
static void collect(enum vec_port in)
{
	static const enum vec_port inside[] = { VEC_POD, VEC_POD2, VEC_HOST };
	static const enum vec_port outside[] = { VEC_FABRIC };
	const enum vec_port *wait = in == VEC_FABRIC ? inside : outside;
	unsigned int n = in == VEC_FABRIC ? ARRAY_SIZE(inside) : ARRAY_SIZE(outside), i;
	struct pollfd pfd = { .events = POLLIN };

	for (i = 0; i < VEC_PORTS; i++) {
		ports[i].n_caught = 0;
		ports[i].marked = false;
	}
	for (i = 0; i < n; i++) {
		struct port *port = &ports[wait[i]];

		drain(port);
		while (!port->marked) {
			pfd.fd = port->rx;
			if (poll(&pfd, 1, TIMEOUT_MS) <= 0)
				proto_die("no marker at %s", vec_ports[wait[i]]);
			drain(port);
		}
	}
	for (i = 0; i < VEC_PORTS; i++)
		if (i != VEC_UPLINK || tapping)
			drain(&ports[i]);
}

/* ------------------------------------------------------------------------------------------- */
/* Variants */

/* The port where a step's frame enters in this variant, -1 if there is no such variant of it */
static int variant_port(const struct vec_step *step, enum vec_variant variant,
			const struct proto_bytes *sent)
{
	bool from_pod = step->in == VEC_POD || step->in == VEC_POD2;

	switch (variant) {
	case VEC_Q_IN_BAND:
	case VEC_AD_IN_BAND:
	case VEC_PAGED_AD:
		return from_pod ? VEC_UPLINK : step->in;
	case VEC_Q:
	case VEC_AD:
		/* nothing puts the tag of what enters here into metadata */
		return step->in == VEC_UPLINK ? -1 : (int)step->in;
	case VEC_PARTIAL:
		return sent->csum_start ? (int)step->in : -1;
	default:
		return step->in;
	}
}

static void variant_tag(struct proto_bytes *frame, enum vec_variant variant, bool from_fabric)
{
	bool two = variant == VEC_AD || variant == VEC_AD_IN_BAND || variant == VEC_PAGED_AD;

	if (two)
		insert_tag(frame, ETH_P_8021Q, INNER_VID);
	if (two)
		insert_tag(frame, ETH_P_8021AD, VID);
	if (variant == VEC_Q || variant == VEC_Q_IN_BAND)
		insert_tag(frame, ETH_P_8021Q, VID);
	if (variant == VEC_PRIORITY ||
	    (from_fabric && (variant == VEC_Q_IN_BAND || variant == VEC_AD_IN_BAND)))
		insert_tag(frame, ETH_P_8021Q, 7 << 13);
}

/* ------------------------------------------------------------------------------------------- */
/* Judging */

static size_t differ(const struct proto_bytes *a, const struct proto_bytes *b)
{
	size_t i;

	for (i = 0; i < a->len && i < b->len; i++)
		if (a->data[i] != b->data[i])
			break;
	return i;
}

static void check_port(enum vec_port which, const struct vec_step *step,
		       const struct proto_bytes *want)
{
	const struct port *port = &ports[which];
	bool wanted = step->out & 1 << which;
	unsigned int i;

	if (wanted && port->n_caught == 1 && port->caught[0].bytes.len == want->len &&
	    !memcmp(port->caught[0].bytes.data, want->data, want->len))
		return;
	if (!wanted && !port->n_caught)
		return;

	if (!wanted)
		fail("line %u: %u frames at %s, want none", step->line, port->n_caught,
		     vec_ports[which]);
	else if (port->n_caught != 1)
		fail("line %u: %u frames at %s, want 1", step->line, port->n_caught,
		     vec_ports[which]);
	else
		fail("line %u: another frame at %s: byte %zu differs", step->line,
		     vec_ports[which], differ(&port->caught[0].bytes, want));
	if (wanted)
		print_hex("want", want);
	for (i = 0; i < port->n_caught; i++)
		print_hex("got", &port->caught[i].bytes);
}

static bool may_show(const char *name)
{
	unsigned int i;

	for (i = 0; now_vec->keeps[i]; i++)
		if (!strcmp(now_vec->keeps[i], name))
			return true;
	return false;
}

/* Whatever the vector says: a pod's MAC is nowhere in what has left, but where it may be. */
static void check_hidden(const struct vec_step *step)
{
	const struct port *port = &ports[VEC_FABRIC];
	uint8_t mac[ETH_ALEN];
	unsigned int i, j;

	for (i = 0; vec_hidden[i]; i++) {
		hidden_mac(vec_hidden[i], mac);
		for (j = 0; j < port->n_caught && !may_show(vec_hidden[i]); j++)
			if (memmem(port->caught[j].bytes.data, port->caught[j].bytes.len, mac,
				   sizeof(mac)))
				fail("line %u: %s is in what has left", step->line, vec_hidden[i]);
	}
}

/* What is behind the tags */
static uint16_t inner_type(const struct proto_bytes *frame)
{
	uint16_t type = 0;
	size_t at;

	for (at = 2 * ETH_ALEN; at + sizeof(type) <= frame->len; at += 4) {
		type = frame->data[at] << 8 | frame->data[at + 1];
		if (type != ETH_P_8021Q && type != ETH_P_8021AD)
			break;
	}
	return type;
}

/* The variants are what they say: a tag is where it should be when the frame meets the hook. */
static void check_tap(const struct vec_step *step, int entered)
{
	const struct port *tap = &ports[VEC_UPLINK];
	const struct caught *caught;
	bool tagged;
	uint16_t type;
	unsigned int i;

	for (i = 0; i < tap->n_caught; i++) {
		caught = &tap->caught[i];
		/* devices have no tag in metadata for MPLS: it has moved since the hook */
		if (inner_type(&caught->bytes) == ETH_P_MPLS_UC)
			continue;
		memcpy(&type, caught->bytes.data + 2 * ETH_ALEN, sizeof(type));
		tagged = type == htons(ETH_P_8021Q) || type == htons(ETH_P_8021AD);
		if (caught->in_metadata != (tagged && entered != VEC_UPLINK))
			fail("line %u: the tag is %sin metadata", step->line,
			     caught->in_metadata ? "" : "not ");
	}
}

static void check_counters(const struct vec_step *step)
{
	int by_marker = step->in == VEC_FABRIC ? MACNAT_A_COUNTER_IN_GROUP :
						 MACNAT_A_COUNTER_OUT_NODE;
	uint64_t old[COUNTERS], want;
	int i;

	memcpy(old, counters, sizeof(old));
	counters_read(uplink_ifindex, counters);
	for (i = 0; i < COUNTERS; i++) {
		want = (i == step->counter) + (i == by_marker);
		if (counters[i] - old[i] != want)
			fail("line %u: %s rose by %llu, want %llu", step->line, counters_name(i),
			     (unsigned long long)(counters[i] - old[i]), (unsigned long long)want);
	}
}

/* false if this variant of the step does not exist */
static bool run_step(const struct vec_step *step, enum vec_variant variant)
{
	bool from_fabric = step->in == VEC_FABRIC;
	struct proto_bytes sent, want;
	int entered, i;

	proto_build(&step->sent, &sent);
	proto_build(&step->want, &want);
	entered = variant_port(step, variant, &sent);
	if (entered < 0)
		return false;
	variant_tag(&sent, variant, from_fabric);
	variant_tag(&want, variant, from_fabric);

	if (variant == VEC_PAGED || variant == VEC_PAGED_AD)
		port_ring_send(&ports[entered].ring, sent.data, sent.len);
	else
		send_linear(&ports[entered], &sent, variant == VEC_PARTIAL);
	send_marker(entered);
	collect(entered);

	for (i = 0; i < VEC_PORTS; i++)
		if (i != VEC_UPLINK)
			check_port(i, step, &want);
	check_hidden(step);
	if (tapping)
		check_tap(step, entered);
	check_counters(step);
	return true;
}

/* ------------------------------------------------------------------------------------------- */
/* Running */

static void __attribute__((noreturn)) exec_macnat(const char *const *args)
{
	port_enter(node_ns);
	execvp("macnat", (char *const *)args);
	err(127, "macnat");
}

/* Brings the uplink's settings to those of the vector; false if it refuses */
static bool apply_settings(const struct vec *vec)
{
	const char *args[4 + 2 * VEC_SETTINGS + 1] = { "macnat", "uplink", "set", "eth0" };
	unsigned int n = 4, i;
	int status;
	pid_t pid;

	for (i = 0; i < VEC_SETTINGS; i++) {
		if (!strcmp(settings[i], vec->settings[i]))
			continue;
		args[n++] = vec_settings[i];
		args[n++] = vec->settings[i];
	}
	if (n == 4)
		return true;
	fflush(stdout);
	pid = fork();
	if (!pid)
		exec_macnat(args);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		err(2, "macnat");
	if (status)
		return false;
	memcpy(settings, vec->settings, sizeof(settings));
	return true;
}

static void run_vec(const struct vec *vec)
{
	unsigned int i, done = 0;

	now_vec = vec;
	snprintf(proto_where, sizeof(proto_where), "%s", vec->id);
	now_failed = false;
	now_variant = VEC_UNTAGGED;
	if (!apply_settings(vec)) {
		fail("macnat refuses the settings");
		goto out;
	}
	for (now_variant = 0; now_variant < VEC_VARIANTS; now_variant++) {
		if (!(vec->variants & 1 << now_variant))
			continue;
		for (i = 0; i < vec->n_steps; i++)
			done += run_step(&vec->steps[i], now_variant);
	}
	if (!done)
		fail("it has none of its variants");
out:
	printf("%s %s\n", now_failed ? "not ok" : "ok", vec->id);
	fflush(stdout);
}

/* Wait until the announcements of the mappings are out: nothing else may move the counters. */
static void settle(void)
{
	uint64_t before[COUNTERS];
	unsigned int i, quiet = 0;

	counters_read(uplink_ifindex, counters);
	while (quiet < 4) {
		memcpy(before, counters, sizeof(before));
		usleep(100000);
		counters_read(uplink_ifindex, counters);
		quiet = memcmp(before, counters, sizeof(before)) ? 0 : quiet + 1;
	}
	for (i = 0; i < VEC_PORTS; i++) {
		do {
			ports[i].n_caught = 0;
			while (ports[i].n_caught < CAUGHT && catch(&ports[i], &ports[i].caught[0]))
				ports[i].n_caught++;
		} while (ports[i].n_caught);
	}
}

static bool is_wanted(const struct vec *vec, char **ids)
{
	size_t len;

	if (!*ids)
		return true;
	for (; *ids; ids++) {
		len = strlen(*ids);
		/* O4 stands for O4a, O4b ... */
		if (!strncmp(vec->id, *ids, len) &&
		    (!vec->id[len] || (vec->id[len] >= 'a' && vec->id[len] <= 'z')))
			return true;
	}
	return false;
}

static int run(char **namespaces, char **ids)
{
	unsigned int i, failed = 0;
	cpu_set_t cpus;
	bool out;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		err(2, "sched_setaffinity");

	node_ns = namespaces[0];
	open_port(VEC_POD, namespaces[1]);
	open_port(VEC_POD2, namespaces[2]);
	open_port(VEC_FABRIC, namespaces[3]);
	open_port(VEC_HOST, node_ns);
	open_port(VEC_UPLINK, node_ns);
	uplink_ifindex = if_nametoindex(ports[VEC_UPLINK].dev);
	counters_open();
	memcpy(settings, vec_defaults, sizeof(settings));
	settle();

	/* First what leaves; then the tap goes, for it would keep a clone of all that comes in. */
	for (out = true; ; out = false) {
		tapping = out;
		for (i = 0; i < n_vecs; i++) {
			if ((vecs[i]->id[0] == 'O') != out || !is_wanted(vecs[i], ids))
				continue;
			run_vec(vecs[i]);
			failed += now_failed;
		}
		if (!out)
			return failed != 0;
		close(ports[VEC_UPLINK].rx);
	}
}

static int print_frames(void)
{
	struct proto_bytes bytes;
	unsigned int i, j;
	size_t k;

	for (i = 0; i < n_vecs; i++) {
		snprintf(proto_where, sizeof(proto_where), "%s", vecs[i]->id);
		for (j = 0; j < vecs[i]->n_steps; j++) {
			proto_build(&vecs[i]->steps[j].sent, &bytes);
			printf("%s ", vecs[i]->id);
			for (k = 0; k < bytes.len; k++)
				printf("%02x", bytes.data[k]);
			putchar('\n');
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "frames")) {
		for (argv += 2; *argv; argv++)
			vec_load(*argv);
		return print_frames();
	}
	if (argc >= 7 && !strcmp(argv[1], "run")) {
		char **namespaces = argv + 2;

		for (argv += 6; *argv && strcmp(*argv, "--"); argv++)
			vec_load(*argv);
		return run(namespaces, *argv ? argv + 1 : argv);
	}
	errx(2, "usage: vectors { run NODE POD POD2 FABRIC FILE... [-- ID...] | frames FILE... }");
}
