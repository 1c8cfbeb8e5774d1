/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzzer's input: how the frame comes, then the frame. What is written into
 * corpus/ by seeds.c is read by fuzz_frame.c.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <linux/types.h>

#define INPUT_INGRESS	0x01	/* else egress */
#define INPUT_TAGGED	0x02	/* @tci is in the metadata */
#define INPUT_GSO	0x04	/* a super-frame */
#define INPUT_LENGTHS	0x08	/* put the length fields right first, see fuzz_lengths() */
#define INPUT_CSUM	0x10	/* put the checksum right first */
#define INPUT_GUARD	0x20	/* hide MACs that nobody knows too */
#define INPUT_SHARED	0x40	/* the skb is not ours alone */
#define INPUT_NOMEM	0x80	/* no memory to make it writable */

/**
 * struct input - what comes in front of the frame
 * @flags: INPUT_*
 * @summed: CHECKSUM_* in the lower two bits, in the others which MACs are the node's and the pod's
 * @linear: bytes of the frame that are linear, besides its Ethernet header
 * @split: length of the first fragment, 0 for one only
 * @tci: VLAN tag in the metadata, network byte order
 */
struct input {
	__u8 flags;
	__u8 summed;
	__u8 linear;
	__u8 split;
	__u8 tci[2];
};

#endif /* FUZZ_INPUT_H */
