#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# IPv4 through an uplink, both ways and in both modes, and every other frame that a pod sends or
# that comes in for somebody else.
#
#	POD1 10.0.1.1/16 P1 ---.
#	POD2 10.0.1.2/32 P2 ---[br-ex] N, 10.0.0.1 ---[fabric]--- HOST 10.0.0.100 R
#
# POD2 has the node as next hop for all, the node forwards for it.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	bridge_mode		# TCP both ways; the pod's MAC is in no byte of any frame outside
	route_mode		# the same for a pod behind its node's ip_forward
	live			# a connection goes on while macnat comes, changes and goes
	fragments		# all fragments find the pod
	other_kinds_out		# IPv6, unknown types, LLC: source hidden, payload as it was
	malformed_out		# wrong IPv4 headers leave with the node's MAC
	malformed_in		# ... and come in as they are
	unmapped_in		# a frame for the node with an address nobody has is the host's
	group_in		# broadcast and multicast are left alone
	unicast_broadcast_in	# an IP broadcast in a unicast frame stays with the host
	stale_in		# a frame for a pod's own MAC is delivered and counted
	foreign_in		# a unicast frame for somebody else is counted
	reflected_in		# our own frame that comes back is dropped
	unknown_source_out	# a source nobody has told of: counted, as it is
	group_source_out	# a group address as source is dropped
	node_out		# the node's own frames are left alone
	pod_to_pod		# on one node, pods see each other's MACs
"

N=02:00:00:00:00:01 P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 R=0a:00:00:00:00:64
PORT=5000

test_setup() {
	macnat_load
	topo_small 1
	WIRE=$TEST_TMP/wire.pcap
	INSIDE=$TEST_TMP/inside.pcap
}

attach() {
	macnat -n "$NODE" uplink add eth0 "$@"
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
}

serve() {
	ip netns exec "$1" flow serve $PORT &
	defer kill $!
	busywait 5 sh -c "ip netns exec $1 ss -Hltn sport = :$PORT | grep -q ."
}

# connects NS ADDRESS: three connections, all good
connects() {
	check ns_exec "$1" flow connect "$2" $PORT 3 >&2
}

# Nothing that HOST captured bears a pod's MAC, and it has captured something.
check_hidden() {
	capture_stop "$WIRE"
	check test "$(frame count "$WIRE")" -gt "${1:-20}"
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with P1"
	check_eq "$(frame find "$WIRE" $P2)" 0 "frames with P2"
	check_no_match "$(bridge -n "$FABRIC" fdb show br br0)" "06:00" "the fabric knows"
}

# ipv4 DST SRC IPDST [FIRSTBYTE]: a UDP frame from 10.0.0.100 in hexadecimal
ipv4() {
	local ip

	IFS=. read -ra ip <<<"$3"
	printf '%s%s0800%s00001e00000000401100000a000064%02x%02x%02x%02x1234567800000a0000c0ffee' \
		"$1" "$2" "${4:-45}" "${ip[@]}"
}

# sends NS FRAME: both sides of the uplink are captured meanwhile
sends() {
	capture_start "$HOST" eth0 "$WIRE"
	capture_start "$POD1" eth0 "$INSIDE"
	ns_exec "$1" frame send eth0 "$2"
	capture_stop "$WIRE"
	capture_stop "$INSIDE"
}

counts() {
	check_eq "$(stat "$NODE" eth0 "$1")" "${2:-1}" "$1"
}

bridge_mode() {
	attach
	serve "$HOST"
	serve "$POD1"
	capture_start "$HOST" eth0 "$WIRE"
	connects "$POD1" 10.0.0.100
	connects "$HOST" 10.0.1.1
	check_hidden
	check_match "$(ip -n "$HOST" neigh show 10.0.1.1)" "lladdr $N"
	check_match "$(ip -n "$POD1" neigh show 10.0.0.100)" "lladdr $R"
	check test "$(stat "$NODE" eth0 in-data)" -gt 10
	check test "$(stat "$NODE" eth0 out-data)" -gt 10
	counts in-route 0
}

