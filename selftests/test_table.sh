#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The table of mappings: addresses that share a MAC, one that goes from MAC to MAC, pods that are
# known before their address is, and any sequence of changes at all.
#
#	POD1 10.0.1.1 P1 ---.
#	POD2 10.0.1.2 P2 ---[br-ex] N, 10.0.0.1 --- eth0 --- [fabric]--- HOST 10.0.0.100 R
#
# A mapping and the station of its MAC are one object, see struct macnat_entry: what is tested here is
# that either can go without the other.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	shares_mac		# a MAC stays a pod's until the last of its addresses goes, whichever
	moves			# an address goes to another MAC, and back; both have others
	moves_to_known		# ... and to a pod that was known without an address
	known_first		# a pod known without an address gets one, loses it, gets it again
	heard			# a pod with three addresses is heard with each of them by itself
	announced_yet		# an address that is being asked about is announced all the same
	any_changes		# 300 changes at random, seed printed: all that is shown is right
"
export TIMEOUT_any_changes=240

N=02:00:00:00:00:01 P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 R=0a:00:00:00:00:64
BCAST=ff:ff:ff:ff:ff:ff ZERO=00:00:00:00:00:00

test_setup() {
	macnat_load
	topo_small 1 2
	ip -n "$POD1" addr add 10.0.1.11/16 dev eth0
	WIRE=$TEST_TMP/wire.pcap
}

map() {
	macnat -n "$NODE" map "$1" "$2" dev eth0 ${3:+lladdr "$3"}
}

is() {
	check_eq "$(owner "$NODE" "$1")" "$2" "the owner of $1"
}

# reaches IP: from HOST, which has to ask for it
reaches() {
	ip -n "$HOST" neigh flush dev eth0
	ns_exec "$HOST" ping -q -c 1 -W "${2:-5}" "$1" >/dev/null
}

# hidden: P1 is in no frame that POD1 sends, whatever its source
hidden() {
	capture_start "$HOST" eth0 "$WIRE"
	ns_exec "$POD1" ping -q -c 1 -W 5 -I 10.0.1.1 10.0.0.100 >/dev/null || :
	ns_exec "$POD1" ping -q -c 1 -W 5 -I 10.0.1.11 10.0.0.100 >/dev/null || :
	capture_stop "$WIRE"
	check_eq "$(frame find "$WIRE" $P1)" 0 "frames with P1"
	check test "$(frame find "$WIRE" $N)" -gt 0
}

shares_mac() {
	macnat -n "$NODE" uplink add eth0 announce off
	map add 10.0.1.1 $P1
	map add 10.0.1.11 $P1
	has 2 1
	check reaches 10.0.1.1
	check reaches 10.0.1.11

	# the first, which made the station
	map del 10.0.1.1
	has 1 1
	hidden
	check reaches 10.0.1.11
	check_fail reaches 10.0.1.1 1
	map add 10.0.1.1 $P1
	has 2 1
	check reaches 10.0.1.1

	map del 10.0.1.11
	has 1 1
	hidden
	check reaches 10.0.1.1
	map del 10.0.1.1
	has 0 0
	map add 10.0.1.1 $P1
	has 1 1
	check reaches 10.0.1.1
}

moves() {
	macnat -n "$NODE" uplink add eth0 announce off
	map add 10.0.1.1 $P1
	map add 10.0.1.11 $P1
	map add 10.0.1.2 $P2
	map replace 10.0.1.1 $P2
	is 10.0.1.1 $P2
	has 3 2
	hidden
	ip -n "$POD1" addr flush dev eth0
	ip -n "$POD1" addr add 10.0.1.11/16 dev eth0
	ip -n "$POD2" addr add 10.0.1.1/16 dev eth0
	check reaches 10.0.1.1
	check reaches 10.0.1.2
	check reaches 10.0.1.11

	map replace 10.0.1.11 $P2
	has 3 1
	map replace 10.0.1.2 $P1
	map replace 10.0.1.2 $P2
	has 3 1
	check reaches 10.0.1.1
	check reaches 10.0.1.2
	macnat -n "$NODE" map flush dev eth0 lladdr $P2
	has 0 0
}

# nameless POD MAC: makes it known without an address: a frame that is neither ARP nor IP
nameless() {
	ns_exec "$1" frame send eth0 "$R${2}88b500112233445566778899"
}

moves_to_known() {
	macnat -n "$NODE" uplink add eth0 announce off learn on
	nameless "$POD2" $P2
	has 0 1
	map add 10.0.1.1 $P1
	has 1 2
	map replace 10.0.1.1 $P2
	is 10.0.1.1 $P2
	has 1 1
	map replace 10.0.1.1 $P1
	has 1 1
	nameless "$POD2" $P2
	has 1 2
}

known_first() {
	local i

	# those that have got an address do not count any more
	macnat -n "$NODE" uplink add eth0 announce off learn on limit 2
	for i in 1 2 3; do
		nameless "$POD1" $P1
		has 0 1
		check ns_exec "$POD1" ping -q -c 1 -W 5 -I 10.0.1.1 10.0.0.100
		is 10.0.1.1 $P1
		has 1 1
		check ns_exec "$POD1" ping -q -c 1 -W 5 -I 10.0.1.11 10.0.0.100
		has 2 1
		hidden
		macnat -n "$NODE" map flush dev eth0 learned
		has 0 0
	done
}

