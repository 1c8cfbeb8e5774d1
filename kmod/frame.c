// SPDX-License-Identifier: GPL-2.0
/*
 * Reading a frame: VLAN tags in metadata and in band, IP destination, ARP,
 * IPv6 neighbour discovery, DHCPv4.
 * Every header is fetched by offset with macnat_frame_at(), so it may lie in
 * page fragments, and no length from the wire is trusted.
 */
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/icmpv6.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "frame.h"

/*
 * skb_header_pointer() that remembers how far a frame was looked at. What is in page fragments
 * may be memory that the sender can still write to (PACKET_TX_RING, splice): see
 * macnat_rewrite_read().
 */
static const void *macnat_frame_at(const struct sk_buff *skb, struct macnat_frame *frame,
				   unsigned int off, unsigned int len, void *buf)
{
	const void *at = skb_header_pointer(skb, off, len, buf);

	if (at && off + len > frame->read)
		frame->read = off + len;
	return at;
}

static void macnat_frame_read_arp(const struct sk_buff *skb, struct macnat_frame *frame)
{
	struct {
		struct arphdr hdr;
		struct macnat_frame_arp_addrs addrs;
	} __packed buf;
	const typeof(buf) *arp;

	frame->kind = MACNAT_FRAME_MALFORMED;
	arp = macnat_frame_at(skb, frame, frame->nhoff, sizeof(buf), &buf);
	if (!arp || arp->hdr.ar_hrd != htons(ARPHRD_ETHER) || arp->hdr.ar_pro != htons(ETH_P_IP) ||
	    arp->hdr.ar_hln != ETH_ALEN || arp->hdr.ar_pln != sizeof(__be32))
		return;

	switch (arp->hdr.ar_op) {
	case htons(ARPOP_REQUEST):
	case htons(ARPOP_REPLY):
	case htons(ARPOP_RREQUEST):
	case htons(ARPOP_RREPLY):
		frame->kind = MACNAT_FRAME_ARP;
		frame->arp.op = ntohs(arp->hdr.ar_op);
		frame->arp.sha = macnat_key_mac(arp->addrs.sha);
		frame->arp.tha = macnat_key_mac(arp->addrs.tha);
		frame->arp.spa = arp->addrs.spa;
		frame->arp.tpa = arp->addrs.tpa;
		break;
	default:
		/* InARP and ATMARP tell of circuits, not of neighbours (RFC 2390) */
		frame->kind = MACNAT_FRAME_OTHER;
	}
}

#define MACNAT_FRAME_DHCP_REQUEST_OP 1
#define MACNAT_FRAME_DHCP_REPLY_OP 2

static void macnat_frame_read_dhcp(const struct sk_buff *skb, struct macnat_frame *frame)
{
	const struct macnat_frame_dhcp *dhcp;
	struct macnat_frame_dhcp buf;

	dhcp = macnat_frame_at(skb, frame, frame->l4off + sizeof(struct udphdr), sizeof(buf), &buf);
	if (!dhcp || dhcp->htype != ARPHRD_ETHER || dhcp->hlen != ETH_ALEN)
		return;
	if (dhcp->op == MACNAT_FRAME_DHCP_REPLY_OP) {
		frame->kind = MACNAT_FRAME_DHCP_REPLY;
		frame->chaddr = macnat_key_mac(dhcp->chaddr);
	} else if (dhcp->op == MACNAT_FRAME_DHCP_REQUEST_OP && !dhcp->ciaddr && !dhcp->giaddr &&
		   !(dhcp->flags & MACNAT_FRAME_DHCP_BROADCAST)) {
		/* with an address, or behind a relay, the answer does not go by the flag */
		frame->kind = MACNAT_FRAME_DHCP_REQUEST;
	}
}

/* @end: offset behind the IP packet, and behind what its checksums cover */
static void macnat_frame_read_udp(const struct sk_buff *skb, struct macnat_frame *frame,
				  unsigned int end)
{
	unsigned int len = sizeof(struct udphdr) + sizeof(struct macnat_frame_dhcp);
	const struct udphdr *uh;
	struct udphdr buf;

	uh = macnat_frame_at(skb, frame, frame->l4off, sizeof(buf), &buf);
	if (!uh || ntohs(uh->len) < len || frame->l4off + len > end)
		return;
	if ((uh->source == MACNAT_FRAME_DHCP_CLIENT && uh->dest == MACNAT_FRAME_DHCP_SERVER) ||
	    (uh->source == MACNAT_FRAME_DHCP_SERVER && uh->dest == MACNAT_FRAME_DHCP_CLIENT))
		macnat_frame_read_dhcp(skb, frame);
}

