#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What peers and pods notice when macnat comes and goes, and on the bridges and devices that nodes
# really have. macnat learns, and tells the fabric.
#
#	POD1 10.0.1.1 P1 ---.
#	POD2 10.0.1.2 P2 ---[br-ex] N, 10.0.0.1 --- eth0 --- [fabric]--- HOST 10.0.0.100 R
#
# Some tests have two nodes, or another bridge; they say so.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	live			# inserted under live flows: none is lost, the peer is healed within 2 s
	detach			# detached under live flows: the peer learns the pods' own MACs again
	detach_many		# that is rate-limited, and does not hold up uplink del, nor the next add
	unload_tells		# so do peers when the module is unloaded
	heal			# a peer that does not heed announcements is healed by one unicast reply
	heal_ipv6		# [ipv6] ... or advertisement
	heal_off		# ... unless that is switched off
	heal_rate		# a peer that heeds nothing is told once a second, not with each frame
	heal_many		# of more peers than can be told each has its turn, and so have announcements
	router			# a pod that is a router is announced as one
	quiet			# announce off: nothing is said
	between_nodes		# a pod goes from one node to another, both run macnat
	macvlan			# pods are macvlans on the uplink
	openvswitch		# br-ex is Open vSwitch
	torn			# a mapping goes to and fro under load: each frame has one MAC or the other
	unload_load		# loaded and unloaded 50 times under load, learning
	unload_load_2		# and 50 times more
	unload_load_3		# and more
	unload_load_4		# which makes 200
	netns_load		# the namespace goes under load, learning
	delete_load		# the device goes under load, learning
"
export TIMEOUT_unload_load=290 TIMEOUT_unload_load_2=290 TIMEOUT_unload_load_3=290
export TIMEOUT_unload_load_4=290 TIMEOUT_detach_many=120 TIMEOUT_openvswitch=120 TIMEOUT_torn=180

N=02:00:00:00:00:01 N2=02:00:00:00:00:02
P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 P3=06:00:00:00:01:03
R=0a:00:00:00:00:64 BCAST=ff:ff:ff:ff:ff:ff ZERO=00:00:00:00:00:00
PORT=5000

test_setup() {
	macnat_load
	WIRE=$TEST_TMP/wire.pcap
}

# The lab as drawn above; macnat is not attached yet
lab() {
	topo_small 1 2
}

learns() {
	macnat -n "$NODE" uplink add eth0 learn on "$@"
}

serve() {
	ip netns exec "$1" flow serve $PORT &
	defer kill $!
	busywait 10 ns_exec "$1" sh -c "ss -Hltn sport = :$PORT | grep -q ."
}

# hold NS ADDRESS: a connection there, until released
hold() {
	ip netns exec "$1" flow hold "$2" $PORT 20 >"$TEST_TMP/hold" &
	HELD=$!
}

release() {
	kill "$HELD"
	wait "$HELD" || die "a connection was lost: $(cat "$TEST_TMP/hold")"
}

# neighbour IP MAC [-6]: HOST takes this MAC for the address
neighbour() {
	[ "$(ip -n "$HOST" -j neigh show "$1" | jq -r '.[0].lladdr')" = "$2" ]
}

mac() {
	owner "${2:-$NODE}" "$1"
}

# flood: both ways, until drought; after topo_keep_hooks
flood() {
	ip netns exec "$POD1" ping -q -f 10.0.0.100 >/dev/null 2>&1 &
	ip netns exec "$HOST" ping -q -f 10.0.1.2 >/dev/null 2>&1 &
}

drought() {
	local pid

	for pid in $(jobs -p); do
		kill "$pid" 2>/dev/null || :
	done
	wait
}

flooding() {
	macnat -n "$NODE" -j stats show dev eth0 |
		jq -e '.[0] | ."out-data" > 20 and ."in-data" > 20' >/dev/null
}

live() {
	lab
	serve "$HOST"
	hold "$POD1" 10.0.0.100
	busywait 10 neighbour 10.0.1.1 $P1
	learns
	# the pod only sends data, nobody asks it by ARP but macnat
	check busywait 2 neighbour 10.0.1.1 $N
	check ns_exec "$HOST" ping -q -c 3 -i 0.2 -W 5 10.0.1.1
	release
	check_eq "$(mac 10.0.1.1)" $P1
}

