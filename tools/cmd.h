/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables that main walks: object, its commands, their arguments.
 */
#ifndef MACNAT_CMD_H
#define MACNAT_CMD_H

#include "api.h"
#include "arg.h"
#include "model.h"
#include "out.h"
#include "queue.h"

/**
 * struct macnat_cmd_context - what a command works with
 * @api: the module
 * @out: results
 * @statistics: the text form tells more, as ip -s does
 * @timestamp: events tell when they came
 * @queue: of a batch: mappings that wait for more of them; else NULL
 * @failed: of a batch: exit code of the first command that failed
 */
struct macnat_cmd_context {
	struct macnat_api *api;
	struct macnat_out out;
	bool statistics;
	bool timestamp;
	struct macnat_queue *queue;
	int failed;
};

/**
 * struct macnat_cmd - a command of an object
 * @name: its name; NULL ends a table
 * @args: its arguments
 * @wants_any: it needs at least one argument, whichever
 * @run: does it, with the arguments parsed; returns an exit code
 * @queues: in a batch, @run lets it wait for others of the kind
 */
struct macnat_cmd {
	const char *name;
	const struct macnat_arg *args;
	bool wants_any;
	int (*run)(struct macnat_cmd_context *context, const union macnat_model *model);
	bool queues;
};

/**
 * struct macnat_cmd_object - an object
 * @name: its name
 * @doc: what it is, for help
 * @legend: what the values in its grammar are, for help
 * @commands: its commands
 * @fallback: the command meant when there is none
 */
struct macnat_cmd_object {
	const char *name;
	const char *doc;
	const char *legend;
	const struct macnat_cmd *commands;
	const char *fallback;
};

extern const struct macnat_cmd_object macnat_cmd_uplink;
extern const struct macnat_cmd_object macnat_cmd_map;
extern const struct macnat_cmd_object macnat_cmd_stats;
extern const struct macnat_cmd_object macnat_cmd_monitor;

/** macnat_cmd_uplink_fields() - the fields of an uplink, or of its event, into a row */
void macnat_cmd_uplink_fields(struct macnat_cmd_context *context,
			      const struct macnat_uplink *uplink);
/** macnat_cmd_map_fields() - the fields of a mapping, or of its event, into a row */
void macnat_cmd_map_fields(struct macnat_cmd_context *context, const struct macnat_map *map);

#endif /* MACNAT_CMD_H */
