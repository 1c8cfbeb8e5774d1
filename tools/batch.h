/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands from a file, one a line.
 */
#ifndef MACNAT_BATCH_H
#define MACNAT_BATCH_H

#include <stdbool.h>

/**
 * macnat_batch_run() - read a file, hand over the words of each line
 * @path: the file, "-" for standard input
 * @force: go on behind a line that has failed
 * @line: called for each line that has words, which are NULL-terminated; returns an exit code
 * @data: handed to @line
 *
 * Words are parted by blanks. '#' begins a comment, a backslash at its end continues a line.
 * What is said on stderr meanwhile begins with "@path:NUMBER:", of the line's beginning.
 *
 * Return: an exit code, of the first line that has failed
 */
int macnat_batch_run(const char *path, bool force, int (*line)(void *data, char **words),
		     void *data);

#endif /* MACNAT_BATCH_H */
