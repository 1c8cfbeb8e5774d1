# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The storm lab: a fabric that forgets a MAC after a second, K nodes with pods, an API server, and
# a count of the unicast frames that reach a node they are not for. Built on topo.sh.
#
#	RPOD1 10.0.1.1/32 P --.                  .-- API 10.0.0.100/16
#	BPOD1 10.0.2.1/16 P --[br-ex] NODE1 --[FABRIC]-- NODE2 ... NODEk
#
# Two shapes. route: a pod's own packets are routed by its node (next hop), so only its ARP replies
# ever carry P onto the fabric; then it connects to the API server. bridge: the pod is on-link, the
# API server connects to it after it has been silent for longer than the fabric remembers.

LAB_TALKERS=4		# nodes whose pods talk, the others are only there to be flooded
LAB_AGEING=100		# hundredths of a second
LAB_HEARTBEAT=400	# ms between what a node itself sends, as its kubelet does: keeps N known
LAB_GAP=2500		# ms between connections to a silent pod: longer than LAB_AGEING
LAB_API=10.0.0.100
LAB_API_MAC=0a:00:00:00:00:64
LAB_PORT=5000
LAB_NODES=0		# how many there are

lab_mac() {	# lab_mac { node | route | bridge } I
	case $1 in
	node) printf '02:00:00:00:%02x:00' "$2" ;;
	route) printf '06:00:00:00:%02x:01' "$2" ;;
	bridge) printf '06:00:00:00:%02x:02' "$2" ;;
	esac
}

lab_ip() {	# lab_ip { node | route | bridge } I
	case $1 in
	node) echo "10.0.0.$2" ;;
	route) echo "10.0.1.$2" ;;
	bridge) echo "10.0.2.$2" ;;
	esac
}

# lab_new: the fabric, the API server, the counters
lab_new() {
	TOPO_AGEING=$LAB_AGEING topo_fabric
	topo_host API "$LAB_API_MAC" "$LAB_API/16"
	# owners: which MAC is behind which port; a unicast frame that leaves by any other is foreign
	ns_exec "$FABRIC" nft -f - <<-END
		table bridge lab {
			set owners {
				type ifname . ether_addr
				elements = { "api" . $LAB_API_MAC }
			}
			counter foreign { }
			chain forward {
				type filter hook forward priority 0
				ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 accept
				oifname . ether daddr @owners accept
				counter name foreign
			}
		}
	END
	lab_serve "$API"
}

lab_serve() {	# lab_serve NS: an echo server there, until the end
	ip netns exec "$1" flow serve "$LAB_PORT" &
	defer kill $!
}

lab_node() {	# lab_node I: a node, with its pods
	local i=$1 owners

	topo_node "NODE$i" "$(lab_mac node "$i")" "$(lab_ip node "$i")/16"
	topo_routed "NODE$i"
	lab_var NODE "$i"
	ip netns exec "$REPLY" flow hold "$LAB_API" "$LAB_PORT" "$LAB_HEARTBEAT" >/dev/null &
	defer kill $!
	disown
	topo_pod "BPOD$i" "NODE$i" "$(lab_mac bridge "$i")" "$(lab_ip bridge "$i")/16"
	owners="\"node$i\" . $(lab_mac node "$i"), \"node$i\" . $(lab_mac bridge "$i")"
	if [ "$i" -le "$LAB_TALKERS" ]; then
		topo_routed_pod "RPOD$i" "NODE$i" "$(lab_mac route "$i")" "$(lab_ip route "$i")" \
			"$(lab_ip node "$i")"
		owners+=", \"node$i\" . $(lab_mac route "$i")"
		lab_var BPOD "$i"
		# its question would make it known to the fabric again, just when its next connection may come
		topo_quiet "$REPLY"
		lab_serve "$REPLY"
	fi
	ns_exec "$FABRIC" nft "add element bridge lab owners { $owners }"
}

lab_var() {	# lab_var NODE 3: REPLY is the namespace in $NODE3
	local var=$1$2

	REPLY=${!var}
}

# lab_grow K: as many nodes as that
lab_grow() {
	while [ "$LAB_NODES" -lt "$1" ]; do
		LAB_NODES=$((LAB_NODES + 1))
		lab_node "$LAB_NODES"
	done
}

lab_foreign() {
	ns_exec "$FABRIC" nft -j list counter bridge lab foreign |
		jq '[.nftables[].counter? | select(.) | .packets] | add'
}

# The pods' MACs that the fabric knows
lab_fabric_pods() {
	bridge -n "$FABRIC" fdb show br br0 dynamic | grep -o '^06:[0-9a-f:]*' || :
}

