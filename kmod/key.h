/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two keys of macnat, as plain values: a MAC address and the (VLAN, IP)
 * of a mapping. Bottom of the layers, everything may include it.
 */
#ifndef MACNAT_KEY_H
#define MACNAT_KEY_H

#include <linux/if_vlan.h>
#include <linux/jhash.h>
#include <linux/unaligned.h>

#if BITS_PER_LONG != 64
#error "macnat needs a 64-bit kernel: it reads and writes a MAC address in one access"
#endif

/**
 * macnat_key_mac() - a MAC address as a value
 * @addr: six bytes in wire order, any alignment
 *
 * A u64 is loaded, stored and compared in one access, so that no reader can
 * ever see half of an address. The value is for comparing, hashing and
 * macnat_key_mac_put() only: its byte order is the machine's.
 *
 * Return: the address in the low 48 bits
 */
static inline u64 macnat_key_mac(const u8 *addr)
{
	return get_unaligned((const u32 *)addr) |
	       (u64)get_unaligned((const u16 *)(addr + 4)) << 32;
}

/**
 * macnat_key_mac_put() - write a MAC address
 * @addr: where its six bytes go, any alignment
 * @mac: value from macnat_key_mac()
 */
static inline void macnat_key_mac_put(u8 *addr, u64 mac)
{
	put_unaligned((u32)mac, (u32 *)addr);
	put_unaligned((u16)(mac >> 32), (u16 *)(addr + 4));
}

/* Layout of struct macnat_key.scope: its order is that of a dump. */
#define MACNAT_KEY_VID_SHIFT	13
#define MACNAT_KEY_INNER_SHIFT	1
#define MACNAT_KEY_IPV6		1

/**
 * struct macnat_key - what a mapping is found by
 * @scope: VID of the outer and of the inner tag (0 for none) and the family,
 *	see macnat_key_scope()
 * @addr: IP address, network byte order; only the first word for IPv4, the
 *	others are zero in a stored key and ignored in one to look up
 */
struct macnat_key {
	u32 scope;
	__be32 addr[4];
};

static inline u32 macnat_key_scope(u16 vid, u16 inner, bool ipv6)
{
	return (u32)vid << MACNAT_KEY_VID_SHIFT |
	       (u32)inner << MACNAT_KEY_INNER_SHIFT | (ipv6 ? MACNAT_KEY_IPV6 : 0);
}

static inline u16 macnat_key_vid(const struct macnat_key *key)
{
	return key->scope >> MACNAT_KEY_VID_SHIFT & VLAN_VID_MASK;
}

static inline u16 macnat_key_inner_vid(const struct macnat_key *key)
{
	return key->scope >> MACNAT_KEY_INNER_SHIFT & VLAN_VID_MASK;
}

static inline bool macnat_key_is_ipv6(const struct macnat_key *key)
{
	return key->scope & MACNAT_KEY_IPV6;
}

static inline bool macnat_key_equal(const struct macnat_key *a, const struct macnat_key *b)
{
	if (a->scope != b->scope || a->addr[0] != b->addr[0])
		return false;
	return !macnat_key_is_ipv6(a) || !memcmp(&a->addr[1], &b->addr[1], 12);
}

static inline u32 macnat_key_hash(const struct macnat_key *key, u32 seed)
{
	if (macnat_key_is_ipv6(key))
		return jhash2((const u32 *)key, sizeof(*key) / sizeof(u32), seed);
	return jhash_2words(key->scope, (__force u32)key->addr[0], seed);
}

/**
 * macnat_key_order() - compare for a sorted table
 * @a: one key
 * @b: another
 *
 * Return: below, equal to or above 0, by VLAN, inner VLAN, family, address
 */
static inline int macnat_key_order(const struct macnat_key *a, const struct macnat_key *b)
{
	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;
	return memcmp(a->addr, b->addr, sizeof(a->addr));
}

bool macnat_key_is_host(const struct macnat_key *key);

#endif /* MACNAT_KEY_H */
