// SPDX-License-Identifier: GPL-2.0
/* Who is where: a table's mappings and stations, and the operator's changes. Readers: table.h. */
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "table_impl.h"

static const struct rhashtable_params macnat_table_entry_params = {
	.head_offset = offsetof(struct macnat_entry, node),
	.key_offset = offsetof(struct macnat_entry, key),
	.key_len = sizeof(struct macnat_key),
	.hashfn = macnat_table_entry_hash,
	.automatic_shrinking = true,
};

static const struct rhashtable_params macnat_table_station_params = {
	.head_offset = offsetof(struct macnat_entry, station.node),
	.key_offset = offsetof(struct macnat_entry, station.mac),
	.key_len = sizeof(u64),
	.hashfn = macnat_table_value_hash,
	.automatic_shrinking = true,
};

static struct kmem_cache *macnat_table_cache __read_mostly;

/**
 * macnat_table_setup() - make the cache that tables allocate from
 *
 * Context: module init.
 *
 * Return: 0 or -ENOMEM
 */
int macnat_table_setup(void)
{
	/* SLAB_ACCOUNT: what a container stores here is charged to it */
	macnat_table_cache = KMEM_CACHE(macnat_entry, SLAB_ACCOUNT);
	return macnat_table_cache ? 0 : -ENOMEM;
}

/**
 * macnat_table_cleanup() - undo macnat_table_setup()
 *
 * Context: module exit, when no table is left.
 */
void macnat_table_cleanup(void)
{
	/* entries are freed by call_rcu() */
	rcu_barrier();
	kmem_cache_destroy(macnat_table_cache);
}

/**
 * macnat_table_init() - an empty table
 * @table: the table
 * @generation: bumped by every change
 * @notify: told of every change
 *
 * What frames make it learn from now on is charged to the memcg of the caller.
 *
 * Context: process, may sleep.
 *
 * Return: 0 or -ENOMEM
 */
int macnat_table_init(struct macnat_table *table, atomic_t *generation, macnat_table_notify *notify)
{
	int err;

	err = rhashtable_init(&table->entries, &macnat_table_entry_params);
	if (err)
		return err;
	err = rhashtable_init(&table->stations, &macnat_table_station_params);
	if (err) {
		rhashtable_destroy(&table->entries);
		return err;
	}
	spin_lock_init(&table->lock);
	table->order = RB_ROOT;
	table->newest = NULL;
	table->next = NULL;
	INIT_LIST_HEAD(&table->todo);
	INIT_LIST_HEAD(&table->again);
	INIT_LIST_HEAD(&table->asks);
	INIT_LIST_HEAD(&table->bare);
	table->sync = MACNAT_TABLE_SYNC_NOT;
	table->phase = 1;
	table->next_entries = 0;
	table->next_learned = 0;
	table->n_entries = 0;
	table->n_stations = 0;
	table->n_learned = 0;
	table->n_bare = 0;
	table->parting = false;
	table->memcg = get_mem_cgroup_from_mm(current->mm);
	table->generation = generation;
	table->notify = notify;
	return 0;
}

static void macnat_table_free(void *entry, void *arg)
{
	kmem_cache_free(macnat_table_cache, entry);
}

/* Those that are mappings as well are freed as such. */
static void macnat_table_free_station(void *entry, void *arg)
{
	if (!macnat_table_is_mapping(entry))
		macnat_table_free(entry, arg);
}

static void macnat_table_free_rcu(struct rcu_head *rcu)
{
	macnat_table_free(container_of(rcu, struct macnat_entry, rcu), NULL);
}

/**
 * macnat_table_destroy() - free a table and all in it
 * @table: the table, which nobody can reach any more
 *
 * Context: process, may sleep, a grace period after the last reader could start.
 */
void macnat_table_destroy(struct macnat_table *table)
{
	/* stations first: those that are left are in the other */
	rhashtable_free_and_destroy(&table->stations, macnat_table_free_station, NULL);
	rhashtable_free_and_destroy(&table->entries, macnat_table_free, NULL);
	mem_cgroup_put(table->memcg);
}

