// SPDX-License-Identifier: GPL-2.0
/*
 * Model to messages and back, and the sentences for refusals. The nl layer is
 * the test's: it keeps the request and plays an answer.
 */
#define MACNAT_TEST_KEEP_ERRORS
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>

#include "api.h"
#include "nl.h"

static struct macnat_nl_error macnat_test_open_error;
static struct macnat_nl_error macnat_test_error;
static void (*macnat_test_answer)(struct nlmsghdr *nlh, unsigned int row);
static unsigned int macnat_test_answers;
static uint8_t macnat_test_cmd;
static bool macnat_test_dumped;
/* the attributes of the request, as "type=hex type=hex" */
static char macnat_test_sent[512];

int macnat_nl_open(struct macnat_nl *nl, const char *name, uint8_t version,
		   struct macnat_nl_error *error)
{
	assert_string_equal(name, "macnat");
	assert_int_equal(version, 1);
	*error = macnat_test_open_error;
	if (error->code)
		return -1;
	nl->sock = (struct mnl_socket *)nl;
	return 0;
}

void macnat_nl_close(struct macnat_nl *nl)
{
	nl->sock = NULL;
}

struct nlmsghdr *macnat_nl_start(struct macnat_nl *nl, uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(&nl->request);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	genl->cmd = cmd;
	return nlh;
}

struct nlmsghdr *macnat_nl_start_large(struct macnat_nl *nl, uint8_t cmd, size_t size)
{
	assert_in_range(size, sizeof(struct nlmsghdr), sizeof(nl->request));
	return macnat_nl_start(nl, cmd);
}

static void macnat_test_keep_request(struct macnat_nl *nl)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(&nl->request.nlh);
	const struct nlattr *attr;
	size_t len = 0, i;

	macnat_test_cmd = genl->cmd;
	macnat_test_sent[0] = '\0';
	mnl_attr_for_each(attr, &nl->request.nlh, sizeof(*genl)) {
		const uint8_t *byte = mnl_attr_get_payload(attr);

		len += snprintf(macnat_test_sent + len, sizeof(macnat_test_sent) - len, "%s%u=",
				len ? " " : "", mnl_attr_get_type(attr));
		for (i = 0; i < mnl_attr_get_payload_len(attr); i++)
			len += snprintf(macnat_test_sent + len, sizeof(macnat_test_sent) - len,
					"%02x", byte[i]);
	}
}

static int macnat_test_play(struct macnat_nl *nl, const struct macnat_nl_reader *reader,
			    struct macnat_nl_error *error)
{
	char message[1024] __attribute__((aligned(8)));
	unsigned int row;

	macnat_test_keep_request(nl);
	for (row = 0; reader && row < macnat_test_answers; row++) {
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(message);

		mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
		macnat_test_answer(nlh, row);
		assert_int_equal(reader->row(nlh, reader->data), 0);
	}
	*error = macnat_test_error;
	return error->code ? -1 : 0;
}

int macnat_nl_do(struct macnat_nl *nl, const struct macnat_nl_reader *reader,
		 struct macnat_nl_error *error)
{
	macnat_test_dumped = false;
	return macnat_test_play(nl, reader, error);
}

/* A dump that is interrupted once, so all rows come twice. */
int macnat_nl_dump(struct macnat_nl *nl, const struct macnat_nl_reader *reader,
		   struct macnat_nl_error *error)
{
	macnat_test_dumped = true;
	macnat_test_play(nl, reader, error);
	reader->restart(reader->data);
	return macnat_test_play(nl, reader, error);
}

static struct macnat_nl_error macnat_test_join_error;

int macnat_nl_join(struct macnat_nl *nl, const char *name, const char *group,
		   struct macnat_nl_error *error)
{
	assert_string_equal(name, "macnat");
	assert_string_equal(group, "events");
	*error = macnat_test_join_error;
	return error->code ? -1 : 0;
}

int macnat_nl_listen(struct macnat_nl *nl, const struct macnat_nl_reader *reader,
		     struct macnat_nl_error *error)
{
	char message[1024] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(message);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	genl->cmd = macnat_test_cmd;
	*error = macnat_test_error;
	if (error->code)
		return -1;
	macnat_test_answer(nlh, 1);
	return reader->row(nlh, reader->data);
}

