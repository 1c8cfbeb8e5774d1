# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The library of all selftests/test_*.sh: KTAP output, checks, cleanup, network namespaces.
#
# A test file is a table of contents and one function a test:
#
#	. "$(dirname "$0")/lib.sh"
#	TESTS="
#		reply_out	# an ARP reply leaves with the node's MAC
#		reply_in	# ... and the answer comes back with the pod's
#	"
#	reply_out() { ns_new NODE; ...; check_eq "$got" "$want" "source MAC"; }
#	ktap_main "$@"
#
# Each test runs in a subshell and a process group of its own, under `set -eE`: the first command
# that fails ends it as `not ok`, with a `#` line that names file, line and command. Its background
# processes, namespaces and deferred cleanups never outlive it, not even when it times out.
# It runs inside a guest and on a host as root alike: nothing here knows about QEMU.

set -u

SELFTESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export SELFTESTS
# the tree's own tool, unless the guest (or the caller) has put one into PATH
if [ -z "${MACNAT_GUEST:-}" ] && [ -x "$SELFTESTS/../tools/macnat" ]; then
	PATH=$SELFTESTS/../tools:$PATH
fi
# compiled helpers, see selftests/Makefile
PATH=$SELFTESTS/../build/selftests:$PATH:/usr/sbin:/sbin

: "${TEST_TIMEOUT:=60}"		# seconds a test may take; TIMEOUT_<name>= overrides it for one
: "${TIME_SCALE:=1}"		# slow kernels (KASAN ...): multiplies every timeout
: "${KTAP_VERBOSE:=}"		# not empty: a test's output is shown live, not only on failure

KTAP_SKIP=4			# exit status of a skipped test, as in the kernel's kselftest
TAINT_OK=$((1 << 12 | 1 << 13))	# out-of-tree and unsigned module: that is what macnat is

# ---------------------------------------------------------------------------------------------
# Sets WHERE: file and line of the innermost caller outside this file, where a failure happened.

