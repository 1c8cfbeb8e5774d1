#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The command line before anything is sent: every wrong argument gives exit
# code 1, one line on stderr that names the word, and nothing on stdout; help
# at each level; -V; output that cannot be written; the module that is not
# there. Needs neither the module nor privileges.
#
#	[MACNAT=path/to/macnat] ./test_cli_usage.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${MACNAT:-}" ]; then
	MACNAT=$(type -P macnat || echo "$here/../tools/macnat")
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"; with_module' EXIT

# ARGUMENTS => what stderr says behind "macnat: ", an extended regular
# expression for all of the line. '' is an empty word.
wrong='
	-x => unknown option "-x", see: macnat --help
	-jx => unknown option "-x", see: macnat --help
	--nope => unknown option "--nope", see: macnat --help
	--json=yes => unknown option "--json=yes", see: macnat --help
	-n => option "-n" needs a value, see: macnat --help
	--netns => option "--netns" needs a value, see: macnat --help
	-n macnat-none map show => network namespace "macnat-none" does not exist
	-n /macnat/none map show => network namespace "/macnat/none" does not exist
	-n macnat-none -V => network namespace "macnat-none" does not exist
	-b => option "-b" needs a value, see: macnat --help
	--batch => option "--batch" needs a value, see: macnat --help
	-b /macnat/none => cannot open "/macnat/none": No such file or directory
	-b / => cannot read "/": Is a directory
	-b /dev/null map show => unknown word "map" after "-b /dev/null", nothing more expected
	-force map show => option "-force" is for a batch, see "-b"
	-force => option "-force" is for a batch, see "-b"
	-b/macnat/nob -force => cannot open "/macnat/nob": No such file or directory
	--bat /macnat/none -force => cannot open "/macnat/none": No such file or directory
	--batch=/macnat/none -force => cannot open "/macnat/none": No such file or directory
	-forced => unknown option "-f", see: macnat --help
	-V foo => unknown word "foo" after "--version", nothing more expected
	-h foo => unknown word "foo" after "--help", nothing more expected

	foo => unknown object "foo", expected uplink, map, stats, monitor, help
	"" => unknown object "", expected uplink, map, stats, monitor, help
	mapx => unknown object "mapx", .*
	help foo => unknown word "foo" after "help", nothing more expected
	map foo => unknown command "foo" after "map", expected add, replace, del, show, flush, get, save, restore, sync, help
	map "" => unknown command "" after "map", .*
	map help foo => unknown word "foo" after "help", nothing more expected
	map add help foo => unknown word "foo" after "help", nothing more expected
	uplink s => command "s" is ambiguous, it may be set, show
	uplink lo => unknown command "lo" after "uplink", expected add, set, del, show, help
	stats reset => unknown command "reset" after "stats", expected show, help

	m => object "m" is ambiguous, it may be map, monitor
	monitor foo => unknown command "foo" after "monitor", expected all, uplink, map, help
	monitor show => unknown command "show" after "monitor", .*
	monitor map foo => unknown word "foo" after "monitor map", nothing more expected
	monitor all -t => unknown word "-t" after "monitor all", nothing more expected \(options go before the object\)
	monitor uplink map => unknown word "map" after "monitor uplink", nothing more expected

	uplink add => "uplink add" needs DEV, see: macnat uplink add help
	uplink set => "uplink set" needs DEV, see: macnat uplink set help
	uplink del => "uplink del" needs DEV, see: macnat uplink del help
	uplink add mode route => "uplink add" needs DEV, see: macnat uplink add help
	uplink add macnat-none => device "macnat-none" does not exist
	uplink add a-name-of-16-chr => device "a-name-of-16-chr" does not exist, a name has 1 to 15 letters
	uplink add "" => device "" does not exist, a name has 1 to 15 letters
	uplink add lo foo => unknown word "foo" after "lo", expected mode, node, learn, guard, announce, heal, flood, ageing, limit
	uplink add lo lo => unknown word "lo" after "lo", expected mode, node, learn, guard, announce, heal, flood, ageing, limit
	uplink add lo dev lo => "dev" contradicts "lo", give only one
	uplink add lo mode => "mode" needs a value, see: macnat uplink add help
	uplink add lo mode foo => unknown mode "foo", use bridge or route
	uplink add lo mode rout => unknown mode "rout", use bridge or route
	uplink add lo mode bridge mode route => "mode" is given twice
	uplink add lo node => "node" needs a value, see: macnat uplink add help
	uplink add lo node foo => "foo" is neither auto nor a MAC address, write six pairs .*
	uplink add lo node auto node auto => "node" is given twice
	uplink add lo node 00:00:00:00:00:00 => MAC "00:00:00:00:00:00" is all zero, use .*
	uplink add lo node ff:ff:ff:ff:ff:ff => MAC "ff:ff:ff:ff:ff:ff" is the broadcast address, use .*
	uplink add lo node 01:00:5e:00:00:01 => MAC "01:00:5e:00:00:01" is a multicast address, use .*
	uplink add lo learn => "learn" needs a value, see: macnat uplink add help
	uplink add lo learn yes => unknown learn "yes", use on or off
	uplink add lo learn ON => unknown learn "ON", use on or off
	uplink add lo learn on learn off => "learn" is given twice
	uplink set lo announce 1 => unknown announce "1", use on or off
	uplink set lo heal "" => unknown heal "", use on or off
	uplink add lo ageing => "ageing" needs a value, see: macnat uplink add help
	uplink add lo ageing 4 => ageing "4" is out of range, use 5 to 4294967295
	uplink add lo ageing 0 => ageing "0" is out of range, use 5 to 4294967295
	uplink add lo ageing 4294967296 => ageing "4294967296" is out of range, use 5 to 4294967295
	uplink add lo ageing 4294967301 => ageing "4294967301" is out of range, .*
	uplink add lo ageing -5 => ageing "-5" is not a number, use 5 to 4294967295
	uplink add lo ageing 20m => ageing "20m" is not a number, use 5 to 4294967295
	uplink add lo ageing 010 => ageing "010" is not a number, .*
	uplink add lo ageing limit 5 => ageing "limit" is not a number, .*
	uplink add lo ageing 5 ageing 5 => "ageing" is given twice
	uplink set lo limit 0 => limit "0" is out of range, use 1 to 4294967295
	uplink set lo limit 4294967296 => limit "4294967296" is out of range, .*
	uplink set lo limit many => limit "many" is not a number, use 1 to 4294967295
	uplink set lo mod route => unknown word "mod" after "lo", expected mode, node, learn, guard, announce, heal, flood, ageing, limit
	uplink set lo node auto mode route x => unknown word "x" after "mode route", expected learn, guard, announce, heal, flood, ageing, limit
	uplink set lo limit 1 x => unknown word "x" after "limit 1", expected mode, node, learn, guard, announce, heal, flood, ageing
	uplink del lo foo => unknown word "foo" after "lo", nothing more expected
	uplink del macnat-none => device "macnat-none" does not exist
	uplink show lo foo => unknown word "foo" after "lo", nothing more expected
	uplink show macnat-none => device "macnat-none" does not exist
	uplink show -j => device "-j" does not exist

	map add => "map add" needs IP, see: macnat map add help
	map add 10.0.0.300 => "10.0.0.300" is not an IP address
	map add 10.0.1 => "10.0.1" is not an IP address
	map add 010.0.0.1 => "010.0.0.1" is not an IP address
	map add 2001:db8:::1 => "2001:db8:::1" is not an IP address
	map add 10.0.1.7/24 => "10.0.1.7/24" is not an IP address, write it without a prefix length
	map add "" => "" is not an IP address
	map add 10.0.1.7 => "map add" needs dev DEV, see: macnat map add help
	map add 10.0.1.7 lo => unknown word "lo" after "10.0.1.7", expected dev, vlan, lladdr
	map add 10.0.1.7 dev => "dev" needs a value, see: macnat map add help
	map add 10.0.1.7 dev macnat-none => device "macnat-none" does not exist
	map add 10.0.1.7 dev lo => "map add" needs lladdr P, see: macnat map add help
	map add dev lo lladdr 02:00:5e:10:00:01 => "map add" needs IP, see: macnat map add help
	map add 10.0.1.7 lladdr 02:00:5e:10:00:01 => "map add" needs dev DEV, see: macnat map add help
	map add 10.0.1.7 dev lo foo => unknown word "foo" after "dev lo", expected vlan, lladdr
	map add 10.0.1.7 dev lo lladd 02:00:5e:10:00:01 => unknown word "lladd" after "dev lo", .*
	map add 10.0.1.7 dev lo to 10.0.0.0/8 => unknown word "to" after "dev lo", .*
	map add 10.0.1.7 dev lo dev lo => "dev" is given twice
	map add 10.0.1.7 dev lo lladdr => "lladdr" needs a value, see: macnat map add help
	map add 10.0.1.7 dev lo lladdr foo => "foo" is not a MAC address, write six pairs of hex digits .*
	map add 10.0.1.7 dev lo lladdr 02:00:5e:10:00 => "02:00:5e:10:00" is not a MAC address, .*
	map add 10.0.1.7 dev lo lladdr 2:0:5e:10:0:1 => "2:0:5e:10:0:1" is not a MAC address, .*
	map add 10.0.1.7 dev lo lladdr 02:00:5e:10:00:0g => "02:00:5e:10:00:0g" is not a MAC address, .*
	map add 10.0.1.7 dev lo lladdr 02:00-5e:10:00:01 => "02:00-5e:10:00:01" is not a MAC address, .*
	map add 10.0.1.7 dev lo lladdr 02:00:5e:10:00:01:02 => "02:00:5e:10:00:01:02" is not a MAC .*
	map add 10.0.1.7 dev lo lladdr 00:00:00:00:00:00 => MAC "00:00:00:00:00:00" is all zero, use .*
	map add 10.0.1.7 dev lo lladdr ff:ff:ff:ff:ff:ff => MAC ".*" is the broadcast address, use .*
	map add 10.0.1.7 dev lo lladdr 33:33:00:00:00:01 => MAC ".*" is a multicast address, use .*
	map add 10.0.1.7 dev lo lladdr 02:00:5e:10:00:01 foo => unknown word "foo" after "lladdr 02:.*", expected vlan
	map add 10.0.1.7 dev lo lladdr 02:00:5e:10:00:01 -j => .* \(options go before the object\)
	map add 10.0.1.7 dev lo lladdr 02:00:5e:10:00:01 lladdr 02:00:5e:10:00:01 => "lladdr" is given twice
	map add 10.0.1.7 dev lo vlan => "vlan" needs a value, see: macnat map add help
	map add 10.0.1.7 dev lo vlan 4095 => VLAN "4095" is out of range, use 1 to 4094 \(or VID\.INNER\)
	map add 10.0.1.7 dev lo vlan 65636 => VLAN "65636" is out of range, .*
	map add 10.0.1.7 dev lo vlan 4294967396 => VLAN "4294967396" is out of range, .*
	map add 10.0.1.7 dev lo vlan 100.4095 => VLAN "100.4095" is out of range, .*
	map add 10.0.1.7 dev lo vlan 100.0 => VLAN "100.0" is out of range, .*
	map add 10.0.1.7 dev lo vlan 0.100 => VLAN "0.100" is out of range, .*
	map add 10.0.1.7 dev lo vlan 100. => VLAN "100." is out of range, .*
	map add 10.0.1.7 dev lo vlan 1.2.3 => VLAN "1.2.3" is out of range, .*
	map add 10.0.1.7 dev lo vlan -1 => "-1" is not a VLAN, .*
	map add 10.0.1.7 dev lo vlan 0x64 => "0x64" is not a VLAN, .*
	map add 10.0.1.7 dev lo vlan red => "red" is not a VLAN, .*
	map add 10.0.1.7 dev lo vlan "" => VLAN "" is out of range, .*
	map add 10.0.1.7 dev lo vlan lladdr 02:00:5e:10:00:01 => "lladdr" is not a VLAN, .*
	map replace => "map replace" needs IP, see: macnat map replace help
	map replace 10.0.1.7 dev lo => "map replace" needs lladdr P, see: macnat map replace help
	map del => "map del" needs IP, see: macnat map del help
	map del 10.0.1.7 => "map del" needs dev DEV, see: macnat map del help
	map del 10.0.1.7 dev lo foo => unknown word "foo" after "dev lo", expected vlan, lladdr
	map get => "map get" needs IP, see: macnat map get help
	map get 10.0.1.7 => "map get" needs dev DEV, see: macnat map get help
	map get 10.0.1.7 dev lo lladdr 02:00:5e:10:00:01 => unknown word "lladdr" after "dev lo", expected vlan
	map show foo => unknown word "foo" after "map show", expected dev, vlan, to, lladdr, local, static, learned, synced
	map show -j => unknown word "-j" after "map show", expected .* \(options go before the object\)
	map show dev macnat-none => device "macnat-none" does not exist
	map show local local => "local" is given twice
	map show learned learned => "learned" is given twice
	map show static learned => "learned" contradicts "static", give only one
	map flush learned static => "static" contradicts "learned", give only one
	map show learn => unknown word "learn" after "map show", .*
	map show learned foo => unknown word "foo" after "learned", expected dev, vlan, to, lladdr, local
	map show static foo => unknown word "foo" after "static", expected dev, vlan, to, lladdr, local
	map show to => "to" needs a value, see: macnat map show help
	map show to foo => "foo" is not an IP prefix, write ADDRESS/LENGTH
	map show to 10.0.0/8 => "10.0.0/8" is not an IP prefix, write ADDRESS/LENGTH
	map show to 10.0.0.0/33 => prefix length of "10.0.0.0/33" is out of range, use 0 to 32
	map show to 10.0.0.0/ => prefix length of "10.0.0.0/" is out of range, use 0 to 32
	map show to 10.0.0.0/-1 => prefix length of "10.0.0.0/-1" is out of range, use 0 to 32
	map show to 2001:db8::/129 => prefix length of "2001:db8::/129" is out of range, use 0 to 128
	map show to 10.0.0.0/8 to 10.0.0.0/8 => "to" is given twice
	map show lladdr 01:00:5e:00:00:01 => MAC "01:00:5e:00:00:01" is a multicast address, use .*
	map show vlan 4095 => VLAN "4095" is out of range, .*
	map flush => "map flush" needs at least one of dev, vlan, to, lladdr, local, static, learned, synced
	map flush foo => unknown word "foo" after "map flush", expected dev, vlan, .*
	map flush dev => "dev" needs a value, see: macnat map flush help

	map save foo bar => unknown word "bar" after "foo", expected dev
	map save "" => "" is not a file, use - for standard input or output
	map save dev macnat-none => device "macnat-none" does not exist
	-j map save => "map save" prints commands, use "map show" for JSON
	map restore /macnat/none => cannot open "/macnat/none": No such file or directory
	map restore foo static => unknown word "static" after "foo", expected dev
	map sync /macnat/none => cannot open "/macnat/none": No such file or directory
	map sync foo bar => unknown word "bar" after "foo", expected dev
	map s => command "s" is ambiguous, it may be show, save, sync
	map show learned synced => "synced" contradicts "learned", give only one
	map re => command "re" is ambiguous, it may be replace, restore

	stats show foo => unknown word "foo" after "stats show", expected dev
	stats show dev => "dev" needs a value, see: macnat stats show help
	stats show dev macnat-none => device "macnat-none" does not exist
	stats show dev lo dev lo => "dev" is given twice
	stats show dev lo foo => unknown word "foo" after "dev lo", nothing more expected
