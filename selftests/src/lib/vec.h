/* SPDX-License-Identifier: GPL-2.0 */
/* Test vectors as they are written in selftests/vectors. */
#ifndef SELFTESTS_VEC_H
#define SELFTESTS_VEC_H

#include "proto.h"

/* Where frames enter and leave */
enum vec_port {
	VEC_POD,	/* a pod with the MAC P */
	VEC_POD2,	/* another with the MAC P2 */
	VEC_HOST,	/* the node itself, its bridge */
	VEC_UPLINK,	/* past the bridge; frames enter here only */
	VEC_FABRIC,
	VEC_PORTS,
};

/* How the frames of a vector are tagged and laid out, each a vector of its own */
enum vec_variant {
	VEC_UNTAGGED,
	VEC_Q,			/* 802.1Q in metadata */
	VEC_Q_IN_BAND,		/* 802.1Q in the data */
	VEC_AD,			/* 802.1ad in metadata, 802.1Q in the data */
	VEC_AD_IN_BAND,		/* both in the data */
	VEC_PRIORITY,		/* 802.1Q with VID 0: no VLAN */
	VEC_PAGED,		/* all but the Ethernet header in page fragments */
	VEC_PAGED_AD,		/* ... with two tags */
	VEC_PARTIAL,		/* the transport checksum is still to be computed */
	VEC_VARIANTS,
};

/**
 * struct vec_step - a frame goes in, and comes out or does not
 * @in: where it enters
 * @out: where it comes out, a bit of enum vec_port each; 0 if it is dropped
 * @sent: the frame that goes in
 * @want: the frame that comes out
 * @counter: that counts it, see counters_find()
 * @line: of the file
 */
struct vec_step {
	enum vec_port in;
	unsigned int out;
	struct proto_frame sent;
	struct proto_frame want;
	int counter;
	unsigned int line;
};

#define VEC_STEPS 4
#define VEC_KEEPS 4
#define VEC_SETTINGS 3

/* What `set` may set, with the values it has otherwise */
extern const char *const vec_settings[VEC_SETTINGS], *const vec_defaults[VEC_SETTINGS];

/**
 * struct vec - a vector
 * @id: of the specification, with a small letter if it takes several cases
 * @title: what it is about
 * @settings: of the uplink, see vec_settings
 * @keeps: names of hidden MACs that may show all the same
 * @variants: a bit of enum vec_variant each
 * @steps: one after the other
 * @n_steps: their number
 */
struct vec {
	const char *id;
	const char *title;
	const char *settings[VEC_SETTINGS];
	const char *keeps[VEC_KEEPS];
	unsigned int variants;
	struct vec_step steps[VEC_STEPS];
	unsigned int n_steps;
};

extern struct vec **vecs;
extern unsigned int n_vecs;
extern const char *vec_hidden[8];	/* names of MACs that must not leave */
extern const char *const vec_ports[VEC_PORTS], *const vec_variants[VEC_VARIANTS];

void vec_load(const char *path);

#endif /* SELFTESTS_VEC_H */
