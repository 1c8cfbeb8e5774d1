/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is where: the mappings of one uplink by (VLAN, IP), and its stations,
 * the pod MACs that mappings point to, by MAC. Knows no skb and no device.
 */
#ifndef MACNAT_TABLE_H
#define MACNAT_TABLE_H

#include <linux/build_bug.h>
#include <linux/rbtree.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>

#include "key.h"

/**
 * struct macnat_station - a pod MAC behind an uplink; part of a &struct macnat_entry
 * @node: in &macnat_table.stations
 * @mac: its address, never changes: a pod that changes its MAC is a new station
 * @used: jiffies when it was heard last: with the address of the mapping that it is part
 *	of, or at all while there is none
 * @also: of its other mappings the one that it used last, so that its next frame
 *	needs no look-up either. Set and cleared under &macnat_table.lock
 * @entries: mappings of this MAC, or MACNAT_STATION_OWN; written under &macnat_table.lock
 * @due: of the mapping: when it is to be announced, or its pod to be asked again, or the
 *	answer judged. Here since there is room
 *
 * A station goes with its last mapping; one that was learned without any goes
 * when it has been silent for the ageing time.
 */
struct macnat_station {
	struct rhash_head node;
	u64 mac;
	unsigned long used;
	struct macnat_entry __rcu *also;
	u32 entries;
	u32 due;
};

/* A device of the node itself has this MAC: its frames are the node's. */
#define MACNAT_STATION_OWN U32_MAX

/* Addresses that one station can make macnat learn. */
#define MACNAT_TABLE_STATION_MAX 16

/**
 * enum macnat_table_ask - why a pod is asked whether it has an address
 * @MACNAT_TABLE_ASK_NOT: it is not
 * @MACNAT_TABLE_ASK_CONFIRM: only a data frame said so: nobody is told of it before it answers
 * @MACNAT_TABLE_ASK_AGE: it was not heard for long
 * @MACNAT_TABLE_ASK_CLAIM: another pod uses the address
 * @MACNAT_TABLE_ASK_FABRIC: somebody in the fabric uses it
 */
enum macnat_table_ask {
	MACNAT_TABLE_ASK_NOT,
	MACNAT_TABLE_ASK_CONFIRM,
	MACNAT_TABLE_ASK_AGE,
	MACNAT_TABLE_ASK_CLAIM,
	MACNAT_TABLE_ASK_FABRIC,
};

/*
 * A table is in one of two phases, 1 or 2, of which a sync makes the other. What it adds is hidden
 * from readers until then, what it replaces or leaves out from then on; all else is not hidden.
 */
#define MACNAT_TABLE_PHASES	3

/* In &macnat_entry.state: the phases that the mapping, and the station, is hidden in */
#define MACNAT_ENTRY_HIDDEN	MACNAT_TABLE_PHASES
#define MACNAT_ENTRY_STATION_SHIFT	2
/* Its pod itself told in ARP or ND that it has the address, or the operator did. */
#define MACNAT_ENTRY_CONFIRMED	BIT(4)

/**
 * struct macnat_entry - a mapping and the station that it made; a frame needs the first 64 bytes
 * @node: in &macnat_table.entries while it has a @key
 * @key: VLAN and IP; none while it is a station only, never another
 * @router: its pod says that it is a router (RFC 4861 4.4)
 * @state: MACNAT_ENTRY_*; written under &macnat_table.lock, like all below
 * @since: jiffies when its pod was asked first, as many as there is room for
 * @station: its MAC is the mapping's. In &macnat_table.stations if @is_station, else another
 *	entry has the station of this MAC
 * @order: in &macnat_table.order while it has a @key
 * @rcu: readers may hold an entry for one grace period after it is gone
 * @wait: in &macnat_table.asks, .todo or .again while its pod is being asked or it waits to
 *	be announced, in .bare while it is a station without a mapping, else empty
 * @other: the MAC that claims the address too
 * @origin: MACNAT_ORIGIN_*
 * @ask: why its pod is being asked, enum macnat_table_ask
 * @asks: how often it will be asked yet
 * @announces: how often it will be announced yet
 * @deaf: its pod was asked and did not answer
 * @is_station: it is the station of its MAC
 * @spent: it was a mapping and is none any more, but readers may still think so
 * @kept: the sync that is being made names it, and it is what the sync says
 * @told: a sync has taken it away, and who listens knows
 * @was_bare: its station had no mapping before the sync that is being made
 * @was_own: it was MACNAT_STATION_OWN before that
 *
 * Most pods have one address of a family or two, so that a mapping and its station in
 * one object save both memory and time. The station outlives its mapping if others have the MAC.
 */
