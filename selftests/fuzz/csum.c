// SPDX-License-Identifier: GPL-2.0
/*
 * Random valid neighbour discovery and DHCP messages, read and rewritten as on
 * an uplink; the result has to be what a sender that computes the checksum in
 * full would have sent. KTAP output.
 *
 *	csum [-s SEED] [-n FRAMES] [TEST...]
 *
 * FRAMES are those of each corpus, 100000 by default. The same seed makes the
 * same frames, whichever tests are run.
 */
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "build.h"
#include "dhcp.h"
#include "nd.h"
#include "rewrite.h"

#define CSUM_LLADDRS 64

/**
 * struct csum - one frame
 * @in: as it comes
 * @want: as it has to become
 * @lladdr: offsets of the addresses that are hidden
 * @n_lladdr: their number
 * @spare: offset of a word that may be anything, to make a checksum come out as wanted
 * @ingress: it came in, else it is about to be sent
 * @tagged: its outer VLAN tag is in the metadata
 * @summed: CHECKSUM_*
 * @pod: the address that is hidden
 * @node: what becomes of it
 */
struct csum {
	struct build in;
	struct build want;
	unsigned int lladdr[CSUM_LLADDRS];
	unsigned int n_lladdr;
	unsigned int spare;
	bool ingress;
	bool tagged;
	u8 summed;
	u8 pod[ETH_ALEN];
	u8 node[ETH_ALEN];
};

/* splitmix64: any seed is as good as any other */
static u64 csum_state;

static u32 csum_random(u32 below)
{
	u64 value = csum_state += 0x9e3779b97f4a7c15;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return (value ^ value >> 31) % below;
}

static void csum_random_bytes(u8 *bytes, unsigned int len)
{
	/* a run of one byte now and then: sums of 0 and of 0xffff come from those */
	unsigned int run = csum_random(8);

	while (len--)
		*bytes++ = run == 0 ? 0 : run == 1 ? 0xff : csum_random(256);
}

static void csum_add_random(struct build *build, unsigned int len)
{
	u8 bytes[512];

	csum_random_bytes(bytes, len);
	build_bytes(build, bytes, len);
}

static void csum_start(struct csum *csum)
{
	static const u16 tpids[] = { ETH_P_8021Q, ETH_P_8021AD };
	unsigned int tags = csum_random(3);
	u8 dst[ETH_ALEN];

	csum->n_lladdr = 0;
	csum->tagged = !csum_random(4);
	csum->ingress = csum_random(2);
	csum_random_bytes(csum->pod, ETH_ALEN);
	csum_random_bytes(csum->node, ETH_ALEN);
	csum_random_bytes(dst, ETH_ALEN);
	build_start(&csum->in, dst, csum->pod);
	while (tags--)
		build_tag(&csum->in, tpids[csum_random(2)], csum_random(65536));
	if (csum->in.len > ETH_HLEN)
		csum->tagged = false;
}

/* One option, maybe one that tells the pod's address: the source's or the target's */
static void csum_nd_option(struct csum *csum)
{
	struct build *build = &csum->in;
	unsigned int units, room;
	u8 type;

	if (csum_random(3) == 0 && csum->n_lladdr < CSUM_LLADDRS) {
		csum->lladdr[csum->n_lladdr++] = build->len + 2;
		build_option(build, 1 + csum_random(2), csum->pod);
		return;
	}
	/* not an RSA signature, and an address only of another length */
	do
		type = csum_random(csum_random(2) ? 8 : 256);
	while (type == 12);
	units = 1 + csum_random(4);
	if ((type == 1 || type == 2) && units == 1)
		units = 2;
	build_u8(build, type);
	build_u8(build, units);
	room = units * 8 - 2;
	csum_add_random(build, room);
	/* the pod's address where it does not count */
	if (!csum_random(4))
		memcpy(build->bytes + build->len - ETH_ALEN, csum->pod, ETH_ALEN);
}