route_mode() {
	topo_routed NODE
	topo_routed_pod POD2 NODE $P2 10.0.1.2 10.0.0.1
	attach mode route
	macnat -n "$NODE" map add 10.0.1.2 dev eth0 lladdr $P2
	serve "$HOST"
	serve "$POD2"
	serve "$POD1"
	capture_start "$HOST" eth0 "$WIRE"
	connects "$POD2" 10.0.0.100
	connects "$HOST" 10.0.1.2
	# a pod that is on-link sends past the host, and its answers come back through it
	connects "$POD1" 10.0.0.100
	connects "$HOST" 10.0.1.1
	check_hidden 40
	check_match "$(ip -n "$HOST" neigh show 10.0.1.2)" "lladdr $N"
	check test "$(stat "$NODE" eth0 in-route)" -gt 20
	counts in-data 0
}

live() {
	local i pid

	topo_routed NODE
	serve "$HOST"
	ip netns exec "$POD1" flow hold 10.0.0.100 $PORT 20 >"$TEST_TMP/flow" &
	pid=$!
	busywait 5 sh -c "ip -n $HOST neigh show 10.0.1.1 | grep -q $P1"
	for i in bridge route; do
		attach mode $i
		busywait 2 sh -c "ip -n $HOST neigh show 10.0.1.1 | grep -q $N"
		sleep 0.3
		macnat -n "$NODE" uplink set eth0 mode bridge
		sleep 0.3
		macnat -n "$NODE" uplink del eth0
		sleep 0.3
	done
	kill "$pid"
	wait "$pid" || die "the connection was lost: $(cat "$TEST_TMP/flow")"
	check_eq "$(jq .lost "$TEST_TMP/flow")" false
	check test "$(jq .exchanges "$TEST_TMP/flow")" -gt 20
}

fragments() {
	attach
	capture_start "$HOST" eth0 "$WIRE"
	check ns_exec "$HOST" ping -q -c 2 -i 0.1 -s 8000 -W 5 10.0.1.1
	check ns_exec "$POD1" ping -q -c 2 -i 0.1 -s 8000 -W 5 10.0.0.100
	check_hidden
	check test "$(stat "$NODE" eth0 in-data)" -ge 24
}

other_kinds_out() {
	local payload

	attach
	# IPv6, MPLS, PPPoE, a local experiment, 802.3 with LLC, IGMP to its group
	for payload in 86dd600000000000 8847deadbeef00 88640000deadbeef 88b5deadbeefcafe \
		0007aaaa03000000; do
		sends "$POD1" "$R $P1 $payload"
		check_eq "$(frame find "$WIRE" "$R $N $payload")" 1 "$payload"
	done
	payload="0800 46c00020 00004000 01020000 0a000101 e0000016 94040000 2200fa010000000104000000e00000fb"
	sends "$POD1" "01:00:5e:00:00:16 $P1 $payload"
	check_eq "$(frame find "$WIRE" "01:00:5e:00:00:16 $N $payload")" 1 IGMP
	check_eq "$(frame find "$WIRE" $P1)" 0
	# the IPv6 header is cut off; all others are data
	counts out-data 5
	counts out-malformed 1
}

malformed_out() {
	local frame

	attach
	for frame in "$(ipv4 $R $P1 10.0.0.100 44)" "$(ipv4 $R $P1 10.0.0.100 65)" "$R $P1 0800 45"; do
		sends "$POD1" "$frame"
		frame=${frame/$P1/$N}
		check_eq "$(frame find "$WIRE" "$frame")" 1 "$frame"
	done
	counts out-malformed 3
}

malformed_in() {
	attach
	sends "$HOST" "$(ipv4 $N $R 10.0.1.1 44)"
	sends "$HOST" "$(ipv4 $N $R 10.0.1.1 65)"
	sends "$HOST" "$N $R 0800 4500"
	counts in-malformed 3
	check_eq "$(frame find "$INSIDE" $R)" 0
}

unmapped_in() {
	attach
	sends "$HOST" "$(ipv4 $N $R 10.0.1.9)"
	counts in-node
	counts in-data 0
	check_eq "$(frame count "$INSIDE")" 0 "frames at the pod"
	sends "$HOST" "$(ipv4 $N $R 10.0.1.1)"
	counts in-data
	check_eq "$(frame find "$INSIDE" "$(ipv4 $P1 $R 10.0.1.1)")" 1 "the mapped one"
}

