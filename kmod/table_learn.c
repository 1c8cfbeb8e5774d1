// SPDX-License-Identifier: GPL-2.0
/* What frames tell a table: who uses an address, and who else does. */
#include "table_impl.h"

/**
 * macnat_table_station_add() - learn a pod that has no address yet
 * @table: an uplink's table
 * @mac: its MAC
 * @own: it is a device's of the node itself
 *
 * Context: BH disabled, RCU read section.
 *
 * Return: MACNAT_TABLE_ADDED, _KNOWN, _FULL or _NOMEM
 */
enum macnat_table_learned macnat_table_station_add(struct macnat_table *table, u64 mac, bool own)
{
	enum macnat_table_learned learned = MACNAT_TABLE_KNOWN;
	struct macnat_entry *spare, *home;

	lockdep_assert_in_softirq();
	/* the node has a few devices, and no pod shall cut them off by being a multitude */
	if (!own && READ_ONCE(table->n_bare) >= READ_ONCE(table->limit))
		return MACNAT_TABLE_FULL;
	spare = macnat_table_spare_alloc(table);
	if (!spare)
		return MACNAT_TABLE_NOMEM;
	spare->station.entries = own ? MACNAT_STATION_OWN : 0;
	spin_lock(&table->lock);
	home = __macnat_table_station_find(table, mac);
	if (home && macnat_table_station_hidden(&home->station.node)) {
		/* a sync has it, in the other phase only */
		__macnat_table_station_hide(home, 0);
		learned = MACNAT_TABLE_ADDED;
	} else if (!home) {
		home = __macnat_table_station_insert(table, mac, &spare);
		if (IS_ERR(home)) {
			learned = MACNAT_TABLE_NOMEM;
		} else {
			__macnat_table_station_bare(table, home, own);
			learned = MACNAT_TABLE_ADDED;
		}
	}
	spin_unlock(&table->lock);
	macnat_table_spare_free(spare);
	return learned;
}

/* The station uses the address it has: its next frame with it will need no look-up. */
static void macnat_table_hear(struct macnat_table *table, struct macnat_station *station,
			      struct macnat_entry *entry)
{
	const struct macnat_entry *old = rcu_dereference(station->also);
	unsigned long now = jiffies;

	lockdep_assert_in_softirq();
	WRITE_ONCE(entry->station.used, now);
	/* a station that uses several addresses at once had better not switch each time */
	if (entry == macnat_table_home_rcu(station) || old == entry ||
	    (old && READ_ONCE(old->station.used) == now) || !spin_trylock(&table->lock))
		return;
	/* neither must have gone meanwhile */
	if (macnat_table_is_mapping(entry) && station->entries)
		rcu_assign_pointer(station->also, entry);
	spin_unlock(&table->lock);
}

static enum macnat_table_learned __macnat_table_learn_new(struct macnat_table *table,
							  const struct macnat_table_claim *claim,
							  struct macnat_entry **spare)
{
	const struct macnat_table_row row = {
		.key = claim->key, .mac = claim->mac, .origin = MACNAT_ORIGIN_LEARNED,
	};

	if (!claim->learn)
		return MACNAT_TABLE_KNOWN;
	if (table->n_learned >= READ_ONCE(table->limit))
		return MACNAT_TABLE_FULL;
	if (__macnat_table_insert(table, &row, claim->strong, spare))
		return MACNAT_TABLE_NOMEM;
	return MACNAT_TABLE_ADDED;
}

/*
 * Somebody else's address. What the operator said stands. A pod that is new
 * here, or says so in ARP or ND, is a pod that was moved or made again, and
 * gets the address at once; a data frame of one that has others may be forged,
 * so its owner is asked first.
 */
static enum macnat_table_learned __macnat_table_learn_taken(struct macnat_table *table,
							    const struct macnat_table_claim *claim,
							    struct macnat_entry *entry,
							    struct macnat_entry **spare)
{
	const struct macnat_station *station = macnat_table_station_rcu(table, claim->mac);
	const struct macnat_table_row row = { .mac = claim->mac, .origin = entry->origin };
	bool fresh = !station || !station->entries;

	if (entry->origin == MACNAT_ORIGIN_LEARNED && claim->learn) {
		if (!claim->guarded && (claim->strong || fresh)) {
			if (__macnat_table_move(table, entry, &row, claim->strong, spare))
				return MACNAT_TABLE_NOMEM;
			return MACNAT_TABLE_MOVED;
		}
		__macnat_table_ask(table, entry, MACNAT_TABLE_ASK_CLAIM);
	}
	__macnat_table_notify(table, MACNAT_EVENT_CONFLICT, entry, claim->mac);
	return MACNAT_TABLE_REFUSED;
}

