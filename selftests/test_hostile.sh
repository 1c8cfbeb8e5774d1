#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Frames, devices and users that mean no good: none of them crashes the node, stalls it, or takes its memory.
# What the kernel complains of ends the guest, so most of this says something on kernels with KASAN and
# lockdep, or that were booted with page_poison=1; see scripts/check.
#
#	POD1 10.0.1.1 P1 ---.
#	POD2 10.0.1.2 P2 ---[br-ex] N, 10.0.0.1 ---[fabric]--- HOST 10.0.0.100 R

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	node_without_ipv6	# pods' IPv6 is learned, mapped, translated, whether the node has IPv6 or not
	hook_refused		# uplink add fails at the second hook, while frames pass the first
	bypass_source		# past the queue, where a frame may have no MAC header: it leaves with N
	bypass_locks		# ... and BH are enabled, while others take the same locks in softirq
	twisted_nd		# a sender changes the length of an option while it is read
	type_change		# a tap becomes another kind of device
	chosen_addresses	# 65536 IPv6 addresses that had 256 hash values
	memory_charged		# what frames make the table learn is charged to who attached the uplink
	memory_ends		# ... and learning ends where that has no more
	limit_in_userns		# the most that may be learned has a ceiling for users
	unprivileged		# root of a user namespace does all of this
"
export TIMEOUT_hook_refused=120 TIMEOUT_chosen_addresses=180 TIMEOUT_memory_charged=120
export TIMEOUT_memory_ends=120 TIMEOUT_unprivileged=180 TIMEOUT_twisted_nd=120

N=02:00:00:00:00:01 P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 Q=06:00:00:00:09:09 R=0a:00:00:00:00:64
BCAST=ff:ff:ff:ff:ff:ff ZERO=00:00:00:00:00:00
# addresses in hexadecimal
A6=20010db8000000000000000000010001 B6=20010db8000000000000000000010002 R6=20010db8000000000000000000000064

test_setup() {
	macnat_load
	WIRE=$TEST_TMP/wire.pcap
}

# lab: as drawn above, the node learns
lab() {
	topo_small 1 2
	macnat -n "$NODE" uplink add eth0 learn on announce off
}

# udp6_frame DST SRC SADDR DADDR
udp6_frame() {
	echo "$1$2 86dd 60000000 000a 11 40 $3 $4 12345678 000a 0000 c0ff"
}

# advert_frame SRC TARGET LLADDR: an unsolicited advertisement to all nodes; its checksum is wrong, which only
# receivers mind
advert_frame() {
	echo "333300000001 $1 86dd 60000000 0020 3a ff $2 ff020000000000000000000000000001" \
		"8800 0000 20000000 $2 0201 $3"
}

learned() {
	[ "$(owner "$NODE" "$1")" = "$2" ]
}

node_without_ipv6() {
	lab
	ns_exec "$POD1" frame send eth0 "$(udp6_frame $R $P1 $A6 $R6)" "$(advert_frame $P1 $A6 $P1)"
	check busywait 5 learned 2001:db8::1:1 $P1
	ns_exec "$POD2" frame send eth0 "$(udp6_frame $R $P2 $B6 $R6)"
	check busywait 5 learned 2001:db8::1:2 $P2
	check macnat -n "$NODE" map add 2001:db8::7 dev eth0 lladdr $P1
	capture_start "$POD1" eth0 "$WIRE"
	ns_exec "$HOST" frame send eth0 "$(udp6_frame $N $R $R6 $A6)"
	capture_stop "$WIRE"
	check_eq "$(frame find "$WIRE" "$(udp6_frame $P1 $R $R6 $A6)")" 1 "for the pod"
}

# long_advert_frame: to the node, of 60 KB: its 7400 options keep a hook busy for longer than it takes to free an
# uplink at once
long_advert_frame() {
	local options

	printf -v options '0e01000000000000%.0s' {1..7400}
	echo "$N $R 86dd 60000000 e758 3a ff $R6 $A6 8800 0000 20000000 $R6 $options"
}