static struct macnat_api *macnat_test_api;

static int macnat_test_setup(void **state)
{
	memset(&macnat_test_open_error, 0, sizeof(macnat_test_open_error));
	memset(&macnat_test_error, 0, sizeof(macnat_test_error));
	memset(&macnat_test_join_error, 0, sizeof(macnat_test_join_error));
	macnat_test_said[0] = '\0';
	macnat_test_answers = 0;
	macnat_test_api = macnat_api_new();
	return !macnat_test_api;
}

static int macnat_test_teardown(void **state)
{
	macnat_api_free(macnat_test_api);
	return 0;
}

static const struct macnat_map macnat_test_map = {
	.has = MACNAT_MAP_DEV | MACNAT_MAP_VLAN | MACNAT_MAP_IP | MACNAT_MAP_LLADDR,
	.dev = { 3, "eth0" },
	.vlan = { 100, 200 },
	.ip = { AF_INET, 32, { 10, 0, 1, 7 } },
	.lladdr = { { 2, 0, 0, 0, 0, 1 } },
};

/* Numbers in a request are in host order, but for the address. */
static const char *macnat_test_u16(uint16_t value)
{
	static char text[4][8];
	static unsigned int next;
	const uint8_t *byte = (const uint8_t *)&value;
	char *one = text[next++ % 4];

	snprintf(one, sizeof(text[0]), "%02x%02x", byte[0], byte[1]);
	return one;
}

static void macnat_test_expect(uint8_t cmd, bool dump, const char *sent)
{
	assert_int_equal(macnat_test_cmd, cmd);
	assert_int_equal(macnat_test_dumped, dump);
	assert_string_equal(macnat_test_sent, sent);
}

static const char *macnat_test_ifindex(void)
{
	return htonl(1) == 1 ? "1=00000003" : "1=03000000";
}

static void macnat_test_map_changes(void **state)
{
	static const struct {
		int (*run)(struct macnat_api *api, const struct macnat_map *map);
		uint8_t cmd;
	} changes[] = {
		{ macnat_api_map_add, MACNAT_CMD_MAP_ADD },
		{ macnat_api_map_replace, MACNAT_CMD_MAP_REPLACE },
		{ macnat_api_map_del, MACNAT_CMD_MAP_DEL },
		{ macnat_api_map_flush, MACNAT_CMD_MAP_FLUSH },
	};
	char want[128];
	size_t i;

	snprintf(want, sizeof(want), "%s 3=%s 4=%s 5=0a000107 8=020000000001",
		 macnat_test_ifindex(), macnat_test_u16(100), macnat_test_u16(200));
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		assert_int_equal(changes[i].run(macnat_test_api, &macnat_test_map), 0);
		macnat_test_expect(changes[i].cmd, false, want);
	}
}

static void macnat_test_map_filters(void **state)
{
	struct macnat_map filter = { 0 };
	struct macnat_map *rows;
	char want[128];
	size_t count;

	assert_int_equal(macnat_api_map_show(macnat_test_api, &filter, &rows, &count), 0);
	macnat_test_expect(MACNAT_CMD_MAP_GET, true, "");
	assert_int_equal(count, 0);
	free(rows);

	/* VLAN 100 and no other, a prefix of IPv6, both flags (both of value 0) */
	filter.has = MACNAT_MAP_VLAN | MACNAT_MAP_IP | MACNAT_MAP_TYPE | MACNAT_MAP_ORIGIN;
	filter.vlan.outer = 100;
	filter.ip = (struct macnat_ip) { AF_INET6, 64, { 0x20, 1, 0xd, 0xb8 } };
	snprintf(want, sizeof(want), "3=%s 4=0000 6=20010db8000000000000000000000000 7=40 "
		 "9=00000000 10=00000000", macnat_test_u16(100));
	assert_int_equal(macnat_api_map_flush(macnat_test_api, &filter), 0);
	macnat_test_expect(MACNAT_CMD_MAP_FLUSH, false, want);

	/* all addresses of a family */
	filter.has = MACNAT_MAP_IP;
	filter.ip = (struct macnat_ip) { AF_INET, 0, { 0 } };
	assert_int_equal(macnat_api_map_flush(macnat_test_api, &filter), 0);
	macnat_test_expect(MACNAT_CMD_MAP_FLUSH, false, "5=00000000 7=00");
}

