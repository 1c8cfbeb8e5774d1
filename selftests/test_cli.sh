#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tool against the kernel: what is refused and how, what is shown and in which order, who may
# do what. No traffic: a namespace with three devices. (The command line alone, before anything is
# sent, is test_cli_usage.sh's.)
#
#	NODE: eth0 N 10.0.0.1/16, eth1 N1: uplinks; eth2: none

# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=SCRIPTDIR/topo.sh
. "$SELFTESTS/topo.sh"

TESTS="
	usage			# wrong arguments: status 1, one line, nothing sent
	refused			# what the kernel refuses: status 2, its sentence, nothing changed
	own_lladdr		# the device's and the bridge's MAC are no pod's, whatever the node MAC
	unprivileged		# changes need CAP_NET_ADMIN, showing does not
	user_namespace		# its root manages its own network namespace, and no other
	add_del_get		# one mapping: VLANs, QinQ, untagged, text and JSON
	replace			# in place: entries and stations are counted right
	filters			# map show and map flush: order, and every condition
	settings		# uplink add and set: defaults, each setting alone, all at once, the ranges
	many			# hundreds: complete and sorted, also while others change the table
	interrupted		# a dump that changes have overtaken is read again, or given up; others are not
	batch			# commands from a file: in order, up to the first that fails, or all
	save_restore		# what is saved is restored as it was, or nothing of it
	json			# [] when empty, exactly the documented members, -p
	schema			# what -j prints is what tools/schema says
	monitor			# each event of a table's life, as text and JSON, filtered, in a namespace
	monitor_end		# a signal, a reader that goes, the module unloaded
	monitor_lost		# more events than there is room for: said, and it goes on
	netns			# -n by name and by path
	version			# -V
	autoload		# the first command loads the module, or says how
"

N=02:00:00:00:00:01 N1=02:00:00:00:00:11 X=02:00:00:00:0e:01
P1=06:00:00:00:01:01 P2=06:00:00:00:01:02 P3=06:00:00:00:01:03 P4=06:00:00:00:01:04

test_setup() {
	macnat_load
	ns_new NODE
	# IPv6 sends of its own accord, and counters are looked at twice
	topo_sysctl "$NODE"
	ip -n "$NODE" -batch - <<-END
		link add eth0 address $N type dummy
		link add eth1 address $N1 type dummy
		link add eth2 type dummy
		link set eth0 up
		addr add 10.0.0.1/16 dev eth0
	END
}

# m ARGUMENT...: the tool, in NODE
m() {
	macnat -n "$NODE" "$@"
}

# state: everything that a command could have changed
state() {
	m -j uplink show
	m -j map show
}

# counts DEV: "entries stations"
counts() {
	m -j uplink show "$1" | jq -r '.[0] | "\(.entries) \(.stations)"'
}

