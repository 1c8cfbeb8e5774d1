// SPDX-License-Identifier: GPL-2.0
/*
 * Words to values: every form that is accepted and what it gives, every form
 * that is refused and what is said.
 */
#define MACNAT_TEST_KEEP_ERRORS
#include "test.h"

#include <stdlib.h>

#include "arg.h"
#include "model.h"

#define MACNAT_TEST_ALL(table) (sizeof(table) / sizeof((table)[0]))

typedef int (*macnat_test_parser)(const struct macnat_arg *arg, const char *word, void *field);

/* A word and what it gives as text; or, with @said, what is wrong with it */
struct macnat_test_word {
	const char *word;
	const char *text;
	const char *said;
};

static void macnat_test_refused(macnat_test_parser parse, const struct macnat_test_word *w)
{
	static const struct macnat_arg arg = { .key = "mode", .names = macnat_model_modes };
	union macnat_model field;

	memset(&field, 0, sizeof(field));
	macnat_test_said[0] = '\0';
	assert_int_equal(parse(&arg, w->word, &field), MACNAT_EXIT_LOCAL);
	assert_non_null(strstr(macnat_test_said, w->word));
	if (!strstr(macnat_test_said, w->said))
		fail_msg("\"%s\": said: %s", w->word, macnat_test_said);
}

static void macnat_test_mac(void **state)
{
	static const struct macnat_test_word words[] = {
		{ "02:00:5e:10:00:01", "02:00:5e:10:00:01", NULL },
		{ "02-00-5E-10-00-aF", "02:00:5e:10:00:af", NULL },
		{ "fe:ff:ff:ff:ff:ff", "fe:ff:ff:ff:ff:ff", NULL },
		{ "00:00:00:00:00:01", "00:00:00:00:00:01", NULL },
		{ "", NULL, "is not a MAC address" },
		{ "0", NULL, "is not a MAC address" },
		{ "02", NULL, "is not a MAC address" },
		{ "02:", NULL, "is not a MAC address" },
		{ "02:00:5e:10:00", NULL, "is not a MAC address" },
		{ "02:00:5e:10:00:", NULL, "is not a MAC address" },
		{ "02:00:5e:10:00:1", NULL, "is not a MAC address" },
		{ "02:00:5e:10:00:01:", NULL, "is not a MAC address" },
		{ "02:00:5e:10:00:01:02", NULL, "is not a MAC address" },
		{ "02:00:5e:10:00:010", NULL, "is not a MAC address" },
		{ "02:00:5e-10:00:01", NULL, "is not a MAC address" },
		{ "02:00:5e:10:00:0g", NULL, "is not a MAC address" },
		{ "2:0:5e:10:0:1", NULL, "is not a MAC address" },
		{ "02005e100001", NULL, "is not a MAC address" },
		{ "0200.5e10.0001", NULL, "is not a MAC address" },
		{ " 02:00:5e:10:00:01", NULL, "is not a MAC address" },
		{ "00:00:00:00:00:00", NULL, "is all zero" },
		{ "ff:ff:ff:ff:ff:ff", NULL, "is the broadcast address" },
		{ "01:00:5e:00:00:01", NULL, "is a multicast address" },
		{ "33:33:00:00:00:01", NULL, "is a multicast address" },
	};
	char text[MACNAT_MODEL_TEXT];
	struct macnat_mac mac;
	size_t i;

	for (i = 0; i < MACNAT_TEST_ALL(words); i++) {
		if (words[i].said) {
			macnat_test_refused(macnat_arg_mac, &words[i]);
			continue;
		}
		assert_int_equal(macnat_arg_mac(NULL, words[i].word, &mac), 0);
		assert_string_equal(macnat_model_mac_text(&mac, text), words[i].text);
	}
}

static void macnat_test_node(void **state)
{
	static const struct macnat_test_word bad[] = {
		{ "Auto", NULL, "is neither auto nor a MAC address" },
		{ "autox", NULL, "is neither auto nor a MAC address" },
		{ "01:00:5e:00:00:01", NULL, "is a multicast address" },
	};
	char text[MACNAT_MODEL_TEXT];
	struct macnat_node node;
	size_t i;

	memset(&node, 0, sizeof(node));
	assert_int_equal(macnat_arg_node(NULL, "auto", &node), 0);
	assert_true(node.is_auto);
	assert_int_equal(macnat_arg_node(NULL, "02:00:5e:10:00:01", &node), 0);
	assert_false(node.is_auto);
	assert_string_equal(macnat_model_mac_text(&node.mac, text), "02:00:5e:10:00:01");
	for (i = 0; i < MACNAT_TEST_ALL(bad); i++)
		macnat_test_refused(macnat_arg_node, &bad[i]);
}

