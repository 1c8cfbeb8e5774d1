#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The main job, small: the storm of a lab of four nodes is there without macnat and gone with it,
# and connections that live through its arrival go on. Topology: see lab.sh. scripts/demo shows
# the same at 4, 16 and 48 nodes.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"
# shellcheck source=SCRIPTDIR/lab.sh
. "$SELFTESTS/lab.sh"

TESTS="
	routed			# pods behind their node's ip_forward
	bridged			# pods on the bridge
	routed_learned		# nothing is mapped, macnat learns: pods behind ip_forward
	bridged_learned		# ... on the bridge
"

test_setup() {
	macnat_load
	lab_new
	lab_grow 4
}

# field JSON NAME
field() {
	jq -r ".$2" <<<"$1"
}

# storm SHAPE lab_attach|lab_learn
storm() {
	local before after foreign

	lab_prime "$1"
	before=$(lab_connect "$1" 3)
	check_eq "$(field "$before" failed)" 0 "failed connections without macnat"
	# at the least, the first frame of each connection to a pod reaches the three other nodes
	check test "$(field "$before" frames)" -ge $((3 * $(field "$before" connections)))
	check_match "$(lab_neighbours "$1")" "$(lab_mac "$1" 1)" "the API server's neighbour"

	lab_hold_start "$1"
	"$2" "$1"
	# a pod that nobody mapped is found by the next frame that the fabric floods: at the latest
	# when the slowest live connection speaks again
	[ "$2" = lab_attach ] || busywait 10 lab_healed "$1"
	check busywait 2 lab_healed "$1"
	check busywait 5 lab_forgotten "$1"
	foreign=$(stat "$NODE1" eth0 in-foreign)
	after=$(lab_connect "$1" 3)
	check_eq "$(field "$after" failed)" 0 "failed connections with macnat"
	check_eq "$(field "$after" frames)" 0 "foreign frames with macnat"
	check_eq "$(stat "$NODE1" eth0 in-foreign)" "$foreign" "foreign frames counted by macnat"
	check_eq "$(lab_fabric_pods)" "" "pods that the fabric knows"
	lab_hold_stop
	check_eq "$(field "$REPLY" lost)" 0 "lost connections"
	note "$1: before $before, after $after, meanwhile $REPLY"
}

routed() {
	storm route lab_attach
	check test "$(stat "$NODE1" eth0 in-route)" -gt 0
}

bridged() {
	storm bridge lab_attach
	check test "$(stat "$NODE1" eth0 in-data)" -gt 0
}

routed_learned() {
	storm route lab_learn
	check test "$(stat "$NODE1" eth0 in-route)" -gt 0
}

bridged_learned() {
	storm bridge lab_learn
	check test "$(stat "$NODE1" eth0 in-data)" -gt 0
}

ktap_main "$@"
