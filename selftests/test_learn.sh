#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Learning: which frames make a mapping and which must not, who gets an address that two pods use,
# what an uplink and a pod can store, and what is told of all that.
#
#	POD1 10.0.1.1 P1 ---.
#	POD2 10.0.1.2 P2 ---[br-ex] N, 10.0.0.1 --- eth0 --- [fabric]--- HOST 10.0.0.100 R
#
# macnat learns, and says nothing to the fabric unless the test is about that.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	zero_config		# nothing but uplink add: pods and host talk, and no pod MAC gets out
	from_arp		# requests, replies and announcements tell who has an address
	from_ip			# and so does the first data frame of a pod, IPv4 and IPv6
	from_nd			# solicitations and advertisements with a link-layer option
	from_dhcp		# a client is known by its MAC before it has an address
	vlans			# the VLAN is part of what is learned
	not_probe		# a probe and a tentative address are nobody's yet
	not_special		# nor are groups, loopback, and what has a wrong header
	not_other		# nor what a frame says of somebody else
	not_node		# nor the node's own addresses, nor its gateway's
	not_vrrp		# a virtual router's MAC is left alone
	own_device		# another device of the node is no pod
	own_device_limit	# ... even if there are as many pods as there may be
	off			# without learning nothing is learned, and what was learned stays
	same_ip_new_mac		# a pod made anew: right with its first frame, be it ARP or data
	moves_announced		# an address goes to another pod, which says so
	moves_silently		# ... which does not: it gets it once the first does not answer
	forged_data		# data frames with another pod's address change nothing
	forged_guarded		# guard drop: nor does ARP, and the frames go nowhere
	forged_node		# guard drop: nor do frames with the node's and the gateway's address
	static_wins		# what the operator said stands, and takes over what was learned
	leaves			# an address that is announced from the fabric leaves a pod that is gone
	stays			# ... and stays with one that answers
	ages			# a pod that is gone loses its mapping
	idle			# [ipv6] a pod that is silent for three ageing times keeps it
	asks_quietly		# nobody but the pod sees macnat's questions, and nobody the answers
	asks_in_storm		# ... and they are asked even if there is no end of frames for strangers
	unconfirmed		# an address known from data frames only is announced once ARP confirms it
	station_limit		# no more than 16 addresses a pod
	uplink_limit		# no more than the limit, those that are there stay
	forged_sources		# 100000 forged sources: bounded memory, nobody loses anything
	events			# added, moved, conflict, expired, deleted, leak; uplinks come and go
"
export TIMEOUT_forged_sources=240 TIMEOUT_idle=120

N=02:00:00:00:00:01 P0=02:00:00:00:0d:01 P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 P3=06:00:00:00:01:03
R=0a:00:00:00:00:64 BCAST=ff:ff:ff:ff:ff:ff ZERO=00:00:00:00:00:00

test_setup() {
	macnat_load
	topo_small 1 2
	WIRE=$TEST_TMP/wire.pcap
	INSIDE=$TEST_TMP/inside.pcap
}

# learns [SETTING...]: from now on
learns() {
	macnat -n "$NODE" uplink add eth0 learn on announce off heal off "$@"
}

# send POD FRAME...: the pod sends them
send() {
	ns_exec "$1" frame send eth0 "${@:2}"
}

# mac IP [OPTION...]: whose address that is, as far as macnat knows
mac() {
	owner "$NODE" "$@"
}

# is IP MAC [OPTION...]: that pod's
is() {
	check_eq "$(mac "$1" "${@:3}")" "$2" "the owner of $*"
}

# nothing is learned
check_nothing() {
	check_eq "$(macnat -n "$NODE" -j map show)" "[]" "mappings"
}

counts() {
	check_eq "$(stat "$NODE" eth0 "$1")" "${2:-1}" "$1"
}

# arp MAC OP SPA [TPA [SHA]]: what a pod broadcasts, in hexadecimal
arp() {
	arp_frame $BCAST "$1" "$2" "${5:-$1}" "$3" $ZERO "${4:-10.0.0.77}"
}

