#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An uplink's life: what becomes of macnat when its device or the bridge above it changes, moves
# or goes, and what becomes of the traffic when macnat comes and goes.
#
#	POD1 10.0.1.1 P1 --- pod1 [br-ex] N --- eth0 --- node [fabric]--- HOST 10.0.0.100 R
#	                           NODE 10.0.0.1
#
# Some tests have less than that, or another device in eth0's place; they say so.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	attach_detach		# frames change between uplink add and del, and not before or after
	settings		# mode and node: add, set, show, as text and as JSON
	node_auto		# the bridge's MAC when enslaved to one, else the device's
	bridge_address		# a new MAC of the bridge: in the next frame, and announced
	device_address		# a new MAC of a device without a bridge (a macvlan pod), likewise
	bridge_elects		# a bridge that takes its lowest port's MAC
	explicit_node		# an explicit node MAC: used, received, forgotten
	rename			# the device gets another name
	device_delete		# the device goes, from either end, under traffic
	device_move		# the device moves to another namespace, and back
	netns_exit		# the namespace goes, under traffic
	two_namespaces		# each has an eth0 of its own, and knows no other
	unload			# rmmod with uplinks attached
	unload_traffic		# rmmod under TCP and floods, again and again
	device_down		# announcements wait for the device, and for its carrier
	bond			# active-backup: a failover changes nothing
	bond_address		# ... but the node MAC, with fail_over_mac
	bond_slave		# an uplink becomes a bond's slave, and is released
	vlan_device		# eth0.100 as uplink
	refusals		# what cannot be an uplink, what cannot be a node MAC
"

N=02:00:00:00:00:01 N2=02:00:00:00:00:02 X=02:00:00:00:0e:01 Y=02:00:00:00:0e:02
P1=06:00:00:00:01:01 R=0a:00:00:00:00:64
BCAST=ff:ff:ff:ff:ff:ff ZERO=00:00:00:00:00:00

test_setup() {
	macnat_load
	WIRE=$TEST_TMP/wire.pcap
	INSIDE=$TEST_TMP/inside.pcap
}

# The lab as drawn above; macnat is not attached yet
lab() {
	topo_small 1
}

# A namespace with nothing but an Ethernet device, for what needs no traffic
lone() {
	ns_new "$1"
	ip -n "${!1}" link add eth0 address $N type dummy
	ip -n "${!1}" link set eth0 up
}

# attach [DEV]: from now on POD1 is hidden, and all of NODE's announcements have been sent
attach() {
	macnat -n "$NODE" uplink add "${1:-eth0}"
	macnat -n "$NODE" map add 10.0.1.1 dev "${1:-eth0}" lladdr $P1
	busywait 10 announced 4 "${1:-eth0}"
}

# announced NUMBER [DEV]: at least so many frames have been sent, two at once and two after 2 s
announced() {
	stat_reaches "$NODE" "${2:-eth0}" announce-sent "$1"
}

# node_mac [DEV]: N, as the kernel has it
node_mac() {
	macnat -n "$NODE" -j uplink show "${1:-eth0}" | jq -r '.[0].node'
}

# nothing NS: macnat knows nothing of anything in there
nothing() {
	local object

	for object in uplink map stats; do
		check_eq "$(macnat -n "$1" -j "$object" show)" "[]" "$object of $1"
	done
}

# data_frame DST SRC MARK: 60 bytes of no known protocol, MARK (1 to 255) tells it from others
data_frame() {
	printf '%s%s88b5%02x%090d' "$1" "$2" "$3" 0
}

# ip_frame DST SRC MARK: UDP from HOST to POD1
ip_frame() {
	printf '%s%s0800450000%02x000000004011%s%s%s%s%02x%032d' "$1" "$2" 37 0000 \
		0a000064 0a000101 1234567800110000 "$3" 0
}

# pod_says MARK: one frame for HOST
pod_says() {
	ns_exec "$POD1" frame send eth0 "$(data_frame $R $P1 "$1")"
}

# on_wire MARK SOURCE: what pod_says sent has arrived, once and with this source
on_wire() {
	check_eq "$(frame find "$WIRE" "$(data_frame $R "$2" "$1")")" 1 "frame $1 with source $2"
}

