/* SPDX-License-Identifier: GPL-2.0 */
/* The two netfilter hooks of an uplink. */
#ifndef MACNAT_HOOK_H
#define MACNAT_HOOK_H

#include <linux/netfilter.h>

unsigned int macnat_hook_egress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int macnat_hook_ingress(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state);

#endif /* MACNAT_HOOK_H */
