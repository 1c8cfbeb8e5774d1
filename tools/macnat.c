// SPDX-License-Identifier: GPL-2.0
/*
 * macnat: options, then the way from the words to a command: object table,
 * command table, argument table. All arguments are parsed before anything is
 * sent.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "arg.h"
#include "batch.h"
#include "cmd.h"
#include "err.h"
#include "model.h"
#include "out.h"

#define MACNAT_MAIN_NETNS	"/run/netns/"
#define MACNAT_MAIN_MODULE	"/sys/module/macnat"
#define MACNAT_MAIN_NAMES	16	/* objects, or commands of one, with help and NULL */

static const struct macnat_cmd_object *const macnat_main_objects[] = {
	&macnat_cmd_uplink,
	&macnat_cmd_map,
	&macnat_cmd_stats,
	&macnat_cmd_monitor,
	NULL
};

static const char *const macnat_main_help_words[] = { "help", "-h", "--help", NULL };

struct macnat_main_options {
	bool json;
	bool pretty;
	bool statistics;
	bool timestamp;
	bool version;
	bool help;
	bool force;
	const char *netns;
	const char *batch;
};

static void macnat_main_usage(FILE *file)
{
	const struct macnat_cmd_object *const *object;
	const char *separator = "";

	fputs("Usage: macnat [ OPTIONS ] OBJECT { COMMAND | help }\n"
	      "       macnat [ OPTIONS ] -b FILE\n"
	      "OBJECT := { ", file);
	for (object = macnat_main_objects; *object; object++) {
		fprintf(file, "%s%s", separator, (*object)->name);
		separator = " | ";
	}
	fputs(" }\n"
	      "OPTIONS := { -j, --json | -p, --pretty | -s, --statistics | -t, --timestamp |\n"
	      "             -n, --netns NETNS | -b, --batch FILE | -force |\n"
	      "             -V, --version | -h, --help }\n\n", file);
	for (object = macnat_main_objects; *object; object++)
		fprintf(file, "  %-8s%s\n", (*object)->name, (*object)->doc);
}

static void macnat_main_usage_command(FILE *file, const char *lead,
				      const struct macnat_cmd_object *object,
				      const struct macnat_cmd *command)
{
	int column;

	column = fprintf(file, "%s macnat %s %s", lead, object->name, command->name);
	macnat_arg_usage(command->args, file, column > 0 ? column : 0);
}

static void macnat_main_usage_object(FILE *file, const struct macnat_cmd_object *object)
{
	const struct macnat_cmd *command;

	for (command = object->commands; command->name; command++)
		macnat_main_usage_command(file, command == object->commands ? "Usage:" : "      ",
					  object, command);
	fputs(object->legend, file);
}

static bool macnat_main_is_help(const char *word)
{
	const char *const *help;

	for (help = macnat_main_help_words; *help; help++)
		if (macnat_arg_is(word, *help))
			return true;
	return false;
}

/* What waits must be done before another command is, and before something of it is said. */
static int macnat_main_send(struct macnat_cmd_context *context)
{
	int ret;

	macnat_arg_forget_dev();
	ret = macnat_queue_send(context->queue, context->api);
	if (!context->failed)
		context->failed = ret;
	return ret;
}

/* If an earlier command fails now, what was about to be said of a later one is not true. */
static bool macnat_main_before_error(void *data)
{
	struct macnat_cmd_context *context = data;

	return !macnat_main_send(context) || context->queue->force;
}

/* ... a command that does not wait itself. Returns an exit code if the batch ends here. */
static int macnat_main_send_first(struct macnat_cmd_context *context)
{
	int ret = context->queue ? macnat_main_send(context) : MACNAT_EXIT_OK;

	return ret && context->queue->force ? MACNAT_EXIT_OK : ret;
}

/* Help was asked for by the word @words[0]; it must be the last. */
static int macnat_main_help_last(struct macnat_cmd_context *context, char **words)
{
	if (!words[1])
		return macnat_main_send_first(context);
	return macnat_err_local("unknown word \"%s\" after \"%s\", nothing more expected", words[1],
				words[0]);
}

static int macnat_main_run(struct macnat_cmd_context *context,
			   const struct macnat_cmd_object *object,
			   const struct macnat_cmd *command, char **words)
{
	const char *const what[2] = { object->name, command->name };
	union macnat_model model;
	char keys[256];
	int ret;

	if (words[0] && macnat_main_is_help(words[0])) {
		ret = macnat_main_help_last(context, words);
		if (!ret)
			macnat_main_usage_command(context->out.file, "Usage:", object, command);
		return ret;
	}
	memset(&model, 0, sizeof(model));
	ret = macnat_arg_parse(command->args, what, words, &model);
	if (ret)
		return ret;
	if (command->wants_any && !model.has)
		return macnat_err_local("\"%s %s\" needs at least one of %s", what[0], what[1],
					macnat_arg_keys(command->args, 0, keys, sizeof(keys)));
	if (!command->queues) {
		ret = macnat_main_send_first(context);
		if (ret)
			return ret;
	}
	return command->run(context, &model);
}

