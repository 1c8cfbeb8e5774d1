#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's part of selftests/bench/run: what each peer adds to the way of a frame.
#
#	bench.sh PEERS SIZES [KINDS [PASSES]]
#
#	pod              node                     fabric
#	 eth0 --- pod [br-ex] eth0 -------------- wire
#	  Q            N       N
#
# Frames bear a pod's own MAC (P) or the node's (N); neither Q nor wire has the MAC they are for, so
# that the receiver drops each at its door. Rows go to /out/rows, an object a line:
#
#	{peer, size, kind, rounds}	instructions a frame, as a whole, three means
#	{peer, size, setup, memory, dump}	instructions, bytes and instructions an entry, null if
#		there is no such figure
#	{peer, size, note}	why there are no figures
#
# and the last peer's symbols to /out/kallsyms.
set -eu

N=02:00:00:00:00:01 R=0a:00:00:00:00:64
# shellcheck source=SCRIPTDIR/peers.sh
. "$(dirname "$0")/peers.sh"

die() {
	echo "bench.sh: $*" >&2
	exit 1
}

node() {
	ip netns exec node "$@"
}

# No frame but the benchmark's
new_netns() {
	ip netns add "$1"
	ip netns exec "$1" sh -c 'cd /proc/sys/net/ipv6/conf && echo 1 >all/disable_ipv6 &&
		echo 1 >default/disable_ipv6'
}

topology() {
	# the guest keeps a device with netdev hooks, which costs every device's frames something
	nft flush ruleset

	new_netns pod
	new_netns node
	new_netns fabric
	ip -n node -batch - <<-END
		link add br-ex address $N type bridge mcast_snooping 0
		link add pod type veth peer name eth0 netns pod
		link add eth0 address $N type veth peer name wire netns fabric
		link set pod master br-ex up
		link set eth0 master br-ex up
		link set br-ex up
	END
	ip -n pod link set eth0 up
	ip -n fabric link set wire up
	# the node's own stack drops what it gets for a bad source, early, with nothing allocated
	ip -n node -batch - <<-END
		route add 10.0.0.0/8 dev br-ex
		route add unreachable 10.0.0.100
	END
	# shellcheck disable=SC2016
	node sh -c 'cd /proc/sys/net/ipv4 && echo 1 >ip_forward &&
		for i in all br-ex; do echo 1 >conf/$i/rp_filter; done'
	# what the bridge would learn from the frames, in the same order for all
	{
		echo "fdb add $R dev eth0 master static"
		for size in $SIZES; do
			bench sample "$size" 'fdb replace %m dev pod master static'
		done
	} | bridge -n node -batch -
}

# where KIND: sets from and to, the ends of its way
where() {
	case $1 in
	out-own) from="node br-ex" to="fabric wire" ;;
	out-*) from="$pod eth0" to="fabric wire" ;;
	in-own | in-route) from="fabric wire" to="node br-ex" ;;
	in-*) from="fabric wire" to="$pod eth0" ;;
	esac
}

# measure PEER SIZE KIND...: verified, then timed
measure() {
	local peer=$1 size=$2 from to kind rounds

	shift 2
	for kind; do
		where "$kind"
		# shellcheck disable=SC2086
		bench verify $from "$kind" "$size" $what $to || die "$peer, $size entries: $kind is not right"
		# shellcheck disable=SC2086
		rounds=$(bench time $from "$kind" "$size" $what $PASSES)
		echo "$peer $size $kind: $rounds"
		echo "{\"peer\":\"$peer\",\"size\":$size,\"kind\":\"$kind\",\"rounds\":[${rounds// /,}]}" >>/out/rows
	done
}

# Kernel memory in use, in KiB, when what was freed is free: slabs, large blocks
used() {
	sleep 2
	echo 3 >/proc/sys/vm/drop_caches
	# not what is free: a CPU keeps pages that it has freed
	awk '/^(Slab|VmallocUsed|Percpu):/ { sum += $2 } END { print sum }' /proc/meminfo
}

# grow PEER HAVE SIZE: what each further entry costs
grow() {
	local peer=$1 have=$2 size=$3 base=$4 setup dump=null load memory=null

	load=$("peer_${peer}_load" "$have" "$size")
	# shellcheck disable=SC2086
	read -r setup _ < <(bench load $load)
	[ -n "${setup:-}" ] || die "$peer: $load"
	# some pages say nothing of a small table
	[ "$size" -lt 65536 ] || memory=$((($(used) - base) * 1024 / size))
	# a larger one takes minutes, and each entry the same
	if [ "$size" -le 65536 ] && declare -F "peer_${peer}_dump" >/dev/null; then
		# shellcheck disable=SC2046
		read -r dump _ < <(bench exec $("peer_${peer}_dump"))
	fi
	rm -f /tmp/entries*
	jq -nc --arg peer "$peer" "{ peer: \$peer, size: $size,
		setup: ($setup / ($size - $have) | round), memory: $memory,
		dump: ($dump | if . then . / $size | round else . end) }" | tee -a /out/rows
}

run_peer() {
	local peer=$1 size base have=0 what pod max why kinds

	peer_defaults
	base=$(used)
	"peer_${peer}_up"
	kinds=${KINDS:-$kinds}
	for size in $SIZES; do
		if [ "$size" -gt "$max" ]; then
			jq -nc --arg peer "$peer" --arg note "$why" "{ peer: \$peer, size: $size, note: \$note }" |
				tee -a /out/rows
			continue
		fi
		if declare -F "peer_${peer}_load" >/dev/null; then
			grow "$peer" "$have" "$size" "$base"
			have=$size
		fi
		! declare -F "peer_${peer}_sample" >/dev/null || "peer_${peer}_sample" "$size"
		# shellcheck disable=SC2086
		measure "$peer" "$size" $kinds
	done
	# for a profile
	sed 's/\t/ /' /proc/kallsyms >/out/kallsyms
	[ "$max" = 0 ] || "peer_${peer}_down"
}

[ $# -ge 2 ] || die "usage: bench.sh PEERS SIZES [KINDS [PASSES]]"
PEERS=$1 SIZES=$2 KINDS=${3:-} PASSES=${4:-}
topology
for peer in $PEERS; do
	declare -F "peer_${peer}_up" >/dev/null || die "no peer $peer"
	run_peer "$peer"
done
