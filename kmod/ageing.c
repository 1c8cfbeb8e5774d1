// SPDX-License-Identifier: GPL-2.0
/*
 * The age of learned mappings. A walk over the table, a few steps at a time,
 * finds pods that have been silent for three quarters of the ageing time; they
 * are asked, at a bounded rate, and only one that does not answer loses its
 * mapping. Pods whose address somebody else uses are asked the same way.
 */
#include <linux/jiffies.h>

#include "ageing.h"
#include "reply.h"

#define MACNAT_AGEING_BURST	100	/* questions at once; a device's backlog has 1000 */
#define MACNAT_AGEING_DELAY	(HZ / 10)
#define MACNAT_AGEING_STRANGERS	10	/* ... of whom it is not known whether they are here */
#define MACNAT_AGEING_AGAIN	(10 * HZ)
#define MACNAT_AGEING_WALKS	16	/* walks over the table in an ageing time */

static void macnat_ageing_count(struct macnat_ageing *ageing, unsigned int counter,
				unsigned int n)
{
	while (n--)
		macnat_stats_count(ageing->stats, counter);
}

static void macnat_ageing_ask(struct macnat_ageing *ageing, struct net_device *dev,
			      const struct macnat_key *key, u64 mac)
{
	bool sent = macnat_reply_question(dev, key, mac, READ_ONCE(*ageing->asker));

	macnat_stats_count(ageing->stats, sent ? MACNAT_A_COUNTER_ASK_SENT :
						 MACNAT_A_COUNTER_ASK_FAILED);
}

/* A few of them, for a storm has no end of strangers, and the table's pods are to be asked, too. */
static unsigned int macnat_ageing_ask_strangers(struct macnat_ageing *ageing,
						struct net_device *dev)
{
	struct macnat_pending_slot slot;
	unsigned int i;

	for (i = 0; i < MACNAT_AGEING_STRANGERS; i++) {
		if (!macnat_pending_pop(&ageing->strangers, &slot))
			break;
		macnat_ageing_ask(ageing, dev, &slot.key, slot.peer.mac);
	}
	return i;
}

/* Ask who is to be asked; returns jiffies until there is more to do, 0 for nothing. */
static unsigned long macnat_ageing_ask_all(struct macnat_ageing *ageing, struct net_device *dev,
					   struct macnat_table_aged *aged)
{
	struct macnat_table_row row;
	unsigned int strangers, i;
	unsigned long wait = 0;

	if (time_before(jiffies, ageing->pause))
		return ageing->pause - jiffies;
	strangers = macnat_ageing_ask_strangers(ageing, dev);
	for (i = strangers; i < MACNAT_AGEING_BURST; i++) {
		if (!macnat_table_asks_pop(ageing->table, &row, &wait, aged))
			break;
		macnat_ageing_ask(ageing, dev, &row.key, row.mac);
	}
	if (i < MACNAT_AGEING_BURST && strangers < MACNAT_AGEING_STRANGERS)
		return wait;
	ageing->pause = jiffies + MACNAT_AGEING_DELAY;
	return MACNAT_AGEING_DELAY;
}

/* A few steps of the walk over the table; returns jiffies until the next ones. */
static unsigned long macnat_ageing_walk(struct macnat_ageing *ageing,
					struct macnat_table_aged *aged)
{
	unsigned long time = READ_ONCE(ageing->time);
	unsigned long next = READ_ONCE(ageing->next);

	if (time_before(jiffies, next))
		return next - jiffies;
	macnat_table_age(ageing->table, time, &ageing->cursor, aged);
	macnat_table_age_bare(ageing->table, time);
	if (!ageing->cursor.end)
		return 1;
	memset(&ageing->cursor, 0, sizeof(ageing->cursor));
	next = jiffies + max_t(unsigned long, time / MACNAT_AGEING_WALKS, HZ / 2);
	WRITE_ONCE(ageing->next, next);
	return next - jiffies;
}

