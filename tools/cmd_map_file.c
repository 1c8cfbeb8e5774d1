// SPDX-License-Identifier: GPL-2.0
/*
 * macnat map save and restore: mappings as lines of a file, which are commands.
 */
#include "cmd_map_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch.h"
#include "err.h"
#include "queue.h"

static const char *macnat_cmd_map_file_path(const union macnat_model *model)
{
	return model->map.has & MACNAT_MAP_FILE ? model->map.file : "-";
}

static void macnat_cmd_map_file_write(FILE *file, const struct macnat_map *rows, size_t count)
{
	char ip[MACNAT_MODEL_TEXT], vlan[MACNAT_MODEL_TEXT], lladdr[MACNAT_MODEL_TEXT];
	size_t i;

	for (i = 0; i < count; i++) {
		bool tagged = rows[i].vlan.outer || rows[i].vlan.inner;

		fprintf(file, "map replace %s dev %s%s%s lladdr %s\n",
			macnat_model_ip_text(&rows[i].ip, ip), rows[i].dev.name,
			tagged ? " vlan " : "",
			tagged ? macnat_model_vlan_text(&rows[i].vlan, vlan) : "",
			macnat_model_mac_text(&rows[i].lladdr, lladdr));
	}
}

static int macnat_cmd_map_file_failed(const char *path)
{
	return macnat_err_local("cannot write \"%s\": %s", path, strerror(errno));
}

/* All of it is on the disk, or errno tells why not */
static bool macnat_cmd_map_file_close(FILE *file, bool sync)
{
	bool done = !fflush(file) && !ferror(file) && (!sync || !fsync(fileno(file)));
	int code = errno;

	if (fclose(file) && done)
		return false;
	errno = code;
	return done;
}

/* The permissions of a file that is not there yet */
static mode_t macnat_cmd_map_file_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* A file that is new or gets a new content: the old one stays until the new one is complete. */
static int macnat_cmd_map_file_replace(const char *path, mode_t mode,
				       const struct macnat_map *rows, size_t count)
{
	char *temp = NULL;
	FILE *file = NULL;
	int fd = -1, ret;

	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return macnat_err_memory();
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd >= 0 && !fchmod(fd, mode))
		file = fdopen(fd, "w");
	if (file) {
		macnat_cmd_map_file_write(file, rows, count);
		if (macnat_cmd_map_file_close(file, true) && !rename(temp, path)) {
			free(temp);
			return MACNAT_EXIT_OK;
		}
	}
	ret = macnat_cmd_map_file_failed(path);
	if (fd >= 0)
		unlink(temp);
	if (fd >= 0 && !file)
		close(fd);
	free(temp);
	return ret;
}

static int macnat_cmd_map_file_stream(const char *path, const struct macnat_map *rows,
				      size_t count)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return macnat_cmd_map_file_failed(path);
	macnat_cmd_map_file_write(file, rows, count);
	if (!macnat_cmd_map_file_close(file, false))
		return macnat_cmd_map_file_failed(path);
	return MACNAT_EXIT_OK;
}

/* What is no plain file (a pipe, a terminal) is written as it is. A link stays one. */
static int macnat_cmd_map_file_put(const char *path, const struct macnat_map *rows, size_t count)
{
	struct stat status;
	bool is_new = stat(path, &status);
	char *real;
	int ret;

	if (!is_new && !S_ISREG(status.st_mode))
		return macnat_cmd_map_file_stream(path, rows, count);
	real = realpath(path, NULL);
	ret = macnat_cmd_map_file_replace(real ? real : path,
					  is_new ? macnat_cmd_map_file_mode() :
						   status.st_mode & 07777,
					  rows, count);
	free(real);
	return ret;
}

int macnat_cmd_map_save(struct macnat_cmd_context *context, const union macnat_model *model)
{
	const char *path = macnat_cmd_map_file_path(model);
	struct macnat_map filter = model->map, *rows;
	int ret = MACNAT_EXIT_OK;
	size_t count;

	if (context->out.json)
		return macnat_err_local("\"map save\" prints commands, use \"map show\" for JSON");
	/* the others are learned again, or are not true any more */
	filter.has |= MACNAT_MAP_ORIGIN;
	filter.origin = MACNAT_ORIGIN_STATIC;
	ret = macnat_api_map_show(context->api, &filter, &rows, &count);
	if (ret)
		return ret;
	if (strcmp(path, "-"))
		ret = macnat_cmd_map_file_put(path, rows, count);
	else
		macnat_cmd_map_file_write(context->out.file, rows, count);
	free(rows);
	return ret;
}

/**
 * struct macnat_cmd_map_lines - what a file says
 * @dev: the device that is meant, NULL for all
 * @queue: the mappings of it
 */
