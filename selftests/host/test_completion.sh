#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bash completion offers what the grammar has: for every command, each keyword that its help
# prints and each word that a keyword's { ... } lists, and nothing else. Runs on the host; needs
# neither the module nor privileges, only the tool.
#
#	[MACNAT=path/to/macnat] ./test_completion.sh
set -eu

cd "$(dirname "$(readlink -f "$0")")/../.."
MACNAT=${MACNAT:-$PWD/tools/macnat}
# shellcheck source=SCRIPTDIR/../../tools/completion/macnat
. tools/completion/macnat

# what this machine has is not the test's
_macnat_devices() {
	echo "eth0 eth1${1:+ of-$1}"
}

_macnat_uplinks() {
	echo "eth0${1:+ of-$1}"
}

_macnat_namespaces() {
	echo "blue green"
}

number=0
failed=0

# offers LINE: what is offered behind it, sorted; a blank at its end begins a new word
offers() {
	local COMP_WORDS COMP_CWORD COMPREPLY

	read -ra COMP_WORDS <<<"$1"
	[[ $1 != *" " ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_macnat
	sorted "${COMPREPLY[*]}"
}

sorted() {
	# shellcheck disable=SC2086
	printf '%s\n' $1 | LC_ALL=C sort | paste -s -d ' '
}

# offered LINE WORDS: exactly these are
offered() {
	local got want

	number=$((number + 1))
	got=$(offers "$1")
	want=$(sorted "$2")
	if [ "$got" = "$want" ]; then
		echo "ok $number $1"
	else
		failed=1
		echo "not ok $number $1"
		echo "# offered: $got"
		echo "# grammar: $want"
	fi
}

# grammar OBJECT COMMAND: "KEYWORD VALUE..." a line; keywords are in lower case and outside of
# braces, what is inside of them are the values of the one before
grammar() {
	"$MACNAT" "$1" "$2" help | tr '\n' ' ' | sed "s/^Usage: macnat $1 $2//" | awk '
		{
			for (i = 1; i <= NF; i++) {
				if ($i == "{") { inside = 1; continue }
				if ($i == "}") { inside = 0; continue }
				if ($i !~ /^[a-z]+$/) continue
				if (inside) { values[n] = values[n] " " $i; continue }
				key[++n] = $i
			}
			for (i = 1; i <= n; i++) print key[i] values[i]
		}'
}

# against OBJECT COMMAND: the grammar of one command
against() {
	local object=$1 command=$2 first=help rows row keyword values keywords=''

	rows=$(grammar "$object" "$command")
	while read -r keyword values; do
		keywords+=" $keyword"
		[ "$keyword" != dev ] || values=eth0
		case $keyword in
		local | static | learned | synced) continue ;;
		esac
		[ -z "$keyword" ] || offered "macnat $object $command x $keyword " "$values"
	done <<<"$rows"
	case "$object $command" in
	"uplink add") first+=" eth0 eth1" ;;
	"uplink "*) first+=" eth0" ;;
	esac
	offered "macnat $object $command " "$first$keywords"
	offered "macnat $object $command x " "$keywords"
	# one that was given is not offered again
	row=${keywords# }
	row=${row%% *}
	[ -z "$row" ] || offered "macnat $object $command x $row y " "${keywords/ $row/}"
}

echo "KTAP version 1"
[ -x "$MACNAT" ] || {
	echo "1..0 # SKIP no $MACNAT, build it or set MACNAT"
	exit 4
}

help=$("$MACNAT" help)
objects=$(sed -n 's/^OBJECT := { \(.*\) }/\1/p' <<<"$help" | tr -d '|')
options=$(tr '\n' ' ' <<<"$help" | sed 's/.*OPTIONS := {\([^}]*\)}.*/\1/' | grep -oE -- '-[-a-zA-Z]+' |
	paste -s -d ' ')
offered "macnat " "$options $objects help"
offered "macnat -j -" "$options"
for object in $objects; do
	commands=$("$MACNAT" "$object" help | sed -n "s/.* macnat $object \([a-z]*\).*/\1/p" | paste -s -d ' ')
	offered "macnat $object " "$commands help"
	for command in $commands; do
		against "$object" "$command"
	done
done

# abbreviations, beginnings of words, namespaces, the parts of addresses
offered "macnat u a" "add"
offered "macnat up sho " "help eth0"
offered "macnat m " ""
offered "macnat nope " ""
offered "macnat map nope " ""
offered "macnat map show l" "lladdr local learned"
offered "macnat map show static " "dev vlan to lladdr local"
offered "macnat map show learned " "dev vlan to lladdr local"
offered "macnat -n " "blue green"
offered "macnat -j --netns g" "green"
offered "macnat -n blue map show dev " "eth0 of-blue"
offered "macnat -n blue uplink add dev " "eth0 eth1 of-blue"
offered "macnat -n blue uplink add " "help eth0 eth1 of-blue mode node learn guard announce heal flood ageing limit"
offered "macnat map add 10.0.1.7 lladdr 06 : " ""
offered "macnat map add 2001 : db8 :: 7 dev eth0 " "vlan lladdr"
echo "1..$number"
exit $failed
