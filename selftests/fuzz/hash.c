// SPDX-License-Identifier: GPL-2.0
/*
 * How key.h spreads the addresses of real clusters, which come in rows, over the buckets of a hash
 * table, for many seeds. KTAP output.
 *
 *	hash [SEEDS]		of each row and size, 1000 by default
 *
 * rhashtable moves a whole table when a bucket gets 16 keys, and refuses keys while it does.
 */
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>

#include "key.h"

#define HASH_CHAIN 16
#define HASH_SIZE 8192

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

int main(int argc, char **argv)
{
	unsigned int seeds = argc > 1 ? atoi(argv[1]) : 1000, failed = 0, size, seed, n, i;

	printf("KTAP version 1\n1..%zu\n", ARRAY_SIZE(hash_rows));
	for (i = 0; i < ARRAY_SIZE(hash_rows); i++) {
		unsigned int bad = 0, worst = 0;

		for (size = 64; size <= HASH_SIZE; size *= 2)
			for (seed = 1; seed <= seeds; seed++) {
				n = hash_chain(hash_rows[i].hash, size * 3 / 4, hash_seed(seed));
				bad += n > HASH_CHAIN;
				worst = n > worst ? n : worst;
			}
		failed += !!bad;
		printf("%sok %u - %s\n# longest chain %u, %u too long\n", bad ? "not " : "", i + 1,
		       hash_rows[i].name, worst, bad);
	}
	printf("%zu passed, %u failed, 0 skipped\n", ARRAY_SIZE(hash_rows) - failed, failed);
	return !!failed;
}