# rx_counts NUMBER: so many frames have come to the node, or more
rx_counts() {
	[ "$(ip -n "$NODE" -s -j link show eth0 | jq '.[0].stats64.rx.bytes / 50000 | floor')" -ge "$1" ]
}

hook_refused() {
	local i

	topo_small 1
	topo_keep_hooks
	for i in "$HOST eth0" "$FABRIC host" "$FABRIC node" "$FABRIC br0" "$NODE eth0" "$NODE br-ex"; do
		ip -n "${i% *}" link set "${i#* }" mtu 60000
	done
	topo_egress_chains eth0 1024 | ns_exec "$NODE" nft -f -
	ip netns exec "$HOST" frame rush eth0 "$(long_advert_frame)" &
	check busywait 10 rx_counts 20
	for ((i = 0; i < 100; i++)); do
		run macnat -n "$NODE" uplink add eth0 learn on
		check_eq "$RC" 2
		check_match "$ERR" "the device's netfilter ingress and egress hooks cannot be had"
	done
	kill %%
	wait || :
	check_eq "$(macnat -n "$NODE" -j uplink show)" "[]"
	ns_exec "$NODE" nft delete table netdev full
	macnat -n "$NODE" uplink add eth0
	macnat -n "$NODE" uplink del eth0
}

bypass_source() {
	lab
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
	capture_start "$HOST" eth0 "$WIRE"
	# the fast path, each kind of slow one, and a station that is new
	ns_exec "$NODE" frame bypass eth0 "$(ipv4_frame $R $P1 10.0.1.1)" "$(udp6_frame $R $P1 $A6 $R6)" \
		"$(arp_frame $BCAST $P1 1 $P1 10.0.1.1 $ZERO 10.0.0.77)" "$(advert_frame $P1 $A6 $P1)" \
		"$(ipv4_frame $R $Q 10.0.1.9)" "$(ipv4_frame $R $N 10.0.0.1)"
	capture_stop "$WIRE"
	check_eq "$(frame count "$WIRE")" 6 frames
	check_eq "$(frame find "$WIRE" $P1)$(frame find "$WIRE" $Q)" 00 "frames that tell a pod's MAC"
	check_eq "$(frame find "$WIRE" "$(ipv4_frame $R $N 10.0.1.1)")" 1 "IPv4"
	check_eq "$(frame find "$WIRE" "$(udp6_frame $R $N $A6 $R6)")" 1 "IPv6"
	check_eq "$(frame find "$WIRE" "$(arp_frame $BCAST $N 1 $N 10.0.1.1 $ZERO 10.0.0.77)")" 1 "ARP"
	check_eq "$(frame find "$WIRE" "$(ipv4_frame $R $N 10.0.1.9)")" 1 "a new pod's"
}

bypass_locks() {
	local probes=() i guard

	lab
	topo_keep_hooks
	for ((i = 0; i < 64; i++)); do
		probes+=("$(arp_frame $BCAST $P1 1 $P1 0.0.0.0 $ZERO 10.0.7.$i)")
		probes+=("$(arp_frame $BCAST $P1 1 $P1 10.0.8.$i $ZERO 10.0.0.77)")
		probes+=("$(ipv4_frame $R "$(printf '06:00:00:00:77:%02x' $i)" 10.0.9.$i)")
		probes+=("$(ipv4_frame $R $P1 10.0.1.$i)")
	done
	# in softirq ...
	storm "$HOST" "$(arp_frame $N $R 2 $R 10.0.0.100 $N 0.0.0.0)"
	ip netns exec "$POD1" frame cycle eth0 "${probes[@]}" &
	ip netns exec "$HOST" frame cycle eth0 "${probes[@]//$R/$P1}" &
	# ... and not
	for guard in pass drop; do
		macnat -n "$NODE" uplink set eth0 guard $guard
		ip netns exec "$NODE" timeout 4 frame rush eth0 "${probes[@]}" || :
	done
	check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.0.1
}

