// SPDX-License-Identifier: GPL-2.0
/*
 * The order of things, and nothing else: enter, read, decide, open, write,
 * leave. Each direction returns one reason, macnat_path_leave() turns it into
 * a counter and a verdict.
 */
#include <linux/etherdevice.h>
#include <net/ndisc.h>

#include "arp.h"
#include "dhcp.h"
#include "frame.h"
#include "nd.h"
#include "path.h"
#include "rewrite.h"

static unsigned int macnat_path_leave(const struct macnat_path *path, unsigned int reason)
{
	macnat_stats_count(path->stats, reason);
	return unlikely(macnat_stats_is_drop(reason)) ? NF_DROP : NF_ACCEPT;
}

/**
 * macnat_path_is_own() - does the node use a MAC itself?
 * @path: an uplink's path
 * @mac: the address
 *
 * The device's and the bridge's own are no pod's, even if the fabric is shown another.
 *
 * Context: any.
 *
 * Return: true if it is the node MAC, the device's or the bridge's
 */
bool macnat_path_is_own(const struct macnat_path *path, u64 mac)
{
	return mac == READ_ONCE(path->node) || mac == READ_ONCE(path->device) ||
	       mac == READ_ONCE(path->bridge);
}

/* Is this a pod that the table knows, or the sender of the frame itself? */
static bool macnat_path_is_pod(struct macnat_path *path, u64 src, u64 mac)
{
	return mac == src || macnat_table_is_station_rcu(&path->table, mac);
}

/*
 * Hide a MAC that a payload tells of its sender. Returns 0, or the reason if
 * it belongs to nobody that macnat knows: then the guard decides.
 */
static unsigned int macnat_path_hide(struct macnat_path *path, u64 src, u64 node, u64 *mac)
{
	if (macnat_path_is_pod(path, src, *mac)) {
		*mac = node;
		return 0;
	}
	if (macnat_path_is_own(path, *mac))
		return 0;

	switch (READ_ONCE(path->guard)) {
	case MACNAT_GUARD_DROP:
		return MACNAT_A_COUNTER_OUT_GUARD_DROP;
	case MACNAT_GUARD_REWRITE:
		*mac = node;
		return MACNAT_A_COUNTER_OUT_GUARD_REWRITE;
	default:
		return MACNAT_A_COUNTER_OUT_LEAK;
	}
}

static unsigned int macnat_path_egress_arp(struct macnat_path *path, struct sk_buff *skb,
					   struct macnat_frame *frame, u64 src, u64 node)
{
	struct macnat_frame_arp *arp = &frame->arp;
	unsigned int reason;

	if (arp->op == ARPOP_REQUEST && !arp->spa && arp->tpa &&
	    macnat_path_is_pod(path, src, arp->sha))
		macnat_probe_note(&path->probe,
				  macnat_key_scope(frame->vid, frame->inner_vid, false),
				  arp->tpa, arp->sha);
	reason = macnat_path_hide(path, src, node, &arp->sha);
	/* the target may be a peer, whose MAC is as good as any; only pods hide */
	if (arp->tha && macnat_path_is_pod(path, src, arp->tha))
		arp->tha = node;
	macnat_arp_write(skb, frame);
	return reason ?: MACNAT_A_COUNTER_OUT_ARP;
}

static unsigned int macnat_path_egress_nd(struct macnat_path *path, struct sk_buff *skb,
					  const struct macnat_frame *frame, u64 src, u64 node)
{
	unsigned int reason = 0, off = 0;
	u64 mac;

	while ((off = macnat_nd_next(skb, frame, off))) {
		mac = macnat_nd_read(skb, off);
		reason = macnat_path_hide(path, src, node, &mac) ?: reason;
		macnat_nd_write(skb, frame, off, mac);
	}
	return reason ?: MACNAT_A_COUNTER_OUT_ND;
}

/* Bytes from skb->data on that may have to be written in a frame of this kind */
static unsigned int macnat_path_egress_len(const struct macnat_frame *frame)
{
	switch (frame->kind) {
	case MACNAT_FRAME_ARP:
		return frame->nhoff + MACNAT_ARP_LEN;
	case MACNAT_FRAME_ND:
		return frame->nd.end;
	case MACNAT_FRAME_DHCP_REQUEST:
		return frame->l4off + MACNAT_DHCP_LEN;
	default:
		return ETH_HLEN;
	}
}

