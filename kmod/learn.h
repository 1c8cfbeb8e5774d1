/* SPDX-License-Identifier: GPL-2.0 */
/* What a pod's frame tells about its sender, and whether it is to be believed. */
#ifndef MACNAT_LEARN_H
#define MACNAT_LEARN_H

#include "frame.h"
#include "stats.h"
#include "table.h"

/**
 * struct macnat_learn - where to learn, and how
 * @net: the uplink's network namespace
 * @table: its table
 * @stats: its counters
 * @on: make new stations and mappings; else only find out who uses another's address
 * @guarded: an owner that answers keeps its address, whoever says what
 */
struct macnat_learn {
	struct net *net;
	struct macnat_table *table;
	struct macnat_stats __percpu *stats;
	bool on;
	bool guarded;
};

bool macnat_learn_is_node_address(struct net *net, const struct macnat_key *key);
struct macnat_station *macnat_learn_station_rcu(const struct macnat_learn *learn, u64 mac);
enum macnat_table_learned macnat_learn_source(const struct macnat_learn *learn,
					      const struct sk_buff *skb,
					      const struct macnat_frame *frame, u64 mac);

#endif /* MACNAT_LEARN_H */
