// SPDX-License-Identifier: GPL-2.0
/*
 * Each struct of the model has a table of its parts; one line there is how a
 * part is put into a request, taken from an answer, and named in an error.
 */
#include "api.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "nl.h"

/* Attribute types fit a table of this size; higher ones are a newer module's. */
#define MACNAT_API_ATTRS	64

struct macnat_api {
	struct macnat_nl nl;
};

struct macnat_api_part;

/**
 * struct macnat_api_kind - what the parts of one type share
 * @put: add the value to a request
 * @get: take the value from the attributes of an answer; false if they are not there
 * @text: the value as the command line has it; NULL if no request carries it
 */
struct macnat_api_kind {
	void (*put)(struct nlmsghdr *nlh, const struct macnat_api_part *part, const void *field);
	bool (*get)(const struct nlattr *const *tb, const struct macnat_api_part *part,
		    void *field);
	const char *(*text)(const struct macnat_api_part *part, const void *field, char *text);
};

/**
 * struct macnat_api_part - a part of a model struct; a table ends with @bit 0
 * @bit: its bit in @has
 * @kind: its type
 * @offset: its place in the struct
 * @attr: its attributes, as many as the kind needs
 * @names: names of an enum
 */
struct macnat_api_part {
	uint32_t bit;
	const struct macnat_api_kind *kind;
	size_t offset;
	uint16_t attr[3];
	const char *const *names;
};

/**
 * struct macnat_api_noun - an object of the command line
 * @parts: its table
 * @size: size of its struct
 * @subject: the part that an errno value alone is about, by its bit; the
 *	device otherwise
 */
struct macnat_api_noun {
	const struct macnat_api_part *parts;
	size_t size;
	uint32_t subject;
};

static const struct nlattr *macnat_api_attr(const struct nlattr *const *tb, uint16_t type,
					    size_t len)
{
	const struct nlattr *attr = tb[type];

	return attr && mnl_attr_get_payload_len(attr) >= len ? attr : NULL;
}

/* u32, with names if it is an enum */
static void macnat_api_u32_put(struct nlmsghdr *nlh, const struct macnat_api_part *part,
			       const void *field)
{
	const uint32_t *value = field;

	mnl_attr_put_u32(nlh, part->attr[0], *value);
}

static bool macnat_api_u32_get(const struct nlattr *const *tb, const struct macnat_api_part *part,
			       void *field)
{
	const struct nlattr *attr = macnat_api_attr(tb, part->attr[0], sizeof(uint32_t));
	uint32_t *value = field;

	if (attr)
		*value = mnl_attr_get_u32(attr);
	return attr;
}

static const char *macnat_api_u32_text(const struct macnat_api_part *part, const void *field,
				       char *text)
{
	const uint32_t *value = field;

	if (part->names)
		return macnat_model_name(part->names, *value);
	snprintf(text, MACNAT_MODEL_TEXT, "%u", *value);
	return text;
}

static const struct macnat_api_kind macnat_api_u32 = {
	macnat_api_u32_put, macnat_api_u32_get, macnat_api_u32_text
};

/* bool: a u8 of 1 or 0 */
static void macnat_api_switch_put(struct nlmsghdr *nlh, const struct macnat_api_part *part,
				  const void *field)
{
	const bool *value = field;

	mnl_attr_put_u8(nlh, part->attr[0], *value);
}

static bool macnat_api_switch_get(const struct nlattr *const *tb,
				  const struct macnat_api_part *part, void *field)
{
	const struct nlattr *attr = macnat_api_attr(tb, part->attr[0], sizeof(uint8_t));
	bool *value = field;

	if (attr)
		*value = mnl_attr_get_u8(attr);
	return attr;
}

static const char *macnat_api_switch_text(const struct macnat_api_part *part, const void *field,
					  char *text)
{
	const bool *value = field;

	return macnat_model_switch(*value);
}

static const struct macnat_api_kind macnat_api_switch = {
	macnat_api_switch_put, macnat_api_switch_get, macnat_api_switch_text
};

/* struct macnat_dev: interface index, and in answers its name */
static void macnat_api_dev_put(struct nlmsghdr *nlh, const struct macnat_api_part *part,
			       const void *field)
{
	const struct macnat_dev *dev = field;

	mnl_attr_put_u32(nlh, part->attr[0], dev->ifindex);
}