struct macnat_entry {
	struct rhash_head node;
	struct macnat_key key;
	bool router;
	u8 state;
	u16 since;
	struct macnat_station station;
	union {
		struct rb_node order;
		struct rcu_head rcu;
	};
	struct list_head wait;
	u64 other : 48;
	u64 origin : 2;
	u64 ask : 3;
	u64 asks : 2;
	u64 announces : 2;
	u64 deaf : 1;
	u64 is_station : 1;
	u64 spent : 1;
	u64 kept : 1;
	u64 told : 1;
	u64 was_bare : 1;
	u64 was_own : 1;
};

/* Clusters have a million of them. */
static_assert(sizeof(struct macnat_entry) <= 120);

/**
 * enum macnat_table_sync - how far a sync has come
 * @MACNAT_TABLE_SYNC_NOT: there is none
 * @MACNAT_TABLE_SYNC_STAGE: mappings are added to the other phase, or it is given up
 * @MACNAT_TABLE_SYNC_SETTLE: the other phase is the table's now, the last one is cleared
 */
enum macnat_table_sync {
	MACNAT_TABLE_SYNC_NOT,
	MACNAT_TABLE_SYNC_STAGE,
	MACNAT_TABLE_SYNC_SETTLE,
};

struct macnat_table;
struct macnat_table_row;
struct mem_cgroup;

/**
 * typedef macnat_table_notify - told of every change and of every conflict
 * @table: the table, whose lock is held
 * @event: MACNAT_EVENT_*
 * @row: the mapping, as it is now or was last
 * @other: for MACNAT_EVENT_CONFLICT, _MOVED and _LEFT the other MAC, else 0
 */
typedef void macnat_table_notify(struct macnat_table *table, unsigned int event,
				 const struct macnat_table_row *row, u64 other);

/**
 * struct macnat_table - the mappings and stations of one uplink
 * @entries: mappings by key, read under RCU; two of a key only while a sync is made, which
 *	are never to be seen in the same phase
 * @stations: stations by MAC, read under RCU
 * @lock: the one writer lock: protects insertion into and removal from both
 *	hashes and everything below, and is taken with BH disabled since the
 *	packet path writes too
 * @order: mappings sorted by macnat_key_order(), for dumps
 * @newest: the mapping that was added last, NULL if it or @next is gone: what is loaded in
 *	order finds its place behind it
 * @next: the one after @newest in @order, NULL if there is none
 * @todo: mappings that wait to be announced, first come first served
 * @again: mappings that were announced and will be once more, by time
 * @asks: mappings whose pods are being asked, by time; announced, if they have to be, after that
 * @bare: stations without a mapping
 * @sync: how far the sync has come that is being made
 * @sync_id: which one that is
 * @sync_changes: it has hidden something in one of the phases
 * @phase: what readers see, see MACNAT_TABLE_PHASES; read without the lock
 * @n_entries: number of mappings, read without the lock
 * @n_stations: number of stations, hidden ones among them, read without the lock
 * @n_learned: number of learned mappings, read without the lock
 * @n_bare: number of stations without a mapping, read without the lock
 * @next_entries: what @n_entries is in the other phase
 * @next_learned: what @n_learned is in the other phase
 * @limit: the most that @n_learned and @n_bare each may become, but for the node's own devices
 * @parting: the uplink is about to go, nobody is asked any more
 * @memcg: who is charged for what frames make the table learn, held; never changes
 * @generation: of all tables of the namespace, bumped by every change. It
 *	starts odd and steps by 2, so it is never 0 (which a dump takes for unset)
 * @notify: who is told of changes
 */