static void macnat_table_spare_init(struct macnat_entry *spare)
{
	spare->key.scope = MACNAT_KEY_NONE;
	INIT_LIST_HEAD(&spare->wait);
}

/**
 * macnat_table_spare_alloc() - memory for one new mapping or station that a frame tells of
 * @table: the table
 *
 * Charged to the memcg that attached the uplink: in softirq there is no caller, and whoever is
 * interrupted has nothing to do with it. Atomic reserves are not for this: an allocation with
 * __GFP_HIGH is granted above the limit of a memcg, so that its pods' frames were limited by
 * nothing.
 *
 * Context: BH disabled. Before the lock.
 *
 * Return: the memory, for macnat_table_spare_free() if nobody used it, or NULL
 */
struct macnat_entry *macnat_table_spare_alloc(const struct macnat_table *table)
{
	struct mem_cgroup *old = set_active_memcg(table->memcg);
	struct macnat_entry *spare;

	spare = kmem_cache_zalloc(macnat_table_cache, GFP_NOWAIT | __GFP_NOWARN);
	set_active_memcg(old);
	if (spare)
		macnat_table_spare_init(spare);
	return spare;
}

/**
 * macnat_table_spare_free() - release memory that was not used
 * @spare: the memory, or NULL
 */
void macnat_table_spare_free(struct macnat_entry *spare)
{
	if (spare)
		kmem_cache_free(macnat_table_cache, spare);
}

/**
 * macnat_table_spares_alloc() - memory for several new mappings or stations
 * @spares: where it goes
 * @count: for how many
 *
 * Charged to the caller's memcg.
 *
 * Context: process, may sleep.
 *
 * Return: false if there is not enough, and nothing was taken
 */
bool macnat_table_spares_alloc(struct macnat_entry **spares, unsigned int count)
{
	unsigned int i;

	if (!kmem_cache_alloc_bulk(macnat_table_cache, GFP_KERNEL | __GFP_ZERO, count,
				   (void **)spares))
		return false;
	for (i = 0; i < count; i++)
		macnat_table_spare_init(spares[i]);
	return true;
}

/**
 * macnat_table_spares_free() - release what was not used
 * @spares: memory, or NULL, each
 * @count: how many
 */
void macnat_table_spares_free(struct macnat_entry *const *spares, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		macnat_table_spare_free(spares[i]);
}

/**
 * __macnat_table_row_fill() - a mapping as a value
 * @entry: the mapping
 * @row: result
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_row_fill(const struct macnat_entry *entry, struct macnat_table_row *row)
{
	row->key = entry->key;
	row->mac = entry->station.mac;
	row->origin = entry->origin;
	row->router = READ_ONCE(entry->router);
	row->idle = jiffies - READ_ONCE(entry->station.used);
}

/**
 * __macnat_table_notify() - tell who listens of a mapping
 * @table: the table
 * @event: MACNAT_EVENT_*
 * @entry: the mapping
 * @other: see macnat_table_notify
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_notify(struct macnat_table *table, unsigned int event,
			   const struct macnat_entry *entry, u64 other)
{
	struct macnat_table_row row;

	__macnat_table_row_fill(entry, &row);
	table->notify(table, event, &row, other);
}

/* The end of what is neither mapping nor station any more. */
static void __macnat_table_entry_put(struct macnat_table *table, struct macnat_entry *entry)
{
	lockdep_assert_held(&table->lock);
	if (!entry->is_station && !macnat_table_is_mapping(entry))
		call_rcu(&entry->rcu, macnat_table_free_rcu);
}

/**
 * __macnat_table_station_insert() - a new station, without a mapping
 * @table: the table
 * @mac: its MAC, which no station has
 * @spare: memory, which is used
 *
 * Context: &macnat_table.lock held.
 *
 * Return: the entry that it is part of, or what rhashtable_insert_fast() returns as ERR_PTR()
 */