/* Is there as much of a packet as its header says? A super-frame may be too long to say. */
static bool macnat_frame_is_whole(const struct sk_buff *skb, const struct macnat_frame *frame,
				  unsigned int len)
{
	return frame->nhoff + len <= skb->len || skb_is_gso(skb);
}

static void macnat_frame_read_ipv4(const struct sk_buff *skb, struct macnat_frame *frame)
{
	const struct iphdr *iph;
	struct iphdr buf;

	iph = macnat_frame_at(skb, frame, frame->nhoff, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl < 5 ||
	    (ntohs(iph->tot_len) < iph->ihl * 4 && !skb_is_gso(skb)) ||
	    !macnat_frame_is_whole(skb, frame, ntohs(iph->tot_len))) {
		frame->kind = MACNAT_FRAME_MALFORMED;
		return;
	}
	frame->kind = MACNAT_FRAME_IP;
	frame->src.scope = macnat_key_scope(frame->vid, frame->inner_vid, false);
	frame->src.addr[0] = iph->saddr;
	frame->dst.scope = frame->src.scope;
	frame->dst.addr[0] = iph->daddr;
	if (iph->protocol == IPPROTO_UDP && !(iph->frag_off & htons(IP_OFFSET))) {
		frame->l4off = frame->nhoff + iph->ihl * 4;
		macnat_frame_read_udp(skb, frame, frame->nhoff + ntohs(iph->tot_len));
	}
}

/* Length of a neighbour discovery message without its options, 0 for any other ICMPv6 */
static unsigned int macnat_frame_nd_len(u8 type)
{
	switch (type) {
	case NDISC_ROUTER_SOLICITATION:
		return sizeof(struct rs_msg);
	case NDISC_ROUTER_ADVERTISEMENT:
		return sizeof(struct ra_msg);
	case NDISC_NEIGHBOUR_SOLICITATION:
	case NDISC_NEIGHBOUR_ADVERTISEMENT:
		return sizeof(struct nd_msg);
	case NDISC_REDIRECT:
		return sizeof(struct rd_msg);
	default:
		return 0;
	}
}

#define MACNAT_FRAME_ND_RSA_SIGNATURE 12	/* RFC 3971 5.2 */

/* One bad option voids the whole message (RFC 4861 4.6): receivers drop it, nobody rewrites it. */
static enum macnat_frame_kind macnat_frame_read_nd_options(const struct sk_buff *skb,
							   struct macnat_frame *frame)
{
	enum macnat_frame_kind kind = MACNAT_FRAME_ND;
	unsigned int off = frame->nd.options, end = frame->nd.end;
	const struct nd_opt_hdr *opt;
	struct nd_opt_hdr buf;

	while (off < end) {
		opt = off + sizeof(buf) <= end ?
		      macnat_frame_at(skb, frame, off, sizeof(buf), &buf) : NULL;
		if (!opt || !opt->nd_opt_len || off + opt->nd_opt_len * 8 > end)
			return MACNAT_FRAME_MALFORMED;
		if (opt->nd_opt_type == MACNAT_FRAME_ND_RSA_SIGNATURE)
			kind = MACNAT_FRAME_ND_SEND;
		off += opt->nd_opt_len * 8;
	}
	return kind;
}

/* The target stands behind the same eight bytes in all that have one, RFC 4861 4.3 to 4.5. */
static void macnat_frame_read_nd_target(const struct sk_buff *skb, struct macnat_frame *frame)
{
	const struct nd_msg *nd;
	struct nd_msg buf;

	nd = macnat_frame_at(skb, frame, frame->l4off, sizeof(buf), &buf);
	if (nd) {
		frame->nd.router = nd->icmph.icmp6_router;
		memcpy(frame->nd.target, &nd->target, sizeof(frame->nd.target));
	}
}