static void macnat_test_map_answer(struct nlmsghdr *nlh, unsigned int row)
{
	static const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 7 };
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };

	if (row % 2)
		mnl_attr_put(nlh, MACNAT_A_MAP_IPV6, sizeof(v6), v6);
	else
		mnl_attr_put_u32(nlh, MACNAT_A_MAP_IPV4, htonl(0x0a000000 + row));
	mnl_attr_put_u32(nlh, MACNAT_A_MAP_IFINDEX, 3);
	mnl_attr_put_strz(nlh, MACNAT_A_MAP_IFNAME, "eth0");
	mnl_attr_put_u16(nlh, MACNAT_A_MAP_VLAN, 100);
	mnl_attr_put_u16(nlh, MACNAT_A_MAP_INNER_VLAN, row);
	mnl_attr_put(nlh, MACNAT_A_MAP_LLADDR, sizeof(mac), mac);
	mnl_attr_put_u32(nlh, MACNAT_A_MAP_TYPE, MACNAT_TYPE_LOCAL);
	mnl_attr_put_u32(nlh, MACNAT_A_MAP_ORIGIN, row % 2 ? MACNAT_ORIGIN_LEARNED :
			 MACNAT_ORIGIN_STATIC);
	if (row % 2)
		mnl_attr_put_u32(nlh, MACNAT_A_MAP_IDLE, row);
	/* a newer module's */
	mnl_attr_put_u32(nlh, 63, 1);
	mnl_attr_put_u32(nlh, 64, 1);
	mnl_attr_put_u32(nlh, 1000, 1);
}

static void macnat_test_map_rows(void **state)
{
	struct macnat_map filter = { 0 };
	char text[MACNAT_MODEL_TEXT];
	struct macnat_map *rows;
	size_t count, i;

	macnat_test_answer = macnat_test_map_answer;
	macnat_test_answers = 100;
	assert_int_equal(macnat_api_map_show(macnat_test_api, &filter, &rows, &count), 0);
	assert_int_equal(count, 100);
	for (i = 0; i < count; i++) {
		assert_string_equal(rows[i].dev.name, "eth0");
		assert_int_equal(rows[i].vlan.outer, 100);
		assert_int_equal(rows[i].vlan.inner, i);
		assert_int_equal(rows[i].lladdr.addr[5], 9);
		assert_int_equal(rows[i].ip.family, i % 2 ? AF_INET6 : AF_INET);
		assert_int_equal(rows[i].has & MACNAT_MAP_IDLE, i % 2 ? MACNAT_MAP_IDLE : 0);
		assert_int_equal(rows[i].idle, i % 2 ? i : 0);
		assert_string_equal(macnat_model_name(macnat_model_origins, rows[i].origin),
				    i % 2 ? "learned" : "static");
	}
	assert_string_equal(macnat_model_ip_text(&rows[98].ip, text), "10.0.0.98");
	assert_string_equal(macnat_model_ip_text(&rows[99].ip, text), "2001:db8::7");
	free(rows);

	macnat_test_answers = 1;
	assert_int_equal(macnat_api_map_get(macnat_test_api, &macnat_test_map, &rows, &count), 0);
	assert_int_equal(macnat_test_cmd, MACNAT_CMD_MAP_GET);
	assert_false(macnat_test_dumped);
	assert_int_equal(count, 1);
	free(rows);
}

