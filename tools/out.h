/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results on stdout, as text for people or as JSON: an answer is any number
 * of rows, a row any number of fields. One call a field serves both forms.
 */
#ifndef MACNAT_OUT_H
#define MACNAT_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct macnat_out - where results go
 * @file: the stream
 * @json: as JSON, one array of flat objects
 * @pretty: with line breaks and indents
 * @stream: rows are brought to their place at once; in JSON one a line, no array
 * @row: the JSON row being made
 * @rows: number of rows so far
 * @fields: number of fields that the text of the row has so far
 * @code: errno value of the first failure, 0 for none
 */
struct macnat_out {
	FILE *file;
	bool json;
	bool pretty;
	bool stream;
	json_t *row;
	size_t rows;
	size_t fields;
	int code;
};

/** macnat_out_begin() - begin an answer */
void macnat_out_begin(struct macnat_out *out);
/** macnat_out_stream() - begin an answer of which nobody knows the end: rows go out as they come */
void macnat_out_stream(struct macnat_out *out);
/** macnat_out_end() - end an answer */
void macnat_out_end(struct macnat_out *out);
/** macnat_out_row() - begin a row */
void macnat_out_row(struct macnat_out *out);
/** macnat_out_row_end() - end it */
void macnat_out_row_end(struct macnat_out *out);

/**
 * macnat_out_string() - a field that is a text
 * @out: the output
 * @key: name of the JSON member
 * @label: what the text form writes before the value; "" for nothing, NULL to
 *	leave the field out of the text form
 * @value: the text, of any bytes
 */
void macnat_out_string(struct macnat_out *out, const char *key, const char *label,
		       const char *value);

/**
 * macnat_out_number() - a field that is a number
 * @out: the output
 * @key: name of the JSON member
 * @label: as for macnat_out_string()
 * @value: the number
 */
void macnat_out_number(struct macnat_out *out, const char *key, const char *label, uint64_t value);

/**
 * macnat_out_flag() - a field that is true or false
 * @out: the output
 * @key: name of the JSON member
 * @word: what the text form writes if it is true
 * @value: true or false
 */
void macnat_out_flag(struct macnat_out *out, const char *key, const char *word, bool value);

/**
 * macnat_out_switch() - a field that is on or off, in JSON true or false
 * @out: the output
 * @key: name of the JSON member
 * @label: as for macnat_out_string()
 * @value: true for on
 */
void macnat_out_switch(struct macnat_out *out, const char *key, const char *label, bool value);

/**
 * macnat_out_title() - a field that opens a row, in the text form followed by ':'
 * @out: the output
 * @key: name of the JSON member
 * @value: the text
 */
void macnat_out_title(struct macnat_out *out, const char *key, const char *value);

/**
 * macnat_out_table() - numbers with names, in the text form one a line, aligned
 * @out: the output
 * @names: the names, NULL-terminated
 * @values: as many numbers
 */
void macnat_out_table(struct macnat_out *out, const char *const *names, const uint64_t *values);

/**
 * macnat_out_close() - bring all that was written to its place
 * @out: the output; its stream is closed
 *
 * Return: an exit code: MACNAT_EXIT_LOCAL if anything was lost, which is said
 */
int macnat_out_close(struct macnat_out *out);

#endif /* MACNAT_OUT_H */
