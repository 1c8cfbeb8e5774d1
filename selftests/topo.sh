# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The flat layer-2 network that the tests draw: a fabric switch, nodes with an external bridge,
# pods on those bridges, and other hosts. One network namespace each.
#
#	POD1  eth0 --- pod1 [br-ex] eth0 ---- node1 [br0] host ---- eth0  HOST
#	      P              N       N        NODE1    FABRIC       R
#	POD2  eth0 --- pod2 ...
#
# Names are those of variables (see ns_new in lib.sh): `topo_node NODE1 ...` sets NODE1 to the
# namespace. A port's name is the variable's in small letters.

# topo_fabric: FABRIC, a switch; forgets a MAC after TOPO_AGEING hundredths of a second (300 s)
topo_fabric() {
	ns_new FABRIC
	topo_sysctl "$FABRIC"
	ip -n "$FABRIC" link add br0 type bridge ageing_time "${TOPO_AGEING:-30000}" mcast_snooping 0
	ip -n "$FABRIC" link set br0 up
}

# topo_sysctl NS: IPv4 only, so that no frame is on a wire but those the test is about
topo_sysctl() {
	[ ! -d /proc/sys/net/ipv6 ] || ns_exec "$1" sh -c 'cd /proc/sys/net/ipv6/conf &&
		echo 1 >all/disable_ipv6 && echo 1 >default/disable_ipv6'
}

# topo_ipv6 VAR...: these namespaces speak IPv6 after all; their addresses are there at once, without DAD
topo_ipv6() {
	local var

	for var; do
		# shellcheck disable=SC2016
		ns_exec "${!var}" sh -c 'cd /proc/sys/net/ipv6/conf && for i in *; do
				echo 0 >$i/accept_dad; done && echo 0 >all/disable_ipv6'
	done
	# a device that has just come up takes its time
	for var; do
		busywait 10 sh -c "ip -n ${!var} -6 addr show scope link | grep -q fe80:"
	done
}

# topo_port VAR MAC: a namespace whose eth0 is plugged into the fabric
topo_port() {
	local port=${1,,}

	ns_new "$1"
	topo_sysctl "${!1}"
	ip -n "$FABRIC" -batch - <<-END
		link add $port type veth peer name eth0 address $2 netns ${!1}
		link set $port master br0 up
	END
	ip -n "${!1}" link set eth0 up
}

# topo_host VAR MAC IP/LEN: a host on the fabric
topo_host() {
	topo_port "$1" "$2"
	ip -n "${!1}" addr add "$3" dev eth0
}

# topo_node VAR MAC IP/LEN: a node; eth0 is its uplink, br-ex has its MAC and its address
topo_node() {
	topo_port "$1" "$2"
	ip -n "${!1}" -batch - <<-END
		link add br-ex address $2 type bridge mcast_snooping 0
		link set eth0 master br-ex
		link set br-ex up
		addr add $3 dev br-ex
	END
}

# topo_pod VAR NODEVAR MAC IP/LEN: a pod on a node's br-ex
topo_pod() {
	ns_new "$1"
	topo_sysctl "${!1}"
	ip -n "${!2}" -batch - <<-END
		link add ${1,,} type veth peer name eth0 address $3 netns ${!1}
		link set ${1,,} master br-ex up
	END
	ip -n "${!1}" -batch - <<-END
		link set eth0 up
		addr add $4 dev eth0
	END
}

# topo_small NUMBER...: HOST 10.0.0.100 with the MAC $R, and NODE 10.0.0.1 with $N and its pods of these
# numbers: POD1 10.0.1.1 with $P1, and so on
topo_small() {
	local i mac

	topo_fabric
	topo_host HOST "$R" 10.0.0.100/16
	topo_node NODE "$N" 10.0.0.1/16
	for i; do
		mac=P$i
		topo_pod "POD$i" NODE "${!mac}" "10.0.1.$i/16"
	done
}

# topo_quiet NS: who is there does not ask for a neighbour 5 s after it has talked to it
topo_quiet() {
	ns_exec "$1" sh -c 'echo 3600 >/proc/sys/net/ipv4/neigh/eth0/delay_first_probe_time'
}

# topo_routed NODEVAR: the node forwards for its pods, as the BREX shape needs
topo_routed() {
	# shellcheck disable=SC2016
	ns_exec "${!1}" sh -c 'cd /proc/sys/net/ipv4 && echo 1 >ip_forward &&
		for i in all default br-ex; do
			echo 0 >conf/$i/send_redirects; echo 0 >conf/$i/rp_filter
		done'
}

# topo_routed_pod VAR NODEVAR MAC IP VIA: a pod with a /32 whose next hop for all is its node, VIA
topo_routed_pod() {
	topo_pod "$1" "$2" "$3" "$4/32"
	ip -n "${!1}" -batch - <<-END
		route add $5 dev eth0 scope link
		route add default via $5
	END
}

