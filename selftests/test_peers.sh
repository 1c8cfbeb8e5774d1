#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Peers that are not ours: what real DHCP clients and servers, IPv6 hosts and routers, ndisc6, arping,
# ping and iperf3 say to each other through macnat works, and tells nobody outside of a pod's MAC.
#
#	POD1 10.0.1.1, fd00::101 P1 ---.
#	POD2 10.0.1.2, fd00::102 P2 ---[br-ex] N, 10.0.0.1, fd00::1 ---[fabric]--- HOST 10.0.0.100, fd00::64 R
#
# Addresses are there at once, without DAD, but where a test is about that.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	dhcp_udhcpc		# DHCPv4: busybox udhcpc gets, renews and releases a lease of dnsmasq
	dhcp_dhclient		# ... and so does ISC dhclient
	dhcp_unicast		# a server that answers to the MAC it sees reaches the client
	dhcp_decline		# udhcpc finds out that the address it is offered is taken
	dhcp6			# [ipv6] DHCPv6: dhclient gets, renews and releases an address, under its own DUID
	slaac			# [ipv6] a pod asks for routers, makes itself an address and uses the router
	pod_router		# [ipv6] a pod is a router: hosts learn the node's MAC from its advertisement
	ping6			# [ipv6] by global and link-local address, both ways
	nud			# [ipv6] an entry for a neighbour is confirmed by unicast, both ways
	ndisc6			# [ipv6] resolves the host for the pod, and the pod for the host by the node's MAC
	tcp6_bridge		# [ipv6] TCP over IPv6 both ways
	tcp6_route		# [ipv6] the same for a pod behind its node's forwarding
	redirect_node		# [ipv6] a node that redirects a peer to its pod does not tell the pod's MAC
	dad_pod			# [ipv6] a pod takes an address that a host has: it finds out
	dad_host		# [ipv6] a host takes an address that a pod has: it finds out
	dad_pods		# [ipv6] a pod takes an address that another pod on the node has: it finds out
	dad_free		# [ipv6] nobody objects to an address that is free
	arping_pod		# arping -D, for an address that a host has
	arping_host		# ... for an address that a pod has, asked by a host
	arping_pods		# ... asked by another pod on the node
	arping_free		# ... for a free one
	ping_big		# 65507 bytes, in fragments, both ways
	ping6_big		# [ipv6] the same over IPv6
	iperf_tcp		# some MB with offloads on, both ways
	iperf_udp		# ...
	iperf6_tcp		# [ipv6] ... over IPv6
	iperf6_udp		# [ipv6] ...
	vlan			# [ipv6] pod and host talk in VLAN 100
	qinq			# [ipv6] ... in 100.200, both tags their own
	qinq_bridge		# [ipv6] ... in 100.200, the outer tag put on by the node's bridge
"

N=02:00:00:00:00:01 P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 R=0a:00:00:00:00:64
# what the kernel makes of these MACs
LL1=fe80::400:ff:fe00:101 LL2=fe80::400:ff:fe00:102 LLR=fe80::800:ff:fe00:64
PORT=5000

test_setup() {
	macnat_load
	topo_small 1
	macnat -n "$NODE" uplink add eth0
	# the node knows the pod's MAC before it says a word
	map $LL1
	WIRE=$TEST_TMP/wire.pcap
	INSIDE=$TEST_TMP/inside.pcap
}

# map ADDRESS [POD] [OPTION...]: POD1's, unless it says another
map() {
	macnat -n "$NODE" map add "$1" dev eth0 lladdr "${2:-$P1}" "${@:3}"
}

# ipv6: HOST and POD1 speak IPv6
ipv6() {
	topo_ipv6 HOST POD1
	ip -n "$HOST" addr add fd00::64/64 dev eth0
	ip -n "$POD1" addr add fd00::101/64 dev eth0
	map fd00::101
}

second_pod() {
	topo_pod POD2 NODE $P2 10.0.1.2/16
	map 10.0.1.2 $P2
	map $LL2 $P2
}

# hexdump PCAP: a captured frame a line, in hexadecimal
hexdump() {
	tcpdump -nr "$1" -xx 2>/dev/null | awk '
		/^\t/ { sub(/.*: */, ""); gsub(/ /, ""); printf "%s", $0; next }
		NR > 1 { print "" }
		END { print "" }'
}

