/* SPDX-License-Identifier: GPL-2.0 */
/* Chance that can be had again: what follows from a seed, the same on every machine. */
#ifndef SELFTESTS_CHANCE_H
#define SELFTESTS_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The seed, and how far it has come */
static uint64_t chance_state;

/* SplitMix64 */
static inline uint64_t chance_next(void)
{
	uint64_t z = chance_state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* From 0 to n - 1; 0 if there is nothing to choose from */
static inline size_t chance_below(size_t n)
{
	return n ? chance_next() % n : 0;
}

/* True in so many of a hundred cases */
static inline bool chance_is(unsigned int percent)
{
	return chance_below(100) < percent;
}

#endif /* SELFTESTS_CHANCE_H */
