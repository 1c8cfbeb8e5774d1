#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# VLAN tags are part of a mapping's key: the same address lives in two VLANs.
#
#	POD1 10.0.1.1 P1, VLAN 100 ---.                         .-- eth0.100  10.0.0.100
#	POD2 10.0.1.1 P2, VLAN 200 ---[br-ex] N ---[fabric]--- HOST eth0.200  10.0.0.100  R
#
# br-ex filters VLANs: the pods' ports are untagged members, the uplink carries tags.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	same_address		# TCP to the same address in both VLANs, each to its pod
	wrong_vlan_in		# the right address in another VLAN, or untagged, is not translated
	announce		# announcements are tagged as the pod's frames are
	arp_in_band		# ARP behind a tag in the frame itself, both ways
	qinq			# two tags: the key is outer.inner
	priority_tag		# VID 0 is no VLAN
	three_tags		# more tags than a key has: source hidden, nothing else
"

N=02:00:00:00:00:01 P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 R=0a:00:00:00:00:64
PORT=5000

test_setup() {
	local vid

	macnat_load
	topo_fabric
	topo_host HOST $R 10.9.0.1/16
	topo_node NODE $N 10.8.0.1/16
	topo_pod POD1 NODE $P1 10.0.1.1/16
	topo_pod POD2 NODE $P2 10.0.1.1/16
	ip -n "$NODE" link set br-ex type bridge vlan_filtering 1
	bridge -n "$NODE" vlan add dev pod1 vid 100 pvid untagged
	bridge -n "$NODE" vlan add dev pod2 vid 200 pvid untagged
	for vid in 100 200; do
		bridge -n "$NODE" vlan add dev eth0 vid $vid
		ip -n "$HOST" link add link eth0 name eth0.$vid type vlan id $vid
	done
	macnat -n "$NODE" uplink add eth0
	WIRE=$TEST_TMP/wire.pcap
	INSIDE=$TEST_TMP/inside.pcap
}

map_both() {
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 vlan 100 lladdr $P1
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 vlan 200 lladdr $P2
}

# host_in VID: the host has its address in that VLAN only
host_in() {
	ip -n "$HOST" -batch - <<-END
		addr flush dev eth0.100
		addr flush dev eth0.200
		link set eth0.$1 up
		addr add 10.0.0.100/16 dev eth0.$1
	END
}

same_address() {
	local vid ns

	map_both
	capture_start "$HOST" eth0 "$WIRE"
	for vid in 100 200; do
		ns=$POD1
		[ $vid = 100 ] || ns=$POD2
		host_in $vid
		ip netns exec "$ns" flow serve $PORT &
		defer kill $!
		check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.1.1
		check ns_exec "$HOST" flow connect 10.0.1.1 $PORT 2
		check_match "$(ip -n "$HOST" neigh show 10.0.1.1 dev eth0.$vid)" "lladdr $N"
		# each pod has talked to the host, and only the one of this VLAN
		check_match "$(ip -n "$ns" neigh show 10.0.0.100)" "lladdr $R"
		[ $vid = 200 ] || check_eq "$(ip -n "$POD2" neigh show 10.0.0.100)" ""
	done
	capture_stop "$WIRE"
	check test "$(frame count "$WIRE")" -gt 20
	check_eq "$(frame find "$WIRE" $P1) $(frame find "$WIRE" $P2)" "0 0"
}

# udp IPDST: from the host, in hexadecimal, behind the Ethernet header
udp() {
	local ip

	IFS=. read -ra ip <<<"$1"
	printf '08004500001e00000000401100000a000064%02x%02x%02x%02x1234567800000a0000c0ffee' "${ip[@]}"
}

# comes_in TAGS...: frames for 10.0.1.1 with these tags are sent to the node MAC
comes_in() {
	local tags

	capture_start "$POD1" eth0 "$INSIDE"
	for tags; do
		ns_exec "$HOST" frame send eth0 "$N $R $tags $(udp 10.0.1.1)"
	done
	capture_stop "$INSIDE"
}

wrong_vlan_in() {
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 vlan 100 lladdr $P1
	comes_in 810000c8 "" 8100012c
	check_eq "$(stat "$NODE" eth0 in-data)" 0
	check_eq "$(stat "$NODE" eth0 in-node)" 3
	comes_in 81000064
	check_eq "$(stat "$NODE" eth0 in-data)" 1
	check_eq "$(frame find "$INSIDE" "$P1 $R $(udp 10.0.1.1)")" 1
}

