// SPDX-License-Identifier: GPL-2.0
/*
 * macnat monitor: what happens, as it happens, one event a line, until a
 * signal ends it or nobody reads it any more.
 */
#include "cmd.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "err.h"

/*
 * Where all that is in the socket is to be printed first, it is no more than
 * this many events, for they may come faster than they can be printed.
 */
#define MACNAT_CMD_MONITOR_REST	65536

/**
 * struct macnat_cmd_monitor_state - a monitor
 * @context: of the command
 * @lost: after how many more events to tell that some are missing, 0 if none are
 */
struct macnat_cmd_monitor_state {
	struct macnat_cmd_context *context;
	unsigned int lost;
};

static const struct macnat_arg macnat_cmd_monitor_args[] = {
	{ 0 }
};

/* As ip -ts has it, local time; in JSON RFC 3339, UTC */
static void macnat_cmd_monitor_time(struct macnat_out *out)
{
	char seconds[32], text[48];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out->json)
		gmtime_r(&now.tv_sec, &tm);
	else
		localtime_r(&now.tv_sec, &tm);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), out->json ? "%s.%06ldZ" : "[%s.%06ld]", seconds,
		 now.tv_nsec / 1000);
	macnat_out_string(out, "time", "", text);
}

static void macnat_cmd_monitor_row(struct macnat_cmd_context *context, const char *event)
{
	char text[MACNAT_MODEL_TEXT];

	macnat_out_row(&context->out);
	if (context->timestamp)
		macnat_cmd_monitor_time(&context->out);
	snprintf(text, sizeof(text), "%s", event);
	if (!context->out.json)
		text[0] = toupper((unsigned char)text[0]);
	macnat_out_string(&context->out, "event", "", text);
}

static void macnat_cmd_monitor_uplink(const struct macnat_uplink *uplink, void *data)
{
	const struct macnat_cmd_monitor_state *state = data;
	struct macnat_cmd_context *context = state->context;

	macnat_cmd_monitor_row(context, macnat_model_name(macnat_model_events, uplink->event));
	macnat_cmd_uplink_fields(context, uplink);
	macnat_out_row_end(&context->out);
}

static void macnat_cmd_monitor_map(const struct macnat_map *map, void *data)
{
	const struct macnat_cmd_monitor_state *state = data;
	struct macnat_cmd_context *context = state->context;

	macnat_cmd_monitor_row(context, macnat_model_name(macnat_model_events, map->event));
	macnat_cmd_map_fields(context, map);
	macnat_out_row_end(&context->out);
}

/*
 * The socket tells of a loss at once, but what it still holds is older: the gap
 * is behind it, as the kernel drops everything until all of that is read.
 */
static void macnat_cmd_monitor_lost(void *data)
{
	struct macnat_cmd_monitor_state *state = data;

	if (!state->lost)
		state->lost = MACNAT_CMD_MONITOR_REST;
}

/* Said among the events, not on stderr: whoever keeps a table by them has to read it anew. */
static void macnat_cmd_monitor_gap(struct macnat_cmd_context *context)
{
	macnat_cmd_monitor_row(context, context->out.json ? "lost" :
			       "lost events, they came faster than they were read");
	macnat_out_row_end(&context->out);
}

/* Signals that end it are read like events, so that none comes between. */
static int macnat_cmd_monitor_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* One event from the socket, or the word that some are missing */
static int macnat_cmd_monitor_print(struct macnat_cmd_monitor_state *state,
				    const struct macnat_api_events *events, bool is_empty)
{
	int ret = MACNAT_EXIT_OK;

	if (!is_empty)
		ret = macnat_api_events_read(state->context->api, events);
	if (state->lost && (is_empty || !--state->lost)) {
		macnat_cmd_monitor_gap(state->context);
		state->lost = 0;
	}
	return ret;
}

/*
 * Events stay in the socket until they can be printed: nothing waits inside of
 * a write, where signals, which are blocked, could not end it.
 */