'

# ARGUMENTS => a line that help prints, an extended regular expression
help='
	help => Usage: macnat \[ OPTIONS \] OBJECT \{ COMMAND \| help \}
	help => *macnat \[ OPTIONS \] -b FILE
	help => * -n, --netns NETNS \| -b, --batch FILE \| -force \|
	map save help => Usage: macnat map save \[ FILE \] \[ dev DEV \]
	map sync help => Usage: macnat map sync \[ FILE \] \[ dev DEV \]
	map restore help => Usage: macnat map restore \[ FILE \] \[ dev DEV \]
	help => OPTIONS := \{ -j, --json \| -p, --pretty \| -s, --statistics \| -t, --timestamp \|
	-h => OBJECT := \{ uplink \| map \| stats \| monitor \}
	--help => OBJECT := \{ uplink \| map \| stats \| monitor \}
	he => OBJECT := \{ uplink \| map \| stats \| monitor \}
	-j help => OBJECT := \{ uplink \| map \| stats \| monitor \}
	monitor help => Usage: macnat monitor all
	mo help => *macnat monitor uplink
	monitor map help => Usage: macnat monitor map
	uplink help => Usage: macnat uplink add DEV \[ mode \{ bridge \| route \} \] \[ node \{ auto \| MAC \} \]
	uplink add help => *\[ guard \{ pass \| rewrite \| drop \} \]
	uplink add help => *\[ learn \{ on \| off \} \]
	uplink set help => *\[ announce \{ on \| off \} \] \[ heal \{ on \| off \} \]
	uplink set help => *\[ flood \{ pass \| drop \} \] \[ ageing SECONDS \]
	uplink set help => *\[ limit NUMBER \]
	uplink help => *macnat uplink show \[ DEV \]
	u -h => *macnat uplink del DEV
	map help => *macnat map get IP dev DEV \[ vlan VID\[.INNER\] \]
	map --help => *macnat map del IP dev DEV \[ vlan VID\[.INNER\] \] \[ lladdr P \]
	stats help => Usage: macnat stats show \[ dev DEV \]
	uplink set help => Usage: macnat uplink set DEV .*
	uplink del help => Usage: macnat uplink del DEV
	uplink sh help => Usage: macnat uplink show \[ DEV \]
	map add help => Usage: macnat map add IP dev DEV \[ vlan VID\[.INNER\] \] lladdr P
	map replace help => Usage: macnat map replace IP dev DEV \[ vlan VID\[.INNER\] \] lladdr P
	map del help => Usage: macnat map del IP dev DEV \[ vlan VID\[.INNER\] \] \[ lladdr P \]
	map show help => *\[ lladdr P \] \[ local \] \[ static \| learned \| synced \]
	map flush help => Usage: macnat map flush \[ dev DEV \] .*
	map get help => Usage: macnat map get IP dev DEV \[ vlan VID\[.INNER\] \]
	ma a help => Usage: macnat map add IP dev DEV .*
	stats show help => Usage: macnat stats show \[ dev DEV \]
	-V => macnat tool [0-9][^ ]*, module [^ ].*
	--version => macnat tool [0-9][^ ]*, module [^ ].*
'

# right arguments, which end with exit code 3 when there is no module
right='
	uplink
	uplink show
	u sh lo
	uplink show dev lo
	-j uplink
	-j -p uplink
	--json --pretty uplink
	uplink add lo
	uplink add dev lo mode bridge node auto
	uplink set lo node 02-00-5E-10-00-01 mode route
	uplink set mode route lo
	uplink add lo learn on announce off heal off ageing 5 limit 1
	uplink set lo limit 4294967295 ageing 4294967295 heal on announce on learn off
	uplink del lo
	map
	-s map show learned
	--statistics map
	map flush learned
	map show local static
	map show dev lo vlan 0 to 0.0.0.0/0 lladdr 02:00:5e:10:00:01
	map show to 2001:db8::/64
	map show to 10.0.1.7
	map flush local
	map add 10.0.1.7 dev lo lladdr 02:00:5e:10:00:01
	map add 2001:db8::7 dev lo vlan 100.200 lladdr 02:00:5e:10:00:01
	map add lladdr 02:00:5e:10:00:01 vlan 4094 dev lo 10.0.1.7
	map replace 10.0.1.7 dev lo vlan 1 lladdr fe:ff:ff:ff:ff:ff
	map del 10.0.1.7 dev lo
	map del 10.0.1.7 dev lo lladdr 02:00:5e:10:00:01
	map get 10.0.1.7 dev lo vlan 100
	map save
	map save - dev lo
	stats
	stats show dev lo
	monitor
	monitor map
	mo up
	-j -t -s monitor all
	--timestamp monitor uplink
'

# A batch, as printf(1) has it => its error
batch='
	map foo => -:1: unknown command "foo" after "map", .*
	# map foo\n\n \t \nfoo\nbar => -:4: unknown object "foo", .*
	-h\n => -:1: unknown object "-h", .*
	map \\\n add \\\r\n 10.0.1.7 => -:1: "map add" needs dev DEV, .*
	map get 10.0.1.7 dev lo#foo => -:1: device "lo#foo" does not exist
	map get 10.0.1.7 #dev lo => -:1: "map get" needs dev DEV, .*
	map \000get => -:1: the line has a NUL byte, a batch is text
	monitor map => -:1: "monitor" does not end, it has no place in a batch
	# map \\\nfoo => -:2: unknown object "foo", .*
	map get 10.0.1.7 # \\\n dev lo => -:1: "map get" needs dev DEV, .*
	\\\n\\\nfoo => -:1: unknown object "foo", .*
	map %064d => -:1: unknown command "0{64}" after "map", .*
'

number=0
failed=0

# ok NAME / not_ok NAME WHY / skip NAME WHY
ok() {
	number=$((number + 1))
	echo "ok $number $1"
}

not_ok() {
	number=$((number + 1))
	failed=1
	echo "not ok $number $1 # $2"
	sed 's/^/# stdout: /' "$tmp/out"
	sed 's/^/# stderr: /' "$tmp/err"
}

skip() {
	number=$((number + 1))
	echo "ok $number $1 # SKIP $2"
}

# Rows of a table without blank lines and indents
rows() {
	sed -e 's/^[[:space:]]*//' -e '/^$/d' <<<"$1"
}

# run ARGUMENTS: the tool, with what it says in $tmp/out, $tmp/err, its exit code in $code
run() {
	local words word args=()

	read -ra words <<<"$1"
	for word in "${words[@]}"; do
		[ "$word" != '""' ] || word=
		args+=("$word")
	done
	code=0
	"$MACNAT" "${args[@]}" >"$tmp/out" 2>"$tmp/err" || code=$?
}

# said REGEXP: stderr is this one line
said() {
	[ "$(wc -l <"$tmp/err")" = 1 ] && grep -qxE "macnat: ($1)" "$tmp/err"
}

test_wrong() {
	local row=$1 line=${1%% => *} want=${1#* => }

	run "$line"
	if [ "$code" != 1 ]; then
		not_ok "wrong: $line" "exit code $code, not 1"
	elif [ -s "$tmp/out" ]; then
		not_ok "wrong: $line" "something on stdout"
	elif ! said "$want"; then
		not_ok "wrong: $line" "stderr is not: ${row#* => }"
	else
		ok "wrong: $line"
	fi
}

test_help() {
	local line=${1%% => *} want=${1#* => }

	run "$line"
	# a leading * stands for any indent
	want=${want/#\*/ *}
	if [ "$code" != 0 ]; then
		not_ok "help: $line" "exit code $code, not 0"
	elif [ -s "$tmp/err" ]; then
		not_ok "help: $line" "something on stderr"
	elif ! grep -qxE -- "$want" "$tmp/out"; then
		not_ok "help: $line" "no line: $want"
	elif [ "$(awk '{ if (length > n) n = length } END { print n }' "$tmp/out")" -gt 80 ]; then
		not_ok "help: $line" "a line is longer than 80 columns"
	else
		ok "help: $line"
	fi
}

test_batch() {
	local text=${1%% => *} want=${1#* => } code=0

	# shellcheck disable=SC2059
	printf -- "$text" | "$MACNAT" -b - >"$tmp/out" 2>"$tmp/err" || code=$?
	if [ "$code" != 1 ] || [ -s "$tmp/out" ] || ! said "$want"; then
		not_ok "batch: $text" "exit code $code, not 1, or stderr is not: $want"
	else
		ok "batch: $text"
	fi
}

# -force: each error is told, the exit code is the first one's
test_batch_force() {
	code=0
	printf 'foo\nmap help\nbar' | "$MACNAT" -force -n "/proc/self/ns/net" -b - >"$tmp/out" 2>"$tmp/err" ||
		code=$?
	if [ "$code" = 1 ] && grep -q '^Usage: macnat map add' "$tmp/out" &&
		[ "$(grep -oE '^macnat: -:[0-9]+: unknown object "[a-z]+"' "$tmp/err" | paste -s)" = \
			$'macnat: -:1: unknown object "foo"\tmacnat: -:3: unknown object "bar"' ]; then
		ok "-force"
	else
		not_ok "-force" "exit code $code, not 1, or not all is done"
	fi
}

# Each of a line too long, too many words and no line at all
test_batch_long() {
	code=0
	{ printf 'map get 10.0.1.7 dev lo '; printf 'foo%.0s' {1..99999}; } | "$MACNAT" -b - >"$tmp/out" 2>"$tmp/err" ||
		code=$?
	if [ "$code" != 1 ] || ! grep -q '^macnat: -:1: unknown word "foofoo' "$tmp/err"; then
		not_ok "long lines" "exit code $code, not 1, or the word is not named"
		return
	fi
	code=0
	printf 'foo %.0s' {1..64} | "$MACNAT" -b - >"$tmp/out" 2>"$tmp/err" || code=$?
	if [ "$code" != 1 ] || ! said "-:1: the line has more than 63 words"; then
		not_ok "long lines" "exit code $code, not 1, or too many words are not told"
		return
	fi
	code=0
	"$MACNAT" -b /dev/null >"$tmp/out" 2>"$tmp/err" || code=$?
	if [ "$code" != 0 ] || [ -s "$tmp/err" ]; then
		not_ok "long lines" "an empty batch fails"
		return
	fi
	ok "long lines"
}

# In a guest, the module that is there can be made one that is not.
without_module() {
	[ -n "${MACNAT_GUEST:-}" ] && [ "$(id -u)" = 0 ] || return 0
	rmmod macnat 2>/dev/null || :
	echo /bin/false >/proc/sys/kernel/modprobe
}

with_module() {
	[ -n "${MACNAT_GUEST:-}" ] && [ "$(id -u)" = 0 ] || return 0
	echo /sbin/modprobe >/proc/sys/kernel/modprobe
}

test_right() {
	# asking for the family makes the kernel load the module, if it is installed
	[ -e /sys/module/macnat ] || run "$1"
	if [ -e /sys/module/macnat ]; then
		skip "no module: $1" "the module is loaded"
	elif [ "$code" != 3 ]; then
		not_ok "no module: $1" "exit code $code, not 3"
	elif [ -s "$tmp/out" ]; then
		not_ok "no module: $1" "something on stdout"
	elif ! said "the macnat module is not loaded, load it with: modprobe macnat"; then
		not_ok "no module: $1" "stderr is another"
	else
		ok "no module: $1"
	fi
}

test_no_object() {
	code=0
	"$MACNAT" >"$tmp/out" 2>"$tmp/err" || code=$?
	if [ "$code" != 1 ] || [ -s "$tmp/out" ]; then
		not_ok "no object" "exit code $code, not 1, or something on stdout"
	elif ! grep -q '^Usage: macnat ' "$tmp/err"; then
		not_ok "no object" "no usage on stderr"
	else
		ok "no object"
	fi
}

# ... and which line of a batch it is that finds that out
test_no_module_batch() {
	[ ! -e /sys/module/macnat ] || { skip "no module: a batch" "the module is loaded"; return; }
	code=0
	printf 'map add 10.0.0.1 dev lo lladdr 02:00:5e:10:00:01\nfoo\n' | "$MACNAT" -b - >"$tmp/out" 2>"$tmp/err" ||
		code=$?
	if [ "$code" != 3 ] || ! grep -qx 'macnat: -:1: the macnat module is not loaded, .*' "$tmp/err"; then
		not_ok "no module: a batch" "exit code $code, not 3, or another line"
	else
		ok "no module: a batch"
	fi
}

# A word from elsewhere cannot break the line nor drive the terminal.
test_control_characters() {
	code=0
	"$MACNAT" $'a\nb\033[2J' >"$tmp/out" 2>"$tmp/err" || code=$?
	if [ "$code" = 1 ] && said 'unknown object "a\?b\?\[2J", .*'; then
		ok "control characters"
	else
		not_ok "control characters" "exit code $code, or they are printed"
	fi
}

test_version_without_module() {
	if [ -e /sys/module/macnat ]; then
		skip "-V without the module" "the module is loaded"
		return
	fi
	run -V
	if grep -qx "macnat tool [0-9][^ ]*, module not loaded" "$tmp/out"; then
		ok "-V without the module"
	else
		not_ok "-V without the module" "not said"
	fi
}

# not_written NAME REASON: what $code and $tmp/err have to be when output is lost
not_written() {
	if [ "$code" != 1 ]; then
		not_ok "$1" "exit code $code, not 1"
	elif ! said "cannot write the output: $2"; then
		not_ok "$1" "not said"
	else
		ok "$1"
	fi
}

test_full_disk() {
	: >"$tmp/out"
	code=0
	"$MACNAT" help >/dev/full 2>"$tmp/err" || code=$?
	not_written "full disk" "No space left on device"
}

test_closed_stdout() {
	code=0
	"$MACNAT" help >&- 2>"$tmp/err" || code=$?
	not_written "closed stdout" "Bad file descriptor"
}

# A pipe whose reader is gone: opened for both, so that nobody waits, then for writing only.
test_closed_pipe() {
	local fd out

	mkfifo "$tmp/pipe"
	exec {fd}<>"$tmp/pipe"
	exec {out}>"$tmp/pipe"
	exec {fd}<&-
	code=0
	"$MACNAT" help 1>&"$out" 2>"$tmp/err" || code=$?
	exec {out}>&-
	not_written "closed pipe" "Broken pipe"
}

mapfile -t wrong_rows < <(rows "$wrong")
mapfile -t help_rows < <(rows "$help")
mapfile -t right_rows < <(rows "$right")
mapfile -t batch_rows < <(rows "$batch")
singles=9

echo "KTAP version 1"
if ! [ -x "$MACNAT" ] && ! type -P "$MACNAT" >/dev/null; then
	echo "1..0 # SKIP no $MACNAT, build it or set MACNAT"
	exit 4
fi
without_module
echo "1..$((${#wrong_rows[@]} + ${#help_rows[@]} + ${#right_rows[@]} +
	${#batch_rows[@]} + singles))"
for row in "${wrong_rows[@]}"; do
	test_wrong "$row"
done
for row in "${help_rows[@]}"; do
	test_help "$row"
done
for row in "${batch_rows[@]}"; do
	test_batch "$row"
done
test_batch_force
test_batch_long
test_no_object
test_control_characters
test_version_without_module
test_full_disk
test_closed_stdout
test_closed_pipe
# last, since these may make the kernel load the module
for row in "${right_rows[@]}"; do
	test_right "$row"
done
test_no_module_batch
exit $failed
