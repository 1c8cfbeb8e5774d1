// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what happens to uplinks and mappings, to the multicast group of the
 * uplink's network namespace. Nothing is built unless somebody listens.
 *
 * To multicast runs code of others: filters of listeners, and taps, which may send the message to
 * the uplink itself. So an event is only built where it happens, under whatever lock, and queued; a
 * work sends it, in process context and without a lock.
 */
#include <linux/jiffies.h>
#include <linux/ratelimit.h>
#include <linux/sched/mm.h>
#include <linux/skbuff.h>
#include <linux/user_namespace.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/netns/generic.h>

#include <uapi/linux/macnat.h>

#include "event.h"
#include "message.h"
#include "netlink_gen.h"

/* Events of a namespace that are not sent yet; frames, which cannot be made to wait, get half. */
#define MACNAT_EVENT_QUEUE	1024
#define MACNAT_EVENT_FRAMES	(MACNAT_EVENT_QUEUE / 2)

/* Sent before those who wait are looked at. */
#define MACNAT_EVENT_PASS	64

/*
 * How long the requests of a namespace wait for slow listeners, all together, and for how long none
 * waits after that. A datagram may have thousands of requests, and is handled under the lock of all
 * generic netlink: whoever is slow must not hold that for longer.
 */
#define MACNAT_EVENT_WAIT	(2 * HZ)
#define MACNAT_EVENT_HURRY	(10 * HZ)

/* Room for the longest event: its skb is small, for there may be a queue full of them. */
#define MACNAT_EVENT_SIZE	256

/**
 * struct macnat_event_net - events of one network namespace
 * @net: the namespace
 * @wq: where @work goes
 * @queue: messages, oldest first; its lock protects @n_queued, too
 * @work: sends them
 * @sent: who waits in macnat_event_settle()
 * @n_queued: messages that were ever put into @queue
 * @n_sent: ... and were sent; only @work writes it
 * @lost: not 0 if listeners are to be told that they have missed something
 * @waited: jiffies that requests have waited since @hurry, more or less: it has no lock
 * @hurry: no request waits before this time, in jiffies
 */
struct macnat_event_net {
	struct net *net;
	struct workqueue_struct *wq;
	struct sk_buff_head queue;
	struct work_struct work;
	wait_queue_head_t sent;
	unsigned long n_queued;
	unsigned long n_sent;
	int lost;
	unsigned long waited;
	u64 hurry;
};

static unsigned int macnat_event_net_id __read_mostly;

/*
 * Who listens makes it slow. Anybody can listen in a namespace of his own: those wait for each
 * other, not the node for them.
 */
static struct workqueue_struct *macnat_event_wq;
static struct workqueue_struct *macnat_event_user_wq;
#define MACNAT_EVENT_USERS	2	/* that are slow at the same time */

/* The family, since its registration. */
static const struct genl_family *macnat_event_family;

/* Events are queued: from the family's registration until it goes; read under RCU. */
static bool macnat_event_on;

static struct macnat_event_net *macnat_event_net(struct net *net)
{
	return net_generic(net, macnat_event_net_id);
}

/* A part of them, since namespaces and requests wait for this work. */
static void macnat_event_work(struct work_struct *work)
{
	struct macnat_event_net *en = container_of(work, struct macnat_event_net, work);
	struct sk_buff *msg;
	unsigned int i;

	for (i = 0; i < MACNAT_EVENT_PASS; i++) {
		msg = skb_dequeue(&en->queue);
		if (!msg)
			break;
		/* nobody may listen any more; who has no room is told of that by itself */
		genlmsg_multicast_netns(macnat_event_family, en->net, msg, 0, MACNAT_NLGRP_EVENTS,
					GFP_KERNEL);
		WRITE_ONCE(en->n_sent, en->n_sent + 1);
		cond_resched();
	}
	if (xchg(&en->lost, 0))
		genl_set_err(macnat_event_family, en->net, 0, MACNAT_NLGRP_EVENTS, -ENOBUFS);
	wake_up_all(&en->sent);
	if (!skb_queue_empty_lockless(&en->queue))
		queue_work(en->wq, &en->work);
}

static bool macnat_event_is_sent(const struct macnat_event_net *en, unsigned long n)
{
	return (long)(READ_ONCE(en->n_sent) - n) >= 0;
}

/**
 * macnat_event_settle() - wait until what has happened is sent
 * @net: network namespace
 *
 * For requests, after each bounded part of their work: so the queue does not overflow because of
 * them, and events come before the answer. Listeners can make it slow, but not without end.
 *
 * Context: process, no lock held.
 */
