// SPDX-License-Identifier: GPL-2.0
/* Making a frame writable that others hold, too. */
#include "rewrite.h"

/**
 * macnat_rewrite_unclone() - make a frame ours to write that is not yet
 * @skb: the frame
 * @len: see macnat_rewrite_open()
 *
 * Context: softirq or BH disabled. Moves data.
 *
 * Return: 0, -EBUSY if the skb is shared, -ENOMEM if there is no memory
 */
int macnat_rewrite_unclone(struct sk_buff *skb, unsigned int len)
{
	if (unlikely(skb_shared(skb)))
		return -EBUSY;
	return skb_ensure_writable(skb, len) ? -ENOMEM : 0;
}
