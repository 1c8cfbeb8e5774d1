// SPDX-License-Identifier: GPL-2.0
/*
 * Announcements: as soon as a mapping exists or the node MAC changes, peers
 * learn the node MAC for the pod's address from gratuitous ARP (RFC 5227 3) or
 * an unsolicited neighbour advertisement (RFC 4861 7.2.6), rather than at the
 * expiry of their neighbour caches; at detach they learn the pod's own MAC. A
 * peer that all the same sends to a pod's MAC is told in person. One token
 * bucket for all, since a node with thousands of pods must not be a storm of
 * its own.
 */
#include <linux/if_arp.h>
#include <linux/jiffies.h>

#include "announce.h"

#define MACNAT_ANNOUNCE_RATE	100	/* frames a second */
#define MACNAT_ANNOUNCE_BURST	100	/* frames at once */
#define MACNAT_ANNOUNCE_COST	2	/* frames a mapping at most: ARP request and reply */
#define MACNAT_ANNOUNCE_HEAL	HZ	/* a peer that does not heed a correction is told again */
#define MACNAT_ANNOUNCE_DELAY	(HZ / 10)
#define MACNAT_ANNOUNCE_STEP	256	/* at once of what waits, be it sent or not */

static void macnat_announce_count(struct macnat_announce *announce, bool sent,
				  unsigned int counter)
{
	/* each counter of what failed stands right behind that of what was sent */
	static_assert(MACNAT_A_COUNTER_ANNOUNCE_SENT + 1 == MACNAT_A_COUNTER_ANNOUNCE_FAILED);
	static_assert(MACNAT_A_COUNTER_HEAL_SENT + 1 == MACNAT_A_COUNTER_HEAL_FAILED);

	macnat_stats_count(announce->stats, sent ? counter : counter + 1);
}

static void macnat_announce_send(struct macnat_announce *announce, struct net_device *dev,
				 const struct macnat_table_row *row)
{
	u64 mac = READ_ONCE(announce->parting) ? row->mac : READ_ONCE(*announce->node);
	bool sent;

	announce->tokens -= MACNAT_ANNOUNCE_COST;
	if (macnat_key_is_ipv6(&row->key)) {
		sent = macnat_reply_advert(dev, &row->key, row->router, mac);
		macnat_announce_count(announce, sent, MACNAT_A_COUNTER_ANNOUNCE_SENT);
		return;
	}
	sent = macnat_reply_gratuitous_arp(dev, &row->key, mac, ARPOP_REQUEST);
	macnat_announce_count(announce, sent, MACNAT_A_COUNTER_ANNOUNCE_SENT);
	sent = macnat_reply_gratuitous_arp(dev, &row->key, mac, ARPOP_REPLY);
	macnat_announce_count(announce, sent, MACNAT_A_COUNTER_ANNOUNCE_SENT);
}

/* Tell a peer that has sent to a pod's own MAC; false if none waits for that. */
static bool macnat_announce_next_peer(struct macnat_announce *announce, struct net_device *dev)
{
	struct macnat_pending_slot slot;
	struct macnat_table_row row;
	bool sent;

	if (READ_ONCE(announce->parting) || !macnat_pending_pop(&announce->heal, &slot))
		return false;
	row.key = slot.key;
	/* the pod may have gone meanwhile */
	if (macnat_table_get(announce->table, &row))
		return true;
	announce->tokens -= MACNAT_ANNOUNCE_COST;
	sent = macnat_reply_correct(dev, &row.key, row.router, READ_ONCE(*announce->node),
				    &slot.peer);
	macnat_announce_count(announce, sent, MACNAT_A_COUNTER_HEAL_SENT);
	return true;
}

/* Tell everybody of a pod; false if there is none now, *wait jiffies until there is. */
static bool macnat_announce_next_pod(struct macnat_announce *announce, struct net_device *dev,
				     unsigned long *wait)
{
	struct macnat_table_row row;

	if (!macnat_table_todo_pop(announce->table, &row, wait))
		return false;
	if (READ_ONCE(announce->on))
		macnat_announce_send(announce, dev, &row);
	return true;
}

/*
 * The next announcement or correction, by turns: there may be a multitude of peers to correct, and
 * an announcement corrects many at once. False if there is none now, *wait jiffies until one is.
 */
static bool macnat_announce_next(struct macnat_announce *announce, struct net_device *dev,
				 unsigned long *wait)
{
	announce->pod_turn = !announce->pod_turn;
	if (announce->pod_turn)
		return macnat_announce_next_pod(announce, dev, wait) ||
		       macnat_announce_next_peer(announce, dev);
	return macnat_announce_next_peer(announce, dev) ||
	       macnat_announce_next_pod(announce, dev, wait);
}

static void macnat_announce_refill(struct macnat_announce *announce)
{
	unsigned long now = jiffies;
	unsigned long more = (now - announce->refill) * MACNAT_ANNOUNCE_RATE / HZ;

	if (!more)
		return;
	announce->refill = now;
	announce->tokens = min_t(unsigned long, announce->tokens + more, MACNAT_ANNOUNCE_BURST);
}

