// SPDX-License-Identifier: GPL-2.0
/*
 * How key.h spreads addresses over the buckets of a hash table, under many secrets and seeds:
 * those of real clusters, which come in rows, and those that somebody has chosen who knows key.h,
 * but neither secrets nor seeds. KTAP output.
 *
 *	hash [SEEDS]		of each row or set and size, 1000 by default
 *
 * rhashtable moves a whole table when a bucket gets 16 keys, and refuses keys while it does.
 *
 * A chosen set is all sums, or exclusive ors, of 13 differences. Whether keys collide depends on
 * their
 * differences: what a hash function keeps of one for every seed is a way to have a multitude of
 * keys in
 * one bucket. The sets are those that were found by thinking, and those that a search finds: it
 * changes one difference after the other, and keeps what makes the longest chains.
 */
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>

#include "../src/lib/chance.h"
#include "key.h"

#define HASH_CHAIN 16
#define HASH_SIZE 8192
#define HASH_BITS 13		/* of HASH_SIZE */

u64 macnat_key_secrets[4];

static u32 hash_mac(u32 a, u32 b, u32 seed)
{
	const u8 mac[8] = { a >> 24, a >> 16, b >> 24, b >> 16, b >> 8, b };

	return macnat_key_value_hash(macnat_key_mac(mac), seed);
}

static u32 hash_ip(u32 scope, u32 a, u32 b, u32 seed)
{
	struct macnat_key key = { .scope = scope, .addr = { a } };

	if (scope & MACNAT_KEY_IPV6) {
		key.addr[2] = b >> 16;
		key.addr[3] = __cpu_to_be32(b);
	} else {
		key.addr[0] = __cpu_to_be32(a + b);
	}
	return macnat_key_hash(&key, seed);
}

/* The @i-th address of a row */
static u32 hash_mac_row(u32 i, u32 seed)
{
	return hash_mac(0x06000000, i, seed);
}

/* As Open Virtual Network makes them: 0a:58 and the IPv4 address */
static u32 hash_mac_ovn(u32 i, u32 seed)
{
	return hash_mac(0x0a580000, 0x0a000000 + i, seed);
}

static u32 hash_mac_16(u32 i, u32 seed)
{
	return hash_mac(0x02000000, i * 16, seed);
}

static u32 hash_mac_256(u32 i, u32 seed)
{
	return hash_mac(0x02000000, i * 256, seed);
}

static u32 hash_ipv4(u32 i, u32 seed)
{
	return hash_ip(0, 0x0a000000, i, seed);
}

static u32 hash_ipv4_vlan(u32 i, u32 seed)
{
	return hash_ip(macnat_key_scope(100, 0, false), 0x0a000000, i * 4, seed);
}

/* One address in each VLAN */
static u32 hash_vlans(u32 i, u32 seed)
{
	return hash_ip(macnat_key_scope(i % 4000, 0, false), 0x0a000000, i / 4000, seed);
}

static u32 hash_ipv6(u32 i, u32 seed)
{
	return hash_ip(MACNAT_KEY_IPV6, 0xfd, i, seed);
}

/* A prefix for each pod */
static u32 hash_ipv6_prefix(u32 i, u32 seed)
{
	return hash_ip(MACNAT_KEY_IPV6, __cpu_to_be32(0x20010000 + i), 1, seed);
}

static const struct {
	const char *name;
	u32 (*hash)(u32 i, u32 seed);
} hash_rows[] = {
	{ "mac_row", hash_mac_row },
	{ "mac_ovn", hash_mac_ovn },
	{ "mac_16", hash_mac_16 },
	{ "mac_256", hash_mac_256 },
	{ "ipv4", hash_ipv4 },
	{ "ipv4_vlan", hash_ipv4_vlan },
	{ "vlans", hash_vlans },
	{ "ipv6", hash_ipv6 },
	{ "ipv6_prefix", hash_ipv6_prefix },
};

/* ------------------------------------------------------------------------------------------- */
/* Sets that somebody has chosen */

/* A number of 192 bits that a key is made of: scope, first and second half of an address */
struct hash_number {
	u64 word[3];
};

static u32 hash_kind_mac(const struct hash_number *number, u32 seed)
{
	return macnat_key_value_hash(number->word[0], seed);
}

/* 26 bits of two VLANs, and the address */
static u32 hash_kind_ipv4(const struct hash_number *number, u32 seed)
{
	const struct macnat_key key = {
		.scope = (number->word[0] & 0xffffff) << MACNAT_KEY_INNER_SHIFT,
		.addr = { number->word[0] >> 24 },
	};

	return macnat_key_hash(&key, seed);
}

