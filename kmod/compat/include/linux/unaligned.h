/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/unaligned.h> is where 6.12 moved <asm/unaligned.h>. This directory
 * comes last in the search path, so newer kernels use their own.
 */
#ifndef MACNAT_COMPAT_LINUX_UNALIGNED_H
#define MACNAT_COMPAT_LINUX_UNALIGNED_H

#include <asm/unaligned.h>

#endif /* MACNAT_COMPAT_LINUX_UNALIGNED_H */
