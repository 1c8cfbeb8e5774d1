/* SPDX-License-Identifier: GPL-2.0 */
/* The Internet checksum. */
#ifndef SHIM_NET_CHECKSUM_H
#define SHIM_NET_CHECKSUM_H

#include <linux/skbuff.h>

#define CSUM_MANGLED_0 ((__sum16)0xffff)

void inet_proto_csum_replace2(__sum16 *sum, struct sk_buff *skb, __be16 from, __be16 to,
			      bool pseudohdr);

#endif /* SHIM_NET_CHECKSUM_H */
