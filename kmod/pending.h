/* SPDX-License-Identifier: GPL-2.0 */
/* Whom a frame that came in makes macnat write to: a small, bounded memory. */
#ifndef MACNAT_PENDING_H
#define MACNAT_PENDING_H

#include <linux/spinlock.h>

#include "reply.h"

#define MACNAT_PENDING_SLOTS 128

/**
 * struct macnat_pending_slot - one host to write to
 * @key: VLAN and IP that it is about
 * @peer: the host
 * @pending: it was not written to yet
 * @until: jiffies before which it is not written to again
 */
struct macnat_pending_slot {
	struct macnat_key key;
	struct macnat_reply_peer peer;
	bool pending;
	unsigned long until;
};

/**
 * struct macnat_pending - all of them, as far as there is room
 * @lock: protects @slots, @waiting and @next, taken with BH disabled
 * @seed: of the hash that picks the slot
 * @interval: jiffies before one host is written to again
 * @waiting: number of slots that are pending
 * @next: slot whose turn it is: while all are taken again and again, each is to be served
 * @slots: who finds its slot taken is written to when it sends again
 */
struct macnat_pending {
	spinlock_t lock; /* protects the slots, see above */
	u32 seed;
	unsigned long interval;
	unsigned int waiting;
	unsigned int next;
	struct macnat_pending_slot slots[MACNAT_PENDING_SLOTS];
};

void macnat_pending_init(struct macnat_pending *pending, unsigned long interval);
bool macnat_pending_note(struct macnat_pending *pending, const struct macnat_key *key,
			 const struct macnat_reply_peer *peer);
bool macnat_pending_pop(struct macnat_pending *pending, struct macnat_pending_slot *slot);

#endif /* MACNAT_PENDING_H */
