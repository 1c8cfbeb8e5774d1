// SPDX-License-Identifier: GPL-2.0
/* Reading selftests/vectors, see Documentation/vectors.md for the language. */
#include "vec.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"

#define WORDS 256

struct vec **vecs;
unsigned int n_vecs;
const char *vec_hidden[8];
const char *const vec_ports[VEC_PORTS] = { "pod", "pod2", "host", "uplink", "fabric" };
const char *const vec_variants[VEC_VARIANTS] = {
	"untagged", "q", "q-in-band", "ad", "ad-in-band", "priority", "paged", "paged-ad", "partial"
};

const char *const vec_settings[VEC_SETTINGS] = { "mode", "guard", "flood" };
const char *const vec_defaults[VEC_SETTINGS] = { "bridge", "pass", "pass" };

/* Where we are */
static unsigned int line_number;
static struct vec *vec;		/* that is being read, if any */
static struct vec_step *step;

static void *copy(const void *from, size_t len)
{
	void *to = calloc(1, len);

	if (!to)
		proto_die("no memory");
	return from ? memcpy(to, from, len) : to;
}

static const char *copy_text(const char *text)
{
	return copy(text, strlen(text) + 1);
}

static int find(const char *const *list, unsigned int count, const char *word, const char *what)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!strcmp(list[i], word))
			return i;
	proto_die("%s is no %s", word, what);
}

static void read_name(char **words)
{
	if (!words[0] || !words[1] || words[2])
		proto_die("name NAME MEANING");
	proto_name_add(copy_text(words[0]), copy_text(words[1]));
}

static void read_hide(char **words)
{
	unsigned int i;

	for (i = 0; words[i]; i++) {
		if (i == sizeof(vec_hidden) / sizeof(vec_hidden[0]) - 1)
			proto_die("too many");
		if (!proto_name(words[i]))
			proto_die("%s is no name", words[i]);
		vec_hidden[i] = copy_text(words[i]);
	}
}

/* Everything that a vector must have is there. */
static void end_step(void)
{
	if (!step)
		return;
	if (step->out == ~0U)
		proto_die("%s: the step before has neither out nor drop", vec->id);
	if (step->counter < 0)
		proto_die("%s: the step before has no count", vec->id);
	step = NULL;
}

static void end_vector(void)
{
	end_step();
	if (vec && !vec->n_steps)
		proto_die("%s: no steps", vec->id);
	vec = NULL;
}

static void read_vector(char **words)
{
	char title[256] = "";
	unsigned int i;

	end_vector();
	if (!words[0] || !words[1])
		proto_die("vector ID TITLE...");
	for (i = 0; i < n_vecs; i++)
		if (!strcmp(vecs[i]->id, words[0]))
			proto_die("%s is there twice", words[0]);
	vec = copy(NULL, sizeof(*vec));
	vec->id = copy_text(words[0]);
	for (i = 1; words[i]; i++) {
		if (strlen(title) + strlen(words[i]) + 2 > sizeof(title))
			proto_die("title too long");
		strcat(title, i > 1 ? " " : "");
		strcat(title, words[i]);
	}
	vec->title = copy_text(title);
	memcpy(vec->settings, vec_defaults, sizeof(vec->settings));
	vec->variants = (1 << VEC_VARIANTS) - 1;
	vecs = realloc(vecs, (n_vecs + 1) * sizeof(*vecs));
	if (!vecs)
		proto_die("no memory");
	vecs[n_vecs++] = vec;
}

static void read_set(char **words)
{
	char *equals;

	for (; *words; words++) {
		equals = strchr(*words, '=');
		if (!equals)
			proto_die("set WHAT=VALUE...");
		*equals = 0;
		vec->settings[find(vec_settings, VEC_SETTINGS, *words, "setting")] =
			copy_text(equals + 1);
	}
}

static void read_keeps(char **words)
{
	unsigned int i;

	for (i = 0; words[i]; i++) {
		if (i == VEC_KEEPS - 1)
			proto_die("too many");
		if (!proto_name(words[i]))
			proto_die("%s is no name", words[i]);
		vec->keeps[i] = copy_text(words[i]);
	}
}

static void read_only(char **words)
{
	vec->variants = 0;
	for (; *words; words++)
		vec->variants |= 1 << find(vec_variants, VEC_VARIANTS, *words, "variant");
}

