// SPDX-License-Identifier: GPL-2.0
/* Whom macnat is to write to: a bounded, direct-mapped table. */
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/random.h>

#include "pending.h"

/**
 * macnat_pending_init() - nobody is
 * @pending: memory, zeroed
 * @interval: jiffies before one host is written to again
 */
void macnat_pending_init(struct macnat_pending *pending, unsigned long interval)
{
	spin_lock_init(&pending->lock);
	pending->seed = get_random_u32();
	pending->interval = interval;
}

/**
 * macnat_pending_note() - a frame is a reason to write to a host
 * @pending: memory
 * @key: VLAN and IP that it is about
 * @peer: the host
 *
 * Context: BH disabled.
 *
 * Return: true if the host waits now and did not before
 */
bool macnat_pending_note(struct macnat_pending *pending, const struct macnat_key *key,
			 const struct macnat_reply_peer *peer)
{
	u32 hash = jhash_2words(peer->mac, peer->mac >> 32, macnat_key_hash(key, pending->seed));
	struct macnat_pending_slot *slot = &pending->slots[hash % MACNAT_PENDING_SLOTS];
	bool noted = false;

	lockdep_assert_in_softirq();
	spin_lock(&pending->lock);
	if (!slot->pending &&
	    (slot->peer.mac != peer->mac || !macnat_key_equal(&slot->key, key) ||
	     time_after_eq(jiffies, slot->until))) {
		slot->key = *key;
		slot->peer = *peer;
		slot->until = jiffies + pending->interval;
		slot->pending = true;
		pending->waiting++;
		noted = true;
	}
	spin_unlock(&pending->lock);
	return noted;
}

/**
 * macnat_pending_pop() - take a host that waits, by turns of the slots
 * @pending: memory
 * @slot: result
 *
 * Context: process.
 *
 * Return: false if none does
 */
bool macnat_pending_pop(struct macnat_pending *pending, struct macnat_pending_slot *slot)
{
	struct macnat_pending_slot *found = NULL;

	spin_lock_bh(&pending->lock);
	while (pending->waiting && !found) {
		if (pending->slots[pending->next].pending)
			found = &pending->slots[pending->next];
		pending->next = (pending->next + 1) % MACNAT_PENDING_SLOTS;
	}
	if (found) {
		found->pending = false;
		pending->waiting--;
		*slot = *found;
	}
	spin_unlock_bh(&pending->lock);
	return found;
}
