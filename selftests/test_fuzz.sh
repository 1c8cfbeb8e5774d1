#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is nearly right: requests of netlink, and frames through both hooks: the frames of the test vectors with bits flipped,
# lengths that lie, ends cut off, tags and options put in, and halves of one joined to another. They go
# through the network of vectors/topo.sh. src/mutate.c says what must hold of each; the kernel must not
# complain, nothing may be lost in memory, and the node must work as before.
#
#	SEED=N COUNT=N selftests/run.sh test_fuzz	the same frames again, or another number of them
#
# The seed is another one each time, and is printed.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"
# shellcheck source=SCRIPTDIR/vectors/topo.sh
. "$SELFTESTS/vectors/topo.sh"

# shellcheck disable=SC2034
TESTS="
	guard_pass		# frames of unknown pods pass, foreign ones are let in
	guard_rewrite		# frames of unknown pods are hidden, IP that comes in is the host's to forward
	guard_drop		# frames of unknown pods and foreign ones are dropped
	requests		# of netlink, nearly right, while frames pass and hooks are refused
"
# shellcheck disable=SC2034
TEST_TIMEOUT=120

# of all tests together
: "${COUNT:=300000}"
: "${SEED:=$((RANDOM << 15 | RANDOM))}"

# What the mutations are to reach, whatever the settings
REACHED="out-node out-data out-arp out-nd out-dhcp out-send out-malformed out-exempt out-link-local
	out-nd-fragment out-group-source in-node in-group in-arp in-nd in-dhcp in-probe in-malformed
	in-stale in-reflected"

# objects CACHE: how many there are, to the last one
objects() {
	echo 1 >"/sys/kernel/slab/$1/shrink"
	cut -d ' ' -f 1 "/sys/kernel/slab/$1/objects"
}

# is_back CACHE NUMBER: no more objects than that, but for some that are the kernel's own
is_back() {
	local room=100

	[[ "$1" != macnat_* ]] || room=0
	[ "$(objects "$1")" -le $(($2 + room)) ]
}

# Pod and host reach each other both ways
check_alive() {
	macnat -n "$NODE" uplink set eth0 mode bridge
	ip -n "$POD" addr add "$(vectors_value pip)/16" dev eth0
	ip -n "$FABRIC" addr add "$(vectors_value rip)/16" dev eth0
	check ns_exec "$POD" ping -q -c 2 -i 0.1 -W 5 "$(vectors_value rip)"
	check ns_exec "$FABRIC" ping -q -c 2 -i 0.1 -W 5 "$(vectors_value pip)"
}

# check_reached COUNTER...: none is 0 in OUT, and nearly all frames have been sent
check_reached() {
	local counter sent

	[[ $OUT =~ ^sent\ ([0-9]+) ]]
	sent=${BASH_REMATCH[1]}
	check test "$sent" -ge $((COUNT * 95 / 300))
	# a few frames need not reach all
	[ "$sent" -ge 10000 ] || return 0
	for counter; do
		check_match $'\n'"$OUT"$'\n' $'\n'"$counter [1-9]" "never reached"
	done
}

# fuzz GUARD COUNTER... -- SETTING...: a third of the frames; they reach these counters as well
fuzz() {
	local guard=$1 caches="macnat_entry skbuff_head_cache" cache reached=()
	local -A before

	shift
	while [ "$1" != -- ]; do
		reached+=("$1")
		shift
	done
	vectors_topo
	macnat -n "$NODE" uplink set eth0 guard "$guard" "${@:2}"
	for cache in $caches; do
		before[$cache]=$(objects "$cache")
	done
	note "SEED=$SEED COUNT=$COUNT"
	run mutate run "$SEED" 0 $((COUNT / 3)) "$guard" "$NODE" "$POD" "$FABRIC" \
		"$VECTORS_NAMES" "$VECTORS"/*.vec
	check_eq "$RC" 0 "mutate"
	# shellcheck disable=SC2086
	check_reached $REACHED "${reached[@]}"
	check_alive
	for cache in $caches; do
		busywait 10 is_back "$cache" "${before[$cache]}" ||
			die "$cache: $(objects "$cache") objects, ${before[$cache]} before"
	done
}

guard_pass() {
	fuzz pass out-leak in-data in-foreign --
}

guard_rewrite() {
	fuzz rewrite out-guard-rewrite in-route in-foreign -- mode route
}

guard_drop() {
	fuzz drop out-guard-drop in-data in-foreign-drop -- flood drop
}

requests() {
	local dev pids=() answer

	vectors_topo
	ip -n "$NODE" -batch - <<-END
		link add full type dummy
		link add other up type dummy
	END
	topo_egress_chains full 1024 | ns_exec "$NODE" nft -f -
	# frames that learning, both directions and the past of a queue have to do with
	ip netns exec "$NODE" frame rush eth0 "$(ipv4_frame 0a:00:00:00:00:64 06:00:00:00:00:01 10.0.0.1)" \
		"$(arp_frame ff:ff:ff:ff:ff:ff 06:00:00:00:00:02 1 06:00:00:00:00:02 10.0.0.2 00:00:00:00:00:00 10.0.0.77)" &
	pids+=($!)
	ip netns exec "$FABRIC" frame cycle eth0 \
		"$(ipv4_frame 02:00:00:00:00:01 0a:00:00:00:00:64 10.0.0.100 10.0.0.1)" &
	pids+=($!)
	macnat -n "$NODE" monitor >/dev/null &
	pids+=($!)
	note "SEED=$SEED COUNT=$COUNT"
	run ns_exec "$NODE" requests "$SEED" $((COUNT / 30)) eth0 full other br-ex lo
	check_eq "$RC" 0 "requests"
	for answer in "done" EEXIST ENOENT ENODEV EINVAL ERANGE; do
		[ "$COUNT" -ge 100000 ] || break
		check_match $'\n'"$OUT"$'\n' $'\n'"$answer [1-9]" "never answered"
	done
	kill "${pids[@]}"
	wait
	for dev in $(macnat -n "$NODE" -j uplink show | jq -r '.[].dev'); do
		macnat -n "$NODE" uplink del "$dev"
	done
	macnat -n "$NODE" uplink add eth0 learn on
	check macnat -n "$NODE" map add 10.0.0.9 dev eth0 lladdr 06:00:00:00:00:09
	macnat -n "$NODE" uplink del eth0
}

ktap_main "$@"
