/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading a frame: where its headers are and what they say, as values and
 * offsets. Nothing here keeps a pointer into the skb, and nothing writes.
 */
#ifndef MACNAT_FRAME_H
#define MACNAT_FRAME_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>

#include "key.h"

/**
 * enum macnat_frame_kind - what macnat has to know of a frame
 * @MACNAT_FRAME_OTHER: nothing but its Ethernet header matters
 * @MACNAT_FRAME_IP: IPv4 or IPv6, &macnat_frame.src and &macnat_frame.dst are set, as
 *	for all the kinds of IP below
 * @MACNAT_FRAME_ND: IPv6 neighbour discovery that receivers accept, &macnat_frame.dst
 *	and &macnat_frame.nd are set
 * @MACNAT_FRAME_ND_SEND: the same, but signed: a changed byte would void it (RFC 3971)
 * @MACNAT_FRAME_ND_FRAGMENT: neighbour discovery behind a fragment header (RFC 6980)
 * @MACNAT_FRAME_DHCP_REQUEST: a DHCPv4 client asks for an answer that is not broadcast,
 *	before it has an address; &macnat_frame.dst and &macnat_frame.l4off are set
 * @MACNAT_FRAME_DHCP_REPLY: a DHCPv4 server answers; &macnat_frame.dst and
 *	&macnat_frame.chaddr are set
 * @MACNAT_FRAME_ARP: ARP or RARP for IPv4 over Ethernet, &macnat_frame.arp is set
 * @MACNAT_FRAME_MALFORMED: an ARP, IP or neighbour discovery header that is truncated or wrong
 */
enum macnat_frame_kind {
	MACNAT_FRAME_OTHER,
	MACNAT_FRAME_IP,
	MACNAT_FRAME_ND,
	MACNAT_FRAME_ND_SEND,
	MACNAT_FRAME_ND_FRAGMENT,
	MACNAT_FRAME_DHCP_REQUEST,
	MACNAT_FRAME_DHCP_REPLY,
	MACNAT_FRAME_ARP,
	MACNAT_FRAME_MALFORMED,
};

/**
 * struct macnat_frame_arp - an ARP packet
 * @op: ARPOP_*, host byte order
 * @sha: sender hardware address, see macnat_key_mac()
 * @tha: target hardware address
 * @spa: sender protocol address
 * @tpa: target protocol address
 */
struct macnat_frame_arp {
	u16 op;
	u64 sha;
	u64 tha;
	__be32 spa;
	__be32 tpa;
};

/**
 * struct macnat_frame_nd - a neighbour discovery message
 * @type: NDISC_*
 * @router: of an advertisement, its flag R
 * @target: of a solicitation, an advertisement or a redirect, its target address
 * @options: offset of its options from skb->data
 * @end: offset behind its last option
 */
struct macnat_frame_nd {
	u8 type;
	bool router;
	__be32 target[4];
	unsigned int options;
	unsigned int end;
};

/**
 * struct macnat_frame - a frame that was read
 * @kind: what it is
 * @nhoff: offset of the network header from skb->data, behind all VLAN tags
 * @vid: VID of the outer tag, 0 for none
 * @inner_vid: VID of the inner tag, 0 for none
 * @l4off: offset of the ICMPv6 or UDP header from skb->data
 * @read: bytes from skb->data on in which all lies that was looked at
 * @src: for all kinds of IP the key of the source
 * @dst: for all kinds of IP the key of the destination
 * @nd: for MACNAT_FRAME_ND what it says
 * @chaddr: for MACNAT_FRAME_DHCP_REPLY the client's hardware address
 * @arp: for MACNAT_FRAME_ARP what it says
 */
struct macnat_frame {
	enum macnat_frame_kind kind;
	unsigned int nhoff;
	u16 vid;
	u16 inner_vid;
	unsigned int l4off;
	unsigned int read;
	union {
		struct {
			struct macnat_key src;
			struct macnat_key dst;
			union {
				struct macnat_frame_nd nd;
				u64 chaddr;
			};
		};
		struct macnat_frame_arp arp;
	};
};

/* Layout of ARP for IPv4 over Ethernet, RFC 826; its header is struct arphdr. */
struct macnat_frame_arp_addrs {
	u8 sha[ETH_ALEN];
	__be32 spa;
	u8 tha[ETH_ALEN];
	__be32 tpa;
} __packed;

/* Layout of what macnat reads and writes of DHCPv4, RFC 2131 2, behind the UDP header. */
struct macnat_frame_dhcp {
	u8 op;
	u8 htype;
	u8 hlen;
	u8 hops;
	__be32 xid;
	__be16 secs;
	__be16 flags;
	__be32 ciaddr;
	__be32 yiaddr;
	__be32 siaddr;
	__be32 giaddr;
	u8 chaddr[ETH_ALEN];
} __packed;

