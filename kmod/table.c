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
	const struct macnat_station *station = obj;

	return !macnat_table_station_is(arg->key, &station->node);
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
	.head_offset = offsetof(struct macnat_station, node),
	.key_offset = offsetof(struct macnat_station, mac),
	.key_len = sizeof(u64),
	.hashfn = macnat_table_value_hash,
	.obj_cmpfn = macnat_table_station_cmp,
	.automatic_shrinking = true,
};

static struct kmem_cache *macnat_table_entry_cache __read_mostly;
static struct kmem_cache *macnat_table_station_cache __read_mostly;

/**
 * macnat_table_setup() - make the caches that tables allocate from
 *
 * Context: module init.
 *
 * Return: 0 or -ENOMEM
 */
int macnat_table_setup(void)
{
	/* SLAB_ACCOUNT: what a container stores here is charged to it */
	macnat_table_entry_cache = KMEM_CACHE(macnat_entry, SLAB_ACCOUNT | SLAB_HWCACHE_ALIGN);
	if (!macnat_table_entry_cache)
		return -ENOMEM;
	macnat_table_station_cache = KMEM_CACHE(macnat_station,
						SLAB_ACCOUNT | SLAB_HWCACHE_ALIGN);
	if (!macnat_table_station_cache) {
		kmem_cache_destroy(macnat_table_entry_cache);
		return -ENOMEM;
	}
	return 0;
}

/**
 * macnat_table_cleanup() - undo macnat_table_setup()
 *
 * Context: module exit, when no table is left.
 */
void macnat_table_cleanup(void)
{
	/* entries and stations are freed by call_rcu() */
	rcu_barrier();
	kmem_cache_destroy(macnat_table_station_cache);
	kmem_cache_destroy(macnat_table_entry_cache);
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
	table->generation = generation;
	table->notify = notify;
	return 0;
}

static void macnat_table_entry_free(void *entry, void *arg)
{
	kmem_cache_free(macnat_table_entry_cache, entry);
}

static void macnat_table_station_free(void *station, void *arg)
{
	kmem_cache_free(macnat_table_station_cache, station);
}

static void macnat_table_entry_free_rcu(struct rcu_head *rcu)
{
	macnat_table_entry_free(container_of(rcu, struct macnat_entry, rcu), NULL);
}

static void macnat_table_station_free_rcu(struct rcu_head *rcu)
{
	macnat_table_station_free(container_of(rcu, struct macnat_station, rcu), NULL);
}

/**
 * macnat_table_destroy() - free a table and all in it
 * @table: the table, which nobody can reach any more
 *
 * Context: process, may sleep, a grace period after the last reader could start.
 */
void macnat_table_destroy(struct macnat_table *table)
{
	rhashtable_free_and_destroy(&table->entries, macnat_table_entry_free, NULL);
	rhashtable_free_and_destroy(&table->stations, macnat_table_station_free, NULL);
}

/**
 * macnat_table_spare_alloc() - memory for one macnat_table_set()
 * @spare: result
 * @gfp: GFP_KERNEL, or GFP_ATOMIC where the caller cannot sleep
 *
 * Charged to the caller's memcg.
 *
 * Return: 0 or -ENOMEM
 */
int macnat_table_spare_alloc(struct macnat_table_spare *spare, gfp_t gfp)
{
	spare->entry = kmem_cache_zalloc(macnat_table_entry_cache, gfp);
	spare->station = kmem_cache_zalloc(macnat_table_station_cache, gfp);
	if (spare->entry && spare->station)
		return 0;
	macnat_table_spare_free(spare);
	return -ENOMEM;
}

/**
 * macnat_table_spare_station() - memory for one __macnat_table_station_insert()
 * @spare: result
 * @gfp: as for macnat_table_spare_alloc()
 *
 * Return: 0 or -ENOMEM
 */
int macnat_table_spare_station(struct macnat_table_spare *spare, gfp_t gfp)
{
	spare->entry = NULL;
	spare->station = kmem_cache_zalloc(macnat_table_station_cache, gfp);
	return spare->station ? 0 : -ENOMEM;
}

/**
 * macnat_table_spare_free() - release what macnat_table_set() did not use
 * @spare: the rest
 */
void macnat_table_spare_free(struct macnat_table_spare *spare)
{
	if (spare->entry)
		kmem_cache_free(macnat_table_entry_cache, spare->entry);
	if (spare->station)
		kmem_cache_free(macnat_table_station_cache, spare->station);
	spare->entry = NULL;
	spare->station = NULL;
}

/**
 * __macnat_table_station_of() - the pod of a mapping
 * @table: the table
 * @entry: the mapping
 *
 * Context: &macnat_table.lock held.
 *
 * Return: its station
 */
struct macnat_station *__macnat_table_station_of(const struct macnat_table *table,
						 const struct macnat_entry *entry)
{
	return rcu_dereference_protected(entry->station, lockdep_is_held(&table->lock));
}

