// SPDX-License-Identifier: GPL-2.0
/*
 * The only writer of stderr besides usage texts.
 */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>

void macnat_err_clean(char *text)
{
	for (; *text; text++) {
		unsigned char c = *text;

		if (c < ' ' || c == 0x7f)
			*text = '?';
	}
}

static const char *macnat_err_path;
static unsigned long macnat_err_number;

void macnat_err_where(const char *path, unsigned long line)
{
	macnat_err_path = path;
	macnat_err_number = line;
}

static bool (*macnat_err_hook)(void *data);
static void *macnat_err_hook_data;

void macnat_err_before(bool (*before)(void *data), void *data)
{
	macnat_err_hook = before;
	macnat_err_hook_data = data;
}

/* Is the next error to be said? */
static bool macnat_err_is_wanted(void)
{
	bool (*before)(void *data) = macnat_err_hook;
	bool wanted;

	if (!before)
		return true;
	macnat_err_hook = NULL;
	wanted = before(macnat_err_hook_data);
	macnat_err_hook = before;
	return wanted;
}

struct macnat_err_place macnat_err_place(void)
{
	return (struct macnat_err_place){ macnat_err_path, macnat_err_number };
}

static void __attribute__((format(printf, 1, 0)))
macnat_err_print(const char *format, va_list args)
{
	char line[1024], where[512] = "";

	vsnprintf(line, sizeof(line), format, args);
	if (!macnat_err_is_wanted())
		return;
	if (macnat_err_path)
		snprintf(where, sizeof(where), "%s:%lu: ", macnat_err_path,
			 macnat_err_number);
	macnat_err_clean(where);
	macnat_err_clean(line);
	fprintf(stderr, "macnat: %s%s\n", where, line);
}

int macnat_err_say(enum macnat_exit code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	macnat_err_print(format, args);
	va_end(args);
	return code;
}

int macnat_err_local(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	macnat_err_print(format, args);
	va_end(args);
	return MACNAT_EXIT_LOCAL;
}

int macnat_err_memory(void)
{
	return macnat_err_local("out of memory");
}
