# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What scripts write into documents, for those to source that do. With --check as the caller's $mode
# nothing is written, and what differs is an error. $new is a directory of the caller's.

# put FILE COMMAND...: what COMMAND prints is all of FILE
put() {
	# both are the caller's
	# shellcheck disable=SC2154
	"${@:2}" >"$new/text"
	# shellcheck disable=SC2154
	if [ "$mode" != --check ]; then
		cat "$new/text" >"$1"
	elif ! cmp -s "$new/text" "$1"; then
		echo "$1 differs from the figures that it shows: run scripts/${0##*/}"
		exit 1
	fi
}

# within FILE MARKER COMMAND: FILE, with what COMMAND prints between its two markers
within() {
	sed "/<!-- $2 begin/q" "$1"
	"$3"
	sed -n "/<!-- $2 end/,\$p" "$1"
}

# show FILE MARKER COMMAND: puts what COMMAND prints there
show() {
	put "$1" within "$@"
}