# announced_as N [IP]: both gratuitous ARP frames have been on the wire
announced_as() {
	local ip=${2:-10.0.1.1}

	check_ne "$(frame find "$WIRE" "$(arp_frame $BCAST "$1" 1 "$1" "$ip" $ZERO "$ip")")" 0 \
		"requests that announce $ip with $1"
	check_ne "$(frame find "$WIRE" "$(arp_frame $BCAST "$1" 2 "$1" "$ip" "$1" "$ip")")" 0 \
		"replies that announce $ip with $1"
}

# neighbour MAC: HOST takes this for POD1's
neighbour() {
	[ "$(ip -n "$HOST" -j neigh show 10.0.1.1 | jq -r '.[0].lladdr')" = "$1" ]
}

# both_ways: HOST reaches POD1 (which needs ARP, too) and is reached by it
both_ways() {
	check ns_exec "$HOST" ping -q -c 1 -W 10 10.0.1.1
	check ns_exec "$POD1" ping -q -c 1 -W 10 10.0.0.100
}

# flood: until the test ends, as fast as they can; after topo_keep_hooks
flood() {
	ip netns exec "$POD1" ping -q -f 10.0.0.100 >/dev/null 2>&1 &
	ip netns exec "$HOST" ping -q -f 10.0.1.1 >/dev/null 2>&1 &
}

# drought: what flood has begun ends
drought() {
	local pid

	for pid in $(jobs -p); do
		kill "$pid"
	done
	wait
}

# flooding [DEV]: frames pass the uplink both ways
flooding() {
	[ "$(stat "$NODE" "${1:-eth0}" out-data)" -gt 20 ] && [ "$(stat "$NODE" "${1:-eth0}" in-data)" -gt 20 ]
}

# rmmod takes the uplinks of all namespaces with it
unload_allowed() {
	[ -n "${MACNAT_GUEST:-}" ] || skip "this machine may have uplinks of its own"
}

# One of each kind, told apart by MARK: a pod's data and ARP, and an IP frame for the pod
talk() {
	ns_exec "$POD1" frame send eth0 "$(data_frame $R $P1 "$1")" \
		"$(arp_frame $R $P1 2 $P1 10.0.1.1 $R "10.9.0.$1")"
	ns_exec "$HOST" frame send eth0 "$(ip_frame "$N" $R "$1")"
}

# talked MARK SOURCE INSIDE: what became of them
talked() {
	on_wire "$1" "$2"
	check_eq "$(frame find "$WIRE" "$(arp_frame $R "$2" 2 "$2" 10.0.1.1 $R "10.9.0.$1")")" 1 \
		"ARP frame $1 with $2"
	check_eq "$(frame find "$INSIDE" "$(ip_frame "$3" $R "$1")")" "$4" "IP frame $1 for $3 at the pod"
}

attach_detach() {
	lab
	capture_start "$HOST" eth0 "$WIRE"
	capture_start "$POD1" eth0 "$INSIDE"
	# loaded, and that is all
	check test -d /sys/module/macnat
	talk 1
	nothing "$NODE"

	# attached, but no pod is known: still as they were, only counted
	macnat -n "$NODE" uplink add eth0
	talk 2
	check_eq "$(stat "$NODE" eth0 out-leak)" 2
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
	talk 3
	macnat -n "$NODE" uplink del eth0
	talk 4
	nothing "$NODE"
	capture_stop "$WIRE"
	capture_stop "$INSIDE"

	talked 1 $P1 $P1 0
	talked 2 $P1 $P1 0
	talked 3 $N $P1 1
	talked 4 $P1 $P1 0
}

# uplink_is MODE NODE AUTO [GUARD FLOOD [LEARN]]: all of uplink show
uplink_is() {
	check_eq "$(macnat -n "$NODE" -j uplink show)" \
		"[{\"dev\":\"eth0\",\"mode\":\"$1\",\"node\":\"$2\",\"node_auto\":$3,\"learn\":${6:-false},\"guard\":\"${4:-pass}\",\"announce\":true,\"heal\":true,\"flood\":\"${5:-pass}\",\"ageing\":1200,\"limit\":65536,\"entries\":0,\"learned\":0,\"stations\":0}]"
	check_eq "$(macnat -n "$NODE" -j uplink show eth0)" "$(macnat -n "$NODE" -j uplink show)"
}