twisted_nd() {
	local advert

	lab
	advert=$(advert_frame $P1 $A6 $P1)
	# the length of its option: behind Ethernet, IPv6, and 24 bytes of the message
	check ns_exec "$NODE" frame twist eth0 20000 79 "$advert"
	ip -n "$NODE" -batch - <<-END
		link add d0 up type dummy
		link add mv0 link d0 address $P2 netns $POD2 type macvlan mode bridge
	END
	ip -n "$POD2" link set mv0 up
	macnat -n "$NODE" uplink add d0 learn on
	# nothing but CAP_NET_RAW
	check ns_exec "$POD2" setpriv --bounding-set=-all,+net_raw --inh-caps=-all,+net_raw \
		frame twist mv0 20000 79 "${advert//$P1/$P2}"
	# the next header: data or not
	check ns_exec "$NODE" frame twist eth0 20000 20 "$advert"
	macnat -n "$NODE" uplink set eth0 guard drop
	check ns_exec "$NODE" frame twist eth0 20000 80 "$advert"
}

type_change() {
	ns_new NODE
	topo_sysctl "$NODE"
	ip -n "$NODE" tuntap add name t0 mode tap
	ip -n "$NODE" link set t0 address $N
	macnat -n "$NODE" uplink add t0
	macnat -n "$NODE" map add 10.0.1.1 dev t0 lladdr $P1
	# ARPHRD_IP6GRE, whose addresses have 16 bytes
	check ns_exec "$NODE" tap t0 823
	check_eq "$(macnat -n "$NODE" -j uplink show)" "[]" "uplinks when it is no Ethernet device"
	ip -n "$NODE" link set t0 up
	run macnat -n "$NODE" uplink add t0
	check_eq "$RC" 2
	check_match "$ERR" "not an Ethernet device"
	ip -n "$NODE" link set t0 down
	check ns_exec "$NODE" tap t0 1
	check macnat -n "$NODE" uplink add t0
	# a bridge does not let a port of its become something else: it stays what it is
	ip -n "$NODE" link add br0 type bridge
	ip -n "$NODE" link set t0 master br0
	check_fail ns_exec "$NODE" tap t0 823
	check_eq "$(macnat -n "$NODE" -j uplink show | jq -c 'map(.dev)')" '["t0"]' "uplinks when it may not change"
	# a bond that gets such a slave, or any Ethernet device again
	ip -n "$NODE" link add b0 type bond
	ip -n "$NODE" link set b0 up
	macnat -n "$NODE" uplink add b0
	macnat -n "$NODE" map add 10.0.1.1 dev b0 lladdr $P1
	ip -n "$NODE" tuntap add name t1 mode tap
	check ns_exec "$NODE" tap t1 823
	ip -n "$NODE" link set t1 master b0 || note "the bond takes no such slave"
	check_eq "$(macnat -n "$NODE" -j uplink show | jq -c 'map(.dev)')" '["t0"]' "uplinks when the bond is none"
}

chosen_addresses() {
	local a b list=$TEST_TMP/list

	ns_new NODE
	ip -n "$NODE" link add eth0 address $N type dummy
	macnat -n "$NODE" uplink add eth0
	# bytes 3 and 7 are the same, and byte 15 is what it likes
	for ((a = 0; a < 256; a++)); do
		printf -v b '%02x' "$a"
		printf "map add 2001:d$b:0:$b::%x dev eth0 lladdr $P1\n" {1..255}
	done >"$list"
	check macnat -n "$NODE" -b "$list"
	check_eq "$(macnat -n "$NODE" -j uplink show dev eth0 | jq '.[0].entries')" 65280
	check macnat -n "$NODE" map flush dev eth0
}

# cgroup_new: CGROUP, with memory accounting
cgroup_new() {
	CGROUP=/sys/fs/cgroup/macnat-$$-$KTAP_NR
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control || skip "no memory cgroups here"
	mkdir "$CGROUP"
	defer rmdir "$CGROUP"
}

# in_cgroup CMD...
in_cgroup() {
	sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$CGROUP" "$@"
}

# charged: bytes of slab that the cgroup has to pay for
charged() {
	sed -n 's/^slab //p' "$CGROUP/memory.stat"
}

