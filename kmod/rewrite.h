/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one gate that may move skb data, and the edits of the Ethernet header.
 * After macnat_rewrite_open() every pointer into the skb must be taken anew.
 */
#ifndef MACNAT_REWRITE_H
#define MACNAT_REWRITE_H

#include <linux/etherdevice.h>
#include <linux/skbuff.h>

#include "frame.h"

int macnat_rewrite_unclone(struct sk_buff *skb, unsigned int len);

/**
 * macnat_rewrite_is_open() - is a frame nobody's but ours?
 * @skb: the frame
 *
 * Return: true if what is linear of it may be written
 */
static __always_inline bool macnat_rewrite_is_open(const struct sk_buff *skb)
{
	return likely(!skb_shared(skb) && !skb_cloned(skb));
}

/**
 * macnat_rewrite_open() - make a frame ours to write
 * @skb: the frame
 * @len: bytes from skb->data on that will be written, 0 if only the Ethernet
 *	header in front of skb->data is (ingress)
 *
 * A bridge floods clones that share their data, and a capture may hold one:
 * those get a private copy of the header, other holders keep what they saw.
 * An skb that somebody else holds a reference to (not a clone) cannot be
 * changed at all without changing it for them.
 *
 * Context: softirq or BH disabled. Moves data: no pointer into the skb that
 * was taken before is valid after.
 *
 * Return: 0, -EBUSY if the skb is shared, -ENOMEM if there is no memory
 */
static __always_inline int macnat_rewrite_open(struct sk_buff *skb, unsigned int len)
{
	if (macnat_rewrite_is_open(skb) && likely(len <= skb_headlen(skb)))
		return 0;
	return macnat_rewrite_unclone(skb, len);
}

/**
 * macnat_rewrite_read() - read a frame that will be decided on, and written by what was read
 * @skb: the frame
 * @frame: what was read
 * @read: macnat_frame_read_egress() or macnat_frame_read_ingress()
 *
 * Page fragments may be memory of the sender, who can change it between two looks: from a length
 * that was found sound to 0, which is a loop without end, or from data to an advertisement that
 * no guard has seen. So what was looked at there is copied, and read again.
 *
 * Context: BH disabled. Moves data, see macnat_rewrite_open().
 *
 * Return: 0, -EBUSY if the skb is shared or somebody is changing it, -ENOMEM if there is no memory
 */
static __always_inline int macnat_rewrite_read(struct sk_buff *skb, struct macnat_frame *frame,
					       void (*read)(const struct sk_buff *skb,
							    struct macnat_frame *frame))
{
	int err;

	read(skb, frame);
	if (likely(frame->read <= skb_headlen(skb)))
		return 0;
	err = macnat_rewrite_open(skb, frame->read);
	if (err)
		return err;
	read(skb, frame);
	return frame->read <= skb_headlen(skb) ? 0 : -EBUSY;
}

/**
 * macnat_rewrite_source() - set the Ethernet source of a frame about to be sent
 * @skb: an opened frame, its data starts at the Ethernet header, see macnat_frame_egress_eth()
 * @mac: new source
 */
static __always_inline void macnat_rewrite_source(struct sk_buff *skb, u64 mac)
{
	macnat_key_mac_put(macnat_frame_egress_eth(skb)->h_source, mac);
}

/**
 * macnat_rewrite_dest() - set the Ethernet destination of a frame that came in
 * @skb: an opened frame
 * @mac: new destination, a pod's, so the frame is no longer the host's own
 */
static __always_inline void macnat_rewrite_dest(struct sk_buff *skb, u64 mac)
{
	macnat_key_mac_put(eth_hdr(skb)->h_dest, mac);
	skb->pkt_type = PACKET_OTHERHOST;
}

#endif /* MACNAT_REWRITE_H */