static void macnat_test_ip_words(macnat_test_parser parse, const struct macnat_test_word *words,
				 size_t count)
{
	char text[MACNAT_MODEL_TEXT];
	struct macnat_ip ip;
	size_t i;

	for (i = 0; i < count; i++) {
		if (words[i].said) {
			macnat_test_refused(parse, &words[i]);
			continue;
		}
		assert_int_equal(parse(NULL, words[i].word, &ip), 0);
		assert_string_equal(macnat_model_ip_text(&ip, text), words[i].text);
	}
}

static void macnat_test_ip(void **state)
{
	static const struct macnat_test_word words[] = {
		{ "10.0.1.7", "10.0.1.7", NULL },
		{ "0.0.0.0", "0.0.0.0", NULL },
		{ "255.255.255.255", "255.255.255.255", NULL },
		{ "2001:db8::0007", "2001:db8::7", NULL },
		{ "::", "::", NULL },
		{ "::ffff:10.0.1.7", "::ffff:10.0.1.7", NULL },
		{ "", NULL, "is not an IP address" },
		{ "10.0.1", NULL, "is not an IP address" },
		{ "10.0.1.7.8", NULL, "is not an IP address" },
		{ "10.0.0.300", NULL, "is not an IP address" },
		{ "010.0.0.1", NULL, "is not an IP address" },
		{ "10.0.1.7 ", NULL, "is not an IP address" },
		{ "0x0a000107", NULL, "is not an IP address" },
		{ "pod", NULL, "is not an IP address" },
		{ "10.0.1.7/32", NULL, "write it without a prefix length" },
		{ "2001:db8:::7", NULL, "is not an IP address" },
		{ "fe80::1%lo", NULL, "is not an IP address" },
	};

	macnat_test_ip_words(macnat_arg_ip, words, MACNAT_TEST_ALL(words));
}

static void macnat_test_prefix(void **state)
{
	static const struct macnat_test_word words[] = {
		{ "10.0.1.7", "10.0.1.7", NULL },
		{ "10.0.1.7/32", "10.0.1.7", NULL },
		{ "10.0.1.0/24", "10.0.1.0/24", NULL },
		{ "10.0.1.7/24", "10.0.1.7/24", NULL },
		{ "0.0.0.0/0", "0.0.0.0/0", NULL },
		{ "2001:db8::/64", "2001:db8::/64", NULL },
		{ "2001:db8::7/128", "2001:db8::7", NULL },
		{ "10.0.1.0/33", NULL, "out of range, use 0 to 32" },
		{ "2001:db8::/129", NULL, "out of range, use 0 to 128" },
		{ "10.0.1.0/", NULL, "out of range" },
		{ "10.0.1.0/-1", NULL, "out of range" },
		{ "10.0.1.0/+1", NULL, "out of range" },
		{ "10.0.1.0/024", NULL, "out of range" },
		{ "10.0.1.0/24/1", NULL, "out of range" },
		{ "10.0.1.0/4294967320", NULL, "out of range" },
		{ "10.0.1/24", NULL, "is not an IP prefix" },
		{ "/24", NULL, "is not an IP prefix" },
		{ "", NULL, "is not an IP prefix" },
		{ "default", NULL, "is not an IP prefix" },
		/* longer than any address; must not be cut to one that is right */
		{ "10.0.1.700000000000000000000000000000000000000000000000000000000000000000000/8",
		  NULL, "is not an IP prefix" },
	};

	macnat_test_ip_words(macnat_arg_prefix, words, MACNAT_TEST_ALL(words));
}