# is_charged BYTES: or more, to be waited for: it is told with a delay
is_charged() {
	[ "$(charged)" -ge "$1" ]
}

# is_released BYTES: there are less than these
is_released() {
	[ "$(charged)" -lt "$1" ]
}

memory_charged() {
	cgroup_new
	topo_small 1
	in_cgroup macnat -n "$NODE" uplink add eth0 learn on announce off
	# each frame has a MAC and an address of its own
	check ns_exec "$POD1" frame forge eth0 4000 "$(ipv4_frame $R $P1 10.0.1.1)"
	check busywait 10 stat_reaches "$NODE" eth0 learn-added 3000
	check busywait 20 is_charged 400000
	macnat -n "$NODE" uplink del eth0
	check busywait 30 is_released 100000
}

memory_ends() {
	cgroup_new
	topo_small 1
	in_cgroup macnat -n "$NODE" uplink add eth0 learn on announce off
	# room for a few thousand more
	echo $(($(cat "$CGROUP/memory.current") + 524288)) >"$CGROUP/memory.max"
	check ns_exec "$POD1" frame forge eth0 20000 "$(ipv4_frame $R $P1 10.0.1.1)"
	check busywait 10 stat_reaches "$NODE" eth0 learn-nomem 1000
	check test "$(macnat -n "$NODE" -j uplink show dev eth0 | jq '.[0].stations')" -lt 12000
	check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.0.1
}

limit_in_userns() {
	local dev="ip link add eth0 type dummy && macnat uplink add eth0"

	unshare -rn true || skip "no user namespaces here"
	run unshare -rn sh -c "$dev limit 65537"
	check_eq "$RC" 2
	check_match "$ERR" "the limit is at most 65536 in a user namespace"
	check unshare -rn sh -c "$dev limit 65536"
	run unshare -rn sh -c "$dev && macnat uplink set eth0 limit 4000000000"
	check_eq "$RC" 2
	ns_new NODE
	check ns_exec "$NODE" sh -c "$dev limit 4000000000"
}

# What root of a user namespace does in it: DEV is its uplink, with a bridge and a pod behind
# shellcheck disable=SC2317
hostile_user() {
	local i

	ip link add br-ex type bridge
	ip link add pod type veth peer name peer
	ip link add eth0 type veth peer name fabric
	for i in eth0 pod; do ip link set $i master br-ex; done
	for i in eth0 fabric pod peer br-ex; do ip link set $i up; done
	macnat uplink add eth0 learn on
	frame bypass eth0 "$(ipv4_frame $R $P1 10.0.1.1)" "$(advert_frame $P1 $A6 $P1)"
	frame bypass peer "$(ipv4_frame $R $P1 10.0.1.1)" "$(advert_frame $P1 $A6 $P1)"
	timeout 2 frame rush eth0 "$(arp_frame $BCAST $P1 1 $P1 0.0.0.0 $ZERO 10.0.7.1)" \
		"$(ipv4_frame $R $Q 10.0.1.9)" || :
	frame forge peer 70000 "$(ipv4_frame $R $P1 10.0.1.1)"
	frame twist eth0 5000 79 "$(advert_frame $P1 $A6 $P1)"
	macnat map add 2001:db8::7 dev eth0 lladdr $P1
	macnat uplink del eth0
	topo_egress_chains eth0 1024 | nft -f -
	timeout 10 frame rush fabric "$(ipv4_frame $BCAST $R 10.0.0.100 10.0.1.1)" &
	for i in {1..50}; do
		if macnat uplink add eth0 2>/dev/null; then
			echo "it was not refused"
		fi
	done
	kill %% || :
	nft delete table netdev full
	macnat uplink add eth0
	echo survived
}

unprivileged() {
	unshare -rn true || skip "no user namespaces here"
	run setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all unshare -Urn \
		bash -eu -c "$(declare -f); $(declare -p N P1 P2 Q R BCAST ZERO A6 B6 R6); hostile_user"
	check_eq "$RC" 0
	check_eq "$OUT" survived
}

ktap_main "$@"
