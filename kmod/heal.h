/* SPDX-License-Identifier: GPL-2.0 */
/* Peers that still send to a pod's own MAC, and wait to be told the node's. */
#ifndef MACNAT_HEAL_H
#define MACNAT_HEAL_H

#include <linux/spinlock.h>

#include "reply.h"

#define MACNAT_HEAL_SLOTS 128

/**
 * struct macnat_heal_slot - one peer that uses a pod's MAC
 * @key: VLAN and IP of the pod
 * @peer: the peer
 * @pending: it has not been told yet
 * @until: jiffies before which it is not told again
 */
struct macnat_heal_slot {
	struct macnat_key key;
	struct macnat_reply_peer peer;
	bool pending;
	unsigned long until;
};

/**
 * struct macnat_heal - all such peers of an uplink, as far as there is room
 * @lock: protects @slots and @pending, taken with BH disabled
 * @seed: of the hash that picks the slot
 * @pending: number of slots that wait
 * @slots: a peer that finds its slot taken is told when it sends again
 */
struct macnat_heal {
	spinlock_t lock; /* protects the slots, see above */
	u32 seed;
	unsigned int pending;
	struct macnat_heal_slot slots[MACNAT_HEAL_SLOTS];
};

void macnat_heal_init(struct macnat_heal *heal);
bool macnat_heal_note(struct macnat_heal *heal, const struct macnat_key *key,
		      const struct macnat_reply_peer *peer);
bool macnat_heal_pop(struct macnat_heal *heal, struct macnat_heal_slot *slot);

#endif /* MACNAT_HEAL_H */
