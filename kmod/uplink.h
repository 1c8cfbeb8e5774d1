/* SPDX-License-Identifier: GPL-2.0 */
/* A device's life as an uplink: attach, settings, what happens to the device, detach. */
#ifndef MACNAT_UPLINK_H
#define MACNAT_UPLINK_H

#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <linux/ratelimit_types.h>
#include <linux/workqueue.h>

#include "path.h"

#define MACNAT_UPLINK_HOOKS 2

/**
 * struct macnat_uplink - a device that macnat is attached to
 * @all: in the list of all uplinks while attached, in that of parting ones while
 *	their pods are announced with their own MACs, in that of ending ones until freed,
 *	or empty. Under RTNL
 * @dev: the device; its UNREGISTER event detaches, so it outlives every reader
 * @path: what the packet path needs
 * @ops: the hooks
 * @explicit: the node MAC that the operator gave, 0 for auto. Under RTNL
 * @ageing: seconds after which a silent pod's learned mapping expires. Under RTNL
 * @alarms: limits events that anybody's frames can cause
 * @free: frees the uplink a grace period after it was detached
 */
struct macnat_uplink {
	struct list_head all;
	struct net_device *dev;
	struct macnat_path path;
	struct nf_hook_ops ops[MACNAT_UPLINK_HOOKS];
	u64 explicit;
	u32 ageing;
	struct ratelimit_state alarms;
	struct rcu_work free;
};

/**
 * struct macnat_uplink_settings - what an operator may set, and what of it is meant
 * @explicit: node MAC, 0 for auto
 * @ageing: seconds
 * @limit: most learned mappings
 * @mode: MACNAT_MODE_*
 * @guard: MACNAT_GUARD_*
 * @flood: MACNAT_FLOOD_*
 * @learn: learn from the pods' frames
 * @announce: tell peers the node MAC for each pod
 * @heal: correct peers that use a pod's own MAC
 * @has_node: @explicit is meant
 * @has_ageing: @ageing is meant
 * @has_limit: @limit is meant
 * @has_mode: @mode is meant
 * @has_guard: @guard is meant
 * @has_flood: @flood is meant
 * @has_learn: @learn is meant
 * @has_announce: @announce is meant
 * @has_heal: @heal is meant
 */
struct macnat_uplink_settings {
	u64 explicit;
	u32 ageing;
	u32 limit;
	u8 mode;
	u8 guard;
	u8 flood;
	bool learn;
	bool announce;
	bool heal;
	bool has_node;
	bool has_ageing;
	bool has_limit;
	bool has_mode;
	bool has_guard;
	bool has_flood;
	bool has_learn;
	bool has_announce;
	bool has_heal;
};

/**
 * struct macnat_uplink_observer - who is told what happens
 * @uplink: an uplink was attached, has changed, or is gone (MACNAT_EVENT_*); under RTNL
 * @map: see macnat_table_notify; any context
 */
struct macnat_uplink_observer {
	void (*uplink)(struct macnat_uplink *up, unsigned int event);
	void (*map)(struct macnat_uplink *up, unsigned int event,
		    const struct macnat_table_row *row, u64 other);
};

int macnat_uplink_setup(const struct macnat_uplink_observer *observer);
void macnat_uplink_cleanup(void);
int macnat_uplink_add(struct net *net, struct net_device *dev,
		      const struct macnat_uplink_settings *settings,
		      struct netlink_ext_ack *extack);
int macnat_uplink_set(struct macnat_uplink *up, const struct macnat_uplink_settings *settings,
		      struct netlink_ext_ack *extack);
void macnat_uplink_del(struct macnat_uplink *up);
struct macnat_uplink *macnat_uplink_find_rcu(struct net *net, int ifindex);
struct macnat_uplink *macnat_uplink_next_rcu(struct net *net, int ifindex);
u32 macnat_uplink_changes(struct net *net);
u32 macnat_uplink_generation(struct net *net);

#endif /* MACNAT_UPLINK_H */
