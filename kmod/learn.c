// SPDX-License-Identifier: GPL-2.0
/*
 * Learning: which address a pod's frame claims for its sender, how much that
 * claim is worth, and which addresses no pod can have.
 */
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/ndisc.h>

#include "learn.h"
#include "nd.h"

/**
 * macnat_learn_is_node_address() - does the node itself have an address?
 * @net: network namespace
 * @key: VLAN and IP
 *
 * Context: any.
 *
 * Return: true if a device in @net has it
 */
bool macnat_learn_is_node_address(struct net *net, const struct macnat_key *key)
{
	bool own;

	/* pods have IPv6 although their node may not: ipv6.disable=1 leaves no list to look in */
	if (macnat_key_is_ipv6(key))
		return ipv6_mod_enabled() &&
		       ipv6_chk_addr(net, (const struct in6_addr *)key->addr, NULL, 0);
	rcu_read_lock();
	own = __ip_dev_find(net, key->addr[0], false);
	rcu_read_unlock();
	return own;
}

static bool macnat_learn_is_gateway_ipv4(struct net *net, __be32 addr)
{
	struct flowi4 flow = {};	/* to nowhere in particular: the default route */
	struct fib_result res;

	return !fib_lookup(net, &flow, &res, FIB_LOOKUP_NOREF) && res.type == RTN_UNICAST &&
	       FIB_RES_NHC(res)->nhc_gw_family == AF_INET &&
	       FIB_RES_NHC(res)->nhc_gw.ipv4 == addr;
}

static bool macnat_learn_is_gateway_ipv6(struct net *net, const struct in6_addr *addr)
{
	struct rt6_info *rt;
	bool is;

	/* ... and no routing table */
	if (!ipv6_mod_enabled())
		return false;
	rt = rt6_lookup(net, &in6addr_any, NULL, 0, NULL, 0);
	is = rt && rt->rt6i_flags & RTF_GATEWAY && ipv6_addr_equal(&rt->rt6i_gateway, addr);
	ip6_rt_put(rt);
	return is;
}

/*
 * The node's own addresses and its default gateway's: a pod that has one of
 * them cuts off more than itself.
 */
static bool macnat_learn_is_taken(struct net *net, const struct macnat_key *key)
{
	if (macnat_learn_is_node_address(net, key))
		return true;
	return macnat_key_is_ipv6(key) ?
	       macnat_learn_is_gateway_ipv6(net, (const struct in6_addr *)key->addr) :
	       macnat_learn_is_gateway_ipv4(net, key->addr[0]);
}

/**
 * macnat_learn_station_rcu() - make a station of a source that is none yet
 * @learn: where to learn
 * @mac: a unicast address
 *
 * A device of the node itself (the internal port of Open vSwitch, a macvlan)
 * is remembered too, as the node's own, since looking through all devices
 * again for its next frame would cost too much.
 *
 * Context: BH disabled, RCU read section.
 *
 * Return: the station, NULL if there cannot be one more
 */
struct macnat_station *macnat_learn_station_rcu(const struct macnat_learn *learn, u64 mac)
{
	u8 addr[MAX_ADDR_LEN] = {};	/* as long as any device may say */
	bool own;

	macnat_key_mac_put(addr, mac);
	own = dev_getbyhwaddr_rcu(learn->net, ARPHRD_ETHER, addr);
	switch (macnat_table_station_add(learn->table, mac, own)) {
	case MACNAT_TABLE_FULL:
		macnat_stats_count(learn->stats, MACNAT_A_COUNTER_LEARN_LIMIT);
		break;
	case MACNAT_TABLE_NOMEM:
		macnat_stats_count(learn->stats, MACNAT_A_COUNTER_LEARN_NOMEM);
		break;
	default:
		break;
	}
	return macnat_table_station_rcu(learn->table, mac);
}

/* ARP: its sender has told its address, if it speaks for itself and not for another. */
static bool macnat_learn_read_arp(const struct macnat_frame *frame,
				  struct macnat_table_claim *claim)
{
	const struct macnat_frame_arp *arp = &frame->arp;

	if ((arp->op != ARPOP_REQUEST && arp->op != ARPOP_REPLY) || arp->sha != claim->mac)
		return false;
	claim->key.scope = macnat_key_scope(frame->vid, frame->inner_vid, false);
	claim->key.addr[0] = arp->spa;
	claim->strong = true;
	return true;
}

/*
 * ND: an advertisement tells of its target, everything else of its source,
 * with a link-layer option that tells of the sender and of nobody else. An
 * address without such an option may still be tentative (RFC 4429 3.3).
 */
