// SPDX-License-Identifier: GPL-2.0
/* Who is where: changing a table, and walking it in order. Readers: table.h. */
#include <linux/slab.h>

#include <uapi/linux/macnat.h>

#include "table.h"

/* Mappings visited under one hold of the lock: bounds how long BH stay off. */
#define MACNAT_TABLE_STEP 256

/* Two announcements 2 s apart, RFC 5227 2.3; RFC 4861 7.2.6 allows three. */
#define MACNAT_TABLE_ANNOUNCES 2
#define MACNAT_TABLE_ANNOUNCE_INTERVAL (2 * HZ)

/* A pod that is asked three times and never answers is not there. */
#define MACNAT_TABLE_ASKS 3
#define MACNAT_TABLE_ASK_INTERVAL (HZ / 2)

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
	.hashfn = macnat_table_station_hash,
	.obj_cmpfn = macnat_table_station_cmp,
	.automatic_shrinking = true,
};

/* Conditions of a wait are u32 of jiffies, which save room: is @time over? */
static bool macnat_table_is_over(u32 time)
{
	return (s32)((u32)jiffies - time) >= 0;
}

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
int macnat_table_init(struct macnat_table *table, atomic_t *generation,
		      macnat_table_notify *notify)
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

static void __macnat_table_row_fill(const struct macnat_table *table,
				    const struct macnat_entry *entry,
				    struct macnat_table_row *row)
{
	row->key = entry->key;
	row->mac = __macnat_table_station_of(table, entry)->mac;
	row->origin = entry->origin;
	row->router = READ_ONCE(entry->router);
	row->idle = jiffies - READ_ONCE(entry->used);
}

static void __macnat_table_notify(struct macnat_table *table, unsigned int event,
				  const struct macnat_entry *entry, u64 other)
{
	struct macnat_table_row row;

	__macnat_table_row_fill(table, entry, &row);
	table->notify(table, event, &row, other);
}