static void macnat_test_uplink_changes(void **state)
{
	struct macnat_uplink uplink = {
		.has = MACNAT_UPLINK_DEV, .dev = { 3, "eth0" }, .mode = MACNAT_MODE_ROUTE,
		.node = { false, { { 2, 0, 0, 0, 0, 5 } } },
	};
	char want[128];

	assert_int_equal(macnat_api_uplink_del(macnat_test_api, &uplink), 0);
	macnat_test_expect(MACNAT_CMD_UPLINK_DEL, false, macnat_test_ifindex());

	uplink.has |= MACNAT_UPLINK_MODE | MACNAT_UPLINK_NODE;
	snprintf(want, sizeof(want), "%s 3=%s 4=020000000005", macnat_test_ifindex(),
		 htonl(1) == 1 ? "00000001" : "01000000");
	assert_int_equal(macnat_api_uplink_add(macnat_test_api, &uplink), 0);
	macnat_test_expect(MACNAT_CMD_UPLINK_ADD, false, want);

	/* auto is the flag, and not a MAC beside it */
	uplink.has = MACNAT_UPLINK_DEV | MACNAT_UPLINK_NODE;
	uplink.node.is_auto = true;
	snprintf(want, sizeof(want), "%s 5=", macnat_test_ifindex());
	assert_int_equal(macnat_api_uplink_set(macnat_test_api, &uplink), 0);
	macnat_test_expect(MACNAT_CMD_UPLINK_SET, false, want);
}

static void macnat_test_uplink_settings(void **state)
{
	struct macnat_uplink uplink = {
		.has = MACNAT_UPLINK_DEV | MACNAT_UPLINK_LEARN | MACNAT_UPLINK_ANNOUNCE |
		       MACNAT_UPLINK_HEAL | MACNAT_UPLINK_AGEING | MACNAT_UPLINK_LIMIT,
		.dev = { 3, "eth0" }, .learn = true, .announce = false, .heal = true,
		.ageing = 0x01010101, .limit = 0x02020202,
	};
	char want[128];

	snprintf(want, sizeof(want), "%s 10=01 11=00 12=01 13=01010101 14=02020202",
		 macnat_test_ifindex());
	assert_int_equal(macnat_api_uplink_set(macnat_test_api, &uplink), 0);
	macnat_test_expect(MACNAT_CMD_UPLINK_SET, false, want);

	/* the word that a refusal is about */
	macnat_test_error = (struct macnat_nl_error) {
		.code = ERANGE, .attr = MACNAT_A_UPLINK_AGEING, .text = "no"
	};
	assert_int_equal(macnat_api_uplink_add(macnat_test_api, &uplink), 2);
	assert_string_equal(macnat_test_said, "\"16843009\": no");
	macnat_test_error.attr = MACNAT_A_UPLINK_ANNOUNCE;
	assert_int_equal(macnat_api_uplink_add(macnat_test_api, &uplink), 2);
	assert_string_equal(macnat_test_said, "\"off\": no");
}

static void macnat_test_uplink_answer(struct nlmsghdr *nlh, unsigned int row)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };

	mnl_attr_put_u32(nlh, MACNAT_A_UPLINK_IFINDEX, 3 + row);
	if (!row)
		mnl_attr_put_strz(nlh, MACNAT_A_UPLINK_IFNAME, "a-name-too-long-for-a-device");
	mnl_attr_put_u32(nlh, MACNAT_A_UPLINK_MODE, MACNAT_MODE_ROUTE);
	mnl_attr_put(nlh, MACNAT_A_UPLINK_NODE, sizeof(mac), mac);
	if (row)
		mnl_attr_put(nlh, MACNAT_A_UPLINK_NODE_AUTO, 0, NULL);
	mnl_attr_put_u8(nlh, MACNAT_A_UPLINK_LEARN, row);
	mnl_attr_put_u8(nlh, MACNAT_A_UPLINK_ANNOUNCE, 1);
	mnl_attr_put_u8(nlh, MACNAT_A_UPLINK_HEAL, !row);
	mnl_attr_put_u32(nlh, MACNAT_A_UPLINK_AGEING, 1200);
	mnl_attr_put_u32(nlh, MACNAT_A_UPLINK_LIMIT, 65536);
	mnl_attr_put_u32(nlh, MACNAT_A_UPLINK_LEARNED, 10);
	mnl_attr_put_u32(nlh, MACNAT_A_UPLINK_ENTRIES, 11);
	/* too short to be read */
	mnl_attr_put_u16(nlh, MACNAT_A_UPLINK_STATIONS, 12);
}

