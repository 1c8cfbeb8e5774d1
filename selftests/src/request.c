// SPDX-License-Identifier: GPL-2.0
/*
 * Sends one request to the module, of any attributes, which macnat(8) would not:
 *
 *	request [-d] COMMAND [ATTR=VALUE | ATTR [ ... ]]...
 *
 * and prints the answer: "done", or "ERROR: text", or "ERROR at ATTR: text" where the kernel tells
 * which attribute is meant. COMMAND and ATTR are names of Documentation/netlink/specs/macnat.yaml,
 * or numbers. VALUE is u8:, u16: or u32: and a number, hex: and bytes, or flag. -d asks for a dump.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/macnat.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct name {
	const char *name;
	uint16_t number;
};

static const struct name commands[] = {
	{ "uplink-add", MACNAT_CMD_UPLINK_ADD }, { "uplink-set", MACNAT_CMD_UPLINK_SET },
	{ "uplink-del", MACNAT_CMD_UPLINK_DEL }, { "uplink-get", MACNAT_CMD_UPLINK_GET },
	{ "map-add", MACNAT_CMD_MAP_ADD }, { "map-replace", MACNAT_CMD_MAP_REPLACE },
	{ "map-del", MACNAT_CMD_MAP_DEL }, { "map-get", MACNAT_CMD_MAP_GET },
	{ "map-flush", MACNAT_CMD_MAP_FLUSH }, { "map-sync", MACNAT_CMD_MAP_SYNC },
	{ "stats-get", MACNAT_CMD_STATS_GET }, { 0 }
};

static const struct name uplink_attrs[] = {
	{ "ifindex", MACNAT_A_UPLINK_IFINDEX }, { "ifname", MACNAT_A_UPLINK_IFNAME },
	{ "mode", MACNAT_A_UPLINK_MODE }, { "node", MACNAT_A_UPLINK_NODE },
	{ "node-auto", MACNAT_A_UPLINK_NODE_AUTO }, { "guard", MACNAT_A_UPLINK_GUARD },
	{ "flood", MACNAT_A_UPLINK_FLOOD }, { "learn", MACNAT_A_UPLINK_LEARN },
	{ "announce", MACNAT_A_UPLINK_ANNOUNCE }, { "heal", MACNAT_A_UPLINK_HEAL },
	{ "ageing", MACNAT_A_UPLINK_AGEING }, { "limit", MACNAT_A_UPLINK_LIMIT },
	{ "entries", MACNAT_A_UPLINK_ENTRIES }, { 0 }
};

static const struct name map_attrs[] = {
	{ "ifindex", MACNAT_A_MAP_IFINDEX }, { "ifname", MACNAT_A_MAP_IFNAME },
	{ "vlan", MACNAT_A_MAP_VLAN }, { "inner-vlan", MACNAT_A_MAP_INNER_VLAN },
	{ "ipv4", MACNAT_A_MAP_IPV4 }, { "ipv6", MACNAT_A_MAP_IPV6 },
	{ "prefix-len", MACNAT_A_MAP_PREFIX_LEN }, { "lladdr", MACNAT_A_MAP_LLADDR },
	{ "type", MACNAT_A_MAP_TYPE }, { "origin", MACNAT_A_MAP_ORIGIN },
	{ "mapping", MACNAT_A_MAP_MAPPING }, { 0 }
};

static char buf[65536], answer[65536];

static uint16_t number_of(const struct name *names, const char *word)
{
	char *end;
	unsigned long number;

	for (; names->name; names++)
		if (!strcmp(names->name, word))
			return names->number;
	number = strtoul(word, &end, 0);
	if (!*word || *end || number > UINT16_MAX)
		errx(2, "what is \"%s\"?", word);
	return number;
}

static const char *name_of(const struct name *names, uint16_t number)
{
	static char text[8];

	for (; names->name; names++)
		if (names->number == number)
			return names->name;
	snprintf(text, sizeof(text), "%u", number);
	return text;
}

static void put_hex(struct nlmsghdr *nlh, uint16_t type, const char *text)
{
	uint8_t bytes[1024];
	size_t len = 0;

	for (; isxdigit(text[0]) && isxdigit(text[1]) && len < sizeof(bytes); text += 2)
		bytes[len++] = strtoul((char[]){ text[0], text[1], '\0' }, NULL, 16);
	if (*text)
		errx(2, "what is \"%s\"?", text);
	mnl_attr_put(nlh, type, len, bytes);
}

static void put(struct nlmsghdr *nlh, uint16_t type, const char *value)
{
	const char *colon = strchr(value, ':');
	unsigned long number = colon ? strtoul(colon + 1, NULL, 0) : 0;

	if (!strcmp(value, "flag"))
		mnl_attr_put(nlh, type, 0, NULL);
	else if (!strncmp(value, "u8:", 3))
		mnl_attr_put_u8(nlh, type, number);
	else if (!strncmp(value, "u16:", 4))
		mnl_attr_put_u16(nlh, type, number);
	else if (!strncmp(value, "u32:", 4))
		mnl_attr_put_u32(nlh, type, number);
	else if (!strncmp(value, "hex:", 4))
		put_hex(nlh, type, colon + 1);
	else
		errx(2, "what is \"%s\"?", value);
}

static void put_words(struct nlmsghdr *nlh, const struct name *names, char **words)
{
	struct nlattr *nest = NULL;
	char *value;

	for (; *words; words++) {
		if (!strcmp(*words, "]") && nest) {
			mnl_attr_nest_end(nlh, nest);
			nest = NULL;
			continue;
		}
		value = strchr(*words, '=');
		if (value)
			*value++ = '\0';
		else if (!nest && words[1] && !strcmp(words[1], "["))
			nest = mnl_attr_nest_start(nlh, number_of(names, *words++));
		else
			errx(2, "\"%s\" has no value", *words);
		if (value)
			put(nlh, number_of(names, *words), value);
	}
	if (nest)
		errx(2, "where is the \"]\"?");
}

/* Sends the request; what comes back ends with an error or the end of a dump. */
static const struct nlmsghdr *talk(struct mnl_socket *sock, struct nlmsghdr *nlh,
				   uint16_t *family)
{
	static unsigned int seq;
	const struct nlattr *attr;
	struct nlmsghdr *got;
	int len;

	nlh->nlmsg_seq = ++seq;
	if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		err(2, "send");
	for (;;) {
		len = mnl_socket_recvfrom(sock, answer, sizeof(answer));
		if (len < 0)
			err(2, "receive");
		for (got = (void *)answer; mnl_nlmsg_ok(got, len);
		     got = mnl_nlmsg_next(got, &len)) {
			if (got->nlmsg_type == NLMSG_ERROR || got->nlmsg_type == NLMSG_DONE)
				return got;
			mnl_attr_for_each(attr, got, sizeof(struct genlmsghdr))
				if (family && mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
					*family = mnl_attr_get_u16(attr);
		}
	}
}

static struct nlmsghdr *start(uint16_t type, uint8_t cmd, uint8_t version, bool dump)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK);
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