struct macnat_entry *__macnat_table_station_insert(struct macnat_table *table, u64 mac,
						   struct macnat_entry **spare)
{
	struct macnat_entry *home = *spare;
	int err;

	lockdep_assert_held(&table->lock);
	home->station.mac = mac;
	home->station.used = jiffies;
	err = rhashtable_insert_fast(&table->stations, &home->station.node,
				     macnat_table_station_params);
	if (err)
		return ERR_PTR(err);
	*spare = NULL;
	home->is_station = true;
	WRITE_ONCE(table->n_stations, table->n_stations + 1);
	return home;
}

/**
 * __macnat_table_station_free() - the end of a station
 * @table: the table
 * @home: of a station without a mapping
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_station_free(struct macnat_table *table, struct macnat_entry *home)
{
	lockdep_assert_held(&table->lock);
	rhashtable_remove_fast(&table->stations, &home->station.node, macnat_table_station_params);
	home->is_station = false;
	WRITE_ONCE(table->n_stations, table->n_stations - 1);
	__macnat_table_entry_put(table, home);
}

static struct rhash_head *macnat_table_entry_in_rcu(struct macnat_table *table,
						    const struct macnat_key *key, u8 phase)
{
	return macnat_table_lookup_rcu(table, &table->entries, phase, key, macnat_table_entry_hash,
				       macnat_table_entry_is, macnat_table_entry_hidden, NULL);
}

/**
 * macnat_table_entry_phased_rcu() - the mapping of an address, while a sync is made
 * @table: the table
 * @key: VLAN and IP
 *
 * The way of a look-up that has met what is hidden from somebody.
 *
 * Context: RCU read section.
 *
 * Return: the mapping's node, or NULL
 */
struct rhash_head *macnat_table_entry_phased_rcu(struct macnat_table *table,
						 const struct macnat_key *key)
{
	/* once, so that one of two is found if the table turns now: macnat_table_sync_turn() */
	return macnat_table_entry_in_rcu(table, key, smp_load_acquire(&table->phase));
}

/**
 * macnat_table_ipv4_phased_rcu() - the mapping of an IPv4 address, while a sync is made
 * @table: the table
 * @value: from macnat_key_ipv4()
 *
 * Context: RCU read section.
 *
 * Return: the mapping's node, or NULL
 */
struct rhash_head *macnat_table_ipv4_phased_rcu(struct macnat_table *table, u64 value)
{
	/* pairs with macnat_table_sync_turn() */
	u8 phase = smp_load_acquire(&table->phase);

	return macnat_table_lookup_rcu(table, &table->entries, phase, &value,
				       macnat_table_value_hash, macnat_table_ipv4_is,
				       macnat_table_entry_hidden, NULL);
}

/**
 * macnat_table_station_phased_rcu() - a pod behind the uplink, while a sync is made
 * @table: the table
 * @mac: its MAC
 *
 * Context: RCU read section.
 *
 * Return: the station's node, or NULL
 */
struct rhash_head *macnat_table_station_phased_rcu(struct macnat_table *table, u64 mac)
{
	/* pairs with macnat_table_sync_turn() */
	u8 phase = smp_load_acquire(&table->phase);

	return macnat_table_lookup_rcu(table, &table->stations, phase, &mac,
				       macnat_table_value_hash, macnat_table_station_is,
				       macnat_table_station_hidden, NULL);
}

/**
 * __macnat_table_find() - the mapping of an address in a phase
 * @table: the table
 * @key: VLAN and IP
 * @phase: the phase
 *
 * Context: &macnat_table.lock held, RCU read section.
 *
 * Return: the mapping, or NULL
 */
struct macnat_entry *__macnat_table_find(struct macnat_table *table, const struct macnat_key *key,
					 u8 phase)
{
	struct rhash_head *node;

	lockdep_assert_held(&table->lock);
	node = macnat_table_entry_in_rcu(table, key, phase);
	return node ? container_of(node, struct macnat_entry, node) : NULL;
}

