/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands from a file, one a line.
 */
#ifndef MACNAT_BATCH_H
#define MACNAT_BATCH_H

#include <stdbool.h>

/**
 * struct macnat_batch_reader - what becomes of a file's lines
 * @line: called for each line that has words, which are NULL-terminated; returns an exit code
 * @idle: called before the next line of a pipe or a terminal is waited for; returns an exit code.
 *	NULL if nothing is to be done
 * @data: handed to both
 * @force: go on behind a line that has failed
 * @failed: where the exit code goes of what has failed first, which may be there already
 */
struct macnat_batch_reader {
	int (*line)(void *data, char **words);
	int (*idle)(void *data);
	void *data;
	bool force;
	int *failed;
};

/**
 * macnat_batch_run() - read a file, hand over the words of each line
 * @path: the file, "-" for standard input
 * @reader: who gets them
 *
 * Words are parted by blanks. '#' begins a comment, a backslash at its end continues a line.
 * What is said on stderr meanwhile begins with "@path:NUMBER:", of the line's beginning.
 *
 * Return: an exit code, of what has failed first
 */
int macnat_batch_run(const char *path, const struct macnat_batch_reader *reader);

#endif /* MACNAT_BATCH_H */
