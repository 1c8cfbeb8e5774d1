#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the selftests in QEMU or User-Mode Linux, on any kernel, as any user:
#
#	selftests/run.sh [OPTION...] [TEST[:NAME]...]	e.g. test_arp, arp:reply_out, arp.*; default: all
#
#	--kernel X	what scripts/kernel takes (default: Debian's newest cloud kernel)
#	--module KO	a module built before, instead of the tree's; `none`: no module at all
#	--list		the names of the tests
#	--jobs N	guests at once (default: one a CPU, at most 2)
#	--append ARGS	more of the kernels' command line
#	--out DIR	what the guests leave in /out goes to DIR/0, DIR/1 ...
#	-v		shows everything that the tests print
#
# Builds what is needed, spreads the test files over the guests, and shows each result as it
# comes. The last line is `N passed, N failed, N skipped`, exit status 1 if a test failed.
# What a guest that dies has not done counts as failed; its console is in build/selftests/logs.
#
# Environment: MACNAT_ACCEL=kvm|tcg, MACNAT_CACHE, GUEST_CPUS, GUEST_MEM (MB), GUEST_IDLE (seconds
# without a result after which a guest counts as hung), TEST_TIMEOUT, TIME_SCALE.
set -eu

HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/.." && pwd)
BUILD=$TOP/build/selftests
WEIGHTS=$BUILD/weights		# file seconds, as measured last
# The module's cache is its own, and what is in use of it is counted exactly: Debian's kernels
# merge caches of a size, and an object that is never freed is not seen when the module goes. A
# cache that is checked has no slabs of a CPU, which count as full.
MEMORY="slab_nomerge slub_debug=F,macnat_entry"

die() {
	echo "selftests/run.sh: $*" >&2
	exit 2
}

usage() {
	sed -n '/^# Runs/,/^set -eu/{/^#/s/^# \{0,1\}//p}' "$0" >&2
	exit 2
}

parse_args() {
	kernel=default module='' list='' verbose='' out='' append='' wanted=()
	jobs=$(nproc)
	[ "$jobs" -le 2 ] || jobs=2
	while [ $# != 0 ]; do
		case $1 in
		--kernel) kernel=${2:-}; [ -n "$kernel" ] || usage; shift ;;
		--module) module=${2:-}; [ -n "$module" ] || usage; shift ;;
		--jobs) jobs=${2:-}; [[ "$jobs" =~ ^[1-9][0-9]*$ ]] || usage; shift ;;
		--append) append=${2:-}; [ -n "$append" ] || usage; shift ;;
		--out) out=${2:-}; [ -n "$out" ] || usage; shift ;;
		--list) list=1 ;;
		-v) verbose=1 ;;
		-*) usage ;;
		*) wanted+=("$1") ;;
		esac
		shift
	done
}

