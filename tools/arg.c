// SPDX-License-Identifier: GPL-2.0
/*
 * Parsing is strict: what could be read in two ways is refused, with the word
 * and the way to write it.
 */
#include "arg.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "err.h"
#include "model.h"

#define MACNAT_ARG_COLUMNS	80
#define MACNAT_ARG_MAC_HELP	"write six pairs of hex digits such as 02:00:5e:10:00:01"
#define MACNAT_ARG_VLAN_HELP	"use 1 to 4094 (or VID.INNER)"

/* Adds to a list in a fixed buffer; what does not fit is cut. */
static void __attribute__((format(printf, 3, 4)))
macnat_arg_append(char *text, size_t size, const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, size - len, format, args);
	va_end(args);
}

static const char *macnat_arg_list(const char *const *names, const char *separator,
				   char *text, size_t size)
{
	text[0] = '\0';
	for (; *names; names++)
		macnat_arg_append(text, size, "%s%s", text[0] ? separator : "", *names);
	return text;
}

/* The device that was looked up last: thousands of lines name the same one. */
static struct macnat_dev macnat_arg_last_dev;

void macnat_arg_forget_dev(void)
{
	macnat_arg_last_dev.ifindex = 0;
}

int macnat_arg_dev(const struct macnat_arg *arg, const char *word, void *field)
{
	struct macnat_dev *dev = field;

	if (macnat_arg_last_dev.ifindex && !strcmp(word, macnat_arg_last_dev.name)) {
		*dev = macnat_arg_last_dev;
		return MACNAT_EXIT_OK;
	}
	if (!*word || strlen(word) >= sizeof(dev->name))
		return macnat_err_local("device \"%s\" does not exist, a name has 1 to %zu letters",
					word, sizeof(dev->name) - 1);
	dev->ifindex = if_nametoindex(word);
	if (!dev->ifindex && (errno == ENODEV || errno == ENXIO))
		return macnat_err_local("device \"%s\" does not exist", word);
	if (!dev->ifindex)
		return macnat_err_local("cannot look up device \"%s\": %s", word, strerror(errno));
	strcpy(dev->name, word);
	macnat_arg_last_dev = *dev;
	return MACNAT_EXIT_OK;
}

static int macnat_arg_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool macnat_arg_mac_read(const char *word, struct macnat_mac *mac)
{
	char separator = word[0] && word[1] ? word[2] : '\0';
	size_t i;

	if (separator != ':' && separator != '-')
		return false;
	for (i = 0; i < sizeof(mac->addr); i++, word += 3) {
		int high = macnat_arg_hex(word[0]);
		int low = high < 0 ? -1 : macnat_arg_hex(word[1]);

		if (low < 0)
			return false;
		if (word[2] != (i + 1 < sizeof(mac->addr) ? separator : '\0'))
			return false;
		mac->addr[i] = high << 4 | low;
	}
	return true;
}

/* A pod and a node are each one interface, so their MAC is unicast. */
static int macnat_arg_mac_check(const char *word, const struct macnat_mac *mac)
{
	static const struct macnat_mac broadcast = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	static const struct macnat_mac zero;
	const char *why = NULL;

	if (!memcmp(mac, &zero, sizeof(zero)))
		why = "is all zero";
	else if (!memcmp(mac, &broadcast, sizeof(broadcast)))
		why = "is the broadcast address";
	else if (mac->addr[0] & 1)
		why = "is a multicast address";
	if (!why)
		return MACNAT_EXIT_OK;
	return macnat_err_local("MAC \"%s\" %s, use the unicast address of one interface", word,
				why);
}

int macnat_arg_mac(const struct macnat_arg *arg, const char *word, void *field)
{
	if (!macnat_arg_mac_read(word, field))
		return macnat_err_local("\"%s\" is not a MAC address, " MACNAT_ARG_MAC_HELP, word);
	return macnat_arg_mac_check(word, field);
}