static unsigned int macnat_path_egress_pod(struct macnat_path *path, struct sk_buff *skb, u64 src,
					   u64 node)
{
	struct macnat_frame frame;
	int err;

	if (unlikely(is_link_local_ether_addr(eth_hdr(skb)->h_dest)))
		return MACNAT_A_COUNTER_OUT_LINK_LOCAL;
	macnat_frame_read_egress(skb, &frame);
	if (unlikely(frame.kind == MACNAT_FRAME_ND_FRAGMENT))
		return MACNAT_A_COUNTER_OUT_ND_FRAGMENT;
	err = macnat_rewrite_open(skb, macnat_path_egress_len(&frame));
	if (unlikely(err))
		return err == -EBUSY ? MACNAT_A_COUNTER_OUT_SHARED : MACNAT_A_COUNTER_OUT_NOMEM;

	macnat_rewrite_source(skb, node);
	switch (frame.kind) {
	case MACNAT_FRAME_ARP:
		return macnat_path_egress_arp(path, skb, &frame, src, node);
	case MACNAT_FRAME_ND:
		return macnat_path_egress_nd(path, skb, &frame, src, node);
	case MACNAT_FRAME_ND_SEND:
		return MACNAT_A_COUNTER_OUT_SEND;
	case MACNAT_FRAME_DHCP_REQUEST:
		macnat_dhcp_write(skb, &frame);
		return MACNAT_A_COUNTER_OUT_DHCP;
	case MACNAT_FRAME_MALFORMED:
		return MACNAT_A_COUNTER_OUT_MALFORMED;
	default:
		return MACNAT_A_COUNTER_OUT_DATA;
	}
}

/* Virtual routers move their MAC between nodes themselves (RFC 9568 7.3). */
static bool macnat_path_is_exempt(const u8 *addr)
{
	static const u8 vrrp[4] = { 0x00, 0x00, 0x5e, 0x00 };

	return !memcmp(addr, vrrp, sizeof(vrrp)) && (addr[4] == 1 || addr[4] == 2);
}

/* A source that is no station and not the node's: the guard decides. */
static unsigned int macnat_path_egress_unknown(struct macnat_path *path, struct sk_buff *skb,
					       u64 src, u64 node)
{
	const u8 *addr = eth_hdr(skb)->h_source;
	unsigned int reason;

	if (is_multicast_ether_addr(addr))
		return MACNAT_A_COUNTER_OUT_GROUP_SOURCE;
	if (macnat_path_is_exempt(addr))
		return MACNAT_A_COUNTER_OUT_EXEMPT;

	switch (READ_ONCE(path->guard)) {
	case MACNAT_GUARD_DROP:
		return MACNAT_A_COUNTER_OUT_GUARD_DROP;
	case MACNAT_GUARD_REWRITE:
		reason = macnat_path_egress_pod(path, skb, src, node);
		return macnat_stats_is_drop(reason) ? reason : MACNAT_A_COUNTER_OUT_GUARD_REWRITE;
	default:
		return MACNAT_A_COUNTER_OUT_LEAK;
	}
}

/*
 * What the node sends itself is left alone, with one exception: a router that
 * redirects a peer to a pod tells it the pod's MAC (RFC 4861 8.2).
 */
static unsigned int macnat_path_egress_node(struct macnat_path *path, struct sk_buff *skb, u64 node)
{
	unsigned int reason = MACNAT_A_COUNTER_OUT_NODE, off = 0;
	struct macnat_frame frame;
	int err;

	if (likely(!macnat_frame_may_be_nd(skb)))
		return reason;
	macnat_frame_read_egress(skb, &frame);
	if (frame.kind != MACNAT_FRAME_ND || frame.nd.type != NDISC_REDIRECT)
		return reason;
	err = macnat_rewrite_open(skb, frame.nd.end);
	if (unlikely(err))
		return err == -EBUSY ? MACNAT_A_COUNTER_OUT_SHARED : MACNAT_A_COUNTER_OUT_NOMEM;

	while ((off = macnat_nd_next(skb, &frame, off))) {
		if (!macnat_table_is_station_rcu(&path->table, macnat_nd_read(skb, off)))
			continue;
		macnat_nd_write(skb, &frame, off, node);
		reason = MACNAT_A_COUNTER_OUT_ND;
	}
	return reason;
}

