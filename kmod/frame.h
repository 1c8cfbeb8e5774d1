/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading a frame: where its headers are and what they say, as values and
 * offsets. Nothing here keeps a pointer into the skb, and nothing writes.
 */
#ifndef MACNAT_FRAME_H
#define MACNAT_FRAME_H

#include <linux/skbuff.h>

#include "key.h"

/**
 * enum macnat_frame_kind - what macnat has to know of a frame
 * @MACNAT_FRAME_OTHER: nothing but its Ethernet header matters
 * @MACNAT_FRAME_IP: IPv4 or IPv6, &macnat_frame.dst is set
 * @MACNAT_FRAME_ARP: ARP or RARP for IPv4 over Ethernet, &macnat_frame.arp is set
 * @MACNAT_FRAME_MALFORMED: an ARP or IP header that is truncated or wrong
 */
enum macnat_frame_kind {
	MACNAT_FRAME_OTHER,
	MACNAT_FRAME_IP,
	MACNAT_FRAME_ARP,
	MACNAT_FRAME_MALFORMED,
};

/**
 * struct macnat_frame_arp - an ARP packet
 * @sha: sender hardware address, see macnat_key_mac()
 * @tha: target hardware address
 * @spa: sender protocol address
 * @tpa: target protocol address
 */
struct macnat_frame_arp {
	u64 sha;
	u64 tha;
	__be32 spa;
	__be32 tpa;
};

/**
 * struct macnat_frame - a frame that was read
 * @kind: what it is
 * @nhoff: offset of the network header from skb->data, behind all VLAN tags
 * @vid: VID of the outer tag, 0 for none
 * @inner_vid: VID of the inner tag, 0 for none
 * @dst: for MACNAT_FRAME_IP the key of the destination
 * @arp: for MACNAT_FRAME_ARP what it says
 */
struct macnat_frame {
	enum macnat_frame_kind kind;
	unsigned int nhoff;
	u16 vid;
	u16 inner_vid;
	union {
		struct macnat_key dst;
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

void macnat_frame_read_egress(const struct sk_buff *skb, struct macnat_frame *frame);
void macnat_frame_read_ingress(const struct sk_buff *skb, struct macnat_frame *frame);

#endif /* MACNAT_FRAME_H */
