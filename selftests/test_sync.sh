#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# All synced mappings of an uplink are replaced at once: what that does, and that no frame ever meets
# some of the old ones and some of the new ones.
#
#	POD1 10.0.1.1 P1 ---.
#	POD2 10.0.1.2 P2 ---[br-ex] N, 10.0.0.1 --- eth0 --- [fabric]--- HOST 10.0.0.100 R

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	replaces		# what is named is synced, what is not goes; static and learned ones
	refused			# one line is wrong, or the kernel refuses it: nothing changes
	uplinks			# each gets its own, one alone if that is asked for
	events			# what monitors are told, and peers
	events_amid		# ... of mappings that are deleted right after the turn
	large			# 30000 at once, and none
	unchanged		# what is so already disturbs no dump
	killed			# the process amid of it: all is as before, or done
	frames_in		# frames to the first and the last of thousands turn to another pod together
	frames_out		# ... and another MAC is the pod, without a frame of both
	busy			# mappings are learned, added, deleted, dumped all the time
	uplink_goes		# while it is being synced
"
# shellcheck disable=SC2034
TIMEOUT_killed=120 TIMEOUT_frames_in=120 TIMEOUT_frames_out=120 TIMEOUT_busy=120 TIMEOUT_uplink_goes=120

N=02:00:00:00:00:01 P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 R=0a:00:00:00:00:64
P3=06:00:00:00:01:03
TURNS=20

test_setup() {
	macnat_load
	topo_small 1 2
}

m() {
	macnat -n "$NODE" "$@"
}

# sync LINE...: "IP MAC [WORD...]", to be the synced mappings of eth0
sync() {
	lines "$@" | m map sync dev eth0
}

lines() {
	local line

	for line; do
		# shellcheck disable=SC2086
		set -- $line
		echo "map replace $1 dev eth0 lladdr $2 ${*:3}"
	done
}

# table: all mappings, as "IP MAC ORIGIN"
table() {
	m -j map show dev eth0 | jq -r '.[] | "\(.ip) \(.lladdr) \(.origin)"'
}

replaces() {
	m uplink add eth0 announce off learn on
	m map add 10.0.1.9 dev eth0 lladdr $P1
	sync "10.0.1.5 $P1" "10.0.1.6 $P2" "2001:db8::5 $P1 vlan 5"
	check_eq "$(table)" "10.0.1.5 $P1 synced
10.0.1.6 $P2 synced
10.0.1.9 $P1 static
2001:db8::5 $P1 synced"
	has 4 2

	# one stays, one goes to another pod, one is gone, two come; static and the same is no matter
	sync "10.0.1.5 $P1" "10.0.1.6 $P1" "10.0.1.7 $P3" "10.0.1.8 $P1" "10.0.1.9 $P1" "10.0.1.5 $P1"
	check_eq "$(table)" "10.0.1.5 $P1 synced
10.0.1.6 $P1 synced
10.0.1.7 $P3 synced
10.0.1.8 $P1 synced
10.0.1.9 $P1 static"
	has 5 2

	# what was learned is the orchestrator's now, with the pod that it says; and no pod's word counts
	ns_exec "$POD1" ping -q -c 1 -W 5 10.0.0.100 >/dev/null
	ns_exec "$POD2" ping -q -c 1 -W 5 10.0.0.100 >/dev/null
	check_eq "$(m -j map show dev eth0 learned | jq -c 'map(.ip)')" '["10.0.1.1","10.0.1.2"]'
	sync "10.0.1.1 $P1" "10.0.1.2 $P3"
	check_eq "$(table)" "10.0.1.1 $P1 synced
10.0.1.2 $P3 synced
10.0.1.9 $P1 static"
	check_eq "$(m -j uplink show | jq '.[0].learned')" 0
	ns_exec "$POD2" ping -q -c 1 -W 1 10.0.0.100 >/dev/null || :
	check_eq "$(owner "$NODE" 10.0.1.2)" $P3
	check test "$(stat "$NODE" eth0 learn-refused)" -gt 0

	# the operator's word does
	check_fail m map add 10.0.1.2 dev eth0 lladdr $P2
	m map replace 10.0.1.2 dev eth0 lladdr $P2
	m map del 10.0.1.1 dev eth0
	sync
	check_eq "$(table)" "10.0.1.2 $P2 static
10.0.1.9 $P1 static"
	# ... whatever a sync says of it
	run sync "10.0.1.5 $P1" "10.0.1.9 $P2" "10.0.1.9 $P2"
	check_eq "$RC" 0
	check_eq "$ERR" "macnat: warning: static mappings stay, some are to another lladdr"
	check_eq "$(table)" "10.0.1.2 $P2 static
10.0.1.5 $P1 synced
10.0.1.9 $P1 static"
	sync
	m map flush dev eth0 static
	has 0 0

	# ... and is not needed for all that is there
	sync "10.0.1.1 $P1" "10.0.1.2 $P2"
	m map flush dev eth0 synced
	has 0 0
}