static bool macnat_api_dev_get(const struct nlattr *const *tb, const struct macnat_api_part *part,
			       void *field)
{
	const struct nlattr *index = macnat_api_attr(tb, part->attr[0], sizeof(uint32_t));
	const struct nlattr *name = tb[part->attr[1]];
	struct macnat_dev *dev = field;

	if (index)
		dev->ifindex = mnl_attr_get_u32(index);
	if (name && !mnl_attr_validate(name, MNL_TYPE_NUL_STRING))
		snprintf(dev->name, sizeof(dev->name), "%.*s", IFNAMSIZ - 1,
			 mnl_attr_get_str(name));
	else
		snprintf(dev->name, sizeof(dev->name), "if%u", dev->ifindex);
	return index;
}

static const char *macnat_api_dev_text(const struct macnat_api_part *part, const void *field,
				       char *text)
{
	const struct macnat_dev *dev = field;

	return dev->name;
}

static const struct macnat_api_kind macnat_api_dev = {
	macnat_api_dev_put, macnat_api_dev_get, macnat_api_dev_text
};

/* struct macnat_mac */
static void macnat_api_mac_put(struct nlmsghdr *nlh, const struct macnat_api_part *part,
			       const void *field)
{
	mnl_attr_put(nlh, part->attr[0], sizeof(struct macnat_mac), field);
}

static bool macnat_api_mac_get(const struct nlattr *const *tb, const struct macnat_api_part *part,
			       void *field)
{
	const struct nlattr *attr = macnat_api_attr(tb, part->attr[0], sizeof(struct macnat_mac));

	if (attr)
		memcpy(field, mnl_attr_get_payload(attr), sizeof(struct macnat_mac));
	return attr;
}

static const char *macnat_api_mac_text(const struct macnat_api_part *part, const void *field,
				       char *text)
{
	return macnat_model_mac_text(field, text);
}

static const struct macnat_api_kind macnat_api_mac = {
	macnat_api_mac_put, macnat_api_mac_get, macnat_api_mac_text
};

/* struct macnat_node: a request has the MAC or the flag, an answer the MAC and maybe the flag */
static void macnat_api_node_put(struct nlmsghdr *nlh, const struct macnat_api_part *part,
				const void *field)
{
	const struct macnat_node *node = field;

	if (node->is_auto)
		mnl_attr_put(nlh, part->attr[1], 0, NULL);
	else
		mnl_attr_put(nlh, part->attr[0], sizeof(node->mac), &node->mac);
}

static bool macnat_api_node_get(const struct nlattr *const *tb, const struct macnat_api_part *part,
				void *field)
{
	struct macnat_node *node = field;

	node->is_auto = tb[part->attr[1]];
	return macnat_api_mac_get(tb, part, &node->mac);
}

static const char *macnat_api_node_text(const struct macnat_api_part *part, const void *field,
					char *text)
{
	const struct macnat_node *node = field;

	return node->is_auto ? "auto" : macnat_model_mac_text(&node->mac, text);
}

static const struct macnat_api_kind macnat_api_node = {
	macnat_api_node_put, macnat_api_node_get, macnat_api_node_text
};

/*
 * struct macnat_vlan: both tags always, so that a filter for VLAN 100 does not
 * select 100.200, which is another VLAN.
 */
static void macnat_api_vlan_put(struct nlmsghdr *nlh, const struct macnat_api_part *part,
				const void *field)
{
	const struct macnat_vlan *vlan = field;

	mnl_attr_put_u16(nlh, part->attr[0], vlan->outer);
	mnl_attr_put_u16(nlh, part->attr[1], vlan->inner);
}

static bool macnat_api_vlan_get(const struct nlattr *const *tb, const struct macnat_api_part *part,
				void *field)
{
	const struct nlattr *outer = macnat_api_attr(tb, part->attr[0], sizeof(uint16_t));
	const struct nlattr *inner = macnat_api_attr(tb, part->attr[1], sizeof(uint16_t));
	struct macnat_vlan *vlan = field;

	vlan->outer = outer ? mnl_attr_get_u16(outer) : 0;
	vlan->inner = inner ? mnl_attr_get_u16(inner) : 0;
	return outer || inner;
}

