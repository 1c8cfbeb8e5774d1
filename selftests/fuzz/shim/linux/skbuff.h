/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An skb for user space: a linear part and up to two fragments, each memory of
 * its own and of its exact size, so that AddressSanitizer sees every byte that
 * is read or written outside.
 */
#ifndef SHIM_LINUX_SKBUFF_H
#define SHIM_LINUX_SKBUFF_H

#include <linux/if_ether.h>

#include "../kernel.h"

#define CHECKSUM_NONE		0
#define CHECKSUM_UNNECESSARY	1
#define CHECKSUM_COMPLETE	2
#define CHECKSUM_PARTIAL	3

#define SHIM_FRAGS 2

struct shim_frag {
	unsigned char *data;
	unsigned int len;
};

/**
 * struct sk_buff - what macnat knows of an skb
 * @head: the linear part
 * @data: where the frame starts for who has it: its Ethernet header on egress,
 *	what follows that on ingress
 * @len: bytes from @data on, fragments included
 * @data_len: bytes in fragments
 * @mac_header: offset of the Ethernet header from @head
 * @network_header: offset of what follows it, as eth_type_trans() leaves it
 * @protocol: EtherType, network byte order
 * @ip_summed: CHECKSUM_*
 * @csum: for CHECKSUM_COMPLETE the sum from @network_header to the end
 * @csum_start: for CHECKSUM_PARTIAL where the device starts, from @head
 * @csum_offset: and where it puts the result, from there
 * @pkt_type: PACKET_*
 * @vlan_present: there is a VLAN tag in the metadata
 * @vlan_tci: which
 * @gso: this is a super-frame
 * @shared: somebody else holds a reference
 * @nomem: there is no memory to make it writable
 * @changing: not 0: the sender still has the fragments, and changes what was read there
 * @frags: the rest of the frame
 */
struct sk_buff {
	unsigned char *head;
	unsigned char *data;
	unsigned int len;
	unsigned int data_len;
	u16 mac_header;
	u16 network_header;
	__be16 protocol;
	u8 ip_summed;
	union {
		__wsum csum;
		struct {
			u16 csum_start;
			u16 csum_offset;
		};
	};
	u8 pkt_type;
	bool vlan_present;
	u16 vlan_tci;
	bool gso;
	bool shared;
	bool nomem;
	u32 changing;
	struct shim_frag frags[SHIM_FRAGS];
};

static inline bool skb_shared(const struct sk_buff *skb)
{
	return skb->shared;
}

/* Always: then skb_ensure_writable() is asked, which does the worst that it may. */
static inline bool skb_cloned(const struct sk_buff *skb)
{
	(void)skb;
	return true;
}

static inline bool skb_is_gso(const struct sk_buff *skb)
{
	return skb->gso;
}

static inline unsigned int skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

void *skb_header_pointer(const struct sk_buff *skb, int offset, int len, void *buffer);
int skb_ensure_writable(struct sk_buff *skb, unsigned int len);

/* For the tests: an skb from bytes, and the bytes of an skb. */
struct sk_buff *shim_skb_new(const u8 *bytes, unsigned int len, unsigned int linear,
			     unsigned int split);
void shim_skb_pull(struct sk_buff *skb, unsigned int len);
void shim_skb_bytes(const struct sk_buff *skb, u8 *bytes);
void shim_skb_free(struct sk_buff *skb);

#endif /* SHIM_LINUX_SKBUFF_H */
