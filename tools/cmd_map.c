// SPDX-License-Identifier: GPL-2.0
/*
 * macnat map: which pod has which address behind which uplink.
 */
#include <stdlib.h>

#include "cmd_map_file.h"

#define MACNAT_CMD_MAP_FIELD(member)	.offset = offsetof(struct macnat_map, member)
#define MACNAT_CMD_MAP_IP								\
	.value = "IP", .parse = macnat_arg_ip,						\
	MACNAT_CMD_MAP_FIELD(ip), .bit = MACNAT_MAP_IP,					\
	.flags = MACNAT_ARG_POSITIONAL | MACNAT_ARG_REQUIRED
#define MACNAT_CMD_MAP_DEV								\
	.key = "dev", .value = "DEV", .parse = macnat_arg_dev,				\
	MACNAT_CMD_MAP_FIELD(dev), .bit = MACNAT_MAP_DEV
#define MACNAT_CMD_MAP_VLAN								\
	.key = "vlan", .value = "VID[.INNER]", .parse = macnat_arg_vlan,		\
	MACNAT_CMD_MAP_FIELD(vlan), .bit = MACNAT_MAP_VLAN
#define MACNAT_CMD_MAP_LLADDR								\
	.key = "lladdr", .value = "P", .parse = macnat_arg_mac,				\
	MACNAT_CMD_MAP_FIELD(lladdr), .bit = MACNAT_MAP_LLADDR

const struct macnat_arg macnat_cmd_map_new[] = {
	{ MACNAT_CMD_MAP_IP },
	{ MACNAT_CMD_MAP_DEV, .flags = MACNAT_ARG_REQUIRED },
	{ MACNAT_CMD_MAP_VLAN },
	{ MACNAT_CMD_MAP_LLADDR, .flags = MACNAT_ARG_REQUIRED },
	{ 0 }
};

static const struct macnat_arg macnat_cmd_map_old[] = {
	{ MACNAT_CMD_MAP_IP },
	{ MACNAT_CMD_MAP_DEV, .flags = MACNAT_ARG_REQUIRED },
	{ MACNAT_CMD_MAP_VLAN },
	{ MACNAT_CMD_MAP_LLADDR },
	{ 0 }
};

static const struct macnat_arg macnat_cmd_map_key[] = {
	{ MACNAT_CMD_MAP_IP },
	{ MACNAT_CMD_MAP_DEV, .flags = MACNAT_ARG_REQUIRED },
	{ MACNAT_CMD_MAP_VLAN },
	{ 0 }
};

static const struct macnat_arg macnat_cmd_map_file[] = {
	{ .value = "FILE", .parse = macnat_arg_file, MACNAT_CMD_MAP_FIELD(file),
	  .bit = MACNAT_MAP_FILE, .flags = MACNAT_ARG_POSITIONAL },
	{ MACNAT_CMD_MAP_DEV },
	{ 0 }
};

static const struct macnat_arg macnat_cmd_map_filter[] = {
	{ MACNAT_CMD_MAP_DEV },
	{ MACNAT_CMD_MAP_VLAN },
	{ .key = "to", .value = "PREFIX", .parse = macnat_arg_prefix,
	  MACNAT_CMD_MAP_FIELD(ip), .bit = MACNAT_MAP_IP },
	{ MACNAT_CMD_MAP_LLADDR },
	{ .key = "local", .constant = MACNAT_TYPE_LOCAL,
	  MACNAT_CMD_MAP_FIELD(type), .bit = MACNAT_MAP_TYPE },
	{ .key = "static", .constant = MACNAT_ORIGIN_STATIC,
	  MACNAT_CMD_MAP_FIELD(origin), .bit = MACNAT_MAP_ORIGIN },
	{ .key = "learned", .constant = MACNAT_ORIGIN_LEARNED,
	  MACNAT_CMD_MAP_FIELD(origin), .bit = MACNAT_MAP_ORIGIN },
	{ .key = "synced", .constant = MACNAT_ORIGIN_SYNCED,
	  MACNAT_CMD_MAP_FIELD(origin), .bit = MACNAT_MAP_ORIGIN },
	{ 0 }
};

/* Mappings of a batch that wait until they are sent */
#define MACNAT_CMD_MAP_QUEUE	512

static int macnat_cmd_map_queue(struct macnat_cmd_context *context, const struct macnat_map *map,
				bool add)
{
	int ret;

	ret = macnat_queue_add(context->queue, map, add);
	if (!ret && context->queue->count == MACNAT_CMD_MAP_QUEUE)
		ret = macnat_queue_send(context->queue, context->api);
	return ret;
}

static int macnat_cmd_map_add(struct macnat_cmd_context *context, const union macnat_model *model)
{
	if (context->queue)
		return macnat_cmd_map_queue(context, &model->map, true);
	return macnat_api_map_add(context->api, &model->map);
}

static int macnat_cmd_map_replace(struct macnat_cmd_context *context,
				  const union macnat_model *model)
{
	if (context->queue)
		return macnat_cmd_map_queue(context, &model->map, false);
	return macnat_api_map_replace(context->api, &model->map);
}

