// SPDX-License-Identifier: GPL-2.0
/* Frames in words, see Documentation/vectors.md for how they are written. */
#include "proto.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum kind { NUMBER, MAC, IPV4, IPV6 };

/* A field by its place in bits, as the RFCs draw it */
struct field {
	const char *name;
	unsigned int bit, bits;
	enum kind kind;
};

/* What is filled in, and how the tail is padded */
enum role {
	PLAIN,
	LINK,		/* type: of the next layer */
	LINK_LEN,	/* type: of the next layer, or length if that is LLC */
	IP4,
	IP6,
	EXT6,		/* next, len in 8 bytes beyond the first 8; the tail is padded */
	FRAG6,		/* next */
	SUM,		/* checksum over what follows */
	SUM_PSEUDO,	/* ... and over the addresses */
	ND_OPTION,	/* len in 8 bytes; the tail is padded */
	TLV1,		/* len of the tail in one byte */
	TLV2,		/* ... in two bytes */
	TRAILER,	/* not a part of the packet before it */
};

struct proto_layer_def {
	const char *name;
	enum role role;
	int ethertype;	/* that announces it, or 0 */
	int protocol;	/* IP protocol that announces it, or -1 */
	unsigned int size;
	const char *init;	/* hex */
	struct field fields[16];
};

#define ICMP6(name, size, init, ...)								\
	{ name, SUM_PSEUDO, 0, 58, size, init, {						\
		{ "type", 0, 8, NUMBER }, { "code", 8, 8, NUMBER }, { "sum", 16, 16, NUMBER },	\
		__VA_ARGS__ } }
#define ND_OPT(name, type, size, init, ...)							\
	{ name, ND_OPTION, 0, -1, size, type "00" init, {					\
		{ "type", 0, 8, NUMBER }, { "len", 8, 8, NUMBER }, __VA_ARGS__ } }
#define ARP_FIELDS {										\
	{ "hrd", 0, 16, NUMBER }, { "pro", 16, 16, NUMBER }, { "hln", 32, 8, NUMBER },		\
	{ "pln", 40, 8, NUMBER }, { "op", 48, 16, NUMBER }, { "sha", 64, 48, MAC },		\
	{ "spa", 112, 32, IPV4 }, { "tha", 144, 48, MAC }, { "tpa", 192, 32, IPV4 } }
#define IGNORED { NULL, 0, 0, NUMBER }