announce() {
	local op arp

	capture_start "$HOST" eth0 "$WIRE"
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 vlan 100 lladdr $P1
	macnat -n "$NODE" map add 10.0.1.2 dev eth0 vlan 100.200 lladdr $P1
	macnat -n "$NODE" map add 10.0.1.3 dev eth0 lladdr $P1
	# everything twice, 2 s apart
	busywait 10 stat_is "$NODE" eth0 announce-sent 12
	capture_stop "$WIRE"
	for op in 1 2; do
		arp=$(arp_frame ff:ff:ff:ff:ff:ff $N $op $N 10.0.1.1 \
			"$([ $op = 2 ] && echo $N || echo 00:00:00:00:00:00)" 10.0.1.1)
		# the tag goes behind the two MACs
		arp=${arp/${N}0806/$N 81000064 0806}
		check_eq "$(frame find "$WIRE" "$arp")" 2 "tagged announcement, operation $op"
	done
	check_eq "$(frame find "$WIRE" "$N 88a80064 810000c8 0806")" 4 "with both tags"
	check_eq "$(frame find "$WIRE" "$N 0806")" 4 untagged
	check_eq "$(stat "$NODE" eth0 announce-failed)" 0
}

# A pod sends a frame whose tags are in its data: by a device of the uplink's own, past the bridge.
direct() {
	ip -n "$NODE" link set eth0 nomaster
	macnat -n "$NODE" uplink set eth0 node $N
	capture_start "$HOST" eth0 "$WIRE"
	ns_exec "$NODE" frame send eth0 "$@"
	capture_stop "$WIRE"
}

arp_in_band() {
	local out=${P1}810000640806 in

	map_both
	out=$(arp_frame $R $P1 2 $P1 10.0.1.1 $R 10.0.0.100)
	direct "${out/${P1}0806/$P1 81000064 0806}"
	out=$(arp_frame $R $N 2 $N 10.0.1.1 $R 10.0.0.100)
	check_eq "$(frame find "$WIRE" "${out/${N}0806/$N 81000064 0806}")" 1
	check_eq "$(frame find "$WIRE" $P1)" 0
	ip -n "$NODE" link set eth0 master br-ex
	bridge -n "$NODE" vlan add dev eth0 vid 100
	in=$(arp_frame $N $R 2 $R 10.0.0.100 $N 10.0.1.1)
	capture_start "$POD1" eth0 "$INSIDE"
	ns_exec "$HOST" frame send eth0 "${in/${R}0806/$R 81000064 0806}"
	capture_stop "$INSIDE"
	check_eq "$(frame find "$INSIDE" "$(arp_frame $P1 $R 2 $R 10.0.0.100 $P1 10.0.1.1)")" 1
}

qinq() {
	local arp

	macnat -n "$NODE" map add 10.0.1.1 dev eth0 vlan 100.200 lladdr $P1
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 vlan 100 lladdr $P2
	arp=$(arp_frame $R $P1 2 $P1 10.0.1.1 $R 10.0.0.100)
	direct "${arp/${P1}0806/$P1 88a80064 810000c8 0806}"
	arp=$(arp_frame $R $N 2 $N 10.0.1.1 $R 10.0.0.100)
	check_eq "$(frame find "$WIRE" "${arp/${N}0806/$N 88a80064 810000c8 0806}")" 1
	check_eq "$(frame find "$WIRE" $P1)" 0
	# in: the node sees what it delivers to the pod behind the tags
	capture_start "$NODE" eth0 "$INSIDE"
	ns_exec "$HOST" frame send eth0 "$N $R 88a80064 810000c8 $(udp 10.0.1.1)"
	capture_stop "$INSIDE"
	check_eq "$(stat "$NODE" eth0 in-data)" 1
	ns_exec "$HOST" frame send eth0 "$N $R 88a80064 810000c9 $(udp 10.0.1.1)"
	check_eq "$(stat "$NODE" eth0 in-data)" 1 "another inner VLAN"
}

priority_tag() {
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
	comes_in 8100e000 "8100e000 8100e000" "8100e000 81000064"
	check_eq "$(stat "$NODE" eth0 in-data)" 2
	check_eq "$(stat "$NODE" eth0 in-node)" 1
}

three_tags() {
	local rest="88a80064 810000c8 8100012c 0806 0001080006040001 $P1 0a000101 000000000000 0a000064"

	map_both
	direct "$R $P1 $rest"
	check_eq "$(frame find "$WIRE" "$R $N $rest")" 1
	check_eq "$(stat "$NODE" eth0 out-data)" 1
}

ktap_main "$@"
