// SPDX-License-Identifier: GPL-2.0
/*
 * Reading a frame: VLAN tags in metadata and in band, IP destination, ARP.
 * Every header is fetched by offset with skb_header_pointer(), so it may lie
 * in page fragments, and no length from the wire is trusted.
 */
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "frame.h"

static void macnat_frame_read_arp(const struct sk_buff *skb, struct macnat_frame *frame)
{
	struct {
		struct arphdr hdr;
		struct macnat_frame_arp_addrs addrs;
	} __packed buf;
	const typeof(buf) *arp;

	frame->kind = MACNAT_FRAME_MALFORMED;
	arp = skb_header_pointer(skb, frame->nhoff, sizeof(buf), &buf);
	if (!arp || arp->hdr.ar_hrd != htons(ARPHRD_ETHER) || arp->hdr.ar_pro != htons(ETH_P_IP) ||
	    arp->hdr.ar_hln != ETH_ALEN || arp->hdr.ar_pln != sizeof(__be32))
		return;

	switch (arp->hdr.ar_op) {
	case htons(ARPOP_REQUEST):
	case htons(ARPOP_REPLY):
	case htons(ARPOP_RREQUEST):
	case htons(ARPOP_RREPLY):
		frame->kind = MACNAT_FRAME_ARP;
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

static void macnat_frame_read_ipv4(const struct sk_buff *skb, struct macnat_frame *frame)
{
	const struct iphdr *iph;
	struct iphdr buf;

	iph = skb_header_pointer(skb, frame->nhoff, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl < 5) {
		frame->kind = MACNAT_FRAME_MALFORMED;
		return;
	}
	frame->kind = MACNAT_FRAME_IP;
	frame->dst.scope = macnat_key_scope(frame->vid, frame->inner_vid, false);
	frame->dst.addr[0] = iph->daddr;
}

static void macnat_frame_read_ipv6(const struct sk_buff *skb, struct macnat_frame *frame)
{
	const struct ipv6hdr *ip6h;
	struct ipv6hdr buf;

	ip6h = skb_header_pointer(skb, frame->nhoff, sizeof(buf), &buf);
	if (!ip6h || ip6h->version != 6) {
		frame->kind = MACNAT_FRAME_MALFORMED;
		return;
	}
	frame->kind = MACNAT_FRAME_IP;
	frame->dst.scope = macnat_key_scope(frame->vid, frame->inner_vid, true);
	memcpy(frame->dst.addr, &ip6h->daddr, sizeof(frame->dst.addr));
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
		tag = skb_header_pointer(skb, frame->nhoff, sizeof(buf), &buf);
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
	macnat_frame_read(skb, ETH_HLEN, ((const struct ethhdr *)skb->data)->h_proto, frame);
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
