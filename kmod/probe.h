/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is probing for which IPv4 address. A probe (RFC 5227 2.1.1) has sender
 * address 0, so has the target of its answer: only this memory tells for whom
 * the answer is.
 */
#ifndef MACNAT_PROBE_H
#define MACNAT_PROBE_H

#include <linux/spinlock.h>

#include "key.h"

#define MACNAT_PROBE_SLOTS 64

/**
 * struct macnat_probe_slot - one pod that probes
 * @scope: VLAN, see macnat_key_scope()
 * @addr: the address it probes for
 * @mac: the pod's MAC, 0 for a free slot
 * @until: jiffies until which an answer is expected
 */
struct macnat_probe_slot {
	u32 scope;
	__be32 addr;
	u64 mac;
	unsigned long until;
};

/**
 * struct macnat_probe - the probes of one uplink
 * @lock: protects the slots; probes are rare, so one for all
 * @seed: keeps pods from choosing addresses that share a slot
 * @slots: by hash of VLAN and address; a newer probe displaces an older one,
 *	which costs that one at worst an answer, and bounds the memory
 */
struct macnat_probe {
	spinlock_t lock; /* protects the slots */
	u32 seed;
	struct macnat_probe_slot slots[MACNAT_PROBE_SLOTS];
};

void macnat_probe_init(struct macnat_probe *probe);
void macnat_probe_note(struct macnat_probe *probe, u32 scope, __be32 addr, u64 mac);
u64 macnat_probe_find(struct macnat_probe *probe, u32 scope, __be32 addr);

#endif /* MACNAT_PROBE_H */
