#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's part of selftests/bench/throughput: instructions a byte of TCP, offloads on, between a
# pod and a host, without and with macnat.
#
#	POD 10.0.1.1 ---[br-ex] eth0 10.0.0.1 ---[fabric]--- HOST 10.0.0.100
#
# In mode route the node is the pod's next hop and forwards. Rows go to /out/rows:
#
#	{family, mode, direction, plain, macnat}

# shellcheck source=SCRIPTDIR/../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=SCRIPTDIR/../topo.sh
. "$SELFTESTS/topo.sh"

BYTES=100000000
N=02:00:00:00:00:01 P=06:00:00:00:01:01 R=0a:00:00:00:00:64

# busy: nanoseconds, so instructions, that all tasks have run for
busy() {
	awk '/^cpu0/ { print $8 }' /proc/schedstat
}

# transfer FROM TO ADDRESS: instructions a byte
transfer() {
	local before server

	ip netns exec "$2" iperf3 -s -1 -p 5000 >/dev/null &
	server=$!
	busywait 5 sh -c "ip netns exec $2 ss -Hltn sport = :5000 | grep -q ."
	before=$(busy)
	ip netns exec "$1" iperf3 -c "$3" -p 5000 -n $BYTES -l 131072 >/dev/null
	wait $server
	jq -n "($(busy) - $before) / $BYTES * 10000 | round / 10000"
}

# addresses FAMILY MODE: sets host and pod
addresses() {
	case $1-$2 in
	ipv4-bridge) host=10.0.0.100 pod=10.0.1.1 ;;
	ipv4-route) host=10.0.0.100 pod=10.0.1.2 ;;
	ipv6-bridge) host=fd00::100 pod=fd00::1:1 ;;
	ipv6-route) host=fd00::100 pod=fd00::1:2 ;;
	esac
}

# settled NS NS ADDRESS: instructions a byte, of the second connection, when all is resolved
settled() {
	transfer "$@" >/dev/null
	transfer "$@"
}

# measure FAMILY MODE: a row for each direction
measure() {
	local direction way host pod plain with counter

	addresses "$1" "$2"
	for direction in out in; do
		way=("$POD" "$HOST" "$host") counter=out-data
		[ $direction = out ] || way=("$HOST" "$POD" "$pod")
		[ "$2" = bridge ] || counter=in-route
		plain=$(settled "${way[@]}")
		macnat -n "$NODE" uplink add eth0 mode "$2"
		macnat -n "$NODE" map add "$pod" dev eth0 lladdr $P
		with=$(settled "${way[@]}")
		# it has gone the way it is meant to
		check test "$(stat "$NODE" eth0 $counter)" -gt 500
		macnat -n "$NODE" uplink del eth0
		jq -nc "{ family: \"$1\", mode: \"$2\", direction: \"$direction\", plain: $plain, macnat: $with }" |
			tee -a /out/rows
	done
}

throughput() {
	local ns

	macnat_load
	topo_fabric
	topo_host HOST $R 10.0.0.100/16
	topo_node NODE $N 10.0.0.1/16
	topo_pod POD NODE $P 10.0.1.1/16
	topo_ipv6 HOST NODE POD
	ip -n "$HOST" addr add fd00::100/64 dev eth0 nodad
	ip -n "$NODE" addr add fd00::1/64 dev br-ex nodad
	ip -n "$POD" addr add fd00::1:1/64 dev eth0 nodad
	measure ipv4 bridge
	measure ipv6 bridge

	# the same pod behind its node's ip_forward
	topo_routed NODE
	# shellcheck disable=SC2016
	ns_exec "$NODE" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	for ns in "$POD" "$HOST"; do
		ns_exec "$ns" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_redirects'
	done
	ip -n "$POD" addr flush dev eth0
	ip -n "$POD" -batch - <<-END
		addr add 10.0.1.2/32 dev eth0
		addr add fd00::1:2/128 dev eth0 nodad
		route add 10.0.0.1 dev eth0 scope link
		route add default via 10.0.0.1
		route add fd00::1 dev eth0
		route add default via fd00::1
	END
	ip -n "$HOST" -batch - <<-END
		route add 10.0.1.2 via 10.0.0.1
		route add fd00::1:2 via fd00::1
	END
	measure ipv4 route
	measure ipv6 route
}

standalone throughput
