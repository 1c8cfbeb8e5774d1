// SPDX-License-Identifier: GPL-2.0
/*
 * Announcements: as soon as a mapping exists or the node MAC changes, peers
 * learn the node MAC for the pod's address from gratuitous ARP (RFC 5227 3) or
 * an unsolicited neighbour advertisement (RFC 4861 7.2.6), rather than at the
 * expiry of their neighbour caches. Rate-limited, since a node with thousands
 * of pods must not be a storm of its own.
 */
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/jiffies.h>
#include <net/arp.h>
#include <net/if_inet6.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "reply.h"

#define MACNAT_REPLY_RATE	100	/* frames a second */
#define MACNAT_REPLY_BURST	100	/* frames at once */
#define MACNAT_REPLY_COST	2	/* frames an announcement at most: ARP request and reply */
#define MACNAT_REPLY_DELAY	(HZ / 10)

/* The tags of a key as a frame bears them; consumes the skb if there is no memory. */
static struct sk_buff *macnat_reply_tag(struct sk_buff *skb, const struct macnat_key *key)
{
	u16 vid = macnat_key_vid(key), inner = macnat_key_inner_vid(key);

	if (inner) {
		skb = vlan_insert_tag_set_proto(skb, htons(ETH_P_8021Q), inner);
		if (!skb)
			return NULL;
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021AD), vid);
	} else if (vid) {
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), vid);
	}
	return skb;
}

/* Send a frame whose data starts at the Ethernet header; consumes the skb. */
static bool macnat_reply_xmit(struct sk_buff *skb, const struct macnat_key *key)
{
	int err;

	skb_reset_mac_header(skb);
	skb = macnat_reply_tag(skb, key);
	if (!skb)
		return false;
	err = dev_queue_xmit(skb);
	return !net_xmit_eval(err);
}

/* One gratuitous ARP: sender and target are the pod's address, to everybody. */
static bool macnat_reply_send_arp(struct net_device *dev, const struct macnat_key *key, u64 node,
				  int op)
{
	u8 sha[ETH_ALEN];
	struct sk_buff *skb;

	macnat_key_mac_put(sha, node);
	skb = arp_create(op, ETH_P_ARP, key->addr[0], dev, key->addr[0], NULL, sha,
			 op == ARPOP_REPLY ? sha : NULL);
	return skb && macnat_reply_xmit(skb, key);
}

/* An unsolicited advertisement as it is on the wire, RFC 4861 4.4 */
struct macnat_reply_na {
	struct ipv6hdr ip;
	struct nd_msg nd;
	struct nd_opt_hdr opt;
	u8 lladdr[ETH_ALEN];
};

static_assert(sizeof(struct macnat_reply_na) == 72);

static void macnat_reply_na_fill(struct macnat_reply_na *na, const struct macnat_key *key,
				 const u8 *node)
{
	unsigned int len = sizeof(*na) - sizeof(na->ip);

	memset(na, 0, sizeof(*na));
	ip6_flow_hdr(&na->ip, 0, 0);
	na->ip.payload_len = htons(len);
	na->ip.nexthdr = IPPROTO_ICMPV6;
	na->ip.hop_limit = 255;
	memcpy(&na->ip.saddr, key->addr, sizeof(na->ip.saddr));
	na->ip.daddr = in6addr_linklocal_allnodes;
	na->nd.icmph.icmp6_type = NDISC_NEIGHBOUR_ADVERTISEMENT;
	na->nd.icmph.icmp6_override = 1;
	memcpy(&na->nd.target, key->addr, sizeof(na->nd.target));
	na->opt.nd_opt_type = ND_OPT_TARGET_LL_ADDR;
	na->opt.nd_opt_len = 1;
	ether_addr_copy(na->lladdr, node);
	na->nd.icmph.icmp6_cksum = csum_ipv6_magic(&na->ip.saddr, &na->ip.daddr, len,
						   IPPROTO_ICMPV6,
						   csum_partial(&na->nd, len, 0));
}

/* One unsolicited neighbour advertisement, to all nodes (RFC 4861 7.2.6). */
static bool macnat_reply_send_na(struct net_device *dev, const struct macnat_key *key, u64 node)
{
	u8 sha[ETH_ALEN], all[ETH_ALEN];
	struct macnat_reply_na *na;
	struct sk_buff *skb;

	skb = alloc_skb(LL_RESERVED_SPACE(dev) + sizeof(*na) + dev->needed_tailroom, GFP_ATOMIC);
	if (!skb)
		return false;
	skb->dev = dev;
	skb->protocol = htons(ETH_P_IPV6);
	skb_reserve(skb, LL_RESERVED_SPACE(dev));
	skb_reset_network_header(skb);
	na = skb_put(skb, sizeof(*na));
	macnat_key_mac_put(sha, node);
	macnat_reply_na_fill(na, key, sha);
	ipv6_eth_mc_map(&na->ip.daddr, all);
	if (dev_hard_header(skb, dev, ETH_P_IPV6, all, sha, skb->len) < 0) {
		kfree_skb(skb);
		return false;
	}
	return macnat_reply_xmit(skb, key);
}

