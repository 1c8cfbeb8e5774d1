// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that are nearly right, by the thousand:
 *
 *	requests SEED COUNT DEV...
 *
 * Each has a command of the module's, or another, attributes that it may have or not, with
 * values that they may have or not, lengths that lie, nests in nests; one datagram has up to four.
 * What comes of them is for the kernel to complain of. Prints how many were answered by which
 * error.
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
#include <string.h>
#include <unistd.h>

#include "lib/chance.h"
#include "nl.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define DEVS 8
#define ROOM 8192

static unsigned int devs[DEVS], n_devs;
static unsigned int answers[4096];

static uint32_t number(void)
{
	static const uint32_t edges[] = {
		0, 1, 2, 3, 4, 5, 32, 33, 128, 129, 4094, 4095, 65535, 65536, INT32_MAX, 0x80000000,
		UINT32_MAX,
	};

	return chance_is(70) ? chance_below(4) : edges[chance_below(ARRAY_SIZE(edges))];
}

/* One of a few addresses, so that requests meet each other's */
static void put_address(struct nlmsghdr *nlh, uint16_t type, unsigned int len)
{
	uint8_t bytes[16] = { 0 };

	if (len == 16)
		memcpy(bytes, "\x20\x01\x0d\xb8", 4);
	bytes[0] |= len == 4 ? 10 : len == 6 ? 6 : 0;
	bytes[len - 1] = 1 + chance_below(16);
	if (chance_is(5))
		memset(bytes, chance_is(50) ? 0 : 0xff, sizeof(bytes));
	mnl_attr_put(nlh, type, chance_is(97) ? len : chance_below(17), bytes);
}

static void put_some(struct nlmsghdr *nlh, unsigned int depth);

static void put_map(struct nlmsghdr *nlh, uint16_t type, unsigned int depth)
{
	struct nlattr *nest;

	switch (type) {
	case MACNAT_A_MAP_IFINDEX:
		mnl_attr_put_u32(nlh, type, chance_is(90) ? devs[chance_below(n_devs)] : number());
		break;
	case MACNAT_A_MAP_VLAN:
	case MACNAT_A_MAP_INNER_VLAN:
		mnl_attr_put_u16(nlh, type, number());
		break;
	case MACNAT_A_MAP_IPV4:
		put_address(nlh, type, 4);
		break;
	case MACNAT_A_MAP_IPV6:
		put_address(nlh, type, 16);
		break;
	case MACNAT_A_MAP_LLADDR:
		put_address(nlh, type, 6);
		break;
	case MACNAT_A_MAP_PREFIX_LEN:
		mnl_attr_put_u8(nlh, type, number());
		break;
	case MACNAT_A_MAP_MAPPING:
		nest = mnl_attr_nest_start(nlh, type);
		put_some(nlh, depth + 1);
		mnl_attr_nest_end(nlh, nest);
		break;
	default:
		mnl_attr_put_u32(nlh, type, number());
	}
}

static void put_uplink(struct nlmsghdr *nlh, uint16_t type)
{
	switch (type) {
	case MACNAT_A_UPLINK_IFINDEX:
		mnl_attr_put_u32(nlh, type, chance_is(95) ? devs[chance_below(n_devs)] : number());
		break;
	case MACNAT_A_UPLINK_NODE:
		put_address(nlh, type, 6);
		break;
	case MACNAT_A_UPLINK_NODE_AUTO:
		mnl_attr_put(nlh, type, 0, NULL);
		break;
	case MACNAT_A_UPLINK_LEARN:
	case MACNAT_A_UPLINK_ANNOUNCE:
	case MACNAT_A_UPLINK_HEAL:
		mnl_attr_put_u8(nlh, type, number());
		break;
	default:
		mnl_attr_put_u32(nlh, type, number());
	}
}

/* Of a mapping: mostly all that it takes, in front of what does not belong there */
static void put_some(struct nlmsghdr *nlh, unsigned int depth)
{
	unsigned int n = chance_is(15) ? chance_below(4) : 0;

	if (chance_is(90)) {
		if (!depth)
			put_map(nlh, MACNAT_A_MAP_IFINDEX, depth);
		put_map(nlh, chance_is(50) ? MACNAT_A_MAP_IPV4 : MACNAT_A_MAP_IPV6, depth);
		put_map(nlh, MACNAT_A_MAP_LLADDR, depth);
	}
	for (; n; n--)
		put_map(nlh, depth < 3 ? chance_below(MACNAT_A_MAP_MAX + 3) : MACNAT_A_MAP_VLAN,
			depth);
}

