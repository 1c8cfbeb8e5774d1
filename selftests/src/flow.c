// SPDX-License-Identifier: GPL-2.0
/*
 * Real TCP connections for tests:
 *
 *	flow serve PORT			echo server on all addresses, until a signal
 *	flow connect HOST PORT N [GAP]	N short connections, GAP milliseconds apart:
 *					connect, send, get it back, close
 *	flow hold HOST PORT [GAP]	one long connection, a message every GAP
 *					milliseconds, until SIGTERM
 *	flow bulk HOST PORT BYTES	one connection: as many bytes there and back again
 *
 * connect, hold and bulk print one line of JSON, and exit 1 if a connection failed.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CLIENTS 1024
#define TIMEOUT_MS 5000		/* a peer that is silent for longer is lost */

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void sleep_ms(long ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (ms > 0)
		nanosleep(&ts, NULL);
}

static int serve(int port)
{
	static struct pollfd fds[MAX_CLIENTS + 1];
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in addr4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	int one = 1, n = 1, i, fd;
	bool no_ipv6;
	char buf[4096];
	ssize_t len;

	fds[0].fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	/* with ipv6.disable=1 */
	no_ipv6 = fds[0].fd < 0 && errno == EAFNOSUPPORT;
	if (no_ipv6)
		fds[0].fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fds[0].fd < 0)
		err(1, "socket");
	setsockopt(fds[0].fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if ((no_ipv6 ? bind(fds[0].fd, (struct sockaddr *)&addr4, sizeof(addr4)) :
		    bind(fds[0].fd, (struct sockaddr *)&addr, sizeof(addr))) ||
	    listen(fds[0].fd, 512))
		err(1, "port %d", port);
	fds[0].events = POLLIN;

	while (!stop) {
		if (poll(fds, n, -1) < 0 && errno != EINTR)
			err(1, "poll");
		for (i = n - 1; i > 0 && !stop; i--) {
			if (!fds[i].revents)
				continue;
			len = read(fds[i].fd, buf, sizeof(buf));
			if (len > 0 && write(fds[i].fd, buf, len) == len)
				continue;
			close(fds[i].fd);
			fds[i] = fds[--n];
		}
		while (n <= MAX_CLIENTS && (fd = accept4(fds[0].fd, NULL, NULL, 0)) >= 0) {
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
			fds[n].fd = fd;
			fds[n].revents = 0;
			fds[n++].events = POLLIN;
		}
	}
	return 0;
}

static bool ready(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	long end = now_ms() + TIMEOUT_MS, left;

	while ((left = end - now_ms()) > 0) {
		if (poll(&pfd, 1, left) > 0)
			return true;
	}
	errno = ETIMEDOUT;
	return false;
}

static int dial(const struct sockaddr_in *addr)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1, error;
	socklen_t len = sizeof(error);

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) && errno != EINPROGRESS)
		goto fail;
	if (!ready(fd, POLLOUT) || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
		goto fail;
	errno = error;
	if (!error)
		return fd;
fail:
	close(fd);
	return -1;
}

static bool exchange(int fd)
{
	char out[64] = "the quick brown fox jumps over the lazy dog", in[sizeof(out)];
	size_t got = 0;
	ssize_t len;

	if (write(fd, out, sizeof(out)) != sizeof(out))
		return false;
	while (got < sizeof(in)) {
		if (!ready(fd, POLLIN))
			return false;
		len = read(fd, in + got, sizeof(in) - got);
		if (len <= 0)
			return false;
		got += len;
	}
	return !memcmp(in, out, sizeof(in));
}

static int connect_many(const struct sockaddr_in *addr, int count, long gap)
{
	int i, ok = 0, fd;

	for (i = 0; i < count && !stop; i++) {
		if (i)
			sleep_ms(gap);
		fd = dial(addr);
		if (fd < 0) {
			warn("connection %d", i + 1);
			continue;
		}
		if (exchange(fd))
			ok++;
		else
			warn("exchange %d", i + 1);
		close(fd);
	}
	printf("{\"connections\":%d,\"ok\":%d,\"failed\":%d}\n", count, ok, count - ok);
	return ok != count;
}

static int hold(const struct sockaddr_in *addr, long gap)
{
	long exchanges = 0, longest = 0, begin, took;
	int fd = dial(addr);
	bool ok = fd >= 0;

	if (!ok)
		warn("connect");
	while (ok && !stop) {
		begin = now_ms();
		ok = exchange(fd);
		took = now_ms() - begin;
		if (took > longest)
			longest = took;
		exchanges += ok;
		sleep_ms(gap);
	}
	if (!ok && fd >= 0)
		warn("exchange %ld", exchanges + 1);
	printf("{\"exchanges\":%ld,\"longest_ms\":%ld,\"lost\":%s}\n", exchanges, longest,
	       ok ? "false" : "true");
	return !ok;
}

/* Byte number @i of what bulk sends: no period that a lost segment could hide in */
static unsigned char noise(size_t i)
{
	return (i * 2654435761u) >> 13;
}

static int bulk(const struct sockaddr_in *addr, size_t bytes)
{
	int fd = dial(addr);
	struct pollfd pfd = { .fd = fd };
	size_t sent = 0, got = 0, i;
	unsigned char buf[65536];
	ssize_t len;

	if (fd < 0)
		err(1, "connect");
	while (got < bytes) {
		pfd.events = POLLIN | (sent < bytes ? POLLOUT : 0);
		if (poll(&pfd, 1, TIMEOUT_MS) <= 0)
			errx(1, "stuck after %zu bytes out and %zu back", sent, got);
		if (pfd.revents & POLLOUT) {
			for (i = 0; i < sizeof(buf) && sent + i < bytes; i++)
				buf[i] = noise(sent + i);
			len = write(fd, buf, i);
			if (len > 0)
				sent += len;
		}
		if (!(pfd.revents & ~POLLOUT))
			continue;
		len = read(fd, buf, sizeof(buf));
		if (len <= 0)
			err(1, "lost after %zu bytes back", got);
		for (i = 0; i < (size_t)len; i++)
			if (buf[i] != noise(got + i))
				errx(1, "byte %zu came back wrong", got + i);
		got += len;
	}
	printf("{\"bytes\":%zu}\n", got);
	return 0;
}

static int number(const char *word)
{
	char *end;
	long n = strtol(word, &end, 10);

	if (!*word || *end || n < 0 || n > 1000000000)
		errx(1, "\"%s\": use 0 to 1000000000", word);
	return n;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sockaddr_in addr = { .sin_family = AF_INET };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);

	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(number(argv[2]));
	if (argc < 4)
		errx(1, "usage: flow { serve PORT | connect HOST PORT N [GAP] | hold HOST PORT [GAP] | bulk HOST PORT BYTES }");
	if (inet_pton(AF_INET, argv[2], &addr.sin_addr) != 1)
		errx(1, "\"%s\" is not an IPv4 address", argv[2]);
	addr.sin_port = htons(number(argv[3]));
	if (!strcmp(argv[1], "connect") && argc >= 5)
		return connect_many(&addr, number(argv[4]), argc > 5 ? number(argv[5]) : 0);
	if (!strcmp(argv[1], "bulk") && argc >= 5)
		return bulk(&addr, number(argv[4]));
	if (!strcmp(argv[1], "hold"))
		return hold(&addr, argc > 4 ? number(argv[4]) : 100);
	errx(1, "unknown command \"%s\"", argv[1]);
}
