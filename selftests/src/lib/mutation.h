/* SPDX-License-Identifier: GPL-2.0 */
/* Frames that are nearly right: seeds, and what happens to them. */
#ifndef SELFTESTS_MUTATION_H
#define SELFTESTS_MUTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUTATION_MIN	14	/* an Ethernet header, less cannot be sent */
#define MUTATION_MAX	1514	/* an MTU of 1500 */

/* Where a frame enters */
enum mutation_port {
	MUTATION_POD,		/* its outer tag is in metadata when it meets the hook */
	MUTATION_UPLINK,	/* past the bridge: all tags are in the data */
	MUTATION_BYPASS,	/* ... and the queue: BH enabled, no MAC header */
	MUTATION_FABRIC,
	MUTATION_PORTS,
};

/* How it lies in memory */
enum mutation_layout {
	MUTATION_LINEAR,
	MUTATION_PAGED,		/* all but the Ethernet header in page fragments */
	MUTATION_PARTIAL,	/* linear, a checksum somewhere is still to be computed */
	MUTATION_LAYOUTS,
};

/**
 * struct mutation - a frame to send
 * @data: its bytes
 * @len: their number
 * @port: where it enters
 * @layout: how it lies in memory
 * @csum_start: for MUTATION_PARTIAL, where the sum begins
 * @csum_offset: where it is stored, from there
 */
struct mutation {
	uint8_t data[MUTATION_MAX];
	size_t len;
	enum mutation_port port;
	enum mutation_layout layout;
	uint16_t csum_start;
	uint16_t csum_offset;
};

void mutation_seed(const uint8_t *data, size_t len, bool out);
void mutation_mac(const uint8_t *mac);
void mutation_make(uint64_t seed, uint64_t number, struct mutation *frame);

#endif /* SELFTESTS_MUTATION_H */