struct macnat_table {
	struct rhashtable entries;
	struct rhashtable stations;
	spinlock_t lock; /* the one writer lock, see above */
	struct rb_root order;
	struct macnat_entry *newest;
	struct macnat_entry *next;
	struct list_head todo;
	struct list_head again;
	struct list_head asks;
	struct list_head bare;
	enum macnat_table_sync sync;
	u32 sync_id;
	bool sync_changes;
	u8 phase;
	unsigned int n_entries;
	unsigned int n_stations;
	unsigned int n_learned;
	unsigned int n_bare;
	unsigned int next_entries;
	unsigned int next_learned;
	unsigned int limit;
	bool parting;
	struct mem_cgroup *memcg;
	atomic_t *generation;
	macnat_table_notify *notify;
};

/**
 * struct macnat_table_row - a mapping as a value
 * @key: VLAN and IP
 * @mac: the pod's MAC
 * @origin: MACNAT_ORIGIN_*
 * @router: the pod is a router
 * @idle: jiffies since the pod was heard with this address
 */
struct macnat_table_row {
	struct macnat_key key;
	u64 mac;
	u8 origin;
	bool router;
	unsigned long idle;
};

/**
 * struct macnat_table_claim - what a pod's frame says about its sender
 * @key: VLAN and IP that the pod uses as its own
 * @mac: the pod's MAC, a station's
 * @strong: ARP or ND says so, not merely a data frame
 * @learn: a new mapping may be made
 * @guarded: an owner that answers keeps its address, whoever says what
 */
struct macnat_table_claim {
	struct macnat_key key;
	u64 mac;
	bool strong;
	bool learn;
	bool guarded;
};

/**
 * enum macnat_table_learned - what became of a claim
 * @MACNAT_TABLE_KNOWN: nothing new
 * @MACNAT_TABLE_CONFIRMED: the pod itself has told of a mapping that was only presumed
 * @MACNAT_TABLE_ADDED: a mapping was added
 * @MACNAT_TABLE_MOVED: the mapping went to the pod
 * @MACNAT_TABLE_REFUSED: the address is another's
 * @MACNAT_TABLE_FULL: the uplink or the station has as many as it may have
 * @MACNAT_TABLE_NOMEM: there is no memory
 */
enum macnat_table_learned {
	MACNAT_TABLE_KNOWN,
	MACNAT_TABLE_CONFIRMED,
	MACNAT_TABLE_ADDED,
	MACNAT_TABLE_MOVED,
	MACNAT_TABLE_REFUSED,
	MACNAT_TABLE_FULL,
	MACNAT_TABLE_NOMEM,
};

/**
 * struct macnat_table_aged - what macnat_table_asks_pop() has done
 * @expired: mappings removed since their pod did not answer
 * @left: mappings removed since they are in the fabric now
 */