# Nothing that HOST captured bears a pod's MAC, and it has captured something.
check_hidden() {
	capture_stop "$WIRE"
	check test "$(frame count "$WIRE")" -ge "${1:-8}"
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with P1"
	check_eq "$(frame find "$WIRE" $P2)" 0 "frames with P2"
	check_fabric
}

check_fabric() {
	check_no_match "$(bridge -n "$FABRIC" fdb show br br0)" "06:00" "the fabric knows"
}

# check_icmp6 TYPE [FILTER]: such a message is on the wire
check_icmp6() {
	check_ne "$(tcpdump -nr "$WIRE" "icmp6 and ip6[40] == $1 ${2:+and ($2)}" 2>/dev/null | wc -l)" 0 \
		"ICMPv6 type $1 ${2:-}"
}

# neigh NS ADDRESS [DEV]: what NS has learned, `MAC STATE`
neigh() {
	local out

	out=$(ip -n "$1" neigh show to "$2" dev "${3:-eth0}")
	[[ "$out" =~ lladdr\ ([0-9a-f:]+).*\ ([A-Z]+) ]] || return 0
	echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
}

# pings NS ADDRESS [OPTION...]
pings() {
	check ns_exec "$1" ping -q -c 2 -i 0.1 -W 5 "${@:3}" "$2"
}

# serve NS: an echo server
serve() {
	ip netns exec "$1" flow serve $PORT &
	defer kill $!
	busywait 5 sh -c "ip netns exec $1 ss -Hltn sport = :$PORT | grep -q ."
}

# connects NS ADDRESS: TCP there and back, twice; `flow connect` does not speak IPv6
connects() {
	# shellcheck disable=SC2016
	check ns_exec "$1" timeout 10 bash -euc 'for i in 1 2; do
			exec 3<>"/dev/tcp/$0/$1"
			echo "hello $i" >&3
			read -r line <&3
			[ "$line" = "hello $i" ]
		done' "$2" $PORT
}

# ---------------------------------------------------------------------------------------------
# DHCP

# dnsmasq_start VAR OPTION...: DHCP and router advertisements on a namespace's eth0, no DNS
dnsmasq_start() {
	ip netns exec "${!1}" dnsmasq -k -C /dev/null -p 0 -i eth0 -u root -g root --pid-file= --no-ping \
		-l "$TEST_TMP/leases" --log-dhcp --log-facility="$TEST_TMP/dnsmasq" "${@:2}" &
	defer kill $!
	busywait 10 grep -qs ' started, ' "$TEST_TMP/dnsmasq"
}

# logged N TEXT: the server has said it N times or more
logged() {
	[ "$(grep -c "$2" "$TEST_TMP/dnsmasq" || :)" -ge "$1" ]
}

# dhcp_setup RANGE...: HOST serves, POD1 has no IPv4 address yet
dhcp_setup() {
	local ns

	ip -n "$POD1" addr flush dev eth0
	# checksums on the wire are to be seen, and to be checked by the client
	for ns in "$HOST" "$POD1"; do
		ns_exec "$ns" ethtool -K eth0 tx off >&2
	done
	dnsmasq_start HOST "$@"
	capture_start "$HOST" eth0 "$WIRE"
	capture_start "$POD1" eth0 "$INSIDE"
}

# A client's script: does to the interface what it is told, and writes down the address
dhcp_script() {
	SCRIPT=$TEST_TMP/script
	LEASED=$TEST_TMP/leased
	cat >"$SCRIPT"
	sed -i "1i #!/bin/bash\nPATH=$PATH LEASED=$LEASED" "$SCRIPT"
	chmod +x "$SCRIPT"
}

# udhcpc_start [OPTION...]: sets CLIENT, its process
udhcpc_start() {
	dhcp_script <<-'END'
		case $1 in
		bound) ip addr replace "$ip/$mask" dev "$interface"; echo "$ip" >"$LEASED" ;;
		deconfig) ip addr flush dev "$interface" scope global; rm -f "$LEASED" ;;
		esac
	END
	ip netns exec "$POD1" busybox udhcpc -f -i eth0 -s "$SCRIPT" -t 5 -T 2 "$@" &
	CLIENT=$!
	defer kill $CLIENT
}