static int macnat_main_command(struct macnat_cmd_context *context,
			       const struct macnat_cmd_object *object, char **words)
{
	const char *word = words[0] ? words[0] : object->fallback;
	const char *names[MACNAT_MAIN_NAMES];
	size_t count, choice;
	int ret;

	for (count = 0; object->commands[count].name; count++) {
		const struct macnat_cmd *command = &object->commands[count];

		names[count] = command->name;
		if (words[0] && macnat_arg_is(word, command->name))
			return macnat_main_run(context, object, command, words + 1);
	}
	names[count] = "help";
	names[count + 1] = NULL;

	choice = count;
	if (!macnat_main_is_help(word)) {
		ret = macnat_arg_choose(names, "command", object->name, word, &choice);
		if (ret)
			return ret;
	}
	if (choice < count)
		return macnat_main_run(context, object, &object->commands[choice],
				       words[0] ? words + 1 : words);
	ret = macnat_main_help_last(context, words);
	if (!ret)
		macnat_main_usage_object(context->out.file, object);
	return ret;
}

static int macnat_main_object(struct macnat_cmd_context *context, char **words)
{
	const char *names[MACNAT_MAIN_NAMES];
	size_t count, choice;
	int ret;

	if (!words[0]) {
		macnat_main_usage(stderr);
		return MACNAT_EXIT_LOCAL;
	}
	for (count = 0; macnat_main_objects[count]; count++) {
		names[count] = macnat_main_objects[count]->name;
		if (macnat_arg_is(words[0], names[count]))
			return macnat_main_command(context, macnat_main_objects[count], words + 1);
	}
	names[count] = "help";
	names[count + 1] = NULL;

	ret = macnat_arg_choose(names, "object", "", words[0], &choice);
	if (ret)
		return ret;
	if (choice < count)
		return macnat_main_command(context, macnat_main_objects[choice], words + 1);
	ret = macnat_main_help_last(context, words);
	if (!ret)
		macnat_main_usage(context->out.file);
	return ret;
}

/* Reads one line; false if there is no such file. */
static bool macnat_main_read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool done;

	if (!file)
		return false;
	done = fgets(line, size, file);
	fclose(file);
	if (done)
		line[strcspn(line, "\n")] = '\0';
	return done;
}

static void macnat_main_version(FILE *file)
{
	char module[64] = "not loaded";

	if (!macnat_main_read_line(MACNAT_MAIN_MODULE "/version", module, sizeof(module)) &&
	    !access(MACNAT_MAIN_MODULE, F_OK))
		strcpy(module, "of unknown version");
	fprintf(file, "macnat tool %s, module %s\n", MACNAT_VERSION, module);
}

/* Enters a network namespace: a name as "ip netns" has it, or a path. */
static int macnat_main_netns(const char *netns)
{
	char path[4096];
	int fd, code;

	if (snprintf(path, sizeof(path), "%s%s", strchr(netns, '/') ? "" : MACNAT_MAIN_NETNS,
		     netns) >= (int)sizeof(path))
		return macnat_err_local("the name of the network namespace is too long");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return macnat_err_local("network namespace \"%s\" does not exist", netns);
	if (fd < 0)
		return macnat_err_local("cannot open network namespace \"%s\": %s", netns,
					strerror(errno));
	code = setns(fd, CLONE_NEWNET) ? errno : 0;
	close(fd);
	if (code == EINVAL)
		return macnat_err_local("\"%s\" is not a network namespace", netns);
	if (code == EPERM)
		return macnat_err_local("entering a network namespace needs CAP_SYS_ADMIN, "
					"run as root: \"%s\"", netns);
	if (code)
		return macnat_err_local("cannot enter network namespace \"%s\": %s", netns,
					strerror(code));
	return MACNAT_EXIT_OK;
}

static int macnat_main_bad_option(int kind, char **argv)
{
	char name[3] = { '-', (char)optopt, '\0' };
	const char *word = argv[optind - 1];

	if (kind == ':')
		return macnat_err_local("option \"%s\" needs a value, see: macnat --help", word);
	/* a letter of a bundle is named alone, a long option as it was typed */
	if (strncmp(word, "--", 2))
		word = name;
	return macnat_err_local("unknown option \"%s\", see: macnat --help", word);
}

/* Is the word behind this option its value? A long option may be cut short. */
static bool macnat_main_takes_next(const char *option)
{
	const char *letter;

	if (option[1] == '-')
		return (option[2] == 'n' || option[2] == 'b') && !strchr(option, '=');
	letter = strpbrk(option, "nb");
	return letter && !letter[1];
}