struct macnat_table_aged {
	unsigned int expired;
	unsigned int left;
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

/**
 * enum macnat_table_sync_pass - what macnat_table_sync_step() does to each mapping
 * @MACNAT_TABLE_SYNC_LEAVE: those that the sync does not name will be hidden, with their stations
 * @MACNAT_TABLE_SYNC_STATIONS: stations of those that will not be hidden will not be either
 * @MACNAT_TABLE_SYNC_CLEAR: after the turn: what is hidden goes, what is new is announced
 * @MACNAT_TABLE_SYNC_UNDO: before the turn: all is as it was
 */
enum macnat_table_sync_pass {
	MACNAT_TABLE_SYNC_LEAVE,
	MACNAT_TABLE_SYNC_STATIONS,
	MACNAT_TABLE_SYNC_CLEAR,
	MACNAT_TABLE_SYNC_UNDO,
};

static __always_inline u32 macnat_table_entry_hash(const void *key, u32 len, u32 seed)
{
	return macnat_key_hash(key, seed);
}

static __always_inline bool macnat_table_entry_is(const void *key, const struct rhash_head *node)
{
	return macnat_key_equal(&container_of(node, struct macnat_entry, node)->key, key);
}

/* Of a MAC, or of an IPv4 key as a value */
static __always_inline u32 macnat_table_value_hash(const void *value, u32 len, u32 seed)
{
	return macnat_key_value_hash(*(const u64 *)value, seed);
}

static __always_inline bool macnat_table_ipv4_is(const void *value, const struct rhash_head *node)
{
	const struct macnat_key *key = &container_of(node, struct macnat_entry, node)->key;

	/* it may become none meanwhile, but never another */
	return data_race(macnat_key_ipv4(key->scope, key->addr[0])) == *(const u64 *)value;
}

static __always_inline bool macnat_table_station_is(const void *mac, const struct rhash_head *node)
{
	return container_of(node, struct macnat_entry, station.node)->station.mac ==
	       *(const u64 *)mac;
}

/* In which phases a mapping, or a station, is hidden */
static __always_inline u8 macnat_table_entry_hidden(const struct rhash_head *node)
{
	return READ_ONCE(container_of(node, struct macnat_entry, node)->state) &
	       MACNAT_ENTRY_HIDDEN;
}

static __always_inline u8 macnat_table_station_hidden(const struct rhash_head *node)
{
	return READ_ONCE(container_of(node, struct macnat_entry, station.node)->state) >>
	       MACNAT_ENTRY_STATION_SHIFT & MACNAT_ENTRY_HIDDEN;
}

/*
 * rhashtable_lookup() for the path of every frame: it would call the hash function, and reads from
 * the table where in an object its node is. Here both are inlined. What is hidden from anybody is
 * rare: @phased looks again then, in one of the phases; itself it has none.
 */
static __always_inline struct rhash_head *
macnat_table_lookup_rcu(struct macnat_table *owner, struct rhashtable *table, u8 phase,
			const void *key,
			u32 (*hash)(const void *key, u32 len, u32 seed),
			bool (*is_equal)(const void *key, const struct rhash_head *node),
			u8 (*hidden)(const struct rhash_head *node),
			struct rhash_head *(*phased)(struct macnat_table *owner, const void *key))
{
	struct rhash_lock_head __rcu *const *bucket;
	struct bucket_table *buckets;
	struct rhash_head *node;
	unsigned int index;