/* The attribute at a place of the request, and in one of it */
static const char *at(const struct name *names, uint32_t offset)
{
	const struct nlattr *attr, *inner;
	const char *place = buf + offset;

	mnl_attr_for_each(attr, (struct nlmsghdr *)buf, sizeof(struct genlmsghdr)) {
		if ((const char *)attr == place)
			return name_of(names, mnl_attr_get_type(attr));
		if (attr->nla_type & NLA_F_NESTED)
			mnl_attr_for_each_nested(inner, attr)
				if ((const char *)inner == place)
					return name_of(names, mnl_attr_get_type(inner));
	}
	return "?";
}

static void report(const struct nlmsghdr *nlh, const struct name *names)
{
	/* both begin with the code */
	int code = -*(const int *)mnl_nlmsg_get_payload(nlh);
	size_t skip = nlh->nlmsg_type == NLMSG_DONE ? sizeof(int) : sizeof(struct nlmsgerr);
	const char *text = "", *where = NULL;
	const struct nlattr *attr;

	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS) {
		mnl_attr_for_each(attr, nlh, skip) {
			if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
				text = mnl_attr_get_str(attr);
			else if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS)
				where = at(names, mnl_attr_get_u32(attr));
		}
	}
	if (code)
		printf("%s%s%s: %s\n", strerrorname_np(code), where ? " at " : "",
		       where ? where : "", text);
	else
		puts("done");
}

int main(int argc, char **argv)
{
	bool dump = argc > 1 && !strcmp(argv[1], "-d");
	struct mnl_socket *sock = mnl_socket_open(NETLINK_GENERIC);
	char **words = argv + 1 + dump;
	const struct name *names;
	uint16_t family = 0;
	struct nlmsghdr *nlh;
	int on = 1;

	if (!*words)
		errx(2, "usage: request [-d] COMMAND [ATTR=VALUE | ATTR [ ... ]]...");
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID))
		err(2, "socket");
	mnl_socket_setsockopt(sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(sock, NETLINK_CAP_ACK, &on, sizeof(on));
	nlh = start(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, false);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, MACNAT_FAMILY_NAME);
	talk(sock, nlh, &family);
	if (!family)
		errx(2, "the module is not loaded");
	names = strncmp(*words, "map", 3) ? uplink_attrs : map_attrs;
	nlh = start(family, number_of(commands, *words), MACNAT_FAMILY_VERSION, dump);
	put_words(nlh, names, words + 1);
	report(talk(sock, nlh, NULL), names);
	return 0;
}
