#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The test vectors of selftests/vectors, each under its id: what becomes of a frame, byte by byte,
# and which counter says so. Documentation/vectors.md tells how they are written.
#
#	POD  eth0 --- pod  [br-ex] eth0 --- eth0  FABRIC
#	      P              N       N  NODE
#	POD2 eth0 --- pod2
#	      P2
#
# What a pod sends goes straight to the uplink, tags in metadata, past the bridge and its own ideas
# of what may be forwarded. What comes in goes through the bridge. Nobody has an address, so there
# are no frames but those of the vectors.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

VECTORS=$SELFTESTS/vectors
NAMES=$VECTORS/names

# every id once, also if it has several cases: O4 for O4a, O4b ...
IDS=$(sed -n 's/^vector \([OI][0-9]*\)[a-z]* .*/\1/p' "$VECTORS"/*.vec | sort -u -V)
# shellcheck disable=SC2034
TESTS="
	$IDS
"
# the first of them runs all
# shellcheck disable=SC2034
TEST_TIMEOUT=300
WANTED=("$@")

# value NAME: what the vectors mean by it
value() {
	awk -v name="$1" '$1 == "name" && $2 == name { print $3 }' "$NAMES"
}

# The mappings as arguments of the tool, one a line
mappings() {
	awk '
		{ sub(/(^|[ \t])#.*/, "") }
		$1 == "name" { means[$2] = $3 }
		$1 == "map" {
			n = $4 ? split($4, vlans) : split("0 100 100.200", vlans)
			for (i = 1; i <= n; i++)
				print means[$2], "dev eth0",
					vlans[i] ? "vlan " vlans[i] : "", "lladdr", means[$3]
		}' "$NAMES"
}

# pod VAR MAC: a pod whose frames are redirected to the uplink
pod() {
	local port=${1,,}

	ns_new "$1"
	topo_sysctl "${!1}"
	ip -n "$NODE" -batch - <<-END
		link add $port type veth peer name eth0 address $2 netns ${!1}
		link set $port master br-ex up
	END
	ip -n "${!1}" link set eth0 up
	bridge -n "$NODE" fdb add "$2" dev "$port" master static
	# not by tc, which goes past all netfilter hooks on its way out
	ns_exec "$NODE" nft -f - <<-END
		table netdev $port {
			chain in {
				type filter hook ingress device $port priority 0
				fwd to eth0
			}
		}
	END
}

setup() {
	local mapping

	macnat_load
	ns_new FABRIC
	topo_sysctl "$FABRIC"
	ns_new NODE
	topo_sysctl "$NODE"
	ip -n "$NODE" -batch - <<-END
		link add br-ex address $(value N) type bridge mcast_snooping 0
		link add eth0 address $(value N) type veth peer name eth0 address $(value R) netns $FABRIC
		link set eth0 master br-ex up
		link set br-ex up
	END
	ip -n "$FABRIC" link set eth0 up
	pod POD "$(value P)"
	pod POD2 "$(value P2)"
	macnat -n "$NODE" uplink add eth0
	mappings >"$TEST_TMP/mappings"
	while read -ra mapping; do
		macnat -n "$NODE" map add "${mapping[@]}"
	done <"$TEST_TMP/mappings"
}

# Runs the vectors that are wanted: once, the results are for all tests
run_all() {
	local rc=0

	# a set-up that fails fails once
	echo "# the first test has run into trouble, see there" >"$KTAP_TMP/results"
	setup
	vectors run "$NODE" "$POD" "$POD2" "$FABRIC" "$NAMES" "$VECTORS"/*.vec \
		-- "${WANTED[@]}" >"$KTAP_TMP/results" 2>&1 || rc=$?
	# 1: some are not ok, which is for their own tests to say
	[ "$rc" -le 1 ] || { tail -n 5 "$KTAP_TMP/results"; die "the runner failed"; }
}

vector() {
	[ -e "$KTAP_TMP/results" ] || run_all
	# its cases and what was said of them
	awk -v id="$1" '
		/^#   / { if (mine) print; next }
		{ name = /^not/ ? $3 : $2; sub(/[a-z]$/, "", name); mine = name == id }
		mine' "$KTAP_TMP/results" | head -n 100
	check grep -qE "^(not )?ok $1[a-z]?\$" "$KTAP_TMP/results"
	check_fail grep -qE "^not ok $1[a-z]?\$" "$KTAP_TMP/results"
}

for id in $IDS; do
	eval "$id() { vector $id; }"
done

ktap_main "$@"
