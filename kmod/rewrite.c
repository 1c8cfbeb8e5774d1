// SPDX-License-Identifier: GPL-2.0
/* Making a frame writable, and writing its Ethernet header. */
#include <linux/etherdevice.h>

#include "rewrite.h"

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
int macnat_rewrite_open(struct sk_buff *skb, unsigned int len)
{
	if (unlikely(skb_shared(skb)))
		return -EBUSY;
	return skb_ensure_writable(skb, len) ? -ENOMEM : 0;
}

/**
 * macnat_rewrite_source() - set the Ethernet source
 * @skb: an opened frame
 * @mac: new source
 */
void macnat_rewrite_source(struct sk_buff *skb, u64 mac)
{
	macnat_key_mac_put(eth_hdr(skb)->h_source, mac);
}

/**
 * macnat_rewrite_dest() - set the Ethernet destination of a frame that came in
 * @skb: an opened frame
 * @mac: new destination, a pod's, so the frame is no longer the host's own
 */
void macnat_rewrite_dest(struct sk_buff *skb, u64 mac)
{
	macnat_key_mac_put(eth_hdr(skb)->h_dest, mac);
	skb->pkt_type = PACKET_OTHERHOST;
}
