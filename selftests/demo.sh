#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's part of scripts/demo: the storm lab (lab.sh) at the node counts given, both shapes,
# without and with macnat. Says what it does as it goes; leaves /out/storm.json, an array of
# {nodes, shape, before, after, flows, learned: {after, flows}}, see lab_connect and lab_hold_stop.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"
# shellcheck source=SCRIPTDIR/lab.sh
. "$SELFTESTS/lab.sh"

CONNECTIONS=5		# of each talking pod

say() {
	printf '%s\n' "$*"
}

field() {
	jq -r ".$2" <<<"$1"
}

# per_connection JSON
per_connection() {
	jq -r '.frames / .connections * 10 | round / 10' <<<"$1"
}

neighbour_line() {
	ip -n "$API" neigh show "$(lab_ip "$1" 1)" dev eth0
}

# measure SHAPE: appends one object to /out/storm.rows
measure() {
	local before after flows

	say "  $1: $LAB_TALKERS pods have talked to the API server, then the fabric forgets their MACs"
	lab_prime "$1"
	if [ "$LAB_NODES" = "$FIRST" ]; then
		say "      fabric:     no entry for $(lab_mac "$1" 1) among $(bridge -n "$FABRIC" \
			fdb show br br0 dynamic | wc -l)"
	fi
	before=$(lab_connect "$1" "$CONNECTIONS")
	if [ "$LAB_NODES" = "$FIRST" ]; then
		say "      API server: $(neighbour_line "$1")"
	fi
	say "    without macnat: $(field "$before" connections) connections put" \
		"$(field "$before" frames) frames on nodes they are not for," \
		"$(per_connection "$before") a connection"

	cure "$1" lab_attach "macnat uplink add eth0 mode $1; macnat map add ... on each node"
	after=$AFTER flows=$FLOWS
	lab_prime "$1"
	cure "$1" lab_learn "macnat uplink add eth0 mode $1 learn on, and nothing else, on each node"
	jq -nc "{ nodes: $LAB_NODES, shape: \"$1\", before: $before, after: $after, flows: $flows,
		learned: { after: $AFTER, flows: $FLOWS } }" >>/out/storm.rows
}

# cure SHAPE lab_attach|lab_learn WHAT: under live connections; sets AFTER and FLOWS
cure() {
	lab_hold_start "$1"
	say "    $3, under live connections"
	"$2" "$1"
	busywait 10 lab_healed "$1"
	busywait 10 lab_forgotten "$1"
	AFTER=$(lab_connect "$1" "$CONNECTIONS")
	if [ "$LAB_NODES" = "$FIRST" ]; then
		say "      API server: $(neighbour_line "$1")"
		say "      fabric:     pods' MACs known: $(lab_fabric_pods | wc -l)"
	fi
	lab_hold_stop
	FLOWS=$REPLY
	say "    with macnat: $(field "$AFTER" connections) connections put" \
		"$(field "$AFTER" frames) frames on nodes they are not for;" \
		"$(field "$FLOWS" lost) of $(field "$FLOWS" flows) live connections lost," \
		"longest pause $(field "$FLOWS" longest_ms) ms"
	lab_detach
}

storm() {
	local nodes

	FIRST=$1
	macnat_load
	lab_new
	for nodes; do
		say "$nodes nodes:"
		lab_grow "$nodes"
		measure route
		measure bridge
	done
	jq -s . /out/storm.rows >/out/storm.json
	rm /out/storm.rows
}

standalone storm "$@"
