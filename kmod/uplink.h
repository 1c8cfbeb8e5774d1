/* SPDX-License-Identifier: GPL-2.0 */
/* A device's life as an uplink: attach, settings, what happens to the device, detach. */
#ifndef MACNAT_UPLINK_H
#define MACNAT_UPLINK_H

#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <linux/workqueue.h>

#include "path.h"
#include "reply.h"

#define MACNAT_UPLINK_HOOKS 2

/**
 * struct macnat_uplink - a device that macnat is attached to
 * @list: in &macnat_uplink_net.uplinks, by ifindex; written under RTNL, read under RCU
 * @dev: the device; its UNREGISTER event detaches, so it outlives every reader
 * @path: what the packet path needs
 * @reply: what macnat sends itself
 * @ops: the hooks
 * @explicit: the node MAC that the operator gave, 0 for auto. Under RTNL
 * @free: frees the uplink a grace period after it was detached
 */
struct macnat_uplink {
	struct list_head list;
	struct net_device *dev;
	struct macnat_path path;
	struct macnat_reply reply;
	struct nf_hook_ops ops[MACNAT_UPLINK_HOOKS];
	u64 explicit;
	struct rcu_work free;
};

/**
 * struct macnat_uplink_settings - what an operator may set, and what of it is meant
 * @explicit: node MAC, 0 for auto
 * @mode: MACNAT_MODE_*
 * @guard: MACNAT_GUARD_*
 * @flood: MACNAT_FLOOD_*
 * @has_node: @explicit is meant
 * @has_mode: @mode is meant
 * @has_guard: @guard is meant
 * @has_flood: @flood is meant
 */
struct macnat_uplink_settings {
	u64 explicit;
	u8 mode;
	u8 guard;
	u8 flood;
	bool has_node;
	bool has_mode;
	bool has_guard;
	bool has_flood;
};

int macnat_uplink_setup(void);
void macnat_uplink_cleanup(void);
int macnat_uplink_add(struct net *net, struct net_device *dev,
		      const struct macnat_uplink_settings *settings,
		      struct netlink_ext_ack *extack);
int macnat_uplink_set(struct macnat_uplink *up, const struct macnat_uplink_settings *settings,
		      struct netlink_ext_ack *extack);
void macnat_uplink_del(struct macnat_uplink *up);
struct macnat_uplink *macnat_uplink_find_rcu(struct net *net, int ifindex);
struct macnat_uplink *macnat_uplink_next_rcu(struct net *net, int ifindex);
u32 macnat_uplink_generation(struct net *net);

#endif /* MACNAT_UPLINK_H */