settings() {
	local rest="learn off guard pass announce on heal on flood pass ageing 1200 limit 65536 entries 0 learned 0 stations 0"

	lone NODE
	check_eq "$(macnat -n "$NODE" uplink show)" ""
	macnat -n "$NODE" uplink add eth0
	uplink_is bridge $N true
	check_eq "$(macnat -n "$NODE" uplink show)" "eth0: mode bridge node $N (auto) $rest"

	# what is not named stays
	macnat -n "$NODE" uplink set eth0 mode route
	uplink_is route $N true
	macnat -n "$NODE" uplink set eth0 node $X
	uplink_is route $X false
	check_eq "$(macnat -n "$NODE" uplink show)" "eth0: mode route node $X $rest"
	macnat -n "$NODE" uplink set eth0
	uplink_is route $X false
	macnat -n "$NODE" uplink set eth0 mode bridge node $Y
	uplink_is bridge $Y false
	macnat -n "$NODE" uplink set eth0 node auto mode route
	uplink_is route $N true
	macnat -n "$NODE" uplink set eth0 guard drop flood drop
	uplink_is route $N true drop drop
	macnat -n "$NODE" uplink set eth0 guard rewrite
	uplink_is route $N true rewrite drop
	macnat -n "$NODE" uplink set eth0 learn on
	uplink_is route $N true rewrite drop true

	# a new uplink has the defaults, whatever was before
	macnat -n "$NODE" uplink del eth0
	macnat -n "$NODE" uplink add eth0
	uplink_is bridge $N true
	macnat -n "$NODE" uplink del eth0
	macnat -n "$NODE" uplink add eth0 mode route node $X
	uplink_is route $X false
}

node_auto() {
	lone NODE
	ip -n "$NODE" -batch - <<-END
		link add br0 address $N2 type bridge
		link add br1 address $X type bridge
		link add vrf0 address $Y type vrf table 10
	END
	macnat -n "$NODE" uplink add eth0
	check_eq "$(node_mac)" $N "no master"
	ip -n "$NODE" link set eth0 master br0
	check_eq "$(node_mac)" $N2 "enslaved"
	ip -n "$NODE" link set eth0 master br1
	check_eq "$(node_mac)" $X "enslaved to another"
	ip -n "$NODE" link set eth0 nomaster
	check_eq "$(node_mac)" $N "released"
	ip -n "$NODE" link set eth0 master vrf0
	check_eq "$(node_mac)" $N "a master that is no bridge"
	ip -n "$NODE" link set eth0 master br0
	check_eq "$(node_mac)" $N2 "enslaved once more"
	ip -n "$NODE" link del br0
	check_eq "$(node_mac)" $N "the bridge is gone"

	# explicit: nothing of that matters, until auto
	macnat -n "$NODE" uplink set eth0 node $Y
	ip -n "$NODE" link set eth0 master br1
	check_eq "$(node_mac)" $Y explicit
	macnat -n "$NODE" uplink set eth0 node auto
	check_eq "$(node_mac)" $X "auto again"

	# enslaved before the uplink is made
	macnat -n "$NODE" uplink del eth0
	macnat -n "$NODE" uplink add eth0
	check_eq "$(node_mac)" $X "enslaved before"
}

# new_mac DEV: N becomes N2 by a new address of this device; POD1 has to be reachable
new_mac() {
	both_ways
	check neighbour $N
	capture_start "$HOST" eth0 "$WIRE"
	pod_says 1
	ip -n "$NODE" link set "$1" address $N2
	pod_says 2
	check_eq "$(node_mac)" $N2
	# all by itself: the pod has no link any more
	ip -n "$POD1" link set eth0 down
	busywait 10 neighbour $N2
	capture_stop "$WIRE"

	on_wire 1 $N
	on_wire 2 $N2
	announced_as $N2
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with the pod's MAC on the wire"
	busywait 10 announced 8
	ip -n "$POD1" link set eth0 up
	both_ways
	check neighbour $N2
}

bridge_address() {
	lab
	attach
	new_mac br-ex
}

# POD1 10.0.1.1 P1, a macvlan --- eth0 NODE N ---[fabric]--- HOST
device_address() {
	topo_fabric
	topo_host HOST $R 10.0.0.100/16
	topo_port NODE $N
	ns_new POD1
	topo_sysctl "$POD1"
	ip -n "$NODE" link add link eth0 name pod1 address $P1 netns "$POD1" type macvlan mode bridge
	ip -n "$POD1" link set pod1 name eth0
	ip -n "$POD1" link set eth0 up
	ip -n "$POD1" addr add 10.0.1.1/16 dev eth0
	attach
	new_mac eth0
}