int macnat_arg_node(const struct macnat_arg *arg, const char *word, void *field)
{
	struct macnat_node *node = field;

	node->is_auto = !strcmp(word, "auto");
	if (node->is_auto)
		return MACNAT_EXIT_OK;
	if (!macnat_arg_mac_read(word, &node->mac))
		return macnat_err_local("\"%s\" is neither auto nor a MAC address, "
					MACNAT_ARG_MAC_HELP, word);
	return macnat_arg_mac_check(word, &node->mac);
}

static bool macnat_arg_ip_read(const char *word, struct macnat_ip *ip)
{
	memset(ip, 0, sizeof(*ip));
	ip->family = strchr(word, ':') ? AF_INET6 : AF_INET;
	ip->len = macnat_model_ip_bits(ip->family);
	return inet_pton(ip->family, word, ip->addr) == 1;
}

int macnat_arg_ip(const struct macnat_arg *arg, const char *word, void *field)
{
	if (macnat_arg_ip_read(word, field))
		return MACNAT_EXIT_OK;
	return macnat_err_local("\"%s\" is not an IP address%s", word,
				strchr(word, '/') ? ", write it without a prefix length" : "");
}

/*
 * A decimal number with nothing around it. No leading zeros: other tools take
 * them for octal.
 */
static bool macnat_arg_number(const char *word, size_t len, uint64_t *number)
{
	size_t i;

	*number = 0;
	if (!len || len > 10 || (word[0] == '0' && len > 1))
		return false;
	for (i = 0; i < len; i++) {
		if (!isdigit((unsigned char)word[i]))
			return false;
		*number = *number * 10 + (word[i] - '0');
	}
	return true;
}

int macnat_arg_prefix(const struct macnat_arg *arg, const char *word, void *field)
{
	const char *slash = strchr(word, '/');
	struct macnat_ip *ip = field;
	char addr[MACNAT_MODEL_TEXT];
	uint64_t len;
	int bits;

	snprintf(addr, sizeof(addr), "%.*s", slash ? (int)(slash - word) : (int)strlen(word), word);
	if (!macnat_arg_ip_read(addr, ip))
		return macnat_err_local("\"%s\" is not an IP prefix, write ADDRESS/LENGTH", word);
	if (!slash)
		return MACNAT_EXIT_OK;
	bits = macnat_model_ip_bits(ip->family);
	if (!macnat_arg_number(slash + 1, strlen(slash + 1), &len) || len > (unsigned int)bits)
		return macnat_err_local("prefix length of \"%s\" is out of range, use 0 to %d",
					word, bits);
	ip->len = len;
	return MACNAT_EXIT_OK;
}

int macnat_arg_vlan(const struct macnat_arg *arg, const char *word, void *field)
{
	const char *dot = strchr(word, '.');
	struct macnat_vlan *vlan = field;
	uint64_t outer, inner = 0;
	bool number;

	number = macnat_arg_number(word, dot ? (size_t)(dot - word) : strlen(word), &outer);
	if (number && dot)
		number = macnat_arg_number(dot + 1, strlen(dot + 1), &inner);
	if (!number && word[strspn(word, "0123456789.")])
		return macnat_err_local("\"%s\" is not a VLAN, " MACNAT_ARG_VLAN_HELP, word);
	/* 0 alone is the untagged traffic; a tag inside or around VID 0 is nothing. */
	if (!number || outer > 4094 || inner > 4094 || (dot && (!outer || !inner)))
		return macnat_err_local("VLAN \"%s\" is out of range, " MACNAT_ARG_VLAN_HELP, word);
	vlan->outer = outer;
	vlan->inner = inner;
	return MACNAT_EXIT_OK;
}

int macnat_arg_file(const struct macnat_arg *arg, const char *word, void *field)
{
	const char **path = field;

	if (!*word)
		return macnat_err_local("\"\" is not a file, use - for standard input or output");
	*path = word;
	return MACNAT_EXIT_OK;
}

