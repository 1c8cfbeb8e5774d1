// SPDX-License-Identifier: GPL-2.0
/* Building frames, see build.h. */
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <stdlib.h>

#include "build.h"

void build_bytes(struct build *build, const void *bytes, unsigned int len)
{
	if (len > sizeof(build->bytes) - build->len)
		abort();
	if (bytes)
		memcpy(build->bytes + build->len, bytes, len);
	else
		memset(build->bytes + build->len, 0, len);
	build->len += len;
}

void build_zero(struct build *build, unsigned int len)
{
	build_bytes(build, NULL, len);
}

void build_u8(struct build *build, u8 value)
{
	build_bytes(build, &value, 1);
}

void build_u16(struct build *build, u16 value)
{
	build_u8(build, value >> 8);
	build_u8(build, value);
}

/* The EtherType comes with what follows. */
void build_start(struct build *build, const u8 *dst, const u8 *src)
{
	memset(build, 0, sizeof(*build));
	build_bytes(build, dst, ETH_ALEN);
	build_bytes(build, src, ETH_ALEN);
}

void build_tag(struct build *build, u16 tpid, u16 tci)
{
	build_u16(build, tpid);
	build_u16(build, tci);
}

/* @options: bytes of IPv4 options, all "no operation" */
void build_ipv4(struct build *build, const u8 *src, const u8 *dst, u8 protocol,
		unsigned int options)
{
	build_u16(build, ETH_P_IP);
	build->nhoff = build->len;
	build_u8(build, 0x40 | (20 + options) / 4);
	build_zero(build, 7);
	build_u8(build, 64);
	build_u8(build, protocol);
	build_u16(build, 0);
	build_bytes(build, src, 4);
	build_bytes(build, dst, 4);
	while (options--)
		build_u8(build, 1);
	build->l4off = build->len;
}

void build_ipv6(struct build *build, const u8 *src, const u8 *dst, u8 hop_limit)
{
	build_u16(build, ETH_P_IPV6);
	build->nhoff = build->len;
	build_u8(build, 0x60);
	build_zero(build, 5);
	build->next = build->len;
	build_u8(build, IPPROTO_NONE);
	build_u8(build, hop_limit);
	build_bytes(build, src, 16);
	build_bytes(build, dst, 16);
	build->l4off = build->len;
}

/* An extension header; @units as it counts its length, in 8 bytes but for AH's 4 */
void build_ext(struct build *build, u8 type, u8 units)
{
	build->bytes[build->next] = type;
	build->next = build->len;
	build_u8(build, IPPROTO_NONE);
	build_u8(build, units);
	build_zero(build, 6 + (type == IPPROTO_AH ? 4 * units : 8 * units));
	build->l4off = build->len;
}

void build_icmp6(struct build *build, u8 type, u8 code)
{
	build->bytes[build->next] = IPPROTO_ICMPV6;
	build->csum = build->len + 2;
	build_u8(build, type);
	build_u8(build, code);
	build_zero(build, 6);
}

/* An option of neighbour discovery that tells a MAC address */
void build_option(struct build *build, u8 type, const u8 *mac)
{
	build_u8(build, type);
	build_u8(build, 1);
	build_bytes(build, mac, ETH_ALEN);
}

void build_udp(struct build *build, u16 source, u16 dest)
{
	build->csum = build->len + 6;
	build_u16(build, source);
	build_u16(build, dest);
	build_zero(build, 4);
}

/* As far as the hardware address, from a client that has no address yet */
void build_dhcp(struct build *build, u8 op, const u8 *mac)
{
	build_u8(build, op);
	build_u8(build, 1);
	build_u8(build, ETH_ALEN);
	build_zero(build, 25);
	build_bytes(build, mac, ETH_ALEN);
}

/* The sum of the pseudo-header, which the field holds if the device computes the checksum */
u16 build_pseudo(const struct build *build)
{
	const u8 *ip = build->bytes + build->nhoff;
	unsigned int len = build->len - build->l4off;

	if (ip[0] >> 4 == 4)
		return model_sum(ip + 12, 8, ip[9] + len);
	return model_sum(ip + 8, 32, build->bytes[build->next] + len);
}

/* The checksum as it is sent */
u16 build_csum(const struct build *build)
{
	u16 sum = build_pseudo(build);

	sum = model_sum(build->bytes + build->l4off, build->csum - build->l4off, sum);
	sum = ~model_sum(build->bytes + build->csum + 2, build->len - build->csum - 2, sum);
	/* UDP keeps 0 for "none" (RFC 768) */
	return !sum && build->csum == build->l4off + 6 ? 0xffff : sum;
}

/* Lengths and checksums */
void build_finish(struct build *build)
{
	u8 *ip = build->bytes + build->nhoff;

	if (!build->nhoff)
		return;
	if (ip[0] >> 4 == 6) {
		model_put_u16(ip + 4, build->len - build->nhoff - 40);
	} else {
		model_put_u16(ip + 2, build->len - build->nhoff);
		model_put_u16(ip + 10, 0);
		model_put_u16(ip + 10, ~model_sum(ip, build->l4off - build->nhoff, 0));
		if (build->csum)
			model_put_u16(build->bytes + build->l4off + 4, build->len - build->l4off);
	}
	if (build->csum)
		model_put_u16(build->bytes + build->csum, build_csum(build));
}

/* Finish with the word at @spare such that the checksum, before UDP's rule, is @wanted */
void build_tune(struct build *build, unsigned int spare, u16 wanted)
{
	u32 word;
	u16 rest;

	model_put_u16(build->bytes + spare, 0);
	rest = ~build_csum(build);
	/* UDP's 0xffff stands for 0 */
	if (!rest)
		rest = 0xffff;
	/* ones' complement: the sum is to be ~wanted */
	word = (u16)~wanted + (u16)~rest;
	model_put_u16(build->bytes + spare, (word & 0xffff) + (word >> 16));
	build_finish(build);
}