refused() {
	local before

	m uplink add eth0
	m map add 10.0.1.9 dev eth0 lladdr $P1
	sync "10.0.1.5 $P1" "10.0.1.6 $P2"
	before=$(table)
	run sync "10.0.1.5 $P2" "10.0.1.6 $P2" "10.0.1.5 $P1"
	check_eq "$RC" 2
	check_match "$ERR" '^macnat: -:3: "10.0.1.5": the address is named before, with another lladdr$'
	run sync "10.0.1.7 $P2" "10.0.1.8 $N"
	check_match "$ERR" "^macnat: -:2: \"$N\": this is a MAC of the node itself"
	run sync "10.0.1.7 $P2" "10.0.0.1 $P2"
	check_match "$ERR" "^macnat: -:2: \"10.0.0.1\": this is the node's own IP address"
	run sync "10.0.1.7 $P2" "127.0.0.1 $P2"
	check_match "$ERR" "^macnat: -:2: \"127.0.0.1\": no pod can have this IP address"
	run sync "10.0.1.7 $P2" "10.0.1.300 $P2"
	check_eq "$RC" 1
	check_match "$ERR" '^macnat: -:2: "10.0.1.300" is not an IP address'
	check_eq "$(table)" "$before"
	has 3 2

	# a pod that was known without an address is known as before
	m uplink set eth0 learn on
	ns_exec "$POD1" frame send eth0 "$R${P3}88b500112233"
	has 3 3
	run sync "10.0.1.7 $P3" "10.0.1.8 $P3" "127.0.0.1 $P2"
	check_eq "$RC" 2
	has 3 3
	m uplink set eth0 learn off guard drop
	ns_exec "$POD1" frame send eth0 "$R${P3}88b500112233"
	check_eq "$(stat "$NODE" eth0 out-guard-drop)" 0
	m uplink set eth0 guard pass

	# and it still works
	sync "10.0.1.5 $P2" "10.0.1.7 $P3"
	has 3 3
	sync "10.0.1.5 $P2"
	has 2 2
	# nothing of it is left among those that age
	m uplink set eth0 learn on ageing 5
	ns_exec "$POD1" frame send eth0 "$R${P3}88b500112233"
	has 2 3
	run sync "10.0.1.5 $P2" "10.0.1.7 $P3" "127.0.0.1 $P2"
	has 2 3
	busywait 20 aged
	has 2 2
	m uplink del eth0
	run m map sync dev eth0 /dev/null
	check_eq "$RC" 2
	check_match "$ERR" '^macnat: "eth0": macnat is not attached to this device'
}

aged() {
	[ "$(m -j uplink show dev eth0 | jq '.[0].stations')" = 2 ]
}

uplinks() {
	local file=$TEST_TMP/file

	ip -n "$NODE" link add eth1 type dummy
	ip -n "$NODE" link set eth1 up
	m uplink add eth0
	m uplink add eth1
	printf 'map add 10.0.1.%s dev eth%s lladdr %s\n' 1 0 $P1 1 1 $P2 2 1 $P2 >"$file"
	m map sync "$file"
	check_eq "$(m map show synced | wc -l)" 3
	# another name of the device is the device
	ip -n "$NODE" link property add dev eth1 altname lan1
	m map sync "$file" dev lan1
	m map sync dev eth1 <<<"map add 10.0.1.1 dev lan1 lladdr $P2
map add 10.0.1.2 dev lan1 lladdr $P2"
	check_eq "$(m map show synced | wc -l)" 3
	m map sync dev eth1 <<<"map add 10.0.1.1 dev eth0 lladdr $P3"
	check_eq "$(m -j map show | jq -c 'map([.dev, .lladdr])')" "[[\"eth0\",\"$P1\"]]"
	m map sync "$file" dev eth0
	check_eq "$(m map show synced | wc -l)" 1
	m map sync "$file"
	m map sync - <<<"# nobody"
	check_eq "$(m map show | wc -l)" 0

	# one that is no uplink, and the others are left alone
	echo "map add 10.0.1.1 dev lo lladdr $P1" >>"$file"
	run m map sync "$file"
	check_eq "$RC" 1
	check_match "$ERR" "^macnat: $file:4: \"lo\" is not an uplink, see: macnat uplink add\$"
	check_eq "$(m map show | wc -l)" 0
}

