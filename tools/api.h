/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The operations of the module, one function each: the model goes in and
 * comes out, netlink stays inside. Every function says what went wrong and
 * returns an exit code.
 */
#ifndef MACNAT_API_H
#define MACNAT_API_H

#include <stddef.h>

#include "model.h"

struct macnat_api;

/**
 * macnat_api_new() - make a connection
 *
 * Nothing is opened or sent before the first operation.
 *
 * Return: the connection, NULL if memory is out
 */
struct macnat_api *macnat_api_new(void);

/**
 * macnat_api_free() - close a connection
 * @api: from macnat_api_new(), or NULL
 */
void macnat_api_free(struct macnat_api *api);

/** macnat_api_uplink_add() - attach to @uplink->dev */
int macnat_api_uplink_add(struct macnat_api *api, const struct macnat_uplink *uplink);
/** macnat_api_uplink_set() - change what @uplink has */
int macnat_api_uplink_set(struct macnat_api *api, const struct macnat_uplink *uplink);
/** macnat_api_uplink_del() - detach from @uplink->dev */
int macnat_api_uplink_del(struct macnat_api *api, const struct macnat_uplink *uplink);
/**
 * macnat_api_uplink_show() - read one uplink or all
 * @api: the connection
 * @uplink: with the device, or all zero for all
 * @rows: array, to be freed by the caller; NULL on failure
 * @count: its length
 *
 * Return: an exit code
 */
int macnat_api_uplink_show(struct macnat_api *api, const struct macnat_uplink *uplink,
			   struct macnat_uplink **rows, size_t *count);

/** macnat_api_map_add() - add a mapping that must not exist */
int macnat_api_map_add(struct macnat_api *api, const struct macnat_map *map);
/** macnat_api_map_replace() - add a mapping or change it in place */
int macnat_api_map_replace(struct macnat_api *api, const struct macnat_map *map);
/**
 * struct macnat_api_maps - many mappings
 * @map: called for each number from 0 on: the mapping; all are of one device
 * @count: how many
 * @refused: called before it is said that the kernel refuses the mapping of a number
 * @data: handed to both
 */
struct macnat_api_maps {
	const struct macnat_map *(*map)(size_t number, void *data);
	size_t count;
	void (*refused)(size_t number, void *data);
	void *data;
};

/**
 * macnat_api_maps_add() - add mappings that must not exist, in order
 * @api: the connection
 * @maps: the mappings; those before one that is refused are added
 * @tried: how many the kernel has seen, the one that is refused among them
 *
 * Return: an exit code
 */
int macnat_api_maps_add(struct macnat_api *api, const struct macnat_api_maps *maps,
			size_t *tried);
/** macnat_api_maps_replace() - likewise, but change those that exist */
int macnat_api_maps_replace(struct macnat_api *api, const struct macnat_api_maps *maps,
			    size_t *tried);
/**
 * macnat_api_maps_sync() - make mappings the synced ones of an uplink, all at once
 * @api: the connection
 * @dev: the uplink
 * @maps: the mappings; if one is refused, nothing changes
 *
 * Return: an exit code
 */
int macnat_api_maps_sync(struct macnat_api *api, const struct macnat_dev *dev,
			 const struct macnat_api_maps *maps);
/** macnat_api_map_del() - remove a mapping */
int macnat_api_map_del(struct macnat_api *api, const struct macnat_map *map);
/** macnat_api_map_flush() - remove all mappings that pass the filter @map */
int macnat_api_map_flush(struct macnat_api *api, const struct macnat_map *map);
/**
 * macnat_api_map_get() - read one mapping
 * @api: the connection
 * @map: with device, VLAN and address
 * @rows: array of one, to be freed by the caller; NULL on failure
 * @count: its length
 *
 * Return: an exit code
 */
int macnat_api_map_get(struct macnat_api *api, const struct macnat_map *map,
		       struct macnat_map **rows, size_t *count);
/**
 * macnat_api_map_show() - read the mappings that pass a filter
 * @api: the connection
 * @map: the filter
 * @rows: array in the order of the kernel, to be freed by the caller; NULL on failure
 * @count: its length
 *
 * Return: an exit code
 */
int macnat_api_map_show(struct macnat_api *api, const struct macnat_map *map,
			struct macnat_map **rows, size_t *count);

/**
 * macnat_api_stats_show() - read the counters of one uplink or all
 * @api: the connection
 * @stats: with the device, or all zero for all
 * @rows: array, to be freed by the caller; NULL on failure
 * @count: its length
 *
 * Return: an exit code
 */
int macnat_api_stats_show(struct macnat_api *api, const struct macnat_stats *stats,
			  struct macnat_stats **rows, size_t *count);

/**
 * struct macnat_api_events - what becomes of events
 * @uplink: called for an event of an uplink; NULL to leave those out
 * @map: called for an event of a mapping; NULL to leave those out
 * @lost: called when events were lost; the gap is behind those that can be read already
 * @data: handed to each
 */
struct macnat_api_events {
	void (*uplink)(const struct macnat_uplink *uplink, void *data);
	void (*map)(const struct macnat_map *map, void *data);
	void (*lost)(void *data);
	void *data;
};

/**
 * macnat_api_events_open() - get the events of the network namespace from now on
 * @api: the connection, which is good for nothing else then
 *
 * Return: an exit code
 */
int macnat_api_events_open(struct macnat_api *api);
/** macnat_api_events_fd() - the descriptor to wait at for events to be read */
int macnat_api_events_fd(const struct macnat_api *api);
/**
 * macnat_api_events_read() - read some of the events that have come, without waiting
 * @api: the connection
 * @events: what to do with each
 *
 * Return: an exit code
 */
int macnat_api_events_read(struct macnat_api *api, const struct macnat_api_events *events);

#endif /* MACNAT_API_H */