bridge_elects() {
	local low=00:16:3e:00:00:01

	topo_fabric
	topo_host HOST $R 10.0.0.100/16
	topo_port NODE $N
	ip -n "$NODE" -batch - <<-END
		link add br-ex type bridge mcast_snooping 0
		link set eth0 master br-ex
		link set br-ex up
		link add low address $low type dummy
	END
	topo_pod POD1 NODE $P1 10.0.1.1/16
	attach
	check_eq "$(node_mac)" $N "lowest port"

	capture_start "$HOST" eth0 "$WIRE"
	ip -n "$NODE" link set low master br-ex
	pod_says 1
	busywait 10 announced 6
	ip -n "$NODE" link set low nomaster
	pod_says 2
	busywait 10 announced 8
	ip -n "$NODE" link set eth0 address $N2
	pod_says 3
	busywait 10 announced 10
	capture_stop "$WIRE"

	on_wire 1 $low
	announced_as $low
	on_wire 2 $N
	announced_as $N
	on_wire 3 $N2
	announced_as $N2
}

# received MAC: eth0 has it in its filter of unicast addresses
received() {
	bridge -n "$NODE" fdb show dev eth0 | grep -q "^$1 .*self"
}

explicit_node() {
	lab
	attach
	both_ways
	check_fail received $X
	capture_start "$HOST" eth0 "$WIRE"
	macnat -n "$NODE" uplink set eth0 node $X
	pod_says 1
	check received $X
	busywait 10 neighbour $X
	both_ways
	# the node itself goes on with its own
	ip -n "$HOST" neigh flush to 10.0.0.1 dev eth0
	check ns_exec "$HOST" ping -q -c 1 -W 10 10.0.0.1
	check_match "$(ip -n "$HOST" neigh show 10.0.0.1)" $N

	macnat -n "$NODE" uplink set eth0 node $Y
	pod_says 2
	check received $Y
	check_fail received $X
	busywait 10 neighbour $Y
	macnat -n "$NODE" uplink set eth0 node auto
	pod_says 3
	check_fail received $Y
	busywait 10 neighbour $N
	both_ways
	capture_stop "$WIRE"

	on_wire 1 $X
	on_wire 2 $Y
	on_wire 3 $N
	announced_as $X
	announced_as $Y
	announced_as $N
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with the pod's MAC on the wire"

	# an address that the device had anyway stays when macnat lets go of it
	bridge -n "$NODE" fdb add $X dev eth0 self
	macnat -n "$NODE" uplink set eth0 node $X
	macnat -n "$NODE" uplink set eth0 node auto
	check received $X
	# and one that only macnat wanted goes with the uplink
	macnat -n "$NODE" uplink set eth0 node $Y
	check received $Y
	macnat -n "$NODE" uplink del eth0
	check_fail received $Y
}

rename() {
	lab
	attach
	both_ways
	# some kernels rename a device only while it is down
	ip -n "$NODE" link set eth0 down
	ip -n "$NODE" link set eth0 name up0
	ip -n "$NODE" link set up0 up
	busywait 10 ns_exec "$HOST" ping -q -c 1 -W 1 10.0.1.1

	check_eq "$(macnat -n "$NODE" -j uplink show | jq -r '.[].dev')" up0
	check_eq "$(macnat -n "$NODE" -j stats show | jq -r '.[].dev')" up0
	check_eq "$(macnat -n "$NODE" map show)" "10.0.1.1 dev up0 lladdr $P1 local static"
	check_eq "$(macnat -n "$NODE" map show dev up0)" "10.0.1.1 dev up0 lladdr $P1 local static"
	check_rc 1 macnat -n "$NODE" map show dev eth0
	macnat -n "$NODE" map add 10.0.1.2 dev up0 lladdr $P1
	capture_start "$HOST" eth0 "$WIRE"
	pod_says 1
	both_ways
	capture_stop "$WIRE"
	on_wire 1 $N
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with the pod's MAC on the wire"
	macnat -n "$NODE" uplink del up0
	nothing "$NODE"
}

