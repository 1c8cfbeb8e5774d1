// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/macnat.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/macnat.h>

/* Common nested types */
const struct nla_policy macnat_mapping_nl_policy[MACNAT_A_MAP_LLADDR + 1] = {
	[MACNAT_A_MAP_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MACNAT_A_MAP_INNER_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MACNAT_A_MAP_IPV4] = { .type = NLA_U32, },
	[MACNAT_A_MAP_IPV6] = NLA_POLICY_EXACT_LEN(16),
	[MACNAT_A_MAP_LLADDR] = NLA_POLICY_EXACT_LEN(MACNAT_LLADDR_LEN),
};

/* MACNAT_CMD_UPLINK_ADD - do */
const struct nla_policy macnat_uplink_add_nl_policy[MACNAT_A_UPLINK_LIMIT + 1] = {
	[MACNAT_A_UPLINK_IFINDEX] = { .type = NLA_U32, },
	[MACNAT_A_UPLINK_MODE] = NLA_POLICY_MAX(NLA_U32, 1),
	[MACNAT_A_UPLINK_NODE] = NLA_POLICY_EXACT_LEN(MACNAT_LLADDR_LEN),
	[MACNAT_A_UPLINK_NODE_AUTO] = { .type = NLA_FLAG, },
	[MACNAT_A_UPLINK_GUARD] = NLA_POLICY_MAX(NLA_U32, 2),
	[MACNAT_A_UPLINK_FLOOD] = NLA_POLICY_MAX(NLA_U32, 1),
	[MACNAT_A_UPLINK_LEARN] = NLA_POLICY_MAX(NLA_U8, 1),
	[MACNAT_A_UPLINK_ANNOUNCE] = NLA_POLICY_MAX(NLA_U8, 1),
	[MACNAT_A_UPLINK_HEAL] = NLA_POLICY_MAX(NLA_U8, 1),
	[MACNAT_A_UPLINK_AGEING] = NLA_POLICY_MIN(NLA_U32, 5),
	[MACNAT_A_UPLINK_LIMIT] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* MACNAT_CMD_UPLINK_SET - do */
const struct nla_policy macnat_uplink_set_nl_policy[MACNAT_A_UPLINK_LIMIT + 1] = {
	[MACNAT_A_UPLINK_IFINDEX] = { .type = NLA_U32, },
	[MACNAT_A_UPLINK_MODE] = NLA_POLICY_MAX(NLA_U32, 1),
	[MACNAT_A_UPLINK_NODE] = NLA_POLICY_EXACT_LEN(MACNAT_LLADDR_LEN),
	[MACNAT_A_UPLINK_NODE_AUTO] = { .type = NLA_FLAG, },
	[MACNAT_A_UPLINK_GUARD] = NLA_POLICY_MAX(NLA_U32, 2),
	[MACNAT_A_UPLINK_FLOOD] = NLA_POLICY_MAX(NLA_U32, 1),
	[MACNAT_A_UPLINK_LEARN] = NLA_POLICY_MAX(NLA_U8, 1),
	[MACNAT_A_UPLINK_ANNOUNCE] = NLA_POLICY_MAX(NLA_U8, 1),
	[MACNAT_A_UPLINK_HEAL] = NLA_POLICY_MAX(NLA_U8, 1),
	[MACNAT_A_UPLINK_AGEING] = NLA_POLICY_MIN(NLA_U32, 5),
	[MACNAT_A_UPLINK_LIMIT] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* MACNAT_CMD_UPLINK_DEL - do */
const struct nla_policy macnat_uplink_del_nl_policy[MACNAT_A_UPLINK_IFINDEX + 1] = {
	[MACNAT_A_UPLINK_IFINDEX] = { .type = NLA_U32, },
};

/* MACNAT_CMD_UPLINK_GET - do */
const struct nla_policy macnat_uplink_get_nl_policy[MACNAT_A_UPLINK_IFINDEX + 1] = {
	[MACNAT_A_UPLINK_IFINDEX] = { .type = NLA_U32, },
};

/* MACNAT_CMD_MAP_ADD - do */
const struct nla_policy macnat_map_add_nl_policy[MACNAT_A_MAP_MAPPING + 1] = {
	[MACNAT_A_MAP_IFINDEX] = { .type = NLA_U32, },
	[MACNAT_A_MAP_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MACNAT_A_MAP_INNER_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MACNAT_A_MAP_IPV4] = { .type = NLA_U32, },
	[MACNAT_A_MAP_IPV6] = NLA_POLICY_EXACT_LEN(16),
	[MACNAT_A_MAP_LLADDR] = NLA_POLICY_EXACT_LEN(MACNAT_LLADDR_LEN),
	[MACNAT_A_MAP_MAPPING] = NLA_POLICY_NESTED(macnat_mapping_nl_policy),
};

/* MACNAT_CMD_MAP_REPLACE - do */
const struct nla_policy macnat_map_replace_nl_policy[MACNAT_A_MAP_MAPPING + 1] = {
	[MACNAT_A_MAP_IFINDEX] = { .type = NLA_U32, },
	[MACNAT_A_MAP_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MACNAT_A_MAP_INNER_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MACNAT_A_MAP_IPV4] = { .type = NLA_U32, },
	[MACNAT_A_MAP_IPV6] = NLA_POLICY_EXACT_LEN(16),
	[MACNAT_A_MAP_LLADDR] = NLA_POLICY_EXACT_LEN(MACNAT_LLADDR_LEN),
	[MACNAT_A_MAP_MAPPING] = NLA_POLICY_NESTED(macnat_mapping_nl_policy),
};

/* MACNAT_CMD_MAP_DEL - do */
const struct nla_policy macnat_map_del_nl_policy[MACNAT_A_MAP_LLADDR + 1] = {
	[MACNAT_A_MAP_IFINDEX] = { .type = NLA_U32, },
	[MACNAT_A_MAP_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MACNAT_A_MAP_INNER_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MACNAT_A_MAP_IPV4] = { .type = NLA_U32, },
	[MACNAT_A_MAP_IPV6] = NLA_POLICY_EXACT_LEN(16),
	[MACNAT_A_MAP_LLADDR] = NLA_POLICY_EXACT_LEN(MACNAT_LLADDR_LEN),
};

/* MACNAT_CMD_MAP_GET - do */
const struct nla_policy macnat_map_get_nl_policy[MACNAT_A_MAP_ORIGIN + 1] = {
	[MACNAT_A_MAP_IFINDEX] = { .type = NLA_U32, },
	[MACNAT_A_MAP_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MACNAT_A_MAP_INNER_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MACNAT_A_MAP_IPV4] = { .type = NLA_U32, },
	[MACNAT_A_MAP_IPV6] = NLA_POLICY_EXACT_LEN(16),
	[MACNAT_A_MAP_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[MACNAT_A_MAP_LLADDR] = NLA_POLICY_EXACT_LEN(MACNAT_LLADDR_LEN),
	[MACNAT_A_MAP_TYPE] = NLA_POLICY_MAX(NLA_U32, 0),
	[MACNAT_A_MAP_ORIGIN] = NLA_POLICY_MAX(NLA_U32, 2),
};

/* MACNAT_CMD_MAP_FLUSH - do */
const struct nla_policy macnat_map_flush_nl_policy[MACNAT_A_MAP_ORIGIN + 1] = {
	[MACNAT_A_MAP_IFINDEX] = { .type = NLA_U32, },
	[MACNAT_A_MAP_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MACNAT_A_MAP_INNER_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MACNAT_A_MAP_IPV4] = { .type = NLA_U32, },
	[MACNAT_A_MAP_IPV6] = NLA_POLICY_EXACT_LEN(16),
	[MACNAT_A_MAP_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[MACNAT_A_MAP_LLADDR] = NLA_POLICY_EXACT_LEN(MACNAT_LLADDR_LEN),
	[MACNAT_A_MAP_TYPE] = NLA_POLICY_MAX(NLA_U32, 0),
	[MACNAT_A_MAP_ORIGIN] = NLA_POLICY_MAX(NLA_U32, 2),
};

/* MACNAT_CMD_STATS_GET - do */
const struct nla_policy macnat_stats_get_nl_policy[MACNAT_A_STATS_IFINDEX + 1] = {
	[MACNAT_A_STATS_IFINDEX] = { .type = NLA_U32, },
};

/* MACNAT_CMD_MAP_SYNC - do */
const struct nla_policy macnat_map_sync_nl_policy[MACNAT_A_MAP_MAPPING + 1] = {
	[MACNAT_A_MAP_IFINDEX] = { .type = NLA_U32, },
	[MACNAT_A_MAP_MAPPING] = NLA_POLICY_NESTED(macnat_mapping_nl_policy),
};

/* Ops table for macnat */
const struct genl_ops macnat_nl_ops[11] = {
	{
		.cmd		= MACNAT_CMD_UPLINK_ADD,
		.doit		= macnat_nl_uplink_add_doit,
		.policy		= macnat_uplink_add_nl_policy,
		.maxattr	= MACNAT_A_UPLINK_LIMIT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= MACNAT_CMD_UPLINK_SET,
		.doit		= macnat_nl_uplink_set_doit,
		.policy		= macnat_uplink_set_nl_policy,
		.maxattr	= MACNAT_A_UPLINK_LIMIT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= MACNAT_CMD_UPLINK_DEL,
		.doit		= macnat_nl_uplink_del_doit,
		.policy		= macnat_uplink_del_nl_policy,
		.maxattr	= MACNAT_A_UPLINK_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= MACNAT_CMD_UPLINK_GET,
		.doit		= macnat_nl_uplink_get_doit,
		.dumpit		= macnat_nl_uplink_get_dumpit,
		.policy		= macnat_uplink_get_nl_policy,
		.maxattr	= MACNAT_A_UPLINK_IFINDEX,
	},
	{
		.cmd		= MACNAT_CMD_MAP_ADD,
		.doit		= macnat_nl_map_add_doit,
		.policy		= macnat_map_add_nl_policy,
		.maxattr	= MACNAT_A_MAP_MAPPING,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= MACNAT_CMD_MAP_REPLACE,
		.doit		= macnat_nl_map_replace_doit,
		.policy		= macnat_map_replace_nl_policy,
		.maxattr	= MACNAT_A_MAP_MAPPING,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= MACNAT_CMD_MAP_DEL,
		.doit		= macnat_nl_map_del_doit,
		.policy		= macnat_map_del_nl_policy,
		.maxattr	= MACNAT_A_MAP_LLADDR,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= MACNAT_CMD_MAP_GET,
		.doit		= macnat_nl_map_get_doit,
		.dumpit		= macnat_nl_map_get_dumpit,
		.policy		= macnat_map_get_nl_policy,
		.maxattr	= MACNAT_A_MAP_ORIGIN,
	},
	{
		.cmd		= MACNAT_CMD_MAP_FLUSH,
		.doit		= macnat_nl_map_flush_doit,
		.policy		= macnat_map_flush_nl_policy,
		.maxattr	= MACNAT_A_MAP_ORIGIN,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= MACNAT_CMD_STATS_GET,
		.doit		= macnat_nl_stats_get_doit,
		.dumpit		= macnat_nl_stats_get_dumpit,
		.policy		= macnat_stats_get_nl_policy,
		.maxattr	= MACNAT_A_STATS_IFINDEX,
	},
	{
		.cmd		= MACNAT_CMD_MAP_SYNC,
		.doit		= macnat_nl_map_sync_doit,
		.policy		= macnat_map_sync_nl_policy,
		.maxattr	= MACNAT_A_MAP_MAPPING,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};

const struct genl_multicast_group macnat_nl_mcgrps[] = {
	[MACNAT_NLGRP_EVENTS] = { "events", },
};
