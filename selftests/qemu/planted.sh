#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests that must fail, and how: for selftests/qemu/self-check, in a guest. Not a part of any run.

# shellcheck source=SCRIPTDIR/../lib.sh
. "$(dirname "$0")/../lib.sh"

TESTS="
	good		# with a cleanup and a process left running
	command
	check
	inner		# in $( ) and two functions down
	hang
	wait_for
	skipped
	tainted
	after		# the last one's taint is not ours
"

good() {
	ns_new NS
	ns_exec "$NS" sleep 1000 &
	note "namespace is $(ip netns list | grep -c .)"
}

command() {
	echo "what it said"
	false
	note "not reached"
}

check() {
	check_eq 1 2 "numbers"
	note "not reached"
}

nested() {
	[ "$(die "from within")" = nothing ]
}

inner() {
	nested
}

# shellcheck disable=SC2034
TIMEOUT_hang=1
hang() {
	defer note "cleaned up: $(ip netns list | grep -c .) left from before"
	sleep 1000
}

wait_for() {
	busywait 0.2 test -e /nowhere
}

skipped() {
	skip "not here"
}

tainted() {
	echo 64 >/proc/sys/kernel/tainted
}

after() {
	:
}

ktap_main "$@"
