// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: reads a frame as both hooks do, writes it as path.c does,
 * and compares with what model.c reads and with what must hold of any frame:
 *
 *  - bytes that are not to be edited stay, as does the length;
 *  - a right ICMPv6 or UDP checksum is right after, a wrong one wrong by as
 *    much, UDP's 0 stays 0 and nothing else becomes 0;
 *  - one that the device computes is left to it, a sum over all bytes holds;
 *  - no option of the kind that is hidden tells the pod's MAC;
 *  - what is malformed, signed, fragmented, shared or cannot be copied keeps
 *    its payload.
 *
 * See `run`; `fuzz_frame FILE` replays one input.
 */
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <net/ndisc.h>
#include <stdio.h>
#include <stdlib.h>

#include "arp.h"
#include "dhcp.h"
#include "input.h"
#include "model.h"
#include "nd.h"
#include "rewrite.h"

#define FUZZ_MUST(condition) do {					\
	if (!(condition))						\
		fuzz_failed(__func__, __LINE__, #condition);		\
} while (0)

#define FUZZ_SAME(got, want) fuzz_same(__func__, __LINE__, #got, (u64)(got), (u64)(want))

static void __attribute__((noreturn)) fuzz_failed(const char *function, int line,
						  const char *condition)
{
	fprintf(stderr, "%s:%d: not true: %s\n", function, line, condition);
	abort();
}

static void fuzz_same(const char *function, int line, const char *what, u64 got, u64 want)
{
	if (got == want)
		return;
	fprintf(stderr, "%s:%d: %s is %#llx, not %#llx\n", function, line, what, got, want);
	abort();
}

struct fuzz_macs {
	u8 node[ETH_ALEN];
	u8 pod[ETH_ALEN];
};

/* Among them, words that ones' complement has two of, and a difference of one bit */
static const struct fuzz_macs fuzz_macs[] = {
	{ { 0x02, 0x4e, 0x4e, 0x4e, 0x4e, 0x01 }, { 0x02, 0x50, 0x50, 0x50, 0x50, 0x01 } },
	{ { 0x02, 0x00, 0x00, 0x00, 0x00, 0x00 }, { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff } },
	{ { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff }, { 0x02, 0x00, 0x00, 0x00, 0x00, 0x00 } },
	{ { 0x02, 0x00, 0x00, 0x00, 0x00, 0x02 }, { 0x02, 0x00, 0x00, 0x00, 0x00, 0x03 } },
};

/**
 * struct fuzz - one run
 * @head: how the frame comes
 * @macs: the node's and the pod's
 * @len: length of the frame
 * @in: the frame, from its Ethernet header on
 * @want: as it has to become, but for its checksum
 * @out: as it became
 * @model: what it is
 * @skb: the frame
 * @base: offset of skb->data from the Ethernet header
 */
struct fuzz {
	struct input head;
	const struct fuzz_macs *macs;
	unsigned int len;
	u8 in[MODEL_FRAME_MAX];
	u8 want[MODEL_FRAME_MAX];
	u8 out[MODEL_FRAME_MAX];
	struct model model;
	struct sk_buff *skb;
	unsigned int base;
};

static bool fuzz_is(const struct fuzz *fuzz, u8 flag)
{
	return fuzz->head.flags & flag;
}

static void fuzz_model(struct fuzz *fuzz)
{
	model_read(&fuzz->model, fuzz->in, fuzz->len,
		   fuzz_is(fuzz, INPUT_TAGGED) ? model_u16(fuzz->head.tci) : -1,
		   fuzz_is(fuzz, INPUT_GSO));
}

