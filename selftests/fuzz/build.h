/* SPDX-License-Identifier: GPL-2.0 */
/* Building frames, for seeds.c and csum.c: byte after byte, lengths and checksum at the end. */
#ifndef FUZZ_BUILD_H
#define FUZZ_BUILD_H

#include "model.h"

/**
 * struct build - a frame in the making
 * @bytes: from its Ethernet header on
 * @len: their number so far
 * @nhoff: offset of the IP header, 0 for none
 * @l4off: offset of the ICMPv6 or UDP header
 * @csum: offset of its checksum, 0 for none
 * @next: offset of the field that tells what follows, of the last IPv6 header
 */
struct build {
	u8 bytes[MODEL_FRAME_MAX];
	unsigned int len;
	unsigned int nhoff;
	unsigned int l4off;
	unsigned int csum;
	unsigned int next;
};

void build_start(struct build *build, const u8 *dst, const u8 *src);
void build_bytes(struct build *build, const void *bytes, unsigned int len);
void build_zero(struct build *build, unsigned int len);
void build_u8(struct build *build, u8 value);
void build_u16(struct build *build, u16 value);
void build_tag(struct build *build, u16 tpid, u16 tci);
void build_ipv4(struct build *build, const u8 *src, const u8 *dst, u8 protocol,
		unsigned int options);
void build_ipv6(struct build *build, const u8 *src, const u8 *dst, u8 hop_limit);
void build_ext(struct build *build, u8 type, u8 units);
void build_icmp6(struct build *build, u8 type, u8 code);
void build_option(struct build *build, u8 type, const u8 *mac);
void build_udp(struct build *build, u16 source, u16 dest);
void build_dhcp(struct build *build, u8 op, const u8 *mac);
u16 build_pseudo(const struct build *build);
u16 build_csum(const struct build *build);
void build_finish(struct build *build);
void build_tune(struct build *build, unsigned int spare, u16 wanted);

#endif /* FUZZ_BUILD_H */
