// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of a file as words: comments, continued lines, and where an error is.
 */
#include "batch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

#define MACNAT_BATCH_WORDS	64	/* the longest command has 25 */
#define MACNAT_BATCH_BLANKS	" \t\r\n\v\f"

/**
 * struct macnat_batch - a file that is being read
 * @file: the file
 * @path: its name, for errors
 * @line: the line that was read last
 * @line_room: for how much of it there is room
 * @text: the current line, with those that continue it
 * @len: its length
 * @room: of @text
 * @number: of the line that was read last
 * @code: why reading has failed, errno value, 0 if it has not
 */
struct macnat_batch {
	FILE *file;
	const char *path;
	char *line;
	size_t line_room;
	char *text;
	size_t len;
	size_t room;
	unsigned long number;
	int code;
};

static bool macnat_batch_room(struct macnat_batch *batch, size_t room)
{
	char *bigger;

	if (room <= batch->room)
		return true;
	bigger = realloc(batch->text, room * 2);
	if (!bigger)
		return false;
	batch->text = bigger;
	batch->room = room * 2;
	return true;
}

/* Adds a line to @text; false at the end */
static bool macnat_batch_append(struct macnat_batch *batch)
{
	ssize_t len;
	bool done;

	errno = 0;
	len = getline(&batch->line, &batch->line_room, batch->file);
	done = len >= 0 && macnat_batch_room(batch, batch->len + len + 1);
	if (done) {
		memcpy(batch->text + batch->len, batch->line, len + 1);
		batch->len += len;
		batch->number++;
	} else if (len >= 0 || !feof(batch->file)) {
		batch->code = errno ? errno : EIO;
	}
	return done;
}

/* Does the line go on in the next one? Cuts the backslash. */
static bool macnat_batch_is_continued(struct macnat_batch *batch)
{
	size_t len = batch->len;

	while (len && strchr("\r\n", batch->text[len - 1]))
		len--;
	if (!len || batch->text[len - 1] != '\\')
		return false;
	batch->text[len - 1] = ' ';
	batch->text[len] = '\0';
	batch->len = len;
	return true;
}

/* The next line; false at the end */
static bool macnat_batch_next(struct macnat_batch *batch)
{
	batch->len = 0;
	if (!macnat_batch_append(batch))
		return false;
	macnat_err_where(batch->path, batch->number);
	while (macnat_batch_is_continued(batch))
		if (!macnat_batch_append(batch))
			return !batch->code;
	return true;
}

static int macnat_batch_words(struct macnat_batch *batch, char **words)
{
	size_t count = 0;
	char *save, *word;

	if (strlen(batch->text) != batch->len)
		return macnat_err_local("the line has a NUL byte, a batch is text");
	for (word = strtok_r(batch->text, MACNAT_BATCH_BLANKS, &save); word && *word != '#';
	     word = strtok_r(NULL, MACNAT_BATCH_BLANKS, &save)) {
		if (count + 1 == MACNAT_BATCH_WORDS)
			return macnat_err_local("the line has more than %d words",
						MACNAT_BATCH_WORDS - 1);
		words[count++] = word;
	}
	words[count] = NULL;
	return MACNAT_EXIT_OK;
}

static int macnat_batch_lines(struct macnat_batch *batch, bool force,
			      int (*line)(void *data, char **words), void *data)
{
	char *words[MACNAT_BATCH_WORDS];
	int first = MACNAT_EXIT_OK, ret;

	while ((force || !first) && macnat_batch_next(batch)) {
		ret = macnat_batch_words(batch, words);
		if (!ret && words[0])
			ret = line(data, words);
		if (!first)
			first = ret;
	}
	macnat_err_where(NULL, 0);
	if (!batch->code)
		return first;
	ret = macnat_err_local("cannot read \"%s\": %s", batch->path, strerror(batch->code));
	return first ? first : ret;
}

int macnat_batch_run(const char *path, bool force, int (*line)(void *data, char **words),
		     void *data)
{
	struct macnat_batch batch = { .path = path };
	int ret;

	batch.file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!batch.file)
		return macnat_err_local("cannot open \"%s\": %s", path, strerror(errno));
	ret = macnat_batch_lines(&batch, force, line, data);
	free(batch.text);
	free(batch.line);
	if (batch.file != stdin)
		fclose(batch.file);
	return ret;
}