detach() {
	lab
	learns
	serve "$HOST"
	hold "$POD1" 10.0.0.100
	check ns_exec "$POD2" ping -q -c 1 -W 5 10.0.0.100
	busywait 10 neighbour 10.0.1.1 $N
	capture_start "$HOST" eth0 "$WIRE" arp
	macnat -n "$NODE" uplink del eth0
	check busywait 2 neighbour 10.0.1.1 $P1
	check busywait 2 neighbour 10.0.1.2 $P2
	check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.1.1
	release
	capture_stop "$WIRE"
	check_eq "$(frame find "$WIRE" "$(arp_frame $BCAST $P1 1 $P1 10.0.1.1 $ZERO 10.0.1.1)")" 1 requests
	check_eq "$(frame find "$WIRE" "$(arp_frame $BCAST $P1 2 $P1 10.0.1.1 $P1 10.0.1.1)")" 1 replies
}

# parting NUMBER: at least so many frames announce 10.1.x.y with P1
parting() {
	[ "$(frame find "$WIRE" "${P1}0a01")" -ge "$1" ]
}

detach_many() {
	local i start

	lab
	macnat -n "$NODE" uplink add eth0 announce off
	for i in {1..250}; do
		macnat -n "$NODE" map add "10.1.0.$i" dev eth0 lladdr $P1
	done
	macnat -n "$NODE" uplink set eth0 announce on
	capture_start "$HOST" eth0 "$WIRE" -B 32768 arp
	start=$SECONDS
	macnat -n "$NODE" uplink del eth0
	check test $((SECONDS - start)) -le 2
	# 500 frames: 100 at once, then 100 a second; the capture's last ones are not in the file yet
	check_fail parting 400
	busywait 20 parting 400
	sleep 2
	capture_stop "$WIRE"
	parting 500
	check test $((SECONDS - start)) -ge 3

	# a new uplink there ends the old one's farewell
	macnat -n "$NODE" uplink add eth0 announce off
	for i in {1..250}; do
		macnat -n "$NODE" map add "10.2.0.$i" dev eth0 lladdr $P1
	done
	macnat -n "$NODE" uplink set eth0 announce on
	capture_start "$HOST" eth0 "$WIRE" -B 32768 arp
	macnat -n "$NODE" uplink del eth0
	macnat -n "$NODE" uplink add eth0
	sleep 4
	capture_stop "$WIRE"
	check test "$(frame find "$WIRE" "${P1}0a02")" -lt 300
}

unload_tells() {
	[ -n "${MACNAT_GUEST:-}" ] || skip "this machine may have uplinks of its own"
	lab
	learns
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	busywait 5 neighbour 10.0.1.1 $N
	rmmod macnat
	check busywait 2 neighbour 10.0.1.1 $P1
}

# HOST heeds no ARP or advertisement that is not for it alone
deaf_host() {
	ns_exec "$HOST" nft -f - <<-END
		table netdev deaf {
			chain in {
				type filter hook ingress device eth0 priority 0
				ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 drop
			}
		}
	END
}

heal() {
	lab
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	busywait 5 neighbour 10.0.1.1 $P1
	deaf_host
	capture_start "$HOST" eth0 "$WIRE" arp
	learns
	ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100 >/dev/null
	ns_exec "$HOST" ping -q -c 2 -W 5 10.0.1.1 >/dev/null
	check busywait 2 neighbour 10.0.1.1 $N
	capture_stop "$WIRE"
	check_ne "$(stat "$NODE" eth0 in-stale)" 0 "stale frames"
	check_ne "$(frame find "$WIRE" "$(arp_frame $R $N 2 $N 10.0.1.1 $R 10.0.0.100)")" 0 corrections
}

heal_ipv6() {
	local pod=2001:db8::101 peer=2001:db8::64

	lab
	topo_ipv6 POD1 HOST
	ip -n "$POD1" addr add $pod/64 dev eth0 nodad
	ip -n "$HOST" addr add $peer/64 dev eth0 nodad
	check ns_exec "$POD1" ping -q -c 1 -W 5 $peer
	busywait 5 neighbour $pod $P1
	learns
	check ns_exec "$POD1" ping -q -c 1 -W 5 $peer
	busywait 5 neighbour $pod $N
	sleep 3
	# what it had before
	ip -n "$HOST" neigh replace $pod lladdr $P1 dev eth0 nud reachable
	check ns_exec "$HOST" ping -q -c 2 -W 5 $pod
	check busywait 2 neighbour $pod $N
	check_ne "$(stat "$NODE" eth0 heal-sent)" 0 corrections
}