device_delete() {
	local ns dev

	topo_keep_hooks
	lab
	for ns in NODE FABRIC; do
		dev=eth0
		[ $ns = NODE ] || dev=node
		attach
		macnat -n "$NODE" uplink set eth0 node $X
		# a peer goes on with N until it hears of X
		busywait 10 ns_exec "$HOST" ping -q -c 1 -W 1 10.0.1.1
		both_ways
		flood
		busywait 20 flooding
		ip -n "${!ns}" link del $dev
		check_fail ip -n "$NODE" link show dev eth0
		nothing "$NODE"
		drought

		# another of the same name is another
		ip -n "$FABRIC" -batch - <<-END
			link add node type veth peer name eth0 address $N netns $NODE
			link set node master br0 up
		END
		ip -n "$NODE" link set eth0 master br-ex up
		nothing "$NODE"
	done
	attach
	busywait 10 ns_exec "$HOST" ping -q -c 1 -W 1 10.0.1.1
}

# The fabric has seen that the node's cable is plugged in.
forwarding() {
	bridge -n "$FABRIC" link show dev node | grep -q forwarding
}

device_move() {
	lab
	ns_new OTHER
	attach
	macnat -n "$NODE" uplink set eth0 node $X
	ip -n "$NODE" link set eth0 netns "$OTHER"
	nothing "$NODE"
	nothing "$OTHER"
	ip -n "$OTHER" link set eth0 up
	check_eq "$(bridge -n "$OTHER" fdb show dev eth0 | grep -c $X)" 0 "node MACs left in the filter"

	# no hook has come along
	busywait 10 forwarding
	capture_start "$HOST" eth0 "$WIRE"
	ns_exec "$OTHER" frame send eth0 "$(data_frame $R $P1 1)"
	capture_stop "$WIRE"
	on_wire 1 $P1

	# nor does macnat come back with the device
	ip -n "$OTHER" link set eth0 netns "$NODE"
	nothing "$NODE"
	ip -n "$NODE" link set eth0 master br-ex up
	attach
	busywait 10 ns_exec "$HOST" ping -q -c 1 -W 1 10.0.1.1
}

# The fabric's end of the node's cable goes with the namespace, which goes when the kernel likes.
node_gone() {
	! ip -n "$FABRIC" link show dev node >/dev/null 2>&1
}

netns_exit() {
	local round

	topo_keep_hooks
	topo_fabric
	topo_host HOST $R 10.0.0.100/16
	for round in 1 2 3; do
		note "round $round"
		topo_node NODE $N 10.0.0.1/16
		topo_pod POD1 NODE $P1 10.0.1.1/16
		attach
		[ $round != 2 ] || macnat -n "$NODE" uplink set eth0 node $X
		flood
		busywait 20 flooding
		ip netns del "$NODE"
		busywait 20 node_gone
		drought
	done
	[ -z "${MACNAT_GUEST:-}" ] || check_eq "$(cat /sys/module/macnat/refcnt)" 0
}

# POD1 P1 --- NODE N ---[fabric]--- HOST, and POD2 P2 --- NODE2 N2 ---[fabric]
two_namespaces() {
	local P2=06:00:00:00:02:01

	lab
	topo_node NODE2 $N2 10.0.0.2/16
	topo_pod POD2 NODE2 $P2 10.0.2.1/16
	check_eq "$(ip -n "$NODE2" -j link show eth0 | jq '.[0].ifindex')" \
		"$(ip -n "$NODE" -j link show eth0 | jq '.[0].ifindex')" "so that only the namespace tells"
	attach
	nothing "$NODE2"
	check_rc 2 macnat -n "$NODE2" map get 10.0.1.1 dev eth0
	macnat -n "$NODE2" uplink add eth0 mode route
	check_eq "$(macnat -n "$NODE2" -j map show)" "[]"
	macnat -n "$NODE2" map add 10.0.2.1 dev eth0 lladdr $P2
	macnat -n "$NODE2" map add 10.0.1.1 dev eth0 vlan 7 lladdr $P2

	check_eq "$(macnat -n "$NODE" map show)" "10.0.1.1 dev eth0 lladdr $P1 local static"
	check_eq "$(macnat -n "$NODE2" -j map show | jq -r '[.[].ip] | join(" ")')" "10.0.2.1 10.0.1.1"
	check_eq "$(macnat -n "$NODE" -j uplink show | jq -r '.[] | "\(.mode) \(.node)"')" "bridge $N"
	check_eq "$(macnat -n "$NODE2" -j uplink show | jq -r '.[] | "\(.mode) \(.node)"')" "route $N2"

	capture_start "$HOST" eth0 "$WIRE"
	pod_says 1
	ns_exec "$POD2" frame send eth0 "$(data_frame $R $P2 2)"
	# nobody knows the other's pods
	ns_exec "$NODE" frame send eth0 "$(data_frame $R $P2 3)"
	macnat -n "$NODE2" map flush local
	macnat -n "$NODE2" uplink del eth0
	pod_says 4
	capture_stop "$WIRE"
	on_wire 1 $N
	on_wire 2 $N2
	on_wire 3 $P2
	on_wire 4 $N
	nothing "$NODE2"
	check_eq "$(macnat -n "$NODE" map show)" "10.0.1.1 dev eth0 lladdr $P1 local static"
}