# What has left says P only where it must: in chaddr and in the client identifier. Who has no
# address yet asks for a broadcast, though the client itself did not.
check_dhcp() {
	local line rest head requests=0 renewals=0

	capture_stop "$WIRE"
	capture_stop "$INSIDE"
	while read -r line; do
		# behind Ethernet, IP and UDP: op ... flags at 10, ciaddr at 12, chaddr at 28
		head=${line:84:88}
		rest=${line:0:140}${line:152}
		check_no_match "${rest//3d0701${P1//:/}/}" "${P1//:/}" "P in $line"
		[ "${head:0:2}" = 01 ] || continue
		check_eq "${line:12:12}" ${N//:/} "source"
		check_eq "${head:56:12}" ${P1//:/} "chaddr"
		if [ "${head:24:8}" = 00000000 ]; then
			check_eq "${head:20:4}" 8000 "flags"
			requests=$((requests + 1))
		else
			check_eq "${head:20:4}" 0000 "flags of a client with an address"
			renewals=$((renewals + 1))
		fi
	done < <(tcpdump -nr "$WIRE" -w - udp port 67 2>/dev/null | hexdump -)
	check test "$requests" -ge 2
	# renewal and release
	check test "$renewals" -ge "$1"
	check_eq "$(tcpdump -nvvr "$WIRE" udp port 67 2>/dev/null | grep -c 'bad udp cksum' || :)" 0 "checksums"
	check_eq "$(frame find "$INSIDE" "$P1 0800")" "$(tcpdump -nr "$INSIDE" ip and ether src $P1 2>/dev/null | wc -l)"
	check_ne "$(tcpdump -nvr "$INSIDE" udp dst port 67 2>/dev/null | grep -c 'Flags \[none\]' || :)" 0
	check_eq "$(tcpdump -nr "$WIRE" not udp port 67 -w - 2>/dev/null | hexdump - | grep -c ${P1//:/} || :)" 0
	check_fabric
}

# The address that was leased becomes the pod's: both ways
lease_works() {
	local ip

	busywait 15 test -s "$LEASED" || die "no lease: $(tail -n 5 "$TEST_TMP/dnsmasq")"
	ip=$(cat "$LEASED")
	check_match "$ip" "$1"
	map "$ip"
	pings "$POD1" "$2"
	pings "$HOST" "$ip"
}

dhcp_udhcpc() {
	dhcp_setup -F 10.0.5.1,10.0.5.99,255.255.0.0,120
	udhcpc_start
	lease_works '^10\.0\.5\.[0-9]+$' 10.0.0.100
	kill -USR1 $CLIENT
	busywait 10 logged 2 DHCPACK
	kill -USR2 $CLIENT
	busywait 10 logged 1 DHCPRELEASE
	check_dhcp 2
}

# dhclient OPTION...: with a script and timers of ours, its files in the test's directory
dhclient() {
	ns_exec "$POD1" timeout 20 dhclient -cf "$TEST_TMP/dhclient.conf" -lf "$TEST_TMP/dhclient.leases" \
		-pf "$TEST_TMP/dhclient.pid" -sf "$SCRIPT" "$@" eth0
}

dhclient_setup() {
	dhcp_script <<-'END'
		case $reason in
		PREINIT) ip link set "$interface" up ;;
		BOUND | REBOOT)
			ip addr replace "$new_ip_address/$new_subnet_mask" dev "$interface"
			echo "$new_ip_address" >"$LEASED"
			;;
		BOUND6)
			ip addr replace "$new_ip6_address/$new_ip6_prefixlen" dev "$interface"
			echo "$new_ip6_address" >"$LEASED"
			;;
		RELEASE | RELEASE6) ip addr flush dev "$interface" scope global ;;
		esac
	END
	cat >"$TEST_TMP/dhclient.conf" <<-END
		initial-delay 0;
		initial-interval 1;
		backoff-cutoff 2;
		retry 2;
		supersede dhcp-renewal-time 3;
		supersede dhcp-rebinding-time 60;
		$*
	END
	: >"$TEST_TMP/dhclient.leases"
	defer sh -c "kill \$(cat $TEST_TMP/dhclient.pid) 2>/dev/null || :"
}

dhcp_dhclient() {
	dhcp_setup -F 10.0.5.1,10.0.5.99,255.255.0.0,120
	dhclient_setup "send dhcp-client-identifier 1:$P1;"
	dhclient -4 -q
	lease_works '^10\.0\.5\.[0-9]+$' 10.0.0.100
	busywait 10 logged 2 DHCPACK
	dhclient -4 -q -r
	busywait 10 logged 1 DHCPRELEASE
	check_dhcp 2
}