#define MACNAT_FRAME_DHCP_BROADCAST htons(0x8000)

/**
 * macnat_frame_is_ip() - does a frame have a source and a destination key?
 * @frame: as read
 *
 * Return: true if it is IP of any kind, and whole
 */
static inline bool macnat_frame_is_ip(const struct macnat_frame *frame)
{
	switch (frame->kind) {
	case MACNAT_FRAME_OTHER:
	case MACNAT_FRAME_ARP:
	case MACNAT_FRAME_MALFORMED:
		return false;
	default:
		return true;
	}
}

/* Both ends of DHCPv4, RFC 2131 4.1. */
#define MACNAT_FRAME_DHCP_SERVER htons(67)
#define MACNAT_FRAME_DHCP_CLIENT htons(68)

/* What the first look wants of an IPv4 packet: no options, and the ports behind its header */
struct macnat_frame_ipv4 {
	struct iphdr iph;
	__be16 source;
	__be16 dest;
};

/**
 * macnat_frame_is_data_ipv4() - a first look at an IPv4 packet
 * @skb: the frame
 * @nhoff: offset of the IPv4 header from skb->data
 *
 * Nearly all packets pass, at a fraction of the cost of reading them. What looks like DHCP
 * does not, be it UDP or not.
 *
 * Context: softirq or BH disabled. Does not change the skb.
 *
 * Return: true if it is whole and linear and surely %MACNAT_FRAME_IP, else only reading it can tell
 */
static __always_inline bool macnat_frame_is_data_ipv4(const struct sk_buff *skb, unsigned int nhoff)
{
	const struct macnat_frame_ipv4 *ip = (const void *)(skb->data + nhoff);
	unsigned int len;

	if (unlikely(skb_headlen(skb) < nhoff + sizeof(*ip) || *(const u8 *)ip != 0x45))
		return false;
	len = ntohs(ip->iph.tot_len);
	if (unlikely(len < sizeof(ip->iph) || nhoff + len > skb->len))
		return false;
	return likely(ip->dest != MACNAT_FRAME_DHCP_SERVER && ip->dest != MACNAT_FRAME_DHCP_CLIENT);
}

/**
 * macnat_frame_is_data_ipv6() - a first look at an IPv6 packet
 * @skb: the frame
 * @nhoff: offset of the IPv6 header from skb->data
 *
 * Context: softirq or BH disabled. Does not change the skb.
 *
 * Return: true if it is TCP or UDP, whole, its header linear, and so surely
 * %MACNAT_FRAME_IP, else only reading it can tell
 */
static __always_inline bool macnat_frame_is_data_ipv6(const struct sk_buff *skb, unsigned int nhoff)
{
	const struct ipv6hdr *ip6h = (const void *)(skb->data + nhoff);

	if (unlikely(skb_headlen(skb) < nhoff + sizeof(*ip6h) || ip6h->version != 6 ||
		     nhoff + sizeof(*ip6h) + ntohs(ip6h->payload_len) > skb->len))
		return false;
	return likely(ip6h->nexthdr == IPPROTO_TCP || ip6h->nexthdr == IPPROTO_UDP);
}

/**
 * macnat_frame_scope() - the scope of a frame without a VLAN tag in band
 * @skb: the frame
 * @ipv6: which family it is
 *
 * Return: &macnat_key.scope
 */
static __always_inline u32 macnat_frame_scope(const struct sk_buff *skb, bool ipv6)
{
	return macnat_key_scope(skb_vlan_tag_present(skb) ? skb_vlan_tag_get_id(skb) : 0, 0, ipv6);
}

/**
 * macnat_frame_egress_eth() - the Ethernet header of a frame about to be sent
 * @skb: the frame; its data starts at the Ethernet header, which is linear
 *
 * Not eth_hdr(): the kernel sets &sk_buff.mac_header for frames that come in, but not for all that
 * are sent. Until 6.1.19x and 6.9, AF_PACKET left it unset with PACKET_QDISC_BYPASS, and it pointed
 * 64 KB behind the data.
 *
 * Return: the header, valid until the next macnat_rewrite_open()
 */
static __always_inline struct ethhdr *macnat_frame_egress_eth(const struct sk_buff *skb)
{
	return (struct ethhdr *)skb->data;
}

void macnat_frame_read_egress(const struct sk_buff *skb, struct macnat_frame *frame);
bool macnat_frame_may_be_nd(const struct sk_buff *skb);
void macnat_frame_read_ingress(const struct sk_buff *skb, struct macnat_frame *frame);

#endif /* MACNAT_FRAME_H */
