/* SPDX-License-Identifier: GPL-2.0 */
/* Writing the hardware addresses of an ARP packet. */
#ifndef MACNAT_ARP_H
#define MACNAT_ARP_H

#include <linux/if_arp.h>

#include "frame.h"

/* Bytes from the network header on that macnat_arp_write() wants writable. */
#define MACNAT_ARP_LEN (sizeof(struct arphdr) + sizeof(struct macnat_frame_arp_addrs))

void macnat_arp_write(struct sk_buff *skb, const struct macnat_frame *frame);

#endif /* MACNAT_ARP_H */