static const char *macnat_api_vlan_text(const struct macnat_api_part *part, const void *field,
					char *text)
{
	return macnat_model_vlan_text(field, text);
}

static const struct macnat_api_kind macnat_api_vlan = {
	macnat_api_vlan_put, macnat_api_vlan_get, macnat_api_vlan_text
};

/* struct macnat_ip: an attribute for each family, in network byte order; a length for a prefix */
static void macnat_api_ip_put(struct nlmsghdr *nlh, const struct macnat_api_part *part,
			      const void *field)
{
	const struct macnat_ip *ip = field;
	unsigned int bits = macnat_model_ip_bits(ip->family);

	mnl_attr_put(nlh, part->attr[ip->family == AF_INET6], bits / 8, ip->addr);
	if (ip->len != bits)
		mnl_attr_put_u8(nlh, part->attr[2], ip->len);
}

static bool macnat_api_ip_get(const struct nlattr *const *tb, const struct macnat_api_part *part,
			      void *field)
{
	const struct nlattr *v4 = macnat_api_attr(tb, part->attr[0], 4);
	const struct nlattr *v6 = macnat_api_attr(tb, part->attr[1], 16);
	struct macnat_ip *ip = field;

	if (!v4 && !v6)
		return false;
	ip->family = v4 ? AF_INET : AF_INET6;
	ip->len = macnat_model_ip_bits(ip->family);
	memcpy(ip->addr, mnl_attr_get_payload(v4 ? v4 : v6), ip->len / 8);
	return true;
}

static const char *macnat_api_ip_text(const struct macnat_api_part *part, const void *field,
				      char *text)
{
	return macnat_model_ip_text(field, text);
}

static const struct macnat_api_kind macnat_api_ip = {
	macnat_api_ip_put, macnat_api_ip_get, macnat_api_ip_text
};

