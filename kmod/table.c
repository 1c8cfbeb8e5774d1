// SPDX-License-Identifier: GPL-2.0
/* Who is where: changing a table, and walking it in order. Readers: table.h. */
#include <linux/slab.h>

#include <uapi/linux/macnat.h>

#include "table.h"

/* Mappings visited under one hold of the lock: bounds how long BH stay off. */
#define MACNAT_TABLE_STEP 256

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
	macnat_table_entry_cache = KMEM_CACHE(macnat_entry, SLAB_ACCOUNT);
	if (!macnat_table_entry_cache)
		return -ENOMEM;
	macnat_table_station_cache = KMEM_CACHE(macnat_station, SLAB_ACCOUNT);
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
 *
 * Context: process, may sleep.
 *
 * Return: 0 or -ENOMEM
 */
int macnat_table_init(struct macnat_table *table, atomic_t *generation)
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
	INIT_LIST_HEAD(&table->todo);
	table->n_entries = 0;
	table->n_stations = 0;
	table->generation = generation;
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
 *
 * Context: process, may sleep. Charged to the caller's memcg.
 *
 * Return: 0 or -ENOMEM
 */
int macnat_table_spare_alloc(struct macnat_table_spare *spare)
{
	spare->entry = kmem_cache_zalloc(macnat_table_entry_cache, GFP_KERNEL);
	spare->station = kmem_cache_zalloc(macnat_table_station_cache, GFP_KERNEL);
	if (spare->entry && spare->station)
		return 0;
	macnat_table_spare_free(spare);
	return -ENOMEM;
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

static struct macnat_station *__macnat_table_station_of(const struct macnat_table *table,
							const struct macnat_entry *entry)
{
	return rcu_dereference_protected(entry->station, lockdep_is_held(&table->lock));
}

/* Find or make the station of a MAC, for one more mapping. */
static struct macnat_station *__macnat_table_station_get(struct macnat_table *table, u64 mac,
							 struct macnat_table_spare *spare)
{
	struct macnat_station *station;
	int err;

	lockdep_assert_held(&table->lock);
	station = rhashtable_lookup(&table->stations, &mac, macnat_table_station_params);
	if (!station) {
		station = spare->station;
		station->mac = mac;
		err = rhashtable_insert_fast(&table->stations, &station->node,
					     macnat_table_station_params);
		if (err)
			return ERR_PTR(err);
		spare->station = NULL;
		WRITE_ONCE(table->n_stations, table->n_stations + 1);
	}
	station->entries++;
	return station;
}

static void __macnat_table_station_put(struct macnat_table *table, struct macnat_station *station)
{
	lockdep_assert_held(&table->lock);
	if (--station->entries)
		return;
	rhashtable_remove_fast(&table->stations, &station->node, macnat_table_station_params);
	WRITE_ONCE(table->n_stations, table->n_stations - 1);
	call_rcu(&station->rcu, macnat_table_station_free_rcu);
}

static void __macnat_table_changed(struct macnat_table *table)
{
	lockdep_assert_held(&table->lock);
	atomic_add(2, table->generation);
}

static void __macnat_table_todo_add(struct macnat_table *table, struct macnat_entry *entry)
{
	lockdep_assert_held(&table->lock);
	if (list_empty(&entry->todo))
		list_add_tail(&entry->todo, &table->todo);
}

static void __macnat_table_order_add(struct macnat_table *table, struct macnat_entry *entry)
{
	struct rb_node **link = &table->order.rb_node, *parent = NULL;
	struct macnat_entry *other;

	lockdep_assert_held(&table->lock);
	while (*link) {
		parent = *link;
		other = rb_entry(parent, struct macnat_entry, order);
		if (macnat_key_order(&entry->key, &other->key) < 0)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&entry->order, parent, link);
	rb_insert_color(&entry->order, &table->order);
}

static int __macnat_table_insert(struct macnat_table *table, const struct macnat_table_row *row,
				 struct macnat_station *station, struct macnat_table_spare *spare)
{
	struct macnat_entry *entry = spare->entry;
	int err;

	entry->key = row->key;
	entry->origin = row->origin;
	INIT_LIST_HEAD(&entry->todo);
	RCU_INIT_POINTER(entry->station, station);
	err = rhashtable_insert_fast(&table->entries, &entry->node, macnat_table_entry_params);
	if (err)
		return err;
	spare->entry = NULL;
	__macnat_table_order_add(table, entry);
	WRITE_ONCE(table->n_entries, table->n_entries + 1);
	__macnat_table_todo_add(table, entry);
	return 0;
}

static void __macnat_table_move(struct macnat_table *table, struct macnat_entry *entry,
				struct macnat_station *station)
{
	struct macnat_station *old = __macnat_table_station_of(table, entry);

	rcu_assign_pointer(entry->station, station);
	__macnat_table_station_put(table, old);
	__macnat_table_todo_add(table, entry);
}

static void __macnat_table_remove(struct macnat_table *table, struct macnat_entry *entry)
{
	rhashtable_remove_fast(&table->entries, &entry->node, macnat_table_entry_params);
	rb_erase(&entry->order, &table->order);
	list_del(&entry->todo);
	WRITE_ONCE(table->n_entries, table->n_entries - 1);
	__macnat_table_station_put(table, __macnat_table_station_of(table, entry));
	call_rcu(&entry->rcu, macnat_table_entry_free_rcu);
	__macnat_table_changed(table);
}

static int __macnat_table_set(struct macnat_table *table, const struct macnat_table_row *row,
			      enum macnat_table_how how, struct macnat_table_spare *spare)
{
	struct macnat_station *station;
	struct macnat_entry *entry;
	int err = 0;

	entry = rhashtable_lookup(&table->entries, &row->key, macnat_table_entry_params);
	if (entry && how == MACNAT_TABLE_ADD)
		return -EEXIST;
	if (entry && __macnat_table_station_of(table, entry)->mac == row->mac)
		return 0;

	station = __macnat_table_station_get(table, row->mac, spare);
	if (IS_ERR(station))
		return PTR_ERR(station);
	if (entry)
		__macnat_table_move(table, entry, station);
	else
		err = __macnat_table_insert(table, row, station, spare);
	if (err)
		__macnat_table_station_put(table, station);
	else
		__macnat_table_changed(table);
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
	entry = rhashtable_lookup(&table->entries, key, macnat_table_entry_params);
	if (!entry)
		err = -ENOENT;
	else if (mac && __macnat_table_station_of(table, entry)->mac != mac)
		err = -EXDEV;
	else
		__macnat_table_remove(table, entry);
	spin_unlock_bh(&table->lock);
	return err;
}

static void __macnat_table_row_fill(const struct macnat_table *table,
				    const struct macnat_entry *entry,
				    struct macnat_table_row *row)
{
	row->key = entry->key;
	row->mac = __macnat_table_station_of(table, entry)->mac;
	row->origin = entry->origin;
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
	entry = rhashtable_lookup(&table->entries, &row->key, macnat_table_entry_params);
	if (entry) {
		__macnat_table_row_fill(table, entry, row);
		err = 0;
	}
	spin_unlock_bh(&table->lock);
	return err;
}

/* The first mapping behind the cursor, which need not exist any more. */
static struct macnat_entry *__macnat_table_seek(struct macnat_table *table,
						const struct macnat_table_cursor *cursor)
{
	struct rb_node *node = table->order.rb_node;
	struct macnat_entry *found = NULL, *entry;

	lockdep_assert_held(&table->lock);
	if (!cursor->started)
		return rb_entry_safe(rb_first(&table->order), struct macnat_entry, order);

	while (node) {
		entry = rb_entry(node, struct macnat_entry, order);
		if (macnat_key_order(&entry->key, &cursor->key) > 0) {
			found = entry;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

static bool macnat_table_row_matches(const struct macnat_table_row *row,
				     const struct macnat_table_filter *filter)
{
	unsigned int i;

	if ((row->key.scope ^ filter->scope) & filter->scope_mask)
		return false;
	for (i = 0; i < ARRAY_SIZE(row->key.addr); i++)
		if ((row->key.addr[i] ^ filter->addr[i]) & filter->addr_mask[i])
			return false;
	if (filter->mac && row->mac != filter->mac)
		return false;
	return !filter->by_origin || row->origin == filter->origin;
}

/*
 * Show the next mappings to @visit, in order, until it returns false or has
 * seen MACNAT_TABLE_STEP of them. It may remove the mapping it is shown.
 */
static void macnat_table_visit(struct macnat_table *table, struct macnat_table_cursor *cursor,
			       bool (*visit)(struct macnat_table *table,
					     struct macnat_entry *entry, void *arg),
			       void *arg)
{
	struct macnat_entry *entry, *next;
	unsigned int step;
	bool more = true;

	spin_lock_bh(&table->lock);
	entry = __macnat_table_seek(table, cursor);
	for (step = 0; entry && more && step < MACNAT_TABLE_STEP; step++) {
		next = rb_entry_safe(rb_next(&entry->order), struct macnat_entry, order);
		cursor->key = entry->key;
		cursor->started = true;
		more = visit(table, entry, arg);
		entry = next;
	}
	cursor->end = !entry;
	spin_unlock_bh(&table->lock);
}

struct macnat_table_walk {
	const struct macnat_table_filter *filter;
	struct macnat_table_row *rows;
	unsigned int n;
	unsigned int max;
};

static bool macnat_table_visit_walk(struct macnat_table *table, struct macnat_entry *entry,
				    void *arg)
{
	struct macnat_table_walk *walk = arg;

	__macnat_table_row_fill(table, entry, &walk->rows[walk->n]);
	if (macnat_table_row_matches(&walk->rows[walk->n], walk->filter))
		walk->n++;
	return walk->n < walk->max;
}

/**
 * macnat_table_walk() - the next mappings, in order
 * @table: an uplink's table
 * @filter: which mappings are meant
 * @cursor: where to go on; all zero to start, moved along
 * @rows: result
 * @max: room in @rows
 *
 * Visits a bounded number of mappings a call: a result of 0 does not mean the
 * end, &macnat_table_cursor.end does.
 *
 * Context: RCU read section.
 *
 * Return: number of @rows filled
 */
unsigned int macnat_table_walk(struct macnat_table *table, const struct macnat_table_filter *filter,
			       struct macnat_table_cursor *cursor, struct macnat_table_row *rows,
			       unsigned int max)
{
	struct macnat_table_walk walk = { .filter = filter, .rows = rows, .max = max };

	macnat_table_visit(table, cursor, macnat_table_visit_walk, &walk);
	return walk.n;
}

static bool macnat_table_visit_flush(struct macnat_table *table, struct macnat_entry *entry,
				     void *arg)
{
	struct macnat_table_row row;

	__macnat_table_row_fill(table, entry, &row);
	if (macnat_table_row_matches(&row, arg))
		__macnat_table_remove(table, entry);
	return true;
}

/**
 * macnat_table_flush() - remove the next mappings that pass a filter
 * @table: an uplink's table
 * @filter: which mappings are meant
 * @cursor: where to go on; all zero to start, moved along until its end is set
 *
 * Context: RCU read section. Visits a bounded number of mappings a call.
 */
void macnat_table_flush(struct macnat_table *table, const struct macnat_table_filter *filter,
			struct macnat_table_cursor *cursor)
{
	macnat_table_visit(table, cursor, macnat_table_visit_flush, (void *)filter);
}

/**
 * macnat_table_todo_pop() - take the next mapping that waits to be announced
 * @table: an uplink's table
 * @row: result
 *
 * Context: RCU read section.
 *
 * Return: false if none waits
 */
bool macnat_table_todo_pop(struct macnat_table *table, struct macnat_table_row *row)
{
	struct macnat_entry *entry;

	spin_lock_bh(&table->lock);
	entry = list_first_entry_or_null(&table->todo, struct macnat_entry, todo);
	if (entry) {
		list_del_init(&entry->todo);
		__macnat_table_row_fill(table, entry, row);
	}
	spin_unlock_bh(&table->lock);
	return entry;
}

static bool macnat_table_visit_todo(struct macnat_table *table, struct macnat_entry *entry,
				    void *arg)
{
	__macnat_table_todo_add(table, entry);
	return true;
}

/**
 * macnat_table_todo_all() - let every mapping wait to be announced again
 * @table: an uplink's table
 *
 * Context: process, while the uplink cannot go. A mapping that is added
 * meanwhile waits anyway.
 */
void macnat_table_todo_all(struct macnat_table *table)
{
	struct macnat_table_cursor cursor = {};

	do {
		macnat_table_visit(table, &cursor, macnat_table_visit_todo, NULL);
	} while (!cursor.end);
}