static __always_inline u8 macnat_table_never_hidden(const struct rhash_head *node)
{
	return 0;
}

/**
 * __macnat_table_station_find() - a station, whether readers see it or not
 * @table: the table
 * @mac: its MAC
 *
 * Context: &macnat_table.lock held, RCU read section.
 *
 * Return: the entry that it is part of, or NULL
 */
struct macnat_entry *__macnat_table_station_find(struct macnat_table *table, u64 mac)
{
	struct rhash_head *node;

	lockdep_assert_held(&table->lock);
	node = macnat_table_lookup_rcu(table, &table->stations, 0, &mac, macnat_table_value_hash,
				       macnat_table_station_is, macnat_table_never_hidden, NULL);
	return node ? container_of(node, struct macnat_entry, station.node) : NULL;
}

/* A mapping is to be counted where readers can see it. @by: 1, or -1 when it goes */
static void __macnat_table_count(struct macnat_table *table, const struct macnat_entry *entry,
				 int by)
{
	int learned = entry->origin == MACNAT_ORIGIN_LEARNED ? by : 0;

	lockdep_assert_held(&table->lock);
	if (!(entry->state & table->phase)) {
		WRITE_ONCE(table->n_entries, table->n_entries + by);
		WRITE_ONCE(table->n_learned, table->n_learned + learned);
	}
	if (!(entry->state & __macnat_table_other_phase(table))) {
		table->next_entries += by;
		table->next_learned += learned;
	}
}

/**
 * __macnat_table_hide() - hide a mapping, or let it be seen
 * @table: the table
 * @entry: the mapping
 * @hidden: phases that it is hidden in from now on
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_hide(struct macnat_table *table, struct macnat_entry *entry, u8 hidden)
{
	__macnat_table_count(table, entry, -1);
	WRITE_ONCE(entry->state, (entry->state & ~MACNAT_ENTRY_HIDDEN) | hidden);
	__macnat_table_count(table, entry, 1);
}

/**
 * __macnat_table_station_hide() - hide a station, or let it be seen
 * @home: the entry that it is part of
 * @hidden: phases that it is hidden in from now on
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_station_hide(struct macnat_entry *home, u8 hidden)
{
	u8 mask = MACNAT_ENTRY_HIDDEN << MACNAT_ENTRY_STATION_SHIFT;

	WRITE_ONCE(home->state, (home->state & ~mask) | hidden << MACNAT_ENTRY_STATION_SHIFT);
}

/**
 * __macnat_table_station_bare() - a station has no mapping, and stays until it is silent
 * @table: the table
 * @home: the entry that it is part of
 * @own: a device of the node itself has the MAC
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_station_bare(struct macnat_table *table, struct macnat_entry *home, bool own)
{
	lockdep_assert_held(&table->lock);
	/* whatever has hidden it, and for as long as it may be silent from now on */
	__macnat_table_station_hide(home, 0);
	WRITE_ONCE(home->station.used, jiffies);
	WRITE_ONCE(home->station.entries, own ? MACNAT_STATION_OWN : 0);
	list_add_tail(&home->wait, &table->bare);
	WRITE_ONCE(table->n_bare, table->n_bare + 1);
	home->was_bare = false;
}

/*
 * One more mapping of a MAC: find or make its station, and return the entry where the mapping
 * goes, or what rhashtable_insert_fast() returns as ERR_PTR(). That is the station's own unless
 * it has been used before. A station can be seen if one of its mappings can.
 */