/* "-force" as ip(8) has it: no bundle of letters. */
static void macnat_main_spell_force(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "-force"))
			argv[i] = (char *)"--force";
		else if (macnat_main_takes_next(argv[i]))
			i++;
	}
}

static int macnat_main_parse_options(int argc, char **argv, struct macnat_main_options *options)
{
	static const struct option table[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "pretty", no_argument, NULL, 'p' },
		{ "statistics", no_argument, NULL, 's' },
		{ "timestamp", no_argument, NULL, 't' },
		{ "netns", required_argument, NULL, 'n' },
		{ "batch", required_argument, NULL, 'b' },
		{ "force", no_argument, NULL, 'f' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	macnat_main_spell_force(argc, argv);
	opterr = 0;
	/* '+': options end at the object, ':': a missing value is told apart */
	while ((option = getopt_long(argc, argv, "+:jpstn:b:Vh", table, NULL)) != -1) {
		switch (option) {
		case 'j':
			options->json = true;
			break;
		case 'p':
			options->pretty = true;
			break;
		case 's':
			options->statistics = true;
			break;
		case 't':
			options->timestamp = true;
			break;
		case 'n':
			options->netns = optarg;
			break;
		case 'b':
			options->batch = optarg;
			break;
		case 'f':
			options->force = true;
			break;
		case 'V':
			options->version = true;
			break;
		case 'h':
			options->help = true;
			break;
		default:
			return macnat_main_bad_option(option, argv);
		}
	}
	return MACNAT_EXIT_OK;
}

/*
 * With stdin, stdout or stderr closed, the next file opened would take its
 * place, and the output would go into a socket. Opened for reading only, a
 * write to it fails.
 */
static void macnat_main_fill_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int macnat_main_line(void *data, char **words)
{
	return macnat_main_object(data, words);
}

static int macnat_main_idle(void *data)
{
	return macnat_main_send(data);
}

static int macnat_main_batch(struct macnat_cmd_context *context,
			     const struct macnat_main_options *options)
{
	struct macnat_queue queue = { .path = options->batch, .force = options->force };
	const struct macnat_batch_reader reader = {
		.line = macnat_main_line, .idle = macnat_main_idle, .data = context,
		.force = options->force, .failed = &context->failed
	};

	context->queue = &queue;
	macnat_err_before(macnat_main_before_error, context);
	macnat_batch_run(options->batch, &reader);
	/* not said before what waits was done, but for a file that cannot be read */
	macnat_main_send(context);
	macnat_err_before(NULL, NULL);
	macnat_queue_free(&queue);
	return context->failed;
}

/* Commands, from the command line or from a file */
static int macnat_main_commands(struct macnat_cmd_context *context,
				const struct macnat_main_options *options, char **words)
{
	int ret;

	if (options->force && !options->batch)
		return macnat_err_local("option \"-force\" is for a batch, see \"-b\"");
	if (options->batch && words[0])
		return macnat_err_local("unknown word \"%s\" after \"-b %s\", nothing more expected",
					words[0], options->batch);
	context->api = macnat_api_new();
	if (!context->api)
		return MACNAT_EXIT_LOCAL;
	ret = options->batch ? macnat_main_batch(context, options) :
			       macnat_main_object(context, words);
	macnat_api_free(context->api);
	return ret;
}

static int macnat_main_dispatch(struct macnat_cmd_context *context,
				const struct macnat_main_options *options, char **words)
{
	int ret;

	if (options->netns) {
		ret = macnat_main_netns(options->netns);
		if (ret)
			return ret;
	}
	if (!options->help && !options->version)
		return macnat_main_commands(context, options, words);
	if (words[0])
		return macnat_err_local("unknown word \"%s\" after \"%s\", nothing more expected",
					words[0], options->help ? "--help" : "--version");
	if (options->help)
		macnat_main_usage(context->out.file);
	else
		macnat_main_version(context->out.file);
	return MACNAT_EXIT_OK;
}

int main(int argc, char **argv)
{
	struct macnat_cmd_context context = { .out.file = stdout };
	struct macnat_main_options options = { 0 };
	int ret, close_ret;

	macnat_main_fill_fds();
	/* a closed pipe is a write error like any other */
	signal(SIGPIPE, SIG_IGN);

	ret = macnat_main_parse_options(argc, argv, &options);
	if (!ret) {
		context.out.json = options.json;
		context.out.pretty = options.pretty;
		context.statistics = options.statistics;
		context.timestamp = options.timestamp;
		ret = macnat_main_dispatch(&context, &options, argv + optind);
	}
	close_ret = macnat_out_close(&context.out);
	return ret ? ret : close_ret;
}
