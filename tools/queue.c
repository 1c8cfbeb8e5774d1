// SPDX-License-Identifier: GPL-2.0
/*
 * Neighbours of one command and one device are one request; an error is about
 * the line that it comes from all the same.
 */
#include "queue.h"

#include <stdlib.h>

#include "err.h"

int macnat_queue_add(struct macnat_queue *queue, const struct macnat_map *map, bool add)
{
	size_t room = queue->room ? queue->room * 2 : 64;
	void *bigger;

	if (queue->count == queue->room) {
		bigger = reallocarray(queue->lines, room, sizeof(*queue->lines));
		if (!bigger)
			return macnat_err_memory();
		queue->lines = bigger;
		queue->room = room;
	}
	queue->lines[queue->count++] = (struct macnat_queue_line){
		.map = *map, .number = macnat_err_line(), .add = add
	};
	return MACNAT_EXIT_OK;
}

/* A part of a queue that is one request, or several */
struct macnat_queue_run {
	const char *path;
	const struct macnat_queue_line *lines;
};

static const struct macnat_map *macnat_queue_run_map(size_t number, void *data)
{
	const struct macnat_queue_run *run = data;

	return &run->lines[number].map;
}

static void macnat_queue_run_refused(size_t number, void *data)
{
	const struct macnat_queue_run *run = data;

	macnat_err_where(run->path, run->lines[number].number);
}

static bool macnat_queue_is_alike(const struct macnat_queue_line *a,
				  const struct macnat_queue_line *b)
{
	return a->add == b->add && a->map.dev.ifindex == b->map.dev.ifindex;
}

/* Sends neighbours from number @first on; says in @next which is the first that was not tried. */
static int macnat_queue_send_run(const struct macnat_queue *queue, struct macnat_api *api,
				 size_t first, size_t *next)
{
	struct macnat_queue_run run = { queue->path, &queue->lines[first] };
	struct macnat_api_maps maps = {
		.map = macnat_queue_run_map, .refused = macnat_queue_run_refused, .data = &run
	};
	size_t tried;
	int ret;

	while (first + maps.count < queue->count &&
	       macnat_queue_is_alike(run.lines, &run.lines[maps.count]))
		maps.count++;
	ret = run.lines->add ? macnat_api_maps_add(api, &maps, &tried) :
			       macnat_api_maps_replace(api, &maps, &tried);
	*next = first + tried;
	return ret;
}

int macnat_queue_send(struct macnat_queue *queue, struct macnat_api *api)
{
	unsigned long line = macnat_err_line();
	int first = MACNAT_EXIT_OK, ret;
	size_t next = 0;

	while (next < queue->count && (queue->force || !first)) {
		ret = macnat_queue_send_run(queue, api, next, &next);
		if (!first)
			first = ret;
	}
	if (queue->count)
		macnat_err_where(queue->path, line);
	queue->count = 0;
	return first;
}

void macnat_queue_free(struct macnat_queue *queue)
{
	free(queue->lines);
	queue->lines = NULL;
	queue->count = 0;
	queue->room = 0;
}