/**
 * __macnat_table_row_fill() - a mapping as a value
 * @table: the table
 * @entry: the mapping
 * @row: result
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_row_fill(const struct macnat_table *table, const struct macnat_entry *entry,
			     struct macnat_table_row *row)
{
	row->key = entry->key;
	row->mac = __macnat_table_station_of(table, entry)->mac;
	row->origin = entry->origin;
	row->router = READ_ONCE(entry->router);
	row->idle = jiffies - READ_ONCE(entry->used);
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

	__macnat_table_row_fill(table, entry, &row);
	table->notify(table, event, &row, other);
}

/**
 * __macnat_table_station_insert() - a new station
 * @table: the table
 * @mac: its MAC, which no station has
 * @own: see struct macnat_station
 * @spare: memory, its station is used
 *
 * Context: &macnat_table.lock held.
 *
 * Return: 0, or what rhashtable_insert_fast() returns
 */
int __macnat_table_station_insert(struct macnat_table *table, u64 mac, bool own,
				  struct macnat_table_spare *spare)
{
	struct macnat_station *station = spare->station;
	int err;

	lockdep_assert_held(&table->lock);
	station->mac = mac;
	station->own = own;
	station->used = jiffies;
	INIT_LIST_HEAD(&station->bare);
	err = rhashtable_insert_fast(&table->stations, &station->node,
				     macnat_table_station_params);
	if (err)
		return err;
	spare->station = NULL;
	WRITE_ONCE(table->n_stations, table->n_stations + 1);
	return 0;
}

/**
 * __macnat_table_station_get() - find or make the station of a MAC, for one more mapping
 * @table: the table
 * @mac: the MAC
 * @spare: memory, its station may be used
 *
 * Context: &macnat_table.lock held.
 *
 * Return: the station, or what rhashtable_insert_fast() returns as ERR_PTR()
 */
struct macnat_station *__macnat_table_station_get(struct macnat_table *table, u64 mac,
						  struct macnat_table_spare *spare)
{
	struct macnat_station *station;
	int err;

	lockdep_assert_held(&table->lock);
	station = macnat_table_station_rcu(table, mac);
	if (!station) {
		station = spare->station;
		err = __macnat_table_station_insert(table, mac, false, spare);
		if (err)
			return ERR_PTR(err);
	}
	if (!list_empty(&station->bare)) {
		list_del_init(&station->bare);
		WRITE_ONCE(table->n_bare, table->n_bare - 1);
	}
	WRITE_ONCE(station->own, false);
	WRITE_ONCE(station->entries, station->entries + 1);
	return station;
}

/**
 * __macnat_table_station_free() - the end of a station
 * @table: the table
 * @station: a station without a mapping
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_station_free(struct macnat_table *table, struct macnat_station *station)
{
	lockdep_assert_held(&table->lock);
	rhashtable_remove_fast(&table->stations, &station->node, macnat_table_station_params);
	WRITE_ONCE(table->n_stations, table->n_stations - 1);
	call_rcu(&station->rcu, macnat_table_station_free_rcu);
}

/**
 * __macnat_table_station_put() - a station has one mapping less
 * @table: the table
 * @station: the station, which goes with its last one
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_station_put(struct macnat_table *table, struct macnat_station *station)
{
	lockdep_assert_held(&table->lock);
	WRITE_ONCE(station->entries, station->entries - 1);
	if (!station->entries)
		__macnat_table_station_free(table, station);
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

/**
 * __macnat_table_insert() - a new mapping
 * @table: the table
 * @row: the mapping, whose key no other has
 * @confirmed: see struct macnat_entry
 * @station: of its MAC, with the mapping counted
 * @spare: memory, its entry is used
 *
 * Context: &macnat_table.lock held.
 *
 * Return: 0, or what rhashtable_insert_fast() returns
 */
int __macnat_table_insert(struct macnat_table *table, const struct macnat_table_row *row,
			  bool confirmed, struct macnat_station *station,
			  struct macnat_table_spare *spare)
{
	struct macnat_entry *entry = spare->entry;
	int err;

	entry->key = row->key;
	entry->used = jiffies;
	entry->confirmed = confirmed;
	INIT_LIST_HEAD(&entry->todo);
	INIT_LIST_HEAD(&entry->asking);
	RCU_INIT_POINTER(entry->station, station);
	err = rhashtable_insert_fast(&table->entries, &entry->node, macnat_table_entry_params);
	if (err)
		return err;
	spare->entry = NULL;
	__macnat_table_origin(table, entry, row->origin);
	__macnat_table_order_add(table, entry);
	WRITE_ONCE(table->n_entries, table->n_entries + 1);
	__macnat_table_todo_add(table, entry, MACNAT_TABLE_ANNOUNCES);
	if (!confirmed)
		__macnat_table_ask(table, entry, MACNAT_TABLE_ASK_CONFIRM);
	__macnat_table_changed(table);
	__macnat_table_notify(table, MACNAT_EVENT_ADDED, entry, 0);
	return 0;
}