/* What the next message of a datagram is, at @buf */
static size_t put_request(void *buf, uint16_t family)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	unsigned int n;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (chance_is(3) ? NLM_F_DUMP : 0);
	genl->cmd = chance_below(MACNAT_CMD_MAX + 2);
	/* mostly there is an uplink to ask for things */
	if (genl->cmd == MACNAT_CMD_UPLINK_DEL && chance_is(90))
		genl->cmd = MACNAT_CMD_UPLINK_ADD;
	genl->version = MACNAT_FAMILY_VERSION;
	switch (genl->cmd) {
	case MACNAT_CMD_UPLINK_ADD:
	case MACNAT_CMD_UPLINK_SET:
	case MACNAT_CMD_UPLINK_DEL:
	case MACNAT_CMD_UPLINK_GET:
	case MACNAT_CMD_STATS_GET:
		put_uplink(nlh, MACNAT_A_UPLINK_IFINDEX);
		for (n = chance_is(40) ? chance_below(4) : 0; n; n--)
			put_uplink(nlh, chance_below(MACNAT_A_UPLINK_MAX + 3));
		break;
	default:
		put_some(nlh, 0);
	}
	/* a bit somewhere behind the header */
	if (chance_is(10) && nlh->nlmsg_len > NLMSG_HDRLEN)
		((uint8_t *)buf)[NLMSG_HDRLEN + chance_below(nlh->nlmsg_len - NLMSG_HDRLEN)] ^=
			1 << chance_below(8);
	return NLMSG_ALIGN(nlh->nlmsg_len);
}

static void read_answers(struct mnl_socket *nl, int flags)
{
	static char buf[1 << 16];
	const struct nlmsghdr *nlh;
	const struct nlmsgerr *error;
	ssize_t len;
	int left;

	while ((len = recv(mnl_socket_get_fd(nl), buf, sizeof(buf), flags)) > 0) {
		left = len;
		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			error = mnl_nlmsg_get_payload(nlh);
			if (nlh->nlmsg_type == NLMSG_ERROR && -error->error < 4096)
				answers[-error->error]++;
		}
		flags = MSG_DONTWAIT;
	}
}

static uint16_t family_id(void)
{
	struct macnat_nl_error error;
	static struct macnat_nl nl;
	uint16_t id;

	if (macnat_nl_open(&nl, MACNAT_FAMILY_NAME, MACNAT_FAMILY_VERSION, &error))
		errx(2, "cannot talk to the module: %s", strerror(error.code));
	id = nl.family;
	macnat_nl_close(&nl);
	return id;
}

int main(int argc, char **argv)
{
	static char buf[4 * ROOM];
	struct mnl_socket *nl;
	unsigned long count;
	unsigned int i;
	uint16_t family;
	size_t len;

	if (argc < 4 || argc > 3 + DEVS)
		errx(2, "usage: requests SEED COUNT DEV...");
	chance_state = strtoull(argv[1], NULL, 0);
	for (; argv[3 + n_devs]; n_devs++)
		devs[n_devs] = if_nametoindex(argv[3 + n_devs]);
	family = family_id();
	nl = mnl_socket_open(NETLINK_GENERIC);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID))
		err(2, "netlink");
	for (count = strtoul(argv[2], NULL, 0); count; count--) {
		len = 0;
		for (i = chance_is(80) ? 1 : 1 + chance_below(4); i; i--)
			len += put_request(buf + len, family);
		if (mnl_socket_sendto(nl, buf, len) < 0 && errno != EBUSY && errno != ENOBUFS)
			err(1, "send");
		read_answers(nl, MSG_DONTWAIT);
	}
	usleep(100000);
	read_answers(nl, MSG_DONTWAIT);
	for (i = 0; i < ARRAY_SIZE(answers); i++)
		if (answers[i])
			printf("%s %u\n", i ? strerrorname_np(i) : "done", answers[i]);
	mnl_socket_close(nl);
	return 0;
}
