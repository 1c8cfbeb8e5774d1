// SPDX-License-Identifier: GPL-2.0
/*
 * macnat monitor: how each event reads, as text and as JSON, and what ends it.
 * The module is the test's; the socket that it waits at is a pipe.
 */
#define MACNAT_TEST_KEEP_ERRORS
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"

int __wrap_macnat_api_events_open(struct macnat_api *api);
int __wrap_macnat_api_events_fd(const struct macnat_api *api);
int __wrap_macnat_api_events_read(struct macnat_api *api, const struct macnat_api_events *events);

void macnat_err_clean(char *text)
{
}

/* What the module has to tell, one byte in the pipe for each */
struct macnat_test_event {
	struct macnat_uplink uplink;
	struct macnat_map map;
	bool lost;
	int end;	/* exit code that it ends with */
	int signal;	/* that comes with it */
	bool deaf;	/* nobody reads the output from now on */
};

static const struct macnat_test_event *macnat_test_script;
static int macnat_test_pipe[2];
static int macnat_test_output[2];
static bool macnat_test_stuck_output;
static char macnat_test_text[4096];

int __wrap_macnat_api_events_open(struct macnat_api *api)
{
	return MACNAT_EXIT_OK;
}

int __wrap_macnat_api_events_fd(const struct macnat_api *api)
{
	return macnat_test_pipe[0];
}

int __wrap_macnat_api_events_read(struct macnat_api *api, const struct macnat_api_events *events)
{
	const struct macnat_test_event *event = macnat_test_script++;
	char byte;

	assert_int_equal(read(macnat_test_pipe[0], &byte, 1), 1);
	if (event->signal)
		raise(event->signal);
	if (event->deaf)
		close(macnat_test_output[0]);
	if (event->end)
		return event->end;
	if (event->lost)
		events->lost(events->data);
	if (event->map.has && events->map)
		events->map(&event->map, events->data);
	if (event->uplink.has && events->uplink)
		events->uplink(&event->uplink, events->data);
	return MACNAT_EXIT_OK;
}

#define MACNAT_TEST_KEY	(MACNAT_MAP_DEV | MACNAT_MAP_VLAN | MACNAT_MAP_IP)
#define MACNAT_TEST_ALL	(MACNAT_TEST_KEY | MACNAT_MAP_LLADDR | MACNAT_MAP_TYPE | MACNAT_MAP_ORIGIN)
/* All fields are there, @bits says which of them came. */
#define MACNAT_TEST_MAP(what, bits, ...)						\
	{ .map = {									\
		.has = MACNAT_MAP_EVENT | (bits), .event = (what), .dev = { 3, "eth0" },	\
		.ip = { AF_INET, 32, { 10, 0, 1, 7 } }, .lladdr = { { 6, 0, 0, 0, 1, 1 } },	\
		.other = { { 6, 0, 0, 0, 1, 2 } }, .origin = MACNAT_ORIGIN_LEARNED,		\
		.idle = 12, __VA_ARGS__								\
	} }

static const struct macnat_test_event macnat_test_events[] = {
	MACNAT_TEST_MAP(MACNAT_EVENT_ADDED, MACNAT_TEST_ALL | MACNAT_MAP_IDLE),
	MACNAT_TEST_MAP(MACNAT_EVENT_MOVED, MACNAT_TEST_ALL | MACNAT_MAP_OTHER),
	MACNAT_TEST_MAP(MACNAT_EVENT_DELETED, MACNAT_TEST_ALL, .vlan = { 100, 200 }),
	MACNAT_TEST_MAP(MACNAT_EVENT_EXPIRED, MACNAT_TEST_ALL | MACNAT_MAP_IDLE),
	MACNAT_TEST_MAP(MACNAT_EVENT_LEFT, MACNAT_TEST_ALL | MACNAT_MAP_OTHER),
	MACNAT_TEST_MAP(MACNAT_EVENT_CONFLICT, MACNAT_TEST_ALL | MACNAT_MAP_OTHER),
	/* an address of the node has no mapping */
	MACNAT_TEST_MAP(MACNAT_EVENT_CONFLICT, MACNAT_TEST_KEY | MACNAT_MAP_OTHER),
	MACNAT_TEST_MAP(MACNAT_EVENT_LEAK, MACNAT_MAP_DEV | MACNAT_MAP_LLADDR),
	{ .uplink = { .has = MACNAT_UPLINK_EVENT | MACNAT_UPLINK_DEV | MACNAT_UPLINK_MODE,
		      .event = MACNAT_EVENT_ATTACHED, .dev = { 3, "eth0" },
		      .node = { true, { { 2, 0, 0, 0, 0, 1 } } }, .learn = true, .heal = true,
		      .ageing = 1200, .limit = 65536, .entries = 3, .learned = 2, .stations = 1 } },
	/* told when all has been printed that came before the gap */
	{ .lost = true },
	{ .uplink = { .has = MACNAT_UPLINK_EVENT | MACNAT_UPLINK_DEV,
		      .event = MACNAT_EVENT_GONE, .dev = { 3, "eth0" } } },
	/* one of a newer module */
	MACNAT_TEST_MAP(77, MACNAT_TEST_KEY),
	{ .signal = SIGTERM },
};