static void macnat_test_vlan(void **state)
{
	static const struct macnat_test_word words[] = {
		{ "0", "0", NULL },
		{ "1", "1", NULL },
		{ "4094", "4094", NULL },
		{ "100.200", "100.200", NULL },
		{ "1.4094", "1.4094", NULL },
		{ "4095", NULL, "is out of range, use 1 to 4094 (or VID.INNER)" },
		{ "65636", NULL, "out of range" },
		{ "4294967396", NULL, "out of range" },
		{ "18446744073709551716", NULL, "out of range" },
		{ "100.4095", NULL, "out of range" },
		{ "100.0", NULL, "out of range" },
		{ "0.100", NULL, "out of range" },
		{ "0.0", NULL, "out of range" },
		{ "100.", NULL, "out of range" },
		{ ".100", NULL, "out of range" },
		{ "100.200.300", NULL, "out of range" },
		{ "0100", NULL, "out of range" },
		{ "", NULL, "out of range" },
		{ "-1", NULL, "is not a VLAN" },
		{ "+1", NULL, "is not a VLAN" },
		{ "0x64", NULL, "is not a VLAN" },
		{ "100 ", NULL, "is not a VLAN" },
		{ "red", NULL, "is not a VLAN" },
	};
	char text[MACNAT_MODEL_TEXT];
	struct macnat_vlan vlan;
	size_t i;

	for (i = 0; i < MACNAT_TEST_ALL(words); i++) {
		if (words[i].said) {
			macnat_test_refused(macnat_arg_vlan, &words[i]);
			continue;
		}
		assert_int_equal(macnat_arg_vlan(NULL, words[i].word, &vlan), 0);
		assert_string_equal(macnat_model_vlan_text(&vlan, text), words[i].text);
	}
}

static void macnat_test_dev(void **state)
{
	static const struct macnat_test_word bad[] = {
		{ "", NULL, "does not exist" },
		{ "macnat-none", NULL, "does not exist" },
		{ "lo/lo", NULL, "does not exist" },
		{ "a-name-of-16-chr", NULL, "a name has 1 to 15 letters" },
	};
	struct macnat_dev dev;
	size_t i;

	memset(&dev, 0, sizeof(dev));
	assert_int_equal(macnat_arg_dev(NULL, "lo", &dev), 0);
	assert_int_not_equal(dev.ifindex, 0);
	assert_string_equal(dev.name, "lo");
	for (i = 0; i < MACNAT_TEST_ALL(bad); i++)
		macnat_test_refused(macnat_arg_dev, &bad[i]);
}

static void macnat_test_name(void **state)
{
	static const struct macnat_arg arg = { .key = "mode", .names = macnat_model_modes };
	static const struct macnat_test_word bad[] = {
		{ "", NULL, "unknown mode \"\", use bridge or route" },
		{ "brid", NULL, "unknown mode \"brid\", use bridge or route" },
		{ "Route", NULL, "unknown mode" },
	};
	uint32_t mode = 77;
	size_t i;

	assert_int_equal(macnat_arg_name(&arg, "bridge", &mode), 0);
	assert_int_equal(mode, MACNAT_MODE_BRIDGE);
	assert_int_equal(macnat_arg_name(&arg, "route", &mode), 0);
	assert_int_equal(mode, MACNAT_MODE_ROUTE);
	for (i = 0; i < MACNAT_TEST_ALL(bad); i++)
		macnat_test_refused(macnat_arg_name, &bad[i]);
}

static void macnat_test_switch(void **state)
{
	static const struct macnat_arg arg = { .key = "learn" };
	static const struct macnat_test_word bad[] = {
		{ "", NULL, "unknown learn \"\", use on or off" },
		{ "o", NULL, "unknown learn \"o\", use on or off" },
		{ "On", NULL, "use on or off" },
		{ "offf", NULL, "use on or off" },
		{ "1", NULL, "use on or off" },
		{ "true", NULL, "use on or off" },
	};
	bool value = false;
	size_t i;

	assert_int_equal(macnat_arg_switch(&arg, "on", &value), 0);
	assert_true(value);
	assert_int_equal(macnat_arg_switch(&arg, "off", &value), 0);
	assert_false(value);
	for (i = 0; i < MACNAT_TEST_ALL(bad); i++) {
		macnat_test_said[0] = '\0';
		assert_int_equal(macnat_arg_switch(&arg, bad[i].word, &value), MACNAT_EXIT_LOCAL);
		assert_non_null(strstr(macnat_test_said, bad[i].said));
	}
}