# lab_forgotten SHAPE: does the fabric know no talking pod's MAC any more?
lab_forgotten() {
	! lab_fabric_pods | grep -q "$([ "$1" = route ] && echo ':01$' || echo ':02$')"
}

# lab_neighbours SHAPE: the MACs that the API server has for the talking pods, one a line
lab_neighbours() {
	local i

	for ((i = 1; i <= LAB_TALKERS; i++)); do
		ip -n "$API" neigh show "$(lab_ip "$1" "$i")" dev eth0
	done | sed -n 's/.*lladdr \([^ ]*\).*/\1/p'
}

# Do all peers have the MACs of nodes only?
lab_healed() {
	[ "$(lab_neighbours "$1" | grep -c '^02:')" = "$LAB_TALKERS" ]
}

# lab_endpoints SHAPE I: sets FROM, the namespace that connects, and TO, the address
lab_endpoints() {
	if [ "$1" = route ]; then
		lab_var RPOD "$2"
		FROM=$REPLY TO=$LAB_API GAP=20
	else
		FROM=$API TO=$(lab_ip bridge "$2") GAP=$LAB_GAP
	fi
}

# lab_prime SHAPE: every peer has the pods in its neighbour cache, as after some uptime
lab_prime() {
	local i

	for ((i = 1; i <= LAB_TALKERS; i++)); do
		lab_endpoints "$1" "$i"
		ns_exec "$FROM" flow connect "$TO" "$LAB_PORT" 1 >/dev/null
	done
	busywait 10 lab_forgotten "$1"
}

# lab_connect SHAPE N: N connections of each talking pod, all pods at once.
# Prints {"connections":,"failed":,"frames":}, frames being those that reached uninvolved nodes.
lab_connect() {
	local pids=() frames i pid

	frames=$(lab_foreign)
	for ((i = 1; i <= LAB_TALKERS; i++)); do
		lab_endpoints "$1" "$i"
		ip netns exec "$FROM" flow connect "$TO" "$LAB_PORT" "$2" "$GAP" \
			>"$TEST_TMP/connect.$i" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || :
	done
	frames=$(($(lab_foreign) - frames))
	jq -sc "{ connections: map(.connections) | add, failed: map(.failed) | add, frames: $frames }" \
		"$TEST_TMP"/connect.*
}

# lab_hold_start SHAPE: one long connection of each talking pod
lab_hold_start() {
	local i

	LAB_HOLD=()
	for ((i = 1; i <= LAB_TALKERS; i++)); do
		lab_endpoints "$1" "$i"
		ip netns exec "$FROM" flow hold "$TO" "$LAB_PORT" $((GAP * 5 / 4)) \
			>"$TEST_TMP/hold.$i" &
		LAB_HOLD+=($!)
	done
}

# lab_hold_stop: ends them; leaves in REPLY {"flows":,"lost":,"exchanges":,"longest_ms":}
lab_hold_stop() {
	local pid

	kill "${LAB_HOLD[@]}"
	for pid in "${LAB_HOLD[@]}"; do
		wait "$pid" || :
	done
	REPLY=$(jq -sc '{ flows: length, lost: map(select(.lost)) | length,
		exchanges: map(.exchanges) | add, longest_ms: map(.longest_ms) | max }' \
		"$TEST_TMP"/hold.*)
}

# lab_learn MODE: macnat on every node, which finds out about its pods itself
lab_learn() {
	local i

	for ((i = 1; i <= LAB_NODES; i++)); do
		lab_var NODE "$i"
		macnat -n "$REPLY" uplink add eth0 mode "$1" learn on
	done
}

# lab_attach MODE: macnat on every node, with its pods
lab_attach() {
	local i

	for ((i = 1; i <= LAB_NODES; i++)); do
		lab_var NODE "$i"
		macnat -n "$REPLY" uplink add eth0 mode "$1"
		macnat -n "$REPLY" map add "$(lab_ip bridge "$i")" dev eth0 lladdr "$(lab_mac bridge "$i")"
		[ "$i" -gt "$LAB_TALKERS" ] || macnat -n "$REPLY" map add "$(lab_ip route "$i")" \
			dev eth0 lladdr "$(lab_mac route "$i")"
	done
}

# lab_detach: as before lab_attach, also in the peers' caches
lab_detach() {
	local i

	for ((i = 1; i <= LAB_NODES; i++)); do
		lab_var NODE "$i"
		macnat -n "$REPLY" uplink del eth0
	done
	ip -n "$API" neigh flush dev eth0
}