/* A message of the five, with options of which some tell the pod's address */
static void csum_nd_build(struct csum *csum)
{
	static const u8 fixed[] = { 0, 8, 16, 16, 32 };
	static const u8 exts[] = { IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING, IPPROTO_AH };
	u8 which = csum_random(5), src[16], dst[16];
	struct build *build = &csum->in;
	unsigned int n;

	csum_start(csum);
	csum_random_bytes(src, sizeof(src));
	csum_random_bytes(dst, sizeof(dst));
	build_ipv6(build, src, dst, 255);
	for (n = csum_random(4) ? 0 : 1 + csum_random(3); n; n--)
		build_ext(build, exts[csum_random(ARRAY_SIZE(exts))], csum_random(3));
	build_icmp6(build, 133 + which, 0);
	csum_random_bytes(build->bytes + build->len - 4, 4);
	csum_add_random(build, fixed[which]);

	/* a nonce (RFC 3971 5.3.2), whose content is free */
	build_u8(build, 14);
	build_u8(build, 1);
	csum->spare = build->len;
	csum_add_random(build, 6);
	for (n = csum_random(8); n; n--)
		csum_nd_option(csum);
	build_finish(build);
}

/* A client's message that asks for an answer that is not broadcast */
static void csum_dhcp_build(struct csum *csum)
{
	struct build *build = &csum->in;
	u8 src[4], dst[4], *dhcp;

	csum_start(csum);
	/* the writer does not care which way it goes, but path.c does: out */
	csum->ingress = false;
	csum_random_bytes(src, sizeof(src));
	csum_random_bytes(dst, sizeof(dst));
	build_ipv4(build, src, dst, IPPROTO_UDP, csum_random(4) ? 0 : 4 * csum_random(11));
	build_udp(build, 68, 67);
	build_dhcp(build, 1, csum->pod);
	dhcp = build->bytes + build->len - 34;
	csum_random_bytes(dhcp + 4, 8);
	csum_random_bytes(dhcp + 16, 8);
	dhcp[10] &= 0x7f;
	csum->spare = build->len - 34 + 4;
	/* what follows has odd lengths too */
	csum_add_random(build, csum_random(400));
	build_finish(build);
}

/* As it has to become: built anew, every checksum computed in full */
static void csum_want(struct csum *csum, bool dhcp)
{
	unsigned int i;

	csum->want = csum->in;
	for (i = 0; i < csum->n_lladdr; i++)
		memcpy(csum->want.bytes + csum->lladdr[i], csum->node, ETH_ALEN);
	if (dhcp)
		csum->want.bytes[csum->want.l4off + 8 + 10] |= 0x80;
	build_finish(&csum->want);
}

static struct sk_buff *csum_skb(const struct csum *csum)
{
	const struct build *in = &csum->in;
	unsigned int linear = ETH_HLEN + csum_random(csum_random(2) ? 600 : 60);
	struct sk_buff *skb = shim_skb_new(in->bytes, in->len, linear, linear + csum_random(100));
	unsigned int from = csum->ingress ? ETH_HLEN : 0;

	skb->protocol = htons(model_u16(in->bytes + 12));
	skb->vlan_present = csum->tagged;
	skb->vlan_tci = csum_random(65536);
	skb->ip_summed = csum->summed;
	if (csum->summed == CHECKSUM_COMPLETE) {
		skb->csum = htons(model_sum(in->bytes + ETH_HLEN, in->len - ETH_HLEN, 0));
	} else if (csum->summed == CHECKSUM_PARTIAL) {
		skb->csum_start = in->l4off;
		skb->csum_offset = in->csum - in->l4off;
	}
	shim_skb_pull(skb, from);
	return skb;
}

/* Read and write as path.c does; what is wrong, or NULL */
static const char *csum_rewrite(const struct csum *csum, struct sk_buff *skb)
{
	unsigned int base = csum->ingress ? ETH_HLEN : 0, off = 0, i;
	struct macnat_frame frame;
	bool nd;

	if (base)
		macnat_frame_read_ingress(skb, &frame);
	else
		macnat_frame_read_egress(skb, &frame);
	nd = frame.kind == MACNAT_FRAME_ND;
	if (!nd && frame.kind != MACNAT_FRAME_DHCP_REQUEST)
		return "not taken for what it is";
	if (macnat_rewrite_open(skb, nd ? frame.nd.end : frame.l4off + MACNAT_DHCP_LEN))
		return "cannot be opened";
	if (!nd) {
		macnat_dhcp_write(skb, &frame);
		return NULL;
	}
	for (i = 0; (off = macnat_nd_next(skb, &frame, off)); i++) {
		if (i == csum->n_lladdr || off + base != csum->lladdr[i])
			return "an address is found where none is";
		macnat_nd_write(skb, &frame, off, macnat_key_mac(csum->node));
	}
	return i == csum->n_lladdr ? NULL : "an address is not found";
}

