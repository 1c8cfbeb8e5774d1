/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one gate that may move skb data, and the edits of the Ethernet header.
 * After macnat_rewrite_open() every pointer into the skb must be taken anew.
 */
#ifndef MACNAT_REWRITE_H
#define MACNAT_REWRITE_H

#include <linux/skbuff.h>

#include "key.h"

int macnat_rewrite_open(struct sk_buff *skb, unsigned int len);
void macnat_rewrite_source(struct sk_buff *skb, u64 mac);
void macnat_rewrite_dest(struct sk_buff *skb, u64 mac);

#endif /* MACNAT_REWRITE_H */
