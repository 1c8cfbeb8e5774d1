/* SPDX-License-Identifier: GPL-2.0 */
/* The counters of an uplink, by plain netlink: a look at all of them costs one message. */
#ifndef SELFTESTS_COUNTERS_H
#define SELFTESTS_COUNTERS_H

#include <linux/macnat.h>
#include <stdint.h>

#define COUNTERS (MACNAT_A_COUNTER_MAX + 1)

int counters_find(const char *name);
const char *counters_name(int index);
void counters_open(void);
void counters_read(unsigned int ifindex, uint64_t counters[COUNTERS]);

#endif /* SELFTESTS_COUNTERS_H */
