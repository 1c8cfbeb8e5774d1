// SPDX-License-Identifier: GPL-2.0
/* The second reader of frames, and checksums computed in full. See model.h. */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>

#include "model.h"

static bool model_has(const struct model *model, unsigned int off, unsigned int len)
{
	return off <= model->len && len <= model->len - off;
}

static void model_read_arp(struct model *model)
{
	/* hardware type, protocol type and both lengths of IPv4 over Ethernet */
	static const u8 kind[] = { 0, 1, 8, 0, 6, 4 };
	const u8 *arp = model->bytes + model->nhoff;

	if (!model_has(model, model->nhoff, 28) || memcmp(arp, kind, sizeof(kind)))
		model->kind = MACNAT_FRAME_MALFORMED;
	else if (arp[6] == 0 && arp[7] >= 1 && arp[7] <= 4)
		model->kind = MACNAT_FRAME_ARP;
}

/*
 * A client's message (RFC 2131 2) asks for a broadcast where the answer would
 * come to an address that it does not have yet: not through a relay, nor once
 * it has one. It must lie in what both IP and UDP call their own, as the
 * checksum spans no more.
 */
static void model_read_dhcp(struct model *model, unsigned int end)
{
	const u8 *udp = model->bytes + model->l4off, *dhcp = udp + 8;
	static const u8 none[4];
	unsigned int len;
	bool client;

	if (end < model->l4off || end - model->l4off < 8 + 34)
		return;
	len = model_u16(udp + 4);
	if (len < 8 + 34)
		return;
	/* the first of several fragments has a part only */
	if (len > end - model->l4off)
		len = end - model->l4off;
	client = model_u16(udp) == 68 && model_u16(udp + 2) == 67;
	if (!client && !(model_u16(udp) == 67 && model_u16(udp + 2) == 68))
		return;
	if (dhcp[1] != 1 || dhcp[2] != 6)
		return;
	model->l4len = len;
	model->csum = model->l4off + 6;
	if (dhcp[0] == 2)
		model->kind = MACNAT_FRAME_DHCP_REPLY;
	else if (dhcp[0] == 1 && !(dhcp[10] & 0x80) && !memcmp(dhcp + 12, none, 4) &&
		 !memcmp(dhcp + 24, none, 4))
		model->kind = MACNAT_FRAME_DHCP_REQUEST;
}

static void model_read_ipv4(struct model *model)
{
	const u8 *ip = model->bytes + model->nhoff;
	unsigned int ihl, total, end;

	model->kind = MACNAT_FRAME_MALFORMED;
	if (!model_has(model, model->nhoff, 20))
		return;
	ihl = (ip[0] & 15) * 4;
	total = model_u16(ip + 2);
	if (ip[0] >> 4 != 4 || ihl < 20)
		return;
	if (!model->gso && (total < ihl || !model_has(model, model->nhoff, total)))
		return;
	model->kind = MACNAT_FRAME_IP;
	model->protocol = ip[9];
	if (ip[9] != IPPROTO_UDP || model_u16(ip + 6) & 0x1fff)
		return;
	model->l4off = model->nhoff + ihl;
	end = model->nhoff + total;
	model_read_dhcp(model, end < model->len ? end : model->len);
}

static unsigned int model_nd_fixed(u8 type)
{
	static const u8 fixed[] = { 8, 16, 24, 24, 40 };

	return type >= 133 && type <= 137 ? fixed[type - 133] : 0;
}

static void model_read_nd(struct model *model, unsigned int end, bool fragment)
{
	const u8 *icmp = model->bytes + model->l4off;
	unsigned int fixed, off;

	if (!model_has(model, model->l4off, 8))
		return;
	fixed = model_nd_fixed(icmp[0]);
	if (!fixed || icmp[1] || model->bytes[model->nhoff + 7] != 255)
		return;
	model->kind = MACNAT_FRAME_ND_FRAGMENT;
	if (fragment)
		return;
	model->kind = MACNAT_FRAME_MALFORMED;
	model->options = model->l4off + fixed;
	if (model->options > end || end > model->len)
		return;
	model->l4len = end - model->l4off;
	model->csum = model->l4off + 2;
	model->kind = MACNAT_FRAME_ND;
	for (off = model->options; off < end; off += model->bytes[off + 1] * 8) {
		if (end - off < 8 || !model->bytes[off + 1] ||
		    model->bytes[off + 1] * 8u > end - off) {
			model->kind = MACNAT_FRAME_MALFORMED;
			return;
		}
		if (model->bytes[off] == 12)
			model->kind = MACNAT_FRAME_ND_SEND;
		/* source or target, of an address's length, in whichever message */
		if ((model->bytes[off] == 1 || model->bytes[off] == 2) &&
		    model->bytes[off + 1] == 1)
			model->lladdr[model->n_lladdr++] = off + 2;
	}
}