/* What the device does to a frame whose checksum it was told to compute */
static void csum_device(const struct sk_buff *skb, u8 *bytes, unsigned int len)
{
	u8 *field = bytes + skb->csum_start + skb->csum_offset;
	u16 sum = ~model_sum(bytes + skb->csum_start, len - skb->csum_start, 0);

	/* for UDP it knows what 0 means */
	model_put_u16(field, !sum && skb->csum_offset == 6 ? 0xffff : sum);
}

static const char *csum_compare(const struct csum *csum, const struct sk_buff *skb, u8 *out)
{
	const struct build *want = &csum->want;
	u16 sum;

	shim_skb_bytes(skb, out);
	if (skb->len + (csum->ingress ? ETH_HLEN : 0) != want->len)
		return "its length has changed";
	if (csum->summed == CHECKSUM_PARTIAL) {
		if (skb->ip_summed != CHECKSUM_PARTIAL || skb->csum_start != want->l4off ||
		    skb->csum_offset != want->csum - want->l4off)
			return "the device is told something else";
		if (memcmp(out + want->csum, csum->in.bytes + want->csum, 2))
			return "the device finds something else in the checksum field";
		csum_device(skb, out, want->len);
	} else if (skb->ip_summed == CHECKSUM_COMPLETE) {
		sum = model_sum(out + ETH_HLEN, want->len - ETH_HLEN, 0);
		if (ntohs((u16)skb->csum) % 0xffff != sum % 0xffff)
			return "it is not the sum of the bytes any more";
	}
	if (memcmp(out + want->csum, want->bytes + want->csum, 2))
		return "the checksum is not the one that a sender would compute";
	return memcmp(out, want->bytes, want->len) ? "other bytes have changed" : NULL;
}