int macnat_arg_name(const struct macnat_arg *arg, const char *word, void *field)
{
	uint32_t *value = field;
	char list[128];
	size_t i;

	for (i = 0; arg->names[i]; i++) {
		if (!strcmp(word, arg->names[i])) {
			*value = i;
			return MACNAT_EXIT_OK;
		}
	}
	return macnat_err_local("unknown %s \"%s\", use %s", arg->key, word,
				macnat_arg_list(arg->names, " or ", list, sizeof(list)));
}

int macnat_arg_switch(const struct macnat_arg *arg, const char *word, void *field)
{
	bool *value = field;

	*value = !strcmp(word, "on");
	if (*value || !strcmp(word, "off"))
		return MACNAT_EXIT_OK;
	return macnat_err_local("unknown %s \"%s\", use on or off", arg->key, word);
}

int macnat_arg_u32(const struct macnat_arg *arg, const char *word, void *field)
{
	uint32_t *value = field;
	uint64_t number;

	if (!*word || word[strspn(word, "0123456789")] || (word[0] == '0' && word[1]))
		return macnat_err_local("%s \"%s\" is not a number, use %" PRIu32 " to %" PRIu32,
					arg->key, word, arg->min, UINT32_MAX);
	if (!macnat_arg_number(word, strlen(word), &number) || number < arg->min ||
	    number > UINT32_MAX)
		return macnat_err_local("%s \"%s\" is out of range, use %" PRIu32 " to %" PRIu32,
					arg->key, word, arg->min, UINT32_MAX);
	*value = number;
	return MACNAT_EXIT_OK;
}

int macnat_arg_choose(const char *const *names, const char *kind, const char *after,
		      const char *word, size_t *choice)
{
	size_t len = strlen(word), found = 0, i;
	char list[256] = "";

	for (i = 0; names[i]; i++) {
		if (!strcmp(names[i], word)) {
			*choice = i;
			return MACNAT_EXIT_OK;
		}
		if (!len || strncmp(names[i], word, len))
			continue;
		*choice = i;
		found++;
		macnat_arg_append(list, sizeof(list), "%s%s", found > 1 ? ", " : "", names[i]);
	}
	if (found == 1)
		return MACNAT_EXIT_OK;
	if (found)
		return macnat_err_local("%s \"%s\" is ambiguous, it may be %s", kind, word, list);
	return macnat_err_local("unknown %s \"%s\"%s%s%s, expected %s", kind, word,
				*after ? " after \"" : "", after, *after ? "\"" : "",
				macnat_arg_list(names, ", ", list, sizeof(list)));
}

const char *macnat_arg_keys(const struct macnat_arg *args, uint32_t has, char *text, size_t size)
{
	text[0] = '\0';
	for (; args->bit; args++)
		if (!(has & args->bit))
			macnat_arg_append(text, size, "%s%s", text[0] ? ", " : "",
					  args->flags & MACNAT_ARG_POSITIONAL ?
					  args->value : args->key);
	return text;
}

/* "{ a | b }" from the names, or the value as the table has it */
static const char *macnat_arg_value(const struct macnat_arg *arg, char *text, size_t size)
{
	char list[128];

	if (!arg->names)
		return arg->value;
	snprintf(text, size, "{ %s }", macnat_arg_list(arg->names, " | ", list, sizeof(list)));
	return text;
}

static bool macnat_arg_has_value(const struct macnat_arg *arg)
{
	return arg->value || arg->names;
}

/* The argument as the grammar writes it: "dev DEV", "IP", "local" */
static const char *macnat_arg_text(const struct macnat_arg *arg, char *text, size_t size)
{
	char value[160];

	if (arg->flags & MACNAT_ARG_POSITIONAL)
		snprintf(text, size, "%s", macnat_arg_value(arg, value, sizeof(value)));
	else if (macnat_arg_has_value(arg))
		snprintf(text, size, "%s %s", arg->key,
			 macnat_arg_value(arg, value, sizeof(value)));
	else
		snprintf(text, size, "%s", arg->key);
	return text;
}

