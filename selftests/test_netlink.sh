#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Requests of other programs than macnat(8), which sends none of these: each is refused with a sentence
# and points at the attribute that is wrong, and changes nothing.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	incomplete		# what a request must name
	contradictory		# attributes of which only one can be meant
	values			# ... that none can have
	strict			# unknown attributes, lengths, nests
	many			# which of many mappings was refused, and what has come of the others
	dumps			# filters
	ifindex			# values that no uplink has
	last_of_datagram	# what takes long is refused if another message is behind it
"

N=02:00:00:00:00:01 P1=06:00:00:00:01:01 R=0a:00:00:00:00:64
A=hex:0a000105 A6=hex:20010db8000000000000000000000005 P=hex:${P1//:/}

test_setup() {
	macnat_load
	topo_small 1
	DEV=ifindex=u32:$(ns_exec "$NODE" cat /sys/class/net/eth0/ifindex)
	macnat -n "$NODE" uplink add eth0
}

# answers ANSWER REQUEST...: that is what comes
answers() {
	check_eq "$(ns_exec "$NODE" request "${@:2}")" "$1" "request ${*:2}"
}

# refuses ANSWER REQUEST...: and it changes nothing
refuses() {
	local before

	before=$(state)
	answers "$@"
	check_eq "$(state)" "$before" "after request ${*:2}"
}

state() {
	macnat -n "$NODE" -j uplink show
	macnat -n "$NODE" -j map show
}

incomplete() {
	local uplink="EINVAL: the request does not name an uplink" ip="the request does not name an IP address"
	local mac="the request does not name the pod's MAC address"

	refuses "EINVAL: the request does not name a device" uplink-add
	refuses "$uplink" uplink-set "guard=u32:1"
	refuses "$uplink" uplink-del
	refuses "$uplink" map-add "ipv4=$A" "lladdr=$P"
	refuses "$uplink" map-get "ipv4=$A"
	refuses "$uplink" map-sync mapping [ "ipv4=$A" "lladdr=$P" ]
	refuses "$uplink" stats-get
	refuses "EINVAL: $ip" map-add "$DEV"
	refuses "EINVAL: $ip" map-add "$DEV" "lladdr=$P"
	refuses "EINVAL: $ip" map-del "$DEV"
	refuses "EINVAL: $ip" map-get "$DEV"
	refuses "EINVAL: $mac" map-add "$DEV" "ipv4=$A"
	refuses "EINVAL at mapping: $mac" map-replace "$DEV" mapping [ "ipv4=$A" ]
	refuses "EINVAL at mapping: $ip" map-sync "$DEV" mapping [ "lladdr=$P" ]
	refuses "EINVAL at mapping: $ip" map-add "$DEV" mapping [ ]
}

contradictory() {
	local two="the request names two IP addresses" inner="EINVAL at inner-vlan: an inner VLAN needs an outer one"

	refuses "EINVAL at node: the node MAC is either given or auto" uplink-set "$DEV" "node=$P" "node-auto=flag"
	refuses "EINVAL: $two" map-add "$DEV" "ipv4=$A" "ipv6=$A6" "lladdr=$P"
	refuses "EINVAL at mapping: $two" map-sync "$DEV" mapping [ "ipv4=$A" "ipv6=$A6" "lladdr=$P" ]
	refuses "EINVAL: the request names one mapping and many" map-add "$DEV" "ipv4=$A" "lladdr=$P" \
		mapping [ "ipv4=$A" "lladdr=$P" ]
	refuses "$inner" map-add "$DEV" "ipv4=$A" "lladdr=$P" "inner-vlan=u16:5"
	refuses "$inner" map-flush "$DEV" "inner-vlan=u16:5"
	refuses "EINVAL at prefix-len: a prefix length needs an IP address" map-flush "prefix-len=u8:8"
}

values() {
	local attached="ENODEV at ifindex: macnat is not attached to this device: see macnat uplink add" value
	local unicast="not a unicast MAC address" pod="EINVAL at ipv4: no pod can have this IP address"

	refuses "ENODEV at ifindex: there is no such device" uplink-add "ifindex=u32:4000000000"
	refuses "$attached" uplink-set "ifindex=u32:4000000000" "guard=u32:1"
	refuses "$attached" uplink-del "ifindex=u32:0"
	for value in mode=u32:2 guard=u32:3 flood=u32:2 learn=u8:2 announce=u8:2 heal=u8:2 ageing=u32:4 limit=u32:0; do
		refuses "ERANGE at ${value%=*}: integer out of range" uplink-set "$DEV" "$value"
	done
	refuses "EINVAL at node: $unicast" uplink-set "$DEV" "node=hex:010000000000"
	for value in 000000000000 ffffffffffff 010000000001; do
		refuses "EINVAL at lladdr: $unicast" map-add "$DEV" "ipv4=$A" "lladdr=hex:$value"
		refuses "EINVAL at lladdr: $unicast" map-flush "lladdr=hex:$value"
	done
	for value in 00000000 7f000001 e0000001 ffffffff; do
		refuses "$pod" map-add "$DEV" "ipv4=hex:$value" "lladdr=$P"
	done
	refuses "EADDRINUSE at ipv4: this is the node's own IP address: mapping it would cut the node off" \
		map-add "$DEV" "ipv4=hex:0a000001" "lladdr=$P"
	refuses "EINVAL at ipv6: no pod can have this IP address" \
		map-add "$DEV" "ipv6=hex:ff020000000000000000000000000001" "lladdr=$P"
	refuses "ERANGE at vlan: integer out of range" map-add "$DEV" "ipv4=$A" "lladdr=$P" "vlan=u16:4095"
	refuses "EINVAL at prefix-len: an IPv4 prefix has at most 32 bits" map-flush "ipv4=$A" "prefix-len=u8:33"
	refuses "ERANGE at prefix-len: integer out of range" map-flush "ipv6=$A6" "prefix-len=u8:129"
	refuses "ERANGE at origin: integer out of range" map-flush "origin=u32:3"
	refuses "ERANGE at type: integer out of range" map-flush "type=u32:1"
}

strict() {
	local size="binary attribute size out of range" length="invalid attribute length"
	local unknown="EINVAL at 60: Unknown attribute type" unsupported="Unsupported attribute"

	refuses "EOPNOTSUPP: " 99 "$DEV"
	refuses "$unknown" uplink-set "$DEV" "60=u32:1"
	refuses "$unknown" map-add "$DEV" mapping [ "ipv4=$A" "lladdr=$P" "60=u32:1" ]
	# those of answers
	refuses "EINVAL at entries: $unsupported" uplink-set "$DEV" "entries=u32:1"
	refuses "EINVAL at origin: $unsupported" map-add "$DEV" "ipv4=$A" "lladdr=$P" "origin=u32:1"
	refuses "EINVAL at ifindex: $unsupported" map-add "$DEV" mapping [ "ipv4=$A" "lladdr=$P" "$DEV" ]
	refuses "ERANGE at lladdr: $size" map-add "$DEV" "ipv4=$A" "lladdr=hex:0600000001"
	refuses "ERANGE at lladdr: $size" map-add "$DEV" "ipv4=$A" "lladdr=hex:06000000010101"
	refuses "ERANGE at ipv6: $size" map-add "$DEV" "ipv6=$A" "lladdr=$P"
	refuses "EINVAL at ipv4: $length" map-add "$DEV" "ipv4=hex:0a0001" "lladdr=$P"
	refuses "EINVAL at ifindex: $length" map-add "ifindex=u16:1" "ipv4=$A" "lladdr=$P"
	refuses "EINVAL at mapping: NLA_F_NESTED is missing" map-add "$DEV" "mapping=hex:080005000a000105"
}

# addresses: of the mappings, in a row
addresses() {
	macnat -n "$NODE" -j map show | jq -r 'map(.ip) | join(" ")'
}

many() {
	local five="ipv4=hex:0a000105" six="ipv4=hex:0a000106" nine="ipv4=hex:0a000109"

	answers "done" map-add "$DEV" "$nine" "lladdr=$P"
	answers "EEXIST at mapping: the mapping exists already: use map replace to change it" \
		map-add "$DEV" mapping [ "$five" "lladdr=$P" ] mapping [ "$nine" "lladdr=$P" ] mapping [ "$six" "lladdr=$P" ]
	check_eq "$(addresses)" "10.0.1.5 10.0.1.9"
	answers "EADDRINUSE at lladdr: this is a MAC of the node itself: a pod has one of its own" \
		map-replace "$DEV" mapping [ "$nine" "lladdr=$P" ] mapping [ "$six" "lladdr=hex:${N//:/}" ]
	check_eq "$(addresses)" "10.0.1.5 10.0.1.9"
	# a sync sets all or none
	refuses "EADDRINUSE at lladdr: this is a MAC of the node itself: a pod has one of its own" \
		map-sync "$DEV" mapping [ "$six" "lladdr=$P" ] mapping [ "ipv4=hex:0a000107" "lladdr=hex:${N//:/}" ]
	answers "done" map-replace "$DEV" mapping [ "$six" "lladdr=$P" ] mapping [ "$nine" "lladdr=$P" ]
	check_eq "$(addresses)" "10.0.1.5 10.0.1.6 10.0.1.9"
}

# refuses_dump ERROR REQUEST...: at the end of a dump, Linux 6.1 does not tell at which attribute
refuses_dump() {
	check_eq "$(ns_exec "$NODE" request -d "${@:2}" | sed 's/ at [^:]*:/:/')" "$1" "request -d ${*:2}"
}

dumps() {
	refuses_dump "EINVAL: a prefix length needs an IP address" map-get "prefix-len=u8:8"
	refuses_dump "EINVAL: an IPv4 prefix has at most 32 bits" map-get "ipv4=$A" "prefix-len=u8:33"
	refuses_dump "ENODEV: macnat is not attached to this device: see macnat uplink add" \
		map-get "ifindex=u32:4000000000"
	refuses_dump "EINVAL: Unknown attribute type" uplink-get "mode=u32:1"
	refuses_dump "EOPNOTSUPP: " map-add "$DEV"
	refuses "done" -d map-get "$DEV" "ipv6=$A6" "prefix-len=u8:128"
}

ifindex() {
	local attached="macnat is not attached to this device: see macnat uplink add" value request

	answers "done" map-add "$DEV" "ipv4=$A" "lladdr=$P"
	for value in 0 0x80000000 0xffffffff; do
		value=ifindex=u32:$value
		refuses "ENODEV at ifindex: there is no such device" uplink-add "$value"
		for request in uplink-del uplink-get stats-get map-flush map-sync "uplink-set guard=u32:1" \
			"map-add ipv4=$A lladdr=$P" "map-get ipv4=$A" "map-del ipv4=$A"; do
			# shellcheck disable=SC2086
			set -- $request
			[ "$1" != map-add ] || set -- map-add mapping [ "${@:2}" ]
			refuses "ENODEV at ifindex: $attached" "$1" "$value" "${@:2}"
		done
		refuses_dump "ENODEV: $attached" map-get "$value"
	done
}

# alone N ANSWER [-d] REQUEST...: of N in one datagram all but the last are refused, before all else
alone() {
	answers "$(($1 - 1)) EINVAL: this request must be the last one of its datagram
1 $2" -n "$1" "${@:3}"
}

last_of_datagram() {
	# what is short may have others behind it
	answers "1 done
2 EEXIST: the mapping exists already: use map replace to change it" -n 3 map-add "$DEV" "ipv4=$A" "lladdr=$P"
	answers "3 done" -n 3 map-get "$DEV" "ipv4=$A"

	alone 2 "EEXIST: macnat is attached to this device already" uplink-add "$DEV"
	alone 2 "done" -d map-get
	alone 3 "done" -d map-get "$DEV" "lladdr=$P"
	alone 3 "done" -d uplink-get
	alone 3 "done" -d stats-get
	check_eq "$(addresses)" 10.0.1.5
	alone 3 "done" map-sync "$DEV" mapping [ "ipv4=hex:0a000106" "lladdr=$P" ]
	check_eq "$(addresses)" "10.0.1.5 10.0.1.6"
	alone 3 "done" map-sync "$DEV"
	check_eq "$(addresses)" 10.0.1.5
	alone 3 "done" map-flush
	check_eq "$(addresses)" ""
	alone 2 "ENODEV: macnat is not attached to this device: see macnat uplink add" map-flush "ifindex=u32:0"

	# this is what it is good for: two grace periods each, or all mappings
	timeout 20 ip netns exec "$NODE" request -n 10000 map-sync "$DEV" >"$TEST_TMP/answers"
	check_eq "$(head -c 12 "$TEST_TMP/answers")" "9999 EINVAL:"
}

ktap_main "$@"
