#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# All at once: frames both ways, each of them checked, while mappings of other pods come, change and go
# by the hundred, pods appear, are learned, move and vanish, uplinks go down and up, and others look at
# all of it. Nothing may be lost or wrong, and nothing is left of it in memory.
#
#	CHECKED 16 pods, exchange --.                                  .-- eth0 HOST, exchange
#	POD 10.0.1.1, comes and goes ---[br-ex] NODE --- [fabric] -----+-- eth0 PEER 10.0.0.100
#	CROWD, frames of many pods -'                    |
#	POD2 10.0.1.2 --- [br-ex] NODE2, which flaps ----'
#
# Declared windows are when NODE's uplink is down: frames may be lost then, none may be wrong. NODE2's
# uplink is added and deleted all the time; what passes there is not checked.
#
#	SOAK_SECONDS=600 selftests/run.sh soak		or scripts/soak; 15 seconds otherwise

# names of namespaces are set by topo.sh
# shellcheck disable=SC2153
# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

# shellcheck disable=SC2034
TESTS="
	soak			# for SOAK_SECONDS
"
: "${SOAK_SECONDS:=15}"
# shellcheck disable=SC2034
TIMEOUT_soak=$((SOAK_SECONDS * 3 / 2 + 180))

N=02:00:00:00:00:01 N2=02:00:00:00:00:02 R=0a:00:00:00:00:64 R2=0a:00:00:00:00:65
PODS=16
PORT=5000
WARM=5		# seconds that all of it runs before memory is looked at first
# caches of the module's own, and those that a lost allocation of it would be in
CACHES="macnat_entry skbuff_head_cache kmalloc-64 kmalloc-128 kmalloc-192 kmalloc-256
	kmalloc-512 kmalloc-1k kmalloc-2k kmalloc-cg-64 kmalloc-cg-128 kmalloc-cg-192 kmalloc-cg-256
	kmalloc-cg-512"

test_setup() {
	macnat_load
	STOP=$TEST_TMP/stop
	DONE=$TEST_TMP/done
	# bursts of the crowd are not to push checked frames out of a CPU's backlog
	BACKLOG=$(cat /proc/sys/net/core/netdev_max_backlog)
	echo 100000 >/proc/sys/net/core/netdev_max_backlog
	defer sh -c "echo $BACKLOG >/proc/sys/net/core/netdev_max_backlog"
}

lab() {
	topo_fabric
	topo_host HOST $R 10.0.0.99/16
	topo_host PEER $R2 10.0.0.100/16
	topo_node NODE $N 10.0.0.1/16
	topo_node NODE2 $N2 10.0.0.2/16
	topo_pod CHECKED NODE 06:00:00:02:00:01 10.0.2.1/16
	topo_pod CROWD NODE 06:00:00:02:00:02 10.0.2.2/16
	topo_pod POD2 NODE2 0e:00:00:00:01:02 10.0.1.2/16
	ns_new POD
	topo_sysctl "$POD"
	ip netns exec "$PEER" flow serve $PORT &
	defer kill $!

	# what meets the hooks, as somebody else counts it: before macnat on the way out, behind it on the way in
	ip -n "$NODE" link set eth0 down
	macnat -n "$NODE" uplink add eth0 learn on ageing 5
	ns_exec "$NODE" nft -f - <<-END
		table netdev soak {
			counter out { }
			counter in { }
			chain out { type filter hook egress device eth0 priority 0; counter name out; }
			chain in { type filter hook ingress device eth0 priority 0; counter name in; }
		}
	END
	map_checked
	ip -n "$NODE" link set eth0 up
	busywait 10 reaches "$NODE"
}

map_checked() {
	local line

	while read -r line; do
		# shellcheck disable=SC2086
		macnat -n "$NODE" $line
	done < <(exchange map eth0 $PODS)
}

reaches() {
	ns_exec "$1" ping -q -c 1 -W 1 10.0.0.100 >/dev/null
}

running() {
	[ ! -e "$STOP" ]
}

# A worker does its work until it is stopped, and then leaves how often it did; what it says when
# something is wrong is the test's reason.
worker() {
	local name=$1 count=0

	while running; do
		"$name"
		count=$((count + 1))
	done
	echo "$count" >"$DONE/$name"
}

# Hundreds of mappings at once, and some one by one, each of which is added, changed and deleted
churn() {
	local ip mac=06:00:00:03:00

	ns_exec "$NODE" fill macnat eth0 0 $BULK
	for ip in 10.20.0.1 2001:db8:20::1 "10.20.0.1 vlan 7" "2001:db8:20::1 vlan 7.9"; do
		# shellcheck disable=SC2086
		{
			set -- $ip
			macnat -n "$NODE" map add "$1" dev eth0 "${@:2}" lladdr $mac:01
			macnat -n "$NODE" map replace "$1" dev eth0 "${@:2}" lladdr $mac:02
			macnat -n "$NODE" map replace 10.20.0.2 dev eth0 lladdr $mac:0$((RANDOM % 10))
			macnat -n "$NODE" map del "$1" dev eth0 "${@:2}"
		}
	done
	macnat -n "$NODE" map flush dev eth0 to 10.1.0.0/16
	macnat -n "$NODE" map flush dev eth0 to 10.20.0.0/16
}
BULK=500 CHANGES=$((BULK * 2 + 16))

