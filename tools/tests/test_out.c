// SPDX-License-Identifier: GPL-2.0
/*
 * Rows to text and JSON, byte for byte, and what becomes of output that
 * cannot be written.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "out.h"

/* Two rows, or none, in the form asked for; the caller frees the text. */
static char *macnat_test_print(bool json, bool pretty, unsigned int rows)
{
	struct macnat_out out = { .json = json, .pretty = pretty };
	char *text = NULL;
	size_t size = 0;
	unsigned int i;

	out.file = open_memstream(&text, &size);
	assert_non_null(out.file);
	macnat_out_begin(&out);
	for (i = 0; i < rows; i++) {
		macnat_out_row(&out);
		macnat_out_title(&out, "dev", i ? "eth1" : "eth0");
		macnat_out_string(&out, "mode", "mode", "bridge");
		macnat_out_string(&out, "vlan", i ? "vlan" : NULL, i ? "100.200" : "0");
		macnat_out_string(&out, "type", "", "local");
		macnat_out_flag(&out, "node_auto", "(auto)", i);
		macnat_out_switch(&out, "learn", "learn", i);
		macnat_out_number(&out, "entries", "entries", i * 42);
		macnat_out_row_end(&out);
	}
	macnat_out_end(&out);
	assert_int_equal(macnat_out_close(&out), 0);
	return text;
}