void macnat_event_settle(struct net *net)
{
	struct macnat_event_net *en = macnat_event_net(net);
	unsigned long n = READ_ONCE(en->n_queued), waited;
	u64 start = get_jiffies_64(), end;

	might_sleep();
	if (macnat_event_is_sent(en, n) || time_before64(start, READ_ONCE(en->hurry)))
		return;
	/* a while ago listeners may have been others */
	if (time_after64(start, READ_ONCE(en->hurry) + MACNAT_EVENT_HURRY)) {
		WRITE_ONCE(en->hurry, start);
		WRITE_ONCE(en->waited, 0);
	}
	wait_event_killable_timeout(en->sent, macnat_event_is_sent(en, n), MACNAT_EVENT_WAIT);
	end = get_jiffies_64();
	waited = READ_ONCE(en->waited) + (unsigned long)(end - start);
	if (waited >= MACNAT_EVENT_WAIT) {
		WRITE_ONCE(en->hurry, end + MACNAT_EVENT_HURRY);
		waited = 0;
	}
	WRITE_ONCE(en->waited, waited);
}

/* Only under RCU, so that macnat_event_stop() can wait for who was told yes. */
static bool macnat_event_is_heard(struct net *net)
{
	/* pairs with macnat_event_start() */
	return smp_load_acquire(&macnat_event_on) &&
	       genl_has_listeners(macnat_event_family, net, MACNAT_NLGRP_EVENTS);
}

/* Charged to the memcg that attached the uplink, for the reasons of macnat_table_spare_alloc() */
static struct sk_buff *macnat_event_message(struct macnat_uplink *up, u8 cmd)
{
	struct mem_cgroup *old = set_active_memcg(up->path.table.memcg);
	struct sk_buff *msg;

	msg = genlmsg_new(MACNAT_EVENT_SIZE, GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT);
	set_active_memcg(old);
	/* there is room for the header */
	if (msg)
		genlmsg_put(msg, 0, 0, macnat_event_family, 0, cmd);
	return msg;
}

/* Takes the message, which is NULL or not complete if @err. @most: how long the queue may be */
static void macnat_event_queue(struct macnat_uplink *up, struct sk_buff *msg, int err,
			       unsigned int most)
{
	struct macnat_event_net *en = macnat_event_net(dev_net(up->dev));
	bool queued = false;

	if (!err) {
		nlmsg_end(msg, nlmsg_hdr(msg));
		spin_lock_bh(&en->queue.lock);
		queued = skb_queue_len(&en->queue) < most;
		if (queued) {
			__skb_queue_tail(&en->queue, msg);
			WRITE_ONCE(en->n_queued, en->n_queued + 1);
		}
		spin_unlock_bh(&en->queue.lock);
	}
	if (!queued) {
		nlmsg_free(msg);
		macnat_stats_count(up->path.stats, MACNAT_A_COUNTER_EVENT_LOST);
		WRITE_ONCE(en->lost, 1);
	}
	queue_work(en->wq, &en->work);
}

static void macnat_event_uplink(struct macnat_uplink *up, unsigned int event)
{
	struct sk_buff *msg;
	int err = -ENOMEM;

	rcu_read_lock();
	if (!macnat_event_is_heard(dev_net(up->dev)))
		goto out;
	msg = macnat_event_message(up, MACNAT_CMD_UPLINK_EVENT);
	if (msg)
		err = nla_put_u32(msg, MACNAT_A_UPLINK_EVENT, event) ?:
		      macnat_message_put_uplink(msg, up);
	macnat_event_queue(up, msg, err, MACNAT_EVENT_QUEUE);
out:
	rcu_read_unlock();
}

/* Anybody's frames can cause these: they must not be a flood of their own. */
static bool macnat_event_is_too_much(struct macnat_uplink *up, unsigned int event)
{
	return (event == MACNAT_EVENT_CONFLICT || event == MACNAT_EVENT_LEAK) &&
	       !__ratelimit(&up->alarms);
}

/* How long the queue may be with this event. What frames bring is learned, or an alarm. */
static unsigned int macnat_event_most(unsigned int event, const struct macnat_table_row *row)
{
	switch (event) {
	case MACNAT_EVENT_ADDED:
	case MACNAT_EVENT_MOVED:
		return row->origin == MACNAT_ORIGIN_LEARNED ? MACNAT_EVENT_FRAMES :
							      MACNAT_EVENT_QUEUE;
	case MACNAT_EVENT_CONFLICT:
	case MACNAT_EVENT_LEAK:
		return MACNAT_EVENT_FRAMES;
	}
	return MACNAT_EVENT_QUEUE;
}