heal_off() {
	lab
	learns heal off
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	sleep 3
	ip -n "$HOST" neigh replace 10.0.1.1 lladdr $P1 dev eth0 nud permanent
	check ns_exec "$HOST" ping -q -c 2 -W 5 10.0.1.1
	check_eq "$(stat "$NODE" eth0 heal-sent)" 0 corrections
	check_ne "$(stat "$NODE" eth0 in-stale)" 0 "stale frames"
}

heal_rate() {
	local sent

	lab
	learns
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	ip -n "$HOST" neigh replace 10.0.1.1 lladdr $P1 dev eth0 nud permanent
	check ns_exec "$HOST" ping -q -c 60 -i 0.05 -W 5 10.0.1.1
	check test "$(stat "$NODE" eth0 in-stale)" -ge 60
	sent=$(stat "$NODE" eth0 heal-sent)
	note "$sent corrections"
	check test "$sent" -ge 2
	check test "$sent" -le 15
}

heal_many() {
	local frame told

	lab
	learns
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	busywait 10 stat_is "$NODE" eth0 announce-sent 4
	capture_start "$HOST" eth0 "$WIRE" "arp and ether src $N"
	frame=$(ipv4_frame $P1 0aff0000@ 10.7.0.0 10.0.1.1)
	storm "$HOST" "${frame/0a070000/0a07@}"
	busywait 10 stat_reaches "$NODE" eth0 heal-sent 50
	ns_exec "$POD2" frame send eth0 "$(arp_frame $BCAST $P2 1 $P2 10.0.1.2 $ZERO 10.0.0.77)"
	busywait 10 stat_is "$NODE" eth0 announce-sent 8
	busywait 30 stat_reaches "$NODE" eth0 heal-sent 400
	# nobody is told any more, while all may still wait for it
	macnat -n "$NODE" uplink del eth0
	capture_stop "$WIRE"
	told=$(tcpdump -n -e -r "$WIRE" | grep -o '> 0a:ff:00:00:..:..' | sort -u | wc -l)
	note "$told of 512 peers"
	check test "$told" -ge 150
}

# na FLAGS: POD1's advertisement of 2001:db8::101 to all, in hexadecimal; nobody looks at its checksum
na() {
	printf '333300000001%s86dd6000000000203aff%sff020000000000000000000000000001' "$P1" $A1
	printf '88000000%s%s0201%s' "$1" $A1 "$P1"
}
A1=20010db8000000000000000000000101

router() {
	lab
	learns
	capture_start "$HOST" eth0 "$WIRE" icmp6
	ns_exec "$POD1" frame send eth0 "$(na a0000000)"
	busywait 10 stat_is "$NODE" eth0 announce-sent 2
	# and one that ceases to be one
	ns_exec "$POD1" frame send eth0 "$(na 20000000)"
	macnat -n "$NODE" uplink set eth0 node $N2
	busywait 10 stat_is "$NODE" eth0 announce-sent 4
	capture_stop "$WIRE"
	check_eq "$(frame find "$WIRE" "a0000000${A1}0201$N")" 3 "advertisements of a router"
	check_eq "$(frame find "$WIRE" "20000000${A1}0201$N2")" 2 "advertisements of none"
}

quiet() {
	local i

	lab
	learns announce off
	capture_start "$HOST" eth0 "$WIRE" arp
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	for i in {1..200}; do
		echo "map add 10.0.2.$i dev eth0 lladdr $P2"
	done | macnat -n "$NODE" -b -
	sleep 3
	check_eq "$(stat "$NODE" eth0 send-delayed)" 0 "announcements that wait for others"
	macnat -n "$NODE" uplink del eth0
	sleep 1
	capture_stop "$WIRE"
	check_eq "$(frame find "$WIRE" "$(arp_frame $BCAST $N 1 $N 10.0.1.1 $ZERO 10.0.1.1)")" 0 announcements
	check_eq "$(frame find "$WIRE" "$(arp_frame $BCAST $P1 1 $P1 10.0.1.1 $ZERO 10.0.1.1)")" 0 announcements
}