dhcp_unicast() {
	dhcp_setup -F 10.0.5.1,10.0.5.1,255.255.0.0,120
	# what a server does that does not heed the flag, and takes the client's MAC from the frame
	ns_exec "$HOST" nft -f - <<-END
		table netdev unicast {
			chain out {
				type filter hook egress device eth0 priority 0;
				udp sport 67 ether daddr set $N ip daddr set 10.0.5.1
			}
		}
	END
	udhcpc_start
	busywait 15 test -s "$LEASED" || die "no lease: $(tail -n 5 "$TEST_TMP/dnsmasq")"
	check_dhcp 0
	check_eq "$(tcpdump -nr "$WIRE" udp src port 67 and not ether dst $N 2>/dev/null | wc -l)" 0 "not by unicast"
	check test "$(stat "$NODE" eth0 in-dhcp)" -ge 2
}

dhcp_decline() {
	# the host has the first address that the server will think of
	dhcp_setup -F 10.0.5.1,10.0.5.1,255.255.0.0,120
	ip -n "$HOST" addr add 10.0.5.1/32 dev eth0
	udhcpc_start -a
	busywait 15 logged 1 DHCPDECLINE
	check test ! -s "$LEASED"
	capture_stop "$WIRE"
	check test "$(stat "$NODE" eth0 in-probe)" -ge 1
}