/* Lengths as they would be if the packet filled the frame: a mutation rarely hits upon them. */
static void fuzz_lengths(struct fuzz *fuzz)
{
	unsigned int nhoff = fuzz->model.nhoff, room = fuzz->len - nhoff, ihl;
	u8 *ip = fuzz->in + nhoff;

	if (fuzz->model.nhoff < ETH_HLEN || fuzz->model.nhoff > fuzz->len || room < 20)
		return;
	if (model_u16(ip - 2) == ETH_P_IPV6 && room >= 40) {
		model_put_u16(ip + 4, room - 40);
	} else if (model_u16(ip - 2) == ETH_P_IP) {
		model_put_u16(ip + 2, room);
		ihl = (ip[0] & 15) * 4;
		if (ip[9] == IPPROTO_UDP && room >= ihl + 8)
			model_put_u16(ip + ihl + 4, room - ihl);
	}
}

/* Take an input apart; false if it is too short to be one */
static bool fuzz_decode(struct fuzz *fuzz, const u8 *data, size_t size)
{
	if (size < sizeof(fuzz->head) + ETH_HLEN ||
	    size > sizeof(fuzz->head) + sizeof(fuzz->in))
		return false;
	memcpy(&fuzz->head, data, sizeof(fuzz->head));
	fuzz->len = size - sizeof(fuzz->head);
	memcpy(fuzz->in, data + sizeof(fuzz->head), fuzz->len);
	fuzz->macs = &fuzz_macs[fuzz->head.summed >> 2 & 3];

	fuzz_model(fuzz);
	if (fuzz_is(fuzz, INPUT_LENGTHS)) {
		fuzz_lengths(fuzz);
		fuzz_model(fuzz);
	}
	if (fuzz->model.csum && (fuzz->head.summed & 3) == CHECKSUM_PARTIAL)
		model_put_u16(fuzz->in + fuzz->model.csum, model_pseudo(&fuzz->model, fuzz->in));
	else if (fuzz->model.csum && fuzz_is(fuzz, INPUT_CSUM))
		model_put_u16(fuzz->in + fuzz->model.csum, model_csum(&fuzz->model, fuzz->in));
	memcpy(fuzz->want, fuzz->in, fuzz->len);
	return true;
}

static void fuzz_skb(struct fuzz *fuzz)
{
	unsigned int linear = ETH_HLEN + fuzz->head.linear;
	struct sk_buff *skb;

	skb = shim_skb_new(fuzz->in, fuzz->len, linear,
			   fuzz->head.split ? linear + fuzz->head.split : 0);
	skb->protocol = htons(model_u16(fuzz->in + 12));
	skb->vlan_present = fuzz_is(fuzz, INPUT_TAGGED);
	skb->vlan_tci = model_u16(fuzz->head.tci);
	skb->gso = fuzz_is(fuzz, INPUT_GSO);
	skb->shared = fuzz_is(fuzz, INPUT_SHARED);
	skb->nomem = fuzz_is(fuzz, INPUT_NOMEM);
	skb->ip_summed = fuzz->head.summed & 3;
	if (skb->ip_summed == CHECKSUM_COMPLETE) {
		skb->csum = htons(model_sum(fuzz->in + ETH_HLEN, fuzz->len - ETH_HLEN, 0));
	} else if (skb->ip_summed == CHECKSUM_PARTIAL) {
		skb->csum_start = fuzz->model.l4off;
		skb->csum_offset = fuzz->model.csum - fuzz->model.l4off;
	}
	fuzz->base = fuzz_is(fuzz, INPUT_INGRESS) ? ETH_HLEN : 0;
	shim_skb_pull(skb, fuzz->base);
	fuzz->skb = skb;
}

static void fuzz_read_ip(const struct fuzz *fuzz, const struct macnat_frame *frame)
{
	const struct model *model = &fuzz->model;
	const u8 *dst = fuzz->in + model->nhoff + (model->ipv6 ? 24 : 16);

	FUZZ_SAME(macnat_key_vid(&frame->dst), model->vid);
	FUZZ_SAME(macnat_key_inner_vid(&frame->dst), model->inner_vid);
	FUZZ_SAME(macnat_key_is_ipv6(&frame->dst), model->ipv6);
	FUZZ_MUST(!memcmp(frame->dst.addr, dst, model->ipv6 ? 16 : 4));
}