static int macnat_cmd_map_del(struct macnat_cmd_context *context, const union macnat_model *model)
{
	return macnat_api_map_del(context->api, &model->map);
}

static int macnat_cmd_map_flush(struct macnat_cmd_context *context,
				const union macnat_model *model)
{
	return macnat_api_map_flush(context->api, &model->map);
}

/* What the other MAC of an event is to the mapping's */
static const char *macnat_cmd_map_other(uint32_t event)
{
	switch (event) {
	case MACNAT_EVENT_MOVED:
		return "from";
	case MACNAT_EVENT_LEFT:
		return "to";
	case MACNAT_EVENT_CONFLICT:
		return "claimed-by";
	default:
		return "other";
	}
}

void macnat_cmd_map_fields(struct macnat_cmd_context *context, const struct macnat_map *map)
{
	bool tagged = map->vlan.outer || map->vlan.inner;
	struct macnat_out *out = &context->out;
	char text[MACNAT_MODEL_TEXT];

	/* not every event has everything: a leak has no address */
	if (map->has & MACNAT_MAP_IP)
		macnat_out_string(out, "ip", "", macnat_model_ip_text(&map->ip, text));
	macnat_out_string(out, "dev", "dev", map->dev.name);
	if (map->has & MACNAT_MAP_VLAN)
		macnat_out_string(out, "vlan", tagged ? "vlan" : NULL,
				  macnat_model_vlan_text(&map->vlan, text));
	if (map->has & MACNAT_MAP_LLADDR)
		macnat_out_string(out, "lladdr", "lladdr",
				  macnat_model_mac_text(&map->lladdr, text));
	if (map->has & MACNAT_MAP_OTHER)
		macnat_out_string(out, "other", macnat_cmd_map_other(map->event),
				  macnat_model_mac_text(&map->other, text));
	if (map->has & MACNAT_MAP_TYPE)
		macnat_out_string(out, "type", "",
				  macnat_model_name(macnat_model_types, map->type));
	if (map->has & MACNAT_MAP_ORIGIN)
		macnat_out_string(out, "origin", "",
				  macnat_model_name(macnat_model_origins, map->origin));
	if (map->has & MACNAT_MAP_IDLE)
		macnat_out_number(out, "idle", context->statistics ? "idle" : NULL, map->idle);
}

static void macnat_cmd_map_print_all(struct macnat_cmd_context *context,
				     const struct macnat_map *rows, size_t count)
{
	size_t i;

	macnat_out_begin(&context->out);
	for (i = 0; i < count; i++) {
		macnat_out_row(&context->out);
		macnat_cmd_map_fields(context, &rows[i]);
		macnat_out_row_end(&context->out);
	}
	macnat_out_end(&context->out);
}

static int macnat_cmd_map_show(struct macnat_cmd_context *context, const union macnat_model *model)
{
	struct macnat_map *rows;
	size_t count;
	int ret;

	ret = macnat_api_map_show(context->api, &model->map, &rows, &count);
	if (ret)
		return ret;
	macnat_cmd_map_print_all(context, rows, count);
	free(rows);
	return ret;
}

static int macnat_cmd_map_get(struct macnat_cmd_context *context, const union macnat_model *model)
{
	struct macnat_map *rows;
	size_t count;
	int ret;

	ret = macnat_api_map_get(context->api, &model->map, &rows, &count);
	if (ret)
		return ret;
	macnat_cmd_map_print_all(context, rows, count);
	free(rows);
	return ret;
}

static const struct macnat_cmd macnat_cmd_map_commands[] = {
	{ "add", macnat_cmd_map_new, false, macnat_cmd_map_add, true },
	{ "replace", macnat_cmd_map_new, false, macnat_cmd_map_replace, true },
	{ "del", macnat_cmd_map_old, false, macnat_cmd_map_del },
	{ "show", macnat_cmd_map_filter, false, macnat_cmd_map_show },
	{ "flush", macnat_cmd_map_filter, true, macnat_cmd_map_flush },
	{ "get", macnat_cmd_map_key, false, macnat_cmd_map_get },
	{ "save", macnat_cmd_map_file, false, macnat_cmd_map_save },
	{ "restore", macnat_cmd_map_file, false, macnat_cmd_map_restore },
	{ "sync", macnat_cmd_map_file, false, macnat_cmd_map_sync },
	{ 0 }
};

const struct macnat_cmd_object macnat_cmd_map = {
	.name = "map",
	.doc = "the mapping table: which pod has which address behind which uplink",
	.legend = "IP := IPv4 or IPv6 address of a pod; PREFIX := IP[/LENGTH]; P := its MAC\n"
		  "VID := 1 to 4094, 0 for untagged; INNER := VID of the inner tag of QinQ\n"
		  "FILE := of lines as map save prints them; standard input or output if not given\n",
	.commands = macnat_cmd_map_commands,
	.fallback = "show",
};