/* uint64_t[MACNAT_COUNTER_COUNT]: a nest, one attribute a counter; answers only */
#define MACNAT_API_COUNTER_ATTR(id, name, doc) \
	[MACNAT_COUNTER_##id] = MACNAT_A_COUNTER_##id,
static const uint16_t macnat_api_counter_attr[MACNAT_COUNTER_COUNT] = {
	MACNAT_COUNTERS(MACNAT_API_COUNTER_ATTR)
};

static bool macnat_api_counters_get(const struct nlattr *const *tb,
				    const struct macnat_api_part *part, void *field)
{
	const struct nlattr *nest = tb[part->attr[0]];
	const struct nlattr *attr;
	uint64_t *counter = field;
	size_t i;

	if (!nest)
		return false;
	mnl_attr_for_each_nested(attr, nest)
		for (i = 0; i < MACNAT_COUNTER_COUNT; i++)
			if (mnl_attr_get_type(attr) == macnat_api_counter_attr[i] &&
			    mnl_attr_get_payload_len(attr) >= sizeof(*counter))
				counter[i] = mnl_attr_get_u64(attr);
	return true;
}

static const struct macnat_api_kind macnat_api_counters = {
	.get = macnat_api_counters_get,
};

static const struct macnat_api_part macnat_api_uplink_parts[] = {
	{ MACNAT_UPLINK_DEV, &macnat_api_dev, offsetof(struct macnat_uplink, dev),
	  { MACNAT_A_UPLINK_IFINDEX, MACNAT_A_UPLINK_IFNAME }, NULL },
	{ MACNAT_UPLINK_MODE, &macnat_api_u32, offsetof(struct macnat_uplink, mode),
	  { MACNAT_A_UPLINK_MODE }, macnat_model_modes },
	{ MACNAT_UPLINK_NODE, &macnat_api_node, offsetof(struct macnat_uplink, node),
	  { MACNAT_A_UPLINK_NODE, MACNAT_A_UPLINK_NODE_AUTO }, NULL },
	{ MACNAT_UPLINK_GUARD, &macnat_api_u32, offsetof(struct macnat_uplink, guard),
	  { MACNAT_A_UPLINK_GUARD }, macnat_model_guards },
	{ MACNAT_UPLINK_FLOOD, &macnat_api_u32, offsetof(struct macnat_uplink, flood),
	  { MACNAT_A_UPLINK_FLOOD }, macnat_model_floods },
	{ MACNAT_UPLINK_LEARN, &macnat_api_switch, offsetof(struct macnat_uplink, learn),
	  { MACNAT_A_UPLINK_LEARN }, NULL },
	{ MACNAT_UPLINK_ANNOUNCE, &macnat_api_switch, offsetof(struct macnat_uplink, announce),
	  { MACNAT_A_UPLINK_ANNOUNCE }, NULL },
	{ MACNAT_UPLINK_HEAL, &macnat_api_switch, offsetof(struct macnat_uplink, heal),
	  { MACNAT_A_UPLINK_HEAL }, NULL },
	{ MACNAT_UPLINK_AGEING, &macnat_api_u32, offsetof(struct macnat_uplink, ageing),
	  { MACNAT_A_UPLINK_AGEING }, NULL },
	{ MACNAT_UPLINK_LIMIT, &macnat_api_u32, offsetof(struct macnat_uplink, limit),
	  { MACNAT_A_UPLINK_LIMIT }, NULL },
	{ MACNAT_UPLINK_ENTRIES, &macnat_api_u32, offsetof(struct macnat_uplink, entries),
	  { MACNAT_A_UPLINK_ENTRIES }, NULL },
	{ MACNAT_UPLINK_LEARNED, &macnat_api_u32, offsetof(struct macnat_uplink, learned),
	  { MACNAT_A_UPLINK_LEARNED }, NULL },
	{ MACNAT_UPLINK_STATIONS, &macnat_api_u32, offsetof(struct macnat_uplink, stations),
	  { MACNAT_A_UPLINK_STATIONS }, NULL },
	{ MACNAT_UPLINK_EVENT, &macnat_api_u32, offsetof(struct macnat_uplink, event),
	  { MACNAT_A_UPLINK_EVENT }, macnat_model_events },
	{ 0 }
};

static const struct macnat_api_noun macnat_api_uplink = {
	macnat_api_uplink_parts, sizeof(struct macnat_uplink), MACNAT_UPLINK_DEV
};

static const struct macnat_api_part macnat_api_map_parts[] = {
	{ MACNAT_MAP_DEV, &macnat_api_dev, offsetof(struct macnat_map, dev),
	  { MACNAT_A_MAP_IFINDEX, MACNAT_A_MAP_IFNAME }, NULL },
	{ MACNAT_MAP_VLAN, &macnat_api_vlan, offsetof(struct macnat_map, vlan),
	  { MACNAT_A_MAP_VLAN, MACNAT_A_MAP_INNER_VLAN }, NULL },
	{ MACNAT_MAP_IP, &macnat_api_ip, offsetof(struct macnat_map, ip),
	  { MACNAT_A_MAP_IPV4, MACNAT_A_MAP_IPV6, MACNAT_A_MAP_PREFIX_LEN }, NULL },
	{ MACNAT_MAP_LLADDR, &macnat_api_mac, offsetof(struct macnat_map, lladdr),
	  { MACNAT_A_MAP_LLADDR }, NULL },
	{ MACNAT_MAP_TYPE, &macnat_api_u32, offsetof(struct macnat_map, type),
	  { MACNAT_A_MAP_TYPE }, macnat_model_types },
	{ MACNAT_MAP_ORIGIN, &macnat_api_u32, offsetof(struct macnat_map, origin),
	  { MACNAT_A_MAP_ORIGIN }, macnat_model_origins },
	{ MACNAT_MAP_IDLE, &macnat_api_u32, offsetof(struct macnat_map, idle),
	  { MACNAT_A_MAP_IDLE }, NULL },
	{ MACNAT_MAP_EVENT, &macnat_api_u32, offsetof(struct macnat_map, event),
	  { MACNAT_A_MAP_EVENT }, macnat_model_events },
	{ MACNAT_MAP_OTHER, &macnat_api_mac, offsetof(struct macnat_map, other),
	  { MACNAT_A_MAP_OTHER }, NULL },
	{ 0 }
};

static const struct macnat_api_noun macnat_api_map = {
	macnat_api_map_parts, sizeof(struct macnat_map), MACNAT_MAP_IP
};

static const struct macnat_api_part macnat_api_stats_parts[] = {
	{ MACNAT_STATS_DEV, &macnat_api_dev, offsetof(struct macnat_stats, dev),
	  { MACNAT_A_STATS_IFINDEX, MACNAT_A_STATS_IFNAME }, NULL },
	{ MACNAT_STATS_COUNTERS, &macnat_api_counters, offsetof(struct macnat_stats, counter),
	  { MACNAT_A_STATS_COUNTERS }, NULL },
	{ 0 }
};

static const struct macnat_api_noun macnat_api_stats = {
	macnat_api_stats_parts, sizeof(struct macnat_stats), MACNAT_STATS_DEV
};

struct macnat_api *macnat_api_new(void)
{
	struct macnat_api *api = calloc(1, sizeof(*api));

	if (!api)
		macnat_err_memory();
	return api;
}

void macnat_api_free(struct macnat_api *api)
{
	if (!api)
		return;
	macnat_nl_close(&api->nl);
	free(api);
}

/*
 * The word of the request that an error is about: what the kernel points at,
 * or else what the errno value tells.
 */
static const char *macnat_api_culprit(const struct macnat_api_noun *noun, const void *model,
				      const struct macnat_nl_error *error, char *text)
{
	const struct macnat_api_part *part;
	const uint32_t *has = model;
	uint32_t bit = 0;

	if (error->code == ENODEV)
		bit = noun->parts[0].bit;
	else if (error->code == EEXIST || error->code == ENOENT)
		bit = *has & noun->subject ? noun->subject : noun->parts[0].bit;
	else if (noun == &macnat_api_uplink && error->code == EADDRINUSE)
		bit = MACNAT_UPLINK_NODE;
	else if (noun == &macnat_api_uplink && error->code != EPERM)
		bit = MACNAT_UPLINK_DEV;

	for (part = noun->parts; error->attr && part->bit; part++)
		if (error->attr == part->attr[0] || error->attr == part->attr[1] ||
		    error->attr == part->attr[2])
			bit = part->bit;
	for (part = noun->parts; part->bit; part++)
		if (part->bit == (bit & *has))
			return part->kind->text(part, (const char *)model + part->offset, text);
	return NULL;
}

static int macnat_api_refused(const struct macnat_api_noun *noun, const void *model,
			      const struct macnat_nl_error *error)
{
	char text[MACNAT_MODEL_TEXT];
	const char *word;

	if (error->local && error->code == EINTR)
		return macnat_err_say(MACNAT_EXIT_KERNEL,
				      "the table changes faster than it can be read, try again");
	if (error->local && error->code == ENOMEM)
		return macnat_err_memory();
	if (error->local)
		return macnat_err_local("cannot talk to the kernel: %s", strerror(error->code));

	word = macnat_api_culprit(noun, model, error, text);
	return macnat_err_say(MACNAT_EXIT_KERNEL, "%s%s%s%s%s", word ? "\"" : "", word ? word : "",
			      word ? "\": " : "",
			      error->text[0] ? error->text : strerror(error->code),
			      error->code == EPERM ? ", run as root, it needs CAP_NET_ADMIN" : "");
}

static int macnat_api_open(struct macnat_api *api)
{
	struct macnat_nl_error error;

	if (api->nl.sock)
		return MACNAT_EXIT_OK;
	if (!macnat_nl_open(&api->nl, MACNAT_FAMILY_NAME, MACNAT_FAMILY_VERSION, &error))
		return MACNAT_EXIT_OK;
	if (error.code == ENOENT && !error.local)
		return macnat_err_say(MACNAT_EXIT_MODULE,
				      "the %s module is not loaded, load it with: modprobe %s",
				      MACNAT_FAMILY_NAME, MACNAT_FAMILY_NAME);
	return macnat_err_local("cannot open generic netlink: %s", strerror(error.code));
}

static void macnat_api_warn(const struct macnat_nl_error *error)
{
	if (!error->code && error->text[0])
		macnat_err_say(MACNAT_EXIT_OK, "warning: %s", error->text);
}

static void macnat_api_put(struct nlmsghdr *nlh, const struct macnat_api_noun *noun,
			   const void *model)
{
	const struct macnat_api_part *part;
	const uint32_t *has = model;

	for (part = noun->parts; part->bit; part++)
		if (*has & part->bit && part->kind->put)
			part->kind->put(nlh, part, (const char *)model + part->offset);
}

/* An operation whose only answer is done or refused */
static int macnat_api_change(struct macnat_api *api, uint8_t cmd,
			     const struct macnat_api_noun *noun, const void *model)
{
	struct macnat_nl_error error;
	int ret;

	ret = macnat_api_open(api);
	if (ret)
		return ret;
	macnat_api_put(macnat_nl_start(&api->nl, cmd), noun, model);
	if (macnat_nl_do(&api->nl, NULL, &error))
		return macnat_api_refused(noun, model, &error);
	macnat_api_warn(&error);
	return MACNAT_EXIT_OK;
}

/* Rows as they come in */
struct macnat_api_rows {
	const struct macnat_api_noun *noun;
	char *rows;
	size_t count;
	size_t room;
};

static void macnat_api_rows_restart(void *data)
{
	struct macnat_api_rows *rows = data;

	rows->count = 0;
}

static void macnat_api_get(const struct nlmsghdr *nlh, const struct macnat_api_noun *noun,
			   void *model)
{
	const struct nlattr *tb[MACNAT_API_ATTRS] = { NULL };
	const struct macnat_api_part *part;
	const struct nlattr *attr;
	uint32_t *has = model;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) < MACNAT_API_ATTRS)
			tb[mnl_attr_get_type(attr)] = attr;
	for (part = noun->parts; part->bit; part++)
		if (part->kind->get(tb, part, (char *)model + part->offset))
			*has |= part->bit;
}

