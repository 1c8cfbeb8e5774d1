/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cmocka and what it wants before it, and errors that are kept instead of
 * printed, for tests of the layers that say them.
 */
#ifndef MACNAT_TEST_H
#define MACNAT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "err.h"

/* What was said last, "" for nothing. A test includes this header once, in its .c file. */
static char macnat_test_said[1024];

static inline void __attribute__((format(printf, 1, 0)))
macnat_test_keep(const char *format, va_list args)
{
	vsnprintf(macnat_test_said, sizeof(macnat_test_said), format, args);
}

#ifdef MACNAT_TEST_KEEP_ERRORS
int macnat_err_say(enum macnat_exit code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	macnat_test_keep(format, args);
	va_end(args);
	return code;
}

int macnat_err_local(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	macnat_test_keep(format, args);
	va_end(args);
	return MACNAT_EXIT_LOCAL;
}

int macnat_err_memory(void)
{
	return macnat_err_local("out of memory");
}

void macnat_err_where(const char *path, unsigned long line)
{
	(void)path;
	(void)line;
}

struct macnat_err_place macnat_err_place(void)
{
	return (struct macnat_err_place){ NULL, 0 };
}

void macnat_err_before(bool (*before)(void *data), void *data)
{
	(void)before;
	(void)data;
}
#endif

#endif /* MACNAT_TEST_H */