/* Read as the hook does, and compare */
static void fuzz_read(const struct fuzz *fuzz, struct macnat_frame *frame)
{
	const struct model *model = &fuzz->model;
	const u8 *net = fuzz->in + model->nhoff;

	/* what is not set is not 0 by chance */
	memset(frame, 0xa5, sizeof(*frame));
	if (fuzz->base)
		macnat_frame_read_ingress(fuzz->skb, frame);
	else
		macnat_frame_read_egress(fuzz->skb, frame);

	FUZZ_SAME(frame->kind, model->kind);
	if (!fuzz->base && (frame->kind == MACNAT_FRAME_ND || frame->kind == MACNAT_FRAME_ND_SEND))
		FUZZ_MUST(macnat_frame_may_be_nd(fuzz->skb));
	FUZZ_SAME(frame->vid, model->vid);
	FUZZ_SAME(frame->inner_vid, model->inner_vid);
	if (frame->kind == MACNAT_FRAME_OTHER || frame->kind == MACNAT_FRAME_MALFORMED)
		return;
	FUZZ_SAME(frame->nhoff + fuzz->base, model->nhoff);
	if (frame->kind == MACNAT_FRAME_ARP) {
		FUZZ_SAME(frame->arp.op, model_u16(net + 6));
		FUZZ_SAME(frame->arp.sha, macnat_key_mac(net + 8));
		FUZZ_MUST(!memcmp(&frame->arp.spa, net + 14, 4));
		FUZZ_SAME(frame->arp.tha, macnat_key_mac(net + 18));
		FUZZ_MUST(!memcmp(&frame->arp.tpa, net + 24, 4));
		return;
	}
	fuzz_read_ip(fuzz, frame);
	if (frame->kind == MACNAT_FRAME_IP)
		return;
	if (frame->kind != MACNAT_FRAME_ND_FRAGMENT)
		FUZZ_SAME(frame->l4off + fuzz->base, model->l4off);
	if (frame->kind == MACNAT_FRAME_DHCP_REPLY)
		FUZZ_SAME(frame->chaddr, macnat_key_mac(fuzz->in + model->l4off + 8 + 28));
	if (frame->kind == MACNAT_FRAME_ND || frame->kind == MACNAT_FRAME_ND_SEND) {
		FUZZ_SAME(frame->nd.type, fuzz->in[model->l4off]);
		FUZZ_SAME(frame->nd.options + fuzz->base, model->options);
		FUZZ_SAME(frame->nd.end + fuzz->base, model->l4off + model->l4len);
	}
}

/* The hooks' first look need not see what is data, but may not see data in anything else. */
static void fuzz_first_look(const struct fuzz *fuzz, const struct macnat_frame *frame)
{
	unsigned int nhoff = ETH_HLEN - fuzz->base;
	bool data = false;

	switch (model_u16(fuzz->in + 2 * ETH_ALEN)) {
	case ETH_P_IP:
		data = macnat_frame_is_data_ipv4(fuzz->skb, nhoff);
		break;
	case ETH_P_IPV6:
		data = macnat_frame_is_data_ipv6(fuzz->skb, nhoff);
		break;
	}
	if (!data)
		return;
	FUZZ_SAME(frame->kind, MACNAT_FRAME_IP);
	FUZZ_SAME(frame->nhoff, nhoff);
	FUZZ_SAME(frame->src.scope, macnat_frame_scope(fuzz->skb, fuzz->model.ipv6));
}

/* macnat_rewrite_open() has to say what is the matter; true if it may be written */
static bool fuzz_open(struct fuzz *fuzz, unsigned int len)
{
	int err = macnat_rewrite_open(fuzz->skb, len);

	if (fuzz_is(fuzz, INPUT_SHARED))
		FUZZ_SAME(err, -EBUSY);
	else if (fuzz_is(fuzz, INPUT_NOMEM))
		FUZZ_SAME(err, -ENOMEM);
	else
		FUZZ_MUST(!err);
	return !err;
}

/* A MAC in the payload as it has to leave, like macnat_path_hide() */
static u64 fuzz_hide(const struct fuzz *fuzz, u64 mac)
{
	u64 node = macnat_key_mac(fuzz->macs->node);

	return mac == macnat_key_mac(fuzz->macs->pod) || fuzz_is(fuzz, INPUT_GUARD) ? node : mac;
}