static void read_in(char **words)
{
	end_step();
	if (vec->n_steps == VEC_STEPS)
		proto_die("too many steps");
	if (!words[0])
		proto_die("in PORT FRAME");
	step = &vec->steps[vec->n_steps++];
	step->in = find(vec_ports, VEC_PORTS, words[0], "port");
	if (step->in == VEC_HOST)
		proto_die("what the node sends enters at the uplink");
	step->out = ~0U;
	step->counter = -1;
	step->line = line_number;
	proto_parse(&step->sent, words + 1);
}

static void read_out(char **words)
{
	char *port;

	if (!words[0] || !words[1])
		proto_die("out PORT[,PORT...] { same | CHANGES }");
	if (step->out != ~0U)
		proto_die("out or drop, and once");
	step->out = 0;
	for (port = strtok(words[0], ","); port; port = strtok(NULL, ","))
		step->out |= 1 << find(vec_ports, VEC_PORTS, port, "port");
	step->want = step->sent;
	if (strcmp(words[1], "same"))
		proto_change(&step->want, words + 1);
	else if (words[2])
		proto_die("same is same");
}

static void read_drop(char **words)
{
	if (*words)
		proto_die("nothing behind drop");
	if (step->out != ~0U)
		proto_die("out or drop, and once");
	step->out = 0;
	step->want = step->sent;
}

static void read_count(char **words)
{
	if (!words[0] || words[1])
		proto_die("count COUNTER");
	if (step->counter >= 0)
		proto_die("count, and once");
	step->counter = counters_find(words[0]);
	if (step->counter < 0)
		proto_die("no counter %s", words[0]);
}

static void ignore(char **words)
{
	(void)words;
}

static const struct {
	const char *word;
	void (*read)(char **words);
	enum { ANYWHERE, IN_VECTOR, IN_STEP } where;
} keywords[] = {
	{ "name", read_name, ANYWHERE },
	{ "hide", read_hide, ANYWHERE },
	/* what only the set-up or the documentation reads */
	{ "map", ignore, ANYWHERE },
	{ "elsewhere", ignore, ANYWHERE },
	{ "later", ignore, ANYWHERE },
	{ "vector", read_vector, ANYWHERE },
	{ "set", read_set, IN_VECTOR },
	{ "keeps", read_keeps, IN_VECTOR },
	{ "only", read_only, IN_VECTOR },
	{ "in", read_in, IN_VECTOR },
	{ "out", read_out, IN_STEP },
	{ "drop", read_drop, IN_STEP },
	{ "count", read_count, IN_STEP },
};

static void read_statement(char *text)
{
	char *words[WORDS];
	unsigned int n = 0, i;

	for (words[n] = strtok(text, " \t\n"); words[n]; words[n] = strtok(NULL, " \t\n"))
		if (++n == WORDS)
			proto_die("too many words");
	if (!n)
		return;
	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (!strcmp(keywords[i].word, words[0]))
			break;
	if (i == sizeof(keywords) / sizeof(keywords[0]))
		proto_die("\"%s\" where a keyword is due", words[0]);
	if (keywords[i].where >= IN_VECTOR && !vec)
		proto_die("%s outside of a vector", words[0]);
	if (keywords[i].where == IN_STEP && !step)
		proto_die("%s outside of a step", words[0]);
	keywords[i].read(words + 1);
}

/* Cuts off a comment: from a # at the start of a word */
static void strip(char *text)
{
	char *p;

	for (p = text; *p; p++)
		if (*p == '#' && (p == text || isspace((unsigned char)p[-1]))) {
			*p = 0;
			return;
		}
}

static void go_to(const char *path, unsigned int number)
{
	line_number = number;
	snprintf(proto_where, sizeof(proto_where), "%s:%u", path, number);
}

/**
 * vec_load() - read a file of vectors into vecs; exits if anything is wrong
 * @path: the file
 */
void vec_load(const char *path)
{
	char line[1024], text[8192] = "";
	unsigned int number = 0;
	FILE *f;

	snprintf(proto_where, sizeof(proto_where), "%s", path);
	f = fopen(path, "r");
	if (!f)
		proto_die("cannot be opened");
	while (fgets(line, sizeof(line), f)) {
		number++;
		if (!strchr(line, '\n')) {
			go_to(path, number);
			proto_die("line too long, or not ended");
		}
		strip(line);
		/* a line that begins with / goes on with the one before */
		if (line[strspn(line, " \t")] == '/') {
			if (strlen(text) + strlen(line) + 1 > sizeof(text))
				proto_die("too long");
			strcat(text, line);
			continue;
		}
		if (!line[strspn(line, " \t\n")])
			continue;
		read_statement(text);
		go_to(path, number);
		strcpy(text, line);
	}
	fclose(f);
	read_statement(text);
	end_vector();
}
