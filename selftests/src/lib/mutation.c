// SPDX-License-Identifier: GPL-2.0
/*
 * Mutations. Each frame follows from the seed and its number alone, so one can be made again
 * without those before it. Half of what is done knows where headers and options are: a blind
 * change is mostly one of a payload, which nobody reads.
 */
#include "mutation.h"

#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "proto.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ND_FIXED 24	/* of a solicitation or advertisement, in front of the options */

struct seed {
	uint8_t data[PROTO_FRAME_MAX];
	size_t len;
};

/* Those that leave, and those that come in */
static struct seed *seeds[2];
static unsigned int n_seeds[2];
static uint8_t macs[8][ETH_ALEN];
static unsigned int n_macs;

/* Where a mutation finds what it knows of */
struct layers {
	size_t net;		/* behind the tags */
	uint16_t type;
	size_t transport;	/* 0 if there is none */
	size_t options;		/* of neighbour discovery, 0 if there are none */
};

/**
 * mutation_seed() - another frame to begin with
 * @data: its bytes
 * @len: their number
 * @out: it leaves, or else it comes in
 */
void mutation_seed(const uint8_t *data, size_t len, bool out)
{
	struct seed *seed;

	if (len < MUTATION_MIN || len > MUTATION_MAX)
		proto_die("no frame to send: %zu bytes", len);
	seeds[out] = realloc(seeds[out], (n_seeds[out] + 1) * sizeof(*seeds[out]));
	if (!seeds[out])
		proto_die("no memory");
	seed = &seeds[out][n_seeds[out]++];
	memcpy(seed->data, data, len);
	seed->len = len;
}

/**
 * mutation_mac() - another MAC address that frames may bear, wherever
 * @mac: the address
 */
void mutation_mac(const uint8_t *mac)
{
	if (n_macs == ARRAY_SIZE(macs))
		proto_die("too many MAC addresses");
	memcpy(macs[n_macs++], mac, ETH_ALEN);
}

/* ------------------------------------------------------------------------------------------- */
/* Bytes */

static void insert(struct mutation *frame, size_t at, const void *bytes, size_t len)
{
	if (at > frame->len || frame->len + len > sizeof(frame->data))
		return;
	memmove(frame->data + at + len, frame->data + at, frame->len - at);
	memcpy(frame->data + at, bytes, len);
	frame->len += len;
}

static void take_out(struct mutation *frame, size_t at, size_t len)
{
	if (at > frame->len || len > frame->len - at || frame->len - len < MUTATION_MIN)
		return;
	memmove(frame->data + at, frame->data + at + len, frame->len - at - len);
	frame->len -= len;
}

static void put(struct mutation *frame, size_t at, const void *bytes, size_t len)
{
	if (at <= frame->len && len <= frame->len - at)
		memcpy(frame->data + at, bytes, len);
}

static unsigned int get(const struct mutation *frame, size_t at, size_t len)
{
	unsigned int value = 0;

	for (; len; len--, at++)
		value = value << 8 | (at < frame->len ? frame->data[at] : 0);
	return value;
}

/* A place to change: headers are at the front */
static size_t somewhere(const struct mutation *frame)
{
	return chance_is(80) ? chance_below(frame->len < 90 ? frame->len : 90) :
			       chance_below(frame->len);
}

static bool is_tag(uint16_t type)
{
	return type == ETH_P_8021Q || type == ETH_P_8021AD;
}

static void find_layers(const struct mutation *frame, struct layers *layers)
{
	size_t at = 2 * ETH_ALEN;

	memset(layers, 0, sizeof(*layers));
	while (is_tag(get(frame, at, 2)))
		at += 4;
	layers->type = get(frame, at, 2);
	layers->net = at + 2;
	if (layers->type == ETH_P_IP) {
		layers->transport = layers->net + (get(frame, layers->net, 1) & 15) * 4;
	} else if (layers->type == ETH_P_IPV6) {
		layers->transport = layers->net + 40;
		if (get(frame, layers->net + 6, 1) == 58)
			layers->options = layers->transport + ND_FIXED;
	}
}

/* An option of neighbour discovery: the first, or one of those behind it */
static size_t find_option(const struct mutation *frame, const struct layers *layers)
{
	size_t at = layers->options, hops = chance_below(4), len;

	for (; hops; hops--) {
		len = get(frame, at + 1, 1) * 8;
		if (!len || at + len + 2 > frame->len)
			break;
		at += len;
	}
	return at;
}

/* ------------------------------------------------------------------------------------------- */
/* What may happen to a frame */