static struct macnat_entry *__macnat_table_place_get(struct macnat_table *table, u64 mac,
						     u8 hidden, struct macnat_entry **spare)
{
	struct macnat_entry *home = __macnat_table_station_find(table, mac), *place;

	if (home) {
		__macnat_table_station_hide(home, macnat_table_station_hidden(&home->station.node) &
						  hidden);
	} else {
		__macnat_table_station_hide(*spare, hidden);
		home = __macnat_table_station_insert(table, mac, spare);
		if (IS_ERR(home))
			return home;
	}
	if (!macnat_table_is_mapping(home) && !list_empty(&home->wait)) {
		/* should the sync be given up, it is as it was */
		home->was_bare = true;
		home->was_own = home->station.entries == MACNAT_STATION_OWN;
		list_del_init(&home->wait);
		WRITE_ONCE(table->n_bare, table->n_bare - 1);
		WRITE_ONCE(home->station.entries, 0);
	}
	/* it is seen to have an address: there is no way back */
	if (!hidden)
		home->was_bare = false;
	place = home;
	if (macnat_table_is_mapping(home) || home->spent) {
		place = *spare;
		*spare = NULL;
		place->station.mac = mac;
	}
	WRITE_ONCE(home->station.entries, home->station.entries + 1);
	WRITE_ONCE(place->station.used, jiffies);
	return place;
}

/*
 * A MAC has one mapping less, which nobody finds any more; its station goes with the last one.
 * The entry will not be a mapping again: readers may still hold it as the one that it was.
 */
static void __macnat_table_place_put(struct macnat_table *table, struct macnat_entry *place)
{
	struct macnat_station *station;
	struct macnat_entry *home;

	list_del_init(&place->wait);
	WRITE_ONCE(place->key.scope, MACNAT_KEY_NONE);
	place->spent = true;
	home = __macnat_table_station_find(table, place->station.mac);
	station = &home->station;
	/* it must not find the mapping by its short cut */
	if (rcu_access_pointer(station->also) == place)
		RCU_INIT_POINTER(station->also, NULL);
	WRITE_ONCE(station->entries, station->entries - 1);
	if (!station->entries && home->was_bare)
		__macnat_table_station_bare(table, home, home->was_own);
	else if (!station->entries)
		__macnat_table_station_free(table, home);
	if (home != place)
		__macnat_table_entry_put(table, place);
}

/**
 * __macnat_table_changed() - dumps that go on now are to be begun anew
 * @table: the table
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_changed(struct macnat_table *table)
{
	lockdep_assert_held(&table->lock);
	atomic_add(2, table->generation);
}

static void __macnat_table_state(struct macnat_entry *entry, bool confirmed, u8 hidden)
{
	u8 station = entry->state & MACNAT_ENTRY_HIDDEN << MACNAT_ENTRY_STATION_SHIFT;

	WRITE_ONCE(entry->state, station | (confirmed ? MACNAT_ENTRY_CONFIRMED : 0) | hidden);
}

/**
 * __macnat_table_router() - a mapping's pod is a router if another mapping tells so
 * @entry: the mapping
 * @twin: the other, of the same key
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_router(struct macnat_entry *entry, const struct macnat_entry *twin)
{
	if (entry->station.mac == twin->station.mac && READ_ONCE(twin->router))
		WRITE_ONCE(entry->router, true);
}

/**
 * __macnat_table_came() - a pod has an address now: announce it, or ask first, and tell who listens
 * @table: the table
 * @entry: the mapping
 * @event: MACNAT_EVENT_*
 * @other: see macnat_table_notify
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_came(struct macnat_table *table, struct macnat_entry *entry,
			 unsigned int event, u64 other)
{
	__macnat_table_todo_add(table, entry);
	if (!macnat_table_is_confirmed(entry))
		__macnat_table_ask(table, entry, MACNAT_TABLE_ASK_CONFIRM);
	__macnat_table_changed(table);
	__macnat_table_notify(table, event, entry, other);
}

/**
 * __macnat_table_place() - a new mapping that nobody is told of
 * @table: the table
 * @row: the mapping, whose key no other has that can be seen at the same time
 * @confirmed: see MACNAT_ENTRY_CONFIRMED
 * @hidden: phases that it is hidden in
 * @spare: memory, which may be used
 *
 * Context: &macnat_table.lock held, RCU read section.
 *
 * Return: the mapping, or what rhashtable_insert_fast() returns as ERR_PTR()
 */