between_nodes() {
	lab
	topo_node NODE2 $N2 10.0.0.2/16
	learns
	macnat -n "$NODE2" uplink add eth0 learn on
	check ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100
	check ns_exec "$POD2" ping -q -c 1 -W 5 10.0.1.1
	busywait 5 neighbour 10.0.1.1 $N

	# the pod is made anew over there, with the same address; its first frame is ARP
	ip -n "$POD1" link del eth0
	topo_pod POD3 NODE2 $P3 10.0.1.1/16
	check ns_exec "$POD3" ping -q -c 1 -W 5 10.0.0.100
	check busywait 2 neighbour 10.0.1.1 $N2
	check ns_exec "$HOST" ping -q -c 1 -W 2 10.0.1.1
	check_eq "$(mac 10.0.1.1 "$NODE2")" $P3
	busywait 10 sh -c "! macnat -n $NODE map get 10.0.1.1 dev eth0"
	# a pod on the old node finds it, too
	ip -n "$POD2" neigh flush all
	check ns_exec "$POD2" ping -q -c 1 -W 5 10.0.1.1

	# and back again
	ip -n "$POD3" link del eth0
	topo_pod POD4 NODE $P1 10.0.1.1/16
	check ns_exec "$POD4" ping -q -c 1 -W 5 10.0.0.100
	check busywait 2 neighbour 10.0.1.1 $N
	check ns_exec "$HOST" ping -q -c 1 -W 2 10.0.1.1
	busywait 10 sh -c "! macnat -n $NODE2 map get 10.0.1.1 dev eth0"
}

# macvlan_pod VAR MAC IP/LEN: on NODE's eth0
macvlan_pod() {
	ns_new "$1"
	topo_sysctl "${!1}"
	ip -n "$NODE" link add link eth0 name mv0 address "$2" netns "${!1}" type macvlan mode bridge
	ip -n "${!1}" -batch - <<-END
		link set mv0 name eth0
		link set eth0 up
		addr add $3 dev eth0
	END
}

macvlan() {
	topo_fabric
	topo_host HOST $R 10.0.0.100/16
	topo_port NODE $N
	ip -n "$NODE" addr add 10.0.0.1/16 dev eth0
	macvlan_pod POD1 $P1 10.0.1.1/16
	macvlan_pod POD2 $P2 10.0.1.2/16
	learns ageing 5
	capture_start "$HOST" eth0 "$WIRE"
	check ns_exec "$POD1" ping -q -c 2 -W 5 10.0.0.100
	check ns_exec "$HOST" ping -q -c 2 -W 5 10.0.1.2
	check ns_exec "$POD2" ping -q -c 1 -W 5 10.0.1.1
	check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.0.1
	# they answer macnat's questions, too
	sleep 12
	capture_stop "$WIRE"
	check_eq "$(mac 10.0.1.1)" $P1
	check_eq "$(mac 10.0.1.2)" $P2
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with P1"
	check_eq "$(frame find "$WIRE" $P2)" 0 "frames with P2"
}

# ovs NS: Open vSwitch with a data path in that namespace, until the test ends; its files in $OVS
ovs_start() {
	OVS=$TEST_TMP/ovs
	mkdir "$OVS"
	export OVS_RUNDIR=$OVS OVS_LOGDIR=$OVS OVS_DBDIR=$OVS
	ovsdb-tool create "$OVS/conf.db" /usr/share/openvswitch/vswitch.ovsschema
	ip netns exec "$1" ovsdb-server "$OVS/conf.db" --remote="punix:$OVS/db.sock" --no-chdir \
		--log-file="$OVS/db.log" -vconsole:off &
	defer kill $!
	busywait 10 test -S "$OVS/db.sock"
	ovs-vsctl --db="unix:$OVS/db.sock" --no-wait init
	ip netns exec "$1" ovs-vswitchd "unix:$OVS/db.sock" --no-chdir --log-file="$OVS/vswitchd.log" \
		-vconsole:off &
	defer kill $!
}

