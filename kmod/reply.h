/* SPDX-License-Identifier: GPL-2.0 */
/* Frames that macnat sends itself: announcements of pods with the node MAC. */
#ifndef MACNAT_REPLY_H
#define MACNAT_REPLY_H

#include <linux/netdevice.h>
#include <linux/workqueue.h>

#include "stats.h"
#include "table.h"

/**
 * struct macnat_reply - what is still to be sent through an uplink
 * @work: sends what waits in the table, as the token bucket allows
 * @dev: the uplink's device, NULL once it is detached
 * @table: its table, which has the list of what waits
 * @stats: its counters
 * @node: its node MAC
 * @tokens: frames that may be sent at once; used by @work only, like @refill
 * @refill: jiffies up to which @tokens were given
 */
struct macnat_reply {
	struct delayed_work work;
	struct net_device __rcu *dev;
	struct macnat_table *table;
	struct macnat_stats __percpu *stats;
	const u64 *node;
	unsigned long tokens;
	unsigned long refill;
};

void macnat_reply_init(struct macnat_reply *reply, struct macnat_table *table,
		       struct macnat_stats __percpu *stats, const u64 *node);
void macnat_reply_start(struct macnat_reply *reply, struct net_device *dev);
void macnat_reply_stop(struct macnat_reply *reply);
void macnat_reply_destroy(struct macnat_reply *reply);
void macnat_reply_kick(struct macnat_reply *reply);

#endif /* MACNAT_REPLY_H */