static int macnat_cmd_monitor_loop(struct macnat_cmd_monitor_state *state,
				   const struct macnat_api_events *events, int signals)
{
	enum { EVENTS, SIGNALS, OUTPUT, COUNT };
	struct macnat_out *out = &state->context->out;
	int fd = macnat_api_events_fd(state->context->api);
	int ret = MACNAT_EXIT_OK, rest = MACNAT_CMD_MONITOR_REST;
	struct pollfd fds[COUNT] = {
		[SIGNALS] = { signals, POLLIN, 0 },
		[OUTPUT] = { fileno(out->file), 0, 0 },
	};
	bool pending = false, is_empty = false;

	while (!ret && !out->code && rest) {
		fds[EVENTS] = (struct pollfd) { pending ? -1 : fd, POLLIN, 0 };
		/* asked for nothing, a pipe still tells that its reader is gone */
		fds[OUTPUT].events = pending ? POLLOUT : 0;
		if (poll(fds, COUNT, state->lost && !pending ? 0 : -1) < 0) {
			if (errno == EINTR)
				continue;
			return macnat_err_local("cannot wait for events: %s", strerror(errno));
		}
		if (fds[OUTPUT].revents & ~POLLOUT) {
			out->code = EPIPE;
		} else if (fds[OUTPUT].revents) {
			ret = macnat_cmd_monitor_print(state, events, is_empty);
			rest -= !!fds[SIGNALS].revents;
			pending = false;
		} else if (!pending && (fds[EVENTS].revents || state->lost)) {
			is_empty = !fds[EVENTS].revents;
			pending = true;
		} else {
			break;
		}
	}
	return ret;
}

static int macnat_cmd_monitor_run(struct macnat_cmd_context *context,
				  struct macnat_api_events *events)
{
	struct macnat_cmd_monitor_state state = { .context = context };
	int ret, signals;

	if (context->queue)
		return macnat_err_local("\"monitor\" does not end, it has no place in a batch");
	events->lost = macnat_cmd_monitor_lost;
	events->data = &state;
	signals = macnat_cmd_monitor_signals();
	if (signals < 0)
		return macnat_err_local("cannot wait for signals: %s", strerror(errno));
	ret = macnat_api_events_open(context->api);
	if (!ret) {
		macnat_out_stream(&context->out);
		ret = macnat_cmd_monitor_loop(&state, events, signals);
	}
	close(signals);
	return ret;
}

static int macnat_cmd_monitor_all(struct macnat_cmd_context *context,
				  const union macnat_model *model)
{
	struct macnat_api_events events = {
		.uplink = macnat_cmd_monitor_uplink, .map = macnat_cmd_monitor_map
	};

	return macnat_cmd_monitor_run(context, &events);
}

static int macnat_cmd_monitor_uplinks(struct macnat_cmd_context *context,
				      const union macnat_model *model)
{
	struct macnat_api_events events = { .uplink = macnat_cmd_monitor_uplink };

	return macnat_cmd_monitor_run(context, &events);
}

static int macnat_cmd_monitor_maps(struct macnat_cmd_context *context,
				   const union macnat_model *model)
{
	struct macnat_api_events events = { .map = macnat_cmd_monitor_map };

	return macnat_cmd_monitor_run(context, &events);
}

static const struct macnat_cmd macnat_cmd_monitor_commands[] = {
	{ "all", macnat_cmd_monitor_args, false, macnat_cmd_monitor_all },
	{ "uplink", macnat_cmd_monitor_args, false, macnat_cmd_monitor_uplinks },
	{ "map", macnat_cmd_monitor_args, false, macnat_cmd_monitor_maps },
	{ 0 }
};

const struct macnat_cmd_object macnat_cmd_monitor = {
	.name = "monitor",
	.doc = "what happens, as it happens: events of uplinks and of mappings",
	.legend = "all is meant if nothing is named\n",
	.commands = macnat_cmd_monitor_commands,
	.fallback = "all",
};