static int __macnat_table_station_insert(struct macnat_table *table, u64 mac, bool own,
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

/* Find or make the station of a MAC, for one more mapping. */
static struct macnat_station *__macnat_table_station_get(struct macnat_table *table, u64 mac,
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

static void __macnat_table_station_free(struct macnat_table *table, struct macnat_station *station)
{
	lockdep_assert_held(&table->lock);
	rhashtable_remove_fast(&table->stations, &station->node, macnat_table_station_params);
	WRITE_ONCE(table->n_stations, table->n_stations - 1);
	call_rcu(&station->rcu, macnat_table_station_free_rcu);
}

static void __macnat_table_station_put(struct macnat_table *table, struct macnat_station *station)
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

/* Nobody is told of an address that is only presumed to be the pod's. */
static void __macnat_table_todo_add(struct macnat_table *table, struct macnat_entry *entry,
				    unsigned int times)
{
	lockdep_assert_held(&table->lock);
	if (!entry->confirmed)
		return;
	entry->announces = times;
	list_move_tail(&entry->todo, &table->todo);
}

static void __macnat_table_ask(struct macnat_table *table, struct macnat_entry *entry,
			       enum macnat_table_ask ask)
{
	lockdep_assert_held(&table->lock);
	if (ask <= entry->ask)
		return;
	entry->ask = ask;
	entry->asks = MACNAT_TABLE_ASKS;
	entry->since = jiffies;
	entry->asked = jiffies;
	/* by time: this one is due, the others were asked already */
	list_move(&entry->asking, &table->asks);
}

static void __macnat_table_ask_end(struct macnat_entry *entry)
{
	entry->ask = MACNAT_TABLE_ASK_NOT;
	list_del_init(&entry->asking);
}

/* The pod's own word, or the operator's: peers may be told. */
static void __macnat_table_confirm(struct macnat_table *table, struct macnat_entry *entry)
{
	lockdep_assert_held(&table->lock);
	if (entry->confirmed)
		return;
	WRITE_ONCE(entry->confirmed, true);
	__macnat_table_todo_add(table, entry, MACNAT_TABLE_ANNOUNCES);
}

static void __macnat_table_origin(struct macnat_table *table, struct macnat_entry *entry,
				  u8 origin)
{
	lockdep_assert_held(&table->lock);
	WRITE_ONCE(table->n_learned, table->n_learned - (entry->origin == MACNAT_ORIGIN_LEARNED) +
				     (origin == MACNAT_ORIGIN_LEARNED));
	entry->origin = origin;
}

/* Where a mapping belongs: a free place below @parent. */
static struct rb_node **__macnat_table_order_seek(struct macnat_table *table,
						  const struct macnat_entry *entry,
						  struct rb_node **parent)
{
	struct rb_node **link = &table->order.rb_node;
	struct macnat_entry *other;

	table->next = NULL;
	while (*link) {
		*parent = *link;
		other = rb_entry(*parent, struct macnat_entry, order);
		if (macnat_key_order(&entry->key, &other->key) < 0) {
			table->next = other;
			link = &(*parent)->rb_left;
		} else {
			link = &(*parent)->rb_right;
		}
	}
	return link;
}

/* Does a mapping come right behind the one that was added last? */
static bool __macnat_table_order_is_next(const struct macnat_table *table,
					 const struct macnat_entry *entry)
{
	const struct macnat_entry *newest = table->newest, *next = table->next;

	return newest && !newest->order.rb_right &&
	       macnat_key_order(&entry->key, &newest->key) > 0 &&
	       (!next || macnat_key_order(&entry->key, &next->key) < 0);
}

static void __macnat_table_order_add(struct macnat_table *table, struct macnat_entry *entry)
{
	struct rb_node **link, *parent;

	lockdep_assert_held(&table->lock);
	if (__macnat_table_order_is_next(table, entry)) {
		parent = &table->newest->order;
		link = &parent->rb_right;
	} else {
		parent = NULL;
		link = __macnat_table_order_seek(table, entry, &parent);
	}
	rb_link_node(&entry->order, parent, link);
	rb_insert_color(&entry->order, &table->order);
	table->newest = entry;
}

static void __macnat_table_order_del(struct macnat_table *table, struct macnat_entry *entry)
{
	lockdep_assert_held(&table->lock);
	rb_erase(&entry->order, &table->order);
	if (entry == table->newest || entry == table->next)
		table->newest = NULL;
}

static int __macnat_table_insert(struct macnat_table *table, const struct macnat_table_row *row,
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

static void __macnat_table_move(struct macnat_table *table, struct macnat_entry *entry,
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

static void __macnat_table_remove(struct macnat_table *table, struct macnat_entry *entry,
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
		__macnat_table_remove(table, entry, MACNAT_EVENT_DELETED, 0);
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

/* Take what is to be announced now, and let it wait for the next time. */
static struct macnat_entry *__macnat_table_todo_next(struct macnat_table *table,
						     unsigned long *wait)
{
	struct macnat_entry *entry;

	lockdep_assert_held(&table->lock);
	*wait = 0;
	entry = list_first_entry_or_null(&table->todo, struct macnat_entry, todo);
	if (!entry) {
		entry = list_first_entry_or_null(&table->again, struct macnat_entry, todo);
		if (entry && !macnat_table_is_over(entry->due)) {
			*wait = entry->due - (u32)jiffies;
			return NULL;
		}
	}
	if (!entry)
		return NULL;
	entry->announces--;
	entry->due = jiffies + MACNAT_TABLE_ANNOUNCE_INTERVAL;
	if (entry->announces)
		list_move_tail(&entry->todo, &table->again);
	else
		list_del_init(&entry->todo);
	return entry;
}

/**
 * macnat_table_todo_pop() - take the next mapping that waits to be announced
 * @table: an uplink's table
 * @row: result
 * @wait: if none is to be announced now, jiffies until one is, 0 if there is none at all
 *
 * Context: RCU read section.
 *
 * Return: false if none is to be announced now
 */
bool macnat_table_todo_pop(struct macnat_table *table, struct macnat_table_row *row,
			   unsigned long *wait)
{
	struct macnat_entry *entry;

	spin_lock_bh(&table->lock);
	entry = __macnat_table_todo_next(table, wait);
	if (entry)
		__macnat_table_row_fill(table, entry, row);
	spin_unlock_bh(&table->lock);
	return entry;
}

static bool macnat_table_visit_todo(struct macnat_table *table, struct macnat_entry *entry,
				    void *arg)
{
	unsigned int *times = arg;

	__macnat_table_todo_add(table, entry, *times ?: MACNAT_TABLE_ANNOUNCES);
	return true;
}

/**
 * macnat_table_todo_all() - let every mapping wait to be announced again
 * @table: an uplink's table
 * @times: how often, 0 as for a new one
 *
 * Context: process, while the uplink cannot go. A mapping that is added
 * meanwhile waits anyway.
 */
void macnat_table_todo_all(struct macnat_table *table, unsigned int times)
{
	struct macnat_table_cursor cursor = {};

	do {
		macnat_table_visit(table, &cursor, macnat_table_visit_todo, &times);
	} while (!cursor.end);
}

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
	struct macnat_table_spare spare = {};
	struct macnat_station *station;

	if (READ_ONCE(table->n_bare) >= READ_ONCE(table->limit))
		return MACNAT_TABLE_FULL;
	spare.station = kmem_cache_zalloc(macnat_table_station_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!spare.station)
		return MACNAT_TABLE_NOMEM;
	station = spare.station;
	spin_lock(&table->lock);
	if (!macnat_table_station_rcu(table, mac)) {
		if (__macnat_table_station_insert(table, mac, own, &spare)) {
			learned = MACNAT_TABLE_NOMEM;
		} else {
			list_add_tail(&station->bare, &table->bare);
			WRITE_ONCE(table->n_bare, table->n_bare + 1);
			learned = MACNAT_TABLE_ADDED;
		}
	}
	spin_unlock(&table->lock);
	macnat_table_spare_free(&spare);
	return learned;
}

/* The station uses the address it has: its next frame with it will need no look-up. */
static void macnat_table_hear(struct macnat_table *table, struct macnat_station *station,
			      struct macnat_entry *entry)
{
	struct macnat_entry __rcu **last = &station->last[macnat_key_is_ipv6(&entry->key)];
	const struct macnat_entry *old = rcu_dereference(*last);
	unsigned long now = jiffies;

	WRITE_ONCE(entry->used, now);
	/* a station that uses several addresses at once had better not switch each time */
	if (old == entry || (old && READ_ONCE(old->used) == now) ||
	    !spin_trylock(&table->lock))
		return;
	if (!entry->dead && __macnat_table_station_of(table, entry) == station)
		rcu_assign_pointer(*last, entry);
	spin_unlock(&table->lock);
}

static enum macnat_table_learned __macnat_table_learn_new(struct macnat_table *table,
							  const struct macnat_table_claim *claim,
							  struct macnat_table_spare *spare)
{
	const struct macnat_table_row row = {
		.key = claim->key, .mac = claim->mac, .origin = MACNAT_ORIGIN_LEARNED,
	};
	struct macnat_station *station;

	if (!claim->learn)
		return MACNAT_TABLE_KNOWN;
	if (table->n_learned >= READ_ONCE(table->limit))
		return MACNAT_TABLE_FULL;
	station = __macnat_table_station_get(table, claim->mac, spare);
	if (IS_ERR(station))
		return MACNAT_TABLE_NOMEM;
	if (!__macnat_table_insert(table, &row, claim->strong, station, spare))
		return MACNAT_TABLE_ADDED;
	__macnat_table_station_put(table, station);
	return MACNAT_TABLE_NOMEM;
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
							    struct macnat_table_spare *spare)
{
	struct macnat_station *station = macnat_table_station_rcu(table, claim->mac);
	bool fresh = !station || !station->entries;

	if (entry->origin == MACNAT_ORIGIN_LEARNED && claim->learn) {
		if (!claim->guarded && (claim->strong || fresh)) {
			station = __macnat_table_station_get(table, claim->mac, spare);
			if (IS_ERR(station))
				return MACNAT_TABLE_NOMEM;
			__macnat_table_move(table, entry, station, claim->strong);
			return MACNAT_TABLE_MOVED;
		}
		__macnat_table_ask(table, entry, MACNAT_TABLE_ASK_CLAIM);
	}
	__macnat_table_notify(table, MACNAT_EVENT_CONFLICT, entry, claim->mac);
	return MACNAT_TABLE_REFUSED;
}

static enum macnat_table_learned __macnat_table_learn(struct macnat_table *table,
						      const struct macnat_table_claim *claim,
						      struct macnat_table_spare *spare)
{
	struct macnat_entry *entry;

	lockdep_assert_held(&table->lock);
	entry = macnat_table_entry_rcu(table, &claim->key);
	if (!entry)
		return __macnat_table_learn_new(table, claim, spare);
	if (__macnat_table_station_of(table, entry)->mac != claim->mac)
		return __macnat_table_learn_taken(table, claim, entry, spare);
	WRITE_ONCE(entry->used, jiffies);
	if (!claim->strong || entry->confirmed)
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
	struct macnat_table_spare spare = {};
	enum macnat_table_learned learned;
	struct macnat_entry *entry;

	entry = macnat_table_entry_rcu(table, &claim->key);
	/* no news needs neither lock nor memory */
	if (entry && station && rcu_access_pointer(entry->station) == station &&
	    (!claim->strong || READ_ONCE(entry->confirmed))) {
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
	if (claim->learn && macnat_table_spare_alloc(&spare, GFP_ATOMIC | __GFP_NOWARN))
		return MACNAT_TABLE_NOMEM;
	spin_lock(&table->lock);
	learned = __macnat_table_learn(table, claim, &spare);
	spin_unlock(&table->lock);
	macnat_table_spare_free(&spare);
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
	if (entry && rcu_dereference(entry->station)->mac == mac)
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
		list_del_init(&entry->todo);
		__macnat_table_ask(table, entry, MACNAT_TABLE_ASK_FABRIC);
	}
	spin_unlock(&table->lock);
	return ask;
}

struct macnat_table_ageing {
	unsigned long ageing;
	struct macnat_table_aged *aged;
};

static bool macnat_table_visit_age(struct macnat_table *table, struct macnat_entry *entry,
				   void *arg)
{
	unsigned long idle = jiffies - READ_ONCE(entry->used);
	struct macnat_table_ageing *age = arg;

	if (entry->origin != MACNAT_ORIGIN_LEARNED)
		return true;
	if (idle < age->ageing / 4 * 3) {
		entry->deaf = false;
	} else if (!entry->deaf) {
		__macnat_table_ask(table, entry, MACNAT_TABLE_ASK_AGE);
	} else if (idle >= age->ageing) {
		__macnat_table_remove(table, entry, MACNAT_EVENT_EXPIRED, 0);
		age->aged->expired++;
	}
	return true;
}

/**
 * macnat_table_age() - look at the age of the next mappings
 * @table: an uplink's table
 * @ageing: jiffies after which a silent pod's mapping goes; from three quarters on it is asked
 * @cursor: where to go on; all zero to start, moved along until its end is set
 * @aged: what was removed is added up here
 *
 * Context: RCU read section. Visits a bounded number of mappings a call.
 */
void macnat_table_age(struct macnat_table *table, unsigned long ageing,
		      struct macnat_table_cursor *cursor, struct macnat_table_aged *aged)
{
	struct macnat_table_ageing arg = { .ageing = ageing, .aged = aged };

	macnat_table_visit(table, cursor, macnat_table_visit_age, &arg);
}

/**
 * macnat_table_age_bare() - remove pods without an address that are silent
 * @table: an uplink's table
 * @ageing: jiffies after which they go
 *
 * Context: RCU read section. Looks at a bounded number of them a call, in turn.
 */
void macnat_table_age_bare(struct macnat_table *table, unsigned long ageing)
{
	struct macnat_station *station;
	unsigned int step;

	spin_lock_bh(&table->lock);
	for (step = min_t(unsigned int, table->n_bare, MACNAT_TABLE_STEP); step; step--) {
		station = list_first_entry(&table->bare, struct macnat_station, bare);
		if ((u32)jiffies - READ_ONCE(station->used) < ageing) {
			list_move_tail(&station->bare, &table->bare);
			continue;
		}
		list_del(&station->bare);
		WRITE_ONCE(table->n_bare, table->n_bare - 1);
		__macnat_table_station_free(table, station);
	}
	spin_unlock_bh(&table->lock);
}

/* Was the pod heard with the address since it was asked first? */
static bool macnat_table_has_answered(const struct macnat_entry *entry)
{
	if (entry->ask == MACNAT_TABLE_ASK_CONFIRM)
		return entry->confirmed;
	return (s32)((u32)READ_ONCE(entry->used) - entry->since) > 0;
}

/* The pod was asked often enough and has not answered. */
static void __macnat_table_asks_judge(struct macnat_table *table, struct macnat_entry *entry,
				      struct macnat_table_aged *aged)
{
	switch (entry->ask) {
	case MACNAT_TABLE_ASK_AGE:
		entry->deaf = true;
		break;
	case MACNAT_TABLE_ASK_CLAIM:
		aged->expired++;
		__macnat_table_remove(table, entry, MACNAT_EVENT_EXPIRED, 0);
		return;
	case MACNAT_TABLE_ASK_FABRIC:
		aged->left++;
		__macnat_table_remove(table, entry, MACNAT_EVENT_LEFT, entry->other);
		return;
	}
	__macnat_table_ask_end(entry);
}

/* The next pod to be asked now; those that have answered, or do not, are done with. */
static struct macnat_entry *__macnat_table_asks_next(struct macnat_table *table,
						     unsigned long *wait,
						     struct macnat_table_aged *aged)
{
	unsigned int step = MACNAT_TABLE_STEP;
	struct macnat_entry *entry;

	lockdep_assert_held(&table->lock);
	while ((entry = list_first_entry_or_null(&table->asks, struct macnat_entry, asking))) {
		if (!macnat_table_is_over(entry->asked)) {
			*wait = entry->asked - (u32)jiffies;
			return NULL;
		}
		if (!step--) {
			*wait = 1;
			return NULL;
		}
		if (macnat_table_has_answered(entry)) {
			__macnat_table_ask_end(entry);
		} else if (!entry->asks) {
			__macnat_table_asks_judge(table, entry, aged);
		} else {
			entry->asks--;
			entry->asked = jiffies + MACNAT_TABLE_ASK_INTERVAL;
			list_move_tail(&entry->asking, &table->asks);
			return entry;
		}
	}
	*wait = 0;
	return NULL;
}

/**
 * macnat_table_asks_pop() - take the next mapping whose pod is to be asked
 * @table: an uplink's table
 * @row: result
 * @wait: if none is to be asked now, jiffies until one is, 0 if there is none at all
 * @aged: what was removed since its pod did not answer is added up here
 *
 * Context: RCU read section.
 *
 * Return: false if none is to be asked now
 */
bool macnat_table_asks_pop(struct macnat_table *table, struct macnat_table_row *row,
			   unsigned long *wait, struct macnat_table_aged *aged)
{
	struct macnat_entry *entry;

	spin_lock_bh(&table->lock);
	entry = __macnat_table_asks_next(table, wait, aged);
	if (entry)
		__macnat_table_row_fill(table, entry, row);
	spin_unlock_bh(&table->lock);
	return entry;
}
