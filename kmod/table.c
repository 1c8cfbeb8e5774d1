// SPDX-License-Identifier: GPL-2.0
/* Who is where: a table's mappings and stations, and the operator's changes. Readers: table.h. */
#include <linux/slab.h>

#include "table_impl.h"

static int macnat_table_entry_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct macnat_entry *entry = obj;

	return !macnat_table_entry_is(arg->key, &entry->node);
}

static int macnat_table_station_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct macnat_entry *entry = obj;

	return !macnat_table_station_is(arg->key, &entry->station.node);
}

static const struct rhashtable_params macnat_table_entry_params = {
	.head_offset = offsetof(struct macnat_entry, node),
	.key_offset = offsetof(struct macnat_entry, key),
	.key_len = sizeof(struct macnat_key),
	.hashfn = macnat_table_entry_hash,
	.obj_cmpfn = macnat_table_entry_cmp,
	.automatic_shrinking = true,
};

static const struct rhashtable_params macnat_table_station_params = {
	.head_offset = offsetof(struct macnat_entry, station.node),
	.key_offset = offsetof(struct macnat_entry, station.mac),
	.key_len = sizeof(u64),
	.hashfn = macnat_table_value_hash,
	.obj_cmpfn = macnat_table_station_cmp,
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
	table->n_entries = 0;
	table->n_stations = 0;
	table->n_learned = 0;
	table->n_bare = 0;
	table->parting = false;
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
}

static void macnat_table_spare_init(struct macnat_entry *spare)
{
	spare->key.scope = MACNAT_KEY_NONE;
	INIT_LIST_HEAD(&spare->wait);
}

/**
 * macnat_table_spare_alloc() - memory for one new mapping or station, taken before the lock
 * @gfp: GFP_KERNEL, or GFP_ATOMIC where the caller cannot sleep
 *
 * Charged to the caller's memcg.
 *
 * Return: the memory, for macnat_table_spare_free() if nobody used it, or NULL
 */
struct macnat_entry *macnat_table_spare_alloc(gfp_t gfp)
{
	struct macnat_entry *spare = kmem_cache_zalloc(macnat_table_cache, gfp);

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

/*
 * One more mapping of a MAC: find or make its station, and return the entry where the mapping
 * goes, or what rhashtable_insert_fast() returns as ERR_PTR(). That is the station's own unless
 * it has been used before.
 */
static struct macnat_entry *__macnat_table_place_get(struct macnat_table *table, u64 mac,
						     struct macnat_entry **spare)
{
	struct macnat_entry *home, *place;
	struct macnat_station *station;