events() {
	local log=$TEST_TMP/monitor

	m uplink add eth0
	sync "10.0.1.5 $P1" "10.0.1.6 $P2" "10.0.1.7 $P2"
	busywait 10 stat_is "$NODE" eth0 announce-sent 12
	watch "$log" -n "$NODE" -j monitor map
	sync "10.0.1.5 $P1" "10.0.1.6 $P1" "10.0.1.8 $P2"
	busywait 10 has_lines "$log" 3
	check_eq "$(jq -r '"\(.event) \(.ip) \(.lladdr) \(.other // "-")"' "$log" | sort)" "added 10.0.1.8 $P2 -
deleted 10.0.1.7 $P2 -
moved 10.0.1.6 $P1 $P2"
	# what was there is not announced again: two addresses, a request and a reply, twice
	busywait 10 stat_is "$NODE" eth0 announce-sent 20
	sleep 3
	check stat_is "$NODE" eth0 announce-sent 20
	watch_end TERM
}

# Operators see what a sync has brought before monitors are told of it: others are told of before
events_amid() {
	local log=$TEST_TMP/monitor all=$TEST_TMP/all round

	m uplink add eth0 announce off
	many 8000 $P1 >"$all"
	m map sync "$all"
	watch "$log" -n "$NODE" -j monitor map
	ns_exec "$NODE" sh -c "while [ ! -e '$TEST_TMP/stop' ]; do
			echo map del 10.9.1.5 dev eth0 lladdr $P2
			echo map del 10.9.1.6 dev eth0 lladdr $P2
		done | macnat -force -b - || :" 2>"$TEST_TMP/refused" &
	for ((round = 1; round <= 5; round++)); do
		{ cat "$all"; lines "10.9.1.5 $P1" "10.9.1.7 $P1"; } | m map sync
		{ cat "$all"; lines "10.9.1.5 $P2" "10.9.1.6 $P2" "10.9.1.7 $P1"; } | m map sync
		busywait 10 are_gone 10.9.1.5 10.9.1.6
	done
	: >"$TEST_TMP/stop"
	wait $!
	check grep -q 10.9.1.6 "$TEST_TMP/refused"
	busywait 10 has_lines "$log" 26
	check_eq "$(jq -r '"\(.event) \(.ip) \(.lladdr) \(.other // "-")"' "$log" | sort | uniq -c |
		sed 's/^ *//')" "5 added 10.9.1.5 $P1 -
5 added 10.9.1.6 $P2 -
1 added 10.9.1.7 $P1 -
5 deleted 10.9.1.5 $P2 -
5 deleted 10.9.1.6 $P2 -
5 moved 10.9.1.5 $P2 $P1"
	watch_end TERM
}

# are_gone IP...: no mapping has it
are_gone() {
	local ip

	for ip; do
		! m map get "$ip" dev eth0 >/dev/null 2>&1 || return 1
	done
}

has_lines() {
	[ "$(wc -l <"$1")" = "$2" ]
}

# many COUNT MAC: lines of addresses in a row
many() {
	awk -v n="$1" -v mac="$2" 'BEGIN { for (i = 0; i < n; i++)
		printf "map add 10.%d.%d.%d dev eth0 lladdr %s\n", 1 + int(i / 65536), int(i / 256) % 256, i % 256, mac }'
}

large() {
	m uplink add eth0 announce off
	many 30000 $P1 | m map sync
	has 30000 1
	many 30000 $P1 | m map sync
	many 20000 $P2 | m map sync
	has 20000 1
	check_eq "$(m -j map show lladdr $P2 synced | jq length)" 20000
	check_eq "$(owner "$NODE" 10.1.78.31)" $P2
	check_eq "$(owner "$NODE" 10.1.78.32)" none
	m map sync /dev/null
	has 0 0
}

# amid LINE-FILE: is a dump of all mappings begun anew since that was synced meanwhile?
amid() {
	ns_exec "$NODE" request -d -a "macnat map sync $1 dev eth0" map-get
}

