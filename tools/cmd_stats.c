// SPDX-License-Identifier: GPL-2.0
/*
 * macnat stats: what became of the frames of an uplink.
 */
#include "cmd.h"

#include <stdlib.h>

static const struct macnat_arg macnat_cmd_stats_filter[] = {
	{ .key = "dev", .value = "DEV", .parse = macnat_arg_dev,
	  .offset = offsetof(struct macnat_stats, dev), .bit = MACNAT_STATS_DEV },
	{ 0 }
};

static int macnat_cmd_stats_show(struct macnat_cmd_context *context,
				 const union macnat_model *model)
{
	struct macnat_out *out = &context->out;
	struct macnat_stats *rows;
	size_t count, i;
	int ret;

	ret = macnat_api_stats_show(context->api, &model->stats, &rows, &count);
	if (ret)
		return ret;
	macnat_out_begin(out);
	for (i = 0; i < count; i++) {
		macnat_out_row(out);
		macnat_out_title(out, "dev", rows[i].dev.name);
		macnat_out_table(out, macnat_model_counters, rows[i].counter);
		macnat_out_row_end(out);
	}
	macnat_out_end(out);
	free(rows);
	return ret;
}

static const struct macnat_cmd macnat_cmd_stats_commands[] = {
	{ "show", macnat_cmd_stats_filter, false, macnat_cmd_stats_show },
	{ 0 }
};

const struct macnat_cmd_object macnat_cmd_stats = {
	.name = "stats",
	.doc = "counters: what became of the frames of an uplink, see macnat(8)",
	.legend = "DEV := the uplink\n",
	.commands = macnat_cmd_stats_commands,
	.fallback = "show",
};
