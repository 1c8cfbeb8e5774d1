#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ARP through an uplink, both ways: outside, nothing but the node's MAC; inside, the pods' own.
#
#	POD1 10.0.1.1 P1 ---.
#	POD2 10.0.1.2 P2 ---[br-ex] N, 10.0.0.1 ---[fabric]--- HOST 10.0.0.100 R

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	request_out		# a pod's request asks in the node's name
	reply_out		# a pod's reply gives the node's MAC
	announcement_out	# gratuitous ARP as request and as reply
	reply_in		# an answer to a pod's request reaches the pod, with the pod's MAC
	unicast_request_in	# a peer validates its cache: the pod is asked, and answers once
	broadcast_request_in	# stays as it is
	broadcast_reply_in	# a reply to all, meant for a pod: the target becomes the pod's
	node_in			# the node's own ARP is left alone, both ways
	other_pod_out		# the sender in ARP is another pod than the frame's: hidden too
	unknown_sender_out	# the sender in ARP is nobody known: counted as a leak
	malformed_out		# wrong or truncated ARP leaves with the node's MAC, payload as it was
	malformed_in		# ... and comes in as it is
	rarp_out		# RARP is rewritten like ARP
	inarp_out		# InARP keeps its payload
"

N=02:00:00:00:00:01 P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 R=0a:00:00:00:00:64
BCAST=ff:ff:ff:ff:ff:ff ZERO=00:00:00:00:00:00

test_setup() {
	macnat_load
	topo_small 1 2
	# announcements are another test's
	macnat -n "$NODE" uplink add eth0 announce off
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
	macnat -n "$NODE" map add 10.0.1.2 dev eth0 lladdr $P2
	WIRE=$TEST_TMP/wire.pcap
	INSIDE=$TEST_TMP/inside.pcap
}

# captured FILE FRAME: how often exactly these bytes were seen
captured() {
	frame find "$1" "$2"
}

# sends NS DEV FRAME: both sides of the uplink are captured meanwhile
sends() {
	capture_start "$HOST" eth0 "$WIRE"
	capture_start "$POD1" eth0 "$INSIDE"
	ns_exec "$1" frame send "$2" "$3"
	capture_stop "$WIRE"
	capture_stop "$INSIDE"
}

# A frame that POD1 sends leaves as another, and P1 is nowhere on the wire.
goes_out() {
	sends "$POD1" eth0 "$1"
	check_eq "$(captured "$WIRE" "$2")" 1 "frame on the wire"
	check_eq "$(captured "$WIRE" $P1)" 0 "frames with the pod's MAC on the wire"
}

# A frame that HOST sends reaches POD1 as another.
comes_in() {
	sends "$HOST" eth0 "$1"
	check_eq "$(captured "$INSIDE" "$2")" 1 "frame at the pod"
}

request_out() {
	goes_out "$(arp_frame $BCAST $P1 1 $P1 10.0.1.1 $ZERO 10.0.0.77)" \
		"$(arp_frame $BCAST $N 1 $N 10.0.1.1 $ZERO 10.0.0.77)"
	check_eq "$(stat "$NODE" eth0 out-arp)" 1
}

reply_out() {
	goes_out "$(arp_frame $R $P1 2 $P1 10.0.1.1 $R 10.0.0.100)" \
		"$(arp_frame $R $N 2 $N 10.0.1.1 $R 10.0.0.100)"
}

announcement_out() {
	goes_out "$(arp_frame $BCAST $P1 1 $P1 10.0.1.1 $ZERO 10.0.1.1)" \
		"$(arp_frame $BCAST $N 1 $N 10.0.1.1 $ZERO 10.0.1.1)"
	goes_out "$(arp_frame $BCAST $P1 2 $P1 10.0.1.1 $P1 10.0.1.1)" \
		"$(arp_frame $BCAST $N 2 $N 10.0.1.1 $N 10.0.1.1)"
}

reply_in() {
	comes_in "$(arp_frame $N $R 2 $R 10.0.0.100 $N 10.0.1.1)" \
		"$(arp_frame $P1 $R 2 $R 10.0.0.100 $P1 10.0.1.1)"
	check_eq "$(stat "$NODE" eth0 in-arp)" 1
	# and for real: a pod resolves a peer
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	check_match "$(ip -n "$POD1" neigh show 10.0.0.100)" "$R"
}

