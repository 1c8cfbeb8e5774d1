/* SPDX-License-Identifier: GPL-2.0 */
/* Objects as netlink attributes: the same in answers, dumps and events. */
#ifndef MACNAT_MESSAGE_H
#define MACNAT_MESSAGE_H

#include <linux/skbuff.h>

#include "uplink.h"

int macnat_message_put_uplink(struct sk_buff *skb, const struct macnat_uplink *up);
int macnat_message_put_map(struct sk_buff *skb, const struct macnat_uplink *up,
			   const struct macnat_table_row *row);
int macnat_message_put_stats(struct sk_buff *skb, const struct macnat_uplink *up);
int macnat_message_put_lladdr(struct sk_buff *skb, int attr, u64 mac);

#endif /* MACNAT_MESSAGE_H */
