// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what happens to uplinks and mappings, to the multicast group of the
 * uplink's network namespace. Nothing is built unless somebody listens.
 */
#include <linux/ratelimit.h>

#include <uapi/linux/macnat.h>

#include "event.h"
#include "message.h"
#include "netlink_gen.h"

/* The family, from its registration until it goes; read in any context. */
static const struct genl_family *macnat_event_family;

/**
 * macnat_event_start() - from now on, tell
 * @family: the registered family
 */
void macnat_event_start(const struct genl_family *family)
{
	WRITE_ONCE(macnat_event_family, family);
}

/**
 * macnat_event_stop() - tell nothing more, the family goes
 *
 * Context: process, may sleep. Whoever was telling has finished when it returns.
 */
void macnat_event_stop(void)
{
	WRITE_ONCE(macnat_event_family, NULL);
	synchronize_rcu();
}

static const struct genl_family *macnat_event_listened(struct net *net)
{
	const struct genl_family *family = READ_ONCE(macnat_event_family);

	return family && genl_has_listeners(family, net, MACNAT_NLGRP_EVENTS) ? family : NULL;
}

static void macnat_event_send(const struct genl_family *family, struct macnat_uplink *up,
			      struct sk_buff *msg, void *hdr, gfp_t gfp)
{
	genlmsg_end(msg, hdr);
	/* nobody may listen any more, or have no room: the listener is told of that itself */
	genlmsg_multicast_netns(family, dev_net(up->dev), msg, 0, MACNAT_NLGRP_EVENTS, gfp);
}

static void macnat_event_uplink(struct macnat_uplink *up, unsigned int event)
{
	const struct genl_family *family;
	struct sk_buff *msg;
	void *hdr;

	rcu_read_lock();
	family = macnat_event_listened(dev_net(up->dev));
	if (!family)
		goto out;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	if (!msg)
		goto lost;
	hdr = genlmsg_put(msg, 0, 0, family, 0, MACNAT_CMD_UPLINK_EVENT);
	if (!hdr || nla_put_u32(msg, MACNAT_A_UPLINK_EVENT, event) ||
	    macnat_message_put_uplink(msg, up))
		goto lost;
	macnat_event_send(family, up, msg, hdr, GFP_ATOMIC);
	goto out;
lost:
	nlmsg_free(msg);
	macnat_stats_count(up->path.stats, MACNAT_A_COUNTER_EVENT_LOST);
out:
	rcu_read_unlock();
}

/* Anybody's frames can cause these: they must not be a flood of their own. */
static bool macnat_event_is_too_much(struct macnat_uplink *up, unsigned int event)
{
	return (event == MACNAT_EVENT_CONFLICT || event == MACNAT_EVENT_LEAK) &&
	       !__ratelimit(&up->alarms);
}

static void macnat_event_map(struct macnat_uplink *up, unsigned int event,
			     const struct macnat_table_row *row, u64 other)
{
	const struct genl_family *family;
	struct sk_buff *msg = NULL;
	void *hdr;

	rcu_read_lock();
	family = macnat_event_listened(dev_net(up->dev));
	if (!family)
		goto out;
	if (macnat_event_is_too_much(up, event))
		goto lost;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	if (!msg)
		goto lost;
	hdr = genlmsg_put(msg, 0, 0, family, 0, MACNAT_CMD_MAP_EVENT);
	if (!hdr || nla_put_u32(msg, MACNAT_A_MAP_EVENT, event) ||
	    macnat_message_put_map(msg, up, row) ||
	    (other && macnat_message_put_lladdr(msg, MACNAT_A_MAP_OTHER, other)))
		goto lost;
	macnat_event_send(family, up, msg, hdr, GFP_ATOMIC);
	goto out;
lost:
	nlmsg_free(msg);
	macnat_stats_count(up->path.stats, MACNAT_A_COUNTER_EVENT_LOST);
out:
	rcu_read_unlock();
}

const struct macnat_uplink_observer macnat_event_observer = {
	.uplink	= macnat_event_uplink,
	.map	= macnat_event_map,
};