static void macnat_test_uplink_rows(void **state)
{
	struct macnat_uplink filter = { 0 };
	struct macnat_uplink *rows;
	size_t count;

	macnat_test_answer = macnat_test_uplink_answer;
	macnat_test_answers = 2;
	assert_int_equal(macnat_api_uplink_show(macnat_test_api, &filter, &rows, &count), 0);
	macnat_test_expect(MACNAT_CMD_UPLINK_GET, true, "");
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].dev.name, "a-name-too-long");
	assert_string_equal(rows[1].dev.name, "if4");
	assert_int_equal(rows[0].mode, MACNAT_MODE_ROUTE);
	assert_false(rows[0].node.is_auto);
	assert_true(rows[1].node.is_auto);
	assert_int_equal(rows[1].node.mac.addr[5], 9);
	assert_false(rows[0].learn);
	assert_true(rows[1].learn);
	assert_true(rows[0].announce);
	assert_true(rows[0].heal);
	assert_false(rows[1].heal);
	assert_int_equal(rows[0].ageing, 1200);
	assert_int_equal(rows[0].limit, 65536);
	assert_int_equal(rows[0].learned, 10);
	assert_int_equal(rows[0].entries, 11);
	assert_int_equal(rows[0].stations, 0);
	assert_false(rows[0].has & MACNAT_UPLINK_STATIONS);
	free(rows);

	filter = (struct macnat_uplink) { .has = MACNAT_UPLINK_DEV, .dev = { 3, "eth0" } };
	macnat_test_answers = 1;
	assert_int_equal(macnat_api_uplink_show(macnat_test_api, &filter, &rows, &count), 0);
	macnat_test_expect(MACNAT_CMD_UPLINK_GET, false, macnat_test_ifindex());
	free(rows);
}

static void macnat_test_stats_answer(struct nlmsghdr *nlh, unsigned int row)
{
	struct nlattr *nest;
	unsigned int i;

	mnl_attr_put_u32(nlh, MACNAT_A_STATS_IFINDEX, 3);
	mnl_attr_put_strz(nlh, MACNAT_A_STATS_IFNAME, "eth0");
	nest = mnl_attr_nest_start(nlh, MACNAT_A_STATS_COUNTERS);
	/* with the padding that the kernel puts before a u64, and one of a newer module */
	for (i = MACNAT_A_COUNTER_PAD + 1; i <= MACNAT_A_COUNTER_MAX + 1; i++) {
		mnl_attr_put(nlh, MACNAT_A_COUNTER_PAD, 0, NULL);
		mnl_attr_put_u64(nlh, i, 0x100000000ULL + i);
	}
	mnl_attr_nest_end(nlh, nest);
}

static void macnat_test_stats_rows(void **state)
{
	struct macnat_stats filter = { 0 };
	struct macnat_stats *rows;
	size_t count, i;

	macnat_test_answer = macnat_test_stats_answer;
	macnat_test_answers = 1;
	assert_int_equal(macnat_api_stats_show(macnat_test_api, &filter, &rows, &count), 0);
	macnat_test_expect(MACNAT_CMD_STATS_GET, true, "");
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].dev.name, "eth0");
	/* every counter of the family has its place here */
	assert_int_equal(MACNAT_COUNTER_COUNT, MACNAT_A_COUNTER_MAX - MACNAT_A_COUNTER_PAD);
	for (i = 0; i < MACNAT_COUNTER_COUNT; i++)
		assert_int_equal(rows[0].counter[i],
				 0x100000000ULL + MACNAT_A_COUNTER_PAD + 1 + i);
	assert_string_equal(macnat_model_counters[MACNAT_COUNTER_OUT_NODE], "out-node");
	free(rows);
}

static void macnat_test_event_map(const struct macnat_map *map, void *data)
{
	char mac[MACNAT_MODEL_TEXT], other[MACNAT_MODEL_TEXT];

	snprintf(data, 128, "%s %s %s %s %u", macnat_model_name(macnat_model_events, map->event),
		 map->dev.name, macnat_model_mac_text(&map->lladdr, mac),
		 map->has & MACNAT_MAP_OTHER ? macnat_model_mac_text(&map->other, other) : "-",
		 map->idle);
}