#define MACNAT_TEST_COUNT(script) (sizeof(script) / sizeof((script)[0]))

/*
 * Runs a command of monitor on a script; what it prints is in macnat_test_text. A SIGTERM of the
 * script is taken by it, or would end the test.
 */
static int macnat_test_run(const char *command, struct macnat_cmd_context *context,
			   const struct macnat_test_event *script, size_t count)
{
	const struct macnat_cmd *cmd = macnat_cmd_monitor.commands;
	union macnat_model model = { 0 };
	sigset_t set;
	ssize_t len;
	int ret;

	while (strcmp(cmd->name, command))
		cmd++;
	macnat_test_script = script;
	assert_int_equal(pipe(macnat_test_pipe), 0);
	assert_int_equal(pipe(macnat_test_output), 0);
	for (; count; count--)
		assert_int_equal(write(macnat_test_pipe[1], "", 1), 1);
	if (macnat_test_stuck_output) {
		assert_int_equal(fcntl(macnat_test_output[1], F_SETFL, O_NONBLOCK), 0);
		while (write(macnat_test_output[1], "\n", 1) == 1)
			;
		assert_int_equal(fcntl(macnat_test_output[1], F_SETFL, 0), 0);
		/* it is blocked before the monitor begins, and waits for it */
		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGTERM);
	}
	context->out.file = fdopen(macnat_test_output[1], "w");
	assert_non_null(context->out.file);

	ret = cmd->run(context, &model);
	fclose(context->out.file);
	memset(macnat_test_text, 0, sizeof(macnat_test_text));
	len = read(macnat_test_output[0], macnat_test_text, sizeof(macnat_test_text) - 1);
	if (len >= 0)
		close(macnat_test_output[0]);
	close(macnat_test_pipe[0]);
	close(macnat_test_pipe[1]);
	return ret;
}

static int macnat_test_unblock(void **state)
{
	struct timespec none = { 0, 0 };
	sigset_t set;

	/* a signal that nobody has taken is forgotten */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	while (sigtimedwait(&set, NULL, &none) > 0)
		;
	return sigprocmask(SIG_UNBLOCK, &set, NULL);
}

#define MACNAT_TEST_P	"06:00:00:00:01:01"
#define MACNAT_TEST_O	"06:00:00:00:01:02"

static void macnat_test_text_form(void **state)
{
	static const char want[] =
		"Added 10.0.1.7 dev eth0 lladdr " MACNAT_TEST_P " local learned\n"
		"Moved 10.0.1.7 dev eth0 lladdr " MACNAT_TEST_P " from " MACNAT_TEST_O
		" local learned\n"
		"Deleted 10.0.1.7 dev eth0 vlan 100.200 lladdr " MACNAT_TEST_P " local learned\n"
		"Expired 10.0.1.7 dev eth0 lladdr " MACNAT_TEST_P " local learned\n"
		"Left 10.0.1.7 dev eth0 lladdr " MACNAT_TEST_P " to " MACNAT_TEST_O
		" local learned\n"
		"Conflict 10.0.1.7 dev eth0 lladdr " MACNAT_TEST_P " claimed-by " MACNAT_TEST_O
		" local learned\n"
		"Conflict 10.0.1.7 dev eth0 claimed-by " MACNAT_TEST_O "\n"
		"Leak dev eth0 lladdr " MACNAT_TEST_P "\n"
		"Attached eth0: mode bridge node 02:00:00:00:00:01 (auto) learn on guard pass "
		"announce off heal on flood pass ageing 1200 limit 65536 entries 3 learned 2 "
		"stations 1\n"
		"Gone eth0\n"
		"Unknown 10.0.1.7 dev eth0\n"
		"Lost events, they came faster than they were read\n";
	struct macnat_cmd_context context = { 0 };

	assert_int_equal(macnat_test_run("all", &context, macnat_test_events,
					 MACNAT_TEST_COUNT(macnat_test_events)), 0);
	assert_string_equal(macnat_test_text, want);
	assert_int_equal(context.out.code, 0);
}