# Sets tests[file] to the names wanted of it, in the order of its table of contents
declare -A tests
select_tests() {
	local path file name want pattern hit names without=''

	# no sockets of it, either, but for packet sockets
	[[ " $append " != *" ipv6.disable=1 "* ]] || without="--without ipv6"
	for path in "$HERE"/test_*.sh; do
		file=$(basename "$path" .sh)
		# a file may need what only a kernel with debugging has; --list shows them all
		[ -n "$list" ] || [[ $kernel == *debug* ]] || ! grep -qx '# kernels: debug' "$path" || continue
		# any program that prints KTAP will do, but only lib.sh knows its tests by name
		names=all
		if grep -q '^ktap_main' "$path"; then
			# shellcheck disable=SC2086
			names=$("$path" --list $without) || die "$file --list failed"
		fi
		for name in $names; do
			[ ${#wanted[@]} != 0 ] || tests[$file]+=" $name"
			for pattern in "${wanted[@]}"; do
				matches "$file" "$name" "$pattern" || continue
				tests[$file]+=" $name"
				break
			done
		done
	done
	for want in "${wanted[@]}"; do
		hit=
		for file in "${!tests[@]}"; do
			for name in ${tests[$file]}; do
				! matches "$file" "$name" "$want" || hit=1
			done
		done
		[ -n "$hit" ] || die "no test '$want' (--list shows them)"
	done
	[ ${#tests[@]} != 0 ] || die "no tests here"
}

# matches FILE NAME PATTERN: test_arp, arp, test_arp.sh, path/test_arp.sh, each with :NAME
matches() {
	local of=${3%%:*} name='*'

	[ "$of" = "$3" ] || name=${3#*:}
	of=${of##*/}
	of=test_${of#test_}
	# shellcheck disable=SC2053
	[[ $1 == ${of%.sh} && $2 == $name ]]
}

sorted_files() {
	printf '%s\n' "${!tests[@]}" | LC_ALL=C sort
}

# Sets guests[i] to run-tests' arguments: the heaviest file first, each to the idlest guest
spread() {
	local weight file name i least count load=()

	guests=()
	[ "$jobs" -le "${#tests[@]}" ] || jobs=${#tests[@]}
	while read -r weight file; do
		least=0
		for ((i = 0; i < jobs; i++)); do
			[ "${load[i]:-0}" -ge "${load[least]:-0}" ] || least=$i
		done
		load[least]=$((${load[least]:-0} + weight))
		name=${tests[$file]# }
		guests[least]+=" $file:${name// /,}"
	done < <(for file in "${!tests[@]}"; do
		count=$(wc -w <<<"${tests[$file]}")
		weight=$(awk -v f="$file" '$1 == f { w = $2 } END { print w }' "$WEIGHTS" 2>/dev/null || :)
		echo "${weight:-$((count * 3))} $file"
	done | LC_ALL=C sort -k 1,1nr -k 2)
}

# result GUEST VERDICT FILE NAME [WHY [SAID]]: one line in the books, one on the terminal, below
# what the test has said; one write, for the guests report side by side
result() {
	echo "$2 $3 $4" >>"$books/results.$1"
	case $2 in
	pass) printf '%sok      %s:%s\n' "${6:-}" "$3" "$4" ;;
	fail) printf '%sFAILED  %s:%s%s\n' "${6:-}" "$3" "$4" "${5:+  ($5)}" ;;
	skip) printf '%sskipped %s:%s  (%s)\n' "${6:-}" "$3" "$4" "${5:-}" ;;
	esac
}

# follow GUEST: reads the guest's KTAP; what a failed test has said is shown in one piece with it
follow() {
	local line file='' said='' name rest started=$SECONDS

	while IFS= read -r line; do
		case $line in
		"@file "*) file=${line#@file } said='' started=$SECONDS ;;
		"@end "*)
			read -r _ _ rest <<<"$line"
			echo "$file $((SECONDS - started))" >>"$books/times.$1"
			# a file may fail before or after its tests, too
			[ "$rest" = 0 ] || [ -z "$said" ] || printf %s "$said"
			said=''
			;;
		"ok "* | "not ok "*)
			name=${line#*ok }
			name=${name#* }
			name=${name#- }
			case $line in
			not*) result "$1" fail "$file" "$name" '' "$said" ;;
			*" # SKIP"*) result "$1" skip "$file" "${name%% # SKIP*}" "${name#* # SKIP }" ;;
			*) result "$1" pass "$file" "$name" ;;
			esac
			said=''
			;;
		"1..0 # SKIP"*)
			result "$1" skip "$file" all "${line#* # SKIP }"
			echo 1 >"$books/plan.$file"
			;;
		"1.."*) echo "${line#1..}" >"$books/plan.$file" ;;
		"KTAP version "*) ;;
		*)
			if [ -n "$verbose" ]; then
				printf '    %s:%s\n' "$file" "${line#\#}"
			else
				said+="    ${line#\# }"$'\n'
			fi
			;;
		esac
	done
	printf %s "$said"
}