static void flip_bits(struct mutation *frame)
{
	size_t n = 1 + chance_below(8);

	for (; n; n--)
		frame->data[somewhere(frame)] ^= 1 << chance_below(8);
}

static void set_bytes(struct mutation *frame)
{
	static const uint8_t values[] = { 0, 1, 2, 4, 6, 8, 14, 58, 127, 128, 254, 255 };
	uint8_t bytes[2] = { values[chance_below(ARRAY_SIZE(values))],
			     values[chance_below(ARRAY_SIZE(values))] };

	put(frame, somewhere(frame), bytes, 1 + chance_below(2));
}

/* A length field, or another that says how to read on */
static void set_length(struct mutation *frame)
{
	/* IPv4: version and header length, total length, fragment offset, protocol; UDP length */
	static const uint8_t v4[] = { 0, 2, 3, 6, 7, 9 };
	/* IPv6: version, payload length, next header, hop limit; the first bytes behind */
	static const uint8_t v6[] = { 0, 4, 5, 6, 7, 40, 41, 42 };
	/* ARP: types, lengths, operation */
	static const uint8_t arp[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct layers layers;
	uint8_t byte;
	size_t at;

	find_layers(frame, &layers);
	at = layers.net;
	if (layers.type == ETH_P_IP && chance_is(30))
		at = layers.transport + 4 + chance_below(2);
	else if (layers.type == ETH_P_IP)
		at += v4[chance_below(ARRAY_SIZE(v4))];
	else if (layers.type == ETH_P_IPV6)
		at += v6[chance_below(ARRAY_SIZE(v6))];
	else
		at += arp[chance_below(ARRAY_SIZE(arp))];
	byte = chance_is(50) ? get(frame, at, 1) + chance_below(17) - 8 : chance_next();
	put(frame, at, &byte, 1);
}

static void set_option(struct mutation *frame)
{
	static const uint8_t types[] = { 1, 2, 3, 4, 5, 12, 14, 25 };
	struct layers layers;
	uint8_t byte;
	size_t at;

	find_layers(frame, &layers);
	if (!layers.options)
		return;
	at = find_option(frame, &layers);
	if (chance_is(60)) {
		byte = chance_is(70) ? chance_below(5) : chance_next();
		put(frame, at + 1, &byte, 1);
	} else {
		put(frame, at, &types[chance_below(ARRAY_SIZE(types))], 1);
	}
}

/* One more, or one less, and the packet's length follows or does not */
static void move_option(struct mutation *frame)
{
	uint8_t option[8] = { 1 + chance_below(2), chance_is(80) ? 1 : chance_below(4) }, len[2];
	struct layers layers;
	unsigned int payload;
	size_t at, before = frame->len;

	find_layers(frame, &layers);
	if (!layers.options || !n_macs)
		return;
	at = find_option(frame, &layers);
	memcpy(option + 2, macs[chance_below(n_macs)], ETH_ALEN);
	if (chance_is(70))
		insert(frame, at, option, sizeof(option));
	else
		take_out(frame, at, sizeof(option));
	if (chance_is(20))
		return;
	payload = get(frame, layers.net + 4, 2) + frame->len - before;
	len[0] = payload >> 8;
	len[1] = payload;
	put(frame, layers.net + 4, len, sizeof(len));
}

static void add_extension(struct mutation *frame)
{
	/* hop-by-hop, routing, fragment, AH, destination, none, mobility */
	static const uint8_t headers[] = { 0, 43, 44, 51, 60, 59, 135 };
	uint8_t extension[8] = { 0 }, len[2];
	struct layers layers;
	unsigned int payload;

	find_layers(frame, &layers);
	if (layers.type != ETH_P_IPV6)
		return;
	extension[0] = get(frame, layers.net + 6, 1);
	extension[1] = chance_is(70) ? 0 : chance_below(32);
	extension[3] = chance_is(30) ? chance_below(16) : 0;
	put(frame, layers.net + 6, &headers[chance_below(ARRAY_SIZE(headers))], 1);
	insert(frame, layers.transport, extension, sizeof(extension));
	payload = get(frame, layers.net + 4, 2) + sizeof(extension);
	len[0] = payload >> 8;
	len[1] = payload;
	put(frame, layers.net + 4, len, sizeof(len));
}

/* One of the cast where a MAC address may be, or where none is */
static void set_mac(struct mutation *frame)
{
	struct layers layers;
	size_t at;

	if (!n_macs)
		return;
	find_layers(frame, &layers);
	if (chance_is(50))
		at = chance_below(2) * ETH_ALEN;
	else if (layers.type == ETH_P_ARP || layers.type == ETH_P_RARP)
		at = layers.net + 8 + chance_below(2) * 10;
	else if (layers.options)
		at = find_option(frame, &layers) + 2;
	else
		at = somewhere(frame);
	put(frame, at, macs[chance_below(n_macs)], ETH_ALEN);
}

static void add_tag(struct mutation *frame)
{
	static const uint16_t vids[] = { 0, 1, 100, 200, 300, 4094, 4095 };
	uint16_t tpid = chance_is(60) ? ETH_P_8021Q : ETH_P_8021AD;
	uint16_t tci = vids[chance_below(ARRAY_SIZE(vids))] |
		       (chance_is(30) ? chance_below(16) << 12 : 0);
	uint8_t tag[4] = { tpid >> 8, tpid, tci >> 8, tci };

	insert(frame, 2 * ETH_ALEN, tag, sizeof(tag));
}

static void drop_tag(struct mutation *frame)
{
	if (is_tag(get(frame, 2 * ETH_ALEN, 2)))
		take_out(frame, 2 * ETH_ALEN, 4);
}

static void truncate_end(struct mutation *frame)
{
	size_t keep = chance_is(50) ? frame->len - chance_below(16) : chance_below(frame->len);

	frame->len = keep < MUTATION_MIN || keep > frame->len ? MUTATION_MIN : keep;
}

static void extend_end(struct mutation *frame)
{
	size_t n = chance_is(90) ? chance_below(64) : chance_below(MUTATION_MAX);
	uint8_t byte;

	for (; n; n--) {
		byte = chance_next();
		insert(frame, frame->len, &byte, 1);
	}
}

static void repeat_or_lose(struct mutation *frame)
{
	uint8_t bytes[32];
	size_t n = 1 + chance_below(sizeof(bytes)), at = somewhere(frame);

	if (at + n > frame->len)
		return;
	memcpy(bytes, frame->data + at, n);
	if (chance_is(50))
		insert(frame, at, bytes, n);
	else
		take_out(frame, at, n);
}

/* The front of this one, the end of another */
static void splice(struct mutation *frame)
{
	const bool out = chance_is(50);
	const struct seed *other = &seeds[out][chance_below(n_seeds[out])];
	size_t at = 2 * ETH_ALEN + chance_below(60);
	size_t from = chance_is(70) ? at : chance_below(other->len);

	if (at > frame->len || from > other->len || at + other->len - from > sizeof(frame->data))
		return;
	memcpy(frame->data + at, other->data + from, other->len - from);
	frame->len = at + other->len - from;
	if (frame->len < MUTATION_MIN)
		frame->len = MUTATION_MIN;
}

/* ------------------------------------------------------------------------------------------- */

static void (*const changes[])(struct mutation *frame) = {
	flip_bits, flip_bits, set_bytes, set_bytes, set_length, set_length, set_length, set_option,
	set_option, move_option, add_extension, set_mac, set_mac, add_tag, drop_tag, truncate_end,
	truncate_end, extend_end, repeat_or_lose, splice,
};

static void choose_layout(struct mutation *frame)
{
	frame->layout = chance_is(60) ? MUTATION_LINEAR : 1 + chance_below(MUTATION_LAYOUTS - 1);
	/* room for a checksum behind the Ethernet header, and the kernel wants it in the frame */
	if (frame->layout == MUTATION_PARTIAL && frame->len < MUTATION_MIN + 4)
		frame->layout = MUTATION_LINEAR;
	if (frame->layout != MUTATION_PARTIAL)
		return;
	frame->csum_start = MUTATION_MIN + chance_below(frame->len - MUTATION_MIN - 2);
	frame->csum_offset = chance_below(frame->len - frame->csum_start - 1);
}

/**
 * mutation_make() - a frame
 * @seed: of the sequence
 * @number: in it
 * @frame: result
 */
void mutation_make(uint64_t seed, uint64_t number, struct mutation *frame)
{
	const struct seed *from;
	unsigned int n;
	bool out;

	chance_state = seed;
	chance_state = chance_next() ^ number;
	frame->port = chance_is(40) ? MUTATION_POD : chance_is(50) ? MUTATION_FABRIC :
		      chance_is(50) ? MUTATION_UPLINK : MUTATION_BYPASS;
	/* now and then what would come in leaves, and the other way round */
	out = (frame->port != MUTATION_FABRIC) ^ chance_is(5);
	from = &seeds[out][chance_below(n_seeds[out])];
	memcpy(frame->data, from->data, from->len);
	frame->len = from->len;

	for (n = chance_below(3); n; n--)
		add_tag(frame);
	for (n = 1 + chance_below(4); n; n--)
		changes[chance_below(ARRAY_SIZE(changes))](frame);
	choose_layout(frame);
}
