// SPDX-License-Identifier: GPL-2.0
/* The counters of an uplink. */
#include "counters.h"

#include <err.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../tools/counter_gen.h"

#define NAMED(id, name, doc) { MACNAT_A_COUNTER_##id, name },
static const struct {
	int index;
	const char *name;
} names[] = { MACNAT_COUNTERS(NAMED) };

#define NAMES ((int)(sizeof(names) / sizeof(names[0])))

static int fd = -1;
static uint16_t family;

/* A request, and the answer to it */
static union {
	struct {
		struct nlmsghdr header;
		struct genlmsghdr genl;
		char attrs[];
	};
	char bytes[8192];
} buf;

/**
 * counters_find() - a counter by its name
 * @name: as the tool prints it
 *
 * Return: its index, -1 if there is none
 */
int counters_find(const char *name)
{
	int i;

	for (i = 0; i < NAMES; i++)
		if (!strcmp(names[i].name, name))
			return names[i].index;
	return -1;
}

const char *counters_name(int index)
{
	int i;

	for (i = 0; i < NAMES; i++)
		if (names[i].index == index)
			return names[i].name;
	return "none";
}

/* The attribute of that type in a row of them, NULL if there is none */
static const struct nlattr *find_attr(const char *attrs, size_t len, unsigned int type)
{
	const struct nlattr *attr = (const void *)attrs;
	size_t size;

	while (len >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN && attr->nla_len <= len) {
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		size = NLA_ALIGN(attr->nla_len);
		len -= size < len ? size : len;
		attr = (const void *)((const char *)attr + size);
	}
	return NULL;
}

/* Sends a request with one attribute; its answer is in buf, its attributes are `len` bytes */
static size_t ask(uint16_t type, uint8_t cmd, uint8_t version, uint16_t attr_type, const void *data,
		  size_t data_len)
{
	struct nlattr *attr = (void *)buf.attrs;
	ssize_t len;

	memset(&buf, 0, NLMSG_LENGTH(GENL_HDRLEN) + NLA_HDRLEN + NLA_ALIGN(data_len));
	buf.genl.cmd = cmd;
	buf.genl.version = version;
	attr->nla_type = attr_type;
	attr->nla_len = NLA_HDRLEN + data_len;
	memcpy(buf.attrs + NLA_HDRLEN, data, data_len);
	buf.header.nlmsg_type = type;
	buf.header.nlmsg_flags = NLM_F_REQUEST;
	buf.header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_HDRLEN + NLA_ALIGN(data_len);
	if (send(fd, &buf, buf.header.nlmsg_len, 0) < 0)
		err(2, "netlink: send");
	len = recv(fd, &buf, sizeof(buf), 0);
	if (len < 0)
		err(2, "netlink: recv");
	if (buf.header.nlmsg_type == NLMSG_ERROR) {
		errno = -((struct nlmsgerr *)NLMSG_DATA(&buf.header))->error;
		err(2, "netlink: request %u", cmd);
	}
	if (len < (ssize_t)NLMSG_LENGTH(GENL_HDRLEN))
		errx(2, "netlink: short answer");
	return len - NLMSG_LENGTH(GENL_HDRLEN);
}

/**
 * counters_open() - for the network namespace of the caller
 */
void counters_open(void)
{
	const struct nlattr *attr;
	size_t len;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0)
		err(2, "netlink: socket");
	len = ask(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, CTRL_ATTR_FAMILY_NAME, MACNAT_FAMILY_NAME,
		  sizeof(MACNAT_FAMILY_NAME));
	attr = find_attr(buf.attrs, len, CTRL_ATTR_FAMILY_ID);
	if (!attr)
		errx(2, "netlink: no family " MACNAT_FAMILY_NAME);
	memcpy(&family, (const char *)attr + NLA_HDRLEN, sizeof(family));
}

/**
 * counters_read() - all counters
 * @ifindex: the uplink
 * @counters: result
 */
void counters_read(unsigned int ifindex, uint64_t counters[COUNTERS])
{
	const struct nlattr *nest, *attr;
	size_t len;
	int i;

	len = ask(family, MACNAT_CMD_STATS_GET, MACNAT_FAMILY_VERSION, MACNAT_A_STATS_IFINDEX,
		  &ifindex, sizeof(ifindex));
	nest = find_attr(buf.attrs, len, MACNAT_A_STATS_COUNTERS);
	if (!nest)
		errx(2, "netlink: an answer without counters");
	memset(counters, 0, COUNTERS * sizeof(*counters));
	for (i = 0; i < NAMES; i++) {
		attr = find_attr((const char *)nest + NLA_HDRLEN, nest->nla_len - NLA_HDRLEN,
				 names[i].index);
		if (!attr)
			errx(2, "netlink: no counter %s", names[i].name);
		memcpy(&counters[names[i].index], (const char *)attr + NLA_HDRLEN,
		       sizeof(*counters));
	}
}