dhcp6() {
	local duid=00030001${P1//:/}

	ipv6
	ip -n "$POD1" addr del fd00::101/64 dev eth0
	# what a router would tell
	ip -n "$POD1" route add fd00::/64 dev eth0
	dnsmasq_start HOST -F fd00::500,fd00::5ff,64,120
	capture_start "$HOST" eth0 "$WIRE"
	dhclient_setup
	# renewal after 3 s is the server's word here
	dhclient -6 -q -D LL
	lease_works '^fd00::5[0-9a-f]+$' fd00::64
	dhclient -6 -q -r -D LL
	busywait 10 logged 1 DHCPRELEASE
	capture_stop "$WIRE"
	check test "$(frame find "$WIRE" "$duid")" -ge 4
	check_eq "$(frame find "$WIRE" $P1)" "$(frame find "$WIRE" "$duid")" "P, but not in the DUID"
	check_eq "$(hexdump "$WIRE" | sed "s/$duid//g" | grep -c ${P1//:/} || :)" 0 "P beside the DUID"
	check_fabric
}

# ---------------------------------------------------------------------------------------------
# IPv6 neighbour discovery

slaac() {
	local ip

	topo_ipv6 HOST
	ip -n "$HOST" addr add fd00::64/64 dev eth0
	ip -n "$HOST" addr add fd00:1::1/128 dev lo
	dnsmasq_start HOST --enable-ra -F fd00::,ra-only,64
	ip -n "$POD1" addr flush dev eth0
	capture_start "$HOST" eth0 "$WIRE"
	topo_ipv6 POD1
	busywait 10 sh -c "ip -n $POD1 -6 route show default | grep -q 'proto ra'"
	ip=fd00::400:ff:fe00:101
	busywait 10 sh -c "ip -n $POD1 -6 addr show dev eth0 | grep -q $ip/64"
	map "$ip"
	pings "$POD1" fd00:1::1
	pings "$HOST" "$ip"
	run ns_exec "$POD1" rdisc6 -1 -r 3 -w 2000 eth0
	check_match "$OUT" "Source link-layer address: ${R^^}"
	# the router has been asked
	check_hidden
	check_icmp6 133 "ether src $N"
}

pod_router() {
	topo_ipv6 HOST POD1
	ip -n "$POD1" addr add fd00::101/64 dev eth0
	map fd00::101
	dnsmasq_start POD1 --enable-ra -F fd00::,ra-only,64
	capture_start "$HOST" eth0 "$WIRE"
	run ns_exec "$HOST" rdisc6 -1 -r 3 -w 2000 eth0
	check_eq "$RC" 0 rdisc6
	check_match "$OUT" "Source link-layer address: $N"
	# once, on a loaded machine, there was no route after the first answer; why is not known
	busywait 10 sh -c "ip -n $HOST -6 route show default | grep -q 'proto ra' ||
		{ ip netns exec $HOST rdisc6 -q -1 -r 1 -w 500 eth0 >/dev/null; false; }"
	check_match "$(neigh "$HOST" $LL1)" "^$N"
	pings "$HOST" fd00::101
	check_hidden
	check_icmp6 134 "ether src $N"
}

ping6() {
	ipv6
	capture_start "$HOST" eth0 "$WIRE"
	pings "$POD1" fd00::64
	pings "$POD1" $LLR%eth0
	ip -n "$HOST" neigh flush dev eth0
	pings "$HOST" fd00::101
	pings "$HOST" $LL1%eth0
	check_hidden 16
	check_match "$(neigh "$HOST" fd00::101)" "^$N"
	check_match "$(neigh "$POD1" fd00::64)" "^$R"
}

nud() {
	local ns peer mac

	ipv6
	capture_start "$HOST" eth0 "$WIRE"
	for ns in HOST POD1; do
		peer=fd00::101 mac=$N
		[ $ns = HOST ] || peer=fd00::64 mac=$R
		# the first probe is by unicast, and only its answer makes the entry REACHABLE
		ip -n "${!ns}" neigh replace $peer dev eth0 lladdr $mac nud probe
		busywait 5 eval "[ \"\$(neigh ${!ns} $peer)\" = \"$mac REACHABLE\" ]"
	done
	check_hidden 4
	check_icmp6 135 "ether dst $N and ether src $R"
	check_icmp6 136 "ether dst $R and ether src $N"
	check_icmp6 135 "ether dst $R and ether src $N"
	check_icmp6 136 "ether dst $N and ether src $R"
}

# resolves NS ADDRESS MAC [DEV]
resolves() {
	run ns_exec "$1" ndisc6 -q -1 -r 3 -w 2000 "$2" "${4:-eth0}"
	check_eq "${OUT,,}" "$3" "ndisc6 $2"
}

ndisc6() {
	ipv6
	capture_start "$HOST" eth0 "$WIRE"
	resolves "$HOST" fd00::101 $N
	resolves "$HOST" $LL1 $N
	resolves "$POD1" fd00::64 $R
	resolves "$POD1" $LLR $R
	check_hidden
}

tcp6_bridge() {
	ipv6
	serve "$HOST"
	serve "$POD1"
	capture_start "$HOST" eth0 "$WIRE"
	connects "$POD1" fd00::64
	connects "$HOST" fd00::101
	connects "$HOST" $LL1%eth0
	check_hidden 20
	check_match "$(neigh "$HOST" fd00::101)" "^$N"
	check test "$(stat "$NODE" eth0 in-data)" -gt 10
}

# route: POD2 has the node as next hop for all, and the node forwards for it
route() {
	topo_routed NODE
	topo_routed_pod POD2 NODE $P2 10.0.1.2 10.0.0.1
	map $LL2 $P2
	map fd00::102 $P2
	ipv6
	topo_ipv6 NODE POD2
	ip -n "$NODE" addr add fd00::1/64 dev br-ex
	ns_exec "$NODE" sysctl -qw net.ipv6.conf.all.forwarding=1
	ip -n "$POD2" -batch - <<-END
		addr add fd00::102/128 dev eth0
		route add fd00::1 dev eth0
		route add default via fd00::1
	END
	macnat -n "$NODE" uplink set eth0 mode route
}

tcp6_route() {
	route
	serve "$HOST"
	serve "$POD1"
	serve "$POD2"
	capture_start "$HOST" eth0 "$WIRE"
	connects "$POD2" fd00::64
	connects "$HOST" fd00::102
	# a pod that is on-link sends past the node, and its answers come back through it
	connects "$POD1" fd00::64
	connects "$HOST" fd00::101
	check_hidden 40
	check_match "$(neigh "$HOST" fd00::102)" "^$N"
	check test "$(stat "$NODE" eth0 in-route)" -gt 20
	check_eq "$(stat "$NODE" eth0 in-data)" 0
}

redirect_node() {
	route
	# HOST sends to N, the node forwards to where it came from: a better way for HOST
	capture_start "$HOST" eth0 "$WIRE"
	pings "$HOST" fd00::101
	pings "$HOST" fd00::102
	check_hidden
	check_icmp6 137 "ether src $N"
	check_match "$(neigh "$HOST" fd00::101)" "^$N"
}

# ---------------------------------------------------------------------------------------------
# Duplicate addresses

# takes VAR ADDRESS: with DAD. Two questions: one answer may come too late on a slow machine.
takes() {
	ns_exec "${!1}" sysctl -qw net.ipv6.conf.eth0.accept_dad=1 net.ipv6.conf.eth0.dad_transmits=2
	ip -n "${!1}" addr add "$2/64" dev eth0
}

# check_dad VAR ADDRESS { failed | passed }
check_dad() {
	check_eq "$(busywait 10 dad_state "${!1}" "$2")" "$3" "DAD of $2"
}

dad_state() {
	local out

	out=$(ip -n "$1" -o -6 addr show dev eth0 to "$2")
	case $out in
	*dadfailed*) echo failed ;;
	*tentative* | '') return 1 ;;
	*) echo passed ;;
	esac
}

