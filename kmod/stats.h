/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of one uplink, one set a CPU. The reasons a frame can leave with
 * are the attributes of `counter` in the netlink spec, so that the name, the
 * documentation and the number of each stand in one place.
 */
#ifndef MACNAT_STATS_H
#define MACNAT_STATS_H

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

struct macnat_stats __percpu *macnat_stats_alloc(void);
void macnat_stats_sum(const struct macnat_stats __percpu *stats, struct macnat_stats *sum);
bool macnat_stats_is_drop(unsigned int reason);

#endif /* MACNAT_STATS_H */
