// SPDX-License-Identifier: GPL-2.0
/*
 * Frames that macnat makes itself: ARP and neighbour discovery that tell peers
 * which MAC to use for a pod, and that ask a pod whether it has an address.
 * Addresses are as long as the kernel may take those of a device for: helpers
 * copy &net_device.addr_len bytes.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/if_inet6.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "reply.h"

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

/* Let a frame come in through its device, as if the fabric had sent it; consumes the skb. */
static bool macnat_reply_receive(struct sk_buff *skb, const struct macnat_key *key)
{
	skb_reset_mac_header(skb);
	skb = macnat_reply_tag(skb, key);
	if (!skb)
		return false;
	skb->protocol = eth_type_trans(skb, skb->dev);
	return netif_rx(skb) == NET_RX_SUCCESS;
}

/**
 * macnat_reply_gratuitous_arp() - tell everybody who has an address (RFC 5227 3)
 * @dev: the uplink's device
 * @key: VLAN and IPv4 address
 * @mac: who has it
 * @op: ARPOP_REQUEST or ARPOP_REPLY: some peers heed only one of them
 *
 * Context: RCU read section; @dev is up.
 *
 * Return: false if it could not be built or sent
 */
bool macnat_reply_gratuitous_arp(struct net_device *dev, const struct macnat_key *key, u64 mac,
				 int op)
{
	u8 sha[MAX_ADDR_LEN] = {};
	struct sk_buff *skb;

	macnat_key_mac_put(sha, mac);
	skb = arp_create(op, ETH_P_ARP, key->addr[0], dev, key->addr[0], NULL, sha,
			 op == ARPOP_REPLY ? sha : NULL);
	return skb && macnat_reply_xmit(skb, key);
}

/* A solicitation or an advertisement as it is on the wire, RFC 4861 4.3 and 4.4 */
struct macnat_reply_nd {
	struct ipv6hdr ip;
	struct nd_msg nd;
	struct nd_opt_hdr opt;
	u8 lladdr[ETH_ALEN];
};

static_assert(sizeof(struct macnat_reply_nd) == 72);

/* @nd: addresses, type, flags and target are set, the rest is zero */
static void macnat_reply_nd_finish(struct macnat_reply_nd *nd, u8 option, u64 mac)
{
	unsigned int len = sizeof(*nd) - sizeof(nd->ip);

	ip6_flow_hdr(&nd->ip, 0, 0);
	nd->ip.payload_len = htons(len);
	nd->ip.nexthdr = IPPROTO_ICMPV6;
	nd->ip.hop_limit = 255;
	nd->opt.nd_opt_type = option;
	nd->opt.nd_opt_len = 1;
	macnat_key_mac_put(nd->lladdr, mac);
	nd->nd.icmph.icmp6_cksum = csum_ipv6_magic(&nd->ip.saddr, &nd->ip.daddr, len,
						   IPPROTO_ICMPV6,
						   csum_partial(&nd->nd, len, 0));
}

