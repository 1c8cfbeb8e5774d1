/* SPDX-License-Identifier: GPL-2.0 */
/* key.h hashes for the table, which is not built here. */
#ifndef SHIM_LINUX_MATH64_H
#define SHIM_LINUX_MATH64_H

#include "../kernel.h"

u64 mul_u64_u64_shr(u64 a, u64 b, unsigned int shift);

#endif /* SHIM_LINUX_MATH64_H */