static void macnat_test_json_form(void **state)
{
#define MACNAT_TEST_JSON_IP	"\"ip\":\"10.0.1.7\",\"dev\":\"eth0\",\"vlan\":\"0\""
#define MACNAT_TEST_JSON_IPP	\
	"\"ip\":\"10.0.1.7\",\"dev\":\"eth0\",\"vlan\":\"0\",\"lladdr\":\"06:00:00:00:01:01\""
#define MACNAT_TEST_JSON_P	",\"lladdr\":\"" MACNAT_TEST_P "\""
#define MACNAT_TEST_JSON_O	",\"other\":\"" MACNAT_TEST_O "\""
#define MACNAT_TEST_JSON_T	",\"type\":\"local\",\"origin\":\"learned\""
	static const char want[] =
		"{\"event\":\"added\"," MACNAT_TEST_JSON_IPP MACNAT_TEST_JSON_T ",\"idle\":12}\n"
		"{\"event\":\"moved\"," MACNAT_TEST_JSON_IPP MACNAT_TEST_JSON_O MACNAT_TEST_JSON_T
		"}\n"
		"{\"event\":\"deleted\",\"ip\":\"10.0.1.7\",\"dev\":\"eth0\",\"vlan\":\"100.200\""
		MACNAT_TEST_JSON_P MACNAT_TEST_JSON_T "}\n"
		"{\"event\":\"expired\"," MACNAT_TEST_JSON_IPP MACNAT_TEST_JSON_T ",\"idle\":12}\n"
		"{\"event\":\"left\"," MACNAT_TEST_JSON_IPP MACNAT_TEST_JSON_O MACNAT_TEST_JSON_T
		"}\n"
		"{\"event\":\"conflict\"," MACNAT_TEST_JSON_IPP MACNAT_TEST_JSON_O
		MACNAT_TEST_JSON_T "}\n"
		"{\"event\":\"conflict\"," MACNAT_TEST_JSON_IP MACNAT_TEST_JSON_O "}\n"
		"{\"event\":\"leak\",\"dev\":\"eth0\"" MACNAT_TEST_JSON_P "}\n"
		"{\"event\":\"attached\",\"dev\":\"eth0\",\"mode\":\"bridge\","
		"\"node\":\"02:00:00:00:00:01\",\"node_auto\":true,\"learn\":true,"
		"\"guard\":\"pass\",\"announce\":false,\"heal\":true,\"flood\":\"pass\","
		"\"ageing\":1200,\"limit\":65536,\"entries\":3,\"learned\":2,\"stations\":1}\n"
		"{\"event\":\"gone\",\"dev\":\"eth0\"}\n"
		"{\"event\":\"unknown\"," MACNAT_TEST_JSON_IP "}\n"
		"{\"event\":\"lost\"}\n";
	struct macnat_cmd_context context = { .out.json = true };

	assert_int_equal(macnat_test_run("all", &context, macnat_test_events,
					 MACNAT_TEST_COUNT(macnat_test_events)), 0);
	assert_string_equal(macnat_test_text, want);
}

/* Lines of the text that begin with a word; all of them for "" */
static int macnat_test_lines(const char *word)
{
	const char *line = macnat_test_text;
	int count = 0;

	for (; *line; line = strchr(line, '\n') + 1)
		count += !strncmp(line, word, strlen(word));
	return count;
}

static void macnat_test_objects(void **state)
{
	struct macnat_cmd_context context = { 0 };

	assert_int_equal(macnat_test_run("map", &context, macnat_test_events,
					 MACNAT_TEST_COUNT(macnat_test_events)), 0);
	assert_int_equal(macnat_test_lines(""), 10);
	assert_int_equal(macnat_test_lines("Attached") + macnat_test_lines("Gone"), 0);

	memset(&context, 0, sizeof(context));
	assert_int_equal(macnat_test_run("uplink", &context, macnat_test_events,
					 MACNAT_TEST_COUNT(macnat_test_events)), 0);
	assert_int_equal(macnat_test_lines(""), 3);
	assert_int_equal(macnat_test_lines("Attached") + macnat_test_lines("Gone"), 2);
	assert_int_equal(macnat_test_lines("Lost"), 1);
}

