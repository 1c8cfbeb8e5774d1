/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames in words: layers with named fields, put together into bytes. What is
 * not given is filled in: types, lengths, checksums.
 */
#ifndef SELFTESTS_PROTO_H
#define SELFTESTS_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTO_FRAME_MAX	2048
#define PROTO_LAYERS	16
#define PROTO_HEAD	256	/* fixed part of a layer */
#define PROTO_TAIL	512	/* free bytes behind it */

struct proto_layer_def;

/**
 * struct proto_layer - a header, an option, or bytes as they are
 * @def: which
 * @head: its fixed part, network byte order
 * @tail: the free bytes behind it
 * @tail_len: their number
 * @given: fields that were given, a bit each: those are not filled in
 */
struct proto_layer {
	const struct proto_layer_def *def;
	uint8_t head[PROTO_HEAD];
	uint8_t tail[PROTO_TAIL];
	size_t tail_len;
	uint32_t given;
};

/**
 * struct proto_frame - a frame in layers
 * @layers: outermost first
 * @count: their number
 * @cut: bytes that are missing at its end
 */
struct proto_frame {
	struct proto_layer layers[PROTO_LAYERS];
	unsigned int count;
	unsigned int cut;
};

/**
 * struct proto_bytes - a frame as it is sent
 * @data: its bytes
 * @len: their number
 * @csum_start: offset of the transport header whose checksum a device could be
 *	told to compute, 0 if there is none
 * @csum_offset: offset of the checksum from there
 * @pseudo: what the checksum field bears until the device has computed it
 */
struct proto_bytes {
	uint8_t data[PROTO_FRAME_MAX];
	size_t len;
	unsigned int csum_start;
	unsigned int csum_offset;
	uint16_t pseudo;
};

/* What is being read or run, for proto_die() */
extern char proto_where[256];

void __attribute__((format(printf, 1, 2), noreturn)) proto_die(const char *format, ...);
const char *proto_name(const char *name);
void proto_name_add(const char *name, const char *means);
void proto_parse(struct proto_frame *frame, char **words);
void proto_change(struct proto_frame *frame, char **words);
void proto_build(const struct proto_frame *frame, struct proto_bytes *bytes);
uint16_t proto_sum(const uint8_t *data, size_t len, uint32_t sum);
bool proto_mac(const char *text, uint8_t *mac);

#endif /* SELFTESTS_PROTO_H */