static const struct proto_layer_def defs[] = {
	{ "eth", LINK_LEN, 0, -1, 14, "", {
		{ "dst", 0, 48, MAC }, { "src", 48, 48, MAC }, { "type", 96, 16, NUMBER } } },
	{ "dot1q", LINK, 0x8100, -1, 4, "", {
		{ "pcp", 0, 3, NUMBER }, { "dei", 3, 1, NUMBER }, { "vid", 4, 12, NUMBER },
		{ "type", 16, 16, NUMBER } } },
	{ "dot1ad", LINK, 0x88a8, -1, 4, "", {
		{ "pcp", 0, 3, NUMBER }, { "dei", 3, 1, NUMBER }, { "vid", 4, 12, NUMBER },
		{ "type", 16, 16, NUMBER } } },
	{ "llc", PLAIN, -1, -1, 3, "424203", {
		{ "dsap", 0, 8, NUMBER }, { "ssap", 8, 8, NUMBER },
		{ "control", 16, 8, NUMBER } } },
	{ "arp", PLAIN, 0x0806, -1, 28, "0001080006040001", ARP_FIELDS },
	{ "rarp", PLAIN, 0x8035, -1, 28, "0001080006040003", ARP_FIELDS },
	{ "mpls", PLAIN, 0x8847, -1, 4, "00064140", { { "label", 0, 20, NUMBER } } },
	{ "pppoe", PLAIN, 0x8863, -1, 6, "11090000", { { "code", 8, 8, NUMBER } } },

	{ "ip", IP4, 0x0800, 4, 20, "450000000001000040", {
		{ "version", 0, 4, NUMBER }, { "ihl", 4, 4, NUMBER }, { "len", 16, 16, NUMBER },
		{ "id", 32, 16, NUMBER }, { "df", 49, 1, NUMBER }, { "mf", 50, 1, NUMBER },
		{ "off", 51, 13, NUMBER }, { "ttl", 64, 8, NUMBER }, { "proto", 72, 8, NUMBER },
		{ "sum", 80, 16, NUMBER }, { "src", 96, 32, IPV4 }, { "dst", 128, 32, IPV4 } } },
	{ "icmp", SUM, 0, 1, 8, "0800", {
		{ "type", 0, 8, NUMBER }, { "code", 8, 8, NUMBER }, { "sum", 16, 16, NUMBER },
		{ "id", 32, 16, NUMBER }, { "seq", 48, 16, NUMBER } } },
	{ "igmp", SUM, 0, 2, 8, "2200", {
		{ "type", 0, 8, NUMBER }, { "code", 8, 8, NUMBER }, { "sum", 16, 16, NUMBER },
		{ "records", 48, 16, NUMBER } } },
	{ "tcp", SUM_PSEUDO, 0, 6, 20, "0000000000000001000000005010ffff", {
		{ "sport", 0, 16, NUMBER }, { "dport", 16, 16, NUMBER }, { "seq", 32, 32, NUMBER },
		{ "ack", 64, 32, NUMBER }, { "flags", 106, 6, NUMBER },
		{ "sum", 128, 16, NUMBER } } },
	{ "udp", SUM_PSEUDO, 0, 17, 8, "", {
		{ "sport", 0, 16, NUMBER }, { "dport", 16, 16, NUMBER }, { "len", 32, 16, NUMBER },
		{ "sum", 48, 16, NUMBER } } },

	{ "ip6", IP6, 0x86dd, 41, 40, "6000000000000040", {
		{ "version", 0, 4, NUMBER }, { "len", 32, 16, NUMBER }, { "next", 48, 8, NUMBER },
		{ "hop", 56, 8, NUMBER }, { "src", 64, 128, IPV6 }, { "dst", 192, 128, IPV6 } } },
	{ "hopopts", EXT6, 0, 0, 2, "", { { "next", 0, 8, NUMBER }, { "len", 8, 8, NUMBER } } },
	{ "dstopts", EXT6, 0, 60, 2, "", { { "next", 0, 8, NUMBER }, { "len", 8, 8, NUMBER } } },
	{ "routing", EXT6, 0, 43, 4, "00000400", {
		{ "next", 0, 8, NUMBER }, { "len", 8, 8, NUMBER }, { "type", 16, 8, NUMBER },
		{ "left", 24, 8, NUMBER } } },
	{ "frag", FRAG6, 0, 44, 8, "0000000000000001", {
		{ "next", 0, 8, NUMBER }, { "off", 16, 13, NUMBER }, { "more", 31, 1, NUMBER },
		{ "id", 32, 32, NUMBER } } },

	ICMP6("icmp6", 8, "8000", { "word", 32, 32, NUMBER }),
	ICMP6("rs", 8, "8500", IGNORED),
	ICMP6("ra", 16, "86000000400007080000000000000000", { "hop", 32, 8, NUMBER },
	      { "flags", 40, 8, NUMBER }, { "lifetime", 48, 16, NUMBER }),
	ICMP6("ns", 24, "8700", { "target", 64, 128, IPV6 }),
	ICMP6("na", 24, "8800", { "r", 32, 1, NUMBER }, { "s", 33, 1, NUMBER },
	      { "o", 34, 1, NUMBER }, { "target", 64, 128, IPV6 }),
	ICMP6("redirect", 40, "8900", { "target", 64, 128, IPV6 }, { "dst", 192, 128, IPV6 }),
	ICMP6("mld2", 8, "8f00", { "records", 48, 16, NUMBER }),

	ND_OPT("slla", "01", 2, "", IGNORED),
	ND_OPT("tlla", "02", 2, "", IGNORED),
	ND_OPT("pio", "03", 32, "40c000015180000038400000000020010db8000000000000000000000000",
	       { "prefix", 128, 128, IPV6 }),
	ND_OPT("redirected", "04", 8, "", IGNORED),
	ND_OPT("mtu", "05", 8, "0000000005dc", { "mtu", 32, 32, NUMBER }),
	ND_OPT("rsa", "0c", 4, "0000", IGNORED),
	ND_OPT("nonce", "0e", 2, "", IGNORED),
	ND_OPT("rio", "18", 8, "400000000708", { "plen", 16, 8, NUMBER }),
	ND_OPT("rdnss", "19", 24, "000000000708", { "addr", 64, 128, IPV6 }),
	ND_OPT("opt", "00", 2, "", IGNORED),

	{ "dhcp", PLAIN, 0, -1, 240, "01010600deadbeef", {
		{ "op", 0, 8, NUMBER }, { "htype", 8, 8, NUMBER }, { "hlen", 16, 8, NUMBER },
		{ "xid", 32, 32, NUMBER }, { "secs", 64, 16, NUMBER }, { "flags", 80, 16, NUMBER },
		{ "ciaddr", 96, 32, IPV4 }, { "yiaddr", 128, 32, IPV4 },
		{ "siaddr", 160, 32, IPV4 }, { "giaddr", 192, 32, IPV4 },
		{ "chaddr", 224, 48, MAC }, { "cookie", 1888, 32, NUMBER } } },
	{ "dopt", TLV1, 0, -1, 2, "", { { "type", 0, 8, NUMBER }, { "len", 8, 8, NUMBER } } },
	{ "dhcp6", PLAIN, 0, -1, 4, "", {
		{ "type", 0, 8, NUMBER }, { "xid", 8, 24, NUMBER } } },
	{ "dopt6", TLV2, 0, -1, 4, "", { { "type", 0, 16, NUMBER }, { "len", 16, 16, NUMBER } } },

	{ "hex", PLAIN, 0, -1, 0, "", { IGNORED } },
	{ "trailer", TRAILER, 0, -1, 0, "", { IGNORED } },
};

