/* SPDX-License-Identifier: GPL-2.0 */
/* Telling peers which MAC to use for the pods: announcements, and healing of stale peers. */
#ifndef MACNAT_ANNOUNCE_H
#define MACNAT_ANNOUNCE_H

#include <linux/netdevice.h>
#include <linux/workqueue.h>

#include "pending.h"
#include "stats.h"
#include "table.h"

/**
 * struct macnat_announce - what is still to be told through an uplink
 * @work: sends what waits in the table and in @heal, as the token bucket allows
 * @dev: the uplink's device, NULL once it must not be used any more
 * @table: its table, which has the list of what waits
 * @stats: its counters
 * @node: its node MAC
 * @heal: stale peers
 * @on: announce at all; written under RTNL
 * @throttled: @work waits for tokens, and needs no kick; written by @work only
 * @parting: the uplink is detached: pods are announced with their own MAC
 * @parted: called once, when nothing more is to be sent after @parting
 * @pod_turn: a pod is announced before a peer in @heal is told; used by @work only, like
 *	@tokens and @refill
 * @tokens: frames that may be sent at once
 * @refill: jiffies up to which @tokens were given
 */
struct macnat_announce {
	struct delayed_work work;
	struct net_device __rcu *dev;
	struct macnat_table *table;
	struct macnat_stats __percpu *stats;
	const u64 *node;
	struct macnat_pending heal;
	bool on;
	bool throttled;
	bool parting;
	void (*parted)(struct macnat_announce *announce);
	bool pod_turn;
	unsigned long tokens;
	unsigned long refill;
};

void macnat_announce_init(struct macnat_announce *announce, struct macnat_table *table,
			  struct macnat_stats __percpu *stats, const u64 *node);
void macnat_announce_start(struct macnat_announce *announce, struct net_device *dev);
void macnat_announce_all(struct macnat_announce *announce);
void macnat_announce_part(struct macnat_announce *announce,
			  void (*parted)(struct macnat_announce *announce));
void macnat_announce_stop(struct macnat_announce *announce);
void macnat_announce_destroy(struct macnat_announce *announce);
void macnat_announce_kick(struct macnat_announce *announce);
void macnat_announce_heal(struct macnat_announce *announce, const struct macnat_key *key,
			  const struct macnat_reply_peer *peer);

#endif /* MACNAT_ANNOUNCE_H */
