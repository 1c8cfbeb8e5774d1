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
	nat=nat			# it rewrites; empty: frames arrive as they are sent
	max=1000000 why=	# the largest table, and why there is no larger
	kinds="out-ipv4 out-ipv6 out-arp out-vlan out-own in-ipv4 in-ipv6 in-arp in-vlan in-own"
}

# The plain bridge: what the others are compared to
# shellcheck disable=SC2034
peer_bridge_up() {
	nat=
	kinds+=" in-route"
}

peer_bridge_down() {
	:
}

# Netfilter hooks that do nothing, where macnat has its own
# shellcheck disable=SC2034
peer_hook_up() {
	nat=
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