static void fuzz_egress_arp(struct fuzz *fuzz, struct macnat_frame *frame)
{
	u8 *sha = fuzz->want + fuzz->model.nhoff + 8, *tha = sha + 10;

	frame->arp.sha = fuzz_hide(fuzz, frame->arp.sha);
	if (frame->arp.tha)
		frame->arp.tha = fuzz_hide(fuzz, frame->arp.tha);
	macnat_arp_write(fuzz->skb, frame);

	macnat_key_mac_put(sha, fuzz_hide(fuzz, macnat_key_mac(sha)));
	if (macnat_key_mac(tha))
		macnat_key_mac_put(tha, fuzz_hide(fuzz, macnat_key_mac(tha)));
}

static void fuzz_egress_nd(struct fuzz *fuzz, const struct macnat_frame *frame)
{
	const struct model *model = &fuzz->model;
	unsigned int off = 0, i;

	for (i = 0; (off = macnat_nd_next(fuzz->skb, frame, off)); i++) {
		FUZZ_MUST(i < model->n_lladdr);
		FUZZ_SAME(off, model->lladdr[i]);
		FUZZ_SAME(macnat_nd_read(fuzz->skb, off), macnat_key_mac(fuzz->in + off));
		macnat_nd_write(fuzz->skb, frame, off,
				fuzz_hide(fuzz, macnat_nd_read(fuzz->skb, off)));
	}
	FUZZ_SAME(i, model->n_lladdr);

	for (i = 0; i < model->n_lladdr; i++) {
		u8 *lladdr = fuzz->want + model->lladdr[i];

		macnat_key_mac_put(lladdr, fuzz_hide(fuzz, macnat_key_mac(lladdr)));
	}
}

/* Like macnat_path_egress_len() */
static unsigned int fuzz_egress_len(const struct macnat_frame *frame)
{
	switch (frame->kind) {
	case MACNAT_FRAME_ARP:
		return frame->nhoff + MACNAT_ARP_LEN;
	case MACNAT_FRAME_ND:
		return frame->nd.end;
	case MACNAT_FRAME_DHCP_REQUEST:
		return frame->l4off + MACNAT_DHCP_LEN;
	default:
		return ETH_HLEN;
	}
}

/* Like macnat_path_egress_pod(), of a pod that is known */
static void fuzz_egress(struct fuzz *fuzz, struct macnat_frame *frame)
{
	if (frame->kind == MACNAT_FRAME_ND_FRAGMENT || !fuzz_open(fuzz, fuzz_egress_len(frame)))
		return;
	macnat_rewrite_source(fuzz->skb, macnat_key_mac(fuzz->macs->node));
	memcpy(fuzz->want + ETH_ALEN, fuzz->macs->node, ETH_ALEN);
	switch (frame->kind) {
	case MACNAT_FRAME_ARP:
		fuzz_egress_arp(fuzz, frame);
		break;
	case MACNAT_FRAME_ND:
		fuzz_egress_nd(fuzz, frame);
		break;
	case MACNAT_FRAME_DHCP_REQUEST:
		macnat_dhcp_write(fuzz->skb, frame);
		fuzz->want[fuzz->model.l4off + 8 + 10] |= 0x80;
		break;
	default:
		break;
	}
}