/* Hop limit 255, code 0, length: RFC 4861 6.1 and 7.1. What fails is not neighbour discovery. */
static void macnat_frame_read_nd(const struct sk_buff *skb, struct macnat_frame *frame,
				 const struct ipv6hdr *ip6h, bool fragment)
{
	const struct icmp6hdr *icmp6h;
	struct icmp6hdr buf;
	unsigned int len;

	icmp6h = macnat_frame_at(skb, frame, frame->l4off, sizeof(buf), &buf);
	if (!icmp6h || icmp6h->icmp6_code || ip6h->hop_limit != 255)
		return;
	len = macnat_frame_nd_len(icmp6h->icmp6_type);
	if (!len)
		return;
	if (fragment) {
		frame->kind = MACNAT_FRAME_ND_FRAGMENT;
		return;
	}
	frame->nd.type = icmp6h->icmp6_type;
	frame->nd.options = frame->l4off + len;
	frame->nd.end = frame->nhoff + sizeof(*ip6h) + ntohs(ip6h->payload_len);
	if (frame->nd.options > frame->nd.end || frame->nd.end > skb->len) {
		frame->kind = MACNAT_FRAME_MALFORMED;
		return;
	}
	if (len >= sizeof(struct nd_msg))
		macnat_frame_read_nd_target(skb, frame);
	frame->kind = macnat_frame_read_nd_options(skb, frame);
}

/*
 * Walk extension headers (RFC 8200 4.1) from frame->l4off on; false if what
 * is behind them cannot be told. ipv6_find_hdr() would do, but reads the IPv6
 * header of a frame without tags in place, and that may be in a page fragment.
 */
static bool macnat_frame_skip_extensions(const struct sk_buff *skb, struct macnat_frame *frame,
					 u8 *nexthdr, bool *fragment)
{
	const struct frag_hdr *hdr;	/* the longest; the others share its first two bytes */
	struct frag_hdr buf;

	*fragment = false;
	while (ipv6_ext_hdr(*nexthdr)) {
		hdr = macnat_frame_at(skb, frame, frame->l4off, sizeof(buf), &buf);
		if (!hdr || *nexthdr == NEXTHDR_NONE)
			return false;
		if (*nexthdr == NEXTHDR_FRAGMENT) {
			*fragment = true;
			if (hdr->frag_off & htons(IP6_OFFSET))
				return false;
			frame->l4off += sizeof(*hdr);
		} else if (*nexthdr == NEXTHDR_AUTH) {
			frame->l4off += ipv6_authlen((const struct ipv6_opt_hdr *)hdr);
		} else {
			frame->l4off += ipv6_optlen((const struct ipv6_opt_hdr *)hdr);
		}
		*nexthdr = hdr->nexthdr;
	}
	return true;
}

static void macnat_frame_read_icmp6(const struct sk_buff *skb, struct macnat_frame *frame,
				    const struct ipv6hdr *ip6h)
{
	u8 nexthdr = ip6h->nexthdr;
	bool fragment;

	frame->l4off = frame->nhoff + sizeof(*ip6h);
	if (macnat_frame_skip_extensions(skb, frame, &nexthdr, &fragment) &&
	    nexthdr == IPPROTO_ICMPV6)
		macnat_frame_read_nd(skb, frame, ip6h, fragment);
}

static void macnat_frame_read_ipv6(const struct sk_buff *skb, struct macnat_frame *frame)
{
	const struct ipv6hdr *ip6h;
	struct ipv6hdr buf;

	ip6h = macnat_frame_at(skb, frame, frame->nhoff, sizeof(buf), &buf);
	if (!ip6h || ip6h->version != 6 ||
	    !macnat_frame_is_whole(skb, frame, sizeof(*ip6h) + ntohs(ip6h->payload_len))) {
		frame->kind = MACNAT_FRAME_MALFORMED;
		return;
	}
	frame->kind = MACNAT_FRAME_IP;
	frame->src.scope = macnat_key_scope(frame->vid, frame->inner_vid, true);
	memcpy(frame->src.addr, &ip6h->saddr, sizeof(frame->src.addr));
	frame->dst.scope = frame->src.scope;
	memcpy(frame->dst.addr, &ip6h->daddr, sizeof(frame->dst.addr));
	if (ip6h->nexthdr != IPPROTO_TCP && ip6h->nexthdr != IPPROTO_UDP)
		macnat_frame_read_icmp6(skb, frame, ip6h);
}

