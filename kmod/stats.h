/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of one uplink, one set a CPU. The reasons a frame can leave with
 * are the attributes of `counter` in the netlink spec, so that the name, the
 * documentation and the number of each stand in one place.
 */
#ifndef MACNAT_STATS_H
#define MACNAT_STATS_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/percpu.h>
#include <uapi/linux/macnat.h>

/**
 * struct macnat_stats - the counters of one uplink on one CPU
 * @count: by MACNAT_A_COUNTER_*; the padding attribute's stays 0
 */
struct macnat_stats {
	u64 count[MACNAT_A_COUNTER_MAX + 1];
};

/**
 * macnat_stats_count() - count one event, any context
 * @stats: the uplink's counters
 * @counter: one of MACNAT_A_COUNTER_*
 */
static inline void macnat_stats_count(struct macnat_stats __percpu *stats, unsigned int counter)
{
	this_cpu_inc(stats->count[counter]);
}

/* Reasons to drop a frame */
#define MACNAT_STATS_DROPS \
	(BIT_ULL(MACNAT_A_COUNTER_OUT_GUARD_DROP) | \
	 BIT_ULL(MACNAT_A_COUNTER_OUT_LINK_LOCAL) | \
	 BIT_ULL(MACNAT_A_COUNTER_OUT_ND_FRAGMENT) | \
	 BIT_ULL(MACNAT_A_COUNTER_OUT_GROUP_SOURCE) | \
	 BIT_ULL(MACNAT_A_COUNTER_OUT_NOMEM) | \
	 BIT_ULL(MACNAT_A_COUNTER_OUT_SHARED) | \
	 BIT_ULL(MACNAT_A_COUNTER_OUT_ANSWER) | \
	 BIT_ULL(MACNAT_A_COUNTER_IN_FOREIGN_DROP) | \
	 BIT_ULL(MACNAT_A_COUNTER_IN_REFLECTED) | \
	 BIT_ULL(MACNAT_A_COUNTER_IN_NOMEM) | \
	 BIT_ULL(MACNAT_A_COUNTER_IN_SHARED))

/**
 * macnat_stats_is_drop() - what a reason means for the frame
 * @reason: one of MACNAT_A_COUNTER_*
 *
 * Return: true if a frame that ends with @reason is dropped
 */
static __always_inline bool macnat_stats_is_drop(unsigned int reason)
{
	BUILD_BUG_ON(MACNAT_A_COUNTER_MAX >= 64);

	return MACNAT_STATS_DROPS & BIT_ULL(reason);
}

struct macnat_stats __percpu *macnat_stats_alloc(void);
void macnat_stats_sum(const struct macnat_stats __percpu *stats, struct macnat_stats *sum);

#endif /* MACNAT_STATS_H */