static void macnat_test_event_uplink(const struct macnat_uplink *uplink, void *data)
{
	snprintf(data, 128, "%s %s %u", macnat_model_name(macnat_model_events, uplink->event),
		 uplink->dev.name, uplink->limit);
}

static void macnat_test_event_lost(void *data)
{
	strcpy(data, "lost");
}

static void macnat_test_map_event(struct nlmsghdr *nlh, unsigned int row)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 8 };

	macnat_test_map_answer(nlh, row);
	mnl_attr_put_u32(nlh, MACNAT_A_MAP_EVENT, MACNAT_EVENT_CONFLICT);
	mnl_attr_put(nlh, MACNAT_A_MAP_OTHER, sizeof(mac), mac);
}

static void macnat_test_uplink_event(struct nlmsghdr *nlh, unsigned int row)
{
	macnat_test_uplink_answer(nlh, row);
	mnl_attr_put_u32(nlh, MACNAT_A_UPLINK_EVENT, MACNAT_EVENT_GONE);
}

static void macnat_test_events(void **state)
{
	char said[128] = "";
	struct macnat_api_events events = {
		macnat_test_event_uplink, macnat_test_event_map, macnat_test_event_lost, said
	};

	assert_int_equal(macnat_api_events_open(macnat_test_api), 0);
	macnat_test_cmd = MACNAT_CMD_MAP_EVENT;
	macnat_test_answer = macnat_test_map_event;
	assert_int_equal(macnat_api_events_read(macnat_test_api, &events), 0);
	assert_string_equal(said, "conflict eth0 02:00:00:00:00:09 02:00:00:00:00:08 1");

	/* not asked for; one of a newer module */
	events.map = NULL;
	said[0] = '\0';
	assert_int_equal(macnat_api_events_read(macnat_test_api, &events), 0);
	macnat_test_cmd = MACNAT_CMD_MAX + 1;
	assert_int_equal(macnat_api_events_read(macnat_test_api, &events), 0);
	assert_string_equal(said, "");

	macnat_test_cmd = MACNAT_CMD_UPLINK_EVENT;
	macnat_test_answer = macnat_test_uplink_event;
	assert_int_equal(macnat_api_events_read(macnat_test_api, &events), 0);
	assert_string_equal(said, "gone if4 65536");
	events.uplink = NULL;
	said[0] = '\0';
	assert_int_equal(macnat_api_events_read(macnat_test_api, &events), 0);
	assert_string_equal(said, "");

	macnat_test_error = (struct macnat_nl_error) { .code = ENOBUFS, .local = true };
	assert_int_equal(macnat_api_events_read(macnat_test_api, &events), 0);
	assert_string_equal(said, "lost");
}

static void macnat_test_events_refused(void **state)
{
	const struct macnat_api_events events = { 0 };

	macnat_test_join_error.code = ENOENT;
	assert_int_equal(macnat_api_events_open(macnat_test_api), 2);
	assert_string_equal(macnat_test_said,
			    "the module reports no events, it is older than this tool");
	macnat_test_join_error.local = true;
	assert_int_equal(macnat_api_events_open(macnat_test_api), 1);

	macnat_test_error.code = ENOENT;
	assert_int_equal(macnat_api_events_read(macnat_test_api, &events), 3);
	assert_string_equal(macnat_test_said, "the macnat module has been unloaded");
	macnat_test_error = (struct macnat_nl_error) { .code = ENOMEM, .local = true };
	assert_int_equal(macnat_api_events_read(macnat_test_api, &events), 1);
	assert_string_equal(macnat_test_said, "cannot listen to the kernel: Cannot allocate memory");
}

