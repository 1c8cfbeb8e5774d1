#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory runs out: each allocation of a request fails once, the first, the second, ... until there
# is none left to fail; then once more, and all after it fail, too (what is large is taken from
# elsewhere otherwise). Each time the request fails as a whole, with nothing changed, or it is done
# as a whole; afterwards it works. What is lost on the way is for kmemleak and lockdep to say, so
# this needs a kernel with failslab: those that scripts/kernel-build makes.
#
# kernels: debug
#
#	NODE: eth0, a dummy device

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"

TESTS="
	uplink_add		# with settings that need memory of their own
	uplink_set		# ... of one that is there
	uplink_del		# needs none, or does without
	map_add_first		# a station's first entry
	map_add_next		# ... and its second
	map_replace		# another pod MAC
	map_del
	map_flush
	map_many		# three in a request
	map_sync		# all or nothing
	events			# somebody listens: what cannot be told is counted
	map_grow		# so many that the tables grow
	shows			# dumps
	insmod			# the module itself
"

N=02:00:00:00:00:01 P1=06:00:00:00:01:01 P2=06:00:00:00:02:01
# shellcheck disable=SC2034
TIMEOUT_insmod=200
FAILSLAB=/sys/kernel/debug/failslab
FAILPAGE=/sys/kernel/debug/fail_page_alloc

test_setup() {
	local dir

	[ -e /proc/self/fail-nth ] || skip "a kernel without fault injection"
	macnat_load
	for dir in $FAILSLAB $FAILPAGE; do
		echo 0 >"$dir"/verbose
		echo N >"$dir"/ignore-gfp-wait
		# of processes that ask for it, every one
		echo Y >"$dir"/task-filter
		echo -1 >"$dir"/times
		echo 100 >"$dir"/probability
	done
	echo 0 >$FAILPAGE/min-order
	echo N >$FAILPAGE/ignore-gfp-highmem
	defer sh -c "echo 0 >$FAILSLAB/probability; echo 0 >$FAILPAGE/probability"
	ON=
	ns_new NODE
	ip -n "$NODE" link add eth0 address $N type dummy
	ip -n "$NODE" link set eth0 up
}

# What there is to see of macnat
state() {
	local object

	for object in uplink map; do
		macnat -n "$NODE" -j "$object" show
	done
}

# failing N CMD...: the N-th allocation of CMD fails, and those behind it if ON is set; leaves RC, OUT
# and ERR, and HIT, whether there were as many
failing() {
	local nth=$1

	shift
	rm -f "$TEST_TMP/hit"
	run env ${ON:+FAILNTH_ON=1} FAILNTH="$nth" FAILNTH_OUT="$TEST_TMP/hit" LD_PRELOAD="$(type -P failnth.so)" "$@"
	HIT=$(cat "$TEST_TMP/hit")
	check_match "$HIT" "^(hit|miss [0-9]+)$" "no system call of $*"
}