static u32 hash_kind_ipv6(const struct hash_number *number, u32 seed)
{
	struct macnat_key key = {
		.scope = (number->word[2] & 0xffffff) << MACNAT_KEY_INNER_SHIFT | MACNAT_KEY_IPV6,
	};

	memcpy(key.addr, number->word, sizeof(key.addr));
	return macnat_key_hash(&key, seed);
}

/* What pods can choose of a key, from the lowest bit of the first word on */
static const struct hash_kind {
	const char *name;
	unsigned int bits;
	u32 (*hash)(const struct hash_number *number, u32 seed);
} hash_kinds[] = {
	{ "mac", 48, hash_kind_mac },
	{ "ipv4", 56, hash_kind_ipv4 },
	{ "ipv6", 152, hash_kind_ipv6 },
};

struct hash_set {
	bool add;		/* sums, or else exclusive ors */
	struct hash_number differences[HASH_BITS];
};

static void hash_flip(struct hash_number *number, unsigned int bit, unsigned int bits)
{
	if (bit < bits)
		number->word[bit / 64] ^= 1ULL << bit % 64;
}

/* The sums of all subsets of the differences; false if two are equal */
static bool hash_set_members(const struct hash_set *set, struct hash_number *members)
{
	/* open addressing, to find equal ones */
	static u32 seen[HASH_SIZE * 4];
	unsigned int i, bit, word, at;

	memset(seen, 0, sizeof(seen));
	memset(members, 0, sizeof(*members));
	for (i = 1; i < HASH_SIZE; i++) {
		bit = __builtin_ctz(i);
		for (word = 0; word < 3; word++) {
			u64 a = members[i & (i - 1)].word[word];
			u64 b = set->differences[bit].word[word];

			members[i].word[word] = set->add ? a + b : a ^ b;
		}
		at = (members[i].word[0] * 3 + members[i].word[1] * 5 + members[i].word[2] * 7) *
		     GOLDEN_RATIO_64 >> 49;
		for (; seen[at]; at = (at + 1) % ARRAY_SIZE(seen))
			if (!memcmp(&members[seen[at]], &members[i], sizeof(*members)))
				return false;
		seen[at] = i;
	}
	return true;
}

static void hash_secrets(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(macnat_key_secrets); i++)
		macnat_key_secrets[i] = chance_next();
}

/* Of a set in a table that is full for its size; the sum of the longest chains of all @seeds */
static unsigned int hash_set_chains(const struct hash_kind *kind, const struct hash_set *set,
				    unsigned int seeds, unsigned int *worst)
{
	static struct hash_number members[HASH_SIZE];
	static u16 chain[HASH_SIZE];
	unsigned int sum = 0, max, i;
	u32 seed;

	if (!hash_set_members(set, members))
		return 0;
	for (; seeds; seeds--) {
		hash_secrets();
		seed = chance_next();
		memset(chain, 0, sizeof(chain));
		max = 0;
		for (i = 0; i < HASH_SIZE * 3 / 4; i++) {
			unsigned int n = ++chain[kind->hash(&members[i], seed) % HASH_SIZE];

			max = n > max ? n : max;
		}
		sum += max;
		*worst = max > *worst ? max : *worst;
	}
	return sum;
}

/*
 * A difference of the kind that a hash function is likely to keep: few bits, at distances that it
 * shifts by
 */
static struct hash_number hash_difference(unsigned int bits)
{
	static const int distances[] = { 0, 32, -32, 64, -64, 128, -128 };
	struct hash_number number = { 0 };
	unsigned int bit = chance_below(bits);

	hash_flip(&number, bit, bits);
	if (chance_below(2)) {
		bit += distances[chance_below(ARRAY_SIZE(distances))];
		hash_flip(&number, chance_below(3) ? bit : chance_below(bits), bits);
	}
	return number;
}

/* All bits in a row from @first on, and the same at a distance, if it is not 0 */
static void hash_set_window(struct hash_set *set, unsigned int bits, unsigned int first,
			    int distance)
{
	unsigned int i;

	memset(set, 0, sizeof(*set));
	for (i = 0; i < HASH_BITS; i++) {
		hash_flip(&set->differences[i], first + i, bits);
		if (distance)
			hash_flip(&set->differences[i], first + i + distance, bits);
	}
}

/* Returns the longest chain under any of @seeds, of windows everywhere */
static unsigned int hash_windows(const struct hash_kind *kind, unsigned int seeds)
{
	static const int distances[] = { 0, 32, -32, 64, -64, 96, 128 };
	unsigned int first, i, worst = 0;
	struct hash_set set;

	for (first = 0; first + HASH_BITS <= kind->bits; first++)
		for (i = 0; i < ARRAY_SIZE(distances); i++) {
			hash_set_window(&set, kind->bits, first, distances[i]);
			set.add = first % 2;
			hash_set_chains(kind, &set, seeds, &worst);
		}
	return worst;
}

