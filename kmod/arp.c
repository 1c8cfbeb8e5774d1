// SPDX-License-Identifier: GPL-2.0
/* ARP for IPv4 over Ethernet (RFC 826), and RARP (RFC 903), which has its layout. */
#include "arp.h"

/**
 * macnat_arp_write() - write both hardware addresses
 * @skb: the frame, opened for MACNAT_ARP_LEN bytes from its network header on
 * @frame: the frame as read, with &macnat_frame_arp.sha and &macnat_frame_arp.tha
 *	as they shall become
 */
void macnat_arp_write(struct sk_buff *skb, const struct macnat_frame *frame)
{
	struct macnat_frame_arp_addrs *addrs =
		(void *)(skb->data + frame->nhoff + sizeof(struct arphdr));

	macnat_key_mac_put(addrs->sha, frame->arp.sha);
	macnat_key_mac_put(addrs->tha, frame->arp.tha);

	/* a device's sum over the bytes that were received no longer holds */
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
}