static void model_read_ipv6(struct model *model)
{
	const u8 *ip = model->bytes + model->nhoff;
	unsigned int off, len, end;
	bool fragment = false;
	u8 next;

	model->ipv6 = true;
	model->kind = MACNAT_FRAME_MALFORMED;
	if (!model_has(model, model->nhoff, 40) || ip[0] >> 4 != 6)
		return;
	end = model->nhoff + 40 + model_u16(ip + 4);
	if (!model->gso && end > model->len)
		return;
	model->kind = MACNAT_FRAME_IP;

	next = ip[6];
	for (off = model->nhoff + 40; next != IPPROTO_ICMPV6; off += len) {
		const u8 *ext = model->bytes + off;

		if (!model_has(model, off, 8))
			return;
		if (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS) {
			len = ext[1] * 8 + 8;
		} else if (next == IPPROTO_AH) {
			len = ext[1] * 4 + 8;
		} else if (next == IPPROTO_FRAGMENT) {
			if (model_u16(ext + 2) & 0xfff8)
				return;
			fragment = true;
			len = 8;
		} else {
			return;
		}
		if (!model_has(model, off, len))
			return;
		next = ext[0];
	}
	model->l4off = off;
	model->protocol = IPPROTO_ICMPV6;
	model_read_nd(model, end, fragment);
}

static bool model_push_vid(struct model *model, u16 tci)
{
	u16 vid = tci % 4096;

	if (vid && model->vid && model->inner_vid)
		return false;
	if (vid && model->vid)
		model->inner_vid = vid;
	else if (vid)
		model->vid = vid;
	return true;
}

/**
 * model_read() - read a frame
 * @model: result
 * @bytes: the frame, from its Ethernet header on
 * @len: its length, at least ETH_HLEN and at most MODEL_FRAME_MAX
 * @tci: VLAN tag in the metadata, or -1
 * @gso: this is a super-frame
 */
void model_read(struct model *model, const u8 *bytes, unsigned int len, int tci, bool gso)
{
	unsigned int off = ETH_HLEN;
	u16 proto;

	memset(model, 0, sizeof(*model));
	model->bytes = bytes;
	model->len = len;
	model->tci = tci;
	model->gso = gso;
	model->kind = MACNAT_FRAME_OTHER;
	if (tci >= 0)
		model_push_vid(model, tci);
	for (;;) {
		proto = model_u16(bytes + off - 2);
		if (proto != 0x8100 && proto != 0x88a8)
			break;
		if (!model_has(model, off, 4) || !model_push_vid(model, model_u16(bytes + off)))
			return;
		off += 4;
	}
	model->nhoff = off;

	if (proto == 0x0800)
		model_read_ipv4(model);
	else if (proto == 0x86dd)
		model_read_ipv6(model);
	else if (proto == 0x0806 || proto == 0x8035)
		model_read_arp(model);
}

/**
 * model_sum() - ones' complement sum of big-endian words, an odd byte is the upper
 * @bytes: what to sum
 * @len: their number
 * @sum: where to start
 *
 * Return: the sum in 16 bits, not inverted
 */
u16 model_sum(const u8 *bytes, unsigned int len, u32 sum)
{
	unsigned int i;

	for (i = 0; i < len; i++) {
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

/**
 * model_pseudo() - what the field holds if the device computes the checksum
 * @model: a frame that has one
 * @bytes: the frame
 *
 * Return: sum of the pseudo-header, not inverted
 */
u16 model_pseudo(const struct model *model, const u8 *bytes)
{
	const u8 *ip = bytes + model->nhoff;
	u32 sum = model->protocol + model->l4len;

	return model->ipv6 ? model_sum(ip + 8, 32, sum) : model_sum(ip + 12, 8, sum);
}

/**
 * model_residue() - how wrong the checksum is
 * @model: a frame that has one
 * @bytes: the frame
 *
 * Return: 0 if it is right, else the difference, below 0xffff
 */
unsigned int model_residue(const struct model *model, const u8 *bytes)
{
	return model_sum(bytes + model->l4off, model->l4len, model_pseudo(model, bytes)) % 0xffff;
}

/**
 * model_csum() - compute the checksum in full
 * @model: a frame that has one
 * @bytes: the frame; what stands in its checksum field does not matter
 *
 * Return: the right checksum, as it is sent
 */
u16 model_csum(const struct model *model, const u8 *bytes)
{
	u16 sum = model_pseudo(model, bytes);

	sum = model_sum(bytes + model->l4off, model->csum - model->l4off, sum);
	sum = ~model_sum(bytes + model->csum + 2, model->l4off + model->l4len - model->csum - 2,
			 sum);
	/* UDP keeps 0 for "none" (RFC 768) */
	return !sum && model->protocol == IPPROTO_UDP ? 0xffff : sum;
}
