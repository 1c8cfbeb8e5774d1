# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The peers of the benchmark, for bench.sh. Each is a few functions:
#
#	peer_X_up	set up without an entry; says what it can do, see peer_defaults
#	peer_X_load HAVE SIZE	prints the command that loads the entries from number HAVE on
#	peer_X_sample SIZE	what the sample's frames want beside the entries (IPv6, VLAN)
#	peer_X_dump	the command that prints all entries
#	peer_X_down	as it was before

# What a peer may change in its _up, for bench.sh
# shellcheck disable=SC2034
peer_defaults() {
	pod=pod			# the namespace whose eth0 sends and receives
	what=nat		# happens to the pods' MACs, see bench.c
	max=1000000 why=	# the largest table, and why there is no larger; 0: nothing is set up
	kinds="out-ipv4 out-ipv6 out-arp out-vlan out-own in-ipv4 in-ipv6 in-arp in-vlan in-own"
}

# The plain bridge: what the others are compared to
# shellcheck disable=SC2034
peer_bridge_up() {
	what=plain
	kinds+=" in-route"
}

peer_bridge_down() {
	:
}

# Netfilter hooks that do nothing, where macnat has its own
# shellcheck disable=SC2034
peer_hook_up() {
	what=plain
	kinds+=" in-route"
	node insmod /files/nfhook.ko dev=eth0
}

peer_hook_down() {
	rmmod nfhook
}

peer_macnat_up() {
	modprobe macnat
	macnat -n node uplink add eth0 mode "${1:-bridge}" guard drop
}

peer_macnat_load() {
	echo ip netns exec node fill macnat eth0 "$1" "$2"
}

peer_macnat_sample() {
	node fill macnat-sample eth0 "$1"
}

peer_macnat_dump() {
	echo macnat -n node map show dev eth0
}

peer_macnat_down() {
	macnat -n node uplink del eth0
	rmmod macnat
}

# shellcheck disable=SC2034
peer_macnat_route_up() {
	kinds="out-ipv4 out-own in-arp in-own in-route"
	peer_macnat_up route
}

peer_macnat_route_load() {
	peer_macnat_load "$@"
}

peer_macnat_route_down() {
	peer_macnat_down
}

# From a file of text, as an operator does; its frames are macnat's
# shellcheck disable=SC2034
peer_macnat_file_up() {
	peer_macnat_up
	kinds=""
}

peer_macnat_file_load() {
	bench list "$1" "$2" 'map add %4 dev eth0 lladdr %m' >/tmp/entries
	echo macnat -n node -b /tmp/entries
}

peer_macnat_file_down() {
	peer_macnat_down
}

# Stations and mappings that frames make
# shellcheck disable=SC2034
peer_macnat_learn_up() {
	max=65536 why="a limit of 65536 learned mappings is what is shipped"
	kinds="out-ipv4 out-arp out-own in-ipv4 in-arp in-own"
	if ! macnat uplink help 2>&1 | grep -qw learn; then
		max=0 why="macnat does not learn yet"
		return
	fi
	modprobe macnat
	macnat -n node uplink add eth0 guard drop learn on
}

peer_macnat_learn_load() {
	# the bridge would learn, too, and keep it
	bridge -n node link set dev pod learning off
	echo bench talk pod eth0 "$1" "$2"
}

peer_macnat_learn_sample() {
	bridge -n node link set dev pod learning on
}

peer_macnat_learn_down() {
	peer_macnat_down
}

# tc eBPF: nat.bpf.c
# shellcheck disable=SC2034
peer_ebpf_up() {
	kinds="out-ipv4 out-ipv6 out-arp out-vlan out-own in-ipv4 in-arp in-vlan in-own"
	echo 1 >/proc/sys/net/core/bpf_jit_enable
	# not `tc -n`, which would pin the maps in a mount namespace of its own
	nsenter --net=/run/netns/node tc qdisc add dev eth0 clsact
	nsenter --net=/run/netns/node tc filter add dev eth0 egress \
		bpf da object-file /files/nat.bpf.o section tc program egress
	nsenter --net=/run/netns/node tc filter add dev eth0 ingress \
		bpf da object-file /files/nat.bpf.o section tc program ingress
}

peer_ebpf_load() {
	echo fill bpf /sys/fs/bpf/tc/globals "$1" "$2"
}

peer_ebpf_sample() {
	fill bpf-sample /sys/fs/bpf/tc/globals "$1"
}

