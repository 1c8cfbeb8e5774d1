/* SPDX-License-Identifier: GPL-2.0 */
/* What key.h multiplies with. */
#ifndef SHIM_LINUX_MATH64_H
#define SHIM_LINUX_MATH64_H

#include "../kernel.h"

static inline u64 mul_u64_u64_shr(u64 a, u64 b, unsigned int shift)
{
	return (__uint128_t)a * b >> shift;
}

#endif /* SHIM_LINUX_MATH64_H */