static bool macnat_learn_read_nd(const struct sk_buff *skb, const struct macnat_frame *frame,
				 struct macnat_table_claim *claim)
{
	bool advert = frame->nd.type == NDISC_NEIGHBOUR_ADVERTISEMENT;
	unsigned int off = 0, options = 0;

	if (frame->nd.type == NDISC_REDIRECT) {
		claim->key = frame->src;
		return true;
	}
	while ((off = macnat_nd_next(skb, frame, off))) {
		if (macnat_nd_read(skb, off) != claim->mac)
			return false;
		options++;
	}
	if (!options && frame->nd.type == NDISC_NEIGHBOUR_SOLICITATION)
		return false;
	claim->key = advert && options ? macnat_nd_target(frame) : frame->src;
	claim->strong = options;
	return true;
}

/* What does a frame say about its sender? */
static bool macnat_learn_read(const struct sk_buff *skb, const struct macnat_frame *frame,
			      struct macnat_table_claim *claim)
{
	switch (frame->kind) {
	case MACNAT_FRAME_OTHER:
	case MACNAT_FRAME_MALFORMED:
	case MACNAT_FRAME_ND_FRAGMENT:
		return false;
	case MACNAT_FRAME_ARP:
		return macnat_learn_read_arp(frame, claim);
	case MACNAT_FRAME_ND:
		return macnat_learn_read_nd(skb, frame, claim);
	default:
		claim->key = frame->src;
		return true;
	}
}

static void macnat_learn_count(const struct macnat_learn *learn, enum macnat_table_learned learned)
{
	switch (learned) {
	case MACNAT_TABLE_KNOWN:
	case MACNAT_TABLE_CONFIRMED:
		return;
	case MACNAT_TABLE_ADDED:
		macnat_stats_count(learn->stats, MACNAT_A_COUNTER_LEARN_ADDED);
		return;
	case MACNAT_TABLE_MOVED:
		macnat_stats_count(learn->stats, MACNAT_A_COUNTER_LEARN_MOVED);
		return;
	case MACNAT_TABLE_REFUSED:
		macnat_stats_count(learn->stats, MACNAT_A_COUNTER_LEARN_REFUSED);
		return;
	case MACNAT_TABLE_FULL:
		macnat_stats_count(learn->stats, MACNAT_A_COUNTER_LEARN_LIMIT);
		return;
	case MACNAT_TABLE_NOMEM:
		macnat_stats_count(learn->stats, MACNAT_A_COUNTER_LEARN_NOMEM);
		return;
	}
}

/* Who has an address that no pod can have is told like any other conflict. */
static enum macnat_table_learned macnat_learn_refuse(const struct macnat_learn *learn,
						     const struct macnat_table_claim *claim)
{
	const struct macnat_table_row row = { .key = claim->key };

	learn->table->notify(learn->table, MACNAT_EVENT_CONFLICT, &row, claim->mac);
	return MACNAT_TABLE_REFUSED;
}

/**
 * macnat_learn_source() - learn from a frame of a station
 * @learn: where to learn
 * @skb: the frame
 * @frame: what was read of it
 * @mac: the station's
 *
 * Called for frames that macnat_table_heard_rcu() does not settle.
 *
 * Context: BH disabled, RCU read section.
 *
 * Return: what became of the address that the frame claims
 */
enum macnat_table_learned macnat_learn_source(const struct macnat_learn *learn,
					      const struct sk_buff *skb,
					      const struct macnat_frame *frame, u64 mac)
{
	struct macnat_table_claim claim = {
		.mac = mac, .learn = learn->on, .guarded = learn->guarded,
	};
	enum macnat_table_learned learned;

	/* a probe and a solicitation from nowhere claim nothing yet (RFC 5227 1.1, RFC 4862 5.4) */
	if (!macnat_learn_read(skb, frame, &claim) || !macnat_key_is_host(&claim.key))
		return MACNAT_TABLE_KNOWN;
	if (!macnat_key_is_ipv6(&claim.key))
		memset(&claim.key.addr[1], 0, 3 * sizeof(claim.key.addr[1]));
	if (!macnat_table_pod_rcu(learn->table, &claim.key) &&
	    macnat_learn_is_taken(learn->net, &claim.key))
		learned = macnat_learn_refuse(learn, &claim);
	else
		learned = macnat_table_learn(learn->table, &claim);
	macnat_learn_count(learn, learned);
	return learned;
}