dad_pod() {
	ipv6
	capture_start "$HOST" eth0 "$WIRE"
	takes POD1 fd00::64
	check_dad POD1 fd00::64 failed
	check_hidden 2
	check_icmp6 135 "ether src $N and ip6 src ::"
}

dad_host() {
	ipv6
	capture_start "$HOST" eth0 "$WIRE"
	takes HOST fd00::101
	check_dad HOST fd00::101 failed
	check_hidden 2
	check_icmp6 136 "ether src $N"
}

dad_pods() {
	ipv6
	second_pod
	topo_ipv6 POD2
	capture_start "$HOST" eth0 "$WIRE"
	takes POD2 fd00::101
	check_dad POD2 fd00::101 failed
	check_hidden 1
}

dad_free() {
	ipv6
	capture_start "$HOST" eth0 "$WIRE"
	takes POD1 fd00::201
	takes HOST fd00::165
	check_dad POD1 fd00::201 passed
	check_dad HOST fd00::165 passed
	map fd00::201
	pings "$HOST" fd00::201
	pings "$POD1" fd00::165
	check_hidden
}

# probe STATUS NS ADDRESS [DEV]: 1 somebody has it, 0 nobody has
probe() {
	check_rc "$1" ns_exec "$2" arping -D -q -c 2 -w 3 -I "${4:-eth0}" "$3"
}

arping_pod() {
	map 10.0.1.1
	capture_start "$HOST" eth0 "$WIRE"
	probe 1 "$POD1" 10.0.0.100
	check_hidden 2
	check test "$(stat "$NODE" eth0 in-probe)" -ge 1
}

arping_host() {
	map 10.0.1.1
	capture_start "$HOST" eth0 "$WIRE"
	probe 1 "$HOST" 10.0.1.1
	check_hidden 2
}

arping_pods() {
	map 10.0.1.1
	second_pod
	capture_start "$HOST" eth0 "$WIRE"
	probe 1 "$POD2" 10.0.1.1
	probe 1 "$POD1" 10.0.1.2
	check_hidden 1
}

arping_free() {
	local probe ns pid pids=()

	map 10.0.1.1
	second_pod
	capture_start "$HOST" eth0 "$WIRE"
	# nor to one's own
	for probe in POD1:10.0.1.9 HOST:10.0.1.9 POD1:10.0.1.1 HOST:10.0.0.100; do
		ns=${probe%%:*}
		probe 0 "${!ns}" "${probe#*:}" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	check_hidden 4
}

# ---------------------------------------------------------------------------------------------
# Large and many

ping_big() {
	map 10.0.1.1
	capture_start "$HOST" eth0 "$WIRE" -s 2048
	pings "$HOST" 10.0.1.1 -s 65507
	pings "$POD1" 10.0.0.100 -s 65507
	check_hidden 300
}

ping6_big() {
	ipv6
	capture_start "$HOST" eth0 "$WIRE" -s 2048
	pings "$HOST" fd00::101 -s 65507
	pings "$POD1" fd00::64 -s 65507
	check_hidden 300
}

# iperf POD-ADDRESS HOST-ADDRESS OPTION...: from the pod to the host, and from the host to the pod
iperf() {
	local way received pid

	for way in HOST POD1; do
		ns_exec "${!way}" ethtool -K eth0 gro on >&2
		ip netns exec "${!way}" iperf3 -s -1 --forceflush >"$TEST_TMP/server" &
		pid=$!
		busywait 5 grep -q listening "$TEST_TMP/server"
		if [ $way = HOST ]; then
			run ns_exec "$POD1" iperf3 -J -c "$2" "${@:3}"
		else
			run ns_exec "$HOST" iperf3 -J -c "$1" "${@:3}"
		fi
		check_eq "$(jq -r '.error // empty' <<<"$OUT")" "" iperf3
		check_eq "$RC" 0 iperf3
		received=$(jq '(.end.sum_received // .end.sum).bytes // 0' <<<"$OUT")
		note "$way received $received bytes"
		check test "$received" -gt 1000000
		wait $pid
	done
	check_fabric
}

