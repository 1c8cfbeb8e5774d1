/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is where: the mappings of one uplink by (VLAN, IP), and its stations,
 * the pod MACs that mappings point to, by MAC. Knows no skb and no device.
 */
#ifndef MACNAT_TABLE_H
#define MACNAT_TABLE_H

#include <linux/rbtree.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>

#include "key.h"

/**
 * struct macnat_station - a pod MAC behind an uplink
 * @node: in &macnat_table.stations
 * @mac: its address, never changes: a pod that changes its MAC is a new station
 * @entries: mappings that point here; the station goes with the last one.
 *	Under &macnat_table.lock
 * @rcu: readers may hold a station for one grace period after it is gone
 */
struct macnat_station {
	struct rhash_head node;
	u64 mac;
	unsigned int entries;
	struct rcu_head rcu;
};

/**
 * struct macnat_entry - one mapping
 * @node: in &macnat_table.entries
 * @key: VLAN and IP, never changes
 * @origin: MACNAT_ORIGIN_*
 * @order: in &macnat_table.order, under &macnat_table.lock
 * @station: the pod; replaced in place when the IP gets another MAC
 * @todo: in &macnat_table.todo while the mapping waits to be announced, else
 *	empty. Under &macnat_table.lock
 * @rcu: readers may hold an entry for one grace period after it is gone
 */
struct macnat_entry {
	struct rhash_head node;
	struct macnat_key key;
	u8 origin;
	struct rb_node order;
	struct macnat_station __rcu *station;
	struct list_head todo;
	struct rcu_head rcu;
};

/**
 * struct macnat_table - the mappings and stations of one uplink
 * @entries: mappings by key, read under RCU
 * @stations: stations by MAC, read under RCU
 * @lock: the one writer lock: protects insertion into and removal from both
 *	hashes and everything below, and is taken with BH disabled since the
 *	packet path may write too
 * @order: mappings sorted by macnat_key_order(), for dumps
 * @todo: mappings that wait to be announced, first come first served
 * @n_entries: number of mappings, read without the lock
 * @n_stations: number of stations, read without the lock
 * @generation: of all tables of the namespace, bumped by every change. It
 *	starts odd and steps by 2, so it is never 0 (which a dump takes for unset)
 */
struct macnat_table {
	struct rhashtable entries;
	struct rhashtable stations;
	spinlock_t lock; /* the one writer lock, see above */
	struct rb_root order;
	struct list_head todo;
	unsigned int n_entries;
	unsigned int n_stations;
	atomic_t *generation;
};

/**
 * struct macnat_table_spare - memory for one new mapping, taken before the lock
 * @entry: for the mapping
 * @station: for its station
 */
struct macnat_table_spare {
	struct macnat_entry *entry;
	struct macnat_station *station;
};

/**
 * struct macnat_table_row - a mapping as a value
 * @key: VLAN and IP
 * @mac: the pod's MAC
 * @origin: MACNAT_ORIGIN_*
 */
struct macnat_table_row {
	struct macnat_key key;
	u64 mac;
	u8 origin;
};

/**
 * struct macnat_table_filter - which mappings are meant; an unset test passes all
 * @scope: of the key, tested in the bits of @scope_mask
 * @scope_mask: 0 for every VLAN and family
 * @addr: network byte order, tested in the bits of @addr_mask
 * @addr_mask: all 0 for every address
 * @mac: the pod's MAC, 0 for every one
 * @origin: MACNAT_ORIGIN_*, tested if @by_origin
 * @by_origin: test @origin
 */
struct macnat_table_filter {
	u32 scope;
	u32 scope_mask;
	__be32 addr[4];
	__be32 addr_mask[4];
	u64 mac;
	u8 origin;
	bool by_origin;
};

/**
 * struct macnat_table_cursor - how far a walk over a table has come
 * @key: of the mapping that was visited last
 * @started: false before the first one
 * @end: no mapping is left
 */
struct macnat_table_cursor {
	struct macnat_key key;
	bool started;
	bool end;
};

/**
 * enum macnat_table_how - what a new mapping may do to one that exists
 * @MACNAT_TABLE_ADD: nothing, it must not exist
 * @MACNAT_TABLE_REPLACE: change it in place
 */
enum macnat_table_how {
	MACNAT_TABLE_ADD,
	MACNAT_TABLE_REPLACE,
};

static inline u32 macnat_table_entry_hash(const void *key, u32 len, u32 seed)
{
	return macnat_key_hash(key, seed);
}

static inline int macnat_table_entry_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct macnat_entry *entry = obj;

	return !macnat_key_equal(arg->key, &entry->key);
}

static inline u32 macnat_table_station_hash(const void *key, u32 len, u32 seed)
{
	u64 mac = *(const u64 *)key;

	return jhash_2words(mac, mac >> 32, seed);
}

static inline int macnat_table_station_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct macnat_station *station = obj;

	return station->mac != *(const u64 *)arg->key;
}

/*
 * Constant parameters let the compiler fold hash and compare into the
 * look-up: a call to memcmp() alone would cost as much as the rest of it.
 */
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

/**
 * macnat_table_pod_rcu() - the pod that owns an address
 * @table: an uplink's table
 * @key: VLAN and IP
 *
 * Context: RCU read section.
 *
 * Return: the pod's MAC, 0 if there is no such mapping
 */
static inline u64 macnat_table_pod_rcu(struct macnat_table *table, const struct macnat_key *key)
{
	const struct macnat_entry *entry;

	entry = rhashtable_lookup(&table->entries, key, macnat_table_entry_params);
	return entry ? rcu_dereference(entry->station)->mac : 0;
}

/**
 * macnat_table_is_station_rcu() - is this the MAC of a pod behind the uplink?
 * @table: an uplink's table
 * @mac: the address
 *
 * Context: RCU read section.
 *
 * Return: true if a mapping points to @mac
 */
static inline bool macnat_table_is_station_rcu(struct macnat_table *table, u64 mac)
{
	return rhashtable_lookup(&table->stations, &mac, macnat_table_station_params);
}

int macnat_table_setup(void);
void macnat_table_cleanup(void);
int macnat_table_init(struct macnat_table *table, atomic_t *generation);
void macnat_table_destroy(struct macnat_table *table);
int macnat_table_spare_alloc(struct macnat_table_spare *spare);
void macnat_table_spare_free(struct macnat_table_spare *spare);
int macnat_table_set(struct macnat_table *table, const struct macnat_table_row *row,
		     enum macnat_table_how how, struct macnat_table_spare *spare);
int macnat_table_del(struct macnat_table *table, const struct macnat_key *key, u64 mac);
int macnat_table_get(struct macnat_table *table, struct macnat_table_row *row);
unsigned int macnat_table_walk(struct macnat_table *table, const struct macnat_table_filter *filter,
			       struct macnat_table_cursor *cursor, struct macnat_table_row *rows,
			       unsigned int max);
void macnat_table_flush(struct macnat_table *table, const struct macnat_table_filter *filter,
			struct macnat_table_cursor *cursor);
bool macnat_table_todo_pop(struct macnat_table *table, struct macnat_table_row *row);
void macnat_table_todo_all(struct macnat_table *table);

#endif /* MACNAT_TABLE_H */