group_in() {
	local frame

	attach
	for frame in "$(ipv4 ff:ff:ff:ff:ff:ff $R 10.0.1.1)" "$(ipv4 01:00:5e:00:00:fb $R 224.0.0.251)"; do
		sends "$HOST" "$frame"
		check_eq "$(frame find "$INSIDE" "$frame")" 1 "$frame"
	done
	counts in-group 2
	counts in-data 0
}

unicast_broadcast_in() {
	attach
	sends "$HOST" "$(ipv4 $N $R 255.255.255.255)"
	sends "$HOST" "$(ipv4 $N $R 224.0.0.251)"
	counts in-node 2
	check_eq "$(frame count "$INSIDE")" 0 "frames at the pod"
}

stale_in() {
	attach
	sends "$HOST" "$(ipv4 $P1 $R 10.0.1.1)"
	check_eq "$(frame find "$INSIDE" "$(ipv4 $P1 $R 10.0.1.1)")" 1
	counts in-stale
}

foreign_in() {
	attach
	sends "$HOST" "$(ipv4 06:00:00:00:09:09 $R 10.0.1.1)"
	counts in-foreign
	# a port of the bridge has a MAC of its own, which is the node's, too
	ip -n "$NODE" link set br-ex address 02:00:00:00:00:05
	sends "$HOST" "$(ipv4 $N $R 10.0.0.1)"
	counts in-foreign
	counts in-node
}

reflected_in() {
	local before

	attach
	ip -n "$NODE" neigh flush dev br-ex
	before=$(ns_exec "$NODE" cat /sys/class/net/br-ex/statistics/rx_packets)
	sends "$HOST" "$(ipv4 ff:ff:ff:ff:ff:ff $N 10.0.1.1)"
	sends "$HOST" "$(arp_frame ff:ff:ff:ff:ff:ff $N 1 $N 10.0.1.1 00:00:00:00:00:00 10.0.1.1)"
	counts in-reflected 2
	check_eq "$(frame count "$INSIDE")" 0 "frames at the pod"
	check_eq "$(ns_exec "$NODE" cat /sys/class/net/br-ex/statistics/rx_packets)" "$before"
}

unknown_source_out() {
	local frame

	attach
	frame=$(ipv4 $R 06:00:00:00:09:09 10.0.0.100)
	sends "$POD1" "$frame"
	check_eq "$(frame find "$WIRE" "$frame")" 1
	counts out-leak
}

group_source_out() {
	# the bridge drops such frames itself; a pod on the uplink without one does not meet it
	attach
	ip -n "$NODE" link add eth1 address 02:00:00:00:00:07 type veth peer name eth1 netns "$POD1"
	ip -n "$NODE" link set eth1 up
	ip -n "$POD1" link set eth1 up
	macnat -n "$NODE" uplink add eth1
	capture_start "$POD1" eth1 "$WIRE"
	ns_exec "$NODE" frame send eth1 "$(ipv4 $R 01:00:5e:00:00:01 10.0.0.100)" || :
	capture_stop "$WIRE"
	check_eq "$(frame find "$WIRE" 01:00:5e:00:00:01)" 0
	check_eq "$(stat "$NODE" eth1 out-group-source)" 1
}

node_out() {
	attach
	serve "$HOST"
	capture_start "$HOST" eth0 "$WIRE"
	connects "$NODE" 10.0.0.100
	capture_stop "$WIRE"
	check test "$(frame find "$WIRE" "$R $N")" -gt 10
	check test "$(stat "$NODE" eth0 out-node)" -gt 10
	check test "$(stat "$NODE" eth0 in-node)" -gt 10
	counts out-data 0
	# what the device sends in its own name is not a leak either
	ip -n "$NODE" link set br-ex address 02:00:00:00:00:05
	before=$(stat "$NODE" eth0 out-leak)
	ns_exec "$NODE" frame send eth0 "01:80:c2:00:00:0e $N 88cc0000"
	counts out-leak "$before"
}

pod_to_pod() {
	topo_pod POD2 NODE $P2 10.0.1.2/16
	attach
	macnat -n "$NODE" map add 10.0.1.2 dev eth0 lladdr $P2
	serve "$POD2"
	connects "$POD1" 10.0.1.2
	check_match "$(ip -n "$POD1" neigh show 10.0.1.2)" "lladdr $P2"
	check_match "$(ip -n "$POD2" neigh show 10.0.1.1)" "lladdr $P1"
	counts out-data 0
}

ktap_main "$@"