# capture_start NS DEV FILE [OPTION...] [FILTER]: tcpdump until capture_stop FILE; what it wrote is complete
# then. What NS's DEV sends is seen behind macnat, what it receives before: as on the wire.
# Where super-frames may come a frame takes 64 KB of the buffer (-B, in KB), whatever its length: a test
# that has many frames, none above the MTU, says -s 2048.
capture_start() {
	local ns=$1 dev=$2 file=$3

	shift 3
	ip netns exec "$ns" tcpdump --immediate-mode -n -s 0 -B 8192 -w "$file" -i "$dev" "$@" >"$file.log" 2>&1 &
	echo $! >"$file.pid"
	busywait 10 grep -q 'listening on' "$file.log"
}

capture_stop() {
	local pid

	pid=$(cat "$1.pid")
	busywait 30 capture_settled "$1" "$pid"
	kill -TERM "$pid" 2>/dev/null || :
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
	# what it says at its end, a line of its own, not what it said when asked: that has all in one
	check_match "$(tail -n 5 "$1.log")" $'\n'"0 packets dropped by kernel"
}

# capture_settled FILE PID: has tcpdump read all that there is? A slow machine may have a lot yet to read, which
# it would leave behind when told to end, and not count as dropped.
capture_settled() {
	local before

	before=$(capture_count "$@")
	sleep 0.1
	[ "$(capture_count "$@")" = "$before" ]
}

# capture_count FILE PID: how many frames tcpdump has read; nothing if it has ended
capture_count() {
	local lines

	lines=$(wc -l <"$1.log")
	kill -USR1 "$2" 2>/dev/null || return 0
	busywait 10 capture_told "$1.log" "$lines"
	tail -n 1 "$1.log" | grep -oE '^tcpdump: [0-9]+ packets? captured,'
}

capture_told() {
	[ "$(wc -l <"$1")" -gt "$2" ]
}

# arp_frame DST SRC OP SHA SPA THA TPA [HRD]: a frame in hexadecimal
arp_frame() {
	local spa tpa

	IFS=. read -ra spa <<<"$5"
	IFS=. read -ra tpa <<<"$7"
	printf '%s%s0806%s08000604%04x%s%02x%02x%02x%02x%s%02x%02x%02x%02x' "$1" "$2" "${8:-0001}" \
		"$3" "$4" "${spa[@]}" "$6" "${tpa[@]}"
}

# ipv4_frame DST SRC SADDR [DADDR]: a UDP frame, to 10.0.0.100, in hexadecimal
ipv4_frame() {
	local saddr daddr

	IFS=. read -ra saddr <<<"$3"
	IFS=. read -ra daddr <<<"${4:-10.0.0.100}"
	printf '%s%s08004500001e0000000040110000%02x%02x%02x%02x%02x%02x%02x%02x12345678000a0000c0ff' "$1" "$2" \
		"${saddr[@]}" "${daddr[@]}"
}

# storm NS FRAME: 512 frames from NS again and again, until the test ends; each has another number, four digits
# in place of each @ in FRAME
storm() {
	local i number frames=()

	for ((i = 0; i < 512; i++)); do
		printf -v number %04x "$i"
		frames+=("${2//@/$number}")
	done
	ip netns exec "$1" frame storm eth0 "${frames[@]}" &
}

# stat NS DEV COUNTER: one counter of an uplink
stat() {
	macnat -n "$1" -j stats show dev "$2" | jq ".[0].\"$3\""
}

# stat_is NS DEV COUNTER NUMBER: to be waited for
stat_is() {
	[ "$(stat "$1" "$2" "$3")" = "$4" ]
}

# stat_reaches NS DEV COUNTER NUMBER: to be waited for
stat_reaches() {
	[ "$(stat "$1" "$2" "$3")" -ge "$4" ]
}

# has ENTRIES STATIONS: so many mappings has eth0 of NODE, of so many MACs
has() {
	check_eq "$(macnat -n "$NODE" -j uplink show dev eth0 | jq -c '.[0] | [.entries, .stations]')" \
		"[$1,$2]" "mappings and stations"
}

# owner NS IP [OPTION...]: the MAC of a mapping of eth0, or none
owner() {
	macnat -n "$1" -j map get "$2" dev eth0 "${@:3}" 2>/dev/null | jq -r '.[0].lladdr' | grep . || echo none
}

# topo_keep_hooks: a device elsewhere has an ingress and an egress hook until the test ends. The
# first hook of all, and the end of the last, make the kernel patch the code that every frame runs
# through; a QEMU before 8.1 that emulates several CPUs may run the breakpoint of that for ever. So
# a test that adds or removes an uplink under a flood of frames calls this before.
topo_keep_hooks() {
	ns_new HOOKS
	ip -n "$HOOKS" link add d0 type dummy
	ns_exec "$HOOKS" nft -f - <<-END
		table netdev keep {
			chain in { type filter hook ingress device d0 priority 0; }
			chain out { type filter hook egress device d0 priority 0; }
		}
	END
}

# topo_egress_chains DEV COUNT: for nft, the table `full` with so many egress hooks of a device, which can have 1024
topo_egress_chains() {
	local i

	echo "add table netdev full"
	for ((i = 0; i < $2; i++)); do
		echo "add chain netdev full c$i { type filter hook egress device $1 priority 0; }"
	done
}