static void macnat_ageing_work(struct work_struct *work)
{
	struct macnat_ageing *ageing = container_of(to_delayed_work(work), struct macnat_ageing,
						    work);
	struct macnat_table_aged aged = {};
	unsigned long wait = 0, ask;
	struct net_device *dev;

	rcu_read_lock();
	dev = rcu_dereference(ageing->dev);
	/* a pod cannot answer through a device that is down, see macnat_ageing_kick() */
	if (dev && netif_running(dev)) {
		wait = macnat_ageing_walk(ageing, &aged);
		ask = macnat_ageing_ask_all(ageing, dev, &aged);
		if (ask && ask < wait)
			wait = ask;
	}
	rcu_read_unlock();
	macnat_ageing_count(ageing, MACNAT_A_COUNTER_LEARN_EXPIRED, aged.expired);
	macnat_ageing_count(ageing, MACNAT_A_COUNTER_LEARN_LEFT, aged.left);
	/* whoever learns something kicks */
	if (wait && (READ_ONCE(ageing->table->n_learned) || READ_ONCE(ageing->table->n_bare) ||
		     READ_ONCE(ageing->strangers.waiting)))
		queue_delayed_work(system_power_efficient_wq, &ageing->work, wait);
}

/**
 * macnat_ageing_init() - nothing ages yet
 * @ageing: an uplink's, zeroed
 * @table: the uplink's table
 * @stats: the uplink's counters
 * @asker: where questions come from
 */
void macnat_ageing_init(struct macnat_ageing *ageing, struct macnat_table *table,
			struct macnat_stats __percpu *stats, const u64 *asker)
{
	INIT_DELAYED_WORK(&ageing->work, macnat_ageing_work);
	RCU_INIT_POINTER(ageing->dev, NULL);
	ageing->table = table;
	ageing->stats = stats;
	ageing->asker = asker;
	macnat_pending_init(&ageing->strangers, MACNAT_AGEING_AGAIN);
	ageing->next = jiffies;
	ageing->pause = jiffies;
}

/**
 * macnat_ageing_start() - from now on, mappings age
 * @ageing: an uplink's
 * @dev: the device, valid until a grace period after macnat_ageing_stop()
 */
void macnat_ageing_start(struct macnat_ageing *ageing, struct net_device *dev)
{
	rcu_assign_pointer(ageing->dev, dev);
	macnat_ageing_kick(ageing);
}

/**
 * macnat_ageing_stop() - nothing ages any more
 * @ageing: an uplink's
 *
 * The device may be used for one more grace period.
 */
void macnat_ageing_stop(struct macnat_ageing *ageing)
{
	RCU_INIT_POINTER(ageing->dev, NULL);
}

/**
 * macnat_ageing_destroy() - end the work
 * @ageing: an uplink's, which was stopped and which nobody can kick any more
 *
 * Context: process, may sleep.
 */
void macnat_ageing_destroy(struct macnat_ageing *ageing)
{
	cancel_delayed_work_sync(&ageing->work);
}

/**
 * macnat_ageing_discover() - a frame was flooded to a MAC that is not known
 * @ageing: an uplink's
 * @key: VLAN and IP that the frame is for
 * @mac: the MAC
 *
 * It may be that of a pod here which has said nothing since macnat was
 * attached, least of all where the node routes its packets: it is asked, and
 * its answer makes it known.
 *
 * Context: BH disabled.
 */
void macnat_ageing_discover(struct macnat_ageing *ageing, const struct macnat_key *key, u64 mac)
{
	const struct macnat_reply_peer peer = { .mac = mac };

	if (macnat_pending_note(&ageing->strangers, key, &peer))
		macnat_ageing_kick(ageing);
}

/**
 * macnat_ageing_restart() - the ageing time has changed
 * @ageing: an uplink's
 *
 * Context: any.
 */
void macnat_ageing_restart(struct macnat_ageing *ageing)
{
	WRITE_ONCE(ageing->next, jiffies);
	macnat_ageing_kick(ageing);
}

/**
 * macnat_ageing_kick() - a pod may have to be asked, or the device is up
 * @ageing: an uplink's
 *
 * Context: any.
 */
void macnat_ageing_kick(struct macnat_ageing *ageing)
{
	mod_delayed_work(system_power_efficient_wq, &ageing->work, 0);
}
