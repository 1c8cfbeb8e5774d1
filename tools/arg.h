/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From words to values. A command is a table of struct macnat_arg: one line
 * a keyword gives its parsing, its place in the grammar that help prints, and
 * its part in every error.
 */
#ifndef MACNAT_ARG_H
#define MACNAT_ARG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MACNAT_ARG_REQUIRED	(1u << 0)
#define MACNAT_ARG_POSITIONAL	(1u << 1)

/**
 * struct macnat_arg - one argument of a command; a table ends with @bit 0
 * @key: its keyword; of a positional argument an optional one, or NULL
 * @value: what follows, as the grammar writes it; NULL if @key stands alone
 * @parse: turns the word into a value, says what is wrong with it
 * @names: for @parse, table of the words allowed
 * @constant: for a keyword that stands alone, the value it means
 * @min: for @parse, the lowest number allowed
 * @offset: place of the value in the model
 * @bit: its bit in @has of the model; arguments that exclude each other share one
 * @flags: MACNAT_ARG_REQUIRED, MACNAT_ARG_POSITIONAL
 */
struct macnat_arg {
	const char *key;
	const char *value;
	int (*parse)(const struct macnat_arg *arg, const char *word, void *field);
	const char *const *names;
	uint32_t constant;
	uint32_t min;
	size_t offset;
	uint32_t bit;
	unsigned int flags;
};

/**
 * macnat_arg_is() - is a word this one?
 * @word: the word
 * @name: what it may be
 *
 * A batch asks many times for each of its lines: most differ in the first letter.
 *
 * Return: true if it is
 */
static inline bool macnat_arg_is(const char *word, const char *name)
{
	return word[0] == name[0] && !strcmp(word, name);
}

/**
 * macnat_arg_parse() - parse the words of a command
 * @args: its table
 * @what: its object and its name in full, for errors
 * @words: the words behind it, NULL-terminated
 * @model: zeroed struct of the model, with uint32_t has first
 *
 * Positional arguments are taken in the order of the table, keywords in any
 * order between them.
 *
 * Return: an exit code; if not 0, the error was said
 */
int macnat_arg_parse(const struct macnat_arg *args, const char *const what[2], char **words,
		     void *model);

/**
 * macnat_arg_keys() - the arguments that are not given yet, as "dev, vlan"
 * @args: the table
 * @has: bits of those that are given
 * @text: where the list goes
 * @size: its size
 *
 * Return: @text
 */
const char *macnat_arg_keys(const struct macnat_arg *args, uint32_t has, char *text, size_t size);

/**
 * macnat_arg_usage() - print the grammar of a command, wrapped at 80 columns
 * @args: its table
 * @file: where to
 * @column: how much of the line is used, and the indent of further lines
 */
void macnat_arg_usage(const struct macnat_arg *args, FILE *file, size_t column);

/**
 * macnat_arg_choose() - find a word in a list by its unique prefix
 * @names: the list, NULL-terminated
 * @kind: what the word is ("command"), for errors
 * @after: what it stands behind, "" at the beginning, for errors
 * @word: the word
 * @choice: where the index goes
 *
 * Return: an exit code; if not 0, the error was said
 */
int macnat_arg_choose(const char *const *names, const char *kind, const char *after,
		      const char *word, size_t *choice);

/* Parsers for struct macnat_arg, by the type of the field. */

/** macnat_arg_forget_dev() - look up the next device, even if it was the last one too */
void macnat_arg_forget_dev(void);
/** macnat_arg_dev() - name of a net device -> struct macnat_dev */
int macnat_arg_dev(const struct macnat_arg *arg, const char *word, void *field);
/** macnat_arg_mac() - unicast MAC address -> struct macnat_mac */
int macnat_arg_mac(const struct macnat_arg *arg, const char *word, void *field);
/** macnat_arg_node() - "auto" or a unicast MAC address -> struct macnat_node */
int macnat_arg_node(const struct macnat_arg *arg, const char *word, void *field);
/** macnat_arg_ip() - IPv4 or IPv6 address -> struct macnat_ip */
int macnat_arg_ip(const struct macnat_arg *arg, const char *word, void *field);
/** macnat_arg_prefix() - IP address with or without "/LEN" -> struct macnat_ip */
int macnat_arg_prefix(const struct macnat_arg *arg, const char *word, void *field);
/** macnat_arg_vlan() - VID or VID.INNER, 0 for untagged -> struct macnat_vlan */
int macnat_arg_vlan(const struct macnat_arg *arg, const char *word, void *field);
/** macnat_arg_file() - path of a file, or "-" -> const char *, which is the word */
int macnat_arg_file(const struct macnat_arg *arg, const char *word, void *field);
/** macnat_arg_name() - a word of @names of the argument -> uint32_t, its index */
int macnat_arg_name(const struct macnat_arg *arg, const char *word, void *field);
/** macnat_arg_switch() - "on" or "off" -> bool */
int macnat_arg_switch(const struct macnat_arg *arg, const char *word, void *field);
/** macnat_arg_u32() - number, at least @min of the argument -> uint32_t */
int macnat_arg_u32(const struct macnat_arg *arg, const char *word, void *field);

#endif /* MACNAT_ARG_H */
