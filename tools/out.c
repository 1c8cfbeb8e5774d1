// SPDX-License-Identifier: GPL-2.0
/*
 * JSON rows are written one by one and not collected, so that a table of a
 * million mappings needs no more memory than its largest row.
 */
#include "out.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "err.h"

#define MACNAT_OUT_INDENT	4

static void macnat_out_fail(struct macnat_out *out, int code)
{
	if (!out->code)
		out->code = code;
}

/* Notes the first failure while errno still tells why. */
static void macnat_out_check(struct macnat_out *out)
{
	if (ferror(out->file))
		macnat_out_fail(out, errno ? errno : EIO);
}

void macnat_out_begin(struct macnat_out *out)
{
	out->rows = 0;
	if (out->json)
		fputc('[', out->file);
}

void macnat_out_stream(struct macnat_out *out)
{
	out->rows = 0;
	out->stream = true;
}

void macnat_out_end(struct macnat_out *out)
{
	if (out->json)
		fputs(out->pretty && out->rows ? "\n]\n" : "]\n", out->file);
	macnat_out_check(out);
}

void macnat_out_row(struct macnat_out *out)
{
	out->fields = 0;
	if (!out->json)
		return;
	out->row = json_object();
	if (!out->row)
		macnat_out_fail(out, ENOMEM);
}

/* Takes a piece of a row, which stands one level inside the array. */
static int macnat_out_indented(const char *piece, size_t len, void *data)
{
	FILE *file = data;

	/* a line break is never inside of a string, there it is escaped */
	for (; len; piece++, len--) {
		fputc(*piece, file);
		if (*piece == '\n')
			fprintf(file, "%*s", MACNAT_OUT_INDENT, "");
	}
	return 0;
}

static void macnat_out_row_json(struct macnat_out *out)
{
	size_t indent = out->pretty ? JSON_INDENT(MACNAT_OUT_INDENT) : JSON_COMPACT;

	if (out->rows && !out->stream)
		fputc(',', out->file);
	if (out->pretty && !out->stream) {
		macnat_out_indented("\n", 1, out->file);
		if (json_dump_callback(out->row, macnat_out_indented, out->file,
				       indent))
			macnat_out_fail(out, ENOMEM);
	} else if (json_dumpf(out->row, out->file, indent) && !ferror(out->file)) {
		macnat_out_fail(out, ENOMEM);
	}
	json_decref(out->row);
	out->row = NULL;
}

void macnat_out_row_end(struct macnat_out *out)
{
	if (out->row)
		macnat_out_row_json(out);
	if (out->stream || !out->json)
		fputc('\n', out->file);
	if (out->stream)
		fflush(out->file);
	out->rows++;
	macnat_out_check(out);
}

static void macnat_out_member(struct macnat_out *out, const char *key, json_t *value)
{
	/* takes the reference in any case, and fails for a NULL object or value */
	if (json_object_set_new(out->row, key, value))
		macnat_out_fail(out, ENOMEM);
}

/* JSON is UTF-8, a device name may be any bytes: those above ASCII become '?' then. */
static json_t *macnat_out_json_string(const char *value)
{
	json_t *json = json_string(value);
	char ascii[256], *c;

	if (json)
		return json;
	snprintf(ascii, sizeof(ascii), "%s", value);
	for (c = ascii; *c; c++)
		if (*c & 0x80)
			*c = '?';
	return json_string(ascii);
}

/* Text: a blank between fields and behind a label. */
static void macnat_out_text(struct macnat_out *out, const char *label, const char *value)
{
	char clean[256];

	snprintf(clean, sizeof(clean), "%s", value);
	macnat_err_clean(clean);
	fprintf(out->file, "%s%s%s%s", out->fields++ ? " " : "", label, *label ? " " : "", clean);
}

void macnat_out_string(struct macnat_out *out, const char *key, const char *label,
		       const char *value)
{
	if (out->json)
		macnat_out_member(out, key, macnat_out_json_string(value));
	else if (label)
		macnat_out_text(out, label, value);
}

static json_t *macnat_out_json_number(uint64_t value)
{
	/* JSON integers are signed here; no counter gets there */
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

void macnat_out_number(struct macnat_out *out, const char *key, const char *label, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	if (out->json)
		macnat_out_member(out, key, macnat_out_json_number(value));
	else if (label)
		macnat_out_text(out, label, text);
}

void macnat_out_flag(struct macnat_out *out, const char *key, const char *word, bool value)
{
	if (out->json)
		macnat_out_member(out, key, json_boolean(value));
	else if (value)
		macnat_out_text(out, "", word);
}

void macnat_out_switch(struct macnat_out *out, const char *key, const char *label, bool value)
{
	if (out->json)
		macnat_out_member(out, key, json_boolean(value));
	else if (label)
		macnat_out_text(out, label, value ? "on" : "off");
}

void macnat_out_title(struct macnat_out *out, const char *key, const char *value)
{
	macnat_out_string(out, key, "", value);
	if (!out->json)
		fputc(':', out->file);
}

void macnat_out_table(struct macnat_out *out, const char *const *names, const uint64_t *values)
{
	int name_width = 0, value_width = 0, width;
	size_t i;

	for (i = 0; names[i]; i++) {
		width = strlen(names[i]);
		if (width > name_width)
			name_width = width;
		width = snprintf(NULL, 0, "%" PRIu64, values[i]);
		if (width > value_width)
			value_width = width;
	}
	for (i = 0; names[i]; i++) {
		if (out->json)
			macnat_out_member(out, names[i], macnat_out_json_number(values[i]));
		else
			fprintf(out->file, "\n  %-*s  %*" PRIu64, name_width, names[i],
				value_width, values[i]);
	}
}

int macnat_out_close(struct macnat_out *out)
{
	macnat_out_check(out);
	if (fclose(out->file))
		macnat_out_fail(out, errno);
	if (!out->code)
		return 0;
	if (out->code == ENOMEM)
		return macnat_err_memory();
	return macnat_err_local("cannot write the output: %s", strerror(out->code));
}
