// SPDX-License-Identifier: GPL-2.0
/*
 * The order of things, and nothing else: enter, read, decide, open, write,
 * leave. Each direction returns one reason, macnat_path_leave() turns it into
 * a counter and a verdict.
 */
#include <linux/etherdevice.h>

#include "arp.h"
#include "frame.h"
#include "path.h"
#include "rewrite.h"

static unsigned int macnat_path_leave(const struct macnat_path *path, unsigned int reason)
{
	macnat_stats_count(path->stats, reason);
	return unlikely(macnat_stats_is_drop(reason)) ? NF_DROP : NF_ACCEPT;
}

/* Does the node use this MAC itself? The device's and the bridge's own are no pod's. */
static bool macnat_path_is_own(const struct macnat_path *path, u64 mac)
{
	return mac == READ_ONCE(path->node) || mac == READ_ONCE(path->device) ||
	       mac == READ_ONCE(path->bridge);
}

/* Hide the pods' MACs in ARP; false if its sender is nobody macnat knows. */
static bool macnat_path_hide_arp(struct macnat_path *path, u64 src, u64 node,
				 struct macnat_frame_arp *arp)
{
	bool known = true;

	if (arp->sha == src || macnat_table_is_station_rcu(&path->table, arp->sha))
		arp->sha = node;
	else
		known = macnat_path_is_own(path, arp->sha);
	if (arp->tha == src || (arp->tha && macnat_table_is_station_rcu(&path->table, arp->tha)))
		arp->tha = node;
	return known;
}

static unsigned int macnat_path_egress_pod(struct macnat_path *path, struct sk_buff *skb, u64 src,
					   u64 node)
{
	unsigned int reason = MACNAT_A_COUNTER_OUT_DATA, len = ETH_HLEN;
	struct macnat_frame frame;
	int err;

	macnat_frame_read_egress(skb, &frame);
	if (frame.kind == MACNAT_FRAME_MALFORMED) {
		reason = MACNAT_A_COUNTER_OUT_MALFORMED;
	} else if (frame.kind == MACNAT_FRAME_ARP) {
		len = frame.nhoff + MACNAT_ARP_LEN;
		reason = macnat_path_hide_arp(path, src, node, &frame.arp) ?
			 MACNAT_A_COUNTER_OUT_ARP : MACNAT_A_COUNTER_OUT_LEAK;
	}

	err = macnat_rewrite_open(skb, len);
	if (unlikely(err))
		return err == -EBUSY ? MACNAT_A_COUNTER_OUT_SHARED : MACNAT_A_COUNTER_OUT_NOMEM;

	macnat_rewrite_source(skb, node);
	if (frame.kind == MACNAT_FRAME_ARP)
		macnat_arp_write(skb, &frame);
	return reason;
}

static unsigned int macnat_path_egress_reason(struct macnat_path *path, struct sk_buff *skb)
{
	u64 node = READ_ONCE(path->node), src;
	const struct ethhdr *eth;

	if (unlikely(skb_headlen(skb) < ETH_HLEN))
		return MACNAT_A_COUNTER_OUT_RUNT;

	eth = (const struct ethhdr *)skb->data;
	src = macnat_key_mac(eth->h_source);
	if (src == node)
		return MACNAT_A_COUNTER_OUT_NODE;
	if (likely(macnat_table_is_station_rcu(&path->table, src)))
		return macnat_path_egress_pod(path, skb, src, node);
	if (macnat_path_is_own(path, src))
		return MACNAT_A_COUNTER_OUT_NODE;
	if (is_multicast_ether_addr(eth->h_source))
		return MACNAT_A_COUNTER_OUT_GROUP_SOURCE;
	return MACNAT_A_COUNTER_OUT_LEAK;
}

/**
 * macnat_path_egress() - a frame is about to leave through an uplink
 * @priv: the uplink's struct macnat_path
 * @skb: the frame, its data starts at the Ethernet header
 * @state: unused
 *
 * Context: BH disabled, RCU read section.
 *
 * Return: NF_ACCEPT or NF_DROP
 */
