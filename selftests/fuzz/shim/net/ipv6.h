/* SPDX-License-Identifier: GPL-2.0 */
/* IPv6 and its extension headers. */
#ifndef SHIM_NET_IPV6_H
#define SHIM_NET_IPV6_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>

#define NEXTHDR_FRAGMENT IPPROTO_FRAGMENT
#define NEXTHDR_AUTH IPPROTO_AH
#define NEXTHDR_NONE IPPROTO_NONE
#define IP6_OFFSET 0xfff8

struct frag_hdr {
	u8 nexthdr;
	u8 reserved;
	__be16 frag_off;
	__be32 identification;
};

static inline bool ipv6_ext_hdr(u8 nexthdr)
{
	switch (nexthdr) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
	case IPPROTO_NONE:
		return true;
	default:
		return false;
	}
}

/* Length in units of 8 bytes behind the first 8, of 4 bytes behind the first 8 for AH */
static inline unsigned int ipv6_optlen(const struct ipv6_opt_hdr *hdr)
{
	return (hdr->hdrlen + 1) * 8;
}

static inline unsigned int ipv6_authlen(const struct ipv6_opt_hdr *hdr)
{
	return (hdr->hdrlen + 2) * 4;
}

#endif /* SHIM_NET_IPV6_H */
