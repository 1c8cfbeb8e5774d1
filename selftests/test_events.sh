#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Events on their way: who listens, or what is done with a message as it is delivered, holds up nobody's frames;
# requests wait for slow listeners, frames do not, and what is lost is said.
#
#	[eth0] NODE	eth0 is a dummy: what is sent to it are the frames of pods
#
# A listener is made slow by a filter on its socket, see src/listen.c.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	order			# of an uplink and its mappings, whatever waits to be told
	many_listeners		# a flush and a batch: nothing is lost, and in order
	overflow		# more frames than can be told of: counted, and said; requests are told all the same
	unload			# what waits is told before the module goes
	tapped			# any user: what is told is sent to the uplink that it is about
"

N=02:00:00:00:00:01 P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 R=0a:00:00:00:00:64

test_setup() {
	macnat_load
	ns_new NODE
	topo_sysctl "$NODE"
	ip -n "$NODE" link add eth0 up address $N type dummy
	LOG=$TEST_TMP/log
}

m() {
	macnat -n "$NODE" "$@"
}

# attached: eth0, which learns and does not announce
attached() {
	m uplink add eth0 learn on announce off
}

# listens COUNT INSTRUCTIONS: so many listeners, as slow as that; sets SLOW
listens() {
	ip netns exec "$NODE" listen "$@" >"$TEST_TMP/listen" &
	SLOW=$!
	busywait 20 grep -q listening "$TEST_TMP/listen"
}

# pods N: so many pods send their first frame
pods() {
	ns_exec "$NODE" frame forge eth0 "$1" "$(ipv4_frame $R 06:ff:00:00:00:00 11.0.0.0)"
}

# many COMMAND COUNT: lines of a batch
many() {
	awk -v n="$2" -v cmd="$1" -v mac=$P1 'BEGIN { for (i = 0; i < n; i++)
		printf "%s 10.1.%d.%d dev eth0 lladdr %s\n", cmd, int(i / 256), i % 256, mac }'
}

# told JQ: of each event in the log, in a row, those alike once
told() {
	jq -r "$1" "$LOG" | uniq | xargs
}

# count EVENT: how many of them are in the log
count() {
	jq -r .event "$LOG" | grep -cx "$1" || :
}

count_is() {
	[ "$(count "$1")" = "$2" ]
}

order() {
	watch "$LOG" -n "$NODE" -j monitor
	attached
	m map add 10.0.1.1 dev eth0 lladdr $P1
	m map replace 10.0.1.1 dev eth0 lladdr $P2
	m map del 10.0.1.1 dev eth0
	listens 50 1000
	pods 300
	m uplink set eth0 guard drop
	pods 1
	m uplink del eth0
	busywait 20 count_is gone 1
	check_eq "$(told .event)" "attached added moved deleted added changed gone"
	check_eq "$(count added)" 301
	watch_end TERM
}

many_listeners() {
	attached
	many "map add" 1500 >"$TEST_TMP/batch"
	m -b "$TEST_TMP/batch"
	m -j map show | jq -r '.[].ip' >"$TEST_TMP/shown"
	watch "$LOG" -n "$NODE" -j monitor map
	listens 50 200
	m map flush dev eth0
	# all of it has come before the answer
	kill "$SLOW"
	watch_end TERM
	check_eq "$(told .event)" deleted
	check cmp "$TEST_TMP/shown" <(jq -r .ip "$LOG")

	watch "$LOG" -n "$NODE" -j monitor map
	listens 50 200
	m map sync "$TEST_TMP/batch"
	kill "$SLOW"
	watch_end TERM
	check_eq "$(told .event)" added
	check cmp "$TEST_TMP/shown" <(jq -r .ip "$LOG")
	check_eq "$(stat "$NODE" eth0 event-lost)" 0
}

overflow() {
	local lost

	attached
	many "map add" 200 >"$TEST_TMP/batch"
	m -b "$TEST_TMP/batch"
	watch "$LOG" -n "$NODE" -j monitor map
	listens 100 2000
	pods 3000
	check_eq "$(stat "$NODE" eth0 learn-added)" 3000
	lost=$(stat "$NODE" eth0 event-lost)
	check test "$lost" -gt 500
	# frames have half of the queue, there is room for what is asked for
	m map flush static
	check_eq "$(stat "$NODE" eth0 event-lost)" "$lost"
	kill "$SLOW"
	busywait 20 count_is deleted 200
	check_eq "$(count added)" $((3000 - lost))
	check test "$(count lost)" -ge 1
	# and it goes on
	m map add 10.0.1.1 dev eth0 lladdr $P1
	pods 3001
	busywait 20 count_is added $((3000 - lost + 2))
	check_eq "$(stat "$NODE" eth0 event-lost)" "$lost"
	watch_end TERM
}

unload() {
	local rc=0

	[ -n "${MACNAT_GUEST:-}" ] || skip "the module is in use here"
	attached
	watch "$LOG" -n "$NODE" -j monitor
	listens 50 1000
	pods 300
	check rmmod macnat
	wait "$WATCH" || rc=$?
	check_eq "$rc" 3 "exit status of monitor"
	check_eq "$(cat "$LOG.err")" "macnat: the macnat module has been unloaded"
	check_eq "$(told .event)" added
	check_eq "$(count added)" 300
	macnat_load
}

# tap DIR: all that netlink says here, also macnat's events, is sent to d0
tap() {
	local log=$1/log

	ip link add d0 up type dummy
	macnat uplink add d0 learn on
	ip link add nlmon0 up type nlmon
	nft -f - <<-END
		table netdev t {
			chain c {
				type filter hook egress device nlmon0 priority 0;
				fwd to d0
			}
		}
	END
	watch "$log" monitor map
	macnat map add 10.0.0.1 dev d0 lladdr 02:00:00:00:00:01
	macnat map flush dev d0
	watch_end TERM
	grep -E '^(Added|Deleted) ' "$log"
	ip -j -s link show d0 | jq -r '"sent \(.[0].stats64.tx.packets > 0)"'
}

tapped() {
	local user="setpriv --reuid 65534 --regid 65534 --clear-groups"

	need setpriv nft
	# shellcheck disable=SC2086
	$user unshare -Urn true || skip "no user namespaces for users here"
	mkdir -m 700 "/tmp/${NODE}"
	defer rm -r "/tmp/${NODE}"
	chown 65534:65534 "/tmp/${NODE}"
	export -f tap watch watch_end busywait __usec check_eq __fail __where
	export TIME_SCALE TEST_TMP
	# shellcheck disable=SC2016,SC2086
	run $user unshare -Urn bash -eEc 'tap "$1"' - "/tmp/${NODE}"
	check_eq "$RC" 0
	check_eq "$OUT" "Added 10.0.0.1 dev d0 lladdr 02:00:00:00:00:01 local static
Deleted 10.0.0.1 dev d0 lladdr 02:00:00:00:00:01 local static
sent true"
}

ktap_main "$@"
