/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words of the kernel that its headers take for granted, for user space.
 * This directory stands in for the kernel's include/ when frame.c, rewrite.c,
 * arp.c, nd.c and dhcp.c of kmod/ are built, unchanged, for a fuzzer; what is
 * not here (<linux/ip.h>, <linux/udp.h>, ...) is the system's UAPI header.
 */
#ifndef SHIM_KERNEL_H
#define SHIM_KERNEL_H

#include <asm/bitsperlong.h>
#include <asm/byteorder.h>
#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#define BITS_PER_LONG __BITS_PER_LONG
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define __packed __attribute__((packed))
#define __force
#define U32_MAX ((u32)~0U)

#define smp_load_acquire(ptr) __atomic_load_n(ptr, __ATOMIC_ACQUIRE) /* one thread */
#define smp_store_release(ptr, value) __atomic_store_n(ptr, value, __ATOMIC_RELEASE) /* too */

/* not the C library's functions, as these may stand in a case label */
#define htons(x) ((__be16)__cpu_to_be16(x))
#define ntohs(x) ((u16)__be16_to_cpu(x))

#endif /* SHIM_KERNEL_H */
