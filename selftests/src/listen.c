// SPDX-License-Identifier: GPL-2.0
/*
 * Listens to macnat's events with many sockets, until it is killed:
 *
 *	listen COUNT INSTRUCTIONS
 *
 * Each socket has a filter of so many instructions, which takes nothing: it costs time, and no
 * memory. Linux 6.1 allows some 2500 (net.core.optmem_max). Prints "listening" once all of them do.
 */
#include <err.h>
#include <linux/filter.h>
#include <linux/macnat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl.h"

static struct sock_filter code[BPF_MAXINSNS];

static void listen_filter(unsigned int instructions)
{
	unsigned int i;

	if (instructions > BPF_MAXINSNS - 2)
		errx(2, "a filter has at most %d instructions", BPF_MAXINSNS - 2);
	/* each divides: that takes its time, and no compiler leaves it out */
	code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0);
	for (i = 1; i <= instructions; i++)
		code[i] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 3);
	code[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
}

static void listen_open(const struct sock_fprog *filter)
{
	struct macnat_nl *nl = calloc(1, sizeof(*nl));
	struct macnat_nl_error error;

	if (!nl)
		err(2, "calloc");
	if (macnat_nl_open(nl, MACNAT_FAMILY_NAME, MACNAT_FAMILY_VERSION, &error) ||
	    macnat_nl_join(nl, MACNAT_FAMILY_NAME, MACNAT_MCGRP_EVENTS, &error))
		errx(2, "cannot join the group: %s", strerror(error.code));
	if (setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_ATTACH_FILTER, filter,
		       sizeof(*filter)))
		err(2, "SO_ATTACH_FILTER");
}

int main(int argc, char **argv)
{
	struct sock_fprog filter = { .filter = code };
	unsigned long count;

	if (argc != 3)
		errx(2, "usage: listen COUNT INSTRUCTIONS");
	listen_filter(strtoul(argv[2], NULL, 0));
	filter.len = strtoul(argv[2], NULL, 0) + 2;
	for (count = strtoul(argv[1], NULL, 0); count; count--)
		listen_open(&filter);
	puts("listening");
	fflush(stdout);
	pause();
	return 0;
}