unchanged() {
	m uplink add eth0 announce off
	m map add 10.0.1.9 dev eth0 lladdr $P2
	many 5000 $P1 >"$TEST_TMP/a"
	many 5000 $P2 >"$TEST_TMP/b"
	m map sync "$TEST_TMP/a"
	check_eq "$(amid "$TEST_TMP/a")" "done"
	check_eq "$(amid "$TEST_TMP/b")" "done again"
	check_eq "$(amid "$TEST_TMP/b")" "done"
	# what was named is no longer, when the next one says so
	check_eq "$(amid /dev/null)" "done again"
	has 1 1
	check_eq "$(amid /dev/null)" "done"
	m map sync "$TEST_TMP/a"
	has 5001 2
}

# has_turned: the synced mappings are those of one of both
has_turned() {
	local now

	now=$(m -j map show dev eth0 synced | jq -c 'group_by(.lladdr) | map([.[0].lladdr, length])')
	check_match "$now" "^\[\[\"($P1|$P2)\",4000\]\]$"
}

killed() {
	local i before after undone=0 took

	many 4000 $P1 >"$TEST_TMP/a"
	many 4000 $P2 >"$TEST_TMP/b"
	m uplink add eth0 announce off
	m map sync "$TEST_TMP/b"
	took=$(date +%s%N)
	m map sync "$TEST_TMP/a"
	took=$((($(date +%s%N) - took) / 1000000))
	for ((i = 0; i < 12; i++)); do
		before=$(owner "$NODE" 10.1.0.1)
		# itself, and no shell of its own
		macnat -n "$NODE" map sync "$TEST_TMP/$([ "$before" = $P1 ] && echo b || echo a)" &
		sleep "$(printf %d.%03d $((i * took / 9000)) $((i * took / 9 % 1000)))"
		kill -9 $! 2>/dev/null || :
		wait $! 2>/dev/null || :
		has_turned
		after=$(owner "$NODE" 10.1.0.1)
		[ "$before" != "$after" ] || undone=$((undone + 1))
	done
	note "$undone of $i were undone or not begun"
	# none is left
	m map sync "$TEST_TMP/a"
	m map sync "$TEST_TMP/b"
	check_eq "$(owner "$NODE" 10.1.0.1)" $P2
	has 4000 1
}

# turn FILE FILE...: syncs with these in turn
turn() {
	local i

	for ((i = 0; i < TURNS; i++)); do
		m map sync "${@:1 + i % $#:1}"
	done
}

# turn_amid SENDER: while that process sends, which ends then; the capture is complete
turn_amid() {
	sleep 0.5
	turn "$TEST_TMP/a" "$TEST_TMP/b"
	sleep 0.5
	kill "$1"
	capture_stop "$WIRE"
}

# turns EXPRESSION: how often sed makes something else of a capture's line than of the line before
turns() {
	tcpdump -enqr "$WIRE" 2>/dev/null | sed -E "$1" |
		awk 'NR > 1 && $0 != last { n++ } { last = $0 } END { print n + 0, NR }'
}

# A second MAC behind POD1's port; frames to both are seen there, in the order in which they came
both_at_pod1() {
	bridge -n "$NODE" fdb replace $P2 dev pod1 master static
	bridge -n "$NODE" fdb replace $P1 dev pod1 master static
	many 4000 $P1 >"$TEST_TMP/a"
	many 4000 $P2 >"$TEST_TMP/b"
	WIRE=$TEST_TMP/wire.pcap
}

frames_in() {
	local count frames

	both_at_pod1
	m uplink add eth0 announce off
	m map sync "$TEST_TMP/b"
	ns_exec "$POD1" ip link set eth0 promisc on
	capture_start "$POD1" eth0 "$WIRE" udp
	ip netns exec "$HOST" frame cycle eth0 "$(ipv4_frame $N $R 10.0.0.100 10.1.0.0)" \
		"$(ipv4_frame $N $R 10.0.0.100 10.1.15.159)" "$(ipv4_frame $N $R 10.0.0.100 10.1.8.0)" &
	turn_amid $!
	read -r count frames < <(turns 's/.* > ([^ ,]*), .*/\1/')
	note "$frames frames"
	check test "$frames" -gt $((TURNS * 10))
	check_eq "$count" "$TURNS" "turns of frames from pod to pod"
}