	lockdep_assert_held(&table->lock);
	station = macnat_table_station_rcu(table, mac);
	if (station) {
		home = macnat_table_home_rcu(station);
	} else {
		home = __macnat_table_station_insert(table, mac, spare);
		if (IS_ERR(home))
			return home;
	}
	place = home;
	if (macnat_table_is_mapping(home) || home->spent) {
		place = *spare;
		*spare = NULL;
		place->station.mac = mac;
	} else if (!list_empty(&home->wait)) {
		list_del_init(&home->wait);
		WRITE_ONCE(table->n_bare, table->n_bare - 1);
		WRITE_ONCE(home->station.entries, 0);
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

	lockdep_assert_held(&table->lock);
	list_del_init(&place->wait);
	WRITE_ONCE(place->key.scope, MACNAT_KEY_NONE);
	place->spent = true;
	station = macnat_table_station_rcu(table, place->station.mac);
	home = macnat_table_home_rcu(station);
	/* it must not find the mapping by its short cut */
	if (rcu_access_pointer(station->also) == place)
		RCU_INIT_POINTER(station->also, NULL);
	WRITE_ONCE(station->entries, station->entries - 1);
	if (!station->entries)
		__macnat_table_station_free(table, home);
	if (home != place)
		__macnat_table_entry_put(table, place);
}

static void __macnat_table_changed(struct macnat_table *table)
{
	lockdep_assert_held(&table->lock);
	atomic_add(2, table->generation);
}

static void __macnat_table_origin(struct macnat_table *table, struct macnat_entry *entry,
				  u8 origin)
{
	lockdep_assert_held(&table->lock);
	WRITE_ONCE(table->n_learned, table->n_learned - (entry->origin == MACNAT_ORIGIN_LEARNED) +
				     (origin == MACNAT_ORIGIN_LEARNED));
	entry->origin = origin;
}

/* A pod has an address now: let it be announced, or asked first, and tell who listens. */
static void __macnat_table_came(struct macnat_table *table, struct macnat_entry *entry,
				unsigned int event, u64 other)
{
	__macnat_table_todo_add(table, entry);
	if (!entry->confirmed)
		__macnat_table_ask(table, entry, MACNAT_TABLE_ASK_CONFIRM);
	__macnat_table_changed(table);
	__macnat_table_notify(table, event, entry, other);
}

/**
 * __macnat_table_insert() - a new mapping
 * @table: the table
 * @row: the mapping, whose key no other has
 * @confirmed: see struct macnat_entry
 * @spare: memory, which may be used
 *
 * Context: &macnat_table.lock held.
 *
 * Return: 0, or what rhashtable_insert_fast() returns
 */
int __macnat_table_insert(struct macnat_table *table, const struct macnat_table_row *row,
			  bool confirmed, struct macnat_entry **spare)
{
	struct macnat_entry *entry = __macnat_table_place_get(table, row->mac, spare);
	int err;

	if (IS_ERR(entry))
		return PTR_ERR(entry);
	macnat_key_set(&entry->key, &row->key);
	WRITE_ONCE(entry->confirmed, confirmed);
	err = rhashtable_insert_fast(&table->entries, &entry->node, macnat_table_entry_params);
	if (err) {
		__macnat_table_place_put(table, entry);
		return err;
	}
	__macnat_table_origin(table, entry, row->origin);
	__macnat_table_order_add(table, entry);
	WRITE_ONCE(table->n_entries, table->n_entries + 1);
	__macnat_table_came(table, entry, MACNAT_EVENT_ADDED, 0);
	return 0;
}

/**
 * __macnat_table_move() - a mapping gets another pod
 * @table: the table
 * @entry: the mapping, which is replaced by another at once
 * @row: its new MAC and origin
 * @confirmed: see struct macnat_entry
 * @spare: memory, which may be used
 *
 * Context: &macnat_table.lock held.
 *
 * Return: 0, or what rhashtable_insert_fast() returns
 */
int __macnat_table_move(struct macnat_table *table, struct macnat_entry *entry,
			const struct macnat_table_row *row, bool confirmed,
			struct macnat_entry **spare)
{
	struct macnat_entry *moved = __macnat_table_place_get(table, row->mac, spare);

	if (IS_ERR(moved))
		return PTR_ERR(moved);
	/* all of it before anybody finds it: macnat_table_learn() looks without the lock */
	macnat_key_set(&moved->key, &entry->key);
	moved->origin = entry->origin;
	WRITE_ONCE(moved->router, READ_ONCE(entry->router));
	WRITE_ONCE(moved->confirmed, confirmed);
	/* cannot fail, since its key is there */
	rhashtable_replace_fast(&table->entries, &entry->node, &moved->node,
				macnat_table_entry_params);
	__macnat_table_order_replace(table, entry, moved);
	__macnat_table_origin(table, moved, row->origin);
	__macnat_table_came(table, moved, MACNAT_EVENT_MOVED, entry->station.mac);
	__macnat_table_place_put(table, entry);
	return 0;
}

/**
 * __macnat_table_remove() - the end of a mapping, and of its station if it was the last
 * @table: the table
 * @entry: the mapping
 * @event: MACNAT_EVENT_*, why it goes
 * @other: see macnat_table_notify
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_remove(struct macnat_table *table, struct macnat_entry *entry,
			   unsigned int event, u64 other)
{
	__macnat_table_notify(table, event, entry, other);
	rhashtable_remove_fast(&table->entries, &entry->node, macnat_table_entry_params);
	__macnat_table_order_del(table, entry);
	WRITE_ONCE(table->n_entries, table->n_entries - 1);
	WRITE_ONCE(table->n_learned, table->n_learned - (entry->origin == MACNAT_ORIGIN_LEARNED));
	__macnat_table_place_put(table, entry);
	__macnat_table_changed(table);
}

/* A mapping stays with its pod, and becomes the operator's if it was learned. */
static void __macnat_table_adopt(struct macnat_table *table, struct macnat_entry *entry,
				 const struct macnat_table_row *row)
{
	if (entry->origin == row->origin)
		return;
	__macnat_table_origin(table, entry, row->origin);
	__macnat_table_ask_end(table, entry);
	__macnat_table_confirm(table, entry);
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