unload() {
	unload_allowed
	lone OTHER
	lone NODE
	macnat -n "$OTHER" uplink add eth0
	macnat -n "$NODE" uplink add eth0 node $X
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
	check received $X
	check_eq "$(cat /sys/module/macnat/refcnt)" 0 "references to the module"
	check rmmod macnat
	check_fail test -d /sys/module/macnat
	check_fail received $X
	macnat_load
	nothing "$OTHER"
	nothing "$NODE"
}

unload_traffic() {
	local round hold

	unload_allowed
	topo_keep_hooks
	lab
	ns_exec "$HOST" flow serve 7 &
	busywait 10 ns_exec "$HOST" sh -c 'ss -Hltn sport = :7 | grep -q .'
	ip netns exec "$POD1" flow hold 10.0.0.100 7 5 >"$TEST_TMP/hold" &
	hold=$!
	flood
	for round in 1 2 3 4 5 6 7 8 9 10; do
		note "round $round"
		[ "$round" = 1 ] || check rmmod macnat
		macnat_load
		attach
		check ns_exec "$POD1" flow connect 10.0.0.100 7 2
		busywait 20 flooding
	done
	kill "$hold"
	wait "$hold" || die "a connection was lost: $(cat "$TEST_TMP/hold")"
	note "$(cat "$TEST_TMP/hold")"
}
# shellcheck disable=SC2034
export TIMEOUT_unload_traffic=180

# announcements DEV: how many were sent, how many failed
announcements() {
	echo "$(stat "$NODE" "$1" announce-sent) $(stat "$NODE" "$1" announce-failed)"
}

# POD1's address, but no pod: NODE N --- eth0 --- eth0 --- HOST, by a cable of their own, since a
# switch may lose what comes right after the link
device_down() {
	ns_new NODE HOST
	topo_sysctl "$NODE"
	topo_sysctl "$HOST"
	ip -n "$NODE" link add eth0 address $N type veth peer name eth0 address $R netns "$HOST"
	ip -n "$HOST" link set eth0 up
	capture_start "$HOST" eth0 "$WIRE"
	macnat -n "$NODE" uplink add eth0
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
	macnat -n "$NODE" uplink set eth0 node $X
	macnat -n "$NODE" uplink set eth0 node $N2
	# a device whose carrier does not depend on being up
	ip -n "$NODE" link add eth1 type dummy
	macnat -n "$NODE" uplink add eth1
	macnat -n "$NODE" map add 10.0.1.1 dev eth1 lladdr $P1
	# nothing to wait for
	sleep 0.5
	check_eq "$(announcements eth0) $(announcements eth1)" "0 0 0 0" down
	ip -n "$NODE" link set eth0 up
	ip -n "$NODE" link set eth1 up
	busywait 10 announced 4
	busywait 10 announced 4 eth1

	ip -n "$HOST" link set eth0 down
	busywait 10 ns_exec "$NODE" grep -q 0 /sys/class/net/eth0/carrier
	macnat -n "$NODE" map add 10.0.1.2 dev eth0 lladdr $P1
	sleep 0.5
	check_eq "$(announcements eth0)" "4 0" "no carrier"
	capture_stop "$WIRE"
	announced_as $N2
	check_eq "$(frame find "$WIRE" $X)" 0 "frames with a node MAC that is not any more"

	ip -n "$HOST" link set eth0 up
	busywait 10 announced 8
	check_eq "$(announcements eth0) $(announcements eth1)" "8 0 4 0"
}