static struct {
	const char *name, *means;
} names[256];
static unsigned int n_names;

char proto_where[256];

/**
 * proto_die() - say what is wrong, and where, and exit
 */
void proto_die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", proto_where);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

/**
 * proto_name() - what a name stands for
 * @name: the name
 *
 * Return: text, NULL if it is no name
 */
const char *proto_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < n_names; i++)
		if (!strcmp(names[i].name, name))
			return names[i].means;
	return NULL;
}

/**
 * proto_name_add() - let a name stand for a value
 * @name: the name
 * @means: the value as it could be written instead; both are kept
 */
void proto_name_add(const char *name, const char *means)
{
	if (proto_name(name))
		proto_die("%s has a meaning", name);
	if (n_names == ARRAY_SIZE(names))
		proto_die("too many names");
	names[n_names].name = name;
	names[n_names++].means = means;
}

static void put_bits(uint8_t *data, unsigned int bit, unsigned int bits, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < bits; i++) {
		unsigned int at = bit + bits - 1 - i;

		data[at / 8] &= ~(0x80 >> at % 8);
		if (value >> i & 1)
			data[at / 8] |= 0x80 >> at % 8;
	}
}

static unsigned int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Number of bytes, -1 if it is not hexadecimal or more than there is room for */
static int unhex(const char *text, uint8_t *out, size_t room)
{
	size_t n;

	for (n = 0; text[2 * n]; n++) {
		if (n == room || !isxdigit((unsigned char)text[2 * n]) ||
		    !isxdigit((unsigned char)text[2 * n + 1]))
			return -1;
		out[n] = hex_digit(text[2 * n]) << 4 | hex_digit(text[2 * n + 1]);
	}
	return n;
}

/**
 * proto_mac() - a MAC address in words
 * @text: six bytes in hexadecimal with colons
 * @mac: result
 *
 * Return: false if it is none
 */
bool proto_mac(const char *text, uint8_t *mac)
{
	int i;

	if (strlen(text) != 17)
		return false;
	for (i = 0; i < 17; i++)
		if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			return false;
	for (i = 0; i < 6; i++)
		mac[i] = hex_digit(text[3 * i]) << 4 | hex_digit(text[3 * i + 1]);
	return true;
}

