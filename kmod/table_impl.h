/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the table share: table.c keeps it, table_order.c sorts it,
 * table_learn.c hears frames, table_wait.c the clock, table_sync.c replaces a part of it at
 * once. Names that start with two underscores are called with the table's lock held.
 */
#ifndef MACNAT_TABLE_IMPL_H
#define MACNAT_TABLE_IMPL_H

#include <uapi/linux/macnat.h>

#include "table.h"

/* Mappings visited under one hold of the lock: bounds how long BH stay off. */
#define MACNAT_TABLE_STEP 256

/**
 * typedef macnat_table_visit_fn - shown one mapping after the other
 * @table: the table, whose lock is held
 * @entry: the mapping, which it may remove
 * @arg: the caller's
 *
 * Return: false to be shown no more
 */
typedef bool macnat_table_visit_fn(struct macnat_table *table, struct macnat_entry *entry,
				   void *arg);

/* Or is it a station only? Under the lock, or when nobody else can reach it. */
static inline bool macnat_table_is_mapping(const struct macnat_entry *entry)
{
	return entry->key.scope != MACNAT_KEY_NONE;
}

static inline bool macnat_table_is_confirmed(const struct macnat_entry *entry)
{
	return READ_ONCE(entry->state) & MACNAT_ENTRY_CONFIRMED;
}

/* The phase that readers do not see */
static inline u8 __macnat_table_other_phase(const struct macnat_table *table)
{
	return table->phase ^ MACNAT_TABLE_PHASES;
}

struct macnat_entry *__macnat_table_find(struct macnat_table *table, const struct macnat_key *key,
					 u8 phase);
struct macnat_entry *__macnat_table_station_find(struct macnat_table *table, u64 mac);
void __macnat_table_hide(struct macnat_table *table, struct macnat_entry *entry, u8 hidden);
void __macnat_table_station_hide(struct macnat_entry *home, u8 hidden);
struct macnat_entry *__macnat_table_place(struct macnat_table *table,
					  const struct macnat_table_row *row, bool confirmed,
					  u8 hidden, struct macnat_entry **spare);
void __macnat_table_changed(struct macnat_table *table);
void __macnat_table_router(struct macnat_entry *entry, const struct macnat_entry *twin);
void __macnat_table_came(struct macnat_table *table, struct macnat_entry *entry,
			 unsigned int event, u64 other);
void __macnat_table_unlink(struct macnat_table *table, struct macnat_entry *entry);
struct macnat_entry *__macnat_table_station_insert(struct macnat_table *table, u64 mac,
						   struct macnat_entry **spare);
void __macnat_table_station_bare(struct macnat_table *table, struct macnat_entry *home, bool own);
void __macnat_table_station_free(struct macnat_table *table, struct macnat_entry *home);
void __macnat_table_row_fill(const struct macnat_entry *entry, struct macnat_table_row *row);
void __macnat_table_notify(struct macnat_table *table, unsigned int event,
			   const struct macnat_entry *entry, u64 other);
int __macnat_table_insert(struct macnat_table *table, const struct macnat_table_row *row,
			  bool confirmed, struct macnat_entry **spare);
int __macnat_table_move(struct macnat_table *table, struct macnat_entry *entry,
			const struct macnat_table_row *row, bool confirmed,
			struct macnat_entry **spare);
void __macnat_table_remove(struct macnat_table *table, struct macnat_entry *entry,
			   unsigned int event, u64 other);
void __macnat_table_order_add(struct macnat_table *table, struct macnat_entry *entry);
void __macnat_table_order_del(struct macnat_table *table, struct macnat_entry *entry);
void __macnat_table_order_replace(struct macnat_table *table, struct macnat_entry *old,
				  struct macnat_entry *entry);
void __macnat_table_visit(struct macnat_table *table, struct macnat_table_cursor *cursor, u8 phase,
			  macnat_table_visit_fn *visit, void *arg);
void macnat_table_visit(struct macnat_table *table, struct macnat_table_cursor *cursor,
			macnat_table_visit_fn *visit, void *arg);
void __macnat_table_todo_add(struct macnat_table *table, struct macnat_entry *entry);
void __macnat_table_todo_del(struct macnat_table *table, struct macnat_entry *entry);
void __macnat_table_ask(struct macnat_table *table, struct macnat_entry *entry,
			enum macnat_table_ask ask);
void __macnat_table_ask_end(struct macnat_table *table, struct macnat_entry *entry);
void __macnat_table_confirm(struct macnat_table *table, struct macnat_entry *entry);

#endif /* MACNAT_TABLE_IMPL_H */