	buckets = rht_dereference_rcu(table->tbl, table);
	do {
		index = rht_bucket_index(buckets, hash(key, 0, buckets->hash_rnd));
		bucket = rht_bucket(buckets, index);
		do {
			rht_for_each_rcu_from(node, rht_ptr_rcu(bucket), buckets, index) {
				if (!is_equal(key, node))
					continue;
				if (phased && unlikely(hidden(node)))
					return phased(owner, key);
				if (phased || !(hidden(node) & phase))
					return node;
			}
			/* it ends in another bucket if what stood here was moved meanwhile */
		} while (unlikely(node != RHT_NULLS_MARKER(bucket)));
		/* pairs with the barrier of a resize: what left this table is in the next */
		smp_rmb();
		buckets = rht_dereference_rcu(buckets->future_tbl, table);
	} while (unlikely(buckets));
	return NULL;
}

struct rhash_head *macnat_table_entry_phased_rcu(struct macnat_table *table,
						 const struct macnat_key *key);
struct rhash_head *macnat_table_ipv4_phased_rcu(struct macnat_table *table, u64 value);
struct rhash_head *macnat_table_station_phased_rcu(struct macnat_table *table, u64 mac);

static __always_inline struct rhash_head *
macnat_table_entry_phased(struct macnat_table *table, const void *key)
{
	return macnat_table_entry_phased_rcu(table, key);
}

/* By value: who asks need not have it in memory. */
static __always_inline struct rhash_head *
macnat_table_ipv4_phased(struct macnat_table *table, const void *value)
{
	return macnat_table_ipv4_phased_rcu(table, *(const u64 *)value);
}

static __always_inline struct rhash_head *
macnat_table_station_phased(struct macnat_table *table, const void *mac)
{
	return macnat_table_station_phased_rcu(table, *(const u64 *)mac);
}

/**
 * macnat_table_entry_rcu() - the mapping of an address
 * @table: an uplink's table
 * @key: VLAN and IP
 *
 * Context: RCU read section.
 *
 * Return: the mapping, or NULL
 */
static __always_inline struct macnat_entry *
macnat_table_entry_rcu(struct macnat_table *table, const struct macnat_key *key)
{
	struct rhash_head *node;

	node = macnat_table_lookup_rcu(table, &table->entries, 0, key, macnat_table_entry_hash,
				       macnat_table_entry_is, macnat_table_entry_hidden,
				       macnat_table_entry_phased);
	return node ? container_of(node, struct macnat_entry, node) : NULL;
}

/**
 * macnat_table_pod_rcu() - the pod that owns an address
 * @table: an uplink's table
 * @key: VLAN and IP
 *
 * Context: RCU read section.
 *
 * Return: the pod's MAC, 0 if there is no such mapping
 */
static __always_inline u64 macnat_table_pod_rcu(struct macnat_table *table,
						const struct macnat_key *key)
{
	const struct macnat_entry *entry = macnat_table_entry_rcu(table, key);

	return entry ? entry->station.mac : 0;
}

/**
 * macnat_table_pod_ipv4_rcu() - the pod that owns an IPv4 address
 * @table: an uplink's table
 * @scope: VLAN, see macnat_key_scope()
 * @addr: the address
 *
 * macnat_table_pod_rcu() of values, that need not be in memory.
 *
 * Context: RCU read section.
 *
 * Return: the pod's MAC, 0 if there is no such mapping
 */
static __always_inline u64 macnat_table_pod_ipv4_rcu(struct macnat_table *table, u32 scope,
						     __be32 addr)
{
	u64 value = macnat_key_ipv4(scope, addr);
	const struct rhash_head *node;

	node = macnat_table_lookup_rcu(table, &table->entries, 0, &value, macnat_table_value_hash,
				       macnat_table_ipv4_is, macnat_table_entry_hidden,
				       macnat_table_ipv4_phased);
	return node ? container_of(node, struct macnat_entry, node)->station.mac : 0;
}

/**
 * macnat_table_station_rcu() - a pod behind the uplink, by its MAC
 * @table: an uplink's table
 * @mac: the address
 *
 * Context: RCU read section.
 *
 * Return: the station, or NULL
 */
static __always_inline struct macnat_station *
macnat_table_station_rcu(struct macnat_table *table, u64 mac)
{
	struct rhash_head *node;

	node = macnat_table_lookup_rcu(table, &table->stations, 0, &mac, macnat_table_value_hash,
				       macnat_table_station_is, macnat_table_station_hidden,
				       macnat_table_station_phased);
	return node ? container_of(node, struct macnat_station, node) : NULL;
}

/**
 * macnat_table_home_rcu() - the entry that a station is part of
 * @station: the station
 *
 * Context: RCU read section.
 *
 * Return: the entry, which may be no mapping
 */
static __always_inline struct macnat_entry *
macnat_table_home_rcu(const struct macnat_station *station)
{
	return container_of(station, struct macnat_entry, station);
}

/**
 * macnat_table_is_own_rcu() - is a station a device of the node itself?
 * @station: the station
 *
 * Context: RCU read section.
 *
 * Return: true if its frames are the node's
 */
static __always_inline bool macnat_table_is_own_rcu(const struct macnat_station *station)
{
	return READ_ONCE(station->entries) == MACNAT_STATION_OWN;
}

/**
 * macnat_table_is_station_rcu() - is this the MAC of a pod behind the uplink?
 * @table: an uplink's table
 * @mac: the address
 *
 * Context: RCU read section.
 *
 * Return: true if @mac is a station's, and not the node's
 */
static inline bool macnat_table_is_station_rcu(struct macnat_table *table, u64 mac)
{
	const struct macnat_station *station = macnat_table_station_rcu(table, mac);

	return station && !macnat_table_is_own_rcu(station);
}

/**
 * macnat_table_touch_rcu() - note that a pod was heard now
 * @station: the station, or that of the mapping's own entry
 *
 * Context: RCU read section.
 */
static __always_inline void macnat_table_touch_rcu(struct macnat_station *station)
{
	unsigned long now = jiffies;

	if (READ_ONCE(station->used) != now)
		WRITE_ONCE(station->used, now);
}

/**
 * macnat_table_heard_rcu() - note that a station used an address
 * @station: the station
 * @scope: of the key, see macnat_key_scope()
 * @addr: IP address, network byte order, of either family, any alignment
 * @ipv6: which of both; a constant for it to cost nothing
 *
 * Context: RCU read section.
 *
 * Return: false if it is neither the station's first nor the other one that it used last
 */
static __always_inline bool macnat_table_heard_rcu(const struct macnat_station *station, u32 scope,
						   const void *addr, bool ipv6)
{
	struct macnat_entry *entry = macnat_table_home_rcu(station);

	if (!macnat_key_is(&entry->key, scope, addr, ipv6)) {
		entry = rcu_dereference(station->also);
		if (!entry || !macnat_key_is(&entry->key, scope, addr, ipv6))
			return false;
	}
	/* from whom is for a look-up to say */
	if (unlikely(macnat_table_entry_hidden(&entry->node)))
		return false;
	macnat_table_touch_rcu(&entry->station);
	return true;
}

int macnat_table_setup(void);
void macnat_table_cleanup(void);
int macnat_table_init(struct macnat_table *table, atomic_t *generation,
		      macnat_table_notify *notify);
void macnat_table_destroy(struct macnat_table *table);
struct macnat_entry *macnat_table_spare_alloc(const struct macnat_table *table);
void macnat_table_spare_free(struct macnat_entry *spare);
bool macnat_table_spares_alloc(struct macnat_entry **spares, unsigned int count);
void macnat_table_spares_free(struct macnat_entry *const *spares, unsigned int count);
int macnat_table_set(struct macnat_table *table, const struct macnat_table_row *rows,
		     unsigned int count, enum macnat_table_how how, struct macnat_entry **spares,
		     unsigned int *done);
int macnat_table_del(struct macnat_table *table, const struct macnat_key *key, u64 mac);
bool macnat_table_is_pod(struct macnat_table *table, u64 mac);
int macnat_table_get(struct macnat_table *table, struct macnat_table_row *row);
unsigned int macnat_table_walk(struct macnat_table *table, const struct macnat_table_filter *filter,
			       struct macnat_table_cursor *cursor, struct macnat_table_row *rows,
			       unsigned int max);
void macnat_table_flush(struct macnat_table *table, const struct macnat_table_filter *filter,
			struct macnat_table_cursor *cursor);
bool macnat_table_todo_pop(struct macnat_table *table, struct macnat_table_row *row,
			   unsigned long *wait);
void macnat_table_todo_all(struct macnat_table *table);
void macnat_table_part(struct macnat_table *table);

int macnat_table_sync_begin(struct macnat_table *table, u32 id);
int macnat_table_sync_set(struct macnat_table *table, u32 id, const struct macnat_table_row *rows,
			  unsigned int count, struct macnat_entry **spares, unsigned int *done,
			  bool *overruled);
bool macnat_table_sync_step(struct macnat_table *table, u32 id, enum macnat_table_sync_pass pass,
			    struct macnat_table_cursor *cursor);
bool macnat_table_sync_changes(struct macnat_table *table, u32 id);
bool macnat_table_sync_turn(struct macnat_table *table, u32 id);
void macnat_table_sync_end(struct macnat_table *table, u32 id);

enum macnat_table_learned macnat_table_station_add(struct macnat_table *table, u64 mac, bool own);
enum macnat_table_learned macnat_table_learn(struct macnat_table *table,
					     const struct macnat_table_claim *claim);
void macnat_table_router_rcu(struct macnat_table *table, const struct macnat_key *key, u64 mac,
			     bool router);
bool macnat_table_contest(struct macnat_table *table, const struct macnat_key *key, u64 mac);
void macnat_table_age(struct macnat_table *table, unsigned long ageing,
		      struct macnat_table_cursor *cursor, struct macnat_table_aged *aged);
void macnat_table_age_bare(struct macnat_table *table, unsigned long ageing);
bool macnat_table_asks_pop(struct macnat_table *table, struct macnat_table_row *row,
			   unsigned long *wait, struct macnat_table_aged *aged);

#endif /* MACNAT_TABLE_H */
