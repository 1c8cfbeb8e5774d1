// SPDX-License-Identifier: GPL-2.0
/* Who waits to be healed: a bounded, direct-mapped table of stale peers. */
#include <linux/jiffies.h>
#include <linux/random.h>

#include "heal.h"

/* A peer that does not heed what it is told is not told again at once. */
#define MACNAT_HEAL_INTERVAL HZ

/**
 * macnat_heal_init() - nobody waits
 * @heal: an uplink's memory, zeroed
 */
void macnat_heal_init(struct macnat_heal *heal)
{
	spin_lock_init(&heal->lock);
	heal->seed = get_random_u32();
}

/**
 * macnat_heal_note() - a peer has sent to a pod's own MAC
 * @heal: an uplink's memory
 * @key: VLAN and IP of the pod
 * @peer: the peer
 *
 * Context: BH disabled.
 *
 * Return: true if it waits to be told now and did not before
 */
bool macnat_heal_note(struct macnat_heal *heal, const struct macnat_key *key,
		      const struct macnat_reply_peer *peer)
{
	u32 hash = jhash_2words(peer->mac, peer->mac >> 32, macnat_key_hash(key, heal->seed));
	struct macnat_heal_slot *slot = &heal->slots[hash % MACNAT_HEAL_SLOTS];
	bool noted = false;

	spin_lock(&heal->lock);
	if (!slot->pending &&
	    (slot->peer.mac != peer->mac || !macnat_key_equal(&slot->key, key) ||
	     time_after_eq(jiffies, slot->until))) {
		slot->key = *key;
		slot->peer = *peer;
		slot->until = jiffies + MACNAT_HEAL_INTERVAL;
		slot->pending = true;
		heal->pending++;
		noted = true;
	}
	spin_unlock(&heal->lock);
	return noted;
}

/**
 * macnat_heal_pop() - take a peer that waits
 * @heal: an uplink's memory
 * @slot: result
 *
 * Context: process.
 *
 * Return: false if none waits
 */
bool macnat_heal_pop(struct macnat_heal *heal, struct macnat_heal_slot *slot)
{
	bool found = false;
	unsigned int i;

	spin_lock_bh(&heal->lock);
	for (i = 0; heal->pending && i < MACNAT_HEAL_SLOTS && !found; i++) {
		if (!heal->slots[i].pending)
			continue;
		heal->slots[i].pending = false;
		heal->pending--;
		*slot = heal->slots[i];
		found = true;
	}
	spin_unlock_bh(&heal->lock);
	return found;
}
