// SPDX-License-Identifier: GPL-2.0
/*
 * All synced mappings of a table replaced at once, by any number of others: readers see the old
 * ones or the new ones, never some of both.
 *
 * A table has two phases, of which readers see one, and a sync makes the other. What it adds is
 * hidden in the phase that is seen, what it replaces or does not name in the one that comes; all
 * else is hidden in none and costs readers nothing. Then the table turns to the other phase, with a
 * grace period before, for who may have passed a mapping before it was added, and one after, for
 * who still looks at the old phase. At last what is hidden goes, and the rest is hidden in none.
 *
 * Mappings may be learned, expire, or be changed by operators all the time. What is learned gives
 * way to the sync, what the operator says meanwhile does not.
 */
#include "table_impl.h"

static bool __macnat_table_sync_is(const struct macnat_table *table, u32 id)
{
	lockdep_assert_held(&table->lock);
	return table->sync != MACNAT_TABLE_SYNC_NOT && table->sync_id == id;
}

/**
 * macnat_table_sync_begin() - begin a sync
 * @table: an uplink's table
 * @id: what it is known by, for an uplink may go, and another come in its place
 *
 * Context: RCU read section.
 *
 * Return: 0, or -EBUSY if there is one
 */
int macnat_table_sync_begin(struct macnat_table *table, u32 id)
{
	int err = 0;

	spin_lock_bh(&table->lock);
	if (table->sync == MACNAT_TABLE_SYNC_NOT) {
		table->sync = MACNAT_TABLE_SYNC_STAGE;
		table->sync_id = id;
		table->sync_changes = false;
	} else {
		err = -EBUSY;
	}
	spin_unlock_bh(&table->lock);
	return err;
}

/* A mapping that is not what the sync says, or NULL, gives way to one that is. */
static int __macnat_table_sync_stage(struct macnat_table *table, struct macnat_entry *entry,
				     const struct macnat_table_row *row,
				     struct macnat_entry **spare)
{
	struct macnat_entry *staged;

	table->sync_changes = true;
	if (entry)
		__macnat_table_hide(table, entry, __macnat_table_other_phase(table));
	staged = __macnat_table_place(table, row, true, table->phase, spare);
	if (IS_ERR(staged)) {
		if (entry)
			__macnat_table_hide(table, entry, 0);
		return PTR_ERR(staged);
	}
	return 0;
}

static int __macnat_table_sync_set(struct macnat_table *table, const struct macnat_table_row *row,
				   struct macnat_entry **spare, bool *overruled)
{
	struct macnat_entry *entry;
	bool same;

	entry = __macnat_table_find(table, &row->key, __macnat_table_other_phase(table));
	same = entry && entry->station.mac == row->mac;
	if (entry && entry->origin == MACNAT_ORIGIN_STATIC) {
		if (!same) {
			__macnat_table_notify(table, MACNAT_EVENT_CONFLICT, entry, row->mac);
			*overruled = true;
		}
		return 0;
	}
	/* the sync has named it before */
	if (entry && (entry->kept || entry->state & table->phase))
		return same ? 0 : -EEXIST;
	if (same && entry->origin == MACNAT_ORIGIN_SYNCED) {
		entry->kept = true;
		return 0;
	}
	return __macnat_table_sync_stage(table, entry, row, spare);
}

/**
 * macnat_table_sync_set() - name mappings of the sync, up to the first that is refused
 * @table: an uplink's table
 * @id: see macnat_table_sync_begin()
 * @rows: the mappings
 * @count: how many; BH stay off for as long as it takes to set them
 * @spares: memory for as many; what is used becomes NULL, the caller frees the rest
 * @done: how many were set
 * @overruled: set if one is another pod's by the operator, which it stays
 *
 * Context: RCU read section.
 *
 * Return: 0, -ECANCELED if the sync is no more, -EEXIST if the address was named with another pod,
 * or what rhashtable_insert_fast() returns
 */
int macnat_table_sync_set(struct macnat_table *table, u32 id, const struct macnat_table_row *rows,
			  unsigned int count, struct macnat_entry **spares, unsigned int *done,
			  bool *overruled)
{
	int err = 0;

	*done = 0;
	spin_lock_bh(&table->lock);
	if (!__macnat_table_sync_is(table, id))
		err = -ECANCELED;
	for (; !err && *done < count; *done += !err)
		err = __macnat_table_sync_set(table, &rows[*done], &spares[*done], overruled);
	spin_unlock_bh(&table->lock);
	return err;
}

/* What the sync has not named goes with the turn; so does a station with all of its mappings. */
static bool macnat_table_sync_leave(struct macnat_table *table, struct macnat_entry *entry,
				    void *arg)
{
	u8 other = __macnat_table_other_phase(table);
	struct macnat_entry *home, *twin;

	if (entry->state & table->phase) {
		/* as late as that, since it may tell so until the turn */
		twin = __macnat_table_find(table, &entry->key, table->phase);
		if (twin)
			__macnat_table_router(entry, twin);
		return true;
	}
	if (entry->origin == MACNAT_ORIGIN_SYNCED && !entry->kept) {
		table->sync_changes = true;
		__macnat_table_hide(table, entry, other);
	}
	if (entry->state & other) {
		home = __macnat_table_station_find(table, entry->station.mac);
		__macnat_table_station_hide(home, macnat_table_station_hidden(&home->station.node) |
						  other);
	}
	return true;
}

/* ... unless others stay. */
static bool macnat_table_sync_stations(struct macnat_table *table, struct macnat_entry *entry,
				       void *arg)
{
	u8 other = __macnat_table_other_phase(table);
	struct macnat_entry *home;

	if (!(entry->state & other)) {
		home = __macnat_table_station_find(table, entry->station.mac);
		__macnat_table_station_hide(home, macnat_table_station_hidden(&home->station.node) &
						  ~other);
	}
	return true;
}

