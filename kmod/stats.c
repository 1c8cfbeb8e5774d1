// SPDX-License-Identifier: GPL-2.0
/* Counters: allocation, sum over the CPUs, and which reasons mean a drop. */
#include <linux/bits.h>
#include <linux/build_bug.h>

#include "stats.h"

static const u64 macnat_stats_drops = BIT_ULL(MACNAT_A_COUNTER_OUT_GUARD_DROP) |
				      BIT_ULL(MACNAT_A_COUNTER_OUT_LINK_LOCAL) |
				      BIT_ULL(MACNAT_A_COUNTER_OUT_ND_FRAGMENT) |
				      BIT_ULL(MACNAT_A_COUNTER_OUT_GROUP_SOURCE) |
				      BIT_ULL(MACNAT_A_COUNTER_OUT_NOMEM) |
				      BIT_ULL(MACNAT_A_COUNTER_OUT_SHARED) |
				      BIT_ULL(MACNAT_A_COUNTER_OUT_ANSWER) |
				      BIT_ULL(MACNAT_A_COUNTER_IN_FOREIGN_DROP) |
				      BIT_ULL(MACNAT_A_COUNTER_IN_REFLECTED) |
				      BIT_ULL(MACNAT_A_COUNTER_IN_NOMEM) |
				      BIT_ULL(MACNAT_A_COUNTER_IN_SHARED);

/**
 * macnat_stats_alloc() - counters for a new uplink, all 0
 *
 * Context: process, may sleep. Charged to the caller's memcg.
 *
 * Return: the counters, to be released by free_percpu(), or NULL
 */
struct macnat_stats __percpu *macnat_stats_alloc(void)
{
	return alloc_percpu_gfp(struct macnat_stats, GFP_KERNEL_ACCOUNT);
}

/**
 * macnat_stats_sum() - add up the counters of all CPUs
 * @stats: the uplink's counters
 * @sum: result
 *
 * Context: any. Each counter is exact, the set is not a snapshot.
 */
void macnat_stats_sum(const struct macnat_stats __percpu *stats, struct macnat_stats *sum)
{
	unsigned int i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct macnat_stats *one = per_cpu_ptr(stats, cpu);

		for (i = 0; i <= MACNAT_A_COUNTER_MAX; i++)
			sum->count[i] += READ_ONCE(one->count[i]);
	}
}

/**
 * macnat_stats_is_drop() - what a reason means for the frame
 * @reason: one of MACNAT_A_COUNTER_*
 *
 * Return: true if a frame that ends with @reason is dropped
 */
bool macnat_stats_is_drop(unsigned int reason)
{
	BUILD_BUG_ON(MACNAT_A_COUNTER_MAX >= 64);

	return macnat_stats_drops & BIT_ULL(reason);
}
