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

/* A file that is new or gets a new content: the old one stays until the new one is complete. */
static int macnat_cmd_map_file_replace(const char *path, const struct macnat_map *rows,
				       size_t count)
{
	mode_t mask = umask(0);
	char *temp = NULL;
	FILE *file = NULL;
	int fd = -1, ret;

	umask(mask);
	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return macnat_err_memory();
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd >= 0 && !fchmod(fd, 0666 & ~mask))
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
	char *real;
	int ret;

	if (!stat(path, &status) && !S_ISREG(status.st_mode))
		return macnat_cmd_map_file_stream(path, rows, count);
	real = realpath(path, NULL);
	ret = macnat_cmd_map_file_replace(real ? real : path, rows, count);
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
 * struct macnat_cmd_map_line - a mapping to be restored
 * @map: the mapping
 * @number: of its line, for errors
 * @add: it must not exist
 */
struct macnat_cmd_map_line {
	struct macnat_map map;
	unsigned long number;
	bool add;
};

/**
 * struct macnat_cmd_map_lines - what a file says
 * @dev: name of the device that is meant, NULL for all
 * @lines: the mappings of it
 * @count: how many
 * @room: for how many there is room
 */
struct macnat_cmd_map_lines {
	const char *dev;
	struct macnat_cmd_map_line *lines;
	size_t count;
	size_t room;
};

/* Is a line about another device than the one that is meant? That one need not exist. */
static bool macnat_cmd_map_is_other(const struct macnat_cmd_map_lines *lines, char **words)
{
	for (; lines->dev && words[0] && words[1]; words++)
		if (!strcmp(words[0], "dev"))
			return strcmp(words[1], lines->dev);
	return false;
}

static struct macnat_cmd_map_line *macnat_cmd_map_line_new(struct macnat_cmd_map_lines *lines)
{
	size_t room = lines->room ? lines->room * 2 : 64;
	void *bigger;

	if (lines->count == lines->room) {
		bigger = reallocarray(lines->lines, room, sizeof(*lines->lines));
		if (!bigger)
			return NULL;
		lines->lines = bigger;
		lines->room = room;
	}
	return &lines->lines[lines->count];
}

static int macnat_cmd_map_line_read(void *data, char **words)
{
	struct macnat_cmd_map_lines *lines = data;
	struct macnat_cmd_map_line *line;
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
	ret = macnat_arg_parse(macnat_cmd_map_new, add ? "map add" : "map replace", words + 2,
			       &model);
	if (ret)
		return ret;
	line = macnat_cmd_map_line_new(lines);
	if (!line)
		return macnat_err_memory();
	line->map = model.map;
	line->number = macnat_err_line();
	line->add = add;
	lines->count++;
	return MACNAT_EXIT_OK;
}

/* Lines that go to the kernel together */
struct macnat_cmd_map_run {
	const char *path;
	const struct macnat_cmd_map_line *lines;
};

static const struct macnat_map *macnat_cmd_map_run_map(size_t number, void *data)
{
	const struct macnat_cmd_map_run *run = data;

	return &run->lines[number].map;
}

static void macnat_cmd_map_run_refused(size_t number, void *data)
{
	const struct macnat_cmd_map_run *run = data;

	macnat_err_where(run->path, run->lines[number].number);
}

static bool macnat_cmd_map_is_alike(const struct macnat_cmd_map_line *a,
				    const struct macnat_cmd_map_line *b)
{
	return a->add == b->add && a->map.dev.ifindex == b->map.dev.ifindex;
}

/* The lines in order; neighbours of one command and one device together */
static int macnat_cmd_map_lines_send(struct macnat_api *api, const char *path,
				     const struct macnat_cmd_map_lines *lines)
{
	size_t first, next;
	int ret = MACNAT_EXIT_OK;

	for (first = 0; !ret && first < lines->count; first = next) {
		struct macnat_cmd_map_run run = { path, &lines->lines[first] };
		struct macnat_api_maps maps = {
			.map = macnat_cmd_map_run_map, .refused = macnat_cmd_map_run_refused,
			.data = &run
		};

		for (next = first + 1; next < lines->count; next++)
			if (!macnat_cmd_map_is_alike(run.lines, &lines->lines[next]))
				break;
		maps.count = next - first;
		ret = run.lines->add ? macnat_api_maps_add(api, &maps) :
				       macnat_api_maps_replace(api, &maps);
	}
	return ret;
}

int macnat_cmd_map_restore(struct macnat_cmd_context *context, const union macnat_model *model)
{
	const char *path = macnat_cmd_map_file_path(model);
	struct macnat_cmd_map_lines lines = { 0 };
	int ret;

	if (model->map.has & MACNAT_MAP_DEV)
		lines.dev = model->map.dev.name;
	ret = macnat_batch_run(path, false, macnat_cmd_map_line_read, &lines);
	if (!ret)
		ret = macnat_cmd_map_lines_send(context->api, path, &lines);
	macnat_err_where(NULL, 0);
	free(lines.lines);
	return ret;
}
