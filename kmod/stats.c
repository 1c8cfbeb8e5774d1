// SPDX-License-Identifier: GPL-2.0
/* Counters: allocation and sum over the CPUs. */
#include "stats.h"

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
