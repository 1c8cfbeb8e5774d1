/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/macnat.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_MACNAT_GEN_H
#define _LINUX_MACNAT_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/macnat.h>

/* Common nested types */
extern const struct nla_policy macnat_mapping_nl_policy[MACNAT_A_MAP_LLADDR + 1];

extern const struct nla_policy macnat_uplink_add_nl_policy[MACNAT_A_UPLINK_LIMIT + 1];

extern const struct nla_policy macnat_uplink_set_nl_policy[MACNAT_A_UPLINK_LIMIT + 1];

extern const struct nla_policy macnat_uplink_del_nl_policy[MACNAT_A_UPLINK_IFINDEX + 1];

extern const struct nla_policy macnat_uplink_get_nl_policy[MACNAT_A_UPLINK_IFINDEX + 1];

extern const struct nla_policy macnat_map_add_nl_policy[MACNAT_A_MAP_MAPPING + 1];

extern const struct nla_policy macnat_map_replace_nl_policy[MACNAT_A_MAP_MAPPING + 1];

extern const struct nla_policy macnat_map_del_nl_policy[MACNAT_A_MAP_LLADDR + 1];

extern const struct nla_policy macnat_map_get_nl_policy[MACNAT_A_MAP_ORIGIN + 1];

extern const struct nla_policy macnat_map_flush_nl_policy[MACNAT_A_MAP_ORIGIN + 1];

extern const struct nla_policy macnat_stats_get_nl_policy[MACNAT_A_STATS_IFINDEX + 1];

extern const struct nla_policy macnat_map_sync_nl_policy[MACNAT_A_MAP_MAPPING + 1];

/* Ops table for macnat */
extern const struct genl_ops macnat_nl_ops[11];

int macnat_nl_uplink_add_doit(struct sk_buff *skb, struct genl_info *info);
int macnat_nl_uplink_set_doit(struct sk_buff *skb, struct genl_info *info);
int macnat_nl_uplink_del_doit(struct sk_buff *skb, struct genl_info *info);
int macnat_nl_uplink_get_doit(struct sk_buff *skb, struct genl_info *info);
int macnat_nl_uplink_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int macnat_nl_map_add_doit(struct sk_buff *skb, struct genl_info *info);
int macnat_nl_map_replace_doit(struct sk_buff *skb, struct genl_info *info);
int macnat_nl_map_del_doit(struct sk_buff *skb, struct genl_info *info);
int macnat_nl_map_get_doit(struct sk_buff *skb, struct genl_info *info);
int macnat_nl_map_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int macnat_nl_map_flush_doit(struct sk_buff *skb, struct genl_info *info);
int macnat_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int macnat_nl_stats_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int macnat_nl_map_sync_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	MACNAT_NLGRP_EVENTS,
};

extern const struct genl_multicast_group macnat_nl_mcgrps[MACNAT_NLGRP_EVENTS + 1];

#endif /* _LINUX_MACNAT_GEN_H */