static void macnat_test_forms(void **state)
{
	static const struct {
		bool json, pretty;
		unsigned int rows;
		const char *want;
	} forms[] = {
		{ false, false, 0, "" },
		{ false, true, 0, "" },
		{ true, false, 0, "[]\n" },
		{ true, true, 0, "[]\n" },
		{ false, false, 2,
		  "eth0: mode bridge local learn off entries 0\n"
		  "eth1: mode bridge vlan 100.200 local (auto) learn on entries 42\n" },
		{ true, false, 2,
		  "[{\"dev\":\"eth0\",\"mode\":\"bridge\",\"vlan\":\"0\",\"type\":\"local\","
		  "\"node_auto\":false,\"learn\":false,\"entries\":0},"
		  "{\"dev\":\"eth1\",\"mode\":\"bridge\",\"vlan\":\"100.200\",\"type\":\"local\","
		  "\"node_auto\":true,\"learn\":true,\"entries\":42}]\n" },
		{ true, true, 1,
		  "[\n"
		  "    {\n"
		  "        \"dev\": \"eth0\",\n"
		  "        \"mode\": \"bridge\",\n"
		  "        \"vlan\": \"0\",\n"
		  "        \"type\": \"local\",\n"
		  "        \"node_auto\": false,\n"
		  "        \"learn\": false,\n"
		  "        \"entries\": 0\n"
		  "    }\n"
		  "]\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char *text = macnat_test_print(forms[i].json, forms[i].pretty, forms[i].rows);

		assert_string_equal(text, forms[i].want);
		free(text);
	}
}

/* A row is there as soon as it ends, though the stream stays open. */
static void macnat_test_stream(void **state)
{
	static const struct {
		bool json, pretty;
		const char *want;
	} forms[] = {
		{ false, false, "added 0\nadded 1\n" },
		{ true, false, "{\"event\":\"added\",\"i\":0}\n{\"event\":\"added\",\"i\":1}\n" },
		{ true, true,
		  "{\n    \"event\": \"added\",\n    \"i\": 0\n}\n"
		  "{\n    \"event\": \"added\",\n    \"i\": 1\n}\n" },
	};
	char buffer[256];
	size_t f, i;

	for (f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		struct macnat_out out = { .json = forms[f].json, .pretty = forms[f].pretty };
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		out.file = fdopen(ends[1], "w");
		assert_non_null(out.file);
		macnat_out_stream(&out);
		for (i = 0; i < 2; i++) {
			macnat_out_row(&out);
			macnat_out_string(&out, "event", "", "added");
			macnat_out_number(&out, "i", "", i);
			macnat_out_row_end(&out);
		}
		memset(buffer, 0, sizeof(buffer));
		assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
		assert_int_not_equal(read(ends[0], buffer, sizeof(buffer) - 1), -1);
		assert_string_equal(buffer, forms[f].want);
		assert_int_equal(macnat_out_close(&out), 0);
		close(ends[0]);
	}
}

static void macnat_test_pretty_is_json(void **state)
{
	char *text = macnat_test_print(true, true, 2);
	json_error_t error;
	json_t *json;

	json = json_loads(text, 0, &error);
	assert_non_null(json);
	assert_int_equal(json_array_size(json), 2);
	json_decref(json);
	free(text);
}

static char *macnat_test_print_name(bool json, const char *name)
{
	struct macnat_out out = { .json = json };
	char *text = NULL;
	size_t size = 0;

	out.file = open_memstream(&text, &size);
	assert_non_null(out.file);
	macnat_out_begin(&out);
	macnat_out_row(&out);
	macnat_out_string(&out, "dev", "dev", name);
	macnat_out_row_end(&out);
	macnat_out_end(&out);
	assert_int_equal(macnat_out_close(&out), 0);
	return text;
}

/* A device name may be any bytes but blanks, '/' and ':'. */
static void macnat_test_odd_names(void **state)
{
	static const struct {
		bool json;
		const char *name, *want;
	} names[] = {
		{ true, "a\"b\\c", "[{\"dev\":\"a\\\"b\\\\c\"}]\n" },
		{ true, "a\033b", "[{\"dev\":\"a\\u001Bb\"}]\n" },
		{ true, "gr\xc3\xbcn", "[{\"dev\":\"gr\xc3\xbcn\"}]\n" },
		{ true, "gr\xfcn", "[{\"dev\":\"gr?n\"}]\n" },
		{ false, "a\033b", "dev a?b\n" },
		{ false, "gr\xc3\xbcn", "dev gr\xc3\xbcn\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *text = macnat_test_print_name(names[i].json, names[i].name);

		assert_string_equal(text, names[i].want);
		free(text);
	}
}

static void macnat_test_table(void **state)
{
	static const char *const names[] = { "out-node", "in", "pad-pad-pad", NULL };
	static const uint64_t values[] = { 0, 1234567, UINT64_MAX };
	static const char *const want[] = {
		"eth0:\n"
		"  out-node                        0\n"
		"  in                        1234567\n"
		"  pad-pad-pad  18446744073709551615\n",
		"[{\"dev\":\"eth0\",\"out-node\":0,\"in\":1234567,\"pad-pad-pad\":9223372036854775807}]\n"
	};
	int json;

	for (json = 0; json < 2; json++) {
		struct macnat_out out = { .json = json };
		char *text = NULL;
		size_t size = 0;

		out.file = open_memstream(&text, &size);
		assert_non_null(out.file);
		macnat_out_begin(&out);
		macnat_out_row(&out);
		macnat_out_title(&out, "dev", "eth0");
		macnat_out_table(&out, names, values);
		macnat_out_row_end(&out);
		macnat_out_end(&out);
		assert_int_equal(macnat_out_close(&out), 0);
		assert_string_equal(text, want[json]);
		free(text);
	}
}

/* The error is noted at once, not when errno may tell of something else. */
static void macnat_test_full_disk(void **state)
{
	struct macnat_out out = { .json = true };
	unsigned int i;

	out.file = fopen("/dev/full", "w");
	if (!out.file)
		skip();
	macnat_out_begin(&out);
	for (i = 0; i < 10000; i++) {
		macnat_out_row(&out);
		macnat_out_number(&out, "i", "i", i);
		macnat_out_row_end(&out);
	}
	macnat_out_end(&out);
	assert_int_equal(out.code, ENOSPC);
	assert_int_equal(macnat_out_close(&out), MACNAT_EXIT_LOCAL);
}

static void macnat_test_full_disk_small(void **state)
{
	struct macnat_out out = { .json = true };

	out.file = fopen("/dev/full", "w");
	if (!out.file)
		skip();
	macnat_out_begin(&out);
	macnat_out_end(&out);
	assert_int_equal(out.code, 0);
	assert_int_equal(macnat_out_close(&out), MACNAT_EXIT_LOCAL);
	assert_int_equal(out.code, ENOSPC);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(macnat_test_forms),
		cmocka_unit_test(macnat_test_stream),
		cmocka_unit_test(macnat_test_pretty_is_json),
		cmocka_unit_test(macnat_test_odd_names),
		cmocka_unit_test(macnat_test_table),
		cmocka_unit_test(macnat_test_full_disk),
		cmocka_unit_test(macnat_test_full_disk_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
