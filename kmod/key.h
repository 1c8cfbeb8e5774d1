/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two keys of macnat, as plain values: a MAC address and the (VLAN, IP)
 * of a mapping. Bottom of the layers, everything may include it.
 */
#ifndef MACNAT_KEY_H
#define MACNAT_KEY_H

#include <linux/hash.h>
#include <linux/if_vlan.h>
#include <linux/math64.h>
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
static __always_inline u64 macnat_key_mac(const u8 *addr)
{
	return get_unaligned((const u32 *)addr) |
	       (u64)get_unaligned((const u16 *)(addr + 4)) << 32;
}

/**
 * macnat_key_mac_put() - write a MAC address
 * @addr: where its six bytes go, any alignment
 * @mac: value from macnat_key_mac()
 */
static __always_inline void macnat_key_mac_put(u8 *addr, u64 mac)
{
	put_unaligned((u32)mac, (u32 *)addr);
	put_unaligned((u16)(mac >> 32), (u16 *)(addr + 4));
}

/* Layout of struct macnat_key.scope: its order is that of a dump. */
#define MACNAT_KEY_VID_SHIFT	13
#define MACNAT_KEY_INNER_SHIFT	1
#define MACNAT_KEY_IPV6		1

/* No scope: of a stored key that is none (yet, or any more), which nothing equals. */
#define MACNAT_KEY_NONE		U32_MAX

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

static __always_inline u32 macnat_key_scope(u16 vid, u16 inner, bool ipv6)
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

static __always_inline bool macnat_key_is_ipv6(const struct macnat_key *key)
{
	return key->scope & MACNAT_KEY_IPV6;
}

/**
 * macnat_key_is() - compare with an address in a packet
 * @key: stored key, which may become none or be set meanwhile: its scope tells
 * @scope: of the other, see macnat_key_scope()
 * @addr: IP address, network byte order, any alignment
 * @ipv6: its family
 *
 * Return: true if it is the key's
 */
static __always_inline bool macnat_key_is(const struct macnat_key *key, u32 scope,
					  const void *addr, bool ipv6)
{
	const u64 *word = addr;

	/* pairs with macnat_key_set() */
	if (smp_load_acquire(&key->scope) != scope)
		return false;
	if (!ipv6)
		return (__force u32)key->addr[0] == get_unaligned((const u32 *)addr);
	return !((get_unaligned((const u64 *)&key->addr[0]) ^ get_unaligned(&word[0])) |
		 (get_unaligned((const u64 *)&key->addr[2]) ^ get_unaligned(&word[1])));
}

/* @key: stored, see macnat_key_is(); @other: to compare it with */
static __always_inline bool macnat_key_equal(const struct macnat_key *key,
					     const struct macnat_key *other)
{
	return macnat_key_is(key, other->scope, other->addr, macnat_key_is_ipv6(other));
}

/**
 * macnat_key_set() - let a stored key that was none be one
 * @key: stored key
 * @from: what it shall be
 *
 * Context: any, others may compare it at the same time.
 */
static inline void macnat_key_set(struct macnat_key *key, const struct macnat_key *from)
{
	memcpy(key->addr, from->addr, sizeof(key->addr));
	/* pairs with macnat_key_is() */
	smp_store_release(&key->scope, from->scope);
}

/*
 * Pods choose their addresses. A hash that lets them choose addresses of one bucket, without
 * knowing the seed, makes each of their frames cost thousands of instructions, and other pods'
 * mappings fail. So what they choose is first combined with what they cannot know, and a product
 * of 128 bits spreads what is left: by its halves, since the low one tells nothing of high bits,
 * nor the high one of low ones. No difference of two keys then has the same outcome under all
 * secrets, or under many; see selftests/fuzz/hash.c. siphash is as good, but each frame needs a
 * hash or two, and it would be a call and more than a hundred instructions.
 */
extern u64 macnat_key_secrets[4];

static __always_inline u64 macnat_key_fold(u64 a, u64 b)
{
#ifdef CONFIG_ARCH_SUPPORTS_INT128
	__uint128_t product = (__uint128_t)a * b;

	/* one multiplication, where the other way compilers make two */
	return (u64)product ^ (u64)(product >> 64);
#else
	return a * b ^ mul_u64_u64_shr(a, b, 64);
#endif
}

/**
 * macnat_key_value_hash() - hash a key that is one value
 * @value: from macnat_key_mac() or macnat_key_ipv4()
 * @seed: random, of one table at one time
 *
 * Addresses in a row are still a kind of row after one product; hash_64() scatters them.
 *
 * Return: the hash, good in its low bits
 */
static __always_inline u32 macnat_key_value_hash(u64 value, u32 seed)
{
	u64 factor = macnat_key_secrets[0] ^ seed * GOLDEN_RATIO_64;

	return hash_64(macnat_key_fold(value ^ macnat_key_secrets[1], factor), 32);
}

/**
 * macnat_key_ipv4() - a key of IPv4 as one value
 * @scope: see macnat_key_scope()
 * @addr: IPv4 address
 *
 * Return: to be compared and hashed
 */
static __always_inline u64 macnat_key_ipv4(u32 scope, __be32 addr)
{
	return (u64)(__force u32)addr << 32 | scope;
}

/**
 * macnat_key_hash() - hash a key
 * @key: VLAN and IP
 * @seed: random, of one table at one time
 *
 * Return: the hash, good in its low bits
 */
static __always_inline u32 macnat_key_hash(const struct macnat_key *key, u32 seed)
{
	u64 high, low;

	if (!macnat_key_is_ipv6(key))
		return macnat_key_value_hash(macnat_key_ipv4(key->scope, key->addr[0]), seed);
	high = (__force u64)get_unaligned((const __be64 *)&key->addr[0]);
	low = (__force u64)get_unaligned((const __be64 *)&key->addr[2]);
	high = macnat_key_fold(high ^ macnat_key_secrets[2], low ^ macnat_key_secrets[3]);
	/* to the unknown: before the product, one part of the key could make up for the other */
	return macnat_key_value_hash(high ^ key->scope, seed);
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
	u64 x, y;

	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;
	x = get_unaligned_be64(&a->addr[0]);
	y = get_unaligned_be64(&b->addr[0]);
	if (x == y) {
		x = get_unaligned_be64(&a->addr[2]);
		y = get_unaligned_be64(&b->addr[2]);
	}
	return x < y ? -1 : x > y;
}

void macnat_key_setup(void);
bool macnat_key_is_host(const struct macnat_key *key);

#endif /* MACNAT_KEY_H */
