#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The lab itself, without macnat: whether this machine (the guest, above all) has what the other
# tests build on. If one of these fails, look here first.
#
#	[a: eth0] --- port0 [br] port1 --- [b: eth0]	one namespace each
#	10.9.0.1                           10.9.0.2

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"

TESTS="
	tools			# every program is there, and none of them is a busybox applet
	modprobe		# the kernel and modprobe find modules
	bridge_ping		# namespaces, veth, bridge, ARP and ICMP
	arp			# arping asks, ip neigh knows
	vlan			# 8021q on both ends, a VLAN-filtering bridge between them
	nft_netdev		# ingress and egress hooks count frames
	nft_bridge		# a forward chain counts by a set of port . address
	capture			# tcpdump sees a frame, byte for byte
	tcp			# iperf3 and jq
	devices			# bonding, macvlan, ipvlan, dummy, tun
	privileges		# setpriv drops CAP_NET_ADMIN
	defer_order		# the library: cleanups run last in, first out
"

topology() {
	ns_new A B BR
	ip -n "$BR" link add br0 type bridge
	ip -n "$BR" link set br0 up
	ip -n "$A" link add eth0 address 02:00:00:00:00:0a type veth peer name port0 netns "$BR"
	ip -n "$B" link add eth0 address 02:00:00:00:00:0b type veth peer name port1 netns "$BR"
	ip -n "$BR" link set port0 master br0 up
	ip -n "$BR" link set port1 master br0 up
	ip -n "$A" addr add 10.9.0.1/24 dev eth0
	ip -n "$B" addr add 10.9.0.2/24 dev eth0
	ip -n "$A" link set eth0 up
	ip -n "$B" link set eth0 up
}

ping_b() {
	ns_exec "$A" ping -q -c "${1:-1}" -i 0.01 -W 5 10.9.0.2
}

tools() {
	local cmd path

	for cmd in ip bridge tc ss nft tcpdump arping ping iperf3 jq setpriv unshare nsenter \
		modprobe timeout sleep grep sed awk; do
		path=$(type -P "$cmd") || die "no $cmd"
		check_no_match "$(realpath "$path")" busybox "$cmd"
	done
	check sleep 0.01
	check_rc 124 timeout 0.1 sleep 5
}

modprobe() {
	check command modprobe veth
	check test -d /sys/module/veth
	check_fail command modprobe no_such_module
}

bridge_ping() {
	topology
	check ping_b 3
	check_match "$(bridge -n "$BR" fdb show br br0 brport port0)" 02:00:00:00:00:0a
}

arp() {
	topology
	check ns_exec "$A" arping -q -c 1 -w 5 -I eth0 10.9.0.2
	check ping_b
	check_match "$(ip -n "$A" neigh show 10.9.0.2)" "02:00:00:00:00:0b"
}

vlan() {
	local ns

	topology
	ip -n "$BR" link set br0 type bridge vlan_filtering 1
	bridge -n "$BR" vlan add vid 100 dev port0
	bridge -n "$BR" vlan add vid 100 dev port1
	for ns in "$A" "$B"; do
		ip -n "$ns" link add link eth0 name eth0.100 type vlan id 100
		ip -n "$ns" link set eth0.100 up
	done
	ip -n "$A" addr add 10.9.100.1/24 dev eth0.100
	ip -n "$B" addr add 10.9.100.2/24 dev eth0.100
	check ns_exec "$A" ping -q -c 1 -W 5 10.9.100.2
}

# nft_count NS TABLE CHAIN: packets of the chain's only counter
nft_count() {
	ns_exec "$1" nft -j list chain netdev "$2" "$3" |
		jq '[.. | .counter? | objects | .packets] | add'
}

nft_netdev() {
	topology
	ns_exec "$A" nft -f - <<-END
	table netdev t {
		chain in { type filter hook ingress device eth0 priority 0;
			ip protocol icmp ether saddr 02:00:00:00:00:0b counter; }
		chain out { type filter hook egress device eth0 priority 0;
			ip protocol icmp ether daddr 02:00:00:00:00:0b counter; }
	}
	END
	check ping_b 3
	check_eq "$(nft_count "$A" t in)" 3 "frames in"
	check_eq "$(nft_count "$A" t out)" 3 "frames out"
}

nft_bridge() {
	local set

	topology
	ns_exec "$BR" nft -f - <<-END
	table bridge t {
		set to { type ifname . ether_addr; counter;
			elements = { "port1" . 02:00:00:00:00:0b, "port0" . 02:00:00:00:00:0b }; }
		chain forward { type filter hook forward priority 0;
			ip protocol icmp meta oifname . ether daddr @to counter; }
	}
	END
	check ping_b 3
	set=$(ns_exec "$BR" nft -j list set bridge t to |
		jq -cS '[.nftables[].set? | objects | .elem[].elem | {(.val.concat[0]): .counter.packets}] | add')
	check_eq "$set" '{"port0":0,"port1":3}' "packets by port"
}

# captured FILE: all frames in hex, fails if there are none
captured() {
	tcpdump -n -xx -r "$1" 2>/dev/null | sed -n 's/^\t0x[0-9a-f]*: *//p' | tr -d ' \n' | grep .
}

capture() {
	local hex

	topology
	ns_exec "$B" tcpdump -U -n -i eth0 -w "$TEST_TMP/b.pcap" icmp 2>"$TEST_TMP/log" &
	busywait 10 grep -q "listening on" "$TEST_TMP/log"
	check ns_exec "$A" ping -q -c 1 -W 5 -p c0ffee 10.9.0.2
	hex=$(busywait 10 captured "$TEST_TMP/b.pcap")
	check_match "$hex" "^02000000000b02000000000a0800.*c0ffeec0ffee"
}

tcp() {
	local json

	topology
	ns_exec "$B" iperf3 -s -1 >/dev/null &
	busywait 10 ns_exec "$B" bash -c 'ss -Hltn sport = :5201 | grep -q .'
	json=$(ns_exec "$A" iperf3 -c 10.9.0.2 -n 1M -J)
	check_eq "$(jq '.end.sum_sent.bytes >= 1048576' <<<"$json")" true
}

devices() {
	ns_new A
	ip -n "$A" link add d0 type dummy
	ip -n "$A" link set d0 up
	check ip -n "$A" link add bond0 type bond mode active-backup
	check ip -n "$A" link add link d0 name mv0 type macvlan mode bridge
	check ip -n "$A" link add d1 type dummy
	check ip -n "$A" link add link d1 name iv0 type ipvlan mode l2
	check ip -n "$A" tuntap add tap0 mode tap
	check_eq "$(ip -n "$A" -j link show | jq -r 'map(.ifname) | sort | join(" ")')" \
		"bond0 d0 d1 iv0 lo mv0 tap0" "nothing made of its own accord"
}

privileges() {
	ns_new A
	check ns_exec "$A" ip link add d0 type dummy
	check_fail ns_exec "$A" setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
		ip link add d1 type dummy
}

# two cleanups and a failure
deferring() {
	defer bash -c "echo first >>$1"
	defer bash -c "echo second >>$1"
	die "which does not stop them"
}

defer_order() {
	local log=$TEST_TMP/log

	(
		trap __on_exit EXIT
		KTAP_DEFERS=()
		TEST_TMP=$TEST_TMP/inner
		mkdir "$TEST_TMP"
		deferring "$log"
	) || :
	check_eq "$(tr '\n' ' ' <"$log")" "second first "
}

ktap_main "$@"