__where() {
	local i

	for ((i = 1; i < ${#BASH_SOURCE[@]}; i++)); do
		[ "${BASH_SOURCE[i]}" = "${BASH_SOURCE[0]}" ] && continue
		WHERE="${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]}"
		return 0
	done
	WHERE="${0##*/}"
}

# The reason goes to a file: a check may run inside $( ) or with its output redirected.
__fail() {
	__where
	# the first reason is the cause, what follows it on the way out is noise
	[ -s "$TEST_TMP/.reason" ] || printf '%s: %s\n' "$WHERE" "$*" >"$TEST_TMP/.reason"
	exit 1
}

# ---------------------------------------------------------------------------------------------
# Checks. The first that fails ends the test.

# die MESSAGE...: this test has failed
die() {
	__fail "$*"
}

# skip REASON...: this test cannot run here
skip() {
	printf '%s\n' "$*" >"$TEST_TMP/.skip"
	exit "$KTAP_SKIP"
}

# note MESSAGE...: a diagnostic line in the KTAP output, also when the test passes
note() {
	printf '# %s\n' "$*" >&"$KTAP_FD"
}

# check CMD...: CMD must succeed
check() {
	local rc=0

	"$@" || rc=$?
	[ "$rc" = 0 ] || __fail "failed ($rc): $*"
}

# check_fail CMD...: CMD must fail (but not die of a signal, and must exist)
check_fail() {
	local rc=0

	"$@" || rc=$?
	[ "$rc" != 0 ] || __fail "must fail, but did not: $*"
	[ "$rc" -lt 126 ] || __fail "must fail in good order, status $rc: $*"
}

# check_rc STATUS CMD...: CMD must exit with exactly STATUS
check_rc() {
	local want=$1 rc=0

	shift
	"$@" || rc=$?
	[ "$rc" = "$want" ] || __fail "exit status $rc, want $want: $*"
}

# check_eq GOT WANT [MESSAGE...]
check_eq() {
	[ "$1" = "$2" ] || __fail "${*:3}${3:+: }got '$1', want '$2'"
}

# check_ne GOT UNWANTED [MESSAGE...]
check_ne() {
	[ "$1" != "$2" ] || __fail "${*:3}${3:+: }got '$1', want anything else"
}

# check_match STRING REGEX [MESSAGE...]: extended regular expression
check_match() {
	[[ "$1" =~ $2 ]] || __fail "${*:3}${3:+: }'$1' does not match '$2'"
}

# check_no_match STRING REGEX [MESSAGE...]
check_no_match() {
	[[ ! "$1" =~ $2 ]] || __fail "${*:3}${3:+: }'$1' matches '$2'"
}

# run CMD...: never fails; leaves RC, OUT (stdout) and ERR (stderr) for the checks
# shellcheck disable=SC2034
run() {
	RC=0
	OUT=$("$@" 2>"$TEST_TMP/.stderr") || RC=$?
	ERR=$(<"$TEST_TMP/.stderr")
	printf '$ %s -> %s\n%s%s' "$*" "$RC" "${OUT:+$OUT$'\n'}" "${ERR:+$ERR$'\n'}"
}

# busywait SECONDS CMD...: until CMD succeeds, at most SECONDS (fractions allowed); prints what
# CMD printed last. Instead of a sleep, always.
busywait() {
	local us out rc end

	BUSYWAIT=$*	# for those who have to say what went wrong
	__usec "$1"
	end=$((${EPOCHREALTIME/[.,]/} + us * TIME_SCALE))
	shift
	while :; do
		rc=0
		out=$("$@") || rc=$?
		if [ "$rc" = 0 ] || [ "${EPOCHREALTIME/[.,]/}" -ge "$end" ]; then
			[ -z "$out" ] || printf '%s\n' "$out"
			[ "$rc" != 0 ] || BUSYWAIT=''
			return "$rc"
		fi
		sleep 0.05
	done
}

# sets us: decimal seconds as microseconds
__usec() {
	local int=${1%%.*} frac=

	[[ "$1" != *.* ]] || frac=${1#*.}
	frac=${frac}000000
	us=$((${int:-0} * 1000000 + 10#${frac:0:6}))
}

# need CMD...: skips the test unless every CMD is there
need() {
	local cmd

	for cmd; do
		command -v "$cmd" >/dev/null || skip "no $cmd here"
	done
}

# ---------------------------------------------------------------------------------------------
# Cleanup and namespaces

# defer CMD...: runs CMD when the test ends, whatever its end; last in, first out. Not from a
# subshell: what $( ) or ( ) defers is lost.
defer() {
	local cmd

	printf -v cmd '%q ' "$@"
	KTAP_DEFERS+=("$cmd")
}

# ns_new VAR...: a network namespace each, `lo` up, gone when the test ends. Its name is unique
# to this run; it is put into the (exported) variable VAR, and VAR is a part of it. In capitals,
# for shellcheck takes those for set: `ns_new NODE; ip -n "$NODE" link`.
ns_new() {
	local var name

	for var; do
		name=mn-$$-$KTAP_NR-$((++KTAP_NS))-${var,,}
		ip netns add "$name"
		defer __ns_del "$name"
		ip -n "$name" link set lo up
		printf -v "$var" %s "$name"
		export "${var?}"
	done
}

__ns_del() {
	local pids

	# a process left inside would keep the namespace, and the macnat state in it, alive
	pids=$(ip netns pids "$1" 2>/dev/null) || return 0
	# shellcheck disable=SC2086
	[ -z "$pids" ] || kill -9 $pids 2>/dev/null || :
	ip netns del "$1"
}

# ns_exec NS CMD...
ns_exec() {
	ip netns exec "$@"
}

# macnat_load: the module is there afterwards. In a guest it is the one built from this tree.
macnat_load() {
	local ko=${MACNAT_KO:-$SELFTESTS/../kmod/macnat.ko}

	[ ! -d /sys/module/macnat ] || return 0
	[ -n "${MACNAT_GUEST:-}" ] || [ -e "$ko" ] || skip "no macnat module here"
	modprobe macnat 2>/dev/null || check insmod "$ko"
}

# watch FILE ARGUMENT...: the tool in the background, writing to FILE; sets WATCH to its process
# once it listens: it has joined the groups of its socket (protocol 16: generic netlink)
watch() {
	local file=$1

	shift
	macnat "$@" >"$file" 2>"$file.err" &
	WATCH=$!
	# shellcheck disable=SC2016
	busywait 10 awk -v pid=$WATCH '$2 == 16 && $3 == pid && $4 != "00000000" { found = 1 }
		END { exit !found }' "/proc/$WATCH/net/netlink"
}

# watch_end SIGNAL: ends it; it must have gone well
watch_end() {
	local rc=0

	kill "-$1" "$WATCH"
	wait "$WATCH" || rc=$?
	check_eq "$rc" 0 "exit status of monitor"
}

# macnat_unused: nothing of the module's memory is left: a cache that is not empty when it goes complains
macnat_unused() {
	[ -n "${MACNAT_GUEST:-}" ] || return 0
	check rmmod macnat
	macnat_load
}

# ---------------------------------------------------------------------------------------------
# Running tests

__on_err() {
	local rc=$1 cmd=$2

	__where
	# shellcheck disable=SC2016
	[ "$cmd" != 'return "$rc"' ] || cmd=${BUSYWAIT:+busywait $BUSYWAIT}
	[ -s "$TEST_TMP/.reason" ] ||
		printf '%s: failed (%s): %s\n' "$WHERE" "$rc" "$cmd" >"$TEST_TMP/.reason"
}

# bash does not tell a signal handler the line
__on_term() {
	printf '%s: %s: timed out after %s s: %s\n' "${0##*/}" "$1" "$2" \
		"${BUSYWAIT:+busywait $BUSYWAIT: }$3" >"$TEST_TMP/.reason"
	exit 124
}

__on_exit() {
	local i

	set +eE
	trap - ERR
	trap '' TERM
	for ((i = ${#KTAP_DEFERS[@]} - 1; i >= 0; i--)); do
		eval "${KTAP_DEFERS[i]}" || echo "cleanup failed ($?): ${KTAP_DEFERS[i]}"
	done
}

# One test, in its own subshell; its exit status is the verdict.
__body() {
	local name=$1 timeout=$2

	set +m
	KTAP_DEFERS=()
	KTAP_NS=0
	BUSYWAIT=''
	trap __on_exit EXIT
	trap '__on_term "$name" "$timeout" "$BASH_COMMAND"' TERM
	trap '__on_err $? "$BASH_COMMAND"' ERR
	set -eE
	if declare -F test_setup >/dev/null; then
		test_setup
	fi
	"$1"
}

__taint() {
	local t=0

	[ ! -r /proc/sys/kernel/tainted ] || read -r t </proc/sys/kernel/tainted
	echo "$((t & ~TAINT_OK))"
}

# What a test may not leave behind, whoever is to blame
__aftermath() {
	local taint=$1 now left

	now=$(__taint)
	if [ "$((now & ~taint))" != 0 ]; then
		echo "kernel taint grew from $taint to $now"
	fi
	if [ -d /sys/module/macnat ] && command -v macnat >/dev/null; then
		left=$(macnat -j uplink show 2>&1) || left="error: $left"
		case $left in
		'[]' | '[ ]' | '') ;;
		*) echo "uplink left behind: ${left//$'\n'/ }" ;;
		esac
	fi
}

__run_one() {
	local name=$1 var=TIMEOUT_$1 timeout taint pid dog tail='' rc=0 ns left reason out

	timeout=$((${!var:-$TEST_TIMEOUT} * TIME_SCALE))
	TEST_TMP=$KTAP_TMP/$KTAP_NR
	mkdir "$TEST_TMP"
	out=$TEST_TMP/.out
	[ -z "${MACNAT_GUEST:-}" ] || echo "selftest: ${0##*/}: $name" >/dev/kmsg || :
	taint=$(__taint)

	# job control gives the test a process group: everything it started dies with it
	set -m
	: >"$out"
	__body "$name" "$timeout" >"$out" 2>&1 </dev/null &
	pid=$!
	if [ -n "$KTAP_VERBOSE" ]; then
		tail -q -s 0.1 -n +1 --pid="$pid" -f "$out" | sed -u 's/^/#   /' &
		tail=$!
	fi
	{ sleep "$timeout"; kill -TERM -- "-$pid"; sleep 10; kill -KILL -- "-$pid"; } \
		>/dev/null 2>&1 </dev/null &
	dog=$!
	set +m
	wait "$pid" 2>/dev/null || rc=$?
	kill -KILL -- "-$dog" "-$pid" 2>/dev/null || :
	wait "$dog" 2>/dev/null || :
	[ -z "$tail" ] || wait "$tail" 2>/dev/null || :

	left=$(__aftermath "$taint")
	for ns in /run/netns/"mn-$$-$KTAP_NR-"*; do
		[ ! -e "$ns" ] || __ns_del "${ns##*/}" 2>/dev/null || :
	done

	# a failure has a reason of its own, which is shown too
	[ -z "$left" ] || rc=1
	case $rc in
	0)
		echo "ok $KTAP_NR $name"
		;;
	"$KTAP_SKIP")
		reason=$(cat "$TEST_TMP/.skip" 2>/dev/null || echo "exit status $KTAP_SKIP")
		echo "ok $KTAP_NR $name # SKIP $reason"
		;;
	*)
		reason=$(cat "$TEST_TMP/.reason" 2>/dev/null || :)
		[ -n "$reason$left" ] || reason="exit status $rc"
		[ -n "$tail" ] || sed 's/^/#   /' "$out"
		[ -z "$reason" ] || echo "# $reason"
		[ -z "$left" ] || echo "# ${left//$'\n'/$'\n'# }"
		echo "not ok $KTAP_NR $name"
		KTAP_FAILED=$((KTAP_FAILED + 1))
		;;
	esac
	rm -rf "$TEST_TMP"
}

# standalone CMD...: what a test may do, outside of a test: no KTAP, the output goes where it goes
standalone() {
	KTAP_NR=0 KTAP_NS=0 KTAP_DEFERS=() BUSYWAIT=''
	TEST_TMP=$(mktemp -d)
	defer rm -rf "$TEST_TMP"
	trap 'rc=$?; cat "$TEST_TMP/.reason" 2>/dev/null >&2 || :; __on_exit; exit "$rc"' EXIT
	trap '__on_err $? "$BASH_COMMAND"' ERR
	set -eE
	"$@"
}

# ktap_main [--list [--without WHAT] | NAME...]: the last line of every test file. A test that needs what a
# kernel may be without says so in the table of contents: [ipv6]
ktap_main() {
	local names=() name line without=''

	[ "${1:-} ${2:-}" != "--list --without" ] || without=$3
	# the table of contents may carry a comment a line
	while read -r line; do
		# shellcheck disable=SC2206
		[ -n "$without" ] && [[ $line == *"[$without]"* ]] || names+=(${line%%#*})
	done <<<"$TESTS"

	if [ "${1:-}" = --list ]; then
		[ ${#names[@]} = 0 ] || printf '%s\n' "${names[@]}"
		exit 0
	fi
	for name; do
		case " ${names[*]} " in
		*" $name "*) ;;
		*) echo "${0##*/}: no test '$name' (--list shows them)" >&2; exit 2 ;;
		esac
	done
	[ $# = 0 ] || names=("$@")
	[ "$(id -u)" = 0 ] || { echo "${0##*/}: must run as root" >&2; exit 2; }

	KTAP_TMP=$(mktemp -d)
	# shellcheck disable=SC2064
	trap "rm -rf '$KTAP_TMP'" EXIT
	exec {KTAP_FD}>&1
	KTAP_FAILED=0
	KTAP_NR=0

	echo "KTAP version 1"
	echo "1..${#names[@]}"
	for name in "${names[@]}"; do
		KTAP_NR=$((KTAP_NR + 1))
		__run_one "$name"
	done
	[ "$KTAP_FAILED" = 0 ]
}
