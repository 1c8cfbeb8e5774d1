/* SPDX-License-Identifier: GPL-2.0 */
/* The age of learned mappings: pods are asked before they are given up. */
#ifndef MACNAT_AGEING_H
#define MACNAT_AGEING_H

#include <linux/netdevice.h>
#include <linux/workqueue.h>

#include "pending.h"
#include "stats.h"
#include "table.h"

/**
 * struct macnat_ageing - the age of an uplink's learned mappings
 * @work: asks pods, and removes mappings of those that do not answer
 * @dev: the uplink's device, NULL once it is detached
 * @table: its table
 * @stats: its counters
 * @asker: a MAC that nobody has, which questions come from
 * @strangers: MACs that the fabric floods frames to: one may be a pod's here that
 *	was not heard of yet
 * @time: jiffies after which a silent pod's mapping goes; written under RTNL
 * @cursor: how far the walk over the table has come for @work only
 * @next: jiffies when the next walk starts
 * @pause: jiffies before which nobody is asked; used by @work only
 */
struct macnat_ageing {
	struct delayed_work work;
	struct net_device __rcu *dev;
	struct macnat_table *table;
	struct macnat_stats __percpu *stats;
	const u64 *asker;
	struct macnat_pending strangers;
	unsigned long time;
	struct macnat_table_cursor cursor;
	unsigned long next;
	unsigned long pause;
};

void macnat_ageing_init(struct macnat_ageing *ageing, struct macnat_table *table,
			struct macnat_stats __percpu *stats, const u64 *asker);
void macnat_ageing_start(struct macnat_ageing *ageing, struct net_device *dev);
void macnat_ageing_stop(struct macnat_ageing *ageing);
void macnat_ageing_destroy(struct macnat_ageing *ageing);
void macnat_ageing_discover(struct macnat_ageing *ageing, const struct macnat_key *key, u64 mac);
void macnat_ageing_restart(struct macnat_ageing *ageing);
void macnat_ageing_kick(struct macnat_ageing *ageing);

#endif /* MACNAT_AGEING_H */
