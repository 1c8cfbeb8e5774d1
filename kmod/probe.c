// SPDX-License-Identifier: GPL-2.0
/* Probe memory: a bounded, direct-mapped table of who is probing. */
#include <linux/jiffies.h>
#include <linux/jhash.h>
#include <linux/random.h>

#include "probe.h"

/* Three probes up to 2 s apart and 2 s more (RFC 5227 1.1), each renews its slot. */
#define MACNAT_PROBE_TIME (10 * HZ)

static struct macnat_probe_slot *macnat_probe_slot(struct macnat_probe *probe, u32 scope,
						   __be32 addr)
{
	u32 hash = jhash_2words(scope, (__force u32)addr, probe->seed);

	return &probe->slots[hash % MACNAT_PROBE_SLOTS];
}

/**
 * macnat_probe_init() - nobody probes
 * @probe: an uplink's probe memory, zeroed
 */
void macnat_probe_init(struct macnat_probe *probe)
{
	spin_lock_init(&probe->lock);
	probe->seed = get_random_u32();
}

/**
 * macnat_probe_note() - a pod probes for an address
 * @probe: an uplink's probe memory
 * @scope: VLAN, see macnat_key_scope()
 * @addr: the address
 * @mac: the pod's MAC
 *
 * Context: BH disabled.
 */
void macnat_probe_note(struct macnat_probe *probe, u32 scope, __be32 addr, u64 mac)
{
	struct macnat_probe_slot *slot = macnat_probe_slot(probe, scope, addr);

	lockdep_assert_in_softirq();
	spin_lock(&probe->lock);
	slot->scope = scope;
	slot->addr = addr;
	slot->mac = mac;
	slot->until = jiffies + MACNAT_PROBE_TIME;
	spin_unlock(&probe->lock);
}

/**
 * macnat_probe_find() - who probes for an address?
 * @probe: an uplink's probe memory
 * @scope: VLAN, see macnat_key_scope()
 * @addr: the address
 *
 * Context: BH disabled.
 *
 * Return: the pod's MAC, 0 if nobody does
 */
u64 macnat_probe_find(struct macnat_probe *probe, u32 scope, __be32 addr)
{
	struct macnat_probe_slot *slot = macnat_probe_slot(probe, scope, addr);
	u64 mac = 0;

	lockdep_assert_in_softirq();
	spin_lock(&probe->lock);
	if (slot->scope == scope && slot->addr == addr && time_before(jiffies, slot->until))
		mac = slot->mac;
	spin_unlock(&probe->lock);
	return mac;
}