unsigned int macnat_path_egress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return macnat_path_leave(priv, macnat_path_egress_reason(priv, skb));
}

/* Who on this node a frame for the node MAC, or an ARP frame to all, is for; 0 for no pod. */
static u64 macnat_path_pod(struct macnat_path *path, const struct macnat_frame *frame)
{
	struct macnat_key key;

	if (frame->kind == MACNAT_FRAME_IP)
		return macnat_table_pod_rcu(&path->table, &frame->dst);
	if (frame->kind != MACNAT_FRAME_ARP)
		return 0;
	key.scope = macnat_key_scope(frame->vid, frame->inner_vid, false);
	key.addr[0] = frame->arp.tpa;
	return macnat_table_pod_rcu(&path->table, &key);
}

/* @group: the frame is for all, its destination stays; only ARP's target may be a pod's */
static unsigned int macnat_path_ingress_node(struct macnat_path *path, struct sk_buff *skb,
					     u64 node, bool group)
{
	unsigned int reason = MACNAT_A_COUNTER_IN_DATA, len = 0;
	struct macnat_frame frame;
	u64 pod;
	int err;

	macnat_frame_read_ingress(skb, &frame);
	if (frame.kind == MACNAT_FRAME_MALFORMED)
		return MACNAT_A_COUNTER_IN_MALFORMED;
	if (group && (frame.kind != MACNAT_FRAME_ARP || frame.arp.tha != node))
		return MACNAT_A_COUNTER_IN_GROUP;
	pod = macnat_path_pod(path, &frame);
	if (!pod)
		return group ? MACNAT_A_COUNTER_IN_GROUP : MACNAT_A_COUNTER_IN_NODE;
	if (frame.kind == MACNAT_FRAME_IP && READ_ONCE(path->mode) == MACNAT_MODE_ROUTE)
		return MACNAT_A_COUNTER_IN_ROUTE;

	if (frame.kind == MACNAT_FRAME_ARP) {
		reason = MACNAT_A_COUNTER_IN_ARP;
		len = frame.nhoff + MACNAT_ARP_LEN;
	}
	err = macnat_rewrite_open(skb, len);
	if (unlikely(err))
		return err == -EBUSY ? MACNAT_A_COUNTER_IN_SHARED : MACNAT_A_COUNTER_IN_NOMEM;

	if (!group)
		macnat_rewrite_dest(skb, pod);
	if (frame.kind == MACNAT_FRAME_ARP && frame.arp.tha == node) {
		frame.arp.tha = pod;
		macnat_arp_write(skb, &frame);
	}
	return reason;
}

static unsigned int macnat_path_ingress_reason(struct macnat_path *path, struct sk_buff *skb)
{
	const struct ethhdr *eth = eth_hdr(skb);
	u64 node = READ_ONCE(path->node), dest;

	/* multicast that the host sent itself loops back without an Ethernet header */
	if (unlikely(skb->mac_len < ETH_HLEN))
		return MACNAT_A_COUNTER_IN_NODE;

	dest = macnat_key_mac(eth->h_dest);
	if (unlikely(macnat_key_mac(eth->h_source) == node))
		return MACNAT_A_COUNTER_IN_REFLECTED;
	if (likely(dest == node))
		return macnat_path_ingress_node(path, skb, node, false);
	if (is_multicast_ether_addr(eth->h_dest))
		return macnat_path_ingress_node(path, skb, node, true);
	if (macnat_path_is_own(path, dest))
		return MACNAT_A_COUNTER_IN_NODE;
	if (macnat_table_is_station_rcu(&path->table, dest))
		return MACNAT_A_COUNTER_IN_STALE;
	return MACNAT_A_COUNTER_IN_FOREIGN;
}

/**
 * macnat_path_ingress() - a frame has come in through an uplink
 * @priv: the uplink's struct macnat_path
 * @skb: the frame, its data starts behind the Ethernet header
 * @state: unused
 *
 * Context: BH disabled, RCU read section.
 *
 * Return: NF_ACCEPT or NF_DROP
 */
unsigned int macnat_path_ingress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return macnat_path_leave(priv, macnat_path_ingress_reason(priv, skb));
}