struct macnat_entry *__macnat_table_place(struct macnat_table *table,
					  const struct macnat_table_row *row, bool confirmed,
					  u8 hidden, struct macnat_entry **spare)
{
	struct macnat_entry *entry = __macnat_table_place_get(table, row->mac, hidden, spare);
	int err;

	if (IS_ERR(entry))
		return entry;
	/* all of it before anybody finds it: macnat_table_learn() looks without the lock */
	__macnat_table_state(entry, confirmed, hidden);
	macnat_key_set(&entry->key, &row->key);
	err = rhashtable_insert_fast(&table->entries, &entry->node, macnat_table_entry_params);
	if (err) {
		__macnat_table_place_put(table, entry);
		return ERR_PTR(err);
	}
	entry->origin = row->origin;
	__macnat_table_order_add(table, entry);
	__macnat_table_count(table, entry, 1);
	return entry;
}

/**
 * __macnat_table_unlink() - the end of a mapping, and of its station if it was the last
 * @table: the table
 * @entry: the mapping
 *
 * Context: &macnat_table.lock held, RCU read section.
 */
void __macnat_table_unlink(struct macnat_table *table, struct macnat_entry *entry)
{
	rhashtable_remove_fast(&table->entries, &entry->node, macnat_table_entry_params);
	__macnat_table_order_del(table, entry);
	__macnat_table_count(table, entry, -1);
	__macnat_table_place_put(table, entry);
	__macnat_table_changed(table);
}

/*
 * After the turn of a sync, and before what it has done to a mapping is told, it changes once more:
 * the one comes before the other.
 */
static void __macnat_table_sync_tell(struct macnat_table *table, struct macnat_entry *entry)
{
	u8 other = __macnat_table_other_phase(table);
	struct macnat_entry *gone;

	if (likely(table->sync != MACNAT_TABLE_SYNC_SETTLE) || !(entry->state & other))
		return;
	gone = __macnat_table_find(table, &entry->key, other);
	if (gone)
		gone->told = true;
	if (gone && gone->station.mac != entry->station.mac)
		__macnat_table_notify(table, MACNAT_EVENT_MOVED, entry, gone->station.mac);
	else
		__macnat_table_notify(table, MACNAT_EVENT_ADDED, entry, 0);
}

/**
 * __macnat_table_remove() - the end of a mapping, and tell who listens
 * @table: the table
 * @entry: the mapping
 * @event: MACNAT_EVENT_*, why it goes
 * @other: see macnat_table_notify
 *
 * Context: &macnat_table.lock held, RCU read section.
 */
void __macnat_table_remove(struct macnat_table *table, struct macnat_entry *entry,
			   unsigned int event, u64 other)
{
	__macnat_table_sync_tell(table, entry);
	/* of one that a sync has taken away it may be known already */
	if (!entry->told)
		__macnat_table_notify(table, event, entry, other);
	__macnat_table_unlink(table, entry);
}

/*
 * In which phases a mapping that comes while a sync is made is hidden. Another of its key may be in
 * its way there, @twin: what is learned waits for what the sync will say, the operator's word does
 * not, nor does what comes after the turn. The twin goes when the mapping has come.
 */
static u8 __macnat_table_sync_hidden(struct macnat_table *table, const struct macnat_key *key,
				     u8 origin, struct macnat_entry **twin)
{
	u8 other = __macnat_table_other_phase(table);
	struct macnat_entry *found;

	*twin = NULL;
	if (likely(table->sync == MACNAT_TABLE_SYNC_NOT))
		return 0;
	found = __macnat_table_find(table, key, other);
	if (!found || !(found->state & table->phase))
		return 0;
	if (origin == MACNAT_ORIGIN_LEARNED && table->sync == MACNAT_TABLE_SYNC_STAGE)
		return other;
	*twin = found;
	return 0;
}

