// SPDX-License-Identifier: GPL-2.0
/* What waits for its time in a table: announcements, questions to pods, and old age. */
#include "table_impl.h"

/* Two announcements 2 s apart, RFC 5227 2.3; RFC 4861 7.2.6 allows three. */
#define MACNAT_TABLE_ANNOUNCES 2
#define MACNAT_TABLE_ANNOUNCE_INTERVAL (2 * HZ)

/* A pod that is asked three times and never answers is not there. */
#define MACNAT_TABLE_ASKS 3
#define MACNAT_TABLE_ASK_INTERVAL (HZ / 2)

/* Conditions of a wait are u32 of jiffies, which save room: is @time over? */
static bool macnat_table_is_over(u32 time)
{
	return (s32)((u32)jiffies - time) >= 0;
}

/* What is being asked waits for that; else it waits to be announced, or for nothing. */
static void __macnat_table_todo_place(struct macnat_table *table, struct macnat_entry *entry)
{
	lockdep_assert_held(&table->lock);
	if (entry->ask != MACNAT_TABLE_ASK_NOT)
		return;
	if (entry->announces)
		list_move_tail(&entry->wait, &table->todo);
	else
		list_del_init(&entry->wait);
}

/**
 * __macnat_table_todo_add() - let a mapping wait to be announced
 * @table: the table
 * @entry: the mapping; nobody is told of an address that is only presumed to be the pod's
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_todo_add(struct macnat_table *table, struct macnat_entry *entry)
{
	if (!macnat_table_is_confirmed(entry))
		return;
	entry->announces = table->parting ? 1 : MACNAT_TABLE_ANNOUNCES;
	__macnat_table_todo_place(table, entry);
}

/**
 * __macnat_table_todo_del() - announce a mapping no more
 * @table: the table
 * @entry: the mapping
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_todo_del(struct macnat_table *table, struct macnat_entry *entry)
{
	entry->announces = 0;
	__macnat_table_todo_place(table, entry);
}

/**
 * __macnat_table_ask() - let a pod be asked whether it has an address
 * @table: the table
 * @entry: the mapping
 * @ask: why; a graver reason replaces another, and asks anew
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_ask(struct macnat_table *table, struct macnat_entry *entry,
			enum macnat_table_ask ask)
{
	lockdep_assert_held(&table->lock);
	if (ask <= entry->ask || table->parting)
		return;
	entry->ask = ask;
	entry->asks = MACNAT_TABLE_ASKS;
	entry->since = jiffies;
	entry->station.due = jiffies;
	/* by time: this one is due, the others were asked already */
	list_move(&entry->wait, &table->asks);
}

/**
 * __macnat_table_ask_end() - ask no more, and let the mapping be announced if it has to
 * @table: the table
 * @entry: the mapping
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_ask_end(struct macnat_table *table, struct macnat_entry *entry)
{
	if (entry->ask == MACNAT_TABLE_ASK_NOT)
		return;
	entry->ask = MACNAT_TABLE_ASK_NOT;
	__macnat_table_todo_place(table, entry);
}

/**
 * __macnat_table_confirm() - the pod's own word, or the operator's: peers may be told
 * @table: the table
 * @entry: the mapping
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_confirm(struct macnat_table *table, struct macnat_entry *entry)
{
	lockdep_assert_held(&table->lock);
	if (macnat_table_is_confirmed(entry))
		return;
	WRITE_ONCE(entry->state, entry->state | MACNAT_ENTRY_CONFIRMED);
	__macnat_table_todo_add(table, entry);
}

/* A sync has taken it away, but not come to clear it: neither announce it nor ask for it. */
static bool macnat_table_is_gone(const struct macnat_table *table, const struct macnat_entry *entry)
{
	return entry->state & table->phase;
}

/* The first that is to be announced, or waits for that. */
static struct macnat_entry *__macnat_table_todo_first(struct macnat_table *table)
{
	struct macnat_entry *entry;

	lockdep_assert_held(&table->lock);
	entry = list_first_entry_or_null(&table->todo, struct macnat_entry, wait);
	return entry ?: list_first_entry_or_null(&table->again, struct macnat_entry, wait);
}

