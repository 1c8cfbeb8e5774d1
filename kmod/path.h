/* SPDX-License-Identifier: GPL-2.0 */
/* A packet's journey through macnat. */
#ifndef MACNAT_PATH_H
#define MACNAT_PATH_H

#include <linux/skbuff.h>
#include <uapi/linux/macnat.h>

#include "ageing.h"
#include "announce.h"
#include "probe.h"
#include "stats.h"
#include "table.h"

/**
 * struct macnat_path - what the packet path needs of an uplink
 * @node: the node MAC N, see macnat_key_mac(); read and written in one access
 * @device: MAC of the device itself, which may send and receive on its own
 *	account (LACP, LLDP, STP) even if it is not @node
 * @bridge: MAC of the bridge the device is in, or @device
 * @asker: a MAC that nobody has, which macnat's questions to pods come from
 * @mode: MACNAT_MODE_*
 * @guard: MACNAT_GUARD_*
 * @flood: MACNAT_FLOOD_*
 * @learn: learn from the pods' frames
 * @heal: correct peers that send to a pod's own MAC
 * @stats: counters
 * @table: mappings and stations
 * @probe: who probes for which address
 * @announce: what is told to peers
 * @ageing: what becomes of silent pods
 *
 * The MACs and the settings are written under RTNL with WRITE_ONCE().
 */
struct macnat_path {
	u64 node;
	u64 device;
	u64 bridge;
	u64 asker;
	u8 mode;
	u8 guard;
	u8 flood;
	bool learn;
	bool heal;
	struct macnat_stats __percpu *stats;
	struct macnat_table table;
	struct macnat_probe probe;
	struct macnat_announce announce;
	struct macnat_ageing ageing;
};

/**
 * macnat_path_listens() - must it be known who sends with which address?
 * @path: an uplink's
 *
 * Context: any.
 *
 * Return: true if it is learned, guarded, or aged
 */
static __always_inline bool macnat_path_listens(const struct macnat_path *path)
{
	return READ_ONCE(path->learn) || READ_ONCE(path->guard) == MACNAT_GUARD_DROP ||
	       READ_ONCE(path->table.n_learned);
}

bool macnat_path_is_own(const struct macnat_path *path, u64 mac);
unsigned int macnat_path_egress(struct macnat_path *path, struct sk_buff *skb,
				struct macnat_station *station);
unsigned int macnat_path_ingress(struct macnat_path *path, struct sk_buff *skb);

#endif /* MACNAT_PATH_H */
