// SPDX-License-Identifier: GPL-2.0
/*
 * Fills tables as fast as the kernel takes it:
 *
 *	fill macnat DEV FROM TO	mappings of the pods from number FROM up to, without, TO
 *	fill macnat-sample DEV ENTRIES	... of those that frames are of: IPv6, and IPv4 in a VLAN
 */
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/macnat.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "pods.h"

#define MESSAGES 256			/* in one send, with one answer */
#define ROOM (MESSAGES * 128)

static struct mnl_socket *sock;
static uint16_t family;
static char *buf;
static size_t used;
static unsigned int queued, seq;

static struct nlmsghdr *start(uint16_t type, uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf + used);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = ++seq;
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

static int read_family(const struct nlmsghdr *nlh, void *data)
{
	struct nlattr *attr;

	(void)data;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			family = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

/* Sends what is queued; the last message asks for an answer, and so does one that fails. */
static void flush(struct nlmsghdr *last)
{
	char answer[32768];
	ssize_t len;
	int rc;

	last->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(sock, buf, used) < 0)
		err(1, "send");
	do {
		len = mnl_socket_recvfrom(sock, answer, sizeof(answer));
		if (len < 0)
			err(1, "receive");
		rc = mnl_cb_run(answer, len, 0, 0, read_family, NULL);
		if (rc < 0)
			err(1, "the kernel refuses");
	} while (rc > MNL_CB_STOP);
	used = 0;
	queued = 0;
}

static void open_family(void)
{
	struct nlmsghdr *nlh;

	buf = calloc(1, ROOM);
	sock = mnl_socket_open(NETLINK_GENERIC);
	if (!buf || !sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID))
		err(1, "socket");
	nlh = start(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, MACNAT_FAMILY_NAME);
	used = nlh->nlmsg_len;
	flush(nlh);
}

static void add(unsigned int ifindex, unsigned int number, bool ipv6, uint16_t vid, bool last)
{
	struct nlmsghdr *nlh = start(family, MACNAT_CMD_MAP_REPLACE, MACNAT_FAMILY_VERSION);
	uint32_t ipv4 = pods_ipv4(number);
	uint8_t mac[6], addr[16];

	mnl_attr_put_u32(nlh, MACNAT_A_MAP_IFINDEX, ifindex);
	if (vid)
		mnl_attr_put_u16(nlh, MACNAT_A_MAP_VLAN, vid);
	if (ipv6) {
		pods_ipv6(addr, number);
		mnl_attr_put(nlh, MACNAT_A_MAP_IPV6, sizeof(addr), addr);
	} else {
		mnl_attr_put(nlh, MACNAT_A_MAP_IPV4, sizeof(ipv4), &ipv4);
	}
	pods_mac(mac, number);
	mnl_attr_put(nlh, MACNAT_A_MAP_LLADDR, sizeof(mac), mac);
	used += MNL_ALIGN(nlh->nlmsg_len);
	if (++queued == MESSAGES || last)
		flush(nlh);
}

int main(int argc, char **argv)
{
	unsigned int ifindex, from, to, i;

	if (argc < 4 || argc > 5)
		errx(1, "usage: see the head of fill.c");
	ifindex = if_nametoindex(argv[2]);
	if (!ifindex)
		err(1, "%s", argv[2]);
	open_family();
	from = atoi(argv[3]);
	if (argc == 5) {
		to = atoi(argv[4]);
		for (; from < to; from++)
			add(ifindex, from, false, 0, from + 1 == to);
		return 0;
	}
	to = from < PODS_SAMPLE ? from : PODS_SAMPLE;
	for (i = 0; i < to; i++) {
		add(ifindex, pods_sample(from, i), true, 0, false);
		add(ifindex, pods_sample(from, i), false, PODS_VID, i + 1 == to);
	}
	return 0;
}