static int macnat_api_rows_add(const struct nlmsghdr *nlh, void *data)
{
	struct macnat_api_rows *rows = data;
	size_t size = rows->noun->size;
	char *row;

	if (rows->count == rows->room) {
		size_t room = rows->room ? rows->room * 2 : 16;
		char *bigger = reallocarray(rows->rows, room, size);

		if (!bigger)
			return ENOMEM;
		rows->rows = bigger;
		rows->room = room;
	}
	row = rows->rows + rows->count++ * size;
	memset(row, 0, size);
	macnat_api_get(nlh, rows->noun, row);
	return 0;
}

/* An operation that answers with one row, or as a dump with any number */
static int macnat_api_read(struct macnat_api *api, uint8_t cmd, bool dump,
			   const struct macnat_api_noun *noun, const void *model,
			   void **result, size_t *count)
{
	struct macnat_api_rows rows = { .noun = noun };
	const struct macnat_nl_reader reader = {
		macnat_api_rows_add, macnat_api_rows_restart, &rows
	};
	struct macnat_nl_error error;
	int ret;

	*result = NULL;
	*count = 0;
	ret = macnat_api_open(api);
	if (ret)
		return ret;
	macnat_api_put(macnat_nl_start(&api->nl, cmd), noun, model);
	if (dump)
		ret = macnat_nl_dump(&api->nl, &reader, &error);
	else
		ret = macnat_nl_do(&api->nl, &reader, &error);
	if (ret) {
		free(rows.rows);
		return macnat_api_refused(noun, model, &error);
	}
	macnat_api_warn(&error);
	*result = rows.rows;
	*count = rows.count;
	return MACNAT_EXIT_OK;
}

