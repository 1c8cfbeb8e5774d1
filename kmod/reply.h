/* SPDX-License-Identifier: GPL-2.0 */
/* Frames that macnat makes itself: ARP and neighbour discovery, to the fabric or to a pod. */
#ifndef MACNAT_REPLY_H
#define MACNAT_REPLY_H

#include <linux/netdevice.h>

#include "key.h"

/**
 * struct macnat_reply_peer - one host to tell something
 * @mac: its MAC
 * @key: its IP, in the VLAN of what it is told
 */
struct macnat_reply_peer {
	u64 mac;
	struct macnat_key key;
};

bool macnat_reply_gratuitous_arp(struct net_device *dev, const struct macnat_key *key, u64 mac,
				 int op);
bool macnat_reply_advert(struct net_device *dev, const struct macnat_key *key, bool router,
			 u64 mac);
bool macnat_reply_correct(struct net_device *dev, const struct macnat_key *key, bool router,
			  u64 mac, const struct macnat_reply_peer *peer);
bool macnat_reply_question(struct net_device *dev, const struct macnat_key *key, u64 pod,
			   u64 asker);

#endif /* MACNAT_REPLY_H */