unicast_request_in() {
	comes_in "$(arp_frame $N $R 1 $R 10.0.0.100 $ZERO 10.0.1.1)" \
		"$(arp_frame $P1 $R 1 $R 10.0.0.100 $ZERO 10.0.1.1)"
	check_eq "$(captured "$WIRE" "$(arp_frame $R $N 2 $N 10.0.1.1 $R 10.0.0.100)")" 1 answers
	check_eq "$(captured "$WIRE" $P1)" 0 "frames with the pod's MAC on the wire"
	comes_in "$(arp_frame $N $R 1 $R 10.0.0.100 $N 10.0.1.1)" \
		"$(arp_frame $P1 $R 1 $R 10.0.0.100 $P1 10.0.1.1)"
}

broadcast_request_in() {
	local request

	request=$(arp_frame $BCAST $R 1 $R 10.0.0.100 $ZERO 10.0.1.1)
	comes_in "$request" "$request"
	check_eq "$(captured "$WIRE" "$(arp_frame $R $N 2 $N 10.0.1.1 $R 10.0.0.100)")" 1 answers
	check_match "$(ip -n "$POD1" neigh show 10.0.0.100)" "$R"
}

broadcast_reply_in() {
	comes_in "$(arp_frame $BCAST $R 2 $R 10.0.0.100 $N 10.0.1.1)" \
		"$(arp_frame $BCAST $R 2 $R 10.0.0.100 $P1 10.0.1.1)"
	check_eq "$(stat "$NODE" eth0 in-arp)" 1
}

node_in() {
	capture_start "$HOST" eth0 "$WIRE" arp
	check ns_exec "$NODE" ping -q -c 1 -W 5 10.0.0.100
	ip -n "$HOST" neigh flush dev eth0
	check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.0.1
	capture_stop "$WIRE"
	check_eq "$(captured "$WIRE" "$(arp_frame $BCAST $N 1 $N 10.0.0.1 $ZERO 10.0.0.100)")" 1
	check_eq "$(captured "$WIRE" "$(arp_frame $R $N 2 $N 10.0.0.1 $R 10.0.0.100)")" 1
	check_eq "$(stat "$NODE" eth0 in-arp) $(stat "$NODE" eth0 out-arp)" "0 0"
}

other_pod_out() {
	goes_out "$(arp_frame $R $P1 2 $P2 10.0.1.2 $R 10.0.0.100)" \
		"$(arp_frame $R $N 2 $N 10.0.1.2 $R 10.0.0.100)"
	check_eq "$(captured "$WIRE" $P2)" 0
}

unknown_sender_out() {
	goes_out "$(arp_frame $R $P1 2 06:00:00:00:09:09 10.0.1.9 $R 10.0.0.100)" \
		"$(arp_frame $R $N 2 06:00:00:00:09:09 10.0.1.9 $R 10.0.0.100)"
	check_eq "$(stat "$NODE" eth0 out-leak)" 1
}

malformed_out() {
	local body="00010800060400010a0b"

	# truncated; hardware type 6; a pln of 16
	sends "$POD1" eth0 "$R ${P1}0806$body"
	check_eq "$(captured "$WIRE" "$R ${N}0806$body")" 1
	goes_out "$(arp_frame $R $P1 2 0a0b0c0d0e0f 10.0.1.1 $R 10.0.0.100 0006)" \
		"$(arp_frame $R $N 2 0a0b0c0d0e0f 10.0.1.1 $R 10.0.0.100 0006)"
	body="0001080006100002060606060606 0a000101 0a0000000064 0a000064"
	sends "$POD1" eth0 "$R ${P1}0806$body"
	check_eq "$(captured "$WIRE" "$R ${N}0806$body")" 1
	check_eq "$(stat "$NODE" eth0 out-malformed)" 3
}

malformed_in() {
	local reply

	reply=$(arp_frame $BCAST $R 2 $R 10.0.0.100 $N 10.0.1.1 0006)
	comes_in "$reply" "$reply"
	check_eq "$(stat "$NODE" eth0 in-malformed)" 1
}

rarp_out() {
	local frame

	frame=$(arp_frame $BCAST $P1 3 $P1 0.0.0.0 $P1 0.0.0.0)
	sends "$POD1" eth0 "${frame/0806/8035}"
	frame=$(arp_frame $BCAST $N 3 $N 0.0.0.0 $N 0.0.0.0)
	check_eq "$(captured "$WIRE" "${frame/0806/8035}")" 1
	check_eq "$(captured "$WIRE" $P1)" 0
}

inarp_out() {
	local op

	for op in 8 9; do
		sends "$POD1" eth0 "$(arp_frame $R $P1 $op $P1 10.0.1.1 $R 10.0.0.100)"
		check_eq "$(captured "$WIRE" "$(arp_frame $R $N $op $P1 10.0.1.1 $R 10.0.0.100)")" 1
	done
}

ktap_main "$@"