int macnat_api_uplink_add(struct macnat_api *api, const struct macnat_uplink *uplink)
{
	return macnat_api_change(api, MACNAT_CMD_UPLINK_ADD, &macnat_api_uplink, uplink);
}

int macnat_api_uplink_set(struct macnat_api *api, const struct macnat_uplink *uplink)
{
	return macnat_api_change(api, MACNAT_CMD_UPLINK_SET, &macnat_api_uplink, uplink);
}

int macnat_api_uplink_del(struct macnat_api *api, const struct macnat_uplink *uplink)
{
	return macnat_api_change(api, MACNAT_CMD_UPLINK_DEL, &macnat_api_uplink, uplink);
}

int macnat_api_uplink_show(struct macnat_api *api, const struct macnat_uplink *uplink,
			   struct macnat_uplink **rows, size_t *count)
{
	void *result;
	int ret;

	ret = macnat_api_read(api, MACNAT_CMD_UPLINK_GET, !(uplink->has & MACNAT_UPLINK_DEV),
			      &macnat_api_uplink, uplink, &result, count);
	*rows = result;
	return ret;
}

int macnat_api_map_add(struct macnat_api *api, const struct macnat_map *map)
{
	return macnat_api_change(api, MACNAT_CMD_MAP_ADD, &macnat_api_map, map);
}

