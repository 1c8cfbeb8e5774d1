/* SPDX-License-Identifier: GPL-2.0 */
/* <linux/unaligned.h> is where 6.12 moved <asm/unaligned.h>. */
#ifndef MACNAT_COMPAT_LINUX_UNALIGNED_H
#define MACNAT_COMPAT_LINUX_UNALIGNED_H

#ifdef MACNAT_HAVE_LINUX_UNALIGNED
#include_next <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif /* MACNAT_COMPAT_LINUX_UNALIGNED_H */
