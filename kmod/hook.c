// SPDX-License-Identifier: GPL-2.0
/*
 * The two netfilter hooks, and the short cut that nearly all frames take:
 * data of a pod that is known, or of the node. It decides nothing that
 * path.c would decide otherwise; what it cannot tell at once goes there.
 */
#include <linux/etherdevice.h>

#include "frame.h"
#include "hook.h"
#include "path.h"
#include "rewrite.h"

static __always_inline unsigned int macnat_hook_leave(const struct macnat_path *path,
						      unsigned int reason)
{
	macnat_stats_count(path->stats, reason);
	return unlikely(macnat_stats_is_drop(reason)) ? NF_DROP : NF_ACCEPT;
}

/* Does the source of a data frame tell nothing that is not known? */
static __always_inline bool macnat_hook_is_heard(const struct macnat_path *path,
						 const struct sk_buff *skb,
						 const struct macnat_station *station, bool ipv6)
{
	const void *source = skb->data + ETH_HLEN + (ipv6 ? offsetof(struct ipv6hdr, saddr) :
							    offsetof(struct iphdr, saddr));

	return !macnat_path_listens(path) ||
	       macnat_table_heard_rcu(station, macnat_frame_scope(skb, ipv6), source, ipv6);
}

/* Is a frame for everybody, or an answer to macnat itself? Half of the address has to do. */
static __always_inline bool macnat_hook_is_special(const struct macnat_path *path,
						   const struct ethhdr *eth)
{
	return is_multicast_ether_addr(eth->h_dest) ||
	       get_unaligned((const u32 *)eth->h_dest) == (u32)path->asker;
}

static noinline unsigned int macnat_hook_egress_pod(struct macnat_path *path, struct sk_buff *skb,
						    u64 src, u64 node)
{
	const struct ethhdr *eth = macnat_frame_egress_eth(skb);
	struct macnat_station *station;
	bool ipv6;

	station = macnat_table_station_rcu(&path->table, src);
	if (unlikely(!station || macnat_table_is_own_rcu(station) ||
		     macnat_hook_is_special(path, eth)))
		goto path;

	if (likely(eth->h_proto == htons(ETH_P_IP) && macnat_frame_is_data_ipv4(skb, ETH_HLEN)))
		ipv6 = false;
	else if (eth->h_proto == htons(ETH_P_IPV6) && macnat_frame_is_data_ipv6(skb, ETH_HLEN))
		ipv6 = true;
	else
		goto path;
	if (unlikely(!macnat_hook_is_heard(path, skb, station, ipv6) ||
		     (!macnat_rewrite_is_open(skb) && macnat_rewrite_unclone(skb, ETH_HLEN))))
		goto path;
	macnat_rewrite_source(skb, node);
	return macnat_hook_leave(path, MACNAT_A_COUNTER_OUT_DATA);
path:
	return macnat_hook_leave(path, macnat_path_egress(path, skb, station));
}

/* The node's own is left alone, but for its neighbour discovery. */
static noinline unsigned int macnat_hook_egress_node(struct macnat_path *path, struct sk_buff *skb)
{
	const struct ethhdr *eth = macnat_frame_egress_eth(skb);

	if (eth->h_proto == htons(ETH_P_IPV6) && macnat_frame_is_data_ipv6(skb, ETH_HLEN))
		return macnat_hook_leave(path, MACNAT_A_COUNTER_OUT_NODE);
	return macnat_hook_leave(path, macnat_path_egress(path, skb, NULL));
}

/**
 * macnat_hook_egress() - a frame is about to leave through an uplink
 * @priv: the uplink's struct macnat_path
 * @skb: the frame, its data starts at the Ethernet header
 * @state: unused
 *
 * Takes no lock itself, so that nobody needs to have disabled BH; see macnat_path_egress().
 *
 * Context: softirq or process, RCU read section.
 *
 * Return: NF_ACCEPT or NF_DROP
 */
unsigned int macnat_hook_egress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct ethhdr *eth = macnat_frame_egress_eth(skb);
	struct macnat_path *path = priv;
	u64 node = READ_ONCE(path->node), src;

	if (unlikely(skb_headlen(skb) < ETH_HLEN))
		return macnat_hook_leave(path, MACNAT_A_COUNTER_OUT_RUNT);
	src = macnat_key_mac(eth->h_source);
	if (src != node)
		return macnat_hook_egress_pod(path, skb, src, node);
	if (unlikely(eth->h_proto != htons(ETH_P_IP)))
		return macnat_hook_egress_node(path, skb);
	return macnat_hook_leave(path, MACNAT_A_COUNTER_OUT_NODE);
}

static __always_inline u64 macnat_hook_pod_ipv4(struct macnat_path *path, const struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;

	return macnat_table_pod_ipv4_rcu(&path->table, macnat_frame_scope(skb, false), iph->daddr);
}

/* Not inline: a key on the stack would cost IPv4 as much */
static noinline u64 macnat_hook_pod_ipv6(struct macnat_path *path, const struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)skb->data;
	struct macnat_key key;

	key.scope = macnat_frame_scope(skb, true);
	memcpy(key.addr, &ip6h->daddr, sizeof(key.addr));
	return macnat_table_pod_rcu(&path->table, &key);
}

/**
 * macnat_hook_ingress() - a frame has come in through an uplink
 * @priv: the uplink's struct macnat_path
 * @skb: the frame, its data starts behind the Ethernet header
 * @state: unused
 *
 * Takes no lock itself, so that nobody needs to have disabled BH; see macnat_path_egress().
 *
 * Context: softirq or process, RCU read section.
 *
 * Return: NF_ACCEPT or NF_DROP
 */
unsigned int macnat_hook_ingress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct ethhdr *eth = eth_hdr(skb);
	struct macnat_path *path = priv;
	u64 node = READ_ONCE(path->node), source, pod;

	/*
	 * Multicast that the host sent itself loops back without an Ethernet header. By pointers:
	 * &sk_buff.mac_len is of no use where the header was never set, which is behind the data.
	 */
	if (unlikely((const u8 *)(eth + 1) > skb->data))
		return macnat_hook_leave(path, MACNAT_A_COUNTER_IN_NODE);
	source = macnat_key_mac(eth->h_source);
	if (unlikely(macnat_key_mac(eth->h_dest) != node || source == node ||
		     source == path->asker))
		goto path;

	if (likely(skb->protocol == htons(ETH_P_IP) && macnat_frame_is_data_ipv4(skb, 0)))
		pod = macnat_hook_pod_ipv4(path, skb);
	else if (skb->protocol == htons(ETH_P_IPV6) && macnat_frame_is_data_ipv6(skb, 0))
		pod = macnat_hook_pod_ipv6(path, skb);
	else
		goto path;
	if (!pod)
		return macnat_hook_leave(path, MACNAT_A_COUNTER_IN_NODE);
	if (READ_ONCE(path->mode) == MACNAT_MODE_ROUTE)
		return macnat_hook_leave(path, MACNAT_A_COUNTER_IN_ROUTE);
	if (unlikely(macnat_rewrite_open(skb, 0)))
		goto path;
	macnat_rewrite_dest(skb, pod);
	return macnat_hook_leave(path, MACNAT_A_COUNTER_IN_DATA);
path:
	return macnat_hook_leave(path, macnat_path_ingress(path, skb));
}
