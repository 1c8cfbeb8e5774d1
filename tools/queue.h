/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mappings that lines of a file tell, and that go to the kernel together.
 */
#ifndef MACNAT_QUEUE_H
#define MACNAT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "api.h"
#include "model.h"

/**
 * struct macnat_queue_line - a mapping to be added
 * @map: the mapping
 * @number: of its line, for errors
 * @add: it must not exist
 */
struct macnat_queue_line {
	struct macnat_map map;
	unsigned long number;
	bool add;
};

/**
 * struct macnat_queue - mappings that wait; all zero is an empty one
 * @path: the file, for errors
 * @force: go on behind one that is refused
 * @lines: the mappings
 * @count: how many
 * @room: for how many there is room
 */
struct macnat_queue {
	const char *path;
	bool force;
	struct macnat_queue_line *lines;
	size_t count;
	size_t room;
};

/**
 * macnat_queue_add() - let a mapping wait
 * @queue: the queue
 * @map: the mapping
 * @add: it must not exist
 *
 * It is of the line that macnat_err_where() was told of.
 *
 * Return: an exit code
 */
int macnat_queue_add(struct macnat_queue *queue, const struct macnat_map *map, bool add);

/**
 * macnat_queue_send() - add all that wait, in order, up to the first that is refused
 * @queue: the queue, which is empty then
 * @api: the module
 *
 * Return: an exit code, with @force that of the first one that is refused
 */
int macnat_queue_send(struct macnat_queue *queue, struct macnat_api *api);

/**
 * macnat_queue_sync() - make those of one uplink its synced mappings, all at once
 * @queue: the queue, which stays as it is
 * @api: the module
 * @dev: the uplink
 *
 * Return: an exit code
 */
int macnat_queue_sync(const struct macnat_queue *queue, struct macnat_api *api,
		      const struct macnat_dev *dev);

/**
 * macnat_queue_free() - forget all that wait
 * @queue: the queue
 */
void macnat_queue_free(struct macnat_queue *queue);

#endif /* MACNAT_QUEUE_H */
