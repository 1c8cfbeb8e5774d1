/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family; its spec is Documentation/netlink/specs/macnat.yaml. */
#ifndef MACNAT_NETLINK_H
#define MACNAT_NETLINK_H

int macnat_netlink_setup(void);
void macnat_netlink_cleanup(void);

#endif /* MACNAT_NETLINK_H */