# ipv4 MAC SOURCE [DESTINATION MAC]: a UDP frame to 10.0.0.100 in hexadecimal
ipv4() {
	ipv4_frame "${3:-$R}" "$1" "$2"
}

# ipv6 MAC SOURCE: a frame to HOST with no next header; SOURCE is 32 hexadecimal digits
ipv6() {
	printf '%s%s86dd6000000000003b40%sfe80000000000000080000fffe000064' $R "$1" "$2"
}

# nd MAC TYPE SOURCE TARGET [OPTION]: a solicitation (87) or an advertisement (88) to all nodes; the
# checksum is missing, nobody on the way looks at it
nd() {
	local option=${5:-}

	option=${option//:/}
	printf '333300000001%s86dd60000000%04x3aff%sff020000000000000000000000000001' "$1" \
		$((24 + ${#option} / 2)) "$3"
	printf '%s00000000000000%s%s' "$2" "$4" "$option"
}

A1=20010db8000000000000000000000101 A2=20010db8000000000000000000000102

zero_config() {
	macnat -n "$NODE" uplink add eth0 learn on
	capture_start "$HOST" eth0 "$WIRE"
	check ns_exec "$POD1" ping -q -c 2 -W 5 10.0.0.100
	check ns_exec "$HOST" ping -q -c 2 -W 5 10.0.1.2
	check ns_exec "$POD2" ping -q -c 1 -W 5 10.0.1.1
	capture_stop "$WIRE"
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with P1"
	check_eq "$(frame find "$WIRE" $P2)" 0 "frames with P2"
	is 10.0.1.1 $P1
	is 10.0.1.2 $P2
	check_match "$(ip -n "$HOST" neigh show 10.0.1.1)" "lladdr $N"
	check_match "$(macnat -n "$NODE" map show)" "learned"
	counts out-leak 0
}

from_arp() {
	learns
	send "$POD1" "$(arp $P1 1 10.0.1.1)"
	is 10.0.1.1 $P1
	send "$POD1" "$(arp_frame $R $P1 2 $P1 10.0.1.7 $R 10.0.0.100)"
	is 10.0.1.7 $P1
	send "$POD2" "$(arp $P2 1 10.0.1.2 10.0.1.2)"
	is 10.0.1.2 $P2
	send "$POD2" "$(arp_frame $BCAST $P2 2 $P2 10.0.1.8 $P2 10.0.1.8)"
	is 10.0.1.8 $P2
	counts learn-added 4
	counts out-arp 4
}

from_ip() {
	learns
	capture_start "$HOST" eth0 "$WIRE"
	send "$POD1" "$(ipv4 $P1 10.0.1.1)"
	send "$POD1" "$(ipv6 $P1 $A1)"
	capture_stop "$WIRE"
	is 10.0.1.1 $P1
	is 2001:db8::101 $P1
	counts learn-added 2
	# the very frame that it was learned from was hidden
	counts out-data 2
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with P1"
	send "$POD1" "$(ipv4 $P1 10.0.1.1)" "$(ipv6 $P1 $A1)"
	counts learn-added 2
}

from_nd() {
	learns
	send "$POD1" "$(nd $P1 87 $A1 $A2 0101$P1)"
	is 2001:db8::101 $P1
	send "$POD2" "$(nd $P2 88 fe80000000000000040000fffe000102 $A2 0201$P2)"
	is 2001:db8::102 $P2
	counts learn-added 2
}

from_dhcp() {
	learns
	# from 0.0.0.0: no address to learn, but a pod
	send "$POD1" "$(ipv4 $P1 0.0.0.0 $BCAST)"
	check_nothing
	check_eq "$(macnat -n "$NODE" -j uplink show eth0 | jq '.[0].stations')" 1 stations
	counts out-leak 0
}

vlans() {
	learns
	send "$POD1" "$(arp $P1 1 10.0.1.1 | sed 's/0806/810000640806/')"
	send "$POD2" "$(arp $P2 1 10.0.1.1 | sed 's/0806/88a800648100000a0806/')"
	is 10.0.1.1 $P1 vlan 100
	is 10.0.1.1 $P2 vlan 100.10
	is 10.0.1.1 none
}

not_probe() {
	learns
	send "$POD1" "$(arp $P1 1 0.0.0.0 10.0.1.1)"
	send "$POD1" "$(nd $P1 87 00000000000000000000000000000000 $A1)"
	# an optimistic address is used without telling a MAC (RFC 4429 3.3)
	send "$POD1" "$(nd $P1 87 $A1 $A2)"
	check_nothing
	counts out-leak 0
}

not_special() {
	local ip

	learns
	for ip in 0.0.0.7 127.0.0.1 224.0.0.5 255.255.255.255; do
		send "$POD1" "$(ipv4 $P1 $ip)" "$(arp $P1 1 $ip)"
	done
	send "$POD1" "$(ipv6 $P1 ff020000000000000000000000000001)"
	send "$POD1" "$(ipv6 $P1 00000000000000000000000000000001)"
	# a header too short, a version that is none, ARP of other lengths
	send "$POD1" "$(ipv4 $P1 10.0.1.1 | sed 's/08004500/08004400/')"
	send "$POD1" "$(ipv4 $P1 10.0.1.1 | sed 's/08004500/08006500/')"
	send "$POD1" "$(arp $P1 1 10.0.1.1 | sed 's/0001080006/0001080008/')"
	check_nothing
}

not_other() {
	learns
	send "$POD1" "$(arp $P1 1 10.0.1.2 10.0.0.77 $P2)"
	send "$POD1" "$(nd $P1 88 $A1 $A2 0201$P2)"
	check_nothing
}

not_node() {
	ip -n "$NODE" route add default via 10.0.0.254
	learns
	send "$POD1" "$(arp $P1 1 10.0.0.1)" "$(ipv4 $P1 10.0.0.1)"
	send "$POD1" "$(arp $P1 1 10.0.0.254)" "$(ipv4 $P1 10.0.0.254)"
	check_nothing
	counts learn-refused 4
	check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.0.1
}

not_vrrp() {
	learns
	send "$POD1" "$(arp 00:00:5e:00:01:07 1 10.0.1.1)"
	check_nothing
	counts out-exempt
	check_eq "$(macnat -n "$NODE" -j uplink show eth0 | jq '.[0].stations')" 0 stations
}

# node0 of NODE is on br-ex, too
own_device_add() {
	ip -n "$NODE" -batch - <<-END
		link add node0 address $P0 type veth peer name port0
		link set port0 master br-ex up
		addr add 10.0.2.1/32 dev node0
		link set node0 up
	END
}

own_device() {
	own_device_add
	learns guard drop
	ns_exec "$NODE" frame send node0 "$(arp $P0 1 10.0.2.1)" "$(ipv4 $P0 10.0.2.1)"
	check_nothing
	counts out-node 2
	counts out-guard-drop 0
}

own_device_limit() {
	own_device_add
	learns guard drop limit 1
	send "$POD1" "$(ipv4 $P1 0.0.0.0 $BCAST)"
	send "$POD2" "$(ipv4 $P2 0.0.0.0 $BCAST)"
	counts out-guard-drop
	ns_exec "$NODE" frame send node0 "$(arp $P0 1 10.0.2.1)" "$(ipv4 $P0 10.0.2.1)"
	counts out-node 2
	counts out-guard-drop
	check_nothing
}

off() {
	macnat -n "$NODE" uplink add eth0 announce off
	send "$POD1" "$(arp $P1 1 10.0.1.1)"
	check_nothing
	counts out-leak
	macnat -n "$NODE" uplink set eth0 learn on
	send "$POD1" "$(arp $P1 1 10.0.1.1)"
	macnat -n "$NODE" uplink set eth0 learn off
	send "$POD2" "$(arp $P2 1 10.0.1.2)"
	is 10.0.1.1 $P1
	is 10.0.1.2 none
	check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.1.1
}

same_ip_new_mac() {
	learns
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	is 10.0.1.1 $P1
	# as a container runtime does it: the old interface goes, a new one comes
	ns_exec "$POD1" sh -c "ip link set eth0 down; ip link set eth0 address $P3; ip link set eth0 up"
	ip -n "$POD1" neigh replace 10.0.0.100 lladdr $R dev eth0
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	is 10.0.1.1 $P3
	check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.1.1
	ns_exec "$POD1" sh -c "ip link set eth0 down; ip link set eth0 address $P1; ip link set eth0 up"
	send "$POD1" "$(arp $P1 1 10.0.1.1)"
	is 10.0.1.1 $P1
	check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.1.1
	counts learn-moved 2
}

moves_announced() {
	learns
	send "$POD1" "$(arp $P1 1 10.0.1.1)"
	send "$POD2" "$(arp $P2 1 10.0.1.2)" "$(arp $P2 1 10.0.1.1 10.0.1.1)"
	is 10.0.1.1 $P2
	is 10.0.1.2 $P2
	counts learn-moved
}

moves_silently() {
	learns
	send "$POD1" "$(arp $P1 1 10.0.1.7)"
	send "$POD2" "$(arp $P2 1 10.0.1.2)"
	# nobody answers for 10.0.1.7: POD1 does not have it
	send "$POD2" "$(ipv4 $P2 10.0.1.7)"
	is 10.0.1.7 $P1
	counts learn-refused
	busywait 10 sh -c "[ \$(macnat -n $NODE -j stats show | jq '.[0].\"learn-expired\"') = 1 ]"
	send "$POD2" "$(ipv4 $P2 10.0.1.7)"
	is 10.0.1.7 $P2
}

forged_data() {
	learns
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	check ns_exec "$POD2" ping -q -c 1 -W 5 10.0.0.100
	send "$POD2" "$(ipv4 $P2 10.0.1.1)" "$(ipv4 $P2 10.0.1.1)"
	is 10.0.1.1 $P1
	counts learn-refused 2
	# POD1 was asked, and answered: no matter how often
	busywait 10 sh -c "[ \$(macnat -n $NODE -j stats show | jq '.[0].\"out-answer\"') -gt 0 ]"
	send "$POD2" "$(ipv4 $P2 10.0.1.1)"
	sleep 2
	is 10.0.1.1 $P1
	counts learn-expired 0
	check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.1.1
}

forged_guarded() {
	topo_quiet "$HOST"
	learns guard drop
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	check ns_exec "$POD2" ping -q -c 1 -W 5 10.0.0.100
	capture_start "$HOST" eth0 "$WIRE"
	send "$POD2" "$(ipv4 $P2 10.0.1.1)" "$(arp $P2 1 10.0.1.1 10.0.1.1)"
	capture_stop "$WIRE"
	check_eq "$(frame find "$WIRE" 0a000101)" 0 "frames with POD1's address"
	counts out-guard-drop 2
	is 10.0.1.1 $P1
	# without learning too
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
	macnat -n "$NODE" uplink set eth0 learn off
	send "$POD2" "$(ipv4 $P2 10.0.1.1)"
	counts out-guard-drop 3
	check ns_exec "$POD2" ping -q -c 1 -W 5 10.0.0.100
}

forged_node() {
	ip -n "$NODE" route add default via 10.0.0.254
	topo_quiet "$HOST"
	learns guard drop
	check ns_exec "$POD2" ping -q -c 1 -W 5 10.0.0.100
	capture_start "$HOST" eth0 "$WIRE"
	send "$POD2" "$(arp $P2 2 10.0.0.1 10.0.0.1)" "$(arp $P2 2 10.0.0.254 10.0.0.254)"
	capture_stop "$WIRE"
	check_eq "$(frame count "$WIRE")" 0 "frames"
	counts out-guard-drop 2
}

static_wins() {
	learns
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
	send "$POD2" "$(arp $P2 1 10.0.1.1 10.0.1.1)"
	is 10.0.1.1 $P1
	counts learn-refused
	# add takes over what was learned, and only that
	send "$POD2" "$(arp $P2 1 10.0.1.2)"
	macnat -n "$NODE" map add 10.0.1.2 dev eth0 lladdr $P2
	check_eq "$(macnat -n "$NODE" -j map show static | jq length)" 2 "static mappings"
	check_fail macnat -n "$NODE" map add 10.0.1.2 dev eth0 lladdr $P1
}

leaves() {
	learns
	send "$POD1" "$(arp $P1 1 10.0.1.7)"
	is 10.0.1.7 $P1
	# it is on another node now, which announces it
	send "$HOST" "$(arp $R 1 10.0.1.7 10.0.1.7)"
	busywait 10 sh -c "[ \$(macnat -n $NODE -j stats show | jq '.[0].\"learn-left\"') = 1 ]"
	is 10.0.1.7 none
}

stays() {
	learns
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	send "$HOST" "$(arp $R 1 10.0.1.1 10.0.1.1)"
	busywait 10 sh -c "[ \$(macnat -n $NODE -j stats show | jq '.[0].\"out-answer\"') -gt 0 ]"
	sleep 2
	is 10.0.1.1 $P1
	counts learn-left 0
}

ages() {
	learns ageing 5
	send "$POD1" "$(arp $P1 1 10.0.1.7)" "$(ipv4 06:00:00:00:01:09 0.0.0.0 $BCAST)"
	is 10.0.1.7 $P1
	busywait 30 sh -c "[ \$(macnat -n $NODE -j stats show | jq '.[0].\"learn-expired\"') = 1 ]"
	check_nothing
	busywait 30 sh -c "[ \$(macnat -n $NODE -j uplink show eth0 | jq '.[0].stations') = 0 ]"
	# what the operator said does not age
	macnat -n "$NODE" map add 10.0.1.8 dev eth0 lladdr $P1
	sleep 8
	is 10.0.1.8 $P1
}

idle() {
	topo_ipv6 POD1 HOST
	learns ageing 5
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	check ns_exec "$POD1" ping -q -c 1 -W 5 "fe80::800:ff:fe00:64%eth0"
	sleep 16
	is 10.0.1.1 $P1
	is fe80::400:ff:fe00:101 $P1
	check ns_exec "$HOST" ping -q -c 1 -W 1 10.0.1.1
	counts learn-expired 0
	check test "$(stat "$NODE" eth0 ask-sent)" -ge 4
	counts ask-failed 0
}

asks_quietly() {
	learns ageing 5
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	# they do not have to ask each other any more
	ip -n "$HOST" neigh replace 10.0.1.1 lladdr $N dev eth0 nud permanent
	ip -n "$POD1" neigh replace 10.0.0.100 lladdr $R dev eth0 nud permanent
	capture_start "$HOST" eth0 "$WIRE"
	capture_start "$POD2" eth0 "$INSIDE" arp
	busywait 10 sh -c "[ \$(macnat -n $NODE -j stats show | jq '.[0].\"out-answer\"') -gt 1 ]"
	capture_stop "$WIRE"
	capture_stop "$INSIDE"
	check_eq "$(frame count "$WIRE")" 0 "frames on the wire"
	check_eq "$(frame count "$INSIDE")" 0 "frames at another pod"
	check_eq "$(ip -n "$POD1" neigh show | grep -vc 10.0.0.100)" 0 "neighbours of the pod"
}

asks_in_storm() {
	local frame

	learns
	send "$POD1" "$(arp $P1 1 10.0.1.7)"
	send "$POD2" "$(arp $P2 1 10.0.1.2)"
	frame=$(ipv4_frame 06ff0000@ $R 10.0.0.100 10.8.0.0)
	storm "$HOST" "${frame/0a080000/0a08@}"
	busywait 10 stat_reaches "$NODE" eth0 ask-sent 100
	# nobody answers for 10.0.1.7: POD1 does not have it
	send "$POD2" "$(ipv4 $P2 10.0.1.7)"
	busywait 10 stat_is "$NODE" eth0 learn-expired 1
}

unconfirmed() {
	macnat -n "$NODE" uplink add eth0 learn on
	# an address that POD1 does not have, but sends with, as a router does
	capture_start "$HOST" eth0 "$WIRE" arp
	send "$POD1" "$(ipv4 $P1 10.0.9.9)"
	is 10.0.9.9 $P1
	sleep 3
	counts announce-sent 0
	# one that it has: it is asked, and confirms it
	send "$POD1" "$(ipv4 $P1 10.0.1.1)"
	busywait 10 stat_is "$NODE" eth0 announce-sent 4
	capture_stop "$WIRE"
	check_eq "$(frame find "$WIRE" "$(arp_frame $BCAST $N 1 $N 10.0.1.1 $ZERO 10.0.1.1)")" 2 requests
	check_eq "$(frame find "$WIRE" "$(arp_frame $BCAST $N 2 $N 10.0.1.1 $N 10.0.1.1)")" 2 replies
	check_eq "$(frame find "$WIRE" 0a000909)" 0 "announcements of 10.0.9.9"
}

station_limit() {
	local i

	learns
	for i in {1..20}; do
		send "$POD1" "$(arp $P1 1 "10.0.3.$i")"
	done
	check_eq "$(macnat -n "$NODE" -j map show | jq length)" 16 mappings
	counts learn-limit 4
	# a pod at its limit is hidden all the same
	counts out-arp 20
	macnat -n "$NODE" uplink set eth0 guard drop
	send "$POD1" "$(arp $P1 1 10.0.3.99)"
	counts out-guard-drop
}

uplink_limit() {
	learns limit 3
	send "$POD1" "$(arp $P1 1 10.0.1.1)"
	send "$POD2" "$(arp $P2 1 10.0.1.2)" "$(arp $P2 1 10.0.1.3)" "$(arp $P2 1 10.0.1.4)"
	counts learn-limit
	is 10.0.1.1 $P1
	is 10.0.1.4 none
	macnat -n "$NODE" map del 10.0.1.3 dev eth0
	send "$POD2" "$(arp $P2 1 10.0.1.4)"
	is 10.0.1.4 $P2
}

# memory: kB of slab in use
memory() {
	awk '/^Slab:/ { print $2 }' /proc/meminfo
}

forged_sources() {
	local before after

	learns limit 1000 guard drop
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	# the bridge would learn them too
	ns_exec "$NODE" bridge link set dev pod2 learning off
	before=$(memory)
	ns_exec "$POD2" frame forge eth0 100000 "$(ipv4 06:ff:00:00:00:00 11.0.0.0)"
	after=$(memory)
	note "slab grew by $((after - before)) kB"
	check test "$(macnat -n "$NODE" -j map show | jq length)" = 1000
	check test "$(macnat -n "$NODE" -j uplink show eth0 | jq '.[0].stations')" -le 2001
	check test "$(stat "$NODE" eth0 out-guard-drop)" -gt 97000
	check test $((after - before)) -lt 8192
	is 10.0.1.1 $P1
	check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.1.1
	macnat -n "$NODE" map flush learned
	check_nothing
}

# told PATTERN: an event that the monitor shows
told() {
	busywait 5 grep -qE "$1" "$TEST_TMP/events"
}

events() {
	watch "$TEST_TMP/events" -n "$NODE" monitor
	learns
	send "$POD1" "$(arp $P1 1 10.0.1.7)"
	told "dded.*10.0.1.7 .*$P1"
	send "$POD2" "$(arp $P2 1 10.0.1.7 10.0.1.7)"
	told "oved.*10.0.1.7 .*$P2"
	send "$POD2" "$(arp $P2 1 10.0.0.1 10.0.0.1)"
	told "onflict.*10.0.0.1 .*$P2"
	send "$HOST" "$(arp $R 1 10.0.1.7 10.0.1.7)"
	told "onflict.*10.0.1.7 .*$R"
	told "eft.*10.0.1.7 .*$P2.*$R"
	send "$POD1" "$(arp $P1 1 10.0.1.7)"
	macnat -n "$NODE" map del 10.0.1.7 dev eth0
	told "eleted.*10.0.1.7"
	macnat -n "$NODE" uplink set eth0 learn off
	send "$POD1" "$(arp 06:00:00:00:0e:01 1 10.0.1.9)"
	told "eak.*06:00:00:00:0e:01"
	macnat -n "$NODE" uplink del eth0
	told "ttached.*eth0"
	told "hanged.*eth0"
	told "one.*eth0"
}

ktap_main "$@"