/* Nothing of the sync is left in a mapping. */
static void __macnat_table_sync_settle(struct macnat_table *table, struct macnat_entry *entry)
{
	struct macnat_entry *home = __macnat_table_station_find(table, entry->station.mac);

	__macnat_table_hide(table, entry, 0);
	__macnat_table_station_hide(home, 0);
	home->was_bare = false;
	entry->kept = false;
}

/* After the turn: one that is gone, and what has come in its place */
static void __macnat_table_sync_gone(struct macnat_table *table, struct macnat_entry *entry)
{
	struct macnat_entry *twin = __macnat_table_find(table, &entry->key, table->phase);
	u64 mac = entry->station.mac;

	if (!twin) {
		__macnat_table_remove(table, entry, MACNAT_EVENT_DELETED, 0);
		return;
	}
	__macnat_table_router(twin, entry);
	__macnat_table_unlink(table, entry);
	__macnat_table_sync_settle(table, twin);
	if (twin->station.mac == mac)
		__macnat_table_came(table, twin, MACNAT_EVENT_ADDED, 0);
	else
		__macnat_table_came(table, twin, MACNAT_EVENT_MOVED, mac);
}

static bool macnat_table_sync_clear(struct macnat_table *table, struct macnat_entry *entry,
				    void *arg)
{
	u8 other = __macnat_table_other_phase(table);
	bool new = entry->state & other;

	if (entry->state & table->phase) {
		__macnat_table_sync_gone(table, entry);
	} else if (!new || !__macnat_table_find(table, &entry->key, other)) {
		__macnat_table_sync_settle(table, entry);
		if (new)
			__macnat_table_came(table, entry, MACNAT_EVENT_ADDED, 0);
	}
	/* else the one that it replaces is yet to come here */
	return true;
}

static bool macnat_table_sync_undo(struct macnat_table *table, struct macnat_entry *entry,
				   void *arg)
{
	if (entry->state & table->phase)
		__macnat_table_unlink(table, entry);
	else
		__macnat_table_sync_settle(table, entry);
	return true;
}

/**
 * macnat_table_sync_step() - do one thing to the next mappings
 * @table: an uplink's table
 * @id: see macnat_table_sync_begin()
 * @pass: what to do
 * @cursor: where to go on; all zero to start, moved along until its end is set
 *
 * Context: RCU read section. Visits a bounded number of mappings a call.
 *
 * Return: false if the sync is no more
 */
bool macnat_table_sync_step(struct macnat_table *table, u32 id, enum macnat_table_sync_pass pass,
			    struct macnat_table_cursor *cursor)
{
	static macnat_table_visit_fn * const visits[] = {
		[MACNAT_TABLE_SYNC_LEAVE] = macnat_table_sync_leave,
		[MACNAT_TABLE_SYNC_STATIONS] = macnat_table_sync_stations,
		[MACNAT_TABLE_SYNC_CLEAR] = macnat_table_sync_clear,
		[MACNAT_TABLE_SYNC_UNDO] = macnat_table_sync_undo,
	};
	bool is;

	spin_lock_bh(&table->lock);
	is = __macnat_table_sync_is(table, id);
	if (is)
		__macnat_table_visit(table, cursor, 0, visits[pass], NULL);
	spin_unlock_bh(&table->lock);
	return is;
}

/**
 * macnat_table_sync_changes() - does the turn change anything?
 * @table: an uplink's table, when MACNAT_TABLE_SYNC_LEAVE is done
 * @id: see macnat_table_sync_begin()
 *
 * Context: RCU read section.
 *
 * Return: false if nothing was hidden, then MACNAT_TABLE_SYNC_UNDO ends the sync, without a turn;
 * or if the sync is no more
 */
bool macnat_table_sync_changes(struct macnat_table *table, u32 id)
{
	bool changes;

	spin_lock_bh(&table->lock);
	changes = __macnat_table_sync_is(table, id) && table->sync_changes;
	spin_unlock_bh(&table->lock);
	return changes;
}

/**
 * macnat_table_sync_turn() - from now on, readers see the other phase
 * @table: an uplink's table
 * @id: see macnat_table_sync_begin()
 *
 * The caller waits for a grace period before and after.
 *
 * Context: RCU read section.
 *
 * Return: false if the sync is no more
 */
bool macnat_table_sync_turn(struct macnat_table *table, u32 id)
{
	unsigned int n_entries, n_learned;
	bool is;

	spin_lock_bh(&table->lock);
	is = __macnat_table_sync_is(table, id);
	if (is) {
		n_entries = table->n_entries;
		n_learned = table->n_learned;
		swap(n_entries, table->next_entries);
		swap(n_learned, table->next_learned);
		WRITE_ONCE(table->n_entries, n_entries);
		WRITE_ONCE(table->n_learned, n_learned);
		/* pairs with macnat_table_entry_phased_rcu() and those like it */
		smp_store_release(&table->phase, __macnat_table_other_phase(table));
		table->sync = MACNAT_TABLE_SYNC_SETTLE;
		__macnat_table_changed(table);
	}
	spin_unlock_bh(&table->lock);
	return is;
}

/**
 * macnat_table_sync_end() - the sync is over
 * @table: an uplink's table, of which nothing is hidden any more
 * @id: see macnat_table_sync_begin()
 *
 * Context: RCU read section.
 */
void macnat_table_sync_end(struct macnat_table *table, u32 id)
{
	spin_lock_bh(&table->lock);
	if (__macnat_table_sync_is(table, id))
		table->sync = MACNAT_TABLE_SYNC_NOT;
	spin_unlock_bh(&table->lock);
}