static void macnat_test_u32(void **state)
{
	static const struct macnat_arg arg = { .key = "ageing", .min = 5 };
	static const struct macnat_test_word words[] = {
		{ "5", "5", NULL },
		{ "1200", "1200", NULL },
		{ "4294967295", "4294967295", NULL },
		{ "4", NULL, "ageing \"4\" is out of range, use 5 to 4294967295" },
		{ "0", NULL, "is out of range" },
		{ "4294967296", NULL, "is out of range" },
		/* 2^32 + 5 and 2^64 + 5, which must not wrap */
		{ "4294967301", NULL, "is out of range" },
		{ "18446744073709551621", NULL, "is out of range" },
		{ "", NULL, "ageing \"\" is not a number, use 5 to 4294967295" },
		{ "-5", NULL, "is not a number" },
		{ "+5", NULL, "is not a number" },
		{ "05", NULL, "is not a number" },
		{ "0x10", NULL, "is not a number" },
		{ "5s", NULL, "is not a number" },
		{ "5.5", NULL, "is not a number" },
		{ " 5", NULL, "is not a number" },
	};
	uint32_t value;
	char text[16];
	size_t i;

	for (i = 0; i < MACNAT_TEST_ALL(words); i++) {
		macnat_test_said[0] = '\0';
		if (words[i].said) {
			assert_int_equal(macnat_arg_u32(&arg, words[i].word, &value),
					 MACNAT_EXIT_LOCAL);
			if (!strstr(macnat_test_said, words[i].said))
				fail_msg("\"%s\": said: %s", words[i].word, macnat_test_said);
			continue;
		}
		assert_int_equal(macnat_arg_u32(&arg, words[i].word, &value), 0);
		snprintf(text, sizeof(text), "%u", value);
		assert_string_equal(text, words[i].text);
	}
}

static void macnat_test_choose(void **state)
{
	static const char *const names[] = { "set", "show", "sh", "del", NULL };
	size_t choice = 77;

	assert_int_equal(macnat_arg_choose(names, "command", "map", "del", &choice), 0);
	assert_int_equal(choice, 3);
	assert_int_equal(macnat_arg_choose(names, "command", "map", "d", &choice), 0);
	assert_int_equal(choice, 3);
	/* exact, though a prefix of another */
	assert_int_equal(macnat_arg_choose(names, "command", "map", "sh", &choice), 0);
	assert_int_equal(choice, 2);
	assert_int_equal(macnat_arg_choose(names, "command", "map", "sho", &choice), 0);
	assert_int_equal(choice, 1);
	assert_int_equal(macnat_arg_choose(names, "command", "map", "s", &choice), 1);
	assert_string_equal(macnat_test_said, "command \"s\" is ambiguous, it may be set, show, sh");
	assert_int_equal(macnat_arg_choose(names, "command", "map", "", &choice), 1);
	assert_int_equal(macnat_arg_choose(names, "command", "map", "delx", &choice), 1);
	assert_string_equal(macnat_test_said,
			    "unknown command \"delx\" after \"map\", expected set, show, sh, del");
}

/* A command with all that a table can have */
static const struct macnat_arg macnat_test_args[] = {
	{ .value = "IP", .parse = macnat_arg_ip, .offset = offsetof(struct macnat_map, ip),
	  .bit = MACNAT_MAP_IP, .flags = MACNAT_ARG_POSITIONAL | MACNAT_ARG_REQUIRED },
	{ .key = "vlan", .value = "VID", .parse = macnat_arg_vlan,
	  .offset = offsetof(struct macnat_map, vlan), .bit = MACNAT_MAP_VLAN },
	{ .key = "lladdr", .value = "P", .parse = macnat_arg_mac,
	  .offset = offsetof(struct macnat_map, lladdr), .bit = MACNAT_MAP_LLADDR,
	  .flags = MACNAT_ARG_REQUIRED },
	{ .key = "local", .constant = 7, .offset = offsetof(struct macnat_map, type),
	  .bit = MACNAT_MAP_TYPE },
	{ .key = "remote", .constant = 8, .offset = offsetof(struct macnat_map, type),
	  .bit = MACNAT_MAP_TYPE },
	{ 0 }
};

static int macnat_test_parse(const char *line, struct macnat_map *map)
{
	static const char *const what[2] = { "map", "add" };
	char *words[16], *copy = strdup(line);
	size_t count = 0;
	int ret;

	assert_non_null(copy);
	for (words[count] = strtok(copy, " "); words[count]; words[count] = strtok(NULL, " "))
		count++;
	memset(map, 0, sizeof(*map));
	macnat_test_said[0] = '\0';
	ret = macnat_arg_parse(macnat_test_args, what, words, map);
	free(copy);
	return ret;
}