static void parse_field(struct proto_layer *layer, unsigned int index, const char *text)
{
	const struct field *field = &layer->def->fields[index];
	const char *meant = proto_name(text) ?: text;
	uint8_t *to = layer->head + field->bit / 8;
	unsigned long long value;
	bool ok = true;
	char *end;

	switch (field->kind) {
	case NUMBER:
		value = strtoull(meant, &end, 0);
		ok = isdigit((unsigned char)*meant) && !*end && !(value >> field->bits);
		if (ok)
			put_bits(layer->head, field->bit, field->bits, value);
		break;
	case MAC:
		ok = proto_mac(meant, to);
		break;
	case IPV4:
		ok = inet_pton(AF_INET, meant, to) == 1;
		break;
	case IPV6:
		ok = inet_pton(AF_INET6, meant, to) == 1;
		break;
	}
	if (!ok)
		proto_die("%s: \"%s\" does not fit %s", layer->def->name, text, field->name);
	layer->given |= 1u << index;
}

/* A free byte sequence: a name, or hexadecimal, or N*HEX for N times the same */
static void parse_tail(struct proto_layer *layer, const char *text)
{
	const char *meant = proto_name(text) ?: text;
	uint8_t bytes[PROTO_TAIL];
	unsigned long count = 1;
	int len = -1;
	char *end;

	if (proto_mac(meant, bytes))
		len = 6;
	else if (inet_pton(AF_INET, meant, bytes) == 1)
		len = 4;
	else if (strchr(meant, ':') && inet_pton(AF_INET6, meant, bytes) == 1)
		len = 16;
	if (len < 0) {
		if (strchr(meant, '*')) {
			count = strtoul(meant, &end, 10);
			if (*end != '*')
				proto_die("%s: \"%s\" is not N*HEX", layer->def->name, text);
			meant = end + 1;
		}
		len = unhex(meant, bytes, sizeof(bytes));
	}
	if (len <= 0)
		proto_die("%s: \"%s\" is neither a field of it nor a name nor hexadecimal",
			  layer->def->name, text);
	for (; count; count--) {
		if (layer->tail_len + len > sizeof(layer->tail))
			proto_die("%s: too long", layer->def->name);
		memcpy(layer->tail + layer->tail_len, bytes, len);
		layer->tail_len += len;
	}
}

static int field_index(const struct proto_layer_def *def, const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(def->fields) && def->fields[i].name; i++)
		if (strlen(def->fields[i].name) == len && !memcmp(def->fields[i].name, name, len))
			return i;
	return -1;
}

/* The words of one layer behind its name; new free bytes replace the old ones */
static char **parse_words(struct proto_layer *layer, char **words)
{
	bool fresh = true;
	const char *equals;
	int index;

	for (; *words && strcmp(*words, "/"); words++) {
		equals = strchr(*words, '=');
		if (equals) {
			index = field_index(layer->def, *words, equals - *words);
			if (index < 0)
				proto_die("%s has no such field: %s", layer->def->name, *words);
			parse_field(layer, index, equals + 1);
			continue;
		}
		if (fresh)
			layer->tail_len = 0;
		fresh = false;
		parse_tail(layer, *words);
	}
	return words;
}

static char **parse_cut(struct proto_frame *frame, char **words)
{
	char *end;

	if (!*words)
		proto_die("cut: how many bytes?");
	frame->cut = strtoul(*words, &end, 10);
	if (*end || !frame->cut)
		proto_die("cut: \"%s\" is no number of bytes", *words);
	return words + 1;
}

static const struct proto_layer_def *find_def(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(defs); i++)
		if (!strcmp(defs[i].name, name))
			return &defs[i];
	proto_die("no layer is called \"%s\"", name);
}

/* Behind a layer: the end, or `/` and another one */
static char **next_layer(char **words)
{
	if (!*words)
		return words;
	if (strcmp(*words, "/") || !words[1])
		proto_die("\"%s\" where / and a layer, or the end is due", *words);
	return words + 1;
}

/**
 * proto_parse() - read a frame
 * @frame: result
 * @words: its words, then NULL
 */
