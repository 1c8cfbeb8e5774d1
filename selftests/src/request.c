// SPDX-License-Identifier: GPL-2.0
/*
 * Sends one request to the module, of any attributes, which macnat(8) would not:
 *
 *	request [-d] [-a SHELL] [-n N] COMMAND [ATTR=VALUE | ATTR [ ... ]]...
 *
 * and prints the answer: "done", or "ERROR: text", or "ERROR at ATTR: text" where the kernel tells
 * which attribute is meant. COMMAND and ATTR are names of Documentation/netlink/specs/macnat.yaml,
 * or numbers. VALUE is u8:, u16: or u32: and a number, hex: and bytes, or flag. -d asks for a dump.
 *
 * -a runs a command of the shell amid of the dump, when the first answers were read; "done again"
 * is printed if the dump was begun anew, since it did not see one state. -n sends the same request
 * N times in one datagram, and prints how many alike answers came in a row: "2 ERROR: text".
 */
#include <ctype.h>
#include <err.h>
#include <linux/macnat.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nl.h"

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

static struct macnat_nl nl;

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

/* What a dump is told of */
struct dump {
	const char *amid;
	bool again;
};

static int dump_row(const struct nlmsghdr *nlh, void *data)
{
	struct dump *dump = data;

	(void)nlh;
	if (dump->amid && system(dump->amid))
		errx(2, "\"%s\" has failed", dump->amid);
	dump->amid = NULL;
	return 0;
}

static void dump_restart(void *data)
{
	struct dump *dump = data;

	dump->again = true;
}

/* What ends an answer, as a line; what comes before is of no matter */
static bool end_of_answer(const struct nlmsghdr *nlh, char *line, size_t size)
{
	size_t start = nlh->nlmsg_type == NLMSG_DONE ? sizeof(int) : sizeof(struct nlmsgerr);
	const char *payload = mnl_nlmsg_get_payload(nlh), *text = "";
	const struct nlattr *attr;
	int code;

	if (nlh->nlmsg_type != NLMSG_DONE && nlh->nlmsg_type != NLMSG_ERROR)
		return false;
	memcpy(&code, payload, sizeof(code));
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_for_each_payload((const void *)(payload + start),
					  mnl_nlmsg_get_payload_len(nlh) - start)
			if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
				text = mnl_attr_get_str(attr);
	if (code)
		snprintf(line, size, "%s: %s", strerrorname_np(-code), text);
	else
		snprintf(line, size, "done");
	return true;
}

/* Sends as many of the request in one datagram. */
static void send_copies(const struct nlmsghdr *request, unsigned int count)
{
	size_t size = NLMSG_ALIGN(request->nlmsg_len);
	int fd = mnl_socket_get_fd(nl.sock), room = 64 << 20;
	char *copies = calloc(count, size);
	struct nlmsghdr *nlh;
	unsigned int i;

	if (!copies)
		err(2, "no memory");
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	for (i = 0; i < count; i++) {
		nlh = (void *)(copies + i * size);
		memcpy(nlh, request, request->nlmsg_len);
		nlh->nlmsg_seq = ++nl.seq;
	}
	if (mnl_socket_sendto(nl.sock, copies, count * size) < 0)
		err(2, "cannot send");
	free(copies);
}

static void print_alike(unsigned int count, const char *line)
{
	if (count)
		printf("%u %s\n", count, line);
}

static void do_copies(struct nlmsghdr *request, bool dump, unsigned int count)
{
	char line[256] = "", last[256] = "";
	const struct nlmsghdr *nlh;
	unsigned int alike = 0;
	int len;

	request->nlmsg_flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK);
	send_copies(request, count);
	while (count) {
		len = mnl_socket_recvfrom(nl.sock, &nl.answer, sizeof(nl.answer));
		if (len < 0)
			err(2, "cannot receive");
		for (nlh = &nl.answer.nlh; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			if (!end_of_answer(nlh, line, sizeof(line)))
				continue;
			if (strcmp(line, last)) {
				print_alike(alike, last);
				alike = 0;
			}
			strcpy(last, line);
			alike++;
			count--;
		}
	}
	print_alike(alike, last);
}

static void do_one(bool dump, const struct name *names, const char *amid)
{
	struct dump state = { .amid = amid };
	const struct macnat_nl_reader reader = {
		.row = dump_row, .restart = dump_restart, .data = &state
	};
	struct macnat_nl_error error;

	if (!(dump ? macnat_nl_dump : macnat_nl_do)(&nl, &reader, &error))
		puts(state.again ? "done again" : "done");
	else if (error.local)
		errx(2, "cannot talk to the kernel: %s", strerror(error.code));
	else
		printf("%s%s%s: %s\n", strerrorname_np(error.code), error.attr ? " at " : "",
		       error.attr ? name_of(names, error.attr) : "", error.text);
}

int main(int argc, char **argv)
{
	struct macnat_nl_error error;
	const struct name *names;
	const char *amid = NULL;
	struct nlmsghdr *nlh;
	unsigned int count = 0;
	bool dump = false;
	char **words;
	int option;

	while ((option = getopt(argc, argv, "+da:n:")) > 0) {
		if (option == 'd')
			dump = true;
		else if (option == 'a')
			amid = optarg;
		else if (option == 'n')
			count = strtoul(optarg, NULL, 0);
	}
	words = argv + optind;
	if (!*words)
		errx(2, "usage: request [-d] [-a SHELL] [-n N] COMMAND [ATTR=VALUE | ATTR [ ... ]]...");
	if (macnat_nl_open(&nl, MACNAT_FAMILY_NAME, MACNAT_FAMILY_VERSION, &error))
		errx(2, "cannot talk to the module: %s", strerror(error.code));
	names = strncmp(*words, "map", 3) ? uplink_attrs : map_attrs;
	nlh = macnat_nl_start(&nl, number_of(commands, *words));
	put_words(nlh, names, words + 1);
	if (count)
		do_copies(nlh, dump, count);
	else
		do_one(dump, names, amid);
	macnat_nl_close(&nl);
	return 0;
}