# table STATUS ROWS: each row `ARGUMENTS => REGEXP`, which is to be all of stderr behind "macnat: ";
# stdout stays empty and the state as it was
table() {
	local status=$1 rows=$2 before line want args

	before=$(state)
	while IFS= read -r line; do
		line=${line#"${line%%[![:space:]]*}"}
		[ -n "$line" ] || continue
		want=${line#* => }
		read -ra args <<<"${line%% => *}"
		run m "${args[@]}"
		check_eq "$RC" "$status" "exit status of: ${args[*]}"
		check_eq "$OUT" "" "stdout of: ${args[*]}"
		check_match "$ERR" "^macnat: ($want)\$" "${args[*]}"
		check_eq "$(state)" "$before" "state after: ${args[*]}"
	done <<<"$rows"
}

usage() {
	m uplink add eth0
	m map add 10.0.1.1 dev eth0 lladdr $P1
	table 1 "
		foo => unknown object \"foo\", expected uplink, map, stats, monitor, help
		uplink foo => unknown command \"foo\" after \"uplink\", expected .*
		map foo => unknown command \"foo\" after \"map\", expected .*
		stats reset => unknown command \"reset\" after \"stats\", expected .*

		uplink add => \"uplink add\" needs DEV, .*
		uplink add eth9 => device \"eth9\" does not exist
		uplink add eth1 foo => unknown word \"foo\" after \"eth1\", .*
		uplink add eth1 mode => \"mode\" needs a value, .*
		uplink add eth1 mode foo => unknown mode \"foo\", use bridge or route
		uplink add eth1 mode route mode bridge => \"mode\" is given twice
		uplink add eth1 node => \"node\" needs a value, .*
		uplink add eth1 node foo => \"foo\" is neither auto nor a MAC address, .*
		uplink add eth1 node 00:00:00:00:00:00 => MAC .* is all zero, .*
		uplink add eth1 node 01:00:5e:00:00:01 => MAC .* is a multicast address, .*
		uplink add eth1 node ff:ff:ff:ff:ff:ff => MAC .* is the broadcast address, .*
		uplink add eth1 mode route foo => unknown word \"foo\" after \"mode route\", .*
		uplink set => \"uplink set\" needs DEV, .*
		uplink set eth9 mode route => device \"eth9\" does not exist
		uplink set eth0 mode foo => unknown mode \"foo\", .*
		uplink set eth0 learn foo => unknown learn \"foo\", use on or off
		uplink set eth0 ageing 4 => ageing \"4\" is out of range, use 5 to 4294967295
		uplink set eth0 limit 0 => limit \"0\" is out of range, use 1 to 4294967295
		uplink set eth0 mode route node foo => \"foo\" is neither auto nor a MAC address, .*
		uplink set eth0 mode route foo => unknown word \"foo\" after \"mode route\", .*
		uplink del => \"uplink del\" needs DEV, .*
		uplink del eth9 => device \"eth9\" does not exist
		uplink del eth0 foo => unknown word \"foo\" after \"eth0\", .*
		uplink show eth9 => device \"eth9\" does not exist
		uplink show eth0 eth1 => unknown word \"eth1\" after \"eth0\", .*

		map add => \"map add\" needs IP, .*
		map add 10.0.1.9 => \"map add\" needs dev DEV, .*
		map add 10.0.1.9 dev eth0 => \"map add\" needs lladdr P, .*
		map add 10.0.1.9 dev eth9 lladdr $P2 => device \"eth9\" does not exist
		map add 10.0.1 dev eth0 lladdr $P2 => \"10.0.1\" is not an IP address
		map add 10.0.1.9/32 dev eth0 lladdr $P2 => \"10.0.1.9/32\" is not an IP address, .*
		map add 10.0.1.256 dev eth0 lladdr $P2 => \"10.0.1.256\" is not an IP address
		map add 10.0.1.9 dev eth0 lladdr $P2 lladdr $P3 => \"lladdr\" is given twice
		map add 10.0.1.9 dev eth0 dev eth1 lladdr $P2 => \"dev\" is given twice
		map add 10.0.1.9 dev eth0 lladdr foo => \"foo\" is not a MAC address, .*
		map add 10.0.1.9 dev eth0 lladdr 06:00:00:00:01 => \"06:00:00:00:01\" is not a MAC address, .*
		map add 10.0.1.9 dev eth0 lladdr 00:00:00:00:00:00 => MAC .* is all zero, .*
		map add 10.0.1.9 dev eth0 lladdr 07:00:00:00:01:01 => MAC .* is a multicast address, .*
		map add 10.0.1.9 dev eth0 lladdr ff:ff:ff:ff:ff:ff => MAC .* is the broadcast address, .*
		map add 10.0.1.9 dev eth0 lladdr $P2 foo => unknown word \"foo\" after \"lladdr $P2\", expected vlan
		map add 10.0.1.9 dev eth0 vlan lladdr $P2 => \"lladdr\" is not a VLAN, .*
		map add 10.0.1.9 dev eth0 vlan 4095 lladdr $P2 => VLAN \"4095\" is out of range, .*
		map add 10.0.1.9 dev eth0 vlan 65636 lladdr $P2 => VLAN \"65636\" is out of range, .*
		map add 10.0.1.9 dev eth0 vlan 0.5 lladdr $P2 => VLAN \"0.5\" is out of range, .*
		map add 10.0.1.9 dev eth0 vlan 5.0 lladdr $P2 => VLAN \"5.0\" is out of range, .*
		map add 10.0.1.9 dev eth0 vlan -1 lladdr $P2 => \"-1\" is not a VLAN, .*
		map add 10.0.1.9 dev eth0 to 10.0.0.0/8 lladdr $P2 => unknown word \"to\" after \"dev eth0\", .*
		map replace => \"map replace\" needs IP, .*
		map replace 10.0.1.1 => \"map replace\" needs dev DEV, .*
		map replace 10.0.1.1 dev eth0 => \"map replace\" needs lladdr P, .*
		map replace 10.0.1.1 dev eth0 lladdr foo => \"foo\" is not a MAC address, .*
		map replace 10.0.1.1 dev eth0 lladdr $P2 foo => unknown word \"foo\" .*
		map del => \"map del\" needs IP, .*
		map del 10.0.1.1 => \"map del\" needs dev DEV, .*
		map del 10.0.1.1 dev eth9 => device \"eth9\" does not exist
		map del 10.0.1.1 dev eth0 foo => unknown word \"foo\" after \"dev eth0\", .*
		map del 10.0.1.1 dev eth0 lladdr => \"lladdr\" needs a value, .*
		map del 10.0.1.1 dev eth0 lladdr foo => \"foo\" is not a MAC address, .*
		map get => \"map get\" needs IP, .*
		map get 10.0.1.1 => \"map get\" needs dev DEV, .*
		map get 10.0.1.1 dev eth9 => device \"eth9\" does not exist
		map show foo => unknown word \"foo\" after \"map show\", .*
		map show dev eth9 => device \"eth9\" does not exist
		map show to 10.0.0.0/33 => prefix length of \"10.0.0.0/33\" is out of range, use 0 to 32
		map show vlan 4095 => VLAN \"4095\" is out of range, .*
		map show lladdr foo => \"foo\" is not a MAC address, .*
		map flush => \"map flush\" needs at least one of .*
		map flush foo => unknown word \"foo\" after \"map flush\", .*
		map flush dev => \"dev\" needs a value, .*
		map flush dev eth9 => device \"eth9\" does not exist
		map flush dev eth0 to 10.0.0.0/33 => prefix length of .* is out of range, use 0 to 32
		map flush dev eth0 lladdr foo => \"foo\" is not a MAC address, .*
		map flush dev eth0 local foo => unknown word \"foo\" after \"local\", .*
		stats show eth0 => unknown word \"eth0\" after \"stats show\", .*
		stats show dev eth9 => device \"eth9\" does not exist
	"
}
# shellcheck disable=SC2034
export TIMEOUT_many=200 TIMEOUT_interrupted=120
export TIMEOUT_usage=120

refused() {
	local absent="macnat is not attached to this device: see macnat uplink add"
	local none="there is no such mapping" nobody="no pod can have this IP address"
	local own="this is the node's own IP address: mapping it would cut the node off"

	m uplink add eth0
	m map add 10.0.1.1 dev eth0 lladdr $P1
	m map add 10.0.1.2 dev eth0 vlan 100 lladdr $P2
	# the kernel knows which word it is about, for most
	table 2 "
		uplink add eth0 => \"eth0\": macnat is attached to this device already
		uplink add eth0 mode route node $X => \"eth0\": macnat is attached to this device already
		uplink add lo => \"lo\": not an Ethernet device: name the device that faces the fabric
		uplink set eth2 mode route => \"eth2\": $absent
		uplink set eth0 mode route node $P1 => \"$P1\": the node MAC is mapped as a pod's lladdr on this uplink
		uplink del eth2 => \"eth2\": $absent
		uplink show eth2 => \"eth2\": $absent
		stats show dev eth2 => \"eth2\": $absent

		map add 10.0.1.9 dev eth2 lladdr $P1 => \"eth2\": $absent
		map replace 10.0.1.9 dev eth2 lladdr $P1 => \"eth2\": $absent
		map del 10.0.1.1 dev eth2 => \"eth2\": $absent
		map get 10.0.1.1 dev eth2 => \"eth2\": $absent
		map show dev eth2 => \"eth2\": $absent
		map flush dev eth2 => \"eth2\": $absent

		map add 10.0.1.1 dev eth0 lladdr $P2 => \"10.0.1.1\": the mapping exists already: use map replace to change it
		map add 10.0.1.1 dev eth0 lladdr $P1 => \"10.0.1.1\": the mapping exists already: .*
		map add 10.0.1.1 dev eth0 vlan 0 lladdr $P1 => \"10.0.1.1\": the mapping exists already: .*
		map add 10.0.1.2 dev eth0 vlan 100 lladdr $P1 => \"10.0.1.2\": the mapping exists already: .*
		map add 0.0.0.0 dev eth0 lladdr $P2 => \"0.0.0.0\": $nobody
		map add 127.0.0.1 dev eth0 lladdr $P2 => \"127.0.0.1\": $nobody
		map add 127.255.255.254 dev eth0 lladdr $P2 => \"127.255.255.254\": $nobody
		map add 224.0.0.1 dev eth0 lladdr $P2 => \"224.0.0.1\": $nobody
		map add 239.255.255.250 dev eth0 vlan 7 lladdr $P2 => \"239.255.255.250\": $nobody
		map add 255.255.255.255 dev eth0 lladdr $P2 => \"255.255.255.255\": $nobody
		map add 10.0.0.1 dev eth0 lladdr $P2 => \"10.0.0.1\": $own
		map add :: dev eth0 lladdr $P2 => \"::\": $nobody
		map add ::1 dev eth0 lladdr $P2 => \"::1\": $nobody
		map add ff02::1 dev eth0 lladdr $P2 => \"ff02::1\": $nobody
		map add ::ffff:10.0.1.9 dev eth0 lladdr $P2 => \"::ffff:10.0.1.9\": $nobody
		map add 10.0.1.9 dev eth0 lladdr $N => \"$N\": this is a MAC of the node itself: a pod has one of its own

		map replace 0.0.0.0 dev eth0 lladdr $P2 => \"0.0.0.0\": $nobody
		map replace 224.0.0.1 dev eth0 lladdr $P2 => \"224.0.0.1\": $nobody
		map replace 10.0.0.1 dev eth0 lladdr $P2 => \"10.0.0.1\": $own
		map replace ff02::1 dev eth0 lladdr $P2 => \"ff02::1\": $nobody
		map replace 10.0.1.1 dev eth0 lladdr $N => \"$N\": this is a MAC of the node itself: .*

		map del 10.0.1.9 dev eth0 => \"10.0.1.9\": $none
		map del 10.0.1.2 dev eth0 => \"10.0.1.2\": $none
		map del 10.0.1.1 dev eth0 vlan 100 => \"10.0.1.1\": $none
		map del 10.0.1.2 dev eth0 vlan 100.1 => \"10.0.1.2\": $none
		map del 10.0.1.1 dev eth0 lladdr $P2 => \"$P2\": the mapping is to another lladdr
		map del 2001:db8::7 dev eth0 => \"2001:db8::7\": $none
		map get 10.0.1.9 dev eth0 => \"10.0.1.9\": $none
		map get 10.0.1.1 dev eth0 vlan 100 => \"10.0.1.1\": $none
		map get 2001:db8::7 dev eth0 => \"2001:db8::7\": $none
	"
	# and with another node MAC it is that one which no pod can have
	m uplink set eth0 node $X
	table 2 "
		map add 10.0.1.9 dev eth0 lladdr $X => \"$X\": this is a MAC of the node itself: .*
	"
	# the limited broadcast aside, class E is somebody's
	check m map add 240.0.0.1 dev eth0 lladdr $P2
}
# shellcheck disable=SC2034
export TIMEOUT_refused=120

# With such a mapping the node's own frames would be taken for a pod's.
own_lladdr() {
	ip -n "$NODE" link add br0 address $P4 type bridge
	ip -n "$NODE" link set eth0 master br0
	m uplink add eth0
	table 2 "
		map add 10.0.1.9 dev eth0 lladdr $P4 => \"$P4\": .*
		map add 10.0.1.9 dev eth0 lladdr $N => \"$N\": .*
	"
	m uplink set eth0 node $X
	table 2 "
		map add 10.0.1.9 dev eth0 lladdr $X => \"$X\": .*
		map add 10.0.1.9 dev eth0 lladdr $P4 => \"$P4\": .*
		map replace 10.0.1.9 dev eth0 lladdr $N => \"$N\": .*
	"
	# nobody's any more
	ip -n "$NODE" link set eth0 nomaster
	check m map add 10.0.1.9 dev eth0 lladdr $P4
}

# Each must be refused where it would otherwise succeed.
unprivileged() {
	local line args nobody before
	local why="macnat: .*Operation not permitted, run as root, it needs CAP_NET_ADMIN"

	# nothing counts while two look
	m uplink add eth0 announce off
	m map add 10.0.1.1 dev eth0 lladdr $P1
	before=$(state)
	while read -r line; do
		read -ra args <<<"$line"
		run ns_exec "$NODE" setpriv --bounding-set=-net_admin --inh-caps=-net_admin macnat "${args[@]}"
		check_eq "$RC" 2 "exit status of: $line"
		check_match "$ERR" "^$why\$"
		check_eq "$(state)" "$before" "state after: $line"
	done <<-END
		uplink add eth1
		uplink set eth0 mode route
		uplink del eth0
		map add 10.0.1.2 dev eth0 lladdr $P2
		map replace 10.0.1.1 dev eth0 lladdr $P2
		map del 10.0.1.1 dev eth0
		map flush local
	END

	# anybody
	nobody=(ns_exec "$NODE" setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all macnat)
	check_rc 2 "${nobody[@]}" map flush local
	for line in "uplink show" "uplink show eth0" "map show" "map show dev eth0" "map get 10.0.1.1 dev eth0" \
		"stats show" "stats show dev eth0"; do
		read -ra args <<<"$line"
		check_eq "$("${nobody[@]}" "${args[@]}")" "$(m "${args[@]}")" "$line"
	done
	run setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all macnat -n "$NODE" map show
	check_eq "$RC" 1
	check_match "$ERR" "^macnat: entering a network namespace needs CAP_SYS_ADMIN, run as root: \"$NODE\"\$"
	check_eq "$(state)" "$before"
}

user_namespace() {
	unshare -rn true || skip "no user namespaces here"
	m uplink add eth0
	# shellcheck disable=SC2016
	run unshare -rn sh -eu -c '
		ip link add eth0 type dummy
		macnat uplink add eth0 mode route
		macnat map add 10.0.1.1 dev eth0 lladdr 06:00:00:00:01:01
		macnat map replace 10.0.1.1 dev eth0 lladdr 06:00:00:00:01:02
		macnat map show
		macnat uplink set eth0 mode bridge
		macnat -j uplink show | jq -r ".[0].mode"
		macnat map del 10.0.1.1 dev eth0
		macnat map flush local
		macnat uplink del eth0
		macnat -j uplink show'
	check_eq "$RC" 0
	check_eq "$OUT" "10.0.1.1 dev eth0 lladdr $P2 local static"$'\n'"bridge"$'\n'"[]"

	# root of a user namespace, in a network namespace that is not its own
	run ns_exec "$NODE" unshare -r macnat uplink del eth0
	check_eq "$RC" 2
	check_match "$ERR" "Operation not permitted"
	check_eq "$(counts eth0)" "0 0"
}

# row IP DEV VLAN LLADDR: as JSON
row() {
	printf '{"ip":"%s","dev":"%s","vlan":"%s","lladdr":"%s","type":"local","origin":"static"}' "$@"
}

add_del_get() {
	m uplink add eth0
	m uplink add eth1
	m map add 10.0.1.1 dev eth0 lladdr $P1
	m map add 10.0.1.1 dev eth0 vlan 100 lladdr $P2
	m map add 10.0.1.1 dev eth0 vlan 100.200 lladdr $P3
	m map add vlan 100.201 dev eth0 lladdr 06-00-00-00-01-04 10.0.1.1
	m map add 10.0.1.1 dev eth0 vlan 4094.4094 lladdr 06:00:00:00:01:0A
	m map add 10.0.1.1 dev eth1 lladdr $P4

	# each is another mapping
	check_eq "$(m map get 10.0.1.1 dev eth0)" "10.0.1.1 dev eth0 lladdr $P1 local static"
	check_eq "$(m map get 10.0.1.1 dev eth0 vlan 0)" "10.0.1.1 dev eth0 lladdr $P1 local static"
	check_eq "$(m map get 10.0.1.1 dev eth0 vlan 100)" "10.0.1.1 dev eth0 vlan 100 lladdr $P2 local static"
	check_eq "$(m -j map get 10.0.1.1 dev eth0)" "[$(row 10.0.1.1 eth0 0 $P1)]"
	check_eq "$(m -j map get 10.0.1.1 dev eth0 vlan 100)" "[$(row 10.0.1.1 eth0 100 $P2)]"
	check_eq "$(m -j map get 10.0.1.1 dev eth0 vlan 100.200)" "[$(row 10.0.1.1 eth0 100.200 $P3)]"
	check_eq "$(m -j map get 10.0.1.1 dev eth0 vlan 100.201)" "[$(row 10.0.1.1 eth0 100.201 $P4)]"
	check_eq "$(m -j map get 10.0.1.1 dev eth0 vlan 4094.4094)" \
		"[$(row 10.0.1.1 eth0 4094.4094 06:00:00:00:01:0a)]"
	check_eq "$(m -j map get 10.0.1.1 dev eth1)" "[$(row 10.0.1.1 eth1 0 $P4)]"
	check_eq "$(counts eth0) $(counts eth1)" "5 5 1 1"
	check_eq "$(m map show | wc -l)" 6

	# and goes alone
	m map del 10.0.1.1 dev eth0 vlan 100
	check_rc 2 m map get 10.0.1.1 dev eth0 vlan 100
	check_eq "$(counts eth0)" "4 4"
	m map del 10.0.1.1 dev eth0 vlan 100.200 lladdr $P3
	m map del 10.0.1.1 dev eth0 vlan 0
	check_eq "$(counts eth0) $(counts eth1)" "2 2 1 1"
	check_eq "$(m -j map show | jq -r '[.[].vlan] | join(" ")')" "100.201 4094.4094 0"
	check_rc 2 m map del 10.0.1.1 dev eth0
	m map add 10.0.1.1 dev eth0 lladdr $P1
	m uplink del eth0
	check_eq "$(m map show)" "10.0.1.1 dev eth1 lladdr $P4 local static"
}

replace() {
	m uplink add eth0
	m map replace 10.0.1.1 dev eth0 lladdr $P1
	check_eq "$(counts eth0)" "1 1" "replace adds"
	m map replace 10.0.1.1 dev eth0 lladdr $P1
	check_eq "$(counts eth0)" "1 1" "replace by the same"
	m map add 10.0.1.2 dev eth0 lladdr $P1
	m map add 10.0.1.3 dev eth0 vlan 7 lladdr $P1
	check_eq "$(counts eth0)" "3 1" "three addresses of one pod"
	m map replace 10.0.1.1 dev eth0 lladdr $P2
	check_eq "$(counts eth0)" "3 2" "one moves to another pod"
	check_eq "$(m map get 10.0.1.1 dev eth0)" "10.0.1.1 dev eth0 lladdr $P2 local static"
	check_eq "$(m map get 10.0.1.2 dev eth0)" "10.0.1.2 dev eth0 lladdr $P1 local static"
	# the old pod is no reason for anything any more
	check_rc 2 m map del 10.0.1.1 dev eth0 lladdr $P1
	check_rc 2 m uplink set eth0 node $P2
	m map replace 10.0.1.1 dev eth0 lladdr $P1
	check_eq "$(counts eth0)" "3 1" "and back"
	check m uplink set eth0 node $P2
	check_rc 2 m map replace 10.0.1.1 dev eth0 lladdr $P2
	m uplink set eth0 node auto
	m map replace 10.0.1.1 dev eth0 vlan 7 lladdr $P2
	check_eq "$(counts eth0)" "4 2" "another VLAN is another mapping"
	m map del 10.0.1.1 dev eth0
	m map del 10.0.1.2 dev eth0
	check_eq "$(counts eth0)" "2 2"
	m map del 10.0.1.3 dev eth0 vlan 7
	check_eq "$(counts eth0)" "1 1"
	m map del 10.0.1.1 dev eth0 vlan 7
	check_eq "$(counts eth0)" "0 0"
}

# The mappings that `filters` works on, a letter each, in the order of map show
ROWS="
	a eth0 0	9.255.255.255	$P1
	b eth0 0	10.0.1.1	$P1
	c eth0 0	10.0.1.2	$P2
	d eth0 0	10.200.0.1	$P1
	e eth0 0	192.168.0.1	$P3
	f eth0 100	10.0.1.1	$P2
	g eth0 100.2	10.0.1.1	$P3
	h eth0 100.10	10.0.1.1	$P1
	i eth0 101	10.0.1.1	$P2
	j eth0 1000	1.0.0.1		$P1
	k eth1 0	10.0.1.1	$P4
	l eth1 100	10.0.1.3	$P1
"

# Condition => letters of the rows that meet it; flush is tried where a `flush` stands before
FILTERS="
	flush dev eth0 => abcdefghij
	dev eth1 => kl
	flush vlan 0 => abcdek
	flush vlan 100 => fl
	vlan 100.2 => g
	flush vlan 100.3 =>
	vlan 2 =>
	to 10.0.0.0/8 => bcdfghikl
	to 10.99.88.77/8 => bcdfghikl
	flush to 10.0.1.0/24 => bcfghikl
	to 10.0.1.2/31 => cl
	flush to 10.0.1.1/32 => bfghik
	to 10.0.1.1 => bfghik
	to 10.0.1.1/31 => bfghik
	to 0.0.0.0/0 => abcdefghijkl
	to 128.0.0.0/1 => e
	flush to 11.0.0.0/8 =>
	flush lladdr $P1 => abdhjl
	lladdr $P4 => k
	lladdr $N =>
	local => abcdefghijkl
	static => abcdefghijkl
	flush local static => abcdefghijkl
	flush learned =>
	dev eth0 learned =>
	flush dev eth0 vlan 0 to 10.0.0.0/8 lladdr $P1 local static => bd
	dev eth1 lladdr $P1 => l
	dev eth1 vlan 0 lladdr $P1 =>
"

# letters [FILTER...]: which rows map show shows, in its order
letters() {
	local ip dev vlan lladdr out=

	while read -r dev vlan ip lladdr; do
		out+=${letter["$dev $vlan $ip $lladdr"]:-?}
	done < <(m -j map show "$@" | jq -r '.[] | "\(.dev) \(.vlan) \(.ip) \(.lladdr)"')
	echo "$out"
}

# fill: the rows that are not there, in another order than they are shown
fill() {
	local mark ip dev vlan lladdr

	while read -r mark dev vlan ip lladdr; do
		[[ "$1" == *"$mark"* ]] || m map add "$ip" dev "$dev" vlan "$vlan" lladdr "$lladdr"
	done < <(grep . <<<"$ROWS" | LC_ALL=C sort -k 5 -k 4r)
}

filters() {
	local -A letter
	local mark ip dev vlan lladdr line want filter args all left

	while read -r mark dev vlan ip lladdr; do
		[ -z "$mark" ] || letter["$dev $vlan $ip $lladdr"]=$mark
	done <<<"$ROWS"
	m uplink add eth1
	m uplink add eth0
	fill ""
	all=$(letters)
	check_eq "$all" abcdefghijkl "order"
	check_eq "$(m map show | wc -l)" 12

	while read -r line; do
		[ -n "$line" ] || continue
		want=${line#*=>}
		want=${want# }
		filter=${line%%=>*}
		read -ra args <<<"${filter#flush }"
		check_eq "$(letters "${args[@]}")" "$want" "show ${args[*]}"
		[[ "$filter" == flush* ]] || continue

		m map flush "${args[@]}"
		left=$(letters)
		check_eq "$left" "$(tr -d " $want" <<<"$all")" "what flush ${args[*]} leaves"
		fill "$left"
	done <<<"$FILTERS"
	m map flush static
	check_eq "$(counts eth0) $(counts eth1)" "0 0 0 0"
}
# shellcheck disable=SC2034
export TIMEOUT_filters=150

# set_of DEV: its settings, in a form that `uplink set` takes, but for the MAC
set_of() {
	m -j uplink show "$1" | jq -r '.[0] | def onoff: if . then "on" else "off" end;
		"mode \(.mode) learn \(.learn | onoff) guard \(.guard) announce \(.announce | onoff)" +
		" heal \(.heal | onoff) flood \(.flood) ageing \(.ageing) limit \(.limit)"'
}

settings() {
	local default="mode bridge learn off guard pass announce on heal on flood pass ageing 1200 limit 65536"
	local new="mode route learn on guard drop announce off heal off flood drop ageing 4294967295 limit 4294967295"
	local i want args default_words new_words

	m uplink add eth0
	check_eq "$(set_of eth0)" "$default" "default"
	# shellcheck disable=SC2086
	m uplink add eth1 $new
	check_eq "$(set_of eth1)" "$new" "given to add"

	# one changes, the others stay
	read -ra default_words <<<"$default"
	read -ra new_words <<<"$new"
	want=("${default_words[@]}")
	for ((i = 0; i < ${#want[@]}; i += 2)); do
		m uplink set eth0 "${new_words[@]:i:2}"
		want[i + 1]=${new_words[i + 1]}
		check_eq "$(set_of eth0)" "${want[*]}" "set ${new_words[*]:i:2}"
	done
	m uplink set eth0 "${default_words[@]}"
	check_eq "$(set_of eth0)" "$default" "and all back"

	# the lowest that there is
	m uplink set eth0 ageing 5 limit 1
	check_match "$(set_of eth0)" "ageing 5 limit 1\$"
	# and what set says goes for add: the text form has them too
	check_match "$(m uplink show eth0)" \
		"^eth0: mode bridge node $N \(auto\) learn off guard pass announce on heal on flood pass ageing 5 limit 1 entries 0 learned 0 stations 0\$"
	# nothing is changed by a request of which a part is refused
	args=(mode route node "$P1" learn on ageing 77)
	m map add 10.0.1.1 dev eth0 lladdr $P1
	check_rc 2 m uplink set eth0 "${args[@]}"
	check_match "$(set_of eth0)" "^mode bridge learn off .*ageing 5 limit 1\$"
}

# The rows of `many`: more than fit into one message, two addresses a pod
many_row() {
	printf '10.1.%d.%d %s 06:00:00:02:%02x:%02x\n' $(($1 / 100)) $(($1 % 100 + 1)) "$2" $(($1 / 512)) $(($1 / 2 % 256))
}

# many_add FROM TO: in another order than that of the table
many_add() {
	local i

	for ((i = $1; i < $2; i++)); do
		# shellcheck disable=SC2046
		macnat map add $(many_row $((i * 167 % 400)) "dev eth-many lladdr") || return 1
	done
}

# disturb: for ever, what comes and goes before, between and behind those rows
disturb() {
	local ip

	while :; do
		for ip in 10.0.0.9 10.1.1.20 10.200.0.9; do
			macnat map replace $ip dev eth-many vlan 1 lladdr 06:00:00:00:02:0$((RANDOM % 9))
			macnat map replace $ip dev eth-many lladdr 06:00:00:00:02:0$((RANDOM % 9))
		done
		macnat map add 10.1.0.10 dev eth1 lladdr 06:00:00:00:02:01
		macnat map del 10.0.0.9 dev eth-many
		macnat map flush vlan 1
		macnat map flush to 10.200.0.0/16
		macnat map flush dev eth1
	done
}

# dumps NUMBER FILE: one a line
dumps() {
	local done=0 failed=0

	while [ $done -lt "$1" ]; do
		if m -j map show >>"$2" 2>"$TEST_TMP/error"; then
			done=$((done + 1))
			continue
		fi
		# it may have been too slow, and then says nothing else
		check_eq "$(cat "$TEST_TMP/error")" \
			"macnat: the table changes faster than it can be read, try again"
		failed=$((failed + 1))
		[ $failed -lt 40 ] || die "no dump comes through"
	done
}

many() {
	local want i

	# a name that makes the messages end in the midst of what the kernel takes from a table at once
	ip -n "$NODE" link set eth0 down
	ip -n "$NODE" link set eth0 name eth-many
	m uplink add eth-many
	m uplink add eth1
	export -f many_row many_add disturb
	ns_exec "$NODE" bash -c 'many_add 0 200 & many_add 200 400; wait $!'
	check_eq "$(counts eth-many)" "400 200"
	want=$(for ((i = 0; i < 400; i++)); do many_row "$i" ""; done)
	check_eq "$(m -j map show | jq -r '.[] | "\(.ip)  \(.lladdr)"')" "$want" "all, sorted"

	ip netns exec "$NODE" bash -c disturb &
	dumps 25 "$TEST_TMP/dumps"
	kill $!
	wait
	check_ne "$(sort "$TEST_TMP/dumps" | uniq | wc -l)" 1 "different dumps"
	# the rows that were there all the time, whatever became of the others
	check_eq "$(jq -c '[.[] | select(.dev == "eth-many" and .vlan == "0") | .ip | select(startswith("10.1."))]' \
		"$TEST_TMP/dumps" | uniq -c | sed 's/^ *//')" \
		"25 $(cut -d ' ' -f 1 <<<"$want" | jq -cnR '[inputs]')" "in each dump"

	m map flush vlan 1
	m map flush dev eth1
	m map flush to 10.1.2.0/24
	check_eq "$(m -j map show to 10.1.0.0/16 | jq length)" 300
	m map flush dev eth-many
	check_eq "$(counts eth-many) $(counts eth1)" "0 0 0 0"
	check_eq "$(m -j map show)" "[]"
}

interrupted() {
	local pid slowly object

	need strace
	m uplink add eth0
	m map add 10.0.1.1 dev eth0 lladdr $P1
	# a reader that is slower than those who change the table
	slowly=(strace -f -o /dev/null -e inject=recvmsg:delay_enter=400000 macnat -n "$NODE" -j map show)
	run "${slowly[@]}"
	check_eq "$RC" 0
	check_eq "$OUT" "[$(row 10.0.1.1 eth0 0 $P1)]"
	ip netns exec "$NODE" bash -c "while :; do
		macnat map replace 10.0.1.2 dev eth0 lladdr $P2; macnat map replace 10.0.1.2 dev eth0 lladdr $P3; done" &
	pid=$!
	run "${slowly[@]}"
	check_eq "$RC" 2
	check_eq "$OUT" ""
	check_eq "$ERR" "macnat: the table changes faster than it can be read, try again"
	# that is no matter of uplinks and counters
	for object in uplink stats; do
		run "${slowly[@]/map/$object}"
		check_eq "$RC" 0 "$object show meanwhile"
	done
	kill $pid
	wait
	run "${slowly[@]}"
	check_eq "$RC" 0
}

# same_pretty OBJECT: pretty or not, JSON says the same
same_pretty() {
	[ "$(m -jp "$1" show | jq -c .)" = "$(m -j "$1" show)" ]
}

# JSON of one row, as the manual has it
json() {
	local object names

	for object in uplink map stats; do
		check_eq "$(m -j $object show)" "[]" "$object"
		check_eq "$(m -j -p $object show)" "[]" "$object"
		check_eq "$(m $object show)" "" "$object"
	done
	m uplink add eth0
	m uplink add eth1 mode route node $X
	m map add 10.0.1.1 dev eth0 lladdr $P1
	m map add 10.0.1.1 dev eth1 vlan 100.200 lladdr $P1

	check_eq "$(m -j uplink show | jq -c '[.[] | keys] | unique')" \
		'[["ageing","announce","dev","entries","flood","guard","heal","learn","learned","limit","mode","node","node_auto","stations"]]'
	check_eq "$(m -j uplink show | jq -c '[.[] | map_values(type)] | unique')" \
		'[{"dev":"string","mode":"string","node":"string","node_auto":"boolean","learn":"boolean","guard":"string","announce":"boolean","heal":"boolean","flood":"string","ageing":"number","limit":"number","entries":"number","learned":"number","stations":"number"}]'
	check_eq "$(m -j map show)" "[$(row 10.0.1.1 eth0 0 $P1),$(row 10.0.1.1 eth1 100.200 $P1)]"
	# what the text calls the counters
	names=$(m stats show dev eth0 | sed -n 's/^  *\([a-z-]*\) .*/\1/p')
	check_match "$names" "out-node"
	check_eq "$(m -j stats show dev eth0 | jq -r '.[0] | keys_unsorted | .[]')" "dev"$'\n'"$names"
	check_eq "$(m -j stats show | jq -c '[.[] | del(.dev) | [.[] | type] | unique] | unique')" '[["number"]]'
	check_eq "$(m -j stats show | jq -c '[.[].dev]')" '["eth0","eth1"]'

	for object in uplink map stats; do
		check_eq "$(m -j $object show | wc -l)" 1 "lines of $object"
		check_ne "$(m -j -p $object show | wc -l)" 1 "lines of pretty $object"
		# a counter may count in between
		check busywait 10 same_pretty "$object"
	done
	# and pretty text is text
	check_eq "$(m -p map show)" "$(m map show)"
	# a name that JSON has to escape
	ip -n "$NODE" link set eth2 name 'a"\b'
	m uplink add 'a"\b'
	check_eq "$(m -j uplink show | jq -r '.[2].dev')" 'a"\b'
}

# valid SCHEMA: stdin is what SCHEMA says
valid() {
	jq -r --argjson schemas "$(jq -n 'reduce inputs as $s ({}; .[input_filename | split("/") | last] = $s)' \
		"$SELFTESTS"/../tools/schema/*.json)" --arg name "$1.json" -f "$SELFTESTS/schema.jq" >"$TEST_TMP/faults"
	check_eq "$(cat "$TEST_TMP/faults")" "" "$1"
}

# invalid SCHEMA FAULT VALUE: a schema that takes everything says nothing
invalid() {
	(valid "$1" <<<"$3") && die "$1 takes: $3"
	check_match "$(cat "$TEST_TMP/faults")" "$2"
	rm -f "$TEST_TMP/.reason"
}

schema() {
	local object

	for object in uplink map stats; do
		m -j $object show | valid $object
	done
	m uplink add eth0
	m uplink add eth1 mode route node $X learn on guard drop announce off heal off flood drop ageing 5 limit 1
	m map add 10.0.1.1 dev eth0 lladdr $P1
	m map add 2001:db8::7 dev eth0 vlan 7 lladdr $P1
	m map add ::10.0.1.1 dev eth0 vlan 4094.4094 lladdr $P2
	printf 'map replace 10.0.1.8 dev eth1 lladdr %s\n' $P3 >"$TEST_TMP/pods"
	m map sync dev eth1 "$TEST_TMP/pods"
	m uplink set eth0 learn on
	ip -n "$NODE" link set eth0 up
	ns_exec "$NODE" frame send eth0 "$(arp_frame ff:ff:ff:ff:ff:ff $P4 1 $P4 10.0.1.9 00:00:00:00:00:00 10.0.1.9)"
	check_eq "$(m -j map show | jq -r 'map(.origin) | unique | join(" ")')" "learned static synced" "origins"
	for object in uplink map stats; do
		check_ne "$(m -j $object show)" "[]" "$object"
		m -j $object show | valid $object
		m -jp $object show | valid $object
	done
	m -j map get 10.0.1.1 dev eth0 | valid map

	invalid map 'has no ip' "$(m -j map show | jq 'del(.[0].ip)')"
	invalid map 'none of \["local"\]' "$(m -j map show | jq '.[0].type = "remote"')"
	invalid map '.' "$(m -j map show | jq 'map(select(.origin == "synced") | .idle = 1)')"
	invalid map '.' "$(m -j map show | jq 'map(select(.origin == "learned") | del(.idle))')"
	invalid map 'x: must not be there' "$(m -j map show | jq '.[0].x = 1')"
	invalid uplink 'learn: is not of type boolean' "$(m -j uplink show | jq '.[0].learn = "on"')"
	invalid uplink 'ageing: 4 < 5' "$(m -j uplink show | jq '.[0].ageing = 4')"
	invalid stats 'out-node: is not of type integer' "$(m -j stats show | jq '.[0]["out-node"] = "0"')"
}

# has FILE TEXT: it has this line
has() {
	grep -qxF -- "$2" "$1"
}

monitor() {
	local pod="10.0.1.1 dev eth0 lladdr" log=$TEST_TMP/log words
	local settings="learn off guard pass announce on heal on flood pass ageing 1200 limit 65536"

	ns_new OTHER
	ip -n "$OTHER" link add eth0 address $X type dummy
	watch "$log.all" -n "$NODE" monitor
	watch "$log.json" -n "$NODE" -j -t monitor all
	watch "$log.map" -n "$NODE" monitor map
	watch "$log.uplink" -n "$NODE" -t monitor uplink
	watch "$log.other" -n "$OTHER" monitor

	m uplink add eth0
	m map add 10.0.1.1 dev eth0 lladdr $P1
	m map add 10.0.1.1 dev eth0 vlan 100.200 lladdr $P1
	m map replace 10.0.1.1 dev eth0 lladdr $P2
	m uplink set eth0 mode route ageing 60
	m map del 10.0.1.1 dev eth0
	m map flush vlan 100.200
	ip -n "$NODE" link set eth0 address $X
	m uplink del eth0
	busywait 10 grep -q ^Gone "$log.all"
	busywait 10 grep -q '"gone"' "$log.json"
	busywait 10 grep -q ' Gone ' "$log.uplink"

	# in this order; whether the table's rows go one by one with their uplink is not asked here
	check has "$log.all" "Attached eth0: mode bridge node $N (auto) $settings entries 0 learned 0 stations 0"
	check has "$log.all" "Added $pod $P1 local static"
	check has "$log.all" "Added 10.0.1.1 dev eth0 vlan 100.200 lladdr $P1 local static"
	check has "$log.all" "Moved $pod $P2 from $P1 local static"
	check has "$log.all" "Changed eth0: mode route node $N (auto) ${settings/1200/60} entries 2 learned 0 stations 2"
	check has "$log.all" "Deleted $pod $P2 local static"
	check has "$log.all" "Deleted 10.0.1.1 dev eth0 vlan 100.200 lladdr $P1 local static"
	words=$(cut -d ' ' -f 1 "$log.all" | paste -s -d ' ')
	check_eq "$words" "Attached Added Added Moved Changed Deleted Deleted Changed Gone"

	# the same as JSON, one object a line, each with its time
	check_eq "$(jq -r .event "$log.json" | paste -s -d ' ')" "${words,,}"
	check_eq "$(wc -l <"$log.json")" 9
	valid monitor <"$log.json"
	check_eq "$(jq -r 'select(.event == "moved") | "\(.ip) \(.dev) \(.lladdr) \(.other)"' "$log.json")" \
		"10.0.1.1 eth0 $P2 $P1"
	check_eq "$(jq -c 'has("time")' "$log.json" | uniq)" true
	invalid monitor 'not exactly one' "$(head -n 1 "$log.json" | jq -c 'del(.event)')"

	# only what was asked for
	check_eq "$(cut -d ' ' -f 1 "$log.map" | paste -s -d ' ')" "Added Added Moved Deleted Deleted"
	check_eq "$(cut -d ' ' -f 2 "$log.uplink" | paste -s -d ' ')" "Attached Changed Changed Gone"
	check_eq "$(grep -cE '^\[[0-9-]{10}T[0-9:]{8}\.[0-9]{6}\] ' "$log.uplink")" 4
	# and only here; it does hear what happens there
	check_eq "$(cat "$log.other")" ""
	macnat -n "$OTHER" uplink add eth0
	busywait 10 grep -q ^Attached "$log.other"
	check_eq "$(wc -l <"$log.all")" 9 "events of another namespace"
	check_eq "$(cat "$log".*.err)" ""
}

monitor_end() {
	local log=$TEST_TMP/log signal rc

	m uplink add eth0
	for signal in INT TERM; do
		watch "$log" -n "$NODE" monitor
		m map add 10.0.1.1 dev eth0 lladdr $P1
		m map del 10.0.1.1 dev eth0
		# at once: what came before the signal is printed all the same
		watch_end $signal
		check_eq "$(cut -d ' ' -f 1 "$log" | paste -s -d ' ')" "Added Deleted"
		check_eq "$(cat "$log.err")" ""
	done

	# a reader that wants one line: the next event or not, the monitor goes with it
	mkfifo "$TEST_TMP/pipe"
	head -n 1 "$TEST_TMP/pipe" >"$log.head" &
	watch "$TEST_TMP/pipe" -n "$NODE" monitor
	m map add 10.0.1.1 dev eth0 lladdr $P1
	rc=0
	wait $WATCH || rc=$?
	check_eq "$rc" 1
	check_eq "$(cat "$log.head")" "Added 10.0.1.1 dev eth0 lladdr $P1 local static"
	check_eq "$(cat "$TEST_TMP/pipe.err")" "macnat: cannot write the output: Broken pipe"

	[ -n "${MACNAT_GUEST:-}" ] || return 0
	watch "$log" -n "$NODE" monitor
	m uplink del eth0
	rmmod macnat
	rc=0
	wait $WATCH || rc=$?
	check_eq "$rc" 3
	check_eq "$(cat "$log.err")" "macnat: the macnat module has been unloaded"
	macnat_load
}

# lossy DIR: a monitor that stands still for a while
lossy() {
	local i

	ip link add eth0 type dummy
	macnat uplink add eth0
	watch "$1/log" -j monitor map
	kill -STOP "$WATCH"
	for ((i = 0; i < 100; i++)); do
		macnat map replace 10.0.1.1 dev eth0 lladdr 06:00:00:00:01:0$((i % 2))
	done
	kill -CONT "$WATCH"
	busywait 20 grep -q '"lost"' "$1/log"
	macnat map flush dev eth0
	watch_end TERM
}

# In a user namespace, whose root may have no more than net.core.rmem_max; root itself has room for
# everything.
monitor_lost() {
	local events most

	unshare -rn true || skip "no user namespaces here"
	most=$(sysctl -n net.core.rmem_max)
	defer sysctl -q -w "net.core.rmem_max=$most"
	sysctl -q -w net.core.rmem_max=4096
	export -f lossy watch watch_end busywait __usec check_eq __fail __where
	export TIME_SCALE TEST_TMP
	# shellcheck disable=SC2016
	check unshare -rn bash -eEc 'lossy "$1"' - "$TEST_TMP"
	valid monitor <"$TEST_TMP/log"
	events=$(jq -r .event "$TEST_TMP/log" | uniq | paste -s -d ' ')
	check_match "$events" "^added moved lost deleted\$"

	m uplink add eth0
	watch "$TEST_TMP/all" -n "$NODE" -j monitor map
	kill -STOP "$WATCH"
	# shellcheck disable=SC2016
	ns_exec "$NODE" bash -c 'for ((i = 0; i < 100; i++)); do
		macnat map replace 10.0.1.1 dev eth0 lladdr 06:00:00:00:01:0$((i % 2)) || exit; done'
	kill -CONT "$WATCH"
	watch_end TERM
	check_eq "$(jq -r .event "$TEST_TMP/all" | sort | uniq -c | awk '{ print $2, $1 }' | paste -s -d ' ')" \
		"added 1 moved 99"
}

batch() {
	local file=$TEST_TMP/batch

	cat >"$file" <<-END
		# two pods, and what became of them
		uplink add eth0 learn off
		map add 10.0.1.1 dev eth0 \\
			lladdr $P1	# the first
		map replace 10.0.1.2 dev eth0 vlan 7 lladdr $P2

		map show
	END
	run m -b "$file"
	check_eq "$RC" 0 "exit status"
	check_eq "$(wc -l <<<"$OUT")" 2 "mappings shown"
	check_eq "$(counts eth0)" "2 2"
	check_eq "$(m -j -b - <<<"map show"$'\n'"stats show" | jq -s 'map(type) | join(" ")')" '"array array"'

	# the kernel refuses the second: the third is not done, or is
	printf '%s\n' "map add 10.0.1.3 dev eth0 lladdr $P3" "map add 10.0.1.1 dev eth0 lladdr $P3" \
		"map add 10.0.1.4 dev eth0 lladdr $P4" "nonsense" >"$file"
	run m -b "$file"
	check_eq "$RC" 2 "exit status"
	check_match "$ERR" "^macnat: $file:2: .*the mapping exists already[^"$'\n'"]*\$"
	check_eq "$(counts eth0)" "3 3"
	m map del 10.0.1.3 dev eth0
	run m -force -b - <"$file"
	check_eq "$RC" 2 "exit status with -force"
	check_match "$ERR" "^macnat: -:2: .*"$'\n'"macnat: -:4: unknown object \"nonsense\", .*\$"
	check_eq "$(counts eth0)" "4 4"
	batch_many
	batch_live
	batch_places
}

# What is written to a pipe is done when there is nothing more, and what is wrong is said
batch_live() {
	local fifo=$TEST_TMP/fifo fd

	m map flush dev eth0 static
	mkfifo "$fifo"
	m -force -b "$fifo" 2>"$TEST_TMP/err" &
	exec {fd}>"$fifo"
	echo "map add 10.8.0.1 dev eth0 lladdr $P1" >&"$fd"
	busywait 10 m map get 10.8.0.1 dev eth0 >/dev/null
	printf 'map add 10.8.0.%s dev eth0 lladdr %s\n' 2 $P1 1 $P2 3 $P1 >&"$fd"
	busywait 10 m map get 10.8.0.3 dev eth0 >/dev/null
	busywait 10 grep -q "^macnat: $fifo:3: \"10.8.0.1\": the mapping exists already" "$TEST_TMP/err"
	exec {fd}>&-
	RC=0
	wait $! || RC=$?
	check_eq "$RC" 2
}

# Which line an error is about, and that it is the first one that counts
batch_places() {
	local i

	m map flush dev eth0 static
	# a large request before, and an empty one
	{
		echo "map sync /dev/null dev eth0"
		for i in {0..399}; do
			echo "map add 10.9.$((i / 256)).$((i % 256)) dev eth0 lladdr $P1"
		done
	} >"$TEST_TMP/batch"
	run m -b "$TEST_TMP/batch"
	check_eq "$RC:$ERR" "0:"
	check_eq "$(counts eth0)" "400 1"

	run m -b - <<<"map sync /dev/null dev lo"
	check_match "$ERR" '^macnat: -:1: "lo": macnat is not attached to this device'
	run m -b - <<<"map sync dev eth0"
	check_eq "$RC" 1
	check_eq "$ERR" "macnat: -:1: standard input is the batch itself, name a FILE"
	run m -force -b - < <(printf 'a\0b\nmap del 10.10.9.9 dev eth0\n')
	check_eq "$RC" 1 "of the first line"
	to_full() { m -b - >/dev/full; }
	run to_full < <(printf 'uplink show\nmap replace 10.9.0.1 dev eth0 lladdr %s\n' $P1)
	check_match "$ERR" '^macnat: cannot write the output: '
	run m -b - < <(printf 'map add 127.0.0.1 dev eth0 lladdr %s\nmap help\n' $P1)
	check_eq "$RC:$OUT" "2:"
}

# Thousands go to the kernel together: what one line does, and what is said of it, is the same
batch_many() {
	local file=$TEST_TMP/many

	m map flush dev eth0 static
	m uplink add eth1
	{
		printf "map add 10.7.%s dev eth0 lladdr $P1\n" {0..9}.{0..99}
		echo "map replace 10.7.0.0 dev eth0 lladdr $P2"
		echo "map add 10.7.0.0 dev eth1 lladdr $P2"
		echo "map show dev eth1"
		echo "map add 10.7.0.0 dev eth0 vlan 5 lladdr $P2"
	} >"$file"
	run m -b "$file"
	check_eq "$RC" 0 "exit status"
	check_match "$OUT" "^10.7.0.0 dev eth1 lladdr $P2 [^"$'\n'"]*\$" "what is shown is what was done before"
	check_eq "$(counts eth0)" "1001 2"

	# the 900th is there already: nothing behind it is done, whatever is wrong with what follows
	m map flush dev eth0 static
	m map add 10.7.8.99 dev eth0 lladdr $P3
	echo nonsense >>"$file"
	run m -b "$file"
	check_eq "$RC" 2 "exit status"
	check_match "$ERR" "^macnat: $file:900: \"10.7.8.99\": the mapping exists already[^"$'\n'"]*\$"
	check_eq "$(counts eth0)" "900 2"
	check_eq "$(m -j map show dev eth1 | jq length)" 1
	# ... or one is left out
	m map flush dev eth0 static
	m map flush dev eth1 static
	m map add 10.7.8.99 dev eth0 lladdr $P3
	run m -force -b "$file"
	check_eq "$RC" 2 "exit status with -force"
	check_match "$ERR" "^macnat: $file:900: \"10.7.8.99\": [^"$'\n'"]*"$'\n'"macnat: $file:1005: unknown object [^"$'\n'"]*\$"
	check_eq "$(counts eth0)" "1001 3"
	# the first of many, and what the kernel finds wrong inside of it
	printf 'map replace %s dev eth0 lladdr %s\n' 127.0.0.1 $P1 10.7.0.2 $P1 >"$file"
	run m map restore "$file"
	check_eq "$RC" 2
	check_match "$ERR" "^macnat: $file:1: \"127.0.0.1\": no pod can have this IP address\$"
	printf 'map replace %s dev eth0 lladdr %s\n' 10.7.0.1 $P1 10.7.0.2 $N 10.7.0.3 $P1 >"$file"
	run m map restore "$file"
	check_match "$ERR" "^macnat: $file:2: \"$N\": this is a MAC of the node itself: .*\$"
}

save_restore() {
	local file=$TEST_TMP/saved before line

	m uplink add eth0
	m uplink add eth1 learn on
	for before in "10.0.1.1 dev eth0" "10.0.1.1 dev eth0 vlan 7" "2001:db8::1 dev eth0 vlan 7.9" "10.0.1.2 dev eth1"; do
		# shellcheck disable=SC2086
		m map add $before lladdr $P1
	done
	# a learned one is not saved
	ip -n "$NODE" link set eth1 up
	ns_exec "$NODE" frame send eth1 "$(arp_frame ff:ff:ff:ff:ff:ff $P2 1 $P2 10.0.1.9 00:00:00:00:00:00 10.0.1.9)"
	check_eq "$(m -j map show learned | jq length)" 1 "learned mappings"

	before=$(m map save)
	check_eq "$before" "map replace 10.0.1.1 dev eth0 lladdr $P1
map replace 10.0.1.1 dev eth0 vlan 7 lladdr $P1
map replace 2001:db8::1 dev eth0 vlan 7.9 lladdr $P1
map replace 10.0.1.2 dev eth1 lladdr $P1" "what map save prints"
	check_eq "$(m map save dev eth1)" "map replace 10.0.1.2 dev eth1 lladdr $P1" "of one uplink"
	m map save "$file"
	check_eq "$(cat "$file")" "$before" "the file"
	check_eq "$(find "$TEST_TMP" -name 'saved*' | wc -l)" 1 "files"
	check_eq "$(command stat -c %a "$file")" "$(printf '%o' $((0666 & ~$(umask))))" "permissions of a new file"
	chmod 600 "$file"
	m map save "$file"
	check_eq "$(command stat -c %a "$file")" 600 "permissions of a file that was there"
	m map flush static
	m map restore "$file"
	check_eq "$(m map save)" "$before" "restored"
	m map flush static
	m -b "$file"
	check_eq "$(m map save)" "$before" "restored as a batch"

	# others stay; of the file, only what is asked for
	m map flush static
	m map add 10.0.1.7 dev eth0 lladdr $P3
	m map restore dev eth1 <"$file"
	check_eq "$(m map save)" "map replace 10.0.1.7 dev eth0 lladdr $P3
map replace 10.0.1.2 dev eth1 lladdr $P1" "one uplink restored"
	sed -i 's/eth0/nosuch/' "$file"
	m map restore "$file" dev eth1

	# one line is wrong: nothing changes
	before=$(m map save)
	for line in "map add 10.0.1.300 dev eth0 lladdr $P1" "map del 10.0.1.7 dev eth0" "uplink del eth0" \
		"map" "foo" "map replace 10.0.1.8 dev eth9 lladdr $P1" "map replace 10.0.1.8 lladdr $P1"; do
		printf 'map replace 10.0.1.8 dev eth0 lladdr %s\n%s\n' $P4 "$line" >"$file"
		run m map restore "$file"
		check_eq "$RC" 1 "exit status of: $line"
		check_match "$ERR" "^macnat: $file:2: [^"$'\n'"]+\$" "$line"
		check_eq "$(m map save)" "$before" "the table after: $line"
	done
	# refused by the kernel: those before it are done
	printf 'map add %s dev eth0 lladdr %s\n' 10.0.1.8 $P4 10.0.1.7 $P4 10.0.1.9 $P4 >"$file"
	run m map restore "$file"
	check_eq "$RC" 2 "exit status"
	check_match "$ERR" "^macnat: $file:2: .*exists already"
	check_eq "$(m -j map show dev eth0 static | jq -r 'map(.ip) | join(" ")')" "10.0.1.7 10.0.1.8"

	# what cannot be written
	run m map save /proc/macnat-none
	check_eq "$RC" 1 "exit status"
	check_match "$ERR" "^macnat: cannot write \"/proc/macnat-none\": "
	run m map save /dev/full
	check_eq "$RC" 1 "exit status"
	check_match "$ERR" "^macnat: cannot write \"/dev/full\": No space left on device"
	check test -c /dev/full
	ln -s target "$TEST_TMP/link"
	: >"$TEST_TMP/target"
	m map save "$TEST_TMP/link"
	check test -L "$TEST_TMP/link"
	check_eq "$(cat "$TEST_TMP/target")" "$(m map save)" "what the link points to"
	# more lines than there is room for at first
	seq -f "map replace 10.7.%g.1 dev eth0 lladdr $P4" 0 255 >"$file"
	m map restore <"$file"
	check_eq "$(m -j map show to 10.7.0.0/16 | jq length)" 256 "mappings"
	# more runs than a size_t has bits, as each line is of another uplink than the one before
	seq 0 129 | awk -v mac=$P4 '{ printf "map replace 10.8.%d.1 dev eth%d lladdr %s\n", $1, $1 % 2, mac }' >"$file"
	check timeout 60 macnat -n "$NODE" map restore "$file"
	check timeout 60 macnat -n "$NODE" -b "$file"
	check_eq "$(m -j map show to 10.8.0.0/16 | jq length)" 130 "mappings of alternating uplinks"
}

netns() {
	local pid

	ns_new OTHER
	ip -n "$OTHER" link add eth0 address $X type dummy
	m uplink add eth0
	macnat -n "$OTHER" uplink add eth0 mode route
	ip netns exec "$OTHER" sleep 60 &
	pid=$!
	busywait 10 grep -q sleep /proc/$pid/comm
	check_eq "$(macnat -n "$OTHER" -j uplink show | jq -r '.[].node')" $X "by name"
	check_eq "$(macnat --netns "/run/netns/$OTHER" -j uplink show | jq -r '.[].node')" $X "by path"
	check_eq "$(macnat -n /proc/$pid/ns/net -j uplink show | jq -r '.[].node')" $X "by a process"
	check_eq "$(ns_exec "$OTHER" macnat -j uplink show | jq -r '.[].node')" $X "inside"
	check_eq "$(macnat -n "$NODE" -j uplink show | jq -r '.[].node')" $N
	# the last one counts, and names are looked up in there
	check_rc 1 macnat -n "$OTHER" uplink add eth1
	check macnat -n "$NODE" -n "$OTHER" uplink del eth0
	check_eq "$(macnat -n "$OTHER" -j uplink show)" "[]"
	check_eq "$(m -j uplink show | jq length)" 1
	table 1 "
		-n macnat-none uplink show => network namespace \"macnat-none\" does not exist
		-n /run/macnat-none uplink show => network namespace \"/run/macnat-none\" does not exist
		-n /proc/self/status uplink show => \"/proc/self/status\" is not a network namespace
		-n /proc/self/ns/uts uplink show => \"/proc/self/ns/uts\" is not a network namespace
		-n /proc/self/mem/foo uplink show => cannot open network namespace .*
	"
}

version() {
	local version

	version=$(cat /sys/module/macnat/version)
	check_match "$version" "^[0-9]"
	check_match "$(macnat -V)" "^macnat tool [0-9][^ ]*, module ${version//./\\.}\$"
	[ -z "${MACNAT_GUEST:-}" ] || check_eq "$(macnat -V)" "macnat tool $version, module $version" "one tree"
}

autoload() {
	local helper command args

	[ -n "${MACNAT_GUEST:-}" ] || skip "this machine may have uplinks of its own"
	helper=$(cat /proc/sys/kernel/modprobe)
	defer sh -c "echo $helper >/proc/sys/kernel/modprobe"
	check rmmod macnat
	check_match "$(macnat -V)" "^macnat tool [0-9][^ ]*, module not loaded\$"
	check_fail test -d /sys/module/macnat

	# without modprobe it can only be said
	echo /nonexistent >/proc/sys/kernel/modprobe
	for command in "uplink show" "map show" "uplink add eth0" "map flush local" "stats"; do
		read -ra args <<<"$command"
		run m "${args[@]}"
		check_eq "$RC" 3 "exit status of $command"
		check_eq "$OUT" ""
		check_eq "$ERR" "macnat: the macnat module is not loaded, load it with: modprobe macnat"
	done
	# what is wrong anyway is wrong first
	check_rc 1 m uplink add eth9
	check_fail test -d /sys/module/macnat

	echo "$helper" >/proc/sys/kernel/modprobe
	modprobe -n macnat || skip "modprobe does not find the module here"
	check m uplink add eth0
	check test -d /sys/module/macnat
	check rmmod macnat
	# anybody's first command does it
	check_eq "$(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all macnat -j map show)" "[]"
	check test -d /sys/module/macnat
}

ktap_main "$@"
