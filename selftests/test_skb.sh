#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a frame is made of in the kernel: data shared between clones, super-frames of TSO and GRO,
# checksums that are still to be computed.
#
#	POD1 10.0.1.1 P1 ---.
#	POD2 10.0.1.2 P2 ---[br-ex] N, 10.0.0.1 ---[fabric]--- HOST 10.0.0.100 R

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	flood_clones		# a broadcast flooded to the uplink and to a pod: the pod sees the sender's MAC
	captured_out		# a capture inside keeps what it saw, while the frame is changed
	captured_in		# ... and one on the uplink, of what came in
	tso			# a TSO super-frame is edited once and arrives intact, in segments of the node
	gro			# a GRO aggregate is edited once and is segmented anew for the pod
"

N=02:00:00:00:00:01 P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 R=0a:00:00:00:00:64
BCAST=ff:ff:ff:ff:ff:ff ZERO=00:00:00:00:00:00
PORT=5000 BYTES=4000000

test_setup() {
	macnat_load
	topo_fabric
	topo_host HOST $R 10.0.0.100/16
	topo_node NODE $N 10.0.0.1/16
	topo_pod POD1 NODE $P1 10.0.1.1/16
	topo_pod POD2 NODE $P2 10.0.1.2/16
	macnat -n "$NODE" uplink add eth0
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
	macnat -n "$NODE" map add 10.0.1.2 dev eth0 lladdr $P2
	busywait 5 sh -c "macnat -n $NODE -j stats | jq -e '.[0].\"announce-sent\" == 4'"
	WIRE=$TEST_TMP/wire.pcap
}

flood_clones() {
	local frame

	capture_start "$HOST" eth0 "$WIRE"
	capture_start "$POD2" eth0 "$TEST_TMP/pod2.pcap"
	frame=$(arp_frame $BCAST $P1 1 $P1 10.0.1.1 $ZERO 10.0.0.77)
	ns_exec "$POD1" frame send eth0 "$frame" "$frame" "$frame"
	capture_stop "$WIRE"
	capture_stop "$TEST_TMP/pod2.pcap"
	check_eq "$(frame find "$WIRE" "$(arp_frame $BCAST $N 1 $N 10.0.1.1 $ZERO 10.0.0.77)")" 3
	check_eq "$(frame find "$WIRE" $P1)" 0
	check_eq "$(frame find "$TEST_TMP/pod2.pcap" "$frame")" 3
	check_eq "$(frame find "$TEST_TMP/pod2.pcap" $N)" 0
}

captured_out() {
	local frame

	# taps on the bridge's ports hold clones of what the uplink is about to change
	capture_start "$NODE" pod1 "$TEST_TMP/port.pcap"
	capture_start "$HOST" eth0 "$WIRE"
	frame=$(arp_frame $R $P1 2 $P1 10.0.1.1 $R 10.0.0.100)
	ns_exec "$POD1" frame send eth0 "$frame" "$frame"
	capture_stop "$TEST_TMP/port.pcap"
	capture_stop "$WIRE"
	check_eq "$(frame find "$TEST_TMP/port.pcap" "$frame")" 2
	check_eq "$(frame find "$WIRE" "$(arp_frame $R $N 2 $N 10.0.1.1 $R 10.0.0.100)")" 2
}

captured_in() {
	local frame

	capture_start "$NODE" eth0 "$WIRE"
	capture_start "$POD1" eth0 "$TEST_TMP/pod1.pcap"
	frame=$(arp_frame $N $R 2 $R 10.0.0.100 $N 10.0.1.1)
	ns_exec "$HOST" frame send eth0 "$frame" "$frame"
	capture_stop "$WIRE"
	capture_stop "$TEST_TMP/pod1.pcap"
	check_eq "$(frame find "$WIRE" "$frame")" 2
	check_eq "$(frame find "$TEST_TMP/pod1.pcap" "$(arp_frame $P1 $R 2 $R 10.0.0.100 $P1 10.0.1.1)")" 2
}

# offload NS DEV { on | off } FEATURE...
offload() {
	local feature args=()

	for feature in "${@:4}"; do
		args+=("$feature" "$3")
	done
	ns_exec "$1" ethtool -K "$2" "${args[@]}" >&2
}

# echo_server NS
echo_server() {
	ip netns exec "$1" flow serve $PORT &
	defer kill $!
	busywait 5 sh -c "ip netns exec $1 ss -Hltn sport = :$PORT | grep -q ."
}

# The segments: none longer than the MTU, all checksums right
check_segments() {
	local bad

	bad=$(tcpdump -nr "$1" -vv 2>/dev/null | grep -ci 'incorrect\|bad cksum' || :)
	check_eq "$bad" 0 "wrong checksums"
	check_eq "$(tcpdump -nr "$1" greater 1515 2>/dev/null | wc -l)" 0 "frames above the MTU"
	check test "$(frame count "$1")" -ge $((BYTES / 1448))
}

tso() {
	# the fabric's port to the host does what hardware does: it cuts segments and sums them up
	offload "$FABRIC" host off tso gso tx
	offload "$HOST" eth0 off gro
	echo_server "$HOST"
	capture_start "$HOST" eth0 "$WIRE" -B 32768 -s 2048 tcp and src host 10.0.1.1
	check ns_exec "$POD1" flow bulk 10.0.0.100 $PORT $BYTES
	capture_stop "$WIRE"
	check_segments "$WIRE"
	check_eq "$(frame find "$WIRE" "$R $N 0800")" "$(frame count "$WIRE")" "segments from the node"
	# super-frames passed the hook, not segments
	check test "$(stat "$NODE" eth0 out-data)" -lt $((BYTES / 1448 / 2))
}

gro() {
	offload "$HOST" eth0 off tso gso tx
	# veth aggregates only what comes from a device that cannot have sent it as one
	offload "$FABRIC" node off tso
	offload "$NODE" eth0 on gro
	offload "$NODE" pod1 off tso gso tx
	offload "$POD1" eth0 off gro
	echo_server "$POD1"
	capture_start "$POD1" eth0 "$WIRE" -B 32768 -s 2048 tcp and src host 10.0.0.100
	check ns_exec "$HOST" flow bulk 10.0.1.1 $PORT $BYTES
	capture_stop "$WIRE"
	check_segments "$WIRE"
	check_eq "$(frame find "$WIRE" "$P1 $R 0800")" "$(frame count "$WIRE")" "segments for the pod"
	check test "$(stat "$NODE" eth0 in-data)" -lt $((BYTES / 1448 / 2))
}

ktap_main "$@"
