// SPDX-License-Identifier: GPL-2.0
/*
 * Writes the seeds of the fuzzer, a file each, one for every kind of frame
 * that macnat tells apart and for most ways in which one can be wrong:
 *
 *	seeds DIR	by default those of corpus/
 */
#include <err.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <stdio.h>

#include "build.h"
#include "input.h"

static const u8 node[] = { 0x02, 0x4e, 0x4e, 0x4e, 0x4e, 0x01 };
static const u8 pod[] = { 0x02, 0x50, 0x50, 0x50, 0x50, 0x01 };
static const u8 peer[] = { 0x02, 0x52, 0x52, 0x52, 0x52, 0x01 };
static const u8 all[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const u8 no_mac[ETH_ALEN];
static const u8 pod4[] = { 10, 0, 0, 2 }, peer4[] = { 10, 0, 0, 9 }, no4[4];
static const u8 all4[] = { 255, 255, 255, 255 };
static const u8 pod6[] = { 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 };
static const u8 peer6[] = { 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9 };
static const u8 no6[16];

static const char *dir;

static void seed(struct build *build, const char *name, struct input input)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	if (!file || !fwrite(&input, sizeof(input), 1, file) ||
	    !fwrite(build->bytes, build->len, 1, file) || fclose(file))
		err(1, "%s", path);
}

/* As a pod sends it */
static void seed_out(struct build *build, const char *name)
{
	build_finish(build);
	seed(build, name, (struct input){ .flags = INPUT_CSUM, .linear = 80 });
}

/* As it comes to the node */
static void seed_in(struct build *build, const char *name)
{
	build_finish(build);
	seed(build, name, (struct input){ .flags = INPUT_CSUM | INPUT_INGRESS, .linear = 80 });
}

static void arp(struct build *build, u16 type, u16 op, const u8 *sha, const u8 *spa, const u8 *tha,
		const u8 *tpa)
{
	build_u16(build, type);
	build_u16(build, 1);
	build_u16(build, ETH_P_IP);
	build_u8(build, 6);
	build_u8(build, 4);
	build_u16(build, op);
	build_bytes(build, sha, 6);
	build_bytes(build, spa, 4);
	build_bytes(build, tha, 6);
	build_bytes(build, tpa, 4);
}

static void seeds_arp(struct build *b)
{
	build_start(b, all, pod);
	arp(b, ETH_P_ARP, 1, pod, pod4, no_mac, peer4);
	seed_out(b, "arp_request");

	build_start(b, all, pod);
	arp(b, ETH_P_ARP, 2, pod, pod4, pod, pod4);
	build_finish(b);
	seed(b, "arp_gratuitous", (struct input){ .linear = 7, .split = 9, .summed = 2 });

	build_start(b, node, peer);
	arp(b, ETH_P_ARP, 2, peer, peer4, node, pod4);
	seed_in(b, "arp_reply_in");

	build_start(b, all, pod);
	arp(b, ETH_P_RARP, 3, pod, no4, pod, no4);
	build_finish(b);
	seed(b, "rarp_tagged", (struct input){ .flags = INPUT_TAGGED, .tci = { 0, 100 } });

	build_start(b, all, pod);
	arp(b, ETH_P_ARP, 8, pod, pod4, no_mac, peer4);
	seed_out(b, "inarp");
}

static void nd(struct build *b, u8 type)
{
	build_start(b, peer, pod);
	build_ipv6(b, pod6, peer6, 255);
	build_icmp6(b, type, 0);
	build_bytes(b, pod6, 16);
}

static void seeds_nd(struct build *b)
{
	nd(b, 135);
	build_option(b, 1, pod);
	seed_out(b, "nd_ns");

	build_start(b, peer, pod);
	build_ipv6(b, no6, peer6, 255);
	build_icmp6(b, 135, 0);
	build_bytes(b, pod6, 16);
	build_option(b, 14, peer);
	seed_out(b, "nd_ns_dad");

	nd(b, 136);
	build_option(b, 2, pod);
	build_finish(b);
	seed(b, "nd_na_partial", (struct input){ .summed = 3, .linear = 50 });

	nd(b, 136);
	build_option(b, 14, peer);
	build_option(b, 2, pod);
	build_option(b, 1, pod);
	build_option(b, 2, peer);
	build_finish(b);
	seed(b, "nd_na_twice", (struct input){ .flags = INPUT_CSUM | INPUT_GUARD, .summed = 2 });

	build_start(b, all, pod);
	build_ipv6(b, pod6, peer6, 255);
	build_icmp6(b, 133, 0);
	build_option(b, 1, pod);
	seed_out(b, "nd_rs");

	build_start(b, all, pod);
	build_ipv6(b, pod6, peer6, 255);
	build_icmp6(b, 134, 0);
	build_zero(b, 8);
	build_option(b, 5, no_mac);
	build_u8(b, 3);
	build_u8(b, 4);
	build_zero(b, 30);
	build_option(b, 1, pod);
	seed_out(b, "nd_ra");

	build_start(b, node, peer);
	build_ipv6(b, peer6, pod6, 255);
	build_icmp6(b, 137, 0);
	build_bytes(b, pod6, 16);
	build_bytes(b, pod6, 16);
	build_option(b, 2, node);
	build_u8(b, 4);
	build_u8(b, 2);
	build_zero(b, 6);
	build_option(b, 2, node);
	seed_in(b, "nd_redirect_in");
}