static void macnat_test_parse_good(void **state)
{
	struct macnat_map map;

	assert_int_equal(macnat_test_parse("10.0.1.7 lladdr 02:00:00:00:00:01", &map), 0);
	assert_int_equal(map.has, MACNAT_MAP_IP | MACNAT_MAP_LLADDR);
	assert_int_equal(map.ip.family, AF_INET);
	assert_int_equal(map.lladdr.addr[5], 1);

	/* any order */
	assert_int_equal(macnat_test_parse("remote lladdr 02:00:00:00:00:02 vlan 5 ::1", &map), 0);
	assert_int_equal(map.has, MACNAT_MAP_IP | MACNAT_MAP_LLADDR | MACNAT_MAP_VLAN |
			 MACNAT_MAP_TYPE);
	assert_int_equal(map.ip.family, AF_INET6);
	assert_int_equal(map.vlan.outer, 5);
	assert_int_equal(map.type, 8);
}

static void macnat_test_parse_bad(void **state)
{
	static const struct macnat_test_word lines[] = {
		{ "", NULL, "\"map add\" needs IP, see: macnat map add help" },
		{ "10.0.1.7", NULL, "\"map add\" needs lladdr P, see: macnat map add help" },
		{ "10.0.1.7 vlan", NULL, "\"vlan\" needs a value, see: macnat map add help" },
		{ "10.0.1.7 vlan 5 vlan 5", NULL, "\"vlan\" is given twice" },
		{ "10.0.1.7 local local", NULL, "\"local\" is given twice" },
		{ "10.0.1.7 local remote", NULL,
		  "\"remote\" contradicts \"local\", give only one" },
		{ "10.0.1.7 foo", NULL,
		  "unknown word \"foo\" after \"10.0.1.7\", expected vlan, lladdr, local, remote" },
		{ "10.0.1.7 vlan 5 foo", NULL,
		  "unknown word \"foo\" after \"vlan 5\", expected lladdr, local, remote" },
		{ "10.0.1.7 vlan 5 local 10.0.1.8", NULL,
		  "unknown word \"10.0.1.8\" after \"local\", expected lladdr" },
		{ "10.0.1.7 -j", NULL, "(options go before the object)" },
		{ "10.0.1.7 vla 5", NULL, "unknown word \"vla\"" },
		{ "vlan 5 local lladdr 02:00:00:00:00:01 10.0.1.7 foo", NULL,
		  "unknown word \"foo\" after \"10.0.1.7\", nothing more expected" },
		{ "foo", NULL, "\"foo\" is not an IP address" },
		{ "10.0.1.7 vlan lladdr", NULL, "\"lladdr\" is not a VLAN" },
	};
	struct macnat_map map;
	size_t i;

	for (i = 0; i < MACNAT_TEST_ALL(lines); i++) {
		assert_int_equal(macnat_test_parse(lines[i].word, &map), MACNAT_EXIT_LOCAL);
		if (!strstr(macnat_test_said, lines[i].said))
			fail_msg("\"%s\": said: %s", lines[i].word, macnat_test_said);
	}
}

static void macnat_test_usage(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file;

	file = open_memstream(&text, &size);
	assert_non_null(file);
	macnat_arg_usage(macnat_test_args, file, 40);
	fclose(file);
	assert_string_equal(text,
			    " IP [ vlan VID ] lladdr P\n"
			    "                                         [ local | remote ]\n");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(macnat_test_mac),
		cmocka_unit_test(macnat_test_node),
		cmocka_unit_test(macnat_test_ip),
		cmocka_unit_test(macnat_test_prefix),
		cmocka_unit_test(macnat_test_vlan),
		cmocka_unit_test(macnat_test_dev),
		cmocka_unit_test(macnat_test_name),
		cmocka_unit_test(macnat_test_switch),
		cmocka_unit_test(macnat_test_u32),
		cmocka_unit_test(macnat_test_choose),
		cmocka_unit_test(macnat_test_parse_good),
		cmocka_unit_test(macnat_test_parse_bad),
		cmocka_unit_test(macnat_test_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
