/* SPDX-License-Identifier: GPL-2.0 */
/* key.h hashes for the table, which is not built here. */
#ifndef SHIM_LINUX_JHASH_H
#define SHIM_LINUX_JHASH_H

#include "../kernel.h"

u32 jhash2(const u32 *words, u32 count, u32 seed);
u32 jhash_2words(u32 a, u32 b, u32 seed);

#endif /* SHIM_LINUX_JHASH_H */