static void macnat_test_match(const char *text, const char *pattern)
{
	regex_t regex;

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&regex, text, 0, NULL, 0))
		fail_msg("\"%s\" does not match \"%s\"", text, pattern);
	regfree(&regex);
}

static void macnat_test_options(void **state)
{
	static const struct macnat_test_event script[] = {
		MACNAT_TEST_MAP(MACNAT_EVENT_ADDED, MACNAT_TEST_ALL | MACNAT_MAP_IDLE),
		{ .signal = SIGINT },
	};
	struct macnat_cmd_context context = { .statistics = true, .timestamp = true };

#define MACNAT_TEST_TIME "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}"
	assert_int_equal(macnat_test_run("all", &context, script, 2), 0);
	macnat_test_match(macnat_test_text, "^\\[" MACNAT_TEST_TIME "\\] Added 10\\.0\\.1\\.7 .*"
			  "local learned idle 12\n$");

	context = (struct macnat_cmd_context) { .timestamp = true, .out.json = true };
	macnat_test_unblock(state);
	assert_int_equal(macnat_test_run("all", &context, script, 2), 0);
	macnat_test_match(macnat_test_text, "^\\{\"time\":\"" MACNAT_TEST_TIME "Z\",\"event\":\"");
}

/* Events that were there when the signal came are printed; two losses are one gap. */
static void macnat_test_signal(void **state)
{
	static const struct macnat_test_event script[] = {
		{ .signal = SIGTERM },
		{ .lost = true },
		{ .lost = true },
		MACNAT_TEST_MAP(MACNAT_EVENT_LEAK, MACNAT_MAP_DEV),
	};
	struct macnat_cmd_context context = { 0 };

	assert_int_equal(macnat_test_run("all", &context, script, 4), 0);
	assert_string_equal(macnat_test_text,
			    "Leak dev eth0\nLost events, they came faster than they were read\n");
}

/* The reader stands still and its pipe is full: a signal is heard all the same. */
static void macnat_test_stuck(void **state)
{
	static const struct macnat_test_event script[] = {
		MACNAT_TEST_MAP(MACNAT_EVENT_LEAK, MACNAT_MAP_DEV),
	};
	struct macnat_cmd_context context = { 0 };

	macnat_test_stuck_output = true;
	assert_int_equal(macnat_test_run("all", &context, script, 1), 0);
	macnat_test_stuck_output = false;
	assert_ptr_equal(macnat_test_script, script);
	assert_int_equal(context.out.code, 0);
}

static void macnat_test_unloaded(void **state)
{
	static const struct macnat_test_event script[] = {
		MACNAT_TEST_MAP(MACNAT_EVENT_LEAK, MACNAT_MAP_DEV),
		{ .end = MACNAT_EXIT_MODULE },
	};
	struct macnat_cmd_context context = { 0 };

	assert_int_equal(macnat_test_run("all", &context, script, 2), MACNAT_EXIT_MODULE);
	assert_int_equal(macnat_test_lines("Leak"), 1);
}

/* It ends when nobody reads what it says, and does not wait for the next event to find out. */
static void macnat_test_deaf(void **state)
{
	static const struct macnat_test_event script[] = {
		{ .deaf = true },
	};
	struct macnat_cmd_context context = { 0 };

	assert_int_equal(macnat_test_run("all", &context, script, 1), 0);
	assert_int_equal(context.out.code, EPIPE);
}

#define MACNAT_TEST_MONITOR(test) cmocka_unit_test_teardown(test, macnat_test_unblock)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		MACNAT_TEST_MONITOR(macnat_test_text_form),
		MACNAT_TEST_MONITOR(macnat_test_json_form),
		MACNAT_TEST_MONITOR(macnat_test_objects),
		MACNAT_TEST_MONITOR(macnat_test_options),
		MACNAT_TEST_MONITOR(macnat_test_signal),
		MACNAT_TEST_MONITOR(macnat_test_stuck),
		MACNAT_TEST_MONITOR(macnat_test_unloaded),
		MACNAT_TEST_MONITOR(macnat_test_deaf),
	};

	signal(SIGPIPE, SIG_IGN);
	/* a monitor that does not end has failed */
	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