# data LAST: a UDP frame from 10.9.0.LAST
data() {
	ipv4_frame $R $P1 "10.9.0.$1"
}

idle() {
	macnat -n "$NODE" -j map get "10.9.0.$1" dev eth0 | jq '.[0].idle'
}

heard() {
	local first other

	macnat -n "$NODE" uplink add eth0 announce off learn on
	ns_exec "$POD1" frame send eth0 "$(data 1)" "$(data 2)" "$(data 3)"
	has 3 1
	for first in 1 2 3; do
		other=$((first % 3 + 1))
		busywait 10 older 1 2 3
		# two of them in turn, so that neither is always the one before
		ns_exec "$POD1" frame send eth0 "$(data $first)" "$(data $other)" "$(data $first)" "$(data $other)"
		check test "$(idle $first)" -lt 2
		check test "$(idle $other)" -lt 2
		check test "$(idle $((other % 3 + 1)))" -ge 2
	done
}

# older NUMBER...: all of them were not heard for 2 s
older() {
	local i

	for i; do
		[ "$(idle "$i")" -ge 2 ] || return 1
	done
}

# announcements of 10.0.1.1 to HOST so far
announcements() {
	frame find "$WIRE" "$(arp_frame $BCAST $N 1 $N 10.0.1.1 $ZERO 10.0.1.1)"
}

announced_yet() {
	macnat -n "$NODE" uplink add eth0 learn on heal off
	check ns_exec "$POD2" ping -q -c 1 -W 5 10.0.0.100
	# each address by a request and a reply, twice
	busywait 10 stat_is "$NODE" eth0 announce-sent 4
	capture_start "$HOST" eth0 "$WIRE" arp
	ns_exec "$POD1" frame send eth0 "$(arp_frame $BCAST $P1 1 $P1 10.0.1.1 $ZERO 10.0.1.1)"
	is 10.0.1.1 $P1
	# another pod uses it, just before it is announced for the second time: POD1 is asked
	sleep 1.7
	ns_exec "$POD2" frame send eth0 "$(ipv4_frame $R $P2 10.0.1.1)"
	check_eq "$(stat "$NODE" eth0 learn-refused)" 1 learn-refused
	busywait 20 stat_is "$NODE" eth0 announce-sent 8
	check test "$(stat "$NODE" eth0 out-answer)" -gt 0
	capture_stop "$WIRE"
	# the pod's own, with the node MAC, looks the same
	check_eq "$(announcements)" 3 "announcements of 10.0.1.1, with its own"
	is 10.0.1.1 $P1
}

IPS=(10.7.0.1 10.7.0.2 10.7.0.3 10.7.0.4 2001:db8::1 2001:db8::2)

# one_change: at random, and what it must do to $owner
one_change() {
	local ip=${IPS[RANDOM % 6]} mac=06:00:00:00:07:0$((RANDOM % 4)) want=0 rc=0 i

	case $((RANDOM % 10)) in
	[0-2])
		[ -z "${owner[$ip]-}" ] || want=2
		map add "$ip" $mac >/dev/null 2>&1 || rc=$?
		[ $want != 0 ] || owner[$ip]=$mac
		;;
	[3-5])
		map replace "$ip" $mac || rc=$?
		owner[$ip]=$mac
		;;
	[6-7])
		[ -n "${owner[$ip]-}" ] || want=2
		map del "$ip" >/dev/null 2>&1 || rc=$?
		unset "owner[$ip]"
		;;
	8)
		[ "${owner[$ip]-}" = "$mac" ] || want=2
		map del "$ip" $mac >/dev/null 2>&1 || rc=$?
		[ $want != 0 ] || unset "owner[$ip]"
		;;
	9)
		[ $((RANDOM % 3)) = 0 ] || return 0
		macnat -n "$NODE" map flush dev eth0 lladdr $mac || rc=$?
		for i in "${!owner[@]}"; do
			[ "${owner[$i]}" != "$mac" ] || unset "owner[$i]"
		done
		;;
	esac
	check_eq $rc $want "exit status of a change of $ip, $mac"
}

# What is shown is $owner, in order
as_owned() {
	local i macs want='' ip

	for ip in "${IPS[@]}"; do
		[ -z "${owner[$ip]-}" ] || want+="$ip ${owner[$ip]}"$'\n'
	done
	check_eq "$(macnat -n "$NODE" -j map show dev eth0 | jq -r '.[] | "\(.ip) \(.lladdr)"')" \
		"${want%$'\n'}" "all mappings"
	macs=$(printf '%s\n' "${owner[@]}" | sort -u | grep -c . || :)
	has ${#owner[@]} "$macs"
}

any_changes() {
	local -A owner=()
	local i seed=${TABLE_SEED:-$RANDOM}

	note "TABLE_SEED=$seed"
	RANDOM=$seed
	macnat -n "$NODE" uplink add eth0 announce off
	for ((i = 1; i <= 300; i++)); do
		one_change
		[ $((i % 5)) != 0 ] || as_owned
	done
	macnat -n "$NODE" map flush dev eth0 static
	has 0 0
}

ktap_main "$@"
