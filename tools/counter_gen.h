/* SPDX-License-Identifier: GPL-2.0 */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/macnat.yaml */

#ifndef MACNAT_COUNTER_GEN_H
#define MACNAT_COUNTER_GEN_H

#define MACNAT_COUNTERS(X) \
	X(OUT_NODE, "out-node", "the node's own frame, left as it is") \
	X(OUT_DATA, "out-data", "a pod's frame, sent with the node MAC as source") \
	X(OUT_ARP, "out-arp", "a pod's ARP frame, sent with the node MAC in the Ethernet source and in ARP") \
	X(OUT_MALFORMED, "out-malformed", "a pod's frame whose ARP is truncated or not for IPv4 over Ethernet, only its Ethernet source hidden") \
	X(OUT_LEAK, "out-leak", "a frame with an Ethernet or ARP sender that belongs to no known pod nor to the node, which is left as it is") \
	X(OUT_GROUP_SOURCE, "out-group-source", "a frame with a group address as source, dropped") \
	X(OUT_RUNT, "out-runt", "a frame shorter than an Ethernet header, left as it is") \
	X(OUT_NOMEM, "out-nomem", "a pod's frame that could not be made writable, dropped") \
	X(OUT_SHARED, "out-shared", "a pod's frame that its sender still holds, dropped since writing would corrupt it") \
	X(IN_NODE, "in-node", "a frame for the node itself, left as it is") \
	X(IN_GROUP, "in-group", "a broadcast or multicast frame, left as it is") \
	X(IN_DATA, "in-data", "an IP frame for a pod, delivered to the pod's MAC") \
	X(IN_ROUTE, "in-route", "an IP frame for a pod, left to the host's forwarding (mode route)") \
	X(IN_ARP, "in-arp", "an ARP frame for a pod, delivered with the pod's MAC") \
	X(IN_MALFORMED, "in-malformed", "a frame whose ARP or IP header is truncated or wrong, left as it is") \
	X(IN_STALE, "in-stale", "a frame sent to a pod's own MAC by a peer whose neighbour cache is stale, delivered") \
	X(IN_FOREIGN, "in-foreign", "a unicast frame for neither the node nor its pods (the fabric flooded it), left as it is") \
	X(IN_REFLECTED, "in-reflected", "a frame that came back with the node MAC as source, dropped") \
	X(IN_NOMEM, "in-nomem", "a frame for a pod that could not be made writable, dropped") \
	X(IN_SHARED, "in-shared", "a frame for a pod that another receiver still holds, dropped since writing would corrupt it") \
	X(ANNOUNCE_SENT, "announce-sent", "gratuitous ARP frames sent so that peers learn a pod's node MAC") \
	X(ANNOUNCE_FAILED, "announce-failed", "gratuitous ARP frames that could not be built or sent")

#endif /* MACNAT_COUNTER_GEN_H */