/* An skb with the message and its Ethernet header, or NULL. */
static struct sk_buff *macnat_reply_nd_skb(struct net_device *dev,
					   const struct macnat_reply_nd *nd, const u8 *dest,
					   u64 source)
{
	u8 addr[MAX_ADDR_LEN] = {};
	struct sk_buff *skb;

	skb = alloc_skb(LL_RESERVED_SPACE(dev) + sizeof(*nd) + dev->needed_tailroom, GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb->dev = dev;
	skb->protocol = htons(ETH_P_IPV6);
	skb_reserve(skb, LL_RESERVED_SPACE(dev));
	skb_reset_network_header(skb);
	skb_put_data(skb, nd, sizeof(*nd));
	macnat_key_mac_put(addr, source);
	if (dev_hard_header(skb, dev, ETH_P_IPV6, dest, addr, skb->len) >= 0)
		return skb;
	kfree_skb(skb);
	return NULL;
}

/* An unsolicited advertisement: it overrides what its receiver has, R is the pod's own word. */
static void macnat_reply_nd_advert(struct macnat_reply_nd *nd, const struct macnat_key *key,
				   bool router)
{
	memset(nd, 0, sizeof(*nd));
	memcpy(&nd->ip.saddr, key->addr, sizeof(nd->ip.saddr));
	memcpy(&nd->nd.target, key->addr, sizeof(nd->nd.target));
	nd->nd.icmph.icmp6_type = NDISC_NEIGHBOUR_ADVERTISEMENT;
	nd->nd.icmph.icmp6_override = 1;
	nd->nd.icmph.icmp6_router = router;
}

/**
 * macnat_reply_advert() - tell everybody who has an address (RFC 4861 7.2.6)
 * @dev: the uplink's device
 * @key: VLAN and IPv6 address
 * @router: who has it is a router: without that, hosts would cease to use it as one
 * @mac: who has it
 *
 * Context: RCU read section; @dev is up.
 *
 * Return: false if it could not be built or sent
 */
bool macnat_reply_advert(struct net_device *dev, const struct macnat_key *key, bool router,
			 u64 mac)
{
	struct macnat_reply_nd nd;
	u8 all[MAX_ADDR_LEN] = {};
	struct sk_buff *skb;

	macnat_reply_nd_advert(&nd, key, router);
	nd.ip.daddr = in6addr_linklocal_allnodes;
	macnat_reply_nd_finish(&nd, ND_OPT_TARGET_LL_ADDR, mac);
	ipv6_eth_mc_map(&nd.ip.daddr, all);
	skb = macnat_reply_nd_skb(dev, &nd, all, mac);
	return skb && macnat_reply_xmit(skb, key);
}

static struct sk_buff *macnat_reply_correct_ipv6(struct net_device *dev,
						 const struct macnat_key *key, bool router,
						 u64 mac, const struct macnat_reply_peer *peer)
{
	struct macnat_reply_nd nd;
	u8 dest[MAX_ADDR_LEN] = {};

	macnat_reply_nd_advert(&nd, key, router);
	memcpy(&nd.ip.daddr, peer->key.addr, sizeof(nd.ip.daddr));
	macnat_reply_nd_finish(&nd, ND_OPT_TARGET_LL_ADDR, mac);
	macnat_key_mac_put(dest, peer->mac);
	return macnat_reply_nd_skb(dev, &nd, dest, mac);
}

/**
 * macnat_reply_correct() - tell one peer who has an address
 * @dev: the uplink's device
 * @key: VLAN and IP
 * @router: who has it is a router
 * @mac: who has it
 * @peer: the peer
 *
 * Context: RCU read section; @dev is up.
 *
 * Return: false if it could not be built or sent
 */
bool macnat_reply_correct(struct net_device *dev, const struct macnat_key *key, bool router,
			  u64 mac, const struct macnat_reply_peer *peer)
{
	u8 sha[MAX_ADDR_LEN] = {}, tha[MAX_ADDR_LEN] = {};
	struct sk_buff *skb;

	macnat_key_mac_put(sha, mac);
	macnat_key_mac_put(tha, peer->mac);
	if (macnat_key_is_ipv6(key))
		skb = macnat_reply_correct_ipv6(dev, key, router, mac, peer);
	else
		skb = arp_create(ARPOP_REPLY, ETH_P_ARP, peer->key.addr[0], dev, key->addr[0],
				 tha, sha, tha);
	return skb && macnat_reply_xmit(skb, key);
}

/* A unicast solicitation from the asker's link-local address (RFC 4861 7.3.3). */
static struct sk_buff *macnat_reply_question_ipv6(struct net_device *dev,
						  const struct macnat_key *key, const u8 *pod,
						  u64 asker)
{
	struct macnat_reply_nd nd = {};
	u8 addr[ETH_ALEN];

	macnat_key_mac_put(addr, asker);
	ipv6_addr_set(&nd.ip.saddr, htonl(0xfe800000), 0, 0, 0);
	addrconf_addr_eui48(&nd.ip.saddr.s6_addr[8], (const char *)addr);
	memcpy(&nd.ip.daddr, key->addr, sizeof(nd.ip.daddr));
	memcpy(&nd.nd.target, key->addr, sizeof(nd.nd.target));
	nd.nd.icmph.icmp6_type = NDISC_NEIGHBOUR_SOLICITATION;
	macnat_reply_nd_finish(&nd, ND_OPT_SOURCE_LL_ADDR, asker);
	return macnat_reply_nd_skb(dev, &nd, pod, asker);
}

/**
 * macnat_reply_question() - ask a pod whether it has an address
 * @dev: the uplink's device
 * @key: VLAN and IP
 * @pod: the pod's MAC, which alone is asked
 * @asker: a MAC that nobody else has: the answer comes to the uplink and goes no further
 *
 * The question comes in through the device, since only what is behind it
 * knows the way to the pod. For IPv4 it is a probe (RFC 5227 1.1), which
 * leaves no trace in the pod's ARP cache.
 *
 * Context: RCU read section; @dev is up.
 *
 * Return: false if it could not be built or sent
 */
bool macnat_reply_question(struct net_device *dev, const struct macnat_key *key, u64 pod,
			   u64 asker)
{
	u8 sha[MAX_ADDR_LEN] = {}, dest[MAX_ADDR_LEN] = {};
	struct sk_buff *skb;

	macnat_key_mac_put(sha, asker);
	macnat_key_mac_put(dest, pod);
	if (macnat_key_is_ipv6(key))
		skb = macnat_reply_question_ipv6(dev, key, dest, asker);
	else
		skb = arp_create(ARPOP_REQUEST, ETH_P_ARP, key->addr[0], dev, 0, dest, sha, NULL);
	return skb && macnat_reply_receive(skb, key);
}