void proto_parse(struct proto_frame *frame, char **words)
{
	struct proto_layer *layer;

	memset(frame, 0, sizeof(*frame));
	while (*words) {
		if (!strcmp(*words, "cut")) {
			words = parse_cut(frame, words + 1);
		} else {
			if (frame->count == PROTO_LAYERS)
				proto_die("more than %d layers", PROTO_LAYERS);
			layer = &frame->layers[frame->count++];
			layer->def = find_def(*words);
			unhex(layer->def->init, layer->head, sizeof(layer->head));
			if (!strcmp(layer->def->name, "dhcp"))
				memcpy(layer->head + 236, "\x63\x82\x53\x63", 4);
			words = parse_words(layer, words + 1);
		}
		words = next_layer(words);
	}
	if (!frame->count)
		proto_die("an empty frame");
}

/**
 * proto_change() - change some fields of a frame
 * @frame: the frame
 * @words: layers of it, in their order, with the fields that change; then NULL
 */
void proto_change(struct proto_frame *frame, char **words)
{
	unsigned int i = 0;

	while (*words) {
		while (i < frame->count && strcmp(frame->layers[i].def->name, *words))
			i++;
		if (i == frame->count)
			proto_die("the frame has no (other) layer %s", *words);
		words = parse_words(&frame->layers[i++], words + 1);
		words = next_layer(words);
	}
}

/**
 * proto_sum() - Internet checksum (RFC 1071)
 * @data: what to sum up
 * @len: bytes of it
 * @sum: what was summed up before
 *
 * Return: the sum, not inverted
 */
uint16_t proto_sum(const uint8_t *data, size_t len, uint32_t sum)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? data[i] : data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* What is laid out of a frame while it is built */
struct build {
	const struct proto_frame *frame;
	struct proto_bytes *bytes;
	size_t at[PROTO_LAYERS];	/* offset of each layer */
	size_t end;			/* of the packet, before trailers */
};

static bool is_given(const struct proto_layer *layer, const char *field)
{
	int index = field_index(layer->def, field, strlen(field));

	return index < 0 || layer->given & 1u << index;
}

/* Fills in a field, unless it was given. */
static void fill(struct build *build, unsigned int i, const char *name, uint64_t value)
{
	const struct proto_layer *layer = &build->frame->layers[i];
	const struct field *field;

	if (is_given(layer, name))
		return;
	field = &layer->def->fields[field_index(layer->def, name, strlen(name))];
	put_bits(build->bytes->data + build->at[i], field->bit, field->bits, value);
}

static void fill_type(struct build *build, unsigned int i)
{
	const struct proto_layer *layer = &build->frame->layers[i], *next = layer + 1;
	int type = i + 1 < build->frame->count ? next->def->ethertype : 0;

	if (is_given(layer, "type"))
		return;
	if (type < 0)
		type = build->end - build->at[i + 1];
	if (!type)
		proto_die("%s: give type=, what follows has none of its own", layer->def->name);
	fill(build, i, "type", type);
}

static void fill_protocol(struct build *build, unsigned int i, const char *field)
{
	const struct proto_layer *layer = &build->frame->layers[i], *next = layer + 1;
	int protocol = i + 1 < build->frame->count ? next->def->protocol : -1;

	if (is_given(layer, field))
		return;
	if (protocol < 0)
		proto_die("%s: give %s=, what follows has none of its own", layer->def->name,
			  field);
	fill(build, i, field, protocol);
}

static size_t layer_pad(const struct proto_layer *layer)
{
	switch (layer->def->role) {
	case IP4:
		return -layer->tail_len & 3;
	case EXT6:
	case ND_OPTION:
		return -(layer->def->size + layer->tail_len) & 7;
	default:
		return 0;
	}
}

static size_t layer_size(const struct proto_layer *layer)
{
	return layer->def->size + layer->tail_len + layer_pad(layer);
}

/* Padding of options is an option itself (RFC 8200 4.2); only these have options. */
static void pad_options(struct build *build, unsigned int i)
{
	const struct proto_layer *layer = &build->frame->layers[i];
	uint8_t *pad = build->bytes->data + build->at[i] + layer->def->size + layer->tail_len;
	size_t len = layer_pad(layer);

	if (!strcmp(layer->def->name, "routing") || !len)
		return;
	if (len == 1) {
		pad[0] = 0;
	} else {
		pad[0] = 1;
		pad[1] = len - 2;
	}
}