int macnat_api_map_replace(struct macnat_api *api, const struct macnat_map *map)
{
	return macnat_api_change(api, MACNAT_CMD_MAP_REPLACE, &macnat_api_map, map);
}

/* The part of a mapping that stands outside if there are many in a request */
#define MACNAT_API_MAP_SHARED	MACNAT_MAP_DEV
/* A mapping in a request of many: at most VLANs, an IPv6 address and a MAC */
#define MACNAT_API_MAP_ROOM	64

/* Adds the mappings from number @first on, as many as there is room for; returns how many. */
static size_t macnat_api_maps_put(struct nlmsghdr *nlh, const struct macnat_dev *dev,
				  const struct macnat_api_maps *maps, size_t first, size_t room)
{
	struct macnat_map map = { .has = MACNAT_API_MAP_SHARED, .dev = *dev };
	size_t count = 0;

	macnat_api_put(nlh, &macnat_api_map, &map);
	while (first + count < maps->count && nlh->nlmsg_len + MACNAT_API_MAP_ROOM <= room) {
		struct nlattr *nest = mnl_attr_nest_start(nlh, MACNAT_A_MAP_MAPPING);

		map = *maps->map(first + count++, maps->data);
		map.has &= ~MACNAT_API_MAP_SHARED;
		macnat_api_put(nlh, &macnat_api_map, &map);
		mnl_attr_nest_end(nlh, nest);
	}
	return count;
}

/* Says why the kernel refuses one of the mappings from number @first on, and which in @refused. */
static int macnat_api_maps_refused(const struct macnat_api_maps *maps, size_t first,
				   const struct macnat_nl_error *error, size_t *refused)
{
	/* the device comes first, and is the same for all */
	*refused = first + (error->index ? error->index - 1 : 0);
	maps->refused(*refused, maps->data);
	return macnat_api_refused(&macnat_api_map, maps->map(*refused, maps->data), error);
}

static int macnat_api_maps(struct macnat_api *api, uint8_t cmd,
			   const struct macnat_api_maps *maps, size_t *tried)
{
	struct macnat_nl_error error;
	size_t done = 0, count;
	struct nlmsghdr *nlh;
	int ret;

	*tried = maps->count;
	ret = maps->count ? macnat_api_open(api) : MACNAT_EXIT_OK;
	while (!ret && done < maps->count) {
		nlh = macnat_nl_start(&api->nl, cmd);
		count = macnat_api_maps_put(nlh, &maps->map(done, maps->data)->dev, maps, done,
					    MACNAT_NL_REQUEST);
		if (macnat_nl_do(&api->nl, NULL, &error)) {
			ret = macnat_api_maps_refused(maps, done, &error, tried);
			++*tried;
			return ret;
		}
		macnat_api_warn(&error);
		done += count;
	}
	return ret;
}

int macnat_api_maps_add(struct macnat_api *api, const struct macnat_api_maps *maps, size_t *tried)
{
	return macnat_api_maps(api, MACNAT_CMD_MAP_ADD, maps, tried);
}

int macnat_api_maps_replace(struct macnat_api *api, const struct macnat_api_maps *maps,
			    size_t *tried)
{
	return macnat_api_maps(api, MACNAT_CMD_MAP_REPLACE, maps, tried);
}

int macnat_api_maps_sync(struct macnat_api *api, const struct macnat_dev *dev,
			 const struct macnat_api_maps *maps)
{
	const struct macnat_map about = { .has = MACNAT_API_MAP_SHARED, .dev = *dev };
	/* for the headers and the device, and the last one must fit, too */
	size_t room = (maps->count + 4) * MACNAT_API_MAP_ROOM, refused;
	struct macnat_nl_error error;
	struct nlmsghdr *nlh;
	int ret;

	ret = macnat_api_open(api);
	if (ret)
		return ret;
	nlh = macnat_nl_start_large(&api->nl, MACNAT_CMD_MAP_SYNC, room);
	if (!nlh)
		return macnat_err_memory();
	macnat_api_maps_put(nlh, dev, maps, 0, room);
	if (!macnat_nl_do(&api->nl, NULL, &error)) {
		macnat_api_warn(&error);
		return MACNAT_EXIT_OK;
	}
	if (error.local && error.code == EMSGSIZE)
		return macnat_err_local("%zu mappings are too many for one request without "
					"CAP_NET_ADMIN, raise net.core.wmem_max", maps->count);
	/* it may be none of them, but the request */
	if (!error.index)
		return macnat_api_refused(&macnat_api_map, &about, &error);
	return macnat_api_maps_refused(maps, 0, &error, &refused);
}