# allocations CMD...: sets COUNT, how many there are
allocations() {
	failing 1000000 "$@"
	check_match "$HIT" "^miss" "$*"
	COUNT=${HIT#miss }
}

# walk UNDO CMD...: every allocation of CMD, and then that it works; UNDO makes it possible again,
# wherever it was done in spite of a failure
walk() {
	local undo=$1 before after nth total failed=0

	shift
	ON=
	before=$(state)
	"$@"
	after=$(state)
	"$undo"
	check_eq "$(state)" "$before" "undone"
	for ((nth = 1; ; nth++)); do
		failing "$nth" "$@"
		if [ "$HIT" != hit ]; then
			[ -z "$ON" ] || break
			total=$((nth - 1)) ON=1 nth=0
			check_eq "$RC" 0 "with all it wants: $ERR"
			"$undo"
			continue
		fi
		if [ "$RC" != 0 ]; then
			failed=$((failed + 1))
			check_match "$RC" "^[12]$" "exit status: $ERR"
			check_match "$ERR" "[Mm]emory|buffer space|cannot be had|cannot receive" "what it says"
		fi
		# no buffer for the answer: netlink can only say that there was one
		if [ "$RC" = 0 ] || { [[ $ERR == *"buffer space"* ]] && [ "$(state)" != "$before" ]; }; then
			check_eq "$(state)" "$after" "done, although allocation $nth failed"
			"$undo"
		else
			check_eq "$(state)" "$before" "not done, as allocation $nth failed"
		fi
		[ "$nth" -lt 500 ] || die "there is no end to it"
	done
	check_eq "$RC" 0 "at last: $ERR"
	check_eq "$(state)" "$after" "done"
	note "$total allocations failed, $((nth - 1)) with all behind them, the request with $failed: ${*:4}"
}

on_node() {
	macnat -n "$NODE" "$@"
}

attached() {
	on_node uplink add eth0
}

# an undo
detach() {
	on_node uplink del eth0
}

uplink_add() {
	walk detach macnat -n "$NODE" uplink add eth0 mode bridge node 02:00:00:00:00:77
}

uplink_set() {
	attached
	back() { on_node uplink set eth0 node auto guard pass; }
	walk back macnat -n "$NODE" uplink set eth0 node 02:00:00:00:00:77 guard drop
}

uplink_del() {
	attached
	on_node map add 10.0.1.1 dev eth0 lladdr "$P1"
	back() { attached; on_node map add 10.0.1.1 dev eth0 lladdr "$P1"; }
	walk back macnat -n "$NODE" uplink del eth0
}

map_add_first() {
	attached
	back() { on_node map del 10.0.1.1 dev eth0; }
	walk back macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr "$P1"
}

map_add_next() {
	attached
	on_node map add 10.0.1.1 dev eth0 lladdr "$P1"
	back() { on_node map del 2001:db8::1 dev eth0 vlan 7; }
	walk back macnat -n "$NODE" map add 2001:db8::1 dev eth0 vlan 7 lladdr "$P1"
}

map_replace() {
	attached
	on_node map add 10.0.1.1 dev eth0 lladdr "$P1"
	back() { on_node map replace 10.0.1.1 dev eth0 lladdr "$P1"; }
	walk back macnat -n "$NODE" map replace 10.0.1.1 dev eth0 lladdr "$P2"
}

map_del() {
	attached
	back() { on_node map add 10.0.1.1 dev eth0 lladdr "$P1"; }
	back
	walk back macnat -n "$NODE" map del 10.0.1.1 dev eth0
}

map_flush() {
	attached
	back() { on_node map add 10.0.1.1 dev eth0 lladdr "$P1"; on_node map add 10.0.1.2 dev eth0 lladdr "$P2"; }
	back
	walk back macnat -n "$NODE" map flush dev eth0
}

# What fails is the request's memory, which is taken before any of them: all are set, or none
map_many() {
	attached
	printf 'map replace 10.0.1.%s dev eth0 lladdr %s\n' 1 "$P1" 2 "$P1" 3 "$P2" >"$TEST_TMP/file"
	back() { on_node map flush dev eth0; }
	walk back macnat -n "$NODE" map restore "$TEST_TMP/file"
}

# One stays, one goes to another pod, one goes, one comes, one that was static is not touched
map_sync() {
	attached
	on_node map add 10.0.1.9 dev eth0 lladdr "$P2"
	printf 'map replace 10.0.1.%s dev eth0 lladdr %s\n' 1 "$P1" 2 "$P1" 3 "$P2" >"$TEST_TMP/old"
	printf 'map replace 10.0.1.%s dev eth0 lladdr %s\n' 1 "$P1" 2 "$P2" 4 "$P2" >"$TEST_TMP/new"
	back() { on_node map sync "$TEST_TMP/old"; }
	back
	walk back macnat -n "$NODE" map sync dev eth0 "$TEST_TMP/new"
}

events() {
	local before

	attached
	watch "$TEST_TMP/events" -n "$NODE" -j monitor
	back() { on_node map del 10.0.1.1 dev eth0; }
	walk back macnat -n "$NODE" map add 10.0.1.1 dev eth0 lladdr "$P1"
	before=$(events_lost)
	# a message is two allocations
	check test "$before" -ge 2
	back() { on_node uplink set eth0 guard pass; }
	walk back macnat -n "$NODE" uplink set eth0 guard drop
	check test "$(events_lost)" -ge $((before + 2))
	watch_end TERM
	check_eq "$(jq -r .event "$TEST_TMP/events" | sort -u | xargs)" "added changed deleted lost"
}

events_lost() {
	on_node -j stats show dev eth0 | jq '.[0]["event-lost"]'
}

# A table grows in a worker, where every third allocation fails: rows come all the same
map_grow() {
	local i

	attached
	echo 33 >$FAILSLAB/probability
	echo 33 >$FAILPAGE/probability
	defer fail_workers 0
	fail_workers 1
	for ((i = 0; i < 250; i++)); do
		on_node map add 10.1.1.$i dev eth0 lladdr 06:00:00:01:00:"$(printf %02x $i)"
	done
	fail_workers 0
	check_eq "$(on_node -j map show | jq length)" 250
}

# fail_workers BOOL: whether allocations of the kernel's workers may fail
fail_workers() {
	local comm

	for comm in /proc/[0-9]*/comm; do
		if grep -qs '^kworker' "$comm"; then
			echo "$1" >"${comm%comm}make-it-fail" || :
		fi
	done
}

# what a dump tells, or that it cannot
shows() {
	local object nth total=0

	attached
	on_node map add 10.0.1.1 dev eth0 lladdr "$P1"
	on_node map add 10.0.1.2 dev eth0 lladdr "$P1"
	for object in "uplink show" "map show" "stats show" "map get 10.0.1.1 dev eth0"; do
		for ((nth = 1; ; nth++)); do
			# shellcheck disable=SC2086
			failing "$nth" macnat -n "$NODE" -j $object
			[ "$HIT" = hit ] || break
			check_match "$RC" "^[012]$"
			[ "$RC" != 0 ] || check jq . <<<"$OUT"
		done
		check_eq "$RC" 0 "$object: $ERR"
		total=$((total + nth - 1))
	done
	note "$total allocations failed"
}

# The loader's allocations come first, those of the module's start last
insmod() {
	local cmd nth first failed=0

	cmd=$(type -P insmod)
	rmmod macnat
	allocations "$cmd" "$MACNAT_KO"
	check_eq "$RC" 0
	rmmod macnat
	first=$((COUNT > 250 ? COUNT - 249 : 1))
	for ((nth = first; nth <= COUNT; nth++)); do
		failing "$nth" "$cmd" "$MACNAT_KO"
		if [ "$RC" = 0 ]; then
			rmmod macnat
		else
			failed=$((failed + 1))
		fi
	done
	check_ne "$failed" 0 "loads that failed"
	macnat_load
	note "$((COUNT - first + 1)) of $COUNT allocations failed, loading with $failed of them"
}

ktap_main "$@"