/**
 * __macnat_table_insert() - a new mapping
 * @table: the table
 * @row: the mapping, whose key no other has that readers see
 * @confirmed: see MACNAT_ENTRY_CONFIRMED
 * @spare: memory, which may be used
 *
 * Context: &macnat_table.lock held, RCU read section.
 *
 * Return: 0, or what rhashtable_insert_fast() returns
 */
int __macnat_table_insert(struct macnat_table *table, const struct macnat_table_row *row,
			  bool confirmed, struct macnat_entry **spare)
{
	struct macnat_entry *entry, *twin;
	u8 hidden;

	hidden = __macnat_table_sync_hidden(table, &row->key, row->origin, &twin);
	entry = __macnat_table_place(table, row, confirmed, hidden, spare);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	/* of one that was staged nobody knows */
	if (twin && table->sync == MACNAT_TABLE_SYNC_SETTLE)
		__macnat_table_remove(table, twin, MACNAT_EVENT_DELETED, 0);
	else if (twin)
		__macnat_table_unlink(table, twin);
	__macnat_table_came(table, entry, MACNAT_EVENT_ADDED, 0);
	return 0;
}

/**
 * __macnat_table_move() - a mapping gets another pod
 * @table: the table
 * @entry: the mapping, which is replaced by another at once
 * @row: its new MAC and origin
 * @confirmed: see MACNAT_ENTRY_CONFIRMED
 * @spare: memory, which may be used
 *
 * Context: &macnat_table.lock held, RCU read section.
 *
 * Return: 0, or what rhashtable_insert_fast() returns
 */
int __macnat_table_move(struct macnat_table *table, struct macnat_entry *entry,
			const struct macnat_table_row *row, bool confirmed,
			struct macnat_entry **spare)
{
	struct macnat_entry *moved, *twin;
	u8 hidden;

	hidden = __macnat_table_sync_hidden(table, &entry->key, row->origin, &twin);
	moved = __macnat_table_place_get(table, row->mac, hidden, spare);
	if (IS_ERR(moved))
		return PTR_ERR(moved);
	__macnat_table_sync_tell(table, entry);
	/* all of it before anybody finds it, see __macnat_table_place() */
	__macnat_table_state(moved, confirmed, hidden);
	WRITE_ONCE(moved->router, READ_ONCE(entry->router));
	macnat_key_set(&moved->key, &entry->key);
	/* cannot fail, since its key is there */
	rhashtable_replace_fast(&table->entries, &entry->node, &moved->node,
				macnat_table_entry_params);
	moved->origin = row->origin;
	__macnat_table_order_replace(table, entry, moved);
	__macnat_table_count(table, entry, -1);
	__macnat_table_count(table, moved, 1);
	__macnat_table_came(table, moved, MACNAT_EVENT_MOVED, entry->station.mac);
	__macnat_table_place_put(table, entry);
	if (twin)
		__macnat_table_unlink(table, twin);
	return 0;
}

/* A mapping stays with its pod, and becomes the operator's. */
static void __macnat_table_adopt(struct macnat_table *table, struct macnat_entry *entry,
				 const struct macnat_table_row *row)
{
	struct macnat_entry *twin;
	bool fresh;
	u8 hidden;

	if (entry->origin == row->origin)
		return;
	__macnat_table_sync_tell(table, entry);
	__macnat_table_count(table, entry, -1);
	entry->origin = row->origin;
	__macnat_table_count(table, entry, 1);
	/* it comes from a sync that has not come to tell of it */
	fresh = table->sync == MACNAT_TABLE_SYNC_SETTLE && entry->state & MACNAT_ENTRY_HIDDEN;
	hidden = __macnat_table_sync_hidden(table, &entry->key, row->origin, &twin);
	__macnat_table_hide(table, entry, hidden);
	__macnat_table_station_hide(__macnat_table_station_find(table, entry->station.mac), hidden);
	if (twin) {
		__macnat_table_router(entry, twin);
		__macnat_table_unlink(table, twin);
	}
	__macnat_table_ask_end(table, entry);
	__macnat_table_confirm(table, entry);
	if (fresh)
		__macnat_table_todo_add(table, entry);
	__macnat_table_changed(table);
	__macnat_table_notify(table, MACNAT_EVENT_ADDED, entry, 0);
}