int macnat_api_map_del(struct macnat_api *api, const struct macnat_map *map)
{
	return macnat_api_change(api, MACNAT_CMD_MAP_DEL, &macnat_api_map, map);
}

int macnat_api_map_flush(struct macnat_api *api, const struct macnat_map *map)
{
	return macnat_api_change(api, MACNAT_CMD_MAP_FLUSH, &macnat_api_map, map);
}

int macnat_api_map_get(struct macnat_api *api, const struct macnat_map *map,
		       struct macnat_map **rows, size_t *count)
{
	void *result;
	int ret;

	ret = macnat_api_read(api, MACNAT_CMD_MAP_GET, false, &macnat_api_map, map, &result, count);
	*rows = result;
	return ret;
}

int macnat_api_map_show(struct macnat_api *api, const struct macnat_map *map,
			struct macnat_map **rows, size_t *count)
{
	void *result;
	int ret;

	ret = macnat_api_read(api, MACNAT_CMD_MAP_GET, true, &macnat_api_map, map, &result, count);
	*rows = result;
	return ret;
}

int macnat_api_stats_show(struct macnat_api *api, const struct macnat_stats *stats,
			  struct macnat_stats **rows, size_t *count)
{
	void *result;
	int ret;

	ret = macnat_api_read(api, MACNAT_CMD_STATS_GET, !(stats->has & MACNAT_STATS_DEV),
			      &macnat_api_stats, stats, &result, count);
	*rows = result;
	return ret;
}

int macnat_api_events_open(struct macnat_api *api)
{
	struct macnat_nl_error error;
	int ret;

	ret = macnat_api_open(api);
	if (ret)
		return ret;
	if (!macnat_nl_join(&api->nl, MACNAT_FAMILY_NAME, MACNAT_MCGRP_EVENTS, &error))
		return MACNAT_EXIT_OK;
	if (error.code == ENOENT && !error.local)
		return macnat_err_say(MACNAT_EXIT_KERNEL,
				      "the module reports no events, it is older than this tool");
	return macnat_err_local("cannot listen to the kernel: %s", strerror(error.code));
}

int macnat_api_events_fd(const struct macnat_api *api)
{
	return mnl_socket_get_fd(api->nl.sock);
}

static int macnat_api_events_row(const struct nlmsghdr *nlh, void *data)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct macnat_api_events *events = data;
	union macnat_model model;

	memset(&model, 0, sizeof(model));
	if (genl->cmd == MACNAT_CMD_UPLINK_EVENT && events->uplink) {
		macnat_api_get(nlh, &macnat_api_uplink, &model);
		events->uplink(&model.uplink, events->data);
	} else if (genl->cmd == MACNAT_CMD_MAP_EVENT && events->map) {
		macnat_api_get(nlh, &macnat_api_map, &model);
		events->map(&model.map, events->data);
	}
	return 0;
}

int macnat_api_events_read(struct macnat_api *api, const struct macnat_api_events *events)
{
	const struct macnat_nl_reader reader = {
		.row = macnat_api_events_row, .data = (void *)events
	};
	struct macnat_nl_error error;

	if (!macnat_nl_listen(&api->nl, &reader, &error))
		return MACNAT_EXIT_OK;
	if (error.code == ENOBUFS && error.local) {
		events->lost(events->data);
		return MACNAT_EXIT_OK;
	}
	if (error.code == ENOENT && !error.local)
		return macnat_err_say(MACNAT_EXIT_MODULE, "the %s module has been unloaded",
				      MACNAT_FAMILY_NAME);
	return macnat_err_local("cannot listen to the kernel: %s", strerror(error.code));
}
