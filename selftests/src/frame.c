// SPDX-License-Identifier: GPL-2.0
/*
 * Raw frames for tests:
 *
 *	frame send DEV HEX...	send frames as they are; blanks, ':' and '.' are skipped
 *	frame bypass DEV HEX...	send them past the queue, see port_bypass()
 *	frame cycle DEV HEX...	send frames in turn, one every 0.2 ms, until it is killed; on one
 *				CPU, which keeps them in order
 *	frame storm DEV HEX...	the same, 32 every 10 ms
 *	frame rush DEV HEX...	the same, past the queue, without a pause, on any CPU
 *	frame twist DEV N OFFSET HEX	send a frame N times out of memory where the byte
 *				at OFFSET becomes 0, and what it was, all the while
 *	frame forge DEV N HEX	send N frames, each from another MAC and IPv4 address: the
 *				last four bytes of the one and three of the other count up
 *	frame find PCAP HEX	print how many captured frames contain these bytes anywhere
 *	frame count PCAP	print how many frames were captured
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/port.h"

#define FRAME_MAX 65536
#define FRAME_CYCLE_MAX 512

static size_t unhex(const char *hex, unsigned char *out, size_t room)
{
	size_t n = 0;
	char byte[3] = "";

	while (*hex) {
		if (isspace((unsigned char)*hex) || *hex == ':' || *hex == '.') {
			hex++;
			continue;
		}
		if (!isxdigit((unsigned char)hex[0]) || !isxdigit((unsigned char)hex[1]))
			errx(1, "\"%s\" is not hexadecimal", hex);
		if (n == room)
			errx(1, "frame of more than %zu bytes", room);
		memcpy(byte, hex, 2);
		out[n++] = strtoul(byte, NULL, 16);
		hex += 2;
	}
	return n;
}

static struct sockaddr_ll frame_to;

/* @bypass: what is sent goes past the queue */
static int frame_open(const char *dev, bool bypass)
{
	int fd;

	frame_to = (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(dev),
	};
	if (!frame_to.sll_ifindex)
		err(1, "%s", dev);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&frame_to, sizeof(frame_to)))
		err(1, "%s: socket", dev);
	if (bypass)
		port_bypass(fd, dev, &frame_to);
	return fd;
}

/* A frame that a hook drops is told as ENOBUFS to a sender in the same namespace */
static bool frame_write(int fd, const unsigned char *frame, ssize_t len)
{
	if (!frame_to.sll_protocol)
		return send(fd, frame, len, 0) == len;
	return sendto(fd, frame, len, 0, (struct sockaddr *)&frame_to, sizeof(frame_to)) == len;
}

static int frame_send(const char *dev, char **frames, bool bypass)
{
	static unsigned char buf[FRAME_MAX];
	int fd = frame_open(dev, bypass);

	for (; *frames; frames++)
		if (!frame_write(fd, buf, unhex(*frames, buf, sizeof(buf))) &&
		    !(bypass && errno == ENOBUFS))
			err(1, "%s: send", dev);
	close(fd);
	return 0;
}

/* @pause: in microseconds, 0 to send past the queue */
static int frame_cycle(const char *dev, char **hex, int n, int burst, useconds_t pause)
{
	static unsigned char buf[FRAME_MAX], *frames[FRAME_CYCLE_MAX];
	static ssize_t len[FRAME_CYCLE_MAX];
	int fd = frame_open(dev, !pause), i, sent = 0;
	cpu_set_t cpus;

	if (n > FRAME_CYCLE_MAX)
		errx(1, "more than %d frames", FRAME_CYCLE_MAX);
	for (i = 0; i < n; i++) {
		len[i] = unhex(hex[i], buf, sizeof(buf));
		frames[i] = malloc(len[i]);
		if (!frames[i])
			err(1, "malloc");
		memcpy(frames[i], buf, len[i]);
	}
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	if (pause && sched_setaffinity(0, sizeof(cpus), &cpus))
		err(1, "sched_setaffinity");
	for (i = 0;; i = (i + 1) % n) {
		while (!frame_write(fd, frames[i], len[i])) {
			if (errno != ENOBUFS)
				err(1, "%s: send", dev);
			if (!pause)
				break;
		}
		sent = (sent + 1) % burst;
		if (pause && !sent)
			usleep(pause);
	}
}

