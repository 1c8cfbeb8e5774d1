// SPDX-License-Identifier: GPL-2.0
/* Which addresses one host can have, and the secrets that keys are hashed with. */
#include <linux/cache.h>
#include <linux/in.h>
#include <linux/random.h>
#include <net/ipv6.h>

#include "key.h"

/* Random, until the module goes; never shown to anybody. */
u64 macnat_key_secrets[4] __ro_after_init;

/**
 * macnat_key_setup() - choose the secrets that keys are hashed with
 *
 * Context: module init, before any key is hashed.
 */
void __init macnat_key_setup(void)
{
	get_random_bytes(macnat_key_secrets, sizeof(macnat_key_secrets));
}

/* RFC 1122 3.2.1.3 */
static bool macnat_key_is_host_ipv4(__be32 addr)
{
	return addr & htonl(IN_CLASSA_NET) && !ipv4_is_loopback(addr) && !ipv4_is_multicast(addr) &&
	       !ipv4_is_lbcast(addr);
}

/* RFC 4291 2.4; an IPv4 address that is written as IPv6 is on no wire */
static bool macnat_key_is_host_ipv6(const struct in6_addr *addr)
{
	return !ipv6_addr_any(addr) && !ipv6_addr_loopback(addr) && !ipv6_addr_is_multicast(addr) &&
	       !ipv6_addr_v4mapped(addr);
}

/**
 * macnat_key_is_host() - can one host have this address?
 * @key: VLAN and IP
 *
 * Context: any.
 *
 * Return: false for group, loopback, unspecified and otherwise special addresses
 */
bool macnat_key_is_host(const struct macnat_key *key)
{
	return macnat_key_is_ipv6(key) ?
	       macnat_key_is_host_ipv6((const struct in6_addr *)key->addr) :
	       macnat_key_is_host_ipv4(key->addr[0]);
}