/* The sum of addresses, length and protocol, from the nearest IP header outside */
static uint16_t pseudo_sum(struct build *build, unsigned int i)
{
	const uint8_t *data = build->bytes->data;
	size_t len = build->end - build->at[i];
	uint32_t rest = len + build->frame->layers[i].def->protocol;

	while (i--) {
		if (build->frame->layers[i].def->role == IP4)
			return proto_sum(data + build->at[i] + 12, 8, rest);
		if (build->frame->layers[i].def->role == IP6)
			return proto_sum(data + build->at[i] + 8, 32, rest);
	}
	proto_die("a transport header, but no IP header");
}

static void fill_sum(struct build *build, unsigned int i)
{
	const struct proto_layer *layer = &build->frame->layers[i];
	bool pseudo = layer->def->role == SUM_PSEUDO;
	uint8_t *data = build->bytes->data + build->at[i];
	const struct field *field;
	uint16_t before, sum;

	if (!strcmp(layer->def->name, "udp"))
		fill(build, i, "len", build->end - build->at[i]);
	if (is_given(layer, "sum"))
		return;
	before = pseudo ? pseudo_sum(build, i) : 0;
	sum = ~proto_sum(data, build->end - build->at[i], before);
	/* no sum is a sum of 0 in UDP (RFC 768), and in UDP only */
	if (!sum && !strcmp(layer->def->name, "udp"))
		sum = 0xffff;
	fill(build, i, "sum", sum);
	if (pseudo) {
		build->bytes->csum_start = build->at[i];
		field = &layer->def->fields[field_index(layer->def, "sum", 3)];
		build->bytes->csum_offset = field->bit / 8;
		build->bytes->pseudo = before;
	}
}

static void finish(struct build *build, unsigned int i)
{
	const struct proto_layer *layer = &build->frame->layers[i];
	size_t size = layer_size(layer), len = build->end - build->at[i];
	uint8_t *data = build->bytes->data + build->at[i];

	switch (layer->def->role) {
	case LINK:
	case LINK_LEN:
		fill_type(build, i);
		break;
	case IP4:
		fill(build, i, "ihl", size / 4);
		fill(build, i, "len", len);
		fill_protocol(build, i, "proto");
		fill(build, i, "sum", (uint16_t)~proto_sum(data, size, 0));
		break;
	case IP6:
		fill(build, i, "len", len - size);
		fill_protocol(build, i, "next");
		break;
	case EXT6:
		fill(build, i, "len", size / 8 - 1);
		fill_protocol(build, i, "next");
		pad_options(build, i);
		break;
	case FRAG6:
		fill_protocol(build, i, "next");
		break;
	case SUM:
	case SUM_PSEUDO:
		fill_sum(build, i);
		break;
	case ND_OPTION:
		fill(build, i, "len", size / 8);
		break;
	case TLV1:
	case TLV2:
		fill(build, i, "len", layer->tail_len);
		break;
	case PLAIN:
	case TRAILER:
		break;
	}
}

/**
 * proto_build() - put a frame together
 * @frame: the frame
 * @bytes: result
 *
 * Checksums are computed over the finished bytes, never adjusted: what macnat
 * does is compared with that.
 */
void proto_build(const struct proto_frame *frame, struct proto_bytes *bytes)
{
	struct build build = { .frame = frame, .bytes = bytes };
	const struct proto_layer *layer;
	unsigned int i;

	memset(bytes, 0, sizeof(*bytes));
	for (i = 0; i < frame->count; i++) {
		layer = &frame->layers[i];
		build.at[i] = bytes->len;
		if (bytes->len + layer_size(layer) > sizeof(bytes->data))
			proto_die("a frame of more than %zu bytes", sizeof(bytes->data));
		memcpy(bytes->data + bytes->len, layer->head, layer->def->size);
		memcpy(bytes->data + bytes->len + layer->def->size, layer->tail, layer->tail_len);
		bytes->len += layer_size(layer);
		if (layer->def->role != TRAILER)
			build.end = bytes->len;
	}
	for (i = frame->count; i--; )
		finish(&build, i);
	if (frame->cut >= bytes->len)
		proto_die("cut: the frame has %zu bytes only", bytes->len);
	bytes->len -= frame->cut;
	/* a device sums up what there is */
	if (frame->cut || build.end != bytes->len)
		bytes->csum_start = 0;
}