static void *frame_twister(void *at)
{
	volatile uint8_t *byte = at;
	uint8_t value = *byte;
	volatile int i;

	for (;;) {
		*byte = 0;
		for (i = 0; i < 40; i++)
			;
		*byte = value;
		for (i = 0; i < 40; i++)
			;
	}
	return NULL;
}

static int frame_twist(const char *dev, unsigned long n, unsigned long offset, const char *hex)
{
	static unsigned char buf[FRAME_MAX];
	struct port_ring ring = { 0 };
	ssize_t len = unhex(hex, buf, sizeof(buf));
	pthread_t thread;
	uint8_t *at;

	if (len > 2048 || offset >= (unsigned long)len)
		errx(1, "nothing at %lu", offset);
	port_ring_open(&ring, dev, false);
	at = port_ring_fill(&ring, buf, len) + offset;
	if (pthread_create(&thread, NULL, frame_twister, at))
		errx(1, "no thread");
	for (; n; n--)
		port_ring_again(&ring, len);
	return 0;
}

static int frame_forge(const char *dev, unsigned long n, const char *frame)
{
	static unsigned char buf[FRAME_MAX];
	int fd = frame_open(dev, false);
	ssize_t len = unhex(frame, buf, sizeof(buf));
	uint32_t i;

	for (i = 1; i <= n; i++) {
		uint32_t be = htonl(i);

		/* Ethernet source, and the source of an IPv4 header without a tag before it */
		memcpy(buf + 8, &be, 4);
		memcpy(buf + 27, (unsigned char *)&be + 1, 3);
		while (!frame_write(fd, buf, len))
			if (errno != ENOBUFS)
				err(1, "%s: send", dev);
	}
	close(fd);
	return 0;
}

/* Calls itself done at the end of the file; a frame cut off by a running capture does not count. */
static int frame_find(const char *path, const unsigned char *bytes, size_t len)
{
	struct {
		uint32_t sec, frac, caplen, origlen;
	} rec;
	static unsigned char buf[FRAME_MAX];
	unsigned long found = 0;
	uint32_t magic;
	FILE *f;

	f = fopen(path, "rb");
	if (!f)
		err(1, "%s", path);
	if (fread(&magic, sizeof(magic), 1, f) != 1 ||
	    (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d) || fseek(f, 24, SEEK_SET))
		errx(1, "%s is not a capture file of this machine's byte order", path);
	while (fread(&rec, sizeof(rec), 1, f) == 1) {
		if (rec.caplen > sizeof(buf))
			errx(1, "%s: frame of %u bytes", path, rec.caplen);
		if (rec.caplen != rec.origlen)
			errx(1, "%s: truncated frame, capture with -s 0", path);
		if (fread(buf, 1, rec.caplen, f) != rec.caplen)
			break;
		if (!len || memmem(buf, rec.caplen, bytes, len))
			found++;
	}
	fclose(f);
	printf("%lu\n", found);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned char bytes[256];
	size_t len;

	if (argc > 3 && !strcmp(argv[1], "send"))
		return frame_send(argv[2], argv + 3, false);
	if (argc > 3 && !strcmp(argv[1], "bypass"))
		return frame_send(argv[2], argv + 3, true);
	if (argc >= 4 && !strcmp(argv[1], "cycle"))
		return frame_cycle(argv[2], argv + 3, argc - 3, 1, 200);
	if (argc >= 4 && !strcmp(argv[1], "storm"))
		return frame_cycle(argv[2], argv + 3, argc - 3, 32, 10000);
	if (argc >= 4 && !strcmp(argv[1], "rush"))
		return frame_cycle(argv[2], argv + 3, argc - 3, 1, 0);
	if (argc == 5 && !strcmp(argv[1], "forge"))
		return frame_forge(argv[2], strtoul(argv[3], NULL, 0), argv[4]);
	if (argc == 6 && !strcmp(argv[1], "twist"))
		return frame_twist(argv[2], strtoul(argv[3], NULL, 0), strtoul(argv[4], NULL, 0),
				   argv[5]);
	if (argc == 4 && !strcmp(argv[1], "find")) {
		len = unhex(argv[3], bytes, sizeof(bytes));
		if (!len)
			errx(1, "nothing to find");
		return frame_find(argv[2], bytes, len);
	}
	if (argc == 3 && !strcmp(argv[1], "count"))
		return frame_find(argv[2], NULL, 0);
	errx(1, "usage: frame { send | bypass | cycle | storm | rush } DEV HEX...\n       frame { forge DEV N HEX | twist DEV N OFFSET HEX | find PCAP HEX | count PCAP }");
}