/*
 * What collided until 0.1: x ^= (y ^ y >> 32) * odd leaves a difference of the top bits of y, and
 * the same 32 bits below, in the top bits of x, for which another there makes up.
 */
static unsigned int hash_halves(const struct hash_kind *kind, unsigned int seeds)
{
	/* of what the two halves are, here and there: of a number of 64 bits, or two of them */
	bool two = kind->bits > 64;
	unsigned int high = two ? 63 : kind->bits - 1, other = two ? 127 : HASH_BITS;
	unsigned int i, top, worst = 0;
	struct hash_set set;

	for (top = 1; top < HASH_BITS; top++) {
		memset(&set, 0, sizeof(set));
		for (i = 0; i < HASH_BITS; i++) {
			if (i < top) {
				hash_flip(&set.differences[i], high - i, kind->bits);
				hash_flip(&set.differences[i], high - 32 - i, kind->bits);
			} else {
				hash_flip(&set.differences[i], other + top - i, kind->bits);
			}
		}
		hash_set_chains(kind, &set, seeds, &worst);
	}
	return worst;
}

/* Returns the longest chain of the worst set that is found. @seeds: to judge one by */
static unsigned int hash_search(const struct hash_kind *kind, unsigned int tries,
				unsigned int seeds)
{
	unsigned int i, sum, best = 0, worst = 0;
	struct hash_set set, other;

	for (; tries; tries--) {
		if (tries % 64 == 0) {
			best = 0;
			hash_set_window(&set, kind->bits, chance_below(kind->bits - HASH_BITS), 0);
			set.add = chance_below(2);
			for (i = 0; tries % 128 && i < HASH_BITS; i++)
				set.differences[i] = hash_difference(kind->bits);
		}
		other = set;
		other.differences[chance_below(HASH_BITS)] = hash_difference(kind->bits);
		sum = hash_set_chains(kind, &other, seeds, &worst);
		if (sum > best) {
			best = sum;
			set = other;
		}
	}
	return worst;
}

/* ------------------------------------------------------------------------------------------- */

/* The longest chain of @entries addresses in a table that is full for its size */
static unsigned int hash_chain(u32 (*hash)(u32 i, u32 seed), unsigned int entries, u32 seed)
{
	unsigned int size = entries * 4 / 3, max = 0, i;
	static unsigned int chain[HASH_SIZE];

	memset(chain, 0, size * sizeof(*chain));
	for (i = 0; i < entries; i++) {
		unsigned int n = ++chain[hash(i, seed) & (size - 1)];

		if (n > max)
			max = n;
	}
	return max;
}

/* Any, and some that are far from random */
static u32 hash_seed(u32 i)
{
	return i & 1 ? i * 0x9e3779b9 : i << 20 | i << 8;
}

static unsigned int test_number, test_failed;

static void result(const char *name, const char *of, unsigned int bad, unsigned int worst)
{
	test_failed += !!bad;
	printf("%sok %u - %s%s\n# longest chain %u, %u too long\n", bad ? "not " : "",
	       ++test_number, name, of, worst, bad);
}

static void test_rows(unsigned int seeds)
{
	unsigned int i, size, seed, n;

	for (i = 0; i < ARRAY_SIZE(hash_rows); i++) {
		unsigned int bad = 0, worst = 0;

		for (size = 64; size <= HASH_SIZE; size *= 2)
			for (seed = 1; seed <= seeds; seed++) {
				hash_secrets();
				n = hash_chain(hash_rows[i].hash, size * 3 / 4, hash_seed(seed));
				bad += n > HASH_CHAIN;
				worst = n > worst ? n : worst;
			}
		result("row_", hash_rows[i].name, bad, worst);
	}
}

static void test_chosen(unsigned int seeds)
{
	const struct hash_kind *kind;
	unsigned int worst;

	for (kind = hash_kinds; kind < hash_kinds + ARRAY_SIZE(hash_kinds); kind++) {
		worst = hash_windows(kind, seeds / 20 + 1);
		result("windows_", kind->name, worst > HASH_CHAIN, worst);
		worst = hash_halves(kind, seeds / 10 + 1);
		result("halves_", kind->name, worst > HASH_CHAIN, worst);
		worst = hash_search(kind, seeds * 5, 20);
		result("search_", kind->name, worst > HASH_CHAIN, worst);
	}
}

int main(int argc, char **argv)
{
	unsigned int seeds = argc > 1 ? atoi(argv[1]) : 1000;
	unsigned int tests = ARRAY_SIZE(hash_rows) + 3 * ARRAY_SIZE(hash_kinds);

	printf("KTAP version 1\n1..%u\n", tests);
	test_rows(seeds);
	test_chosen(seeds);
	printf("%u passed, %u failed, 0 skipped\n", tests - test_failed, test_failed);
	return !!test_failed;
}