# guest I: boots it, runs its share, and books what it has left undone
guest() {
	local i=$1 rc=0 arg file names name why plan seen

	read -ra args <<<"${guests[i]}"
	: >"$books/results.$i"
	{
		"$HERE/qemu/boot" --kernel "$kernel" --module "$module" --append "$MEMORY $append" \
			--log "$BUILD/logs/guest-$i.log" --cpus "${GUEST_CPUS:-2}" --mem "${GUEST_MEM:-1024}" --timeout 7200 \
			--idle "$((${GUEST_IDLE:-300} * ${TIME_SCALE:-1}))" ${out:+--out "$out/$i"} \
			-- ./qemu/run-tests "${args[@]}" 2>"$books/boot.$i" || echo "$?" >"$books/rc.$i"
	} | follow "$i"

	rc=$(cat "$books/rc.$i" 2>/dev/null || echo 0)
	why="not run"
	[ "$rc" = 0 ] || why="the guest died"
	sed 's/^/    /' "$books/boot.$i"
	for arg in "${args[@]}"; do
		file=${arg%%:*}
		IFS=, read -ra names <<<"${arg#*:}"
		# tests that have no names: as many as the file has planned
		if [ "${names[0]}" = all ]; then
			plan=$(cat "$books/plan.$file" 2>/dev/null || echo 1)
			seen=$(grep -c "^[a-z]* $file " "$books/results.$i" || :)
			mapfile -t names < <(seq -f "unfinished-%.0f" "$((seen + 1))" "$plan")
		fi
		for name in "${names[@]}"; do
			grep -qxE "(pass|fail|skip) $file $name" "$books/results.$i" ||
				result "$i" fail "$file" "$name" "$why"
		done
	done
	# a guest whose tests all passed and that then oopsed, or is tainted, has failed all the same
	if [ "$rc" != 0 ] && ! grep -q ^fail "$books/results.$i"; then
		result "$i" fail guest "$i" "$why after its tests"
	fi
}

# shellcheck disable=SC2317
cleanup() {
	local pid

	trap '' INT TERM
	for pid in "${pids[@]}"; do
		kill -TERM -- "-$pid" 2>/dev/null || :
	done
	wait
	rm -rf "$books"
}

count() {
	grep -c "^$1 " "$books/all" || :
}

parse_args "$@"
# Who uses what is freed finds zeros there, and mostly dies of it. KASAN does not need that, nor bear it at boot.
[[ $kernel == *debug* ]] || MEMORY+=" init_on_free=1"
select_tests
if [ -n "$list" ]; then
	for file in $(sorted_files); do
		for name in ${tests[$file]}; do
			echo "$file:$name"
		done
	done
	exit 0
fi

make -s -C "$TOP" tools >&2
[ ! -e "$HERE/Makefile" ] || make -s -C "$HERE" >&2
case $module in
'') module=$("$HERE/qemu/build" --kernel "$kernel") ;;
none) module='' ;;
*) [ -f "$module" ] || die "no file $module" ;;
esac

mkdir -p "$BUILD/logs"
books=$(mktemp -d "$BUILD/.run.XXXXXX")
pids=()
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
export KTAP_VERBOSE=$verbose

spread
# a process group each, so that an interrupt ends all of it
set -m
for i in "${!guests[@]}"; do
	guest "$i" &
	pids+=($!)
done
set +m
wait
pids=()

cat "$books"/results.* >"$books/all"
# a whole file's time is what the next run goes by
if [ ${#wanted[@]} = 0 ] && compgen -G "$books/times.*" >/dev/null; then
	cat "$books"/times.* >"$WEIGHTS.new" && mv "$WEIGHTS.new" "$WEIGHTS"
fi
sed -n 's/^fail \([^ ]*\) /failed: \1:/p' "$books/all"
failed=$(count fail)
echo "$(count pass) passed, $failed failed, $(count skip) skipped"
[ "$failed" = 0 ]
