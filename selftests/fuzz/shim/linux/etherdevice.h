/* SPDX-License-Identifier: GPL-2.0 */
/* The Ethernet header of an skb. */
#ifndef SHIM_LINUX_ETHERDEVICE_H
#define SHIM_LINUX_ETHERDEVICE_H

#include <linux/if_packet.h>
#include <linux/skbuff.h>

static inline struct ethhdr *eth_hdr(const struct sk_buff *skb)
{
	return (struct ethhdr *)(skb->head + skb->mac_header);
}

#endif /* SHIM_LINUX_ETHERDEVICE_H */
