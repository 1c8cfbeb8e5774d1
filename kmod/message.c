// SPDX-License-Identifier: GPL-2.0
/* Objects as netlink attributes. */
#include <linux/jiffies.h>
#include <net/netlink.h>

#include <uapi/linux/macnat.h>

#include "message.h"

/**
 * macnat_message_put_lladdr() - append a MAC address
 * @skb: the message
 * @attr: attribute
 * @mac: see macnat_key_mac()
 *
 * Return: 0 or -EMSGSIZE
 */
int macnat_message_put_lladdr(struct sk_buff *skb, int attr, u64 mac)
{
	u8 addr[ETH_ALEN];

	macnat_key_mac_put(addr, mac);
	return nla_put(skb, attr, ETH_ALEN, addr);
}

/**
 * macnat_message_put_uplink() - append all that is to be told of an uplink
 * @skb: the message
 * @up: the uplink
 *
 * Context: RCU read section or RTNL.
 *
 * Return: 0 or -EMSGSIZE
 */
int macnat_message_put_uplink(struct sk_buff *skb, const struct macnat_uplink *up)
{
	const struct macnat_path *path = &up->path;

	if (nla_put_u32(skb, MACNAT_A_UPLINK_IFINDEX, up->dev->ifindex) ||
	    nla_put_string(skb, MACNAT_A_UPLINK_IFNAME, up->dev->name) ||
	    nla_put_u32(skb, MACNAT_A_UPLINK_MODE, READ_ONCE(path->mode)) ||
	    macnat_message_put_lladdr(skb, MACNAT_A_UPLINK_NODE, READ_ONCE(path->node)) ||
	    (!READ_ONCE(up->explicit) && nla_put_flag(skb, MACNAT_A_UPLINK_NODE_AUTO)) ||
	    nla_put_u32(skb, MACNAT_A_UPLINK_ENTRIES, READ_ONCE(path->table.n_entries)) ||
	    nla_put_u32(skb, MACNAT_A_UPLINK_STATIONS, READ_ONCE(path->table.n_stations)) ||
	    nla_put_u32(skb, MACNAT_A_UPLINK_GUARD, READ_ONCE(path->guard)) ||
	    nla_put_u32(skb, MACNAT_A_UPLINK_FLOOD, READ_ONCE(path->flood)) ||
	    nla_put_u8(skb, MACNAT_A_UPLINK_LEARN, READ_ONCE(path->learn)) ||
	    nla_put_u8(skb, MACNAT_A_UPLINK_ANNOUNCE, READ_ONCE(path->announce.on)) ||
	    nla_put_u8(skb, MACNAT_A_UPLINK_HEAL, READ_ONCE(path->heal)) ||
	    nla_put_u32(skb, MACNAT_A_UPLINK_AGEING, READ_ONCE(up->ageing)) ||
	    nla_put_u32(skb, MACNAT_A_UPLINK_LIMIT, READ_ONCE(path->table.limit)) ||
	    nla_put_u32(skb, MACNAT_A_UPLINK_LEARNED, READ_ONCE(path->table.n_learned)))
		return -EMSGSIZE;
	return 0;
}

static int macnat_message_put_key(struct sk_buff *skb, const struct macnat_key *key)
{
	int err;

	if (macnat_key_is_ipv6(key))
		err = nla_put(skb, MACNAT_A_MAP_IPV6, sizeof(key->addr), key->addr);
	else
		err = nla_put_be32(skb, MACNAT_A_MAP_IPV4, key->addr[0]);
	if (err || nla_put_u16(skb, MACNAT_A_MAP_VLAN, macnat_key_vid(key)) ||
	    nla_put_u16(skb, MACNAT_A_MAP_INNER_VLAN, macnat_key_inner_vid(key)))
		return -EMSGSIZE;
	return 0;
}

/**
 * macnat_message_put_map() - append all that is to be told of a mapping
 * @skb: the message
 * @up: its uplink
 * @row: the mapping; an event may know only its address or only its MAC
 *
 * Context: RCU read section or RTNL.
 *
 * Return: 0 or -EMSGSIZE
 */
int macnat_message_put_map(struct sk_buff *skb, const struct macnat_uplink *up,
			   const struct macnat_table_row *row)
{
	if (nla_put_u32(skb, MACNAT_A_MAP_IFINDEX, up->dev->ifindex) ||
	    nla_put_string(skb, MACNAT_A_MAP_IFNAME, up->dev->name) ||
	    (macnat_key_is_host(&row->key) && macnat_message_put_key(skb, &row->key)) ||
	    (row->mac && macnat_message_put_lladdr(skb, MACNAT_A_MAP_LLADDR, row->mac)))
		return -EMSGSIZE;
	if (!row->mac || !macnat_key_is_host(&row->key))
		return 0;
	if (nla_put_u32(skb, MACNAT_A_MAP_TYPE, MACNAT_TYPE_LOCAL) ||
	    nla_put_u32(skb, MACNAT_A_MAP_ORIGIN, row->origin) ||
	    (row->origin == MACNAT_ORIGIN_LEARNED &&
	     nla_put_u32(skb, MACNAT_A_MAP_IDLE, row->idle / HZ)))
		return -EMSGSIZE;
	return 0;
}

/**
 * macnat_message_put_stats() - append the counters of an uplink
 * @skb: the message
 * @up: the uplink
 *
 * Context: RCU read section or RTNL.
 *
 * Return: 0 or -EMSGSIZE
 */
int macnat_message_put_stats(struct sk_buff *skb, const struct macnat_uplink *up)
{
	struct macnat_stats sum;
	struct nlattr *nest;
	unsigned int i;

	macnat_stats_sum(up->path.stats, &sum);
	if (nla_put_u32(skb, MACNAT_A_STATS_IFINDEX, up->dev->ifindex) ||
	    nla_put_string(skb, MACNAT_A_STATS_IFNAME, up->dev->name))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, MACNAT_A_STATS_COUNTERS);
	if (!nest)
		return -EMSGSIZE;
	for (i = MACNAT_A_COUNTER_PAD + 1; i <= MACNAT_A_COUNTER_MAX; i++)
		if (nla_put_u64_64bit(skb, i, sum.count[i], MACNAT_A_COUNTER_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}
