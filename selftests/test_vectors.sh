#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The test vectors of selftests/vectors, each under its id: what becomes of a frame, byte by byte,
# and which counter says so. Documentation/vectors.md tells how they are written.
# They go through the network of vectors/topo.sh.

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"
# shellcheck source=SCRIPTDIR/vectors/topo.sh
. "$SELFTESTS/vectors/topo.sh"

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

# Runs the vectors that are wanted: once, the results are for all tests
run_all() {
	local rc=0

	# a set-up that fails fails once
	echo "# the first test has run into trouble, see there" >"$KTAP_TMP/results"
	vectors_topo
	vectors run "$NODE" "$POD" "$POD2" "$FABRIC" "$VECTORS_NAMES" "$VECTORS"/*.vec \
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
