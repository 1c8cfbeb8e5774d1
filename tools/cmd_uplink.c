// SPDX-License-Identifier: GPL-2.0
/*
 * macnat uplink: the devices that macnat is attached to.
 */
#include "cmd.h"

#include <stdlib.h>

#define MACNAT_CMD_UPLINK_FIELD(member)	.offset = offsetof(struct macnat_uplink, member)
#define MACNAT_CMD_UPLINK_DEV								\
	.key = "dev", .value = "DEV", .parse = macnat_arg_dev,				\
	MACNAT_CMD_UPLINK_FIELD(dev), .bit = MACNAT_UPLINK_DEV
#define MACNAT_CMD_UPLINK_SWITCH							\
	.value = "{ on | off }", .parse = macnat_arg_switch

static const struct macnat_arg macnat_cmd_uplink_settings[] = {
	{ MACNAT_CMD_UPLINK_DEV, .flags = MACNAT_ARG_POSITIONAL | MACNAT_ARG_REQUIRED },
	{ .key = "mode", .parse = macnat_arg_name, .names = macnat_model_modes,
	  MACNAT_CMD_UPLINK_FIELD(mode), .bit = MACNAT_UPLINK_MODE },
	{ .key = "node", .value = "{ auto | MAC }", .parse = macnat_arg_node,
	  MACNAT_CMD_UPLINK_FIELD(node), .bit = MACNAT_UPLINK_NODE },
	{ .key = "learn", MACNAT_CMD_UPLINK_SWITCH,
	  MACNAT_CMD_UPLINK_FIELD(learn), .bit = MACNAT_UPLINK_LEARN },
	{ .key = "guard", .parse = macnat_arg_name, .names = macnat_model_guards,
	  MACNAT_CMD_UPLINK_FIELD(guard), .bit = MACNAT_UPLINK_GUARD },
	{ .key = "announce", MACNAT_CMD_UPLINK_SWITCH,
	  MACNAT_CMD_UPLINK_FIELD(announce), .bit = MACNAT_UPLINK_ANNOUNCE },
	{ .key = "heal", MACNAT_CMD_UPLINK_SWITCH,
	  MACNAT_CMD_UPLINK_FIELD(heal), .bit = MACNAT_UPLINK_HEAL },
	{ .key = "flood", .parse = macnat_arg_name, .names = macnat_model_floods,
	  MACNAT_CMD_UPLINK_FIELD(flood), .bit = MACNAT_UPLINK_FLOOD },
	{ .key = "ageing", .value = "SECONDS", .parse = macnat_arg_u32,
	  .min = MACNAT_UPLINK_AGEING_MIN,
	  MACNAT_CMD_UPLINK_FIELD(ageing), .bit = MACNAT_UPLINK_AGEING },
	{ .key = "limit", .value = "NUMBER", .parse = macnat_arg_u32,
	  .min = MACNAT_UPLINK_LIMIT_MIN,
	  MACNAT_CMD_UPLINK_FIELD(limit), .bit = MACNAT_UPLINK_LIMIT },
	{ 0 }
};

static const struct macnat_arg macnat_cmd_uplink_one[] = {
	{ MACNAT_CMD_UPLINK_DEV, .flags = MACNAT_ARG_POSITIONAL | MACNAT_ARG_REQUIRED },
	{ 0 }
};

static const struct macnat_arg macnat_cmd_uplink_any[] = {
	{ MACNAT_CMD_UPLINK_DEV, .flags = MACNAT_ARG_POSITIONAL },
	{ 0 }
};

static int macnat_cmd_uplink_add(struct macnat_cmd_context *context,
				 const union macnat_model *model)
{
	return macnat_api_uplink_add(context->api, &model->uplink);
}

static int macnat_cmd_uplink_set(struct macnat_cmd_context *context,
				 const union macnat_model *model)
{
	return macnat_api_uplink_set(context->api, &model->uplink);
}

static int macnat_cmd_uplink_del(struct macnat_cmd_context *context,
				 const union macnat_model *model)
{
	return macnat_api_uplink_del(context->api, &model->uplink);
}

void macnat_cmd_uplink_fields(struct macnat_cmd_context *context,
			      const struct macnat_uplink *uplink)
{
	struct macnat_out *out = &context->out;
	char text[MACNAT_MODEL_TEXT];

	/* an event may have no more than the device that it is about */
	if (!(uplink->has & MACNAT_UPLINK_MODE)) {
		macnat_out_string(out, "dev", "", uplink->dev.name);
		return;
	}
	macnat_out_title(out, "dev", uplink->dev.name);
	macnat_out_string(out, "mode", "mode", macnat_model_name(macnat_model_modes, uplink->mode));
	macnat_out_string(out, "node", "node", macnat_model_mac_text(&uplink->node.mac, text));
	macnat_out_flag(out, "node_auto", "(auto)", uplink->node.is_auto);
	macnat_out_switch(out, "learn", "learn", uplink->learn);
	macnat_out_string(out, "guard", "guard",
			  macnat_model_name(macnat_model_guards, uplink->guard));
	macnat_out_switch(out, "announce", "announce", uplink->announce);
	macnat_out_switch(out, "heal", "heal", uplink->heal);
	macnat_out_string(out, "flood", "flood",
			  macnat_model_name(macnat_model_floods, uplink->flood));
	macnat_out_number(out, "ageing", "ageing", uplink->ageing);
	macnat_out_number(out, "limit", "limit", uplink->limit);
	macnat_out_number(out, "entries", "entries", uplink->entries);
	macnat_out_number(out, "learned", "learned", uplink->learned);
	macnat_out_number(out, "stations", "stations", uplink->stations);
}

static int macnat_cmd_uplink_show(struct macnat_cmd_context *context,
				  const union macnat_model *model)
{
	struct macnat_uplink *rows;
	size_t count, i;
	int ret;

	ret = macnat_api_uplink_show(context->api, &model->uplink, &rows, &count);
	if (ret)
		return ret;
	macnat_out_begin(&context->out);
	for (i = 0; i < count; i++) {
		macnat_out_row(&context->out);
		macnat_cmd_uplink_fields(context, &rows[i]);
		macnat_out_row_end(&context->out);
	}
	macnat_out_end(&context->out);
	free(rows);
	return ret;
}

static const struct macnat_cmd macnat_cmd_uplink_commands[] = {
	{ "add", macnat_cmd_uplink_settings, false, macnat_cmd_uplink_add },
	{ "set", macnat_cmd_uplink_settings, false, macnat_cmd_uplink_set },
	{ "del", macnat_cmd_uplink_one, false, macnat_cmd_uplink_del },
	{ "show", macnat_cmd_uplink_any, false, macnat_cmd_uplink_show },
	{ 0 }
};

const struct macnat_cmd_object macnat_cmd_uplink = {
	.name = "uplink",
	.doc = "the devices facing the fabric that macnat is attached to",
	.legend = "DEV := device facing the fabric; MAC := the node MAC to show to it\n"
		  "SECONDS := at least 5; NUMBER := of learned mappings, at least 1\n",
	.commands = macnat_cmd_uplink_commands,
	.fallback = "show",
};