static void fuzz_ingress_redirect(struct fuzz *fuzz, const struct macnat_frame *frame)
{
	const u64 node = macnat_key_mac(fuzz->macs->node), pod = macnat_key_mac(fuzz->macs->pod);
	const struct model *model = &fuzz->model;
	const struct macnat_key target = macnat_nd_target(frame);
	unsigned int off = 0, i;

	FUZZ_SAME(target.scope, frame->dst.scope);
	FUZZ_MUST(!memcmp(target.addr, fuzz->in + model->l4off + 8, 16));
	for (i = 0; (off = macnat_nd_next(fuzz->skb, frame, off)); i++) {
		FUZZ_MUST(i < model->n_lladdr);
		FUZZ_SAME(off + ETH_HLEN, model->lladdr[i]);
		if (macnat_nd_read(fuzz->skb, off) == node)
			macnat_nd_write(fuzz->skb, frame, off, pod);
	}
	FUZZ_SAME(i, model->n_lladdr);

	for (i = 0; i < model->n_lladdr; i++)
		if (!memcmp(fuzz->want + model->lladdr[i], fuzz->macs->node, ETH_ALEN))
			memcpy(fuzz->want + model->lladdr[i], fuzz->macs->pod, ETH_ALEN);
}

/* Like macnat_path_ingress_node(), with a pod for every address */
static void fuzz_ingress(struct fuzz *fuzz, struct macnat_frame *frame)
{
	const u64 node = macnat_key_mac(fuzz->macs->node), pod = macnat_key_mac(fuzz->macs->pod);
	bool redirect = frame->kind == MACNAT_FRAME_ND && frame->nd.type == NDISC_REDIRECT;
	unsigned int len = 0;

	if (frame->kind == MACNAT_FRAME_MALFORMED || frame->kind == MACNAT_FRAME_OTHER)
		return;
	if (frame->kind == MACNAT_FRAME_ARP)
		len = frame->nhoff + MACNAT_ARP_LEN;
	else if (redirect)
		len = frame->nd.end;
	if (!fuzz_open(fuzz, len))
		return;

	macnat_rewrite_dest(fuzz->skb, pod);
	FUZZ_SAME(fuzz->skb->pkt_type, PACKET_OTHERHOST);
	memcpy(fuzz->want, fuzz->macs->pod, ETH_ALEN);
	if (frame->kind == MACNAT_FRAME_ARP && frame->arp.tha == node) {
		frame->arp.tha = pod;
		macnat_arp_write(fuzz->skb, frame);
		memcpy(fuzz->want + fuzz->model.nhoff + 18, fuzz->macs->pod, ETH_ALEN);
	} else if (redirect) {
		fuzz_ingress_redirect(fuzz, frame);
	}
}

/* A device's sum over all bytes either still is it, or is no longer said to be */
static void fuzz_check_complete(const struct fuzz *fuzz)
{
	u16 sum;

	if (fuzz->skb->ip_summed == CHECKSUM_NONE)
		return;
	FUZZ_SAME(fuzz->skb->ip_summed, CHECKSUM_COMPLETE);
	FUZZ_SAME(fuzz->skb->csum >> 16, 0);
	sum = model_sum(fuzz->out + ETH_HLEN, fuzz->len - ETH_HLEN, 0);
	FUZZ_SAME(ntohs(fuzz->skb->csum) % 0xffff, sum % 0xffff);
}

static void fuzz_check_csum(const struct fuzz *fuzz)
{
	const struct model *model = &fuzz->model;
	u16 before = model_u16(fuzz->in + model->csum), after = model_u16(fuzz->out + model->csum);
	bool edited = memcmp(fuzz->in + ETH_HLEN, fuzz->want + ETH_HLEN, fuzz->len - ETH_HLEN);

	if ((fuzz->head.summed & 3) == CHECKSUM_PARTIAL || (!edited && before != 0xffff)) {
		FUZZ_SAME(after, before);
		return;
	}
	if (model->protocol == IPPROTO_UDP) {
		FUZZ_MUST(!after == !before);
		if (!before)
			return;
	}
	/* 0xffff is as good as 0, and becomes it even by an edit that changes nothing */
	FUZZ_SAME(model_residue(model, fuzz->out), model_residue(model, fuzz->in));
	if (before == model_csum(model, fuzz->in))
		FUZZ_SAME(after, model_csum(model, fuzz->out));
}

