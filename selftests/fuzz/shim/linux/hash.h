/* SPDX-License-Identifier: GPL-2.0 */
/* What key.h hashes with. */
#ifndef SHIM_LINUX_HASH_H
#define SHIM_LINUX_HASH_H

#include "../kernel.h"

#define GOLDEN_RATIO_64 0x61c8864680b583ebull

static inline u32 hash_64(u64 value, unsigned int bits)
{
	return value * GOLDEN_RATIO_64 >> (64 - bits);
}

#endif /* SHIM_LINUX_HASH_H */