static void macnat_event_map(struct macnat_uplink *up, unsigned int event,
			     const struct macnat_table_row *row, u64 other)
{
	struct sk_buff *msg;
	int err = -ENOMEM;

	rcu_read_lock();
	if (!macnat_event_is_heard(dev_net(up->dev)))
		goto out;
	if (macnat_event_is_too_much(up, event)) {
		macnat_stats_count(up->path.stats, MACNAT_A_COUNTER_EVENT_LOST);
		goto out;
	}
	msg = macnat_event_message(up, MACNAT_CMD_MAP_EVENT);
	if (msg)
		err = nla_put_u32(msg, MACNAT_A_MAP_EVENT, event) ?:
		      macnat_message_put_map(msg, up, row);
	if (!err && other)
		err = macnat_message_put_lladdr(msg, MACNAT_A_MAP_OTHER, other);
	macnat_event_queue(up, msg, err, macnat_event_most(event, row));
out:
	rcu_read_unlock();
}

const struct macnat_uplink_observer macnat_event_observer = {
	.uplink	= macnat_event_uplink,
	.map	= macnat_event_map,
};

/**
 * macnat_event_start() - from now on, tell
 * @family: the registered family
 */
void macnat_event_start(const struct genl_family *family)
{
	macnat_event_family = family;
	/* pairs with macnat_event_is_heard() */
	smp_store_release(&macnat_event_on, true);
}

/**
 * macnat_event_stop() - tell nothing more, the family goes
 *
 * Context: process, may sleep. What has happened before is sent when it returns.
 */
void macnat_event_stop(void)
{
	WRITE_ONCE(macnat_event_on, false);
	/* nothing is queued after that */
	synchronize_rcu();
	drain_workqueue(macnat_event_wq);
	drain_workqueue(macnat_event_user_wq);
}

static int __net_init macnat_event_net_init(struct net *net)
{
	struct macnat_event_net *en = macnat_event_net(net);

	en->net = net;
	en->wq = net->user_ns == &init_user_ns ? macnat_event_wq : macnat_event_user_wq;
	skb_queue_head_init(&en->queue);
	INIT_WORK(&en->work, macnat_event_work);
	init_waitqueue_head(&en->sent);
	return 0;
}

/*
 * The namespace's uplinks have gone, and a grace period with their devices: nothing is queued any
 * more. Nor can anybody in it listen: what is left is dropped.
 */
static void __net_exit macnat_event_net_exit(struct net *net)
{
	struct macnat_event_net *en = macnat_event_net(net);

	/* so that the work comes to its end soon */
	skb_queue_purge(&en->queue);
	cancel_work_sync(&en->work);
}

static struct pernet_operations macnat_event_net_ops = {
	.init	= macnat_event_net_init,
	.exit	= macnat_event_net_exit,
	.id	= &macnat_event_net_id,
	.size	= sizeof(struct macnat_event_net),
};

/**
 * macnat_event_setup() - be ready to queue, in every namespace
 *
 * Context: module init, before there can be uplinks.
 *
 * Return: 0 or a negative error
 */
int macnat_event_setup(void)
{
	int err = -ENOMEM;

	macnat_event_wq = alloc_workqueue("macnat_event", WQ_UNBOUND, 0);
	if (!macnat_event_wq)
		return err;
	macnat_event_user_wq = alloc_workqueue("macnat_event_user", WQ_UNBOUND,
					       MACNAT_EVENT_USERS);
	if (!macnat_event_user_wq)
		goto err_wq;
	err = register_pernet_subsys(&macnat_event_net_ops);
	if (err)
		goto err_user_wq;
	return 0;

err_user_wq:
	destroy_workqueue(macnat_event_user_wq);
err_wq:
	destroy_workqueue(macnat_event_wq);
	return err;
}

/**
 * macnat_event_cleanup() - undo macnat_event_setup()
 *
 * Context: module exit, when no uplink is left.
 */
void macnat_event_cleanup(void)
{
	unregister_pernet_subsys(&macnat_event_net_ops);
	destroy_workqueue(macnat_event_user_wq);
	destroy_workqueue(macnat_event_wq);
}