# All mappings of an orchestrator at once: now to these pods, now to those
syncs() {
	local mac

	for mac in 06:00:00:05:00:01 06:00:00:05:00:02; do
		printf "map replace 10.21.%s dev eth0 lladdr $mac\n" {0..1}.{0..99} |
			macnat -n "$NODE" map sync dev eth0
	done
}

# 100 pods that nobody has heard of, which do not answer: some are made to go, the others age
crowd() {
	ns_exec "$CROWD" frame forge eth0 100 "${R2}0601000000000800450000200000000040110000 0b000000
		0a000064 12345678000c0000 c0ffee00"
	sleep 0.2
	[ $((RANDOM % 4)) != 0 ] || macnat -n "$NODE" map flush dev eth0 to 11.0.0.0/8 learned
}

# A pod with real connections comes, each time with another MAC, and goes. Now and then its node's
# uplink goes down, and comes up.
pods() {
	local mac

	mac=06:00:00:04:00:$(printf %02x $((RANDOM % 3)))
	ip -n "$NODE" -batch - <<-END
		link add pod type veth peer name eth0 address $mac netns $POD
		link set pod master br-ex up
	END
	ip -n "$POD" -batch - <<-END
		link set eth0 up
		addr add 10.0.1.1/16 dev eth0
	END
	check ns_exec "$POD" ping -q -c 1 -W 5 10.0.0.100 >/dev/null
	check ns_exec "$POD" flow bulk 10.0.0.100 $PORT 200000 >/dev/null
	check ns_exec "$PEER" ping -q -c 3 -i 0.1 -W 5 10.0.1.1 >/dev/null
	ip -n "$NODE" link del pod

	[ $((RANDOM % 4)) = 0 ] || return 0
	kill -USR1 "$EXCHANGE"
	sleep 0.1
	ip -n "$NODE" link set eth0 down
	sleep 0.2
	ip -n "$NODE" link set eth0 up
	busywait 20 reaches "$NODE"
	kill -USR2 "$EXCHANGE"
}

# It has just been made, or has just gone
flaps() {
	ip netns exec "$POD2" ping -q -i 0.005 -c 100 10.0.0.100 >/dev/null 2>&1 &
	macnat -n "$NODE2" uplink add eth0 learn on ageing 5
	macnat -n "$NODE2" map add 10.0.1.3 dev eth0 lladdr 0e:00:00:00:01:03
	macnat -n "$NODE2" uplink set eth0 node 02:00:00:00:00:03 mode route
	sleep 0.2
	ip -n "$NODE2" link set eth0 down
	macnat -n "$NODE2" uplink set eth0 node auto mode bridge
	ip -n "$NODE2" link set eth0 up
	sleep 0.2
	macnat -n "$NODE2" uplink del eth0
	wait $! || :
}

# What is never touched is there in each dump, once; what is synced is all of it one or the other
dumps() {
	local seen synced

	macnat -n "$NODE" -j map show dev eth0 >"$TEST_TMP/dump"
	seen=$(jq '[.[] | select(.lladdr | startswith("06:00:00:01:")) | [.ip, .vlan]] | unique | length' \
		"$TEST_TMP/dump")
	check_eq "$seen" $((PODS * 3)) "checked mappings in a dump"
	synced=$(jq -c 'map(select(.origin == "synced").lladdr) | [length, (unique | length)]' "$TEST_TMP/dump")
	check_match "$synced" '^\[(0,0|200,1)\]$' "synced mappings in a dump, and of how many pods"
	check macnat -n "$NODE" -j map show dev eth0 learned >/dev/null
	check macnat -n "$NODE" -s map get 10.9.0.1 dev eth0 >/dev/null
}

readers() {
	check macnat -n "$NODE" -j -s uplink show >/dev/null
	check macnat -n "$NODE" -j stats show >/dev/null
	macnat -n "$NODE2" -j stats show >/dev/null
}

# One that reads, and one that does not
monitors() {
	timeout 2 macnat -n "$NODE" -j monitor >/dev/null || [ $? = 124 ]
	timeout 1 macnat -n "$NODE" monitor > >(sleep 1) || :
}

# --- all of it

WORKERS="churn syncs crowd pods flaps dumps readers monitors"