static int __macnat_table_set(struct macnat_table *table, const struct macnat_table_row *row,
			      enum macnat_table_how how, struct macnat_entry **spare)
{
	struct macnat_entry *entry;

	entry = macnat_table_entry_rcu(table, &row->key);
	if (!entry)
		return __macnat_table_insert(table, row, true, spare);
	/* what was learned gives way to the operator's word */
	if (how == MACNAT_TABLE_ADD && entry->origin != MACNAT_ORIGIN_LEARNED)
		return -EEXIST;
	if (entry->station.mac != row->mac)
		return __macnat_table_move(table, entry, row, true, spare);
	__macnat_table_adopt(table, entry, row);
	return 0;
}

/**
 * macnat_table_set() - add or replace mappings, up to the first that is refused
 * @table: an uplink's table
 * @rows: the mappings
 * @count: how many; BH stay off for as long as it takes to set them
 * @how: what may happen to those that exist
 * @spares: memory for as many; what is used becomes NULL, the caller frees the rest
 * @done: how many were set
 *
 * Context: RCU read section.
 *
 * Return: 0, -EEXIST, or what rhashtable_insert_fast() returns (-ENOMEM, -E2BIG, -EBUSY)
 */
int macnat_table_set(struct macnat_table *table, const struct macnat_table_row *rows,
		     unsigned int count, enum macnat_table_how how, struct macnat_entry **spares,
		     unsigned int *done)
{
	int err = 0;

	spin_lock_bh(&table->lock);
	for (*done = 0; *done < count; ++*done) {
		err = __macnat_table_set(table, &rows[*done], how, &spares[*done]);
		if (err)
			break;
	}
	spin_unlock_bh(&table->lock);
	return err;
}

/**
 * macnat_table_del() - remove a mapping
 * @table: an uplink's table
 * @key: VLAN and IP
 * @mac: the pod it must point to, 0 for any
 *
 * Context: RCU read section.
 *
 * Return: 0, -ENOENT, or -EXDEV if it points to another pod
 */
int macnat_table_del(struct macnat_table *table, const struct macnat_key *key, u64 mac)
{
	struct macnat_entry *entry;
	int err = 0;

	spin_lock_bh(&table->lock);
	entry = macnat_table_entry_rcu(table, key);
	if (!entry)
		err = -ENOENT;
	else if (mac && entry->station.mac != mac)
		err = -EXDEV;
	else
		__macnat_table_remove(table, entry, MACNAT_EVENT_DELETED, 0);
	spin_unlock_bh(&table->lock);
	return err;
}

/**
 * macnat_table_is_pod() - is this a pod's MAC, or about to be one by a sync?
 * @table: an uplink's table
 * @mac: the address
 *
 * Context: RCU read section.
 *
 * Return: true if it is a station's, and not the node's
 */
bool macnat_table_is_pod(struct macnat_table *table, u64 mac)
{
	const struct macnat_entry *home;
	bool is;

	spin_lock_bh(&table->lock);
	home = __macnat_table_station_find(table, mac);
	is = home && !macnat_table_is_own_rcu(&home->station);
	spin_unlock_bh(&table->lock);
	return is;
}

/**
 * macnat_table_get() - one mapping
 * @table: an uplink's table
 * @row: its key is given, the rest is the result
 *
 * Context: RCU read section.
 *
 * Return: 0 or -ENOENT
 */
int macnat_table_get(struct macnat_table *table, struct macnat_table_row *row)
{
	const struct macnat_entry *entry;
	int err = -ENOENT;

	spin_lock_bh(&table->lock);
	entry = macnat_table_entry_rcu(table, &row->key);
	if (entry) {
		__macnat_table_row_fill(entry, row);
		err = 0;
	}
	spin_unlock_bh(&table->lock);
	return err;
}