/* The station no longer has the address: it must not find it by its shortcut. */
static void __macnat_table_forget_last(struct macnat_station *station,
				       const struct macnat_entry *entry)
{
	struct macnat_entry __rcu **last = &station->last[macnat_key_is_ipv6(&entry->key)];

	if (rcu_access_pointer(*last) == entry)
		RCU_INIT_POINTER(*last, NULL);
}

/**
 * __macnat_table_move() - a mapping gets another pod
 * @table: the table
 * @entry: the mapping
 * @station: of its new MAC, with the mapping counted
 * @confirmed: see struct macnat_entry
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_move(struct macnat_table *table, struct macnat_entry *entry,
			 struct macnat_station *station, bool confirmed)
{
	struct macnat_station *old = __macnat_table_station_of(table, entry);
	u64 mac = old->mac;

	/* in this order: macnat_table_learn() takes no lock if both say that it is known */
	WRITE_ONCE(entry->confirmed, confirmed);
	rcu_assign_pointer(entry->station, station);
	WRITE_ONCE(entry->used, jiffies);
	__macnat_table_forget_last(old, entry);
	__macnat_table_station_put(table, old);
	__macnat_table_ask_end(entry);
	entry->deaf = false;
	if (confirmed) {
		__macnat_table_todo_add(table, entry, MACNAT_TABLE_ANNOUNCES);
	} else {
		list_del_init(&entry->todo);
		__macnat_table_ask(table, entry, MACNAT_TABLE_ASK_CONFIRM);
	}
	__macnat_table_changed(table);
	__macnat_table_notify(table, MACNAT_EVENT_MOVED, entry, mac);
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
	struct macnat_station *station = __macnat_table_station_of(table, entry);

	__macnat_table_notify(table, event, entry, other);
	rhashtable_remove_fast(&table->entries, &entry->node, macnat_table_entry_params);
	__macnat_table_order_del(table, entry);
	list_del(&entry->todo);
	list_del(&entry->asking);
	entry->dead = true;
	WRITE_ONCE(table->n_entries, table->n_entries - 1);
	WRITE_ONCE(table->n_learned, table->n_learned - (entry->origin == MACNAT_ORIGIN_LEARNED));
	__macnat_table_forget_last(station, entry);
	__macnat_table_station_put(table, station);
	call_rcu(&entry->rcu, macnat_table_entry_free_rcu);
	__macnat_table_changed(table);
}

/* A mapping stays with its pod, and becomes the operator's if it was learned. */
static void __macnat_table_adopt(struct macnat_table *table, struct macnat_entry *entry,
				 const struct macnat_table_row *row)
{
	if (entry->origin == row->origin)
		return;
	__macnat_table_origin(table, entry, row->origin);
	__macnat_table_ask_end(entry);
	__macnat_table_confirm(table, entry);
	__macnat_table_changed(table);
	__macnat_table_notify(table, MACNAT_EVENT_ADDED, entry, 0);
}

static int __macnat_table_set(struct macnat_table *table, const struct macnat_table_row *row,
			      enum macnat_table_how how, struct macnat_table_spare *spare)
{
	struct macnat_station *station;
	struct macnat_entry *entry;
	int err = 0;

	entry = macnat_table_entry_rcu(table, &row->key);
	/* what was learned gives way to the operator's word */
	if (entry && how == MACNAT_TABLE_ADD && entry->origin != MACNAT_ORIGIN_LEARNED)
		return -EEXIST;
	if (entry && __macnat_table_station_of(table, entry)->mac == row->mac) {
		__macnat_table_adopt(table, entry, row);
		return 0;
	}

	station = __macnat_table_station_get(table, row->mac, spare);
	if (IS_ERR(station))
		return PTR_ERR(station);
	if (entry) {
		__macnat_table_origin(table, entry, row->origin);
		__macnat_table_move(table, entry, station, true);
		return 0;
	}
	err = __macnat_table_insert(table, row, true, station, spare);
	if (err)
		__macnat_table_station_put(table, station);
	return err;
}

/**
 * macnat_table_set() - add or replace a mapping
 * @table: an uplink's table
 * @row: the mapping
 * @how: what may happen to one that exists
 * @spare: memory that may be used; the caller frees what is left of it
 *
 * Context: RCU read section.
 *
 * Return: 0, -EEXIST, or what rhashtable_insert_fast() returns (-ENOMEM, -E2BIG, -EBUSY)
 */
int macnat_table_set(struct macnat_table *table, const struct macnat_table_row *row,
		     enum macnat_table_how how, struct macnat_table_spare *spare)
{
	int err;

	spin_lock_bh(&table->lock);
	err = __macnat_table_set(table, row, how, spare);
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
	else if (mac && __macnat_table_station_of(table, entry)->mac != mac)
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
		__macnat_table_row_fill(table, entry, row);
		err = 0;
	}
	spin_unlock_bh(&table->lock);
	return err;
}