openvswitch() {
	topo_fabric
	topo_host HOST $R 10.0.0.100/16
	topo_port NODE $N
	ns_new POD1 POD2
	topo_sysctl "$POD1"
	topo_sysctl "$POD2"
	ip -n "$NODE" -batch - <<-END
		link add pod1 type veth peer name eth0 address $P1 netns $POD1
		link add pod2 type veth peer name eth0 address $P2 netns $POD2
		link set pod1 up
		link set pod2 up
	END
	ovs_start "$NODE"
	check ovs-vsctl --db="unix:$OVS/db.sock" --timeout=20 add-br br-ex \
		-- set bridge br-ex "other_config:hwaddr=02:00:00:00:0b:0e" \
		-- add-port br-ex eth0 -- add-port br-ex pod1 -- add-port br-ex pod2
	ip -n "$NODE" -batch - <<-END
		addr add 10.0.0.1/16 dev br-ex
		link set br-ex up
	END
	ip -n "$POD1" addr add 10.0.1.1/16 dev eth0
	ip -n "$POD2" addr add 10.0.1.2/16 dev eth0
	ip -n "$POD1" link set eth0 up
	ip -n "$POD2" link set eth0 up

	learns ageing 5 guard drop
	capture_start "$HOST" eth0 "$WIRE"
	check ns_exec "$POD1" ping -q -c 2 -W 5 10.0.0.100
	check ns_exec "$HOST" ping -q -c 2 -W 5 10.0.1.2
	check ns_exec "$POD2" ping -q -c 1 -W 5 10.0.1.1
	# the bridge's own port has another MAC than eth0: it is the node's, and left alone
	check ns_exec "$HOST" ping -q -c 2 -W 5 10.0.0.1
	sleep 12
	capture_stop "$WIRE"
	check_eq "$(mac 10.0.1.1)" $P1
	check_eq "$(mac 10.0.1.2)" $P2
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with P1"
	check_eq "$(frame find "$WIRE" $P2)" 0 "frames with P2"
	check_eq "$(stat "$NODE" eth0 out-guard-drop)" 0 "frames dropped"
}

torn() {
	local other=fa:ff:ff:ff:fe:fe i

	lab
	macnat -n "$NODE" uplink add eth0 announce off
	macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr $P1
	ns_exec "$NODE" nft -f - <<-END
		table bridge torn {
			counter whole { }
			counter half { }
			chain in {
				type filter hook prerouting priority 0
				iifname != eth0 accept
				ip daddr != 10.0.1.1 accept
				ether daddr { $P1, $other } counter name whole accept
				counter name half
			}
		}
	END
	topo_keep_hooks
	ip -n "$HOST" neigh replace 10.0.1.1 lladdr $N dev eth0 nud permanent
	ip netns exec "$HOST" ping -q -f 10.0.1.1 >/dev/null 2>&1 &
	for i in {1..50}; do
		macnat -n "$NODE" map replace 10.0.1.1 dev eth0 lladdr $other
		macnat -n "$NODE" map replace 10.0.1.1 dev eth0 lladdr $P1
	done
	drought
	check_match "$(ns_exec "$NODE" nft list counter bridge torn half)" "packets 0 "
	check_no_match "$(ns_exec "$NODE" nft list counter bridge torn whole)" "packets [0-9] "
}

unload_load_2() { unload_load; }
unload_load_3() { unload_load; }
unload_load_4() { unload_load; }

unload_load() {
	local round pings

	[ -n "${MACNAT_GUEST:-}" ] || skip "this machine may have uplinks of its own"
	topo_keep_hooks
	lab
	# frames all the time, but time for the rest, too
	ip netns exec "$POD1" ping -q -i 0.002 10.0.0.100 >/dev/null 2>&1 &
	pings=$!
	ip netns exec "$HOST" ping -q -i 0.002 10.0.1.2 >/dev/null 2>&1 &
	pings+=" $!"
	for round in {1..50}; do
		macnat_load
		learns
		busywait 20 flooding
		check rmmod macnat
		[ $((round % 10)) != 0 ] || note "round $round"
	done
	# shellcheck disable=SC2086
	kill $pings
	wait
	check ns_exec "$HOST" ping -q -c 1 -W 5 10.0.1.1
}

netns_load() {
	local round

	topo_keep_hooks
	for round in 1 2 3; do
		lab
		learns
		flood
		busywait 20 flooding
		macnat -n "$NODE" uplink show >/dev/null
		ip netns del "$NODE"
		drought
		busywait 10 sh -c "! ip -n $FABRIC link show node"
		for ns in FABRIC HOST POD1 POD2; do
			ip netns del "${!ns}"
		done
	done
}

delete_load() {
	topo_keep_hooks
	lab
	learns
	flood
	busywait 20 flooding
	ip -n "$NODE" link del eth0
	drought
	check_eq "$(macnat -n "$NODE" -j uplink show)" "[]" uplinks
}

ktap_main "$@"