static unsigned int macnat_path_egress_reason(struct macnat_path *path, struct sk_buff *skb)
{
	u64 node = READ_ONCE(path->node), src;

	if (unlikely(skb_headlen(skb) < ETH_HLEN))
		return MACNAT_A_COUNTER_OUT_RUNT;

	src = macnat_key_mac(eth_hdr(skb)->h_source);
	if (src == node)
		return macnat_path_egress_node(path, skb, node);
	if (likely(macnat_table_is_station_rcu(&path->table, src)))
		return macnat_path_egress_pod(path, skb, src, node);
	if (macnat_path_is_own(path, src))
		return macnat_path_egress_node(path, skb, node);
	return macnat_path_egress_unknown(path, skb, src, node);
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

/**
 * struct macnat_path_found - the pod that a frame is for
 * @mac: its MAC, 0 if there is none
 * @reason: what to count when it is delivered
 */
struct macnat_path_found {
	u64 mac;
	unsigned int reason;
};

static struct macnat_path_found macnat_path_find_arp(struct macnat_path *path,
						     const struct macnat_frame *frame)
{
	struct macnat_key key = {
		.scope = macnat_key_scope(frame->vid, frame->inner_vid, false),
		.addr[0] = frame->arp.tpa,
	};

	/* the answer to a probe names no target address (RFC 5227 2.1.1) */
	if (unlikely(!frame->arp.tpa))
		return (struct macnat_path_found){
			macnat_probe_find(&path->probe, key.scope, frame->arp.spa),
			MACNAT_A_COUNTER_IN_PROBE
		};
	return (struct macnat_path_found){
		macnat_table_pod_rcu(&path->table, &key), MACNAT_A_COUNTER_IN_ARP
	};
}

/* Who on this node is a frame for? */
static struct macnat_path_found macnat_path_find(struct macnat_path *path,
						 const struct macnat_frame *frame)
{
	struct macnat_path_found found = { 0, MACNAT_A_COUNTER_IN_DATA };

	switch (frame->kind) {
	case MACNAT_FRAME_OTHER:
	case MACNAT_FRAME_MALFORMED:
		return found;
	case MACNAT_FRAME_ARP:
		return macnat_path_find_arp(path, frame);
	case MACNAT_FRAME_DHCP_REPLY:
		/* the address it offers is not the pod's yet (RFC 2131 4.1) */
		if (macnat_table_is_station_rcu(&path->table, frame->chaddr))
			return (struct macnat_path_found){
				frame->chaddr, MACNAT_A_COUNTER_IN_DHCP
			};
		break;
	case MACNAT_FRAME_ND:
	case MACNAT_FRAME_ND_SEND:
		found.reason = MACNAT_A_COUNTER_IN_ND;
		break;
	default:
		break;
	}
	found.mac = macnat_table_pod_rcu(&path->table, &frame->dst);
	if (found.reason == MACNAT_A_COUNTER_IN_DATA && READ_ONCE(path->mode) == MACNAT_MODE_ROUTE)
		found.reason = MACNAT_A_COUNTER_IN_ROUTE;
	return found;
}

/*
 * A router redirects a pod to a neighbour pod, which it knows by the node MAC
 * (RFC 4861 8): here that one has a MAC of its own.
 */
static void macnat_path_ingress_redirect(struct macnat_path *path, struct sk_buff *skb,
					 const struct macnat_frame *frame, u64 node)
{
	struct macnat_key target;
	unsigned int off = 0;
	u64 pod;

	macnat_nd_target(skb, frame, &target);
	pod = macnat_table_pod_rcu(&path->table, &target);
	if (!pod)
		return;
	while ((off = macnat_nd_next(skb, frame, off)))
		if (macnat_nd_read(skb, off) == node)
			macnat_nd_write(skb, frame, off, pod);
}

/* Bytes from skb->data on that may have to be written in a frame for a pod */
static unsigned int macnat_path_ingress_len(const struct macnat_frame *frame)
{
	if (frame->kind == MACNAT_FRAME_ARP)
		return frame->nhoff + MACNAT_ARP_LEN;
	if (frame->kind == MACNAT_FRAME_ND && frame->nd.type == NDISC_REDIRECT)
		return frame->nd.end;
	return 0;
}

/* @group: the frame is for all, its destination stays; only ARP's target may be a pod's */
static unsigned int macnat_path_ingress_node(struct macnat_path *path, struct sk_buff *skb,
					     u64 node, bool group)
{
	struct macnat_path_found pod;
	struct macnat_frame frame;
	int err;

	macnat_frame_read_ingress(skb, &frame);
	if (frame.kind == MACNAT_FRAME_MALFORMED)
		return MACNAT_A_COUNTER_IN_MALFORMED;
	if (group && (frame.kind != MACNAT_FRAME_ARP || frame.arp.tha != node))
		return MACNAT_A_COUNTER_IN_GROUP;
	pod = macnat_path_find(path, &frame);
	if (!pod.mac)
		return group ? MACNAT_A_COUNTER_IN_GROUP : MACNAT_A_COUNTER_IN_NODE;
	if (pod.reason == MACNAT_A_COUNTER_IN_ROUTE)
		return pod.reason;
	err = macnat_rewrite_open(skb, macnat_path_ingress_len(&frame));
	if (unlikely(err))
		return err == -EBUSY ? MACNAT_A_COUNTER_IN_SHARED : MACNAT_A_COUNTER_IN_NOMEM;

	if (!group)
		macnat_rewrite_dest(skb, pod.mac);
	if (frame.kind == MACNAT_FRAME_ARP && frame.arp.tha == node) {
		frame.arp.tha = pod.mac;
		macnat_arp_write(skb, &frame);
	} else if (frame.kind == MACNAT_FRAME_ND && frame.nd.type == NDISC_REDIRECT) {
		macnat_path_ingress_redirect(path, skb, &frame, node);
	}
	return pod.reason;
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
	return READ_ONCE(path->flood) == MACNAT_FLOOD_DROP ? MACNAT_A_COUNTER_IN_FOREIGN_DROP :
							     MACNAT_A_COUNTER_IN_FOREIGN;
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
