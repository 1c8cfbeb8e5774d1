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

# an id of the test vectors in front
TESTS="
	O19_flood_clones	# a broadcast flooded to the uplink and to a pod: the pod sees the sender's MAC
	O19_captured_out	# a capture inside keeps what it saw, while the frame is changed
	captured_in		# ... and one on the uplink, of what came in
	O18_partial		# a checksum that is still to be computed is left to the device, and comes out right
	O17_tso			# a TSO super-frame is edited once and arrives intact, in segments of the node
	I27_gro			# a GRO aggregate is edited once and is segmented anew for the pod
	I1_pkt_type		# what comes in for a pod is not taken for the host's own
"

N=02:00:00:00:00:01 P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 R=0a:00:00:00:00:64
BCAST=ff:ff:ff:ff:ff:ff ZERO=00:00:00:00:00:00
PORT=5000 BYTES=4000000

test_setup() {
	macnat_load
	topo_small 1 2
	# announcements are another test's
	macnat -n "$NODE" uplink add eth0 announce off
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
	macnat -n "$NODE" map add 10.0.1.2 dev eth0 lladdr $P2
	WIRE=$TEST_TMP/wire.pcap
}

O19_flood_clones() {
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

O19_captured_out() {
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

# wrong_sums PCAP [FILTER]: how many captured frames have one
wrong_sums() {
	tcpdump -nr "$1" -vv "${@:2}" 2>/dev/null | grep -ci 'incorrect\|bad udp cksum\|bad cksum' || :
}

# The segments: none longer than the MTU, all checksums right
check_segments() {
	check_eq "$(wrong_sums "$1")" 0 "wrong checksums"
	check_eq "$(tcpdump -nr "$1" greater 1515 2>/dev/null | wc -l)" 0 "frames above the MTU"
	check test "$(frame count "$1")" -ge $((BYTES / 1448))
}

# in_bursts NS: TCP sends 16 segments at once however slow it is; it would be two at a low rate
in_bursts() {
	ns_exec "$1" sh -c 'echo 16 >/proc/sys/net/ipv4/tcp_min_tso_segs'
}

O18_partial() {
	offload "$FABRIC" host off tso gso tx
	echo_server "$HOST"
	capture_start "$NODE" eth0 "$TEST_TMP/uplink.pcap" -Q out ip and src host 10.0.1.1
	capture_start "$HOST" eth0 "$WIRE" ip and src host 10.0.1.1
	check ns_exec "$POD1" flow connect 10.0.0.100 $PORT 1
	# one that nobody reads
	ns_exec "$POD1" bash -c "echo hello >/dev/udp/10.0.0.100/9"
	capture_stop "$TEST_TMP/uplink.pcap"
	capture_stop "$WIRE"
	# not yet computed when they have passed macnat ...
	check test "$(wrong_sums "$TEST_TMP/uplink.pcap" tcp)" -ge 4
	check_eq "$(wrong_sums "$TEST_TMP/uplink.pcap" udp)" 1
	# ... and right on the wire
	check_eq "$(frame count "$WIRE")" "$(frame count "$TEST_TMP/uplink.pcap")"
	check_eq "$(frame find "$WIRE" "$R $N 0800")" "$(frame count "$WIRE")" "frames from the node"
	check_eq "$(wrong_sums "$WIRE")" 0 "wrong checksums"
}

O17_tso() {
	# the fabric's port to the host does what hardware does: it cuts segments and sums them up
	offload "$FABRIC" host off tso gso tx
	offload "$HOST" eth0 off gro
	in_bursts "$POD1"
	echo_server "$HOST"
	capture_start "$HOST" eth0 "$WIRE" -B 32768 -s 2048 tcp and src host 10.0.1.1
	check ns_exec "$POD1" flow bulk 10.0.0.100 $PORT $BYTES
	capture_stop "$WIRE"
	check_segments "$WIRE"
	check_eq "$(frame find "$WIRE" "$R $N 0800")" "$(frame count "$WIRE")" "segments from the node"
	# super-frames passed the hook, not segments
	check test "$(stat "$NODE" eth0 out-data)" -lt $((BYTES / 1448 / 2))
}

I27_gro() {
	offload "$HOST" eth0 off tso gso tx
	# veth aggregates only what comes from a device that cannot have sent it as one
	offload "$FABRIC" node off tso
	offload "$NODE" eth0 on gro
	offload "$NODE" pod1 off tso gso tx
	offload "$POD1" eth0 off gro
	in_bursts "$HOST"
	echo_server "$POD1"
	capture_start "$POD1" eth0 "$WIRE" -B 32768 -s 2048 tcp and src host 10.0.0.100
	check ns_exec "$HOST" flow bulk 10.0.1.1 $PORT $BYTES
	capture_stop "$WIRE"
	check_segments "$WIRE"
	check_eq "$(frame find "$WIRE" "$P1 $R 0800")" "$(frame count "$WIRE")" "segments for the pod"
	check test "$(stat "$NODE" eth0 in-data)" -lt $((BYTES / 1448 / 2))
}

# packets NAME: what a counter of the table has seen
packets() {
	ns_exec "$NODE" nft -j list counter netdev behind "$1" | jq '.nftables[].counter? // empty | .packets'
}

I1_pkt_type() {
	# macnat comes first: this is what all others see of the frame
	ns_exec "$NODE" nft -f - <<-END
		table netdev behind {
			counter pod_host { }
			counter pod_other { }
			counter node_host { }
			counter node_other { }
			chain in {
				type filter hook ingress device eth0 priority 0;
				ether daddr $P1 meta pkttype host counter name pod_host
				ether daddr $P1 meta pkttype other counter name pod_other
				ether daddr $N meta pkttype host counter name node_host
				ether daddr $N meta pkttype other counter name node_other
			}
		}
	END
	check ns_exec "$HOST" ping -q -c 3 -i 0.1 -W 5 10.0.1.1
	check_eq "$(packets pod_host)" 0 "frames for the pod that are the host's"
	check test "$(packets pod_other)" -ge 3
	check_eq "$(packets node_host)" 0
	check ns_exec "$HOST" ping -q -c 3 -i 0.1 -W 5 10.0.0.1
	check test "$(packets node_host)" -ge 3
	check_eq "$(packets node_other)" 0 "frames for the node that are not the host's"
}

ktap_main "$@"