peer_ebpf_down() {
	tc -n node qdisc del dev eth0 clsact
	rm -r /sys/fs/bpf/tc/globals/*
}

# nftables' netdev family: sets and maps of a fixed size, for the faster of its hashes
# shellcheck disable=SC2034
peer_nft_netdev_up() {
	kinds="out-ipv4 out-ipv6 out-arp out-vlan out-own in-ipv4 in-arp in-vlan in-own"
	node nft -f - <<-END
		table netdev nat {
			set stations { type ether_addr; size 1048576; }
			map pods { type ipv4_addr : ether_addr; size 1048576; }
			chain out {
				type filter hook egress device eth0 priority 0;
				ether saddr @stations counter ether saddr set $N meta protocol arp arp saddr ether set $N
			}
			chain in {
				type filter hook ingress device eth0 priority 0;
				meta protocol ip ether daddr $N ether daddr set ip daddr map @pods counter accept
				meta protocol arp ether daddr $N arp daddr ether set arp daddr ip map @pods \\
					ether daddr set arp daddr ip map @pods counter
			}
		}
	END
}

peer_nft_netdev_load() {
	echo ip netns exec node fill nft netdev "$1" "$2"
}

peer_nft_netdev_dump() {
	echo ip netns exec node nft list map netdev nat pods
}

peer_nft_netdev_down() {
	node nft flush ruleset
}

# nftables' bridge family: before and after the bridge's decision
# shellcheck disable=SC2034
peer_nft_bridge_up() {
	kinds="out-ipv4 out-ipv6 out-arp out-vlan out-own in-ipv4 in-arp in-vlan in-own"
	node nft -f - <<-END
		table bridge nat {
			set stations { type ether_addr; size 1048576; }
			map pods { type ipv4_addr : ether_addr; size 1048576; }
			chain out {
				type filter hook postrouting priority 300;
				oif != eth0 accept
				ether saddr @stations counter ether saddr set $N meta protocol arp arp saddr ether set $N
			}
			chain in {
				type filter hook prerouting priority -300;
				iif != eth0 accept
				meta protocol ip ether daddr $N ether daddr set ip daddr map @pods counter accept
				meta protocol arp ether daddr $N arp daddr ether set arp daddr ip map @pods \\
					ether daddr set arp daddr ip map @pods counter
			}
		}
	END
}

peer_nft_bridge_load() {
	echo ip netns exec node fill nft bridge "$1" "$2"
}

peer_nft_bridge_dump() {
	echo ip netns exec node nft list map bridge nat pods
}

peer_nft_bridge_down() {
	node nft flush ruleset
}

# A rule a pod, as with ebtables; half of them come before one's own
# shellcheck disable=SC2034
peer_nft_rules_up() {
	kinds="out-ipv4 out-own in-ipv4 in-own"
	max=1000 why="every frame walks half of the rules"
	node nft -f - <<-END
		table bridge nat {
			chain out { type filter hook postrouting priority 300; oif != eth0 accept; }
			chain in { type filter hook prerouting priority -300; iif != eth0 accept; }
		}
	END
}

peer_nft_rules_load() {
	bench list "$1" "$2" "add rule bridge nat out ether saddr %m counter ether saddr set $N accept\n\
add rule bridge nat in ip daddr %4 ether daddr $N counter ether daddr set %m accept" >/tmp/entries
	echo ip netns exec node nft -f /tmp/entries
}

peer_nft_rules_dump() {
	echo ip netns exec node nft list table bridge nat
}

peer_nft_rules_down() {
	node nft flush ruleset
}

# tc flower and skbmod: a filter and an action a pod and direction; ARP would want pedit on top
# shellcheck disable=SC2034
peer_flower_up() {
	kinds="out-ipv4 out-own in-ipv4 in-own"
	max=65536 why="a filter and an action a pod and direction: to load them takes hours"
	tc -n node qdisc add dev eth0 clsact
}

peer_flower_load() {
	bench list "$1" "$2" "filter add dev eth0 egress protocol all pref 1 flower src_mac %m action skbmod set smac $N\n\
filter add dev eth0 ingress protocol ip pref 1 flower dst_mac $N dst_ip %4 action skbmod set dmac %m" >/tmp/entries
	echo tc -n node -batch /tmp/entries
}

peer_flower_dump() {
	echo tc -n node filter show dev eth0 ingress
}

peer_flower_down() {
	tc -n node qdisc del dev eth0 clsact
}

# ipvlan L2 instead of bridge and veth: the way from the pod to the wire looks nothing up
# shellcheck disable=SC2034
peer_ipvlan_up() {
	what=shared kinds="out-ipv4 out-ipv6 out-arp"
	max=1 why="nothing is looked up on the way out"
	pod=ipvlan
	new_netns ipvlan
	ip -n node -batch - <<-END
		link set eth0 nomaster
		link add link eth0 name ipvl type ipvlan mode l2
		link set ipvl netns ipvlan name eth0
	END
	ip -n ipvlan link set eth0 up
}

peer_ipvlan_down() {
	ip -n ipvlan link del eth0
	ip netns del ipvlan
	ip -n node link set eth0 master br-ex
}
