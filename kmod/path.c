// SPDX-License-Identifier: GPL-2.0
/*
 * A packet's whole journey: the order of things, and nothing else. Read,
 * decide, open, write. Each direction returns one reason, which hook.c turns
 * into a counter and a verdict.
 */
#include <linux/etherdevice.h>
#include <net/ndisc.h>

#include "arp.h"
#include "dhcp.h"
#include "frame.h"
#include "learn.h"
#include "nd.h"
#include "path.h"
#include "rewrite.h"

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

/* Tell who listens of a MAC that has got out. */
static unsigned int macnat_path_leak(struct macnat_path *path, u64 mac)
{
	const struct macnat_table_row row = { .mac = mac };

	path->table.notify(&path->table, MACNAT_EVENT_LEAK, &row, 0);
	return MACNAT_A_COUNTER_OUT_LEAK;
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
		return macnat_path_leak(path, *mac);
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
	struct macnat_key target;
	u64 mac;

	if (frame->nd.type == NDISC_NEIGHBOUR_ADVERTISEMENT) {
		target = macnat_nd_target(frame);
		macnat_table_router_rcu(&path->table, &target, src, frame->nd.router);
	}
	while ((off = macnat_nd_next(skb, frame, off))) {
		mac = macnat_nd_read(skb, off);
		reason = macnat_path_hide(path, src, node, &mac) ?: reason;
		macnat_nd_write(skb, frame, off, mac);
	}
	return reason ?: MACNAT_A_COUNTER_OUT_ND;
}

/* Why a frame is dropped that macnat_rewrite_open() or _read() does not give us to write */
static unsigned int macnat_path_egress_refused(int err)
{
	return err == -EBUSY ? MACNAT_A_COUNTER_OUT_SHARED : MACNAT_A_COUNTER_OUT_NOMEM;
}