frames_out() {
	local count frames always

	both_at_pod1
	echo "map add 10.2.0.1 dev eth0 lladdr $P3" | tee -a "$TEST_TMP/a" >>"$TEST_TMP/b"
	echo "map add 10.2.0.2 dev eth0 lladdr $P3" >>"$TEST_TMP/a"
	m uplink add eth0 announce off guard drop
	m map sync "$TEST_TMP/b"
	capture_start "$HOST" eth0 "$WIRE" ether proto 0x88b5 or ether proto 0x88b6 or ether proto 0x88b7
	# with an IP address, they would have to be of its pod, too
	ip netns exec "$POD1" frame cycle eth0 "$R${P1}88b500112233" "$R${P3}88b700112233" \
		"$R${P2}88b600112233" &
	turn_amid $!
	check_eq "$(frame find "$WIRE" $P1)" 0
	check_eq "$(frame find "$WIRE" $P2)" 0
	check_eq "$(frame find "$WIRE" $P3)" 0
	read -r count frames < <(turns '/\(0x88b[56]\)/!d; s/.*\(0x(88b[56])\).*/\1/')
	always=$(($(frame count "$WIRE") - frames))
	note "$frames frames"
	check test "$frames" -gt $((TURNS * 10))
	check_eq "$count" "$TURNS" "turns of the MAC that is the pod"
	# a pod that keeps one of its addresses is one all the time: either of the others sends as many
	note "$always frames of a pod that stays"
	check test $((always - frames)) -le $((TURNS + 2))
	check test $((frames - always)) -le $((TURNS + 2))
}

# Until the test says stop
worker() {
	while [ ! -e "$TEST_TMP/stop" ]; do
		"$1" || { echo "$1" >>"$TEST_TMP/failed"; return; }
	done
}

# addresses of the sync, and their neighbours: 10.1.0.0/20
crowd() {
	ip netns exec "$POD1" frame forge eth0 100 "${R}0601000000000800450000200000000040110000 0a000000
		0a000064 12345678000c0000 c0ffee00"
	ip netns exec "$POD2" frame send eth0 \
		"$(ipv4_frame $R $P2 "10.1.$((RANDOM % 16)).$((RANDOM % 256))")" \
		"$(ipv4_frame $R $P1 "10.1.$((RANDOM % 16)).$((RANDOM % 256))")"
}

operator() {
	local ip=10.1.$((RANDOM % 16)).$((RANDOM % 256))

	m map replace $ip dev eth0 lladdr 06:00:00:00:01:0$((1 + RANDOM % 3))
	m map del $ip dev eth0
	m map del 10.1.$((RANDOM % 16)).$((RANDOM % 256)) dev eth0 2>/dev/null || :
	m map flush dev eth0 learned
}

# either all of one, or all of the other, but for what the operator does
dump() {
	local found

	if ! m -j map show dev eth0 synced >"$TEST_TMP/dump" 2>"$TEST_TMP/dump.err"; then
		grep -q "changes faster than it can be read" "$TEST_TMP/dump.err"
		return
	fi
	echo >>"$TEST_TMP/dumps"
	found=$(jq -r '.[].lladdr' "$TEST_TMP/dump" | sort | uniq -c | awk '{ print $1 }')
	[[ $found == [34]??? ]] || { echo "synced mappings of a dump: $found" >>"$TEST_TMP/failed"; return 1; }
}

busy() {
	local name pids=()

	both_at_pod1
	m uplink add eth0 announce off learn on
	m map sync "$TEST_TMP/b"
	for name in crowd operator dump; do
		worker $name 2>>"$TEST_TMP/failed" &
		pids+=($!)
	done
	turn "$TEST_TMP/a" "$TEST_TMP/b"
	: >"$TEST_TMP/stop"
	wait "${pids[@]}"
	check_eq "$(cat "$TEST_TMP/failed")" "" "what went wrong meanwhile"
	note "$(wc -l <"$TEST_TMP/dumps") dumps"
	m map sync "$TEST_TMP/a"
	check_eq "$(m -j map show dev eth0 synced | jq 'map(select(.lladdr == "'$P1'")) | length')" 4000
	check_eq "$(m -j uplink show | jq '.[0].entries')" "$(m -j map show | jq length)"
	m map sync /dev/null
	m map flush dev eth0
	check_eq "$(m -j uplink show | jq -c '.[0] | [.entries, .learned]')" "[0,0]"
	m uplink del eth0
	macnat_unused
}

uplink_goes() {
	local i gone=0

	many 20000 $P1 >"$TEST_TMP/a"
	for ((i = 0; i < 10; i++)); do
		m uplink add eth0
		sync "10.0.1.5 $P1"
		m map sync "$TEST_TMP/a" 2>"$TEST_TMP/err" &
		sleep 0.$((RANDOM % 10))
		m uplink del eth0
		wait $! || gone=$((gone + 1))
		check_match "$(cat "$TEST_TMP/err")" "^(macnat: .*(not attached to this device|has gone meanwhile|is not an uplink).*)?$"
	done
	note "$gone of $i syncs lost their uplink"
	macnat_unused
}

ktap_main "$@"