static void macnat_reply_sent(struct macnat_reply *reply, bool sent)
{
	macnat_stats_count(reply->stats, sent ? MACNAT_A_COUNTER_ANNOUNCE_SENT :
						MACNAT_A_COUNTER_ANNOUNCE_FAILED);
}

/* Costs MACNAT_REPLY_COST frames. */
static void macnat_reply_announce(struct macnat_reply *reply, struct net_device *dev,
				  const struct macnat_key *key)
{
	u64 node = READ_ONCE(*reply->node);

	if (macnat_key_is_ipv6(key)) {
		macnat_reply_sent(reply, macnat_reply_send_na(dev, key, node));
		return;
	}
	macnat_reply_sent(reply, macnat_reply_send_arp(dev, key, node, ARPOP_REQUEST));
	macnat_reply_sent(reply, macnat_reply_send_arp(dev, key, node, ARPOP_REPLY));
}

static void macnat_reply_refill(struct macnat_reply *reply)
{
	unsigned long now = jiffies;
	unsigned long more = (now - reply->refill) * MACNAT_REPLY_RATE / HZ;

	if (!more)
		return;
	reply->refill = now;
	reply->tokens = min_t(unsigned long, reply->tokens + more, MACNAT_REPLY_BURST);
}

/* Announce what waits; true if it ran out of tokens rather than of mappings. */
static bool macnat_reply_drain(struct macnat_reply *reply)
{
	struct macnat_table_row row;
	struct net_device *dev;
	bool more = false;

	rcu_read_lock();
	dev = rcu_dereference(reply->dev);
	/* what waits goes on waiting for a device that is down, see macnat_reply_kick() */
	while (dev && netif_running(dev) && netif_carrier_ok(dev)) {
		more = reply->tokens < MACNAT_REPLY_COST;
		if (more || !macnat_table_todo_pop(reply->table, &row))
			break;
		reply->tokens -= MACNAT_REPLY_COST;
		macnat_reply_announce(reply, dev, &row.key);
	}
	rcu_read_unlock();
	return more;
}

static void macnat_reply_work(struct work_struct *work)
{
	struct macnat_reply *reply = container_of(to_delayed_work(work), struct macnat_reply, work);

	macnat_reply_refill(reply);
	if (macnat_reply_drain(reply))
		queue_delayed_work(system_power_efficient_wq, &reply->work, MACNAT_REPLY_DELAY);
}

/**
 * macnat_reply_init() - nothing to send yet
 * @reply: an uplink's sender
 * @table: the uplink's table
 * @stats: the uplink's counters
 * @node: the uplink's node MAC, read when something is sent
 */
void macnat_reply_init(struct macnat_reply *reply, struct macnat_table *table,
		       struct macnat_stats __percpu *stats, const u64 *node)
{
	INIT_DELAYED_WORK(&reply->work, macnat_reply_work);
	RCU_INIT_POINTER(reply->dev, NULL);
	reply->table = table;
	reply->stats = stats;
	reply->node = node;
	reply->tokens = MACNAT_REPLY_BURST;
	reply->refill = jiffies;
}

/**
 * macnat_reply_start() - from now on, send
 * @reply: an uplink's sender
 * @dev: the device, valid until a grace period after macnat_reply_stop()
 */
void macnat_reply_start(struct macnat_reply *reply, struct net_device *dev)
{
	rcu_assign_pointer(reply->dev, dev);
}

/**
 * macnat_reply_stop() - send nothing more
 * @reply: an uplink's sender
 *
 * The device may be used for one more grace period.
 */
void macnat_reply_stop(struct macnat_reply *reply)
{
	RCU_INIT_POINTER(reply->dev, NULL);
}

/**
 * macnat_reply_destroy() - end the work of a stopped sender
 * @reply: an uplink's sender that nobody can kick any more
 *
 * Context: process, may sleep.
 */
void macnat_reply_destroy(struct macnat_reply *reply)
{
	cancel_delayed_work_sync(&reply->work);
}

/**
 * macnat_reply_kick() - something may wait to be sent
 * @reply: an uplink's sender
 *
 * Called when a mapping was added or changed, and when the device comes up.
 *
 * Context: any.
 */
void macnat_reply_kick(struct macnat_reply *reply)
{
	queue_delayed_work(system_power_efficient_wq, &reply->work, 0);
}
