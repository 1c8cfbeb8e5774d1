// SPDX-License-Identifier: GPL-2.0
/*
 * The link type of a tap device that is there, and down:
 *
 *	tap DEV TYPE		ARPHRD_*, a number: 1 is Ethernet
 */
#include <err.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd;

	if (argc != 3)
		errx(2, "usage: tap DEV TYPE");
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", argv[1]);
	fd = open("/dev/net/tun", O_RDWR);
	if (fd < 0)
		err(1, "/dev/net/tun");
	if (ioctl(fd, TUNSETIFF, &ifr) || ioctl(fd, TUNSETLINK, atoi(argv[2])))
		err(1, "%s", argv[1]);
	return 0;
}