# A slave bears the bond's MAC, and gets its own back.
bond_slave() {
	lone NODE
	ip -n "$NODE" -batch - <<-END
		link add slave0 address $X type dummy
		link add bond0 type bond mode active-backup
		link set slave0 master bond0
		link set eth0 down
	END
	macnat -n "$NODE" uplink add eth0
	check_eq "$(node_mac)" $N "alone"
	ip -n "$NODE" link set eth0 master bond0
	check_eq "$(node_mac)" $X "a slave"
	ip -n "$NODE" link set bond0 address $Y
	check_eq "$(node_mac)" $Y "a slave of a bond with another MAC"
	ip -n "$NODE" link set eth0 nomaster
	check_eq "$(node_mac)" $N "released"
}

# bond_new OPTION...: NODE, s0 and s1 are plugged into the fabric
bond_new() {
	ns_new NODE
	topo_sysctl "$NODE"
	ip -n "$FABRIC" -batch - <<-END
		link add s0 type veth peer name s0 address $N netns $NODE
		link add s1 type veth peer name s1 address $N2 netns $NODE
		link set s0 master br0 up
		link set s1 master br0 up
	END
	ip -n "$NODE" -batch - <<-END
		link add bond0 type bond mode active-backup miimon 20 $*
		link set s0 master bond0
		link set s1 master bond0
		link set bond0 up
	END
	busywait 10 slave_is s0
}

# slave_is SLAVE: this one is active, and so is the bond
slave_is() {
	[ "$(ns_exec "$NODE" cat /sys/class/net/bond0/bonding/active_slave)" = "$1" ] &&
		ns_exec "$NODE" grep -q up /sys/class/net/bond0/operstate
}

slave_works() {
	ns_exec "$NODE" grep -q up "/sys/class/net/$1/bonding_slave/mii_status"
}

# POD1 --- pod1 [br-ex] N --- bond0 (s0, s1) === s0, s1 [fabric]--- HOST
bond() {
	topo_fabric
	topo_host HOST $R 10.0.0.100/16
	bond_new
	ip -n "$NODE" -batch - <<-END
		link add br-ex address $N type bridge mcast_snooping 0
		link set bond0 master br-ex
		link set br-ex up
	END
	topo_pod POD1 NODE $P1 10.0.1.1/16
	attach bond0
	busywait 10 ns_exec "$HOST" ping -q -c 1 -W 1 10.0.1.1

	capture_start "$HOST" eth0 "$WIRE"
	ip -n "$FABRIC" link set s0 down
	busywait 10 slave_is s1
	both_ways
	pod_says 1
	ip -n "$FABRIC" link set s0 up
	busywait 10 slave_works s0
	ip -n "$FABRIC" link set s1 down
	busywait 10 slave_is s0
	both_ways
	pod_says 2
	capture_stop "$WIRE"

	on_wire 1 $N
	on_wire 2 $N
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with the pod's MAC on the wire"
	check neighbour $N
	check_ne "$(stat "$NODE" bond0 in-data)" 0
}

# NODE bond0 (s0 N, s1 N2) === s0, s1 [fabric]--- HOST; what POD1 would send is sent here
bond_address() {
	topo_fabric
	topo_port HOST $R
	bond_new fail_over_mac active
	attach bond0
	check_eq "$(node_mac bond0)" $N
	capture_start "$HOST" eth0 "$WIRE"
	ns_exec "$NODE" frame send bond0 "$(data_frame $R $P1 1)"
	ip -n "$FABRIC" link set s0 down
	busywait 10 slave_is s1
	ns_exec "$NODE" frame send bond0 "$(data_frame $R $P1 2)"
	check_eq "$(node_mac bond0)" $N2
	busywait 10 announced 6 bond0
	capture_stop "$WIRE"
	on_wire 1 $N
	on_wire 2 $N2
	announced_as $N2
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with the pod's MAC on the wire"
}

