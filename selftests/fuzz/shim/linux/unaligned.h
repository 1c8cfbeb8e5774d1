/* SPDX-License-Identifier: GPL-2.0 */
/* Loads and stores at any alignment. */
#ifndef SHIM_LINUX_UNALIGNED_H
#define SHIM_LINUX_UNALIGNED_H

#include "../kernel.h"

#define SHIM_ANYWHERE __attribute__((packed, may_alias))

#define get_unaligned(ptr) ({						\
	__auto_type __ptr = (ptr);					\
	const struct SHIM_ANYWHERE { typeof(*__ptr) value; } *__any = (const void *)__ptr; \
	__any->value;							\
})

#define put_unaligned(val, ptr) do {					\
	__auto_type __ptr = (ptr);					\
	struct SHIM_ANYWHERE { typeof(*__ptr) value; } *__any = (void *)__ptr; \
	__any->value = (val);						\
} while (0)

static inline u64 get_unaligned_be64(const void *ptr)
{
	return __be64_to_cpu(get_unaligned((const __be64 *)ptr));
}

#endif /* SHIM_LINUX_UNALIGNED_H */
