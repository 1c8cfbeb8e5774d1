// SPDX-License-Identifier: GPL-2.0
/*
 * DHCPv4 (RFC 2131): a client without an address is answered at its hardware
 * address, which the fabric does not know, unless it asks for a broadcast.
 */
#include <linux/skbuff.h>
#include <net/checksum.h>

#include "dhcp.h"

/**
 * macnat_dhcp_write() - set the broadcast flag of a request (RFC 2131 2, 4.1)
 * @skb: the frame, opened for MACNAT_DHCP_LEN bytes from its UDP header on
 * @frame: the frame as read, of kind MACNAT_FRAME_DHCP_REQUEST
 *
 * No checksum stays none, and a computed one never becomes none (RFC 768).
 */
void macnat_dhcp_write(struct sk_buff *skb, const struct macnat_frame *frame)
{
	struct udphdr *uh = (void *)(skb->data + frame->l4off);
	struct macnat_frame_dhcp *dhcp = (void *)(uh + 1);
	__be16 old = dhcp->flags;

	dhcp->flags |= MACNAT_FRAME_DHCP_BROADCAST;
	if (!uh->check && skb->ip_summed != CHECKSUM_PARTIAL) {
		/* nothing in the packet makes up for the change in a sum over its bytes */
		if (skb->ip_summed == CHECKSUM_COMPLETE)
			skb->ip_summed = CHECKSUM_NONE;
		return;
	}
	inet_proto_csum_replace2(&uh->check, skb, old, dhcp->flags, false);
	if (!uh->check)
		uh->check = CSUM_MANGLED_0;
}