void macnat_arg_usage(const struct macnat_arg *args, FILE *file, size_t column)
{
	size_t used = column, len;
	char one[192], text[512];

	while (args->bit) {
		const struct macnat_arg *first = args;

		text[0] = '\0';
		/* neighbours that share a bit exclude each other */
		for (; args->bit == first->bit; args++)
			macnat_arg_append(text, sizeof(text), "%s%s", args == first ? "" : " | ",
					  macnat_arg_text(args, one, sizeof(one)));
		len = strlen(text) + (first->flags & MACNAT_ARG_REQUIRED ? 1 : 5);
		if (used + len > MACNAT_ARG_COLUMNS) {
			fprintf(file, "\n%*s", (int)column, "");
			used = column;
		}
		fprintf(file, first->flags & MACNAT_ARG_REQUIRED ? " %s" : " [ %s ]", text);
		used += len;
	}
	fputc('\n', file);
}

/* The keyword that the word is, or else the next positional argument */
static const struct macnat_arg *macnat_arg_find(const struct macnat_arg *args, const char *word,
						uint32_t has, bool *is_key)
{
	const struct macnat_arg *arg;

	*is_key = true;
	for (arg = args; arg->bit; arg++)
		if (arg->key && macnat_arg_is(word, arg->key))
			return arg;
	*is_key = false;
	for (arg = args; arg->bit; arg++)
		if (arg->flags & MACNAT_ARG_POSITIONAL && !(has & arg->bit))
			return arg;
	return NULL;
}

/* @after: what it stands behind, one word or two */
static int macnat_arg_unknown(const struct macnat_arg *args, uint32_t has, const char *word,
			      const char *const *after)
{
	char keys[256];

	macnat_arg_keys(args, has, keys, sizeof(keys));
	return macnat_err_local("unknown word \"%s\" after \"%s%s%s\", %s%s%s", word, after[0],
				after[1] ? " " : "", after[1] ? after[1] : "",
				keys[0] ? "expected " : "nothing more expected", keys,
				word[0] == '-' ? " (options go before the object)" : "");
}

static int macnat_arg_missing(const struct macnat_arg *args, uint32_t has,
			      const char *const what[2])
{
	char text[192];

	for (; args->bit; args++)
		if (args->flags & MACNAT_ARG_REQUIRED && !(has & args->bit))
			return macnat_err_local("\"%s %s\" needs %s, see: macnat %s %s help",
						what[0], what[1],
						macnat_arg_text(args, text, sizeof(text)),
						what[0], what[1]);
	return MACNAT_EXIT_OK;
}

/* The argument is given already, by itself or by one that excludes it. */
static int macnat_arg_again(const char *word, const char *by)
{
	if (strcmp(word, by))
		return macnat_err_local("\"%s\" contradicts \"%s\", give only one", word, by);
	return macnat_err_local("\"%s\" is given twice", word);
}

int macnat_arg_parse(const struct macnat_arg *args, const char *const what[2], char **words,
		     void *model)
{
	const char *given[32];	/* word that set a bit, by bit number, if it is set */
	const char *after[2] = { what[0], what[1] };
	uint32_t *has = model;

	while (*words) {
		const char *word = *words++;
		const struct macnat_arg *arg;
		const char **by;
		bool is_key;
		void *field;

		arg = macnat_arg_find(args, word, *has, &is_key);
		if (!arg)
			return macnat_arg_unknown(args, *has, word, after);
		by = &given[__builtin_ctz(arg->bit)];
		if (*has & arg->bit)
			return macnat_arg_again(word, *by);
		*by = word;

		field = (char *)model + arg->offset;
		after[0] = word;
		after[1] = NULL;
		if (!macnat_arg_has_value(arg)) {
			memcpy(field, &arg->constant, sizeof(arg->constant));
		} else if (!is_key) {
			if (arg->parse(arg, word, field))
				return MACNAT_EXIT_LOCAL;
		} else {
			if (!*words)
				return macnat_err_local("\"%s\" needs a value, see: "
							"macnat %s %s help", word, what[0],
							what[1]);
			after[1] = *words;
			if (arg->parse(arg, *words++, field))
				return MACNAT_EXIT_LOCAL;
		}
		*has |= arg->bit;
	}
	return macnat_arg_missing(args, *has, what);
}