static void seeds_nd_wrong(struct build *b)
{
	nd(b, 135);
	build_option(b, 1, pod);
	build_zero(b, 8);
	seed_out(b, "nd_option_0");

	nd(b, 135);
	build_option(b, 1, pod);
	build_u8(b, 1);
	build_u8(b, 2);
	build_bytes(b, pod, 6);
	seed_out(b, "nd_option_overrun");

	nd(b, 136);
	build_u8(b, 2);
	build_u8(b, 2);
	build_zero(b, 14);
	build_option(b, 2, pod);
	seed_out(b, "nd_option_long");

	nd(b, 136);
	build_option(b, 2, pod);
	build_u8(b, 12);
	build_u8(b, 3);
	build_zero(b, 22);
	seed_out(b, "nd_send");

	nd(b, 136);
	build_option(b, 2, pod);
	b->bytes[b->nhoff + 7] = 254;
	seed_out(b, "nd_hop_limit");

	build_start(b, peer, pod);
	build_ipv6(b, pod6, peer6, 255);
	build_ext(b, IPPROTO_FRAGMENT, 0);
	build_icmp6(b, 136, 0);
	build_bytes(b, pod6, 16);
	build_option(b, 2, pod);
	seed_out(b, "nd_fragment");
}

static void seeds_ah(struct build *b)
{
	build_start(b, peer, pod);
	build_ipv6(b, pod6, peer6, 255);
	build_ext(b, IPPROTO_AH, 4);
	build_icmp6(b, 135, 0);
	build_bytes(b, pod6, 16);
	build_option(b, 1, pod);
	seed_out(b, "nd_ah");
}

static void seeds_ext(struct build *b, bool in)
{
	build_start(b, peer, pod);
	build_ipv6(b, pod6, peer6, 255);
	build_ext(b, IPPROTO_HOPOPTS, 0);
	build_ext(b, IPPROTO_DSTOPTS, 1);
	build_ext(b, IPPROTO_ROUTING, 0);
	build_icmp6(b, in ? 137 : 136, 0);
	build_bytes(b, pod6, 16);
	if (in)
		build_bytes(b, pod6, 16);
	build_option(b, 2, in ? node : pod);
	if (!in) {
		seed_out(b, "nd_ext");
		return;
	}
	seed_in(b, "nd_ext_in");
	/* nothing is linear but the Ethernet header */
	seed(b, "nd_ext_in_fragment", (struct input){ .flags = INPUT_CSUM | INPUT_INGRESS });
}

static void dhcp(struct build *b, unsigned int options, u8 op)
{
	build_ipv4(b, op == 1 ? no4 : peer4, op == 1 ? all4 : pod4, IPPROTO_UDP, options);
	build_udp(b, op == 1 ? 68 : 67, op == 1 ? 67 : 68);
	build_dhcp(b, op, pod);
	build_zero(b, 5);
}

static void seeds_dhcp(struct build *b)
{
	build_start(b, all, pod);
	dhcp(b, 0, 1);
	seed_out(b, "dhcp_request");

	build_start(b, all, pod);
	build_tag(b, ETH_P_8021AD, 100);
	build_tag(b, ETH_P_8021Q, 200);
	dhcp(b, 8, 1);
	build_finish(b);
	seed(b, "dhcp_qinq", (struct input){ .summed = 2, .flags = INPUT_LENGTHS | INPUT_CSUM });

	build_start(b, all, pod);
	dhcp(b, 0, 1);
	build_finish(b);
	model_put_u16(b->bytes + b->csum, 0);
	seed(b, "dhcp_no_csum", (struct input){ .linear = 30 });
	seed(b, "dhcp_no_csum_complete", (struct input){ .linear = 30, .summed = 2 });

	/* with the flag set the checksum would be 0, which says that there is none */
	build_start(b, all, pod);
	dhcp(b, 0, 1);
	b->bytes[b->l4off + 8 + 10] = 0x80;
	build_finish(b);
	build_tune(b, b->l4off + 8 + 4, 0);
	b->bytes[b->l4off + 8 + 10] = 0;
	seed_out(b, "dhcp_csum_0");

	/* what looks like a message is padding: the datagram, or the packet, is over before */
	build_start(b, all, pod);
	dhcp(b, 0, 1);
	build_finish(b);
	model_put_u16(b->bytes + b->l4off + 4, 20);
	seed(b, "dhcp_short_udp", (struct input){ .linear = 80 });
	model_put_u16(b->bytes + b->nhoff + 2, 40);
	model_put_u16(b->bytes + b->l4off + 4, b->len - b->l4off);
	seed(b, "dhcp_short_ip", (struct input){ .linear = 80 });

	build_start(b, node, peer);
	dhcp(b, 0, 2);
	seed_in(b, "dhcp_reply_in");
}

static void seeds_other(struct build *b)
{
	build_start(b, peer, pod);
	build_tag(b, ETH_P_8021Q, 0xe000);
	build_tag(b, ETH_P_8021Q, 100);
	build_ipv4(b, pod4, peer4, IPPROTO_TCP, 0);
	build_zero(b, 20);
	seed_out(b, "tcp_priority");

	build_start(b, peer, pod);
	build_ipv6(b, pod6, peer6, 64);
	b->bytes[b->next] = IPPROTO_UDP;
	build_udp(b, 546, 547);
	b->csum = 0;
	seed_out(b, "udp6");
}

int main(int argc, char **argv)
{
	static struct build build;

	dir = argc > 1 ? argv[1] : "corpus";
	seeds_arp(&build);
	seeds_nd(&build);
	seeds_nd_wrong(&build);
	seeds_ah(&build);
	seeds_ext(&build, false);
	seeds_ext(&build, true);
	seeds_dhcp(&build);
	seeds_other(&build);
	return 0;
}