/* A tag with VID 0 carries a priority only (IEEE 802.1Q 6.9): it is no VLAN. */
static bool macnat_frame_push_vid(struct macnat_frame *frame, u16 tci)
{
	u16 vid = tci & VLAN_VID_MASK;

	if (!vid)
		return true;
	if (!frame->vid)
		frame->vid = vid;
	else if (!frame->inner_vid)
		frame->inner_vid = vid;
	else
		return false;
	return true;
}

/*
 * Walk the VLAN tags; false if the network header cannot be reached or lies
 * behind more tags than a key has room for.
 */
static bool macnat_frame_read_tags(const struct sk_buff *skb, __be16 *proto,
				   struct macnat_frame *frame)
{
	const struct vlan_hdr *tag;
	struct vlan_hdr buf;

	frame->vid = 0;
	frame->inner_vid = 0;
	if (skb_vlan_tag_present(skb))
		macnat_frame_push_vid(frame, skb_vlan_tag_get(skb));

	while (unlikely(eth_type_vlan(*proto))) {
		tag = macnat_frame_at(skb, frame, frame->nhoff, sizeof(buf), &buf);
		if (!tag || !macnat_frame_push_vid(frame, ntohs(tag->h_vlan_TCI)))
			return false;
		*proto = tag->h_vlan_encapsulated_proto;
		frame->nhoff += sizeof(*tag);
	}
	return true;
}

static void macnat_frame_read(const struct sk_buff *skb, unsigned int nhoff, __be16 proto,
			      struct macnat_frame *frame)
{
	frame->nhoff = nhoff;
	frame->read = nhoff;
	frame->kind = MACNAT_FRAME_OTHER;
	if (!macnat_frame_read_tags(skb, &proto, frame))
		return;

	switch (proto) {
	case htons(ETH_P_IP):
		macnat_frame_read_ipv4(skb, frame);
		break;
	case htons(ETH_P_IPV6):
		macnat_frame_read_ipv6(skb, frame);
		break;
	case htons(ETH_P_ARP):
	case htons(ETH_P_RARP):
		macnat_frame_read_arp(skb, frame);
		break;
	}
}

/**
 * macnat_frame_read_egress() - read a frame about to be sent
 * @skb: the frame; its data starts at the Ethernet header, which is linear
 * @frame: what was read
 *
 * Context: softirq or BH disabled. Does not change the skb.
 */
void macnat_frame_read_egress(const struct sk_buff *skb, struct macnat_frame *frame)
{
	macnat_frame_read(skb, ETH_HLEN, macnat_frame_egress_eth(skb)->h_proto, frame);
}

/**
 * macnat_frame_may_be_nd() - a first look at a frame about to be sent
 * @skb: the frame; its data starts at the Ethernet header, which is linear
 *
 * Context: softirq or BH disabled. Does not change the skb.
 *
 * Return: false if the frame is no neighbour discovery, true if only reading it can tell
 */
bool macnat_frame_may_be_nd(const struct sk_buff *skb)
{
	__be16 proto = macnat_frame_egress_eth(skb)->h_proto;
	const u8 *nexthdr;
	u8 buf;

	if (likely(proto != htons(ETH_P_IPV6)))
		return eth_type_vlan(proto);
	nexthdr = skb_header_pointer(skb, ETH_HLEN + offsetof(struct ipv6hdr, nexthdr),
				     sizeof(buf), &buf);
	return nexthdr && *nexthdr != IPPROTO_TCP && *nexthdr != IPPROTO_UDP;
}

/**
 * macnat_frame_read_ingress() - read a frame that came in
 * @skb: the frame; its data starts behind the Ethernet header, and behind the
 *	outer VLAN tag, which the kernel has moved to the skb's metadata
 * @frame: what was read
 *
 * Context: softirq or BH disabled. Does not change the skb.
 */
void macnat_frame_read_ingress(const struct sk_buff *skb, struct macnat_frame *frame)
{
	macnat_frame_read(skb, 0, skb->protocol, frame);
}