static void macnat_test_refusals(void **state)
{
	static const struct {
		struct macnat_nl_error error;
		int code;
		const char *said;
	} refusals[] = {
		/* what the kernel points at */
		{ { .code = EINVAL, .attr = MACNAT_A_MAP_IPV4, .text = "no" }, 2,
		  "\"10.0.1.7\": no" },
		{ { .code = EINVAL, .attr = MACNAT_A_MAP_INNER_VLAN, .text = "no" }, 2,
		  "\"100.200\": no" },
		{ { .code = EINVAL, .attr = MACNAT_A_MAP_LLADDR, .text = "no" }, 2,
		  "\"02:00:00:00:00:01\": no" },
		{ { .code = EEXIST, .attr = MACNAT_A_MAP_LLADDR, .text = "no" }, 2,
		  "\"02:00:00:00:00:01\": no" },
		{ { .code = EINVAL, .attr = MACNAT_A_MAP_LLADDR }, 2,
		  "\"02:00:00:00:00:01\": Invalid argument" },
		/* what the error tells */
		{ { .code = ENODEV, .text = "not attached" }, 2, "\"eth0\": not attached" },
		{ { .code = ENODEV }, 2, "\"eth0\": No such device" },
		{ { .code = EEXIST, .text = "there" }, 2, "\"10.0.1.7\": there" },
		{ { .code = ENOENT }, 2, "\"10.0.1.7\": No such file or directory" },
		{ { .code = EINVAL, .text = "no" }, 2, "no" },
		{ { .code = EINVAL }, 2, "Invalid argument" },
		/* a part that was not given cannot be named */
		{ { .code = EINVAL, .attr = MACNAT_A_MAP_TYPE, .text = "no" }, 2, "no" },
		{ { .code = EPERM }, 2,
		  "Operation not permitted, run as root, it needs CAP_NET_ADMIN" },
		{ { .code = EINTR, .local = true }, 2,
		  "the table changes faster than it can be read, try again" },
		{ { .code = ENOBUFS, .local = true }, 1,
		  "cannot talk to the kernel: No buffer space available" },
	};
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		macnat_test_error = refusals[i].error;
		assert_int_equal(macnat_api_map_add(macnat_test_api, &macnat_test_map),
				 refusals[i].code);
		assert_string_equal(macnat_test_said, refusals[i].said);
	}
}

static void macnat_test_refused_rows(void **state)
{
	struct macnat_map *rows = (void *)1;
	struct macnat_map filter = { 0 };
	size_t count = 77;

	macnat_test_answer = macnat_test_map_answer;
	macnat_test_answers = 3;
	macnat_test_error.code = EINVAL;
	assert_int_equal(macnat_api_map_show(macnat_test_api, &filter, &rows, &count), 2);
	assert_null(rows);
	assert_int_equal(count, 0);
}

static void macnat_test_warning(void **state)
{
	macnat_test_error = (struct macnat_nl_error) { .text = "mind that" };
	assert_int_equal(macnat_api_map_add(macnat_test_api, &macnat_test_map), 0);
	assert_string_equal(macnat_test_said, "warning: mind that");
}

static void macnat_test_no_module(void **state)
{
	macnat_test_open_error.code = ENOENT;
	assert_int_equal(macnat_api_map_add(macnat_test_api, &macnat_test_map), 3);
	assert_string_equal(macnat_test_said,
			    "the macnat module is not loaded, load it with: modprobe macnat");
	/* not this one */
	macnat_test_open_error.local = true;
	assert_int_equal(macnat_api_map_add(macnat_test_api, &macnat_test_map), 1);
	assert_string_equal(macnat_test_said,
			    "cannot open generic netlink: No such file or directory");
}

#define MACNAT_TEST_API(test) \
	cmocka_unit_test_setup_teardown(test, macnat_test_setup, macnat_test_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		MACNAT_TEST_API(macnat_test_map_changes),
		MACNAT_TEST_API(macnat_test_map_filters),
		MACNAT_TEST_API(macnat_test_map_rows),
		MACNAT_TEST_API(macnat_test_uplink_changes),
		MACNAT_TEST_API(macnat_test_uplink_settings),
		MACNAT_TEST_API(macnat_test_uplink_rows),
		MACNAT_TEST_API(macnat_test_stats_rows),
		MACNAT_TEST_API(macnat_test_events),
		MACNAT_TEST_API(macnat_test_events_refused),
		MACNAT_TEST_API(macnat_test_refusals),
		MACNAT_TEST_API(macnat_test_refused_rows),
		MACNAT_TEST_API(macnat_test_warning),
		MACNAT_TEST_API(macnat_test_no_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
