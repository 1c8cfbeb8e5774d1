/* SPDX-License-Identifier: GPL-2.0 */
/* The link-layer address options of IPv6 neighbour discovery. */
#ifndef MACNAT_ND_H
#define MACNAT_ND_H

#include "frame.h"

unsigned int macnat_nd_next(const struct sk_buff *skb, const struct macnat_frame *frame,
			    unsigned int after);
u64 macnat_nd_read(const struct sk_buff *skb, unsigned int off);
void macnat_nd_write(struct sk_buff *skb, const struct macnat_frame *frame, unsigned int off,
		     u64 mac);
struct macnat_key macnat_nd_target(const struct macnat_frame *frame);

#endif /* MACNAT_ND_H */
