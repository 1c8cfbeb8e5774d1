/* SPDX-License-Identifier: GPL-2.0 */
/* ARP: the system's header brings in all of <sys/socket.h>. */
#ifndef SHIM_LINUX_IF_ARP_H
#define SHIM_LINUX_IF_ARP_H

#include "../kernel.h"

#define ARPHRD_ETHER	1

#define ARPOP_REQUEST	1
#define ARPOP_REPLY	2
#define ARPOP_RREQUEST	3
#define ARPOP_RREPLY	4

struct arphdr {
	__be16 ar_hrd;
	__be16 ar_pro;
	u8 ar_hln;
	u8 ar_pln;
	__be16 ar_op;
};

#endif /* SHIM_LINUX_IF_ARP_H */
