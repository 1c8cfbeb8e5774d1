/* SPDX-License-Identifier: GPL-2.0 */
/* What key.h hashes with. */
#ifndef SHIM_LINUX_HASH_H
#define SHIM_LINUX_HASH_H

#define GOLDEN_RATIO_64 0x61c8864680b583ebull

#endif /* SHIM_LINUX_HASH_H */
