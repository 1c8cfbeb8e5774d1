/* SPDX-License-Identifier: GPL-2.0 */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/macnat.yaml */

#ifndef MACNAT_COUNTER_GEN_H
#define MACNAT_COUNTER_GEN_H

#define MACNAT_COUNTERS(X) \
	X(OUT_NODE, "out-node", "the node's own frame, left as it is") \
	X(OUT_DATA, "out-data", "a pod's frame, sent with the node MAC as source") \
	X(OUT_ARP, "out-arp", "a pod's ARP frame, sent with the node MAC in the Ethernet source and in ARP") \
	X(OUT_ND, "out-nd", "a pod's IPv6 neighbour discovery, sent with the node MAC in the Ethernet source and in its link-layer options; or a redirect by the node to a pod, whose MAC it would tell") \
	X(OUT_DHCP, "out-dhcp", "a pod's DHCPv4 request, sent with the node MAC as source and the broadcast flag set") \
	X(OUT_SEND, "out-send", "a pod's signed neighbour discovery (SEND, RFC 3971), only its Ethernet source hidden") \
	X(OUT_MALFORMED, "out-malformed", "a pod's frame whose ARP, IP or neighbour discovery header is truncated or wrong, only its Ethernet source hidden") \
	X(OUT_LEAK, "out-leak", "a frame with an Ethernet or ARP sender that belongs to no known pod nor to the node, which is left as it is") \
	X(OUT_GUARD_REWRITE, "out-guard-rewrite", "a frame of an unknown sender, hidden all the same (guard rewrite)") \
	X(OUT_GUARD_DROP, "out-guard-drop", "a frame of an unknown sender, or of a pod with an IP address that is another's, dropped (guard drop)") \
	X(OUT_EXEMPT, "out-exempt", "a frame with a virtual router's MAC as source (VRRP, RFC 9568), left as it is") \
	X(OUT_LINK_LOCAL, "out-link-local", "a pod's frame to a group that no bridge may forward (01:80:c2:00:00:0x), dropped") \
	X(OUT_ND_FRAGMENT, "out-nd-fragment", "a pod's neighbour discovery in fragments, which receivers must ignore (RFC 6980), dropped") \
	X(OUT_GROUP_SOURCE, "out-group-source", "a frame with a group address as source, dropped") \
	X(OUT_RUNT, "out-runt", "a frame shorter than an Ethernet header, left as it is") \
	X(OUT_NOMEM, "out-nomem", "a pod's frame that could not be made writable, dropped") \
	X(OUT_SHARED, "out-shared", "a pod's frame that its sender still holds or changes, dropped since writing would corrupt it") \
	X(IN_NODE, "in-node", "a frame for the node itself, left as it is") \
	X(IN_GROUP, "in-group", "a broadcast or multicast frame, left as it is") \
	X(IN_DATA, "in-data", "an IP frame for a pod, delivered to the pod's MAC") \
	X(IN_ROUTE, "in-route", "an IP frame for a pod, left to the host's forwarding (mode route)") \
	X(IN_ARP, "in-arp", "an ARP frame for a pod, delivered with the pod's MAC") \
	X(IN_ND, "in-nd", "IPv6 neighbour discovery for a pod, delivered to the pod's MAC") \
	X(IN_DHCP, "in-dhcp", "a DHCPv4 answer sent to the node MAC, delivered to the pod whose hardware address it bears") \
	X(IN_PROBE, "in-probe", "an answer to a pod's ARP probe, which names no address, delivered to that pod") \
	X(IN_MALFORMED, "in-malformed", "a frame whose ARP or IP header is truncated or wrong, left as it is") \
	X(IN_STALE, "in-stale", "a frame sent to a pod's own MAC by a peer whose neighbour cache is stale, delivered") \
	X(IN_FOREIGN, "in-foreign", "a unicast frame for neither the node nor its pods (the fabric flooded it), left as it is") \
	X(IN_FOREIGN_DROP, "in-foreign-drop", "a unicast frame for neither the node nor its pods, dropped (flood drop)") \
	X(IN_REFLECTED, "in-reflected", "a frame that came back with the node MAC as source, dropped") \
	X(IN_NOMEM, "in-nomem", "a frame for a pod that could not be made writable, dropped") \
	X(IN_SHARED, "in-shared", "a frame for a pod that another receiver still holds, dropped since writing would corrupt it") \
	X(ANNOUNCE_SENT, "announce-sent", "gratuitous ARP and unsolicited advertisements sent so that peers learn a pod's node MAC") \
	X(ANNOUNCE_FAILED, "announce-failed", "announcements that could not be built or sent") \
	X(OUT_ANSWER, "out-answer", "a pod's answer to a question of macnat's, dropped since nobody else asked") \
	X(IN_QUESTION, "in-question", "a question of macnat's to a pod, on its way in") \
	X(LEARN_ADDED, "learn-added", "mappings learned") \
	X(LEARN_MOVED, "learn-moved", "learned mappings that went to another pod of this node") \
	X(LEARN_REFUSED, "learn-refused", "claims of a pod to an address that is another's or the node's, not learned") \
	X(LEARN_LIMIT, "learn-limit", "claims not learned since the uplink or the pod has as many addresses as it may have") \
	X(LEARN_NOMEM, "learn-nomem", "claims not learned for want of memory") \
	X(LEARN_EXPIRED, "learn-expired", "learned mappings removed since their pod was silent and did not answer") \
	X(LEARN_LEFT, "learn-left", "learned mappings removed since somebody in the fabric has the address now") \
	X(ASK_SENT, "ask-sent", "questions sent to pods, whether they still have an address") \
	X(ASK_FAILED, "ask-failed", "questions that could not be built or sent") \
	X(HEAL_SENT, "heal-sent", "unicast corrections sent to peers that used a pod's own MAC") \
	X(HEAL_FAILED, "heal-failed", "corrections that could not be built or sent") \
	X(SEND_DELAYED, "send-delayed", "times that announcements and corrections had to wait, since macnat itself sends no more than 100 frames a second to the fabric") \
	X(IN_LOCAL, "in-local", "a frame between two pods of this node, which a macvlan shows to its device too, left as it is") \
	X(EVENT_LOST, "event-lost", "events not reported, since there were too many at once or no memory")

#endif /* MACNAT_COUNTER_GEN_H */
