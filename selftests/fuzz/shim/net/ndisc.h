/* SPDX-License-Identifier: GPL-2.0 */
/* IPv6 neighbour discovery, RFC 4861 4. */
#ifndef SHIM_NET_NDISC_H
#define SHIM_NET_NDISC_H

#include <linux/icmpv6.h>
#include <linux/in6.h>

#include "../kernel.h"

#define NDISC_ROUTER_SOLICITATION	133
#define NDISC_ROUTER_ADVERTISEMENT	134
#define NDISC_NEIGHBOUR_SOLICITATION	135
#define NDISC_NEIGHBOUR_ADVERTISEMENT	136
#define NDISC_REDIRECT			137

#define ND_OPT_SOURCE_LL_ADDR	1
#define ND_OPT_TARGET_LL_ADDR	2

struct rs_msg {
	struct icmp6hdr icmph;
};

struct ra_msg {
	struct icmp6hdr icmph;
	__be32 reachable_time;
	__be32 retrans_timer;
};

struct nd_msg {
	struct icmp6hdr icmph;
	struct in6_addr target;
};

struct rd_msg {
	struct icmp6hdr icmph;
	struct in6_addr target;
	struct in6_addr dest;
};

struct nd_opt_hdr {
	u8 nd_opt_type;
	u8 nd_opt_len;
} __packed;

#endif /* SHIM_NET_NDISC_H */
