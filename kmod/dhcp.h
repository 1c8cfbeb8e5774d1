/* SPDX-License-Identifier: GPL-2.0 */
/* The broadcast flag of DHCPv4 requests. */
#ifndef MACNAT_DHCP_H
#define MACNAT_DHCP_H

#include <linux/udp.h>

#include "frame.h"

/* Bytes from the UDP header on that macnat_dhcp_write() wants writable. */
#define MACNAT_DHCP_LEN (sizeof(struct udphdr) + sizeof(struct macnat_frame_dhcp))

void macnat_dhcp_write(struct sk_buff *skb, const struct macnat_frame *frame);

#endif /* MACNAT_DHCP_H */
