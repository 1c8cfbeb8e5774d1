/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the control plane share: how attributes are read. */
#ifndef MACNAT_NETLINK_IMPL_H
#define MACNAT_NETLINK_IMPL_H

#include <linux/netlink.h>

#include "key.h"

struct macnat_uplink;

struct macnat_uplink *macnat_netlink_uplink_rcu(struct net *net, const struct nlattr *attr,
						struct netlink_ext_ack *extack);
int macnat_netlink_check_last(const struct sk_buff *skb, const struct nlmsghdr *nlh,
			      struct netlink_ext_ack *extack);
u64 macnat_netlink_mac(const struct nlattr *attr, struct netlink_ext_ack *extack);
int macnat_netlink_vlan(struct nlattr **attrs, struct macnat_key *key,
			struct netlink_ext_ack *extack);
int macnat_netlink_key(struct nlattr **attrs, struct macnat_key *key,
		       struct netlink_ext_ack *extack);

#endif /* MACNAT_NETLINK_IMPL_H */