/* Send what waits; returns jiffies until there is more to do, 0 for nothing. */
static unsigned long macnat_announce_drain(struct macnat_announce *announce)
{
	unsigned int step = MACNAT_ANNOUNCE_STEP;
	unsigned long wait = 0;
	struct net_device *dev;

	rcu_read_lock();
	dev = rcu_dereference(announce->dev);
	/* what waits goes on waiting for a device that is down, see macnat_announce_kick() */
	while (dev && netif_running(dev) && netif_carrier_ok(dev)) {
		if (announce->tokens < MACNAT_ANNOUNCE_COST) {
			macnat_stats_count(announce->stats, MACNAT_A_COUNTER_SEND_DELAYED);
			wait = MACNAT_ANNOUNCE_DELAY;
			WRITE_ONCE(announce->throttled, true);
			break;
		}
		if (!step--) {
			wait = 1;
			break;
		}
		if (!macnat_announce_next(announce, dev, &wait))
			break;
	}
	rcu_read_unlock();
	return wait;
}

static void macnat_announce_work(struct work_struct *work)
{
	struct macnat_announce *announce = container_of(to_delayed_work(work),
							struct macnat_announce, work);
	void (*parted)(struct macnat_announce *announce) = NULL;
	unsigned long wait;

	/* only this work clears @parted, so that it is called once */
	if (smp_load_acquire(&announce->parting))
		swap(parted, announce->parted);

	/* before the table's lock is taken, see macnat_announce_kick() */
	WRITE_ONCE(announce->throttled, false);
	macnat_announce_refill(announce);
	wait = macnat_announce_drain(announce);
	if (!wait && parted) {
		parted(announce);
		return;
	}
	if (parted)
		announce->parted = parted;
	if (wait)
		queue_delayed_work(system_power_efficient_wq, &announce->work, wait);
}

/**
 * macnat_announce_init() - nothing to tell yet
 * @announce: an uplink's, zeroed
 * @table: the uplink's table
 * @stats: the uplink's counters
 * @node: the uplink's node MAC, read when something is sent
 */
void macnat_announce_init(struct macnat_announce *announce, struct macnat_table *table,
			  struct macnat_stats __percpu *stats, const u64 *node)
{
	INIT_DELAYED_WORK(&announce->work, macnat_announce_work);
	RCU_INIT_POINTER(announce->dev, NULL);
	announce->table = table;
	announce->stats = stats;
	announce->node = node;
	macnat_pending_init(&announce->heal, MACNAT_ANNOUNCE_HEAL);
	announce->tokens = MACNAT_ANNOUNCE_BURST;
	announce->refill = jiffies;
}

/**
 * macnat_announce_start() - from now on, send
 * @announce: an uplink's
 * @dev: the device, valid until a grace period after macnat_announce_stop()
 */
void macnat_announce_start(struct macnat_announce *announce, struct net_device *dev)
{
	rcu_assign_pointer(announce->dev, dev);
}

/**
 * macnat_announce_all() - announce every pod anew, since the node MAC has changed
 * @announce: an uplink's
 *
 * Context: process.
 */
void macnat_announce_all(struct macnat_announce *announce)
{
	macnat_table_todo_all(announce->table);
	macnat_announce_kick(announce);
}

/**
 * macnat_announce_part() - announce every pod with its own MAC, for the last time
 * @announce: of an uplink whose hooks are gone, and to which nobody adds mappings
 * @parted: called when that is done, or cannot be done
 *
 * Context: process.
 */
void macnat_announce_part(struct macnat_announce *announce,
			  void (*parted)(struct macnat_announce *announce))
{
	announce->parted = parted;
	macnat_table_part(announce->table);
	/* pairs with the worker, which must find @parted and the list once it sees @parting */
	smp_store_release(&announce->parting, true);
	macnat_announce_kick(announce);
}

/**
 * macnat_announce_stop() - send nothing more
 * @announce: an uplink's
 *
 * The device may be used for one more grace period.
 */
void macnat_announce_stop(struct macnat_announce *announce)
{
	RCU_INIT_POINTER(announce->dev, NULL);
}

/**
 * macnat_announce_destroy() - end the work
 * @announce: an uplink's, which was stopped and which nobody can kick any more
 *
 * Context: process, may sleep.
 */
void macnat_announce_destroy(struct macnat_announce *announce)
{
	cancel_delayed_work_sync(&announce->work);
}

/**
 * macnat_announce_kick() - something may wait to be sent
 * @announce: an uplink's
 *
 * Called when a mapping was added or changed, and when the device comes up.
 *
 * Context: any.
 */
void macnat_announce_kick(struct macnat_announce *announce)
{
	/*
	 * Out of tokens: the work comes by itself. It clears this before it takes the lock of
	 * the table and of @heal, so who added something under the lock and reads true was first.
	 */
	if (READ_ONCE(announce->throttled))
		return;
	mod_delayed_work(system_power_efficient_wq, &announce->work, 0);
}

/**
 * macnat_announce_heal() - tell a peer that has sent to a pod's own MAC
 * @announce: an uplink's
 * @key: VLAN and IP of the pod
 * @peer: the peer
 *
 * Context: BH disabled.
 */
void macnat_announce_heal(struct macnat_announce *announce, const struct macnat_key *key,
			  const struct macnat_reply_peer *peer)
{
	if (macnat_pending_note(&announce->heal, key, peer))
		macnat_announce_kick(announce);
}
