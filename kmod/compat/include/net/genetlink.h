/* SPDX-License-Identifier: GPL-2.0 */
/*
 * 6.6 gave dumps a struct genl_info. What macnat needs of it, the attributes,
 * were in struct genl_dumpit_info before.
 */
#ifndef MACNAT_COMPAT_NET_GENETLINK_H
#define MACNAT_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>

#ifndef MACNAT_HAVE_GENL_INFO_DUMP
#define genl_info_dump(cb) genl_dumpit_info(cb)
#endif

#endif /* MACNAT_COMPAT_NET_GENETLINK_H */
