/* SPDX-License-Identifier: GPL-2.0 */
/* key.h hashes for the table, which is not built here. */
#ifndef SHIM_LINUX_HASH_H
#define SHIM_LINUX_HASH_H

#define GOLDEN_RATIO_64 1ull

#endif /* SHIM_LINUX_HASH_H */
