// SPDX-License-Identifier: GPL-2.0
/*
 * IPv6 neighbour discovery (RFC 4861): every option that tells a MAC address
 * of the sender or of the target, wherever it stands (section 9), and the
 * ICMPv6 checksum. The skb is open up to &macnat_frame_nd.end throughout, and
 * the options were found sound when the frame was read.
 */
#include <linux/icmpv6.h>
#include <net/checksum.h>
#include <net/ndisc.h>

#include "nd.h"

/*
 * A solicitation tells of its source, an advertisement or redirect of its
 * target. Receivers ignore the other option (RFC 4861 4.6), but it would bear
 * a pod's MAC all the same.
 */
static bool macnat_nd_is_lladdr(const struct nd_opt_hdr *opt)
{
	/* an Ethernet address has length 1 (RFC 2464 6) */
	return (opt->nd_opt_type == ND_OPT_SOURCE_LL_ADDR ||
		opt->nd_opt_type == ND_OPT_TARGET_LL_ADDR) && opt->nd_opt_len == 1;
}

/**
 * macnat_nd_next() - find the next link-layer address
 * @skb: the opened frame
 * @frame: the frame as read, of kind MACNAT_FRAME_ND
 * @after: offset of the last one, 0 to start
 *
 * Return: its offset from skb->data, 0 if there is no other
 */
unsigned int macnat_nd_next(const struct sk_buff *skb, const struct macnat_frame *frame,
			    unsigned int after)
{
	unsigned int off = after ? after - sizeof(struct nd_opt_hdr) + 8 : frame->nd.options;
	const struct nd_opt_hdr *opt;

	for (; off + 8 <= frame->nd.end; off += opt->nd_opt_len * 8) {
		opt = (const void *)(skb->data + off);
		if (macnat_nd_is_lladdr(opt))
			return off + sizeof(*opt);
		/* was found sound: but a loop without end is too dear to rely on that */
		if (!opt->nd_opt_len)
			break;
	}
	return 0;
}

/**
 * macnat_nd_read() - the address of an option
 * @skb: the opened frame
 * @off: from macnat_nd_next()
 *
 * Return: the address, see macnat_key_mac()
 */
u64 macnat_nd_read(const struct sk_buff *skb, unsigned int off)
{
	return macnat_key_mac(skb->data + off);
}

/**
 * macnat_nd_write() - change the address of an option, and the checksum with it
 * @skb: the opened frame
 * @frame: the frame as read
 * @off: from macnat_nd_next()
 * @mac: new address
 *
 * A checksum that was wrong stays wrong (RFC 1624). One that the device is
 * still to compute is left to it, and a sum over the received bytes holds,
 * since the change of the checksum makes up for that of the address.
 */
void macnat_nd_write(struct sk_buff *skb, const struct macnat_frame *frame, unsigned int off,
		     u64 mac)
{
	struct icmp6hdr *icmp6h = (void *)(skb->data + frame->l4off);
	__be16 *words = (void *)(skb->data + off), old[ETH_ALEN / 2];
	unsigned int i;

	memcpy(old, words, ETH_ALEN);
	macnat_key_mac_put(skb->data + off, mac);
	for (i = 0; i < ARRAY_SIZE(old); i++)
		inet_proto_csum_replace2(&icmp6h->icmp6_cksum, skb, old[i], words[i], false);
}

/**
 * macnat_nd_target() - the target address of a solicitation, advertisement or redirect
 * @frame: the frame as read
 *
 * Return: the address, in the VLAN of the frame
 */
struct macnat_key macnat_nd_target(const struct macnat_frame *frame)
{
	struct macnat_key key = { .scope = frame->dst.scope };

	memcpy(key.addr, frame->nd.target, sizeof(key.addr));
	return key;
}