struct macnat_cmd_map_lines {
	const struct macnat_dev *dev;
	struct macnat_queue queue;
};

/* Is a line about another device than the one that is meant? That one need not exist. */
static bool macnat_cmd_map_is_other(const struct macnat_cmd_map_lines *lines, char **words)
{
	for (; lines->dev && words[0] && words[1]; words++)
		/* it may have other names */
		if (!strcmp(words[0], "dev"))
			return strcmp(words[1], lines->dev->name) &&
			       if_nametoindex(words[1]) != lines->dev->ifindex;
	return false;
}

static int macnat_cmd_map_line_read(void *data, char **words)
{
	struct macnat_cmd_map_lines *lines = data;
	union macnat_model model;
	bool add;
	int ret;

	if (strcmp(words[0], "map") || !words[1] ||
	    (strcmp(words[1], "add") && strcmp(words[1], "replace")))
		return macnat_err_local("\"%s%s%s\" is not what \"map save\" prints, expected "
					"map replace or map add", words[0], words[1] ? " " : "",
					words[1] ? words[1] : "");
	if (macnat_cmd_map_is_other(lines, words + 2))
		return MACNAT_EXIT_OK;
	add = !strcmp(words[1], "add");
	memset(&model, 0, sizeof(model));
	ret = macnat_arg_parse(macnat_cmd_map_new, (const char *const *)words, words + 2, &model);
	return ret ? ret : macnat_queue_add(&lines->queue, &model.map, add);
}

/* Reads all of a file, or of those lines that are about one device. */
static int macnat_cmd_map_read(struct macnat_cmd_context *context, const union macnat_model *model,
			       struct macnat_cmd_map_lines *lines)
{
	int failed = MACNAT_EXIT_OK;
	const struct macnat_batch_reader reader = {
		.line = macnat_cmd_map_line_read, .data = lines, .failed = &failed
	};
	const char *path = macnat_cmd_map_file_path(model);

	if (!strcmp(path, "-") && context->queue && !strcmp(context->queue->path, "-"))
		return macnat_err_local("standard input is the batch itself, name a FILE");
	lines->queue.path = path;
	if (model->map.has & MACNAT_MAP_DEV)
		lines->dev = &model->map.dev;
	return macnat_batch_run(path, &reader);
}

int macnat_cmd_map_restore(struct macnat_cmd_context *context, const union macnat_model *model)
{
	struct macnat_cmd_map_lines lines = { 0 };
	int ret;

	ret = macnat_cmd_map_read(context, model, &lines);
	if (!ret)
		ret = macnat_queue_send(&lines.queue, context->api);
	macnat_queue_free(&lines.queue);
	return ret;
}

/* The first line about what is no uplink is told of before anything changes. */
static int macnat_cmd_map_sync_check(const struct macnat_queue *queue,
				     const struct macnat_uplink *uplinks, size_t count)
{
	struct macnat_err_place place = macnat_err_place();
	const struct macnat_dev *dev;
	size_t i, j;

	for (i = 0; i < queue->count; i++) {
		dev = &queue->lines[i].map.dev;
		for (j = 0; j < count && uplinks[j].dev.ifindex != dev->ifindex; j++)
			;
		if (j < count)
			continue;
		macnat_err_where(queue->path, queue->lines[i].number);
		macnat_err_local("\"%s\" is not an uplink, see: macnat uplink add", dev->name);
		macnat_err_where(place.path, place.line);
		return MACNAT_EXIT_LOCAL;
	}
	return MACNAT_EXIT_OK;
}

/* Each uplink gets what the file says about it, which may be nothing. */
static int macnat_cmd_map_sync_all(struct macnat_api *api, const struct macnat_queue *queue)
{
	const struct macnat_uplink filter = { 0 };
	struct macnat_uplink *uplinks;
	size_t count, i;
	int ret;

	ret = macnat_api_uplink_show(api, &filter, &uplinks, &count);
	if (ret)
		return ret;
	ret = macnat_cmd_map_sync_check(queue, uplinks, count);
	for (i = 0; !ret && i < count; i++)
		ret = macnat_queue_sync(queue, api, &uplinks[i].dev);
	free(uplinks);
	return ret;
}

int macnat_cmd_map_sync(struct macnat_cmd_context *context, const union macnat_model *model)
{
	struct macnat_cmd_map_lines lines = { 0 };
	int ret;

	ret = macnat_cmd_map_read(context, model, &lines);
	if (!ret)
		ret = lines.dev ?
		      macnat_queue_sync(&lines.queue, context->api, lines.dev) :
		      macnat_cmd_map_sync_all(context->api, &lines.queue);
	macnat_queue_free(&lines.queue);
	return ret;
}
