# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A node whose pods and mappings are those of the test vectors, see `names`:
#
#	POD  eth0 --- pod  [br-ex] eth0 --- eth0  FABRIC
#	      P              N       N  NODE
#	POD2 eth0 --- pod2
#	      P2
#
# What a pod sends goes straight to the uplink, tags in metadata, past the bridge and its own ideas
# of what may be forwarded. What comes in goes through the bridge. Nobody has an address, so there
# are no frames but those of the test.

VECTORS=$SELFTESTS/vectors
VECTORS_NAMES=$VECTORS/names

# vectors_value NAME: what the vectors mean by it
vectors_value() {
	awk -v name="$1" '$1 == "name" && $2 == name { print $3 }' "$VECTORS_NAMES"
}

# The mappings as arguments of the tool, one a line
vectors_mappings() {
	awk '
		{ sub(/(^|[ \t])#.*/, "") }
		$1 == "name" { means[$2] = $3 }
		$1 == "map" {
			n = $4 ? split($4, vlans) : split("0 100 100.200", vlans)
			for (i = 1; i <= n; i++)
				print means[$2], "dev eth0",
					vlans[i] ? "vlan " vlans[i] : "", "lladdr", means[$3]
		}' "$VECTORS_NAMES"
}

# vectors_pod VAR MAC: a pod whose frames are redirected to the uplink
vectors_pod() {
	local port=${1,,}

	ns_new "$1"
	topo_sysctl "${!1}"
	ip -n "$NODE" -batch - <<-END
		link add $port type veth peer name eth0 address $2 netns ${!1}
		link set $port master br-ex up
	END
	ip -n "${!1}" link set eth0 up
	# the bridge does not see what the pod sends, and what comes in could say it has moved
	bridge -n "$NODE" fdb add "$2" dev "$port" master static sticky
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

# vectors_topo: sets NODE, POD, POD2, FABRIC
vectors_topo() {
	local own mapping

	own=$(vectors_value N)
	macnat_load
	ns_new FABRIC
	topo_sysctl "$FABRIC"
	ns_new NODE
	topo_sysctl "$NODE"
	ip -n "$NODE" -batch - <<-END
		link add br-ex address $own type bridge mcast_snooping 0
		link add eth0 address $own type veth peer name eth0 address $(vectors_value R) netns $FABRIC
		link set eth0 master br-ex up
		link set br-ex up
	END
	ip -n "$FABRIC" link set eth0 up
	vectors_pod POD "$(vectors_value P)"
	vectors_pod POD2 "$(vectors_value P2)"
	macnat -n "$NODE" uplink add eth0 announce off heal off
	vectors_mappings >"$TEST_TMP/mappings"
	while read -ra mapping; do
		macnat -n "$NODE" map add "${mapping[@]}"
	done <"$TEST_TMP/mappings"
}
