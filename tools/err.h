/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the tool ends, and the one line it says on stderr when it fails.
 */
#ifndef MACNAT_ERR_H
#define MACNAT_ERR_H

#include <stdbool.h>

/**
 * enum macnat_exit - exit codes; every function that can fail returns one
 * @MACNAT_EXIT_OK: done
 * @MACNAT_EXIT_LOCAL: wrong usage, or something failed on this side
 * @MACNAT_EXIT_KERNEL: the kernel refused
 * @MACNAT_EXIT_MODULE: the module is not there
 */
enum macnat_exit {
	MACNAT_EXIT_OK,
	MACNAT_EXIT_LOCAL,
	MACNAT_EXIT_KERNEL,
	MACNAT_EXIT_MODULE,
};

/**
 * macnat_err_say() - print "macnat: ..." as one line on stderr
 * @code: exit code to return
 * @format: the sentence, without a newline
 *
 * Control characters, which can come from the command line, become '?', so
 * that it stays one line and cannot drive the terminal.
 *
 * Return: @code, so that a caller can return the call
 */
int macnat_err_say(enum macnat_exit code, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * macnat_err_where() - what is said from now on is about a line of a file
 * @path: name of the file, which is kept; NULL for none any more
 * @line: number of the line
 */
void macnat_err_where(const char *path, unsigned long line);

/**
 * macnat_err_before() - do something before each error is said
 * @before: does it; an error that it returns false for is not said. NULL for nothing
 * @data: handed to it
 *
 * What @before says itself is said in any case.
 */
void macnat_err_before(bool (*before)(void *data), void *data);

/**
 * struct macnat_err_place - a line of a file
 * @path: the file, NULL for none
 * @line: its number
 */
struct macnat_err_place {
	const char *path;
	unsigned long line;
};

/** macnat_err_place() - what macnat_err_where() was told last, to be told again later */
struct macnat_err_place macnat_err_place(void);

/**
 * macnat_err_local() - macnat_err_say() with MACNAT_EXIT_LOCAL
 * @format: the sentence, without a newline
 *
 * Return: MACNAT_EXIT_LOCAL
 */
int macnat_err_local(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * macnat_err_clean() - replace the control characters of a text by '?'
 * @text: the text, changed in place
 */
void macnat_err_clean(char *text);

/**
 * macnat_err_memory() - say that memory ran out
 *
 * Return: MACNAT_EXIT_LOCAL
 */
int macnat_err_memory(void);

#endif /* MACNAT_ERR_H */