static void fuzz_check(struct fuzz *fuzz)
{
	const struct model *model = &fuzz->model;
	const struct sk_buff *skb = fuzz->skb;
	unsigned int i;

	FUZZ_SAME(skb->len + fuzz->base, fuzz->len);
	shim_skb_bytes(skb, fuzz->out);
	if (model->csum) {
		fuzz_check_csum(fuzz);
		memcpy(fuzz->want + model->csum, fuzz->out + model->csum, 2);
	}
	FUZZ_MUST(!memcmp(fuzz->out, fuzz->want, fuzz->len));

	if (fuzz->head.flags & (INPUT_SHARED | INPUT_NOMEM))
		FUZZ_MUST(!memcmp(fuzz->out, fuzz->in, fuzz->len));
	else if (!fuzz->base && model->kind == MACNAT_FRAME_ND)
		for (i = 0; i < model->n_lladdr; i++)
			FUZZ_MUST(memcmp(fuzz->out + model->lladdr[i], fuzz->macs->pod, ETH_ALEN));

	if ((fuzz->head.summed & 3) == CHECKSUM_COMPLETE) {
		fuzz_check_complete(fuzz);
	} else {
		FUZZ_SAME(skb->ip_summed, (fuzz->head.summed & 3));
		if (skb->ip_summed == CHECKSUM_PARTIAL) {
			FUZZ_SAME(skb->csum_start, (u16)model->l4off);
			FUZZ_SAME(skb->csum_offset, (u16)(model->csum - model->l4off));
		}
	}
}

/*
 * What is in fragments is changed by the sender whenever it was looked at. Then there is no
 * telling what becomes of the frame, but what is decided on must be what is written: nothing is
 * read or written outside, nor without end.
 */
static void fuzz_changing(struct fuzz *fuzz)
{
	void (*read)(const struct sk_buff *skb, struct macnat_frame *frame);
	struct macnat_frame frame = {}, again = {};
	unsigned int off = 0, n = 0;
	struct sk_buff *skb;

	fuzz_skb(fuzz);
	read = fuzz->base ? macnat_frame_read_ingress : macnat_frame_read_egress;
	skb = fuzz->skb;
	skb->changing = model_u16(fuzz->head.tci) * 7919 + fuzz->head.split + 1;
	if (macnat_rewrite_read(skb, &frame, read))
		return;
	FUZZ_MUST(frame.read <= skb_headlen(skb));
	if (frame.kind == MACNAT_FRAME_ND && !macnat_rewrite_open(skb, frame.nd.end)) {
		while ((off = macnat_nd_next(skb, &frame, off))) {
			FUZZ_MUST(++n <= (frame.nd.end - frame.nd.options) / 8);
			macnat_nd_write(skb, &frame, off, macnat_nd_read(skb, off));
		}
	} else if (frame.kind == MACNAT_FRAME_ARP &&
		   !macnat_rewrite_open(skb, frame.nhoff + MACNAT_ARP_LEN)) {
		macnat_arp_write(skb, &frame);
	} else if (frame.kind == MACNAT_FRAME_DHCP_REQUEST &&
		   !macnat_rewrite_open(skb, frame.l4off + MACNAT_DHCP_LEN)) {
		macnat_dhcp_write(skb, &frame);
		return;
	}
	read(skb, &again);
	FUZZ_SAME(again.kind, frame.kind);
	if (frame.kind == MACNAT_FRAME_ND)
		FUZZ_SAME(again.nd.end, frame.nd.end);
}

/* what libFuzzer calls */
int fuzz_one(const u8 *data, size_t size) __asm__("LLVMFuzzerTestOneInput");

int fuzz_one(const u8 *data, size_t size)
{
	struct macnat_frame frame;
	static struct fuzz fuzz;

	if (!fuzz_decode(&fuzz, data, size))
		return 0;
	fuzz_skb(&fuzz);
	fuzz_read(&fuzz, &frame);
	fuzz_first_look(&fuzz, &frame);
	if (fuzz.base)
		fuzz_ingress(&fuzz, &frame);
	else
		fuzz_egress(&fuzz, &frame);
	fuzz_check(&fuzz);
	shim_skb_free(fuzz.skb);
	fuzz_changing(&fuzz);
	shim_skb_free(fuzz.skb);
	return 0;
}