# phase SECONDS: all workers, and the exchanges; leaves what came of them in $DONE
phase() {
	local name pids=() peer end=$((SECONDS + $1)) last=$SECONDS pid

	rm -rf "$STOP" "$DONE"
	mkdir "$DONE"
	ip netns exec "$HOST" exchange host eth0 $N $R $PODS >"$DONE/host" &
	peer=$!
	# the host must be there first, or the first frames are lost
	busywait 10 packet_socket "$HOST"
	ip netns exec "$CHECKED" exchange pods eth0 $N $R $PODS $((20 * TIME_SCALE)) >"$DONE/exchange" &
	EXCHANGE=$!
	for name in $WORKERS; do
		worker "$name" &
		pids+=($!)
	done
	while [ "$SECONDS" -lt "$end" ]; do
		# one that ends before it is told has something to say
		for pid in "$EXCHANGE" "$peer" "${pids[@]}"; do
			kill -0 "$pid" 2>/dev/null || die "one has ended before its time"
		done
		sleep 1
		[ $((SECONDS - last)) -lt 60 ] || { last=$SECONDS; note "$((end - SECONDS)) s to go"; }
	done
	: >"$STOP"
	for pid in "${pids[@]}"; do
		wait "$pid" || die "a worker has failed"
	done
	kill -TERM "$EXCHANGE"
	wait "$EXCHANGE" || die "frames are lost or wrong"
	kill -TERM "$peer"
	wait "$peer" || die "frames are lost or wrong at the host"
}

packet_socket() {
	[ "$(ns_exec "$1" ss -Hl0 | wc -l)" != 0 ]
}

# Only what was there at first
quiet() {
	macnat -n "$NODE" map flush dev eth0
	map_checked
	busywait 30 settled
}

# Announcements are all out, and so are stations that have no mapping
settled() {
	macnat -n "$NODE" -j uplink show | jq -e --argjson n $((PODS * 3)) --argjson s $PODS \
		'.[0] | .entries == $n and .learned == 0 and .stations == $s' >/dev/null
}

nft_counter() {
	ns_exec "$NODE" nft -j list counter netdev soak "$1" | jq '.nftables[].counter? | select(.) | .packets'
}

# macnat's reasons add up to what has met the hooks
adds_up() {
	local sum before

	before=$(nft_counter out),$(nft_counter in)
	sum=$(ns_exec "$NODE" exchange sum eth0 | jq -r '"\(.out),\(.in)"')
	SUMS="$sum counted, $before met the hooks"
	[ "$sum" = "$before" ] || { echo "$SUMS"; return 1; }
}

# What is in use of each cache, and of memory in all; empty slabs are given back first
memory() {
	local cache file

	echo 3 >/proc/sys/vm/drop_caches
	for file in /sys/kernel/slab/*/shrink; do
		echo 1 >"$file" 2>/dev/null || :
	done
	for cache in $CACHES; do
		[ ! -e "/sys/kernel/slab/$cache" ] ||
			echo "$cache $(cut -d ' ' -f 1 "/sys/kernel/slab/$cache/objects")"
	done
	awk '/^(Slab|Percpu|VmallocUsed|KernelStack|PageTables):/ { n += $2 } END { print "kB", n }' /proc/meminfo
}

# is_back FILE: memory is as it was then, but for what is the kernel's own
is_back() {
	memory >"$TEST_TMP/after"
	awk -v changes="$TOTAL" '
		NR == FNR { before[$1] = $2; next }
		/^macnat_/ { room = 0 }
		/^(k|skb)/ { room = 100 + changes / 100 }
		/^kB/ { room = 3000 }
		$2 > before[$1] + room { print $1 ": " $2 " after " before[$1]; bad = 1 }
		END { exit bad || !FNR }' "$1" "$TEST_TMP/after"
}

TOTAL=0

soak() {
	local cycles loads

	lab
	phase $WARM
	quiet
	memory >"$TEST_TMP/before"
	phase "$SOAK_SECONDS"
	quiet
	check busywait 20 adds_up
	cycles=$(cat "$DONE/churn")
	TOTAL=$((cycles * CHANGES))
	loads=$(busywait 60 is_back "$TEST_TMP/before") || die "memory is not as it was: $loads"
	paste "$TEST_TMP/before" "$TEST_TMP/after"

	jq -c --argjson seconds "$SOAK_SECONDS" --argjson changes "$TOTAL" --slurpfile host "$DONE/host" \
		--argjson pods "$(cat "$DONE/pods")" --argjson flaps "$(cat "$DONE/flaps")" \
		--argjson dumps "$(cat "$DONE/dumps")" --argjson syncs "$(($(cat "$DONE/syncs") * 2))" --argjson crowds "$(cat "$DONE/crowd")" '
		{ seconds: $seconds, frames: (.sent + $host[0].received), lost_in_windows, windows,
		longest_ms, changes: $changes, syncs: $syncs, learned: ($crowds * 100 + $pods), flaps: $flaps, dumps: $dumps }' \
		"$DONE/exchange" >"$TEST_TMP/result"
	[ ! -d /out ] || cp "$TEST_TMP/result" /out/soak.json
	note "$(cat "$TEST_TMP/result")"
	# each worker has had its turn
	check jq -e '.frames > 1000 and .changes > 0 and .syncs > 0 and .learned > 100 and .flaps > 0 and .dumps > 0' "$TEST_TMP/result"
	macnat -n "$NODE" uplink del eth0
	macnat_unused
}

ktap_main "$@"