iperf_setup() {
	ns_exec "$NODE" ethtool -K eth0 gro on >&2
	ns_exec "$NODE" ethtool -K pod1 gro on >&2
}

iperf_tcp() {
	map 10.0.1.1
	iperf_setup
	iperf 10.0.1.1 10.0.0.100 -n 16M
}

iperf_udp() {
	map 10.0.1.1
	iperf_setup
	iperf 10.0.1.1 10.0.0.100 -u -b 30M -n 2M
}

iperf6_tcp() {
	ipv6
	iperf_setup
	iperf fd00::101 fd00::64 -n 16M
}

iperf6_udp() {
	ipv6
	iperf_setup
	iperf fd00::101 fd00::64 -u -b 30M -n 2M
}

# ---------------------------------------------------------------------------------------------
# VLANs

# tag VAR NAME LOWER VID [PROTOCOL]
tag() {
	ip -n "${!1}" link add link "$3" name "$2" type vlan protocol "${5:-802.1q}" id "$4"
	ip -n "${!1}" link set "$2" up
}

# talk KEY POD-DEV HOST-DEV: IPv4 and IPv6, resolution, duplicates, big and many, both ways
talk() {
	local key=$1 inner=$2 outer=$3

	# no other way than by these devices
	ip -n "$POD1" addr flush dev eth0
	ip -n "$HOST" addr flush dev eth0
	ip -n "$POD1" addr add 10.0.1.1/16 dev "$inner"
	ip -n "$POD1" addr add fd00::101/64 dev "$inner"
	ip -n "$HOST" addr add 10.0.0.100/16 dev "$outer"
	ip -n "$HOST" addr add fd00::64/64 dev "$outer"
	map 10.0.1.1 $P1 vlan "$key"
	map fd00::101 $P1 vlan "$key"
	map $LL1 $P1 vlan "$key"
	serve "$HOST"
	serve "$POD1"

	capture_start "$HOST" eth0 "$WIRE" -B 65536
	probe 1 "$POD1" 10.0.0.100 "$inner"
	probe 1 "$HOST" 10.0.1.1 "$outer"
	resolves "$HOST" fd00::101 $N "$outer"
	resolves "$POD1" fd00::64 $R "$inner"
	connects "$POD1" 10.0.0.100
	connects "$HOST" 10.0.1.1
	connects "$POD1" fd00::64
	connects "$HOST" fd00::101
	pings "$HOST" "$LL1%$outer"
	pings "$POD1" 10.0.0.100 -s 65507
	pings "$POD1" fd00::64 -s 65507
	check ns_exec "$POD1" flow bulk 10.0.0.100 $PORT 1000000
	check_hidden 400
	check_match "$(neigh "$HOST" 10.0.1.1 "$outer")" "^$N"
	check_match "$(neigh "$HOST" fd00::101 "$outer")" "^$N"
}

# check_tags HEX: all of the pod's frames on the wire have these tags
check_tags() {
	check_eq "$(frame find "$WIRE" "$R $N $1")" \
		"$(tcpdump -nr "$WIRE" ether src $N and ether dst $R 2>/dev/null | wc -l)" "frames tagged $1"
}

vlan() {
	topo_ipv6 HOST POD1
	tag POD1 v100 eth0 100
	tag HOST v100 eth0 100
	talk 100 v100 v100
	check_tags 81000064
}

qinq() {
	local ns

	topo_ipv6 HOST POD1
	for ns in POD1 HOST; do
		tag $ns s100 eth0 100 802.1ad
		tag $ns v200 s100 200
	done
	talk 100.200 v200 v200
	check_tags "88a80064 810000c8"
}

qinq_bridge() {
	topo_ipv6 HOST POD1
	tag POD1 v200 eth0 200
	tag HOST s100 eth0 100 802.1ad
	tag HOST v200 s100 200
	ip -n "$NODE" link set br-ex type bridge vlan_protocol 802.1ad vlan_filtering 1
	bridge -n "$NODE" vlan add dev pod1 vid 100 pvid untagged
	bridge -n "$NODE" vlan add dev eth0 vid 100
	talk 100.200 v200 v200
	check_tags "88a80064 810000c8"
}

ktap_main "$@"
