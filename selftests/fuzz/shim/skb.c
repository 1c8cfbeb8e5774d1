// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel does for frame.c, rewrite.c, arp.c, nd.c and dhcp.c, written
 * anew from how it is documented to behave. Wherever the kernel might do one
 * thing or the other (move data or leave it), this does the one that harms a
 * careless caller.
 */
#include <linux/in.h>
#include <linux/skbuff.h>
#include <net/checksum.h>
#include <net/ipv6.h>
#include <stdlib.h>

static unsigned char *shim_memory(unsigned int len)
{
	unsigned char *memory;

	if (!len)
		return NULL;
	memory = malloc(len);
	if (!memory)
		abort();
	return memory;
}

/* Copy what is in both [offset, offset + len) of the frame and a part that starts at its pos */
static void shim_copy_part(const unsigned char *part, unsigned int pos, unsigned int part_len,
			   unsigned int offset, unsigned int len, u8 *to)
{
	unsigned int from = offset > pos ? offset : pos;
	unsigned int end = offset + len < pos + part_len ? offset + len : pos + part_len;

	if (from < end)
		memcpy(to + (from - offset), part + (from - pos), end - from);
}

/* Copy out of all parts, by offset from the start of the linear one */
static void shim_copy(const struct sk_buff *skb, unsigned int offset, unsigned int len, u8 *to)
{
	unsigned int pos = skb->data - skb->head + skb_headlen(skb), i;

	shim_copy_part(skb->head, 0, pos, offset, len, to);
	for (i = 0; i < SHIM_FRAGS; i++) {
		shim_copy_part(skb->frags[i].data, pos, skb->frags[i].len, offset, len, to);
		pos += skb->frags[i].len;
	}
}

/**
 * shim_skb_new() - an skb about to be sent
 * @bytes: the frame, from its Ethernet header on
 * @len: its length, at least ETH_HLEN
 * @linear: how much of it is linear, at least ETH_HLEN
 * @split: where the second fragment starts, 0 for none
 *
 * Return: the skb, to be freed by shim_skb_free()
 */
struct sk_buff *shim_skb_new(const u8 *bytes, unsigned int len, unsigned int linear,
			     unsigned int split)
{
	struct sk_buff *skb = calloc(1, sizeof(*skb));
	unsigned int ends[SHIM_FRAGS], i;

	if (!skb)
		abort();
	if (linear > len)
		linear = len;
	ends[0] = split > linear && split < len ? split : len;
	ends[1] = len;
	skb->head = shim_memory(linear);
	memcpy(skb->head, bytes, linear);
	skb->data = skb->head;
	skb->len = len;
	skb->data_len = len - linear;
	skb->network_header = ETH_HLEN;
	for (i = 0; i < SHIM_FRAGS && linear < len; linear = ends[i++]) {
		skb->frags[i].len = ends[i] - linear;
		skb->frags[i].data = shim_memory(skb->frags[i].len);
		if (skb->frags[i].len)
			memcpy(skb->frags[i].data, bytes + linear, skb->frags[i].len);
	}
	return skb;
}

/**
 * shim_skb_pull() - let the frame start later
 * @skb: the skb
 * @len: bytes, all linear
 */
void shim_skb_pull(struct sk_buff *skb, unsigned int len)
{
	skb->data += len;
	skb->len -= len;
}

/**
 * shim_skb_bytes() - the frame as it would be on the wire
 * @skb: the skb
 * @bytes: result, from the Ethernet header on
 */
void shim_skb_bytes(const struct sk_buff *skb, u8 *bytes)
{
	shim_copy(skb, 0, skb->data - skb->head + skb->len, bytes);
}

static void shim_skb_free_data(struct sk_buff *skb)
{
	unsigned int i;

	free(skb->head);
	for (i = 0; i < SHIM_FRAGS; i++) {
		free(skb->frags[i].data);
		skb->frags[i].data = NULL;
		skb->frags[i].len = 0;
	}
}

/**
 * shim_skb_free() - the end of an skb
 * @skb: from shim_skb_new()
 */
void shim_skb_free(struct sk_buff *skb)
{
	shim_skb_free_data(skb);
	free(skb);
}

/* One of the bytes that were read in fragments becomes 0, or another */
static void shim_change(struct sk_buff *skb, unsigned int offset, unsigned int len)
{
	unsigned int i;

	skb->changing = skb->changing * 1664525 + 1013904223;
	offset += (skb->changing >> 24) % len;
	if (offset < skb_headlen(skb))
		return;
	offset -= skb_headlen(skb);
	for (i = 0; i < SHIM_FRAGS; i++) {
		if (offset < skb->frags[i].len) {
			skb->frags[i].data[offset] =
				skb->changing & 0x8000 ? skb->changing >> 16 : 0;
			return;
		}
		offset -= skb->frags[i].len;
	}
}

/* A pointer to bytes that are linear, else a copy of them; NULL where there are not so many. */
void *skb_header_pointer(const struct sk_buff *skb, int offset, int len, void *buffer)
{
	if (offset < 0 || len < 0 || (u64)offset + len > skb->len)
		return NULL;
	if ((unsigned int)offset + len <= skb_headlen(skb))
		return skb->data + offset;
	shim_copy(skb, skb->data - skb->head + offset, len, buffer);
	/*
	 * it is theirs to change, and the reader's to expect: no business of who only has a
	 * pointer
	 */
	if (skb->changing && len)
		shim_change((struct sk_buff *)skb, offset, len);
	return buffer;
}

/*
 * Always new memory, and no more of it linear than was asked for: a pointer
 * that was taken before is stale, and who asked for too little finds out.
 */
int skb_ensure_writable(struct sk_buff *skb, unsigned int len)
{
	unsigned int front = skb->data - skb->head, rest;
	unsigned char *head, *tail;

	if (skb->nomem || len > skb->len)
		return -ENOMEM;
	rest = skb->len - len;
	head = shim_memory(front + len);
	tail = shim_memory(rest);
	shim_copy(skb, 0, front + len, head);
	shim_copy(skb, front + len, rest, tail);
	shim_skb_free_data(skb);
	skb->head = head;
	skb->data = head + front;
	skb->data_len = rest;
	skb->frags[0].data = tail;
	skb->frags[0].len = rest;
	return 0;
}

static u16 shim_fold(u64 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/*
 * Incremental update by RFC 1624 equation 3, in the 32 bits that the kernel
 * does it in: the sum is never a plain 0 then, so the result never 0xffff.
 * A field that the device will compute holds the sum of the pseudo-header only
 * (not inverted), which a change elsewhere leaves alone. A sum over all bytes
 * holds if the checksum makes up for the change, that is unless it was a
 * change of the pseudo-header.
 */
void inet_proto_csum_replace2(__sum16 *sum, struct sk_buff *skb, __be16 from, __be16 to,
			      bool pseudohdr)
{
	const u32 minus_from = ~(u32)from;

	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		if (pseudohdr)
			*sum = shim_fold((u64)*sum + minus_from + to);
		return;
	}
	*sum = ~shim_fold((u64)(u32)~(u32)*sum + minus_from + to);
	if (skb->ip_summed == CHECKSUM_COMPLETE && pseudohdr)
		skb->csum = (u16)~shim_fold((u64)(u32)~skb->csum + minus_from + to);
}
