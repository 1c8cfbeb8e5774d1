# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the tests of this directory, which source it: runs functions as KTAP tests.
# $tmp/log is what a test leaves to be read if it fails; LOGS names more files.

LOGS=()
number=0 failed=0

# result NAME FUNCTION
# shellcheck disable=SC2154 # tmp is the test's
result() {
	local rc

	number=$((number + 1))
	: >"$tmp/log"
	# Not in a condition: that would disable set -e in the test.
	set +e
	(set -e; "$2")
	rc=$?
	set -e
	if [ $rc = 0 ]; then
		echo "ok $number - $1"
	else
		failed=$((failed + 1))
		echo "not ok $number - $1"
		sed 's/^/# /' "$tmp/log" "${LOGS[@]}" 2>/dev/null || :
	fi
}
