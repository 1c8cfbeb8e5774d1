/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a frame is, read a second time: from plain bytes, by the RFCs, in
 * another manner than kmod/frame.c does it, for the tests to compare with. All
 * offsets are from the Ethernet header. Checksums are computed in full.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include "frame.h"

#define MODEL_FRAME_MAX 2048

/**
 * struct model - a frame
 * @bytes: from the Ethernet header on
 * @len: their number
 * @tci: VLAN tag in the metadata, or -1
 * @gso: its length fields may be wrong, as it is a super-frame
 * @kind: what it is
 * @nhoff: offset of the network header
 * @vid: VID of the outer tag, 0 for none
 * @inner_vid: VID of the inner tag, 0 for none
 * @ipv6: it is IPv6, if it is IP
 * @l4off: offset of the ICMPv6 or UDP header, if there is one
 * @l4len: length of that and what belongs to it, if @csum is not 0
 * @protocol: IPPROTO_*, if it is IPv4 or ICMPv6
 * @csum: offset of the ICMPv6 or UDP checksum, 0 if it is neither ND nor DHCP
 * @options: offset of the neighbour discovery options
 * @lladdr: offsets of the link-layer addresses that speak of the sender or target
 * @n_lladdr: their number
 */
struct model {
	const u8 *bytes;
	unsigned int len;
	int tci;
	bool gso;

	enum macnat_frame_kind kind;
	unsigned int nhoff;
	u16 vid;
	u16 inner_vid;
	bool ipv6;
	unsigned int l4off;
	unsigned int l4len;
	u8 protocol;
	unsigned int csum;
	unsigned int options;
	unsigned int lladdr[MODEL_FRAME_MAX / 8];
	unsigned int n_lladdr;
};

static inline u16 model_u16(const u8 *bytes)
{
	return bytes[0] << 8 | bytes[1];
}

static inline void model_put_u16(u8 *bytes, u16 value)
{
	bytes[0] = value >> 8;
	bytes[1] = value;
}

void model_read(struct model *model, const u8 *bytes, unsigned int len, int tci, bool gso);
unsigned int model_residue(const struct model *model, const u8 *bytes);
u16 model_csum(const struct model *model, const u8 *bytes);
u16 model_pseudo(const struct model *model, const u8 *bytes);
u16 model_sum(const u8 *bytes, unsigned int len, u32 sum);

#endif /* FUZZ_MODEL_H */
