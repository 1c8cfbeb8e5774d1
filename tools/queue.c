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
		.map = *map, .number = macnat_err_place().line, .add = add
	};
	return MACNAT_EXIT_OK;
}

/* A part of a queue that is one request, or several: neighbours, or lines that were picked */
struct macnat_queue_run {
	const char *path;
	const struct macnat_queue_line *lines;
	const struct macnat_queue_line **picked;
};

static const struct macnat_queue_line *macnat_queue_run_line(const struct macnat_queue_run *run,
							     size_t number)
{
	return run->picked ? run->picked[number] : &run->lines[number];
}

static const struct macnat_map *macnat_queue_run_map(size_t number, void *data)
{
	return &macnat_queue_run_line(data, number)->map;
}

static void macnat_queue_run_refused(size_t number, void *data)
{
	const struct macnat_queue_run *run = data;

	macnat_err_where(run->path, macnat_queue_run_line(run, number)->number);
}

static bool macnat_queue_is_alike(const struct macnat_queue_line *a,
				  const struct macnat_queue_line *b)
{
	return a->add == b->add && a->map.dev.ifindex == b->map.dev.ifindex;
}

/* Sends neighbours among the first @count lines; says in @tried how many the kernel has seen. */
static int macnat_queue_send_run(const char *path, const struct macnat_queue_line *lines,
				 size_t count, struct macnat_api *api, size_t *tried)
{
	struct macnat_queue_run run = { .path = path, .lines = lines };
	struct macnat_api_maps maps = {
		.map = macnat_queue_run_map, .refused = macnat_queue_run_refused, .data = &run
	};

	/* of what is wrong with all of them the first is told */
	macnat_err_where(path, lines[0].number);
	while (maps.count < count && macnat_queue_is_alike(&lines[0], &lines[maps.count]))
		maps.count++;
	return lines[0].add ? macnat_api_maps_add(api, &maps, tried) :
			      macnat_api_maps_replace(api, &maps, tried);
}

int macnat_queue_send(struct macnat_queue *queue, struct macnat_api *api)
{
	struct macnat_err_place place = macnat_err_place();
	size_t count = queue->count, next, tried, most = count;
	int first = MACNAT_EXIT_OK, ret;

	/* nothing waits any more, should an error lead here once more */
	queue->count = 0;
	for (next = 0; next < count && (queue->force || !first); next += tried) {
		ret = macnat_queue_send_run(queue->path, &queue->lines[next],
					    count - next < most ? count - next : most, api, &tried);
		/* where one is refused the next may be, too: not all is sent each time */
		most = ret ? 1 : most < count ? most * 2 : most;
		if (!first)
			first = ret;
	}
	macnat_err_where(place.path, place.line);
	return first;
}

int macnat_queue_sync(const struct macnat_queue *queue, struct macnat_api *api,
		      const struct macnat_dev *dev)
{
	struct macnat_queue_run run = {
		.path = queue->path, .picked = calloc(queue->count + 1, sizeof(*run.picked))
	};
	struct macnat_api_maps maps = {
		.map = macnat_queue_run_map, .refused = macnat_queue_run_refused, .data = &run
	};
	struct macnat_err_place place = macnat_err_place();
	size_t i;
	int ret;

	if (!run.picked)
		return macnat_err_memory();
	for (i = 0; i < queue->count; i++)
		if (queue->lines[i].map.dev.ifindex == dev->ifindex)
			run.picked[maps.count++] = &queue->lines[i];
	ret = macnat_api_maps_sync(api, dev, &maps);
	macnat_err_where(place.path, place.line);
	free(run.picked);
	return ret;
}

void macnat_queue_free(struct macnat_queue *queue)
{
	free(queue->lines);
	queue->lines = NULL;
	queue->count = 0;
	queue->room = 0;
}