# POD1 --- pod1 [br-ex] N --- eth0.100 --- eth0 ---[fabric]--- eth0 --- eth0.100 HOST
vlan_device() {
	topo_fabric
	topo_port HOST $R
	topo_port NODE $N
	ip -n "$HOST" -batch - <<-END
		link add link eth0 name eth0.100 type vlan id 100
		link set eth0.100 up
		addr add 10.0.0.100/16 dev eth0.100
	END
	ip -n "$NODE" -batch - <<-END
		link add link eth0 name eth0.100 type vlan id 100
		link add br-ex type bridge mcast_snooping 0
		link set eth0.100 master br-ex up
		link set br-ex up
	END
	topo_pod POD1 NODE $P1 10.0.1.1/16
	# the tag is no part of what this uplink sees
	attach eth0.100
	check_eq "$(node_mac eth0.100)" $N

	capture_start "$HOST" eth0 "$WIRE"
	both_ways
	# an answer to the pod's own request, too
	ip -n "$POD1" neigh flush dev eth0
	both_ways
	capture_stop "$WIRE"
	check_ne "$(frame find "$WIRE" "$R ${N}81000064 0800")" 0 "tagged frames from the node"
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with the pod's MAC on the wire"
	check_ne "$(stat "$NODE" eth0.100 in-data)" 0
	check_ne "$(stat "$NODE" eth0.100 in-arp)" 0

	# its MAC, and that of the bridge, is that of the device below
	ip -n "$NODE" link set eth0 address $N2
	check_eq "$(node_mac eth0.100)" $N2
	busywait 10 neighbour $N2
	both_ways
	# it goes with the device below
	ip -n "$NODE" link del eth0
	nothing "$NODE"
}

# refused CODE REGEXP ARGUMENT...: macnat in NODE says so, and nothing changes
refused() {
	local code=$1 why=$2 before

	shift 2
	before=$(macnat -n "$NODE" -j uplink show; macnat -n "$NODE" -j map show)
	run macnat -n "$NODE" "$@"
	check_eq "$RC" "$code" "exit status of $*"
	check_match "$ERR" "^macnat: $why\$"
	check_eq "$(macnat -n "$NODE" -j uplink show; macnat -n "$NODE" -j map show)" "$before" "state after $*"
}

refusals() {
	local ethernet="not an Ethernet device: name the device that faces the fabric"

	lone NODE
	ip -n "$NODE" link add br0 type bridge
	ip -n "$NODE" tuntap add tun0 mode tun
	ip -n "$NODE" tuntap add tap0 mode tap
	refused 2 "\"lo\": $ethernet" uplink add lo
	refused 2 "\"tun0\": $ethernet" uplink add tun0
	refused 2 "\"br0\": this is a bridge: name its port that faces the fabric instead" uplink add br0
	refused 1 'device "eth9" does not exist' uplink add eth9
	# it is Ethernet that counts
	check macnat -n "$NODE" uplink add tap0
	check macnat -n "$NODE" uplink del tap0

	refused 1 "MAC \"01:00:5e:00:00:01\" is a multicast address, .*" uplink add eth0 node 01:00:5e:00:00:01
	refused 1 "MAC \"$ZERO\" is all zero, .*" uplink add eth0 node $ZERO
	refused 1 "MAC \"$BCAST\" is the broadcast address, .*" uplink add eth0 node $BCAST
	nothing "$NODE"

	macnat -n "$NODE" uplink add eth0
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
	refused 2 "\"eth0\": macnat is attached to this device already" uplink add eth0
	refused 2 "\"eth0\": macnat is attached to this device already" uplink add eth0 mode route node $X
	refused 2 "(\"$P1\": )?the node MAC is mapped as a pod's lladdr on this uplink" \
		uplink set eth0 node $P1
	refused 2 "(\"$P1\": )?the node MAC is mapped as a pod's lladdr on this uplink" \
		uplink set eth0 mode route node $P1
	check_fail received $P1
	refused 1 "MAC \"33:33:00:00:00:01\" is a multicast address, .*" uplink set eth0 node 33:33:00:00:00:01
	refused 1 "MAC \"$ZERO\" is all zero, .*" uplink set eth0 node $ZERO
	refused 2 '"tap0": macnat is not attached to this device: see macnat uplink add' uplink set tap0 mode route
	refused 2 '"tap0": macnat is not attached to this device: see macnat uplink add' uplink del tap0
	refused 2 '"tap0": macnat is not attached to this device: see macnat uplink add' uplink show tap0
	macnat -n "$NODE" map del 10.0.1.1 dev eth0
	check macnat -n "$NODE" uplink set eth0 node $P1
}

ktap_main "$@"