static unsigned int macnat_path_ingress_refused(int err)
{
	return err == -EBUSY ? MACNAT_A_COUNTER_IN_SHARED : MACNAT_A_COUNTER_IN_NOMEM;
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

/*
 * What a frame says of its sender. Returns 0, or the reason if the guard does
 * not let a pod use another's address.
 */
static unsigned int macnat_path_learn(struct macnat_path *path, const struct sk_buff *skb,
				      const struct macnat_frame *frame,
				      struct macnat_station *station)
{
	const struct macnat_learn learn = {
		.net = dev_net(skb->dev),
		.table = &path->table,
		.stats = path->stats,
		.on = READ_ONCE(path->learn),
		.guarded = READ_ONCE(path->guard) == MACNAT_GUARD_DROP,
	};

	if (!READ_ONCE(station->entries))
		macnat_table_touch_rcu(station);
	switch (macnat_learn_source(&learn, skb, frame, station->mac)) {
	case MACNAT_TABLE_CONFIRMED:
	case MACNAT_TABLE_ADDED:
	case MACNAT_TABLE_MOVED:
		macnat_announce_kick(&path->announce);
		macnat_ageing_kick(&path->ageing);
		return 0;
	case MACNAT_TABLE_REFUSED:
		macnat_ageing_kick(&path->ageing);
		fallthrough;
	case MACNAT_TABLE_FULL:
	case MACNAT_TABLE_NOMEM:
		return learn.guarded ? MACNAT_A_COUNTER_OUT_GUARD_DROP : 0;
	default:
		return 0;
	}
}

/* Must the sender of a frame be looked at? A data frame of its usual address is no news. */
static bool macnat_path_is_news(const struct macnat_path *path, const struct macnat_frame *frame,
				const struct macnat_station *station)
{
	if (!macnat_path_listens(path))
		return false;
	return frame->kind != MACNAT_FRAME_IP ||
	       !macnat_table_heard_rcu(station, frame->src.scope, frame->src.addr,
				       macnat_key_is_ipv6(&frame->src));
}

static unsigned int macnat_path_egress_write(struct macnat_path *path, struct sk_buff *skb,
					     struct macnat_frame *frame, u64 src, u64 node)
{
	macnat_rewrite_source(skb, node);
	switch (frame->kind) {
	case MACNAT_FRAME_ARP:
		return macnat_path_egress_arp(path, skb, frame, src, node);
	case MACNAT_FRAME_ND:
		return macnat_path_egress_nd(path, skb, frame, src, node);
	case MACNAT_FRAME_ND_SEND:
		return MACNAT_A_COUNTER_OUT_SEND;
	case MACNAT_FRAME_DHCP_REQUEST:
		macnat_dhcp_write(skb, frame);
		return MACNAT_A_COUNTER_OUT_DHCP;
	case MACNAT_FRAME_MALFORMED:
		return MACNAT_A_COUNTER_OUT_MALFORMED;
	default:
		return MACNAT_A_COUNTER_OUT_DATA;
	}
}

/* @station: the sender, NULL if there is none: it is hidden all the same */
static unsigned int macnat_path_egress_pod(struct macnat_path *path, struct sk_buff *skb, u64 src,
					   u64 node, struct macnat_station *station)
{
	struct macnat_frame frame;
	unsigned int reason;
	int err;

	if (unlikely(is_link_local_ether_addr(macnat_frame_egress_eth(skb)->h_dest)))
		return MACNAT_A_COUNTER_OUT_LINK_LOCAL;
	err = macnat_rewrite_read(skb, &frame, macnat_frame_read_egress);
	if (unlikely(err))
		return macnat_path_egress_refused(err);
	if (unlikely(frame.kind == MACNAT_FRAME_ND_FRAGMENT))
		return MACNAT_A_COUNTER_OUT_ND_FRAGMENT;
	err = macnat_rewrite_open(skb, macnat_path_egress_len(&frame));
	if (unlikely(err))
		return macnat_path_egress_refused(err);

	if (station && macnat_path_is_news(path, &frame, station)) {
		reason = macnat_path_learn(path, skb, &frame, station);
		if (reason)
			return reason;
	}
	if (unlikely(macnat_key_mac(macnat_frame_egress_eth(skb)->h_dest) == path->asker))
		return MACNAT_A_COUNTER_OUT_ANSWER;
	return macnat_path_egress_write(path, skb, &frame, src, node);
}

/* Virtual routers move their MAC between nodes themselves (RFC 9568 7.3). */
static bool macnat_path_is_exempt(const u8 *addr)
{
	static const u8 vrrp[4] = { 0x00, 0x00, 0x5e, 0x00 };

	return !memcmp(addr, vrrp, sizeof(vrrp)) && (addr[4] == 1 || addr[4] == 2);
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
	err = macnat_rewrite_read(skb, &frame, macnat_frame_read_egress);
	if (unlikely(err))
		return macnat_path_egress_refused(err);
	if (frame.kind != MACNAT_FRAME_ND || frame.nd.type != NDISC_REDIRECT)
		return reason;
	err = macnat_rewrite_open(skb, frame.nd.end);
	if (unlikely(err))
		return macnat_path_egress_refused(err);

	while ((off = macnat_nd_next(skb, &frame, off))) {
		if (!macnat_table_is_station_rcu(&path->table, macnat_nd_read(skb, off)))
			continue;
		macnat_nd_write(skb, &frame, off, node);
		reason = MACNAT_A_COUNTER_OUT_ND;
	}
	return reason;
}

/* A device of the node's that is neither the uplink nor its bridge. */
static unsigned int macnat_path_egress_own(struct macnat_path *path, struct sk_buff *skb, u64 node,
					   struct macnat_station *station)
{
	macnat_table_touch_rcu(station);
	return macnat_path_egress_node(path, skb, node);
}

/* The station of a source that was none, if macnat learns. */
static struct macnat_station *macnat_path_learn_station(struct macnat_path *path,
							const struct sk_buff *skb, u64 src)
{
	const struct macnat_learn learn = {
		.net = dev_net(skb->dev),
		.table = &path->table,
		.stats = path->stats,
	};
	struct macnat_station *station;

	if (!READ_ONCE(path->learn))
		return NULL;
	station = macnat_learn_station_rcu(&learn, src);
	if (station)
		macnat_ageing_kick(&path->ageing);
	return station;
}

/* A source that is no station and not the node's: it is learned, or the guard decides. */
static unsigned int macnat_path_egress_unknown(struct macnat_path *path, struct sk_buff *skb,
					       u64 src, u64 node)
{
	const u8 *addr = macnat_frame_egress_eth(skb)->h_source;
	struct macnat_station *station;
	unsigned int reason;

	if (is_multicast_ether_addr(addr))
		return MACNAT_A_COUNTER_OUT_GROUP_SOURCE;
	if (macnat_path_is_exempt(addr))
		return MACNAT_A_COUNTER_OUT_EXEMPT;
	station = macnat_path_learn_station(path, skb, src);
	if (station && macnat_table_is_own_rcu(station))
		return macnat_path_egress_own(path, skb, node, station);
	if (station)
		return macnat_path_egress_pod(path, skb, src, node, station);

	switch (READ_ONCE(path->guard)) {
	case MACNAT_GUARD_DROP:
		return MACNAT_A_COUNTER_OUT_GUARD_DROP;
	case MACNAT_GUARD_REWRITE:
		reason = macnat_path_egress_pod(path, skb, src, node, NULL);
		return macnat_stats_is_drop(reason) ? reason : MACNAT_A_COUNTER_OUT_GUARD_REWRITE;
	default:
		return macnat_path_leak(path, src);
	}
}

static unsigned int __macnat_path_egress(struct macnat_path *path, struct sk_buff *skb,
					 struct macnat_station *station)
{
	u64 node = READ_ONCE(path->node), src;

	src = macnat_key_mac(macnat_frame_egress_eth(skb)->h_source);
	if (src == node)
		return macnat_path_egress_node(path, skb, node);
	if (likely(station))
		return likely(!macnat_table_is_own_rcu(station)) ?
		       macnat_path_egress_pod(path, skb, src, node, station) :
		       macnat_path_egress_own(path, skb, node, station);
	if (macnat_path_is_own(path, src))
		return macnat_path_egress_node(path, skb, node);
	return macnat_path_egress_unknown(path, skb, src, node);
}

/**
 * macnat_path_egress() - a frame is about to leave through an uplink
 * @path: the uplink's
 * @skb: the frame, its data starts at the Ethernet header, which is linear
 * @station: of its source, NULL if that is none
 *
 * The locks from here on are those of softirq. Most senders have disabled BH; who sends past the
 * queue, by PACKET_QDISC_BYPASS, has not: a frame that comes in would find the lock taken by the
 * CPU it interrupts.
 *
 * Context: softirq or process, RCU read section.
 *
 * Return: MACNAT_A_COUNTER_*, what has become of it
 */
unsigned int macnat_path_egress(struct macnat_path *path, struct sk_buff *skb,
				struct macnat_station *station)
{
	unsigned int reason;

	local_bh_disable();
	reason = __macnat_path_egress(path, skb, station);
	local_bh_enable();
	return reason;
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
	const struct macnat_key target = macnat_nd_target(frame);
	unsigned int off = 0;
	u64 pod;

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

/* Somebody in the fabric says that it has an address; a pod may have it too, or have gone there. */
static void macnat_path_ingress_claim(struct macnat_path *path, struct sk_buff *skb,
				      const struct macnat_frame *frame)
{
	struct macnat_key key = {};
	u64 mac;

	if (frame->kind == MACNAT_FRAME_ARP) {
		key.scope = macnat_key_scope(frame->vid, frame->inner_vid, false);
		key.addr[0] = frame->arp.spa;
		mac = frame->arp.sha;
	} else if (frame->kind == MACNAT_FRAME_ND &&
		   frame->nd.type == NDISC_NEIGHBOUR_ADVERTISEMENT) {
		key = macnat_nd_target(frame);
		mac = macnat_key_mac(eth_hdr(skb)->h_source);
	} else {
		return;
	}
	if (macnat_table_contest(&path->table, &key, mac))
		macnat_ageing_kick(&path->ageing);
}

/* @group: the frame is for all, its destination stays; only ARP's target may be a pod's */
static unsigned int macnat_path_ingress_node(struct macnat_path *path, struct sk_buff *skb,
					     u64 node, bool group)
{
	struct macnat_path_found pod;
	struct macnat_frame frame;
	int err;

	err = macnat_rewrite_read(skb, &frame, macnat_frame_read_ingress);
	if (unlikely(err))
		return macnat_path_ingress_refused(err);
	if (frame.kind == MACNAT_FRAME_MALFORMED)
		return MACNAT_A_COUNTER_IN_MALFORMED;
	macnat_path_ingress_claim(path, skb, &frame);
	if (group && (frame.kind != MACNAT_FRAME_ARP || frame.arp.tha != node))
		return MACNAT_A_COUNTER_IN_GROUP;
	pod = macnat_path_find(path, &frame);
	if (!pod.mac)
		return group ? MACNAT_A_COUNTER_IN_GROUP : MACNAT_A_COUNTER_IN_NODE;
	if (pod.reason == MACNAT_A_COUNTER_IN_ROUTE)
		return pod.reason;
	err = macnat_rewrite_open(skb, macnat_path_ingress_len(&frame));
	if (unlikely(err))
		return macnat_path_ingress_refused(err);

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

/* A peer knows a pod's own MAC: it shall hear of the node's. */
static unsigned int macnat_path_ingress_stale(struct macnat_path *path, struct sk_buff *skb,
					      u64 dest)
{
	struct macnat_reply_peer peer;
	struct macnat_frame frame;

	peer.mac = macnat_key_mac(eth_hdr(skb)->h_source);
	if (macnat_table_is_station_rcu(&path->table, peer.mac))
		return MACNAT_A_COUNTER_IN_LOCAL;
	macnat_frame_read_ingress(skb, &frame);
	/* to ARP, the pod's own answer will do */
	if (!macnat_frame_is_ip(&frame))
		return MACNAT_A_COUNTER_IN_STALE;
	peer.key = frame.src;
	if (READ_ONCE(path->heal) && macnat_key_is_host(&peer.key) &&
	    macnat_table_pod_rcu(&path->table, &frame.dst) == dest)
		macnat_announce_heal(&path->announce, &frame.dst, &peer);
	return MACNAT_A_COUNTER_IN_STALE;
}

/* The fabric floods a frame that is for nobody known: a pod here may not have been heard yet. */
static unsigned int macnat_path_ingress_foreign(struct macnat_path *path, struct sk_buff *skb,
						u64 dest)
{
	struct macnat_frame frame;

	if (READ_ONCE(path->learn)) {
		macnat_frame_read_ingress(skb, &frame);
		if (macnat_frame_is_ip(&frame) && macnat_key_is_host(&frame.dst))
			macnat_ageing_discover(&path->ageing, &frame.dst, dest);
	}
	return READ_ONCE(path->flood) == MACNAT_FLOOD_DROP ? MACNAT_A_COUNTER_IN_FOREIGN_DROP :
							     MACNAT_A_COUNTER_IN_FOREIGN;
}

static unsigned int __macnat_path_ingress(struct macnat_path *path, struct sk_buff *skb)
{
	const struct ethhdr *eth = eth_hdr(skb);
	u64 node = READ_ONCE(path->node), dest, src;

	dest = macnat_key_mac(eth->h_dest);
	src = macnat_key_mac(eth->h_source);
	if (unlikely(src == node))
		return MACNAT_A_COUNTER_IN_REFLECTED;
	if (unlikely(src == path->asker))
		return MACNAT_A_COUNTER_IN_QUESTION;
	if (likely(dest == node))
		return macnat_path_ingress_node(path, skb, node, false);
	if (is_multicast_ether_addr(eth->h_dest))
		return macnat_path_ingress_node(path, skb, node, true);
	if (macnat_path_is_own(path, dest))
		return MACNAT_A_COUNTER_IN_NODE;
	if (macnat_table_is_station_rcu(&path->table, dest))
		return macnat_path_ingress_stale(path, skb, dest);
	return macnat_path_ingress_foreign(path, skb, dest);
}

/**
 * macnat_path_ingress() - a frame has come in through an uplink
 * @path: the uplink's
 * @skb: the frame, its data starts behind the Ethernet header
 *
 * Context: softirq or process, see macnat_path_egress(); RCU read section.
 *
 * Return: MACNAT_A_COUNTER_*, what has become of it
 */
unsigned int macnat_path_ingress(struct macnat_path *path, struct sk_buff *skb)
{
	unsigned int reason;

	local_bh_disable();
	reason = __macnat_path_ingress(path, skb);
	local_bh_enable();
	return reason;
}