static void csum_print(const char *what, const u8 *bytes, unsigned int len)
{
	unsigned int i;

	printf("# %s ", what);
	for (i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	printf("\n");
}

/* One frame through it all; true if it became what it has to become */
static bool csum_frame(struct csum *csum)
{
	static u8 out[MODEL_FRAME_MAX];
	struct sk_buff *skb;
	const char *wrong;

	if (csum->summed == CHECKSUM_PARTIAL)
		model_put_u16(csum->in.bytes + csum->in.csum, build_pseudo(&csum->in));
	skb = csum_skb(csum);
	wrong = csum_rewrite(csum, skb) ?: csum_compare(csum, skb, out);
	if (wrong) {
		printf("# %s\n", wrong);
		csum_print("in:  ", csum->in.bytes, csum->in.len);
		csum_print("out: ", out, csum->in.len);
		csum_print("want:", csum->want.bytes, csum->want.len);
	}
	shim_skb_free(skb);
	return !wrong;
}

static bool csum_nd(struct csum *csum, u8 summed)
{
	csum_nd_build(csum);
	csum_want(csum, false);
	csum->summed = summed;
	return csum_frame(csum);
}

static bool csum_dhcp(struct csum *csum, u8 summed)
{
	csum_dhcp_build(csum);
	csum_want(csum, true);
	csum->summed = summed;
	return csum_frame(csum);
}

static bool csum_nd_none(struct csum *csum)
{
	return csum_nd(csum, CHECKSUM_NONE);
}

static bool csum_nd_partial(struct csum *csum)
{
	return csum_nd(csum, CHECKSUM_PARTIAL);
}

static bool csum_nd_complete(struct csum *csum)
{
	return csum_nd(csum, CHECKSUM_COMPLETE);
}

static bool csum_dhcp_none(struct csum *csum)
{
	return csum_dhcp(csum, CHECKSUM_NONE);
}

static bool csum_dhcp_partial(struct csum *csum)
{
	return csum_dhcp(csum, CHECKSUM_PARTIAL);
}

static bool csum_dhcp_complete(struct csum *csum)
{
	return csum_dhcp(csum, CHECKSUM_COMPLETE);
}

/* No checksum stays none, whatever it would have been. */
static bool csum_dhcp_zero(struct csum *csum)
{
	csum_dhcp_build(csum);
	csum_want(csum, true);
	csum->summed = csum_random(2) ? CHECKSUM_COMPLETE : CHECKSUM_NONE;
	model_put_u16(csum->in.bytes + csum->in.csum, 0);
	model_put_u16(csum->want.bytes + csum->in.csum, 0);
	return csum_frame(csum);
}

/* Not 0xffff: only a sum of 0 would have that, and no header is all zeroes. */
static const u16 csum_edges[] = { 0x0000, 0x0001, 0x7fff, 0x8000, 0xfffe };

/* The frame as it comes, or as it leaves, has a checksum at the edge of its range. */
static bool csum_edge(struct csum *csum, bool dhcp)
{
	u16 edge = csum_edges[csum_random(ARRAY_SIZE(csum_edges))], result;
	const struct build *tuned;

	csum_want(csum, dhcp);
	if (csum_random(2)) {
		build_tune(&csum->in, csum->spare, edge);
		csum_want(csum, dhcp);
		tuned = &csum->in;
	} else {
		build_tune(&csum->want, csum->spare, edge);
		memcpy(csum->in.bytes + csum->spare, csum->want.bytes + csum->spare, 2);
		build_finish(&csum->in);
		tuned = &csum->want;
	}
	result = model_u16(tuned->bytes + tuned->csum);
	if (result != (edge || !dhcp ? edge : 0xffff)) {
		printf("# the checksum is %04x, not %04x: the test is wrong\n", result, edge);
		return false;
	}
	csum->summed = csum_random(2) ? CHECKSUM_COMPLETE : CHECKSUM_NONE;
	return csum_frame(csum);
}

static bool csum_nd_edge(struct csum *csum)
{
	csum_nd_build(csum);
	return csum_edge(csum, false);
}

static bool csum_dhcp_edge(struct csum *csum)
{
	csum_dhcp_build(csum);
	return csum_edge(csum, true);
}

static const struct {
	const char *name;
	bool (*frame)(struct csum *csum);
	unsigned int share;	/* of the number of frames: one in so many */
} csum_tests[] = {
	{ "nd_none", csum_nd_none, 1 },
	{ "nd_partial", csum_nd_partial, 1 },
	{ "nd_complete", csum_nd_complete, 1 },
	{ "nd_edge", csum_nd_edge, 4 },
	{ "dhcp_none", csum_dhcp_none, 1 },
	{ "dhcp_partial", csum_dhcp_partial, 1 },
	{ "dhcp_complete", csum_dhcp_complete, 1 },
	{ "dhcp_zero", csum_dhcp_zero, 4 },
	{ "dhcp_edge", csum_dhcp_edge, 4 },
};

static bool csum_wanted(const char *name, char **names)
{
	char **one;

	for (one = names; *one; one++)
		if (!strcmp(*one, name))
			return true;
	return one == names;
}

static bool csum_run(unsigned int test, u64 seed, unsigned int frames)
{
	static struct csum csum;
	unsigned int i;

	for (i = 0; i < frames / csum_tests[test].share; i++) {
		/* each frame by itself: a test that is left out changes no other */
		csum_state = seed * 0xd1342543de82ef95 + ((u64)test << 32) + i;
		if (!csum_tests[test].frame(&csum)) {
			printf("# frame %u\n", i);
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	unsigned int i, n = 0, frames = 100000, failed = 0;
	u64 seed = 1;
	bool passed;
	int opt;

	while ((opt = getopt(argc, argv, "s:n:")) != -1) {
		if (opt == 's') {
			seed = strtoull(optarg, NULL, 0);
		} else if (opt == 'n') {
			frames = strtoul(optarg, NULL, 0);
		} else {
			fprintf(stderr, "usage: csum [-s SEED] [-n FRAMES] [TEST...]\n");
			return 2;
		}
	}

	/* what was printed is not lost when a sanitizer ends this */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < ARRAY_SIZE(csum_tests); i++)
		n += csum_wanted(csum_tests[i].name, argv + optind);
	printf("KTAP version 1\n1..%u\n# csum -s %llu -n %u\n", n, seed, frames);
	for (i = 0, n = 0; i < ARRAY_SIZE(csum_tests); i++) {
		if (!csum_wanted(csum_tests[i].name, argv + optind))
			continue;
		passed = csum_run(i, seed, frames);
		failed += !passed;
		printf("%sok %u - %s\n", passed ? "" : "not ", ++n, csum_tests[i].name);
	}
	printf("%u passed, %u failed, 0 skipped\n", n - failed, failed);
	return failed || !n;
}