/* Take what is to be announced now, and let it wait for the next time. */
static struct macnat_entry *__macnat_table_todo_next(struct macnat_table *table,
						     unsigned long *wait)
{
	unsigned int step = MACNAT_TABLE_STEP;
	struct macnat_entry *entry;

	/* what is being asked may have to be announced after that */
	*wait = list_empty(&table->asks) ? 0 : MACNAT_TABLE_ASK_INTERVAL;
	while ((entry = __macnat_table_todo_first(table)) && macnat_table_is_gone(table, entry)) {
		__macnat_table_todo_del(table, entry);
		if (!--step) {
			*wait = 1;
			return NULL;
		}
	}
	if (!entry)
		return NULL;
	if (list_empty(&table->todo) && !macnat_table_is_over(entry->station.due)) {
		*wait = entry->station.due - (u32)jiffies;
		return NULL;
	}
	*wait = 0;
	entry->announces--;
	entry->station.due = jiffies + MACNAT_TABLE_ANNOUNCE_INTERVAL;
	if (entry->announces)
		list_move_tail(&entry->wait, &table->again);
	else
		list_del_init(&entry->wait);
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
		__macnat_table_row_fill(entry, row);
	spin_unlock_bh(&table->lock);
	return entry;
}

static bool macnat_table_visit_todo(struct macnat_table *table, struct macnat_entry *entry,
				    void *arg)
{
	if (table->parting)
		__macnat_table_ask_end(table, entry);
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

/**
 * macnat_table_part() - let every mapping wait to be announced once more, and ask no pod again
 * @table: of an uplink that is about to go
 *
 * Context: process.
 */
void macnat_table_part(struct macnat_table *table)
{
	spin_lock_bh(&table->lock);
	table->parting = true;
	spin_unlock_bh(&table->lock);
	macnat_table_todo_all(table);
}

struct macnat_table_ageing {
	unsigned long ageing;
	struct macnat_table_aged *aged;
};

static bool macnat_table_visit_age(struct macnat_table *table, struct macnat_entry *entry,
				   void *arg)
{
	unsigned long idle = jiffies - READ_ONCE(entry->station.used);
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
	struct macnat_entry *home;
	unsigned int step;

	spin_lock_bh(&table->lock);
	for (step = min_t(unsigned int, table->n_bare, MACNAT_TABLE_STEP); step; step--) {
		home = list_first_entry(&table->bare, struct macnat_entry, wait);
		if (jiffies - READ_ONCE(home->station.used) < ageing) {
			list_move_tail(&home->wait, &table->bare);
			continue;
		}
		list_del_init(&home->wait);
		WRITE_ONCE(table->n_bare, table->n_bare - 1);
		__macnat_table_station_free(table, home);
	}
	spin_unlock_bh(&table->lock);
}

/* Was the pod heard with the address since it was asked first, which is seconds ago? */
static bool macnat_table_has_answered(const struct macnat_entry *entry)
{
	unsigned long now = jiffies, since = now - (u16)(now - entry->since);

	if (entry->ask == MACNAT_TABLE_ASK_CONFIRM)
		return macnat_table_is_confirmed(entry);
	return time_after(READ_ONCE(entry->station.used), since);
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
	__macnat_table_ask_end(table, entry);
}

/* The next pod to be asked now; those that have answered, or do not, are done with. */
static struct macnat_entry *__macnat_table_asks_next(struct macnat_table *table,
						     unsigned long *wait,
						     struct macnat_table_aged *aged)
{
	unsigned int step = MACNAT_TABLE_STEP;
	struct macnat_entry *entry;

	lockdep_assert_held(&table->lock);
	while ((entry = list_first_entry_or_null(&table->asks, struct macnat_entry, wait))) {
		if (!macnat_table_is_over(entry->station.due)) {
			*wait = entry->station.due - (u32)jiffies;
			return NULL;
		}
		if (!step--) {
			*wait = 1;
			return NULL;
		}
		if (macnat_table_is_gone(table, entry)) {
			entry->announces = 0;
			__macnat_table_ask_end(table, entry);
		} else if (macnat_table_has_answered(entry)) {
			__macnat_table_ask_end(table, entry);
		} else if (!entry->asks) {
			__macnat_table_asks_judge(table, entry, aged);
		} else {
			entry->asks--;
			entry->station.due = jiffies + MACNAT_TABLE_ASK_INTERVAL;
			list_move_tail(&entry->wait, &table->asks);
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
		__macnat_table_row_fill(entry, row);
	spin_unlock_bh(&table->lock);
	return entry;
}