static enum macnat_table_learned __macnat_table_learn(struct macnat_table *table,
						      const struct macnat_table_claim *claim,
						      struct macnat_entry **spare)
{
	struct macnat_entry *entry;

	lockdep_assert_held(&table->lock);
	entry = macnat_table_entry_rcu(table, &claim->key);
	if (!entry)
		return __macnat_table_learn_new(table, claim, spare);
	if (entry->station.mac != claim->mac)
		return __macnat_table_learn_taken(table, claim, entry, spare);
	WRITE_ONCE(entry->station.used, jiffies);
	if (!claim->strong || macnat_table_is_confirmed(entry))
		return MACNAT_TABLE_KNOWN;
	__macnat_table_confirm(table, entry);
	return MACNAT_TABLE_CONFIRMED;
}

/**
 * macnat_table_learn() - a pod uses an address
 * @table: an uplink's table
 * @claim: who uses which, and how sure that is
 *
 * The way of a frame that macnat_table_heard_rcu() does not know.
 *
 * Context: BH disabled, RCU read section.
 *
 * Return: what became of it
 */
enum macnat_table_learned macnat_table_learn(struct macnat_table *table,
					     const struct macnat_table_claim *claim)
{
	struct macnat_station *station = macnat_table_station_rcu(table, claim->mac);
	struct macnat_entry *entry, *spare = NULL;
	enum macnat_table_learned learned;

	lockdep_assert_in_softirq();
	entry = macnat_table_entry_rcu(table, &claim->key);
	/* no news needs neither lock nor memory */
	if (entry && station && entry->station.mac == claim->mac &&
	    (!claim->strong || macnat_table_is_confirmed(entry))) {
		macnat_table_hear(table, station, entry);
		return MACNAT_TABLE_KNOWN;
	}
	if (!entry && !claim->learn)
		return MACNAT_TABLE_KNOWN;
	/* tell before memory is taken, so that forged sources cost none */
	if (!entry &&
	    (READ_ONCE(table->n_learned) >= READ_ONCE(table->limit) ||
	     (station && READ_ONCE(station->entries) >= MACNAT_TABLE_STATION_MAX)))
		return MACNAT_TABLE_FULL;
	if (claim->learn) {
		spare = macnat_table_spare_alloc(table);
		if (!spare)
			return MACNAT_TABLE_NOMEM;
	}
	spin_lock(&table->lock);
	learned = __macnat_table_learn(table, claim, &spare);
	spin_unlock(&table->lock);
	macnat_table_spare_free(spare);
	return learned;
}

/**
 * macnat_table_router_rcu() - note whether a pod is a router
 * @table: an uplink's table
 * @key: VLAN and address that it advertises
 * @mac: its MAC
 * @router: it is (RFC 4861 4.4)
 *
 * Context: RCU read section.
 */
void macnat_table_router_rcu(struct macnat_table *table, const struct macnat_key *key, u64 mac,
			     bool router)
{
	struct macnat_entry *entry;

	entry = macnat_table_entry_rcu(table, key);
	if (entry && entry->station.mac == mac)
		WRITE_ONCE(entry->router, router);
}

/**
 * macnat_table_contest() - somebody in the fabric uses an address
 * @table: an uplink's table
 * @key: VLAN and IP
 * @mac: its MAC
 *
 * The pod may have gone there: it is asked, and loses a learned mapping if it
 * does not answer.
 *
 * Context: BH disabled, RCU read section.
 *
 * Return: true if there is a pod to be asked
 */
bool macnat_table_contest(struct macnat_table *table, const struct macnat_key *key, u64 mac)
{
	struct macnat_entry *entry;
	bool ask;

	lockdep_assert_in_softirq();
	if (likely(!macnat_table_entry_rcu(table, key)))
		return false;
	spin_lock(&table->lock);
	entry = macnat_table_entry_rcu(table, key);
	ask = entry && entry->origin == MACNAT_ORIGIN_LEARNED;
	if (entry)
		__macnat_table_notify(table, MACNAT_EVENT_CONFLICT, entry, mac);
	if (ask) {
		entry->other = mac;
		/* if it has gone there, another word from here would call it back */
		__macnat_table_todo_del(table, entry);
		__macnat_table_ask(table, entry, MACNAT_TABLE_ASK_FABRIC);
	}
	spin_unlock(&table->lock);
	return ask;
}
