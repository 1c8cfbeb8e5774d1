// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of a file as words: comments, continued lines, and where an error is.
 */
#include "batch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "err.h"

#define MACNAT_BATCH_WORDS	64	/* the longest command has 25 */

/**
 * struct macnat_batch - a file that is being read
 * @file: the file
 * @path: its name, for errors
 * @text: the current line, with those that continue it
 * @len: its length
 * @room: of @text
 * @more: a line that continues it
 * @more_room: of @more
 * @number: of the line that was read last
 * @waits: it may take a while until there is another: no plain file
 * @code: why reading has failed, errno value, 0 if it has not
 */
struct macnat_batch {
	FILE *file;
	const char *path;
	char *text;
	size_t len;
	size_t room;
	char *more;
	size_t more_room;
	unsigned long number;
	bool waits;
	int code;
};

/* Reads a line; false at the end */
static bool macnat_batch_read(struct macnat_batch *batch, char **line, size_t *room, size_t *len)
{
	ssize_t got;

	errno = 0;
	got = getline(line, room, batch->file);
	if (got < 0 && !feof(batch->file))
		batch->code = errno ? errno : EIO;
	*len = got < 0 ? 0 : got;
	batch->number += got >= 0;
	return got >= 0;
}

/* Adds a line to @text; false at the end */
static bool macnat_batch_append(struct macnat_batch *batch)
{
	char *bigger;
	size_t len;

	if (!macnat_batch_read(batch, &batch->more, &batch->more_room, &len))
		return false;
	if (batch->len + len >= batch->room) {
		bigger = realloc(batch->text, (batch->len + len + 1) * 2);
		if (!bigger) {
			batch->code = ENOMEM;
			return false;
		}
		batch->text = bigger;
		batch->room = (batch->len + len + 1) * 2;
	}
	memcpy(batch->text + batch->len, batch->more, len + 1);
	batch->len += len;
	return true;
}

static bool macnat_batch_is_blank(char c)
{
	/* \t \n \v \f \r */
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Does a comment begin here? That is at the start of a word, as words end at blanks alone. */
static bool macnat_batch_has_comment(const char *text)
{
	const char *sign = text;

	while ((sign = strchr(sign, '#'))) {
		if (sign == text || macnat_batch_is_blank(sign[-1]))
			return true;
		sign++;
	}
	return false;
}

/*
 * Does the line, whose last part begins at @part, go on in the next one? Cuts
 * the backslash; one in a comment is part of that.
 */
static bool macnat_batch_is_continued(struct macnat_batch *batch, size_t part)
{
	size_t len = batch->len;

	while (len > part && (batch->text[len - 1] == '\n' || batch->text[len - 1] == '\r'))
		len--;
	if (len == part || batch->text[len - 1] != '\\' ||
	    macnat_batch_has_comment(batch->text + part))
		return false;
	batch->text[len - 1] = ' ';
	batch->text[len] = '\0';
	batch->len = len;
	return true;
}

/* The next line; false at the end */
static bool macnat_batch_next(struct macnat_batch *batch)
{
	size_t part = 0;

	if (!macnat_batch_read(batch, &batch->text, &batch->room, &batch->len))
		return false;
	macnat_err_where(batch->path, batch->number);
	while (macnat_batch_is_continued(batch, part)) {
		part = batch->len;
		if (!macnat_batch_append(batch))
			return !batch->code;
	}
	return true;
}

/* Cuts the word off that begins here, and returns what comes behind it. */
static char *macnat_batch_cut(char *text)
{
	for (;; text++) {
		/* what is above the blanks is in a word, and is nearly all of a line */
		while ((unsigned char)*text > ' ')
			text++;
		if (!*text || macnat_batch_is_blank(*text))
			break;
	}
	if (*text)
		*text++ = '\0';
	return text;
}

static int macnat_batch_words(struct macnat_batch *batch, char **words)
{
	char *text = batch->text;
	size_t count = 0;

	if (strlen(text) != batch->len)
		return macnat_err_local("the line has a NUL byte, a batch is text");
	for (;;) {
		while (macnat_batch_is_blank(*text))
			text++;
		if (!*text || *text == '#')
			break;
		if (count + 1 == MACNAT_BATCH_WORDS)
			return macnat_err_local("the line has more than %d words",
						MACNAT_BATCH_WORDS - 1);
		words[count++] = text;
		text = macnat_batch_cut(text);
	}
	words[count] = NULL;
	return MACNAT_EXIT_OK;
}

static void macnat_batch_note(const struct macnat_batch_reader *reader, int ret)
{
	if (!*reader->failed)
		*reader->failed = ret;
}

/* Would reading block? What stdio has already is not seen, so that it may be said too often. */
static bool macnat_batch_is_idle(const struct macnat_batch *batch)
{
	struct pollfd poll_in = { .fd = fileno(batch->file), .events = POLLIN };

	return batch->waits && !poll(&poll_in, 1, 0);
}

static void macnat_batch_lines(struct macnat_batch *batch, const struct macnat_batch_reader *reader)
{
	char *words[MACNAT_BATCH_WORDS];
	int ret;

	while (reader->force || !*reader->failed) {
		if (reader->idle && macnat_batch_is_idle(batch)) {
			macnat_batch_note(reader, reader->idle(reader->data));
			if (*reader->failed && !reader->force)
				break;
		}
		if (!macnat_batch_next(batch))
			break;
		ret = macnat_batch_words(batch, words);
		if (!ret && words[0])
			ret = reader->line(reader->data, words);
		macnat_batch_note(reader, ret);
	}
}

int macnat_batch_run(const char *path, const struct macnat_batch_reader *reader)
{
	struct macnat_err_place place = macnat_err_place();
	struct macnat_batch batch = { .path = path };
	struct stat status;

	batch.file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!batch.file) {
		macnat_batch_note(reader, macnat_err_local("cannot open \"%s\": %s", path,
							   strerror(errno)));
		return *reader->failed;
	}
	batch.waits = !fstat(fileno(batch.file), &status) && !S_ISREG(status.st_mode);
	macnat_batch_lines(&batch, reader);
	macnat_err_where(place.path, place.line);
	if (batch.code)
		macnat_batch_note(reader, macnat_err_local("cannot read \"%s\": %s", path,
							   strerror(batch.code)));
	free(batch.text);
	free(batch.more);
	if (batch.file != stdin)
		fclose(batch.file);
	return *reader->failed;
}
