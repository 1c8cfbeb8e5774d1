// SPDX-License-Identifier: GPL-2.0
/* The mappings of a table in order, for dumps and for what looks at all of them a few at a time. */
#include "table_impl.h"

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

/**
 * __macnat_table_order_add() - put a mapping in its place
 * @table: the table
 * @entry: the mapping
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_order_add(struct macnat_table *table, struct macnat_entry *entry)
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

/**
 * __macnat_table_order_del() - take a mapping out
 * @table: the table
 * @entry: the mapping
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_order_del(struct macnat_table *table, struct macnat_entry *entry)
{
	lockdep_assert_held(&table->lock);
	rb_erase(&entry->order, &table->order);
	if (entry == table->newest || entry == table->next)
		table->newest = NULL;
}

/**
 * __macnat_table_order_replace() - put a mapping in the place of another
 * @table: the table
 * @old: the other
 * @entry: the mapping, whose key is the same
 *
 * Context: &macnat_table.lock held.
 */
void __macnat_table_order_replace(struct macnat_table *table, struct macnat_entry *old,
				  struct macnat_entry *entry)
{
	lockdep_assert_held(&table->lock);
	rb_replace_node(&old->order, &entry->order, &table->order);
	if (table->newest == old)
		table->newest = entry;
	if (table->next == old)
		table->next = entry;
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

/* Is one more to be visited under this hold of the lock? Those of a key are visited together. */
static bool macnat_table_may_step(const struct macnat_table_cursor *cursor, unsigned int step,
				  const struct macnat_entry *entry)
{
	return step < MACNAT_TABLE_STEP || !macnat_key_order(&cursor->key, &entry->key);
}

/**
 * __macnat_table_visit() - show the next mappings, in order, to a function
 * @table: the table
 * @cursor: where to go on; all zero to start, moved along until its end is set
 * @phase: only those that can be seen in it, 0 for all
 * @visit: called until it returns false or has seen MACNAT_TABLE_STEP of them
 * @arg: for @visit
 *
 * Context: &macnat_table.lock held, RCU read section.
 */
void __macnat_table_visit(struct macnat_table *table, struct macnat_table_cursor *cursor, u8 phase,
			  macnat_table_visit_fn *visit, void *arg)
{
	struct macnat_entry *entry, *next;
	unsigned int step;
	bool more = true;

	entry = __macnat_table_seek(table, cursor);
	for (step = 0; entry && more && macnat_table_may_step(cursor, step, entry); step++) {
		next = rb_entry_safe(rb_next(&entry->order), struct macnat_entry, order);
		cursor->key = entry->key;
		cursor->started = true;
		if (!(entry->state & phase))
			more = visit(table, entry, arg);
		entry = next;
	}
	cursor->end = !entry;
}

/**
 * macnat_table_visit() - show the next mappings that readers see, in order, to a function
 * @table: the table
 * @cursor: where to go on; all zero to start, moved along until its end is set
 * @visit: called until it returns false or has seen MACNAT_TABLE_STEP of them
 * @arg: for @visit
 *
 * Context: RCU read section, BH enabled or not.
 */
void macnat_table_visit(struct macnat_table *table, struct macnat_table_cursor *cursor,
			macnat_table_visit_fn *visit, void *arg)
{
	spin_lock_bh(&table->lock);
	__macnat_table_visit(table, cursor, table->phase, visit, arg);
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

	__macnat_table_row_fill(entry, &walk->rows[walk->n]);
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

	__macnat_table_row_fill(entry, &row);
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
