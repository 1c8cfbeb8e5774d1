/* SPDX-License-Identifier: GPL-2.0 */
/* IPv4. */
#ifndef SHIM_NET_IP_H
#define SHIM_NET_IP_H

#include <linux/in.h>
#include <linux/ip.h>

#define IP_OFFSET 0x1fff

#endif /* SHIM_NET_IP_H */
