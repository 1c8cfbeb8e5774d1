// SPDX-License-Identifier: GPL-2.0
/*
 * MAC NAT in tc eBPF, as one would write it for speed: two preallocated hash maps, direct access to
 * the packet, IPv4 and ARP, a counter a CPU. No IPv6, no guard, no ageing, no announcements.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>

#define SEC(name) __attribute__((section(name), used))
#define PODS 1048576
#define NODE 0x010000000002ULL		/* 02:00:00:00:00:01, as read from a frame */

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;

struct pod_key {
	__u32 vlan;
	__be32 addr;
};

struct arp {
	__u8 fixed[8];
	__u8 sha[6];
	__u8 spa[4];
	__u8 tha[6];
	__u8 tpa[4];
} __attribute__((packed));

struct {
	int (*type)[BPF_MAP_TYPE_HASH];
	int (*max_entries)[PODS];
	struct pod_key *key;
	__u64 *value;
	int (*pinning)[1];
} pods SEC(".maps");

struct {
	int (*type)[BPF_MAP_TYPE_HASH];
	int (*max_entries)[PODS];
	__u64 *key;
	__u64 *value;
	int (*pinning)[1];
} stations SEC(".maps");

struct {
	int (*type)[BPF_MAP_TYPE_PERCPU_ARRAY];
	int (*max_entries)[2];
	__u32 *key;
	__u64 *value;
} counters SEC(".maps");

static inline __u64 mac_get(const __u8 *addr)
{
	return *(const __u32 *)addr | (__u64)*(const __u16 *)(addr + 4) << 32;
}

static inline void mac_put(__u8 *addr, __u64 mac)
{
	*(__u32 *)addr = mac;
	*(__u16 *)(addr + 4) = mac >> 32;
}

static inline void count(__u32 which)
{
	__u64 *counter = bpf_map_lookup_elem(&counters, &which);

	if (counter)
		(*counter)++;
}

SEC("tc") int egress(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct arp *arp = (void *)(eth + 1);
	__u64 src;

	if ((void *)(eth + 1) > end)
		return TC_ACT_OK;
	src = mac_get(eth->h_source);
	if (src == NODE || !bpf_map_lookup_elem(&stations, &src))
		return TC_ACT_OK;
	mac_put(eth->h_source, NODE);
	if (skb->protocol == __builtin_bswap16(ETH_P_ARP) && (void *)(arp + 1) <= end &&
	    mac_get(arp->sha) == src)
		mac_put(arp->sha, NODE);
	count(0);
	return TC_ACT_OK;
}

SEC("tc") int ingress(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct pod_key key = { .vlan = skb->vlan_present ? skb->vlan_tci & 0xfff : 0 };
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct arp *arp = (void *)(eth + 1);
	__u64 *pod;

	if ((void *)(eth + 1) > end || mac_get(eth->h_dest) != NODE)
		return TC_ACT_OK;
	if (skb->protocol == __builtin_bswap16(ETH_P_IP) && (void *)(ip + 1) <= end)
		key.addr = ip->daddr;
	else if (skb->protocol == __builtin_bswap16(ETH_P_ARP) && (void *)(arp + 1) <= end)
		__builtin_memcpy(&key.addr, arp->tpa, sizeof(key.addr));
	else
		return TC_ACT_OK;
	pod = bpf_map_lookup_elem(&pods, &key);
	if (!pod)
		return TC_ACT_OK;
	mac_put(eth->h_dest, *pod);
	if (skb->protocol == __builtin_bswap16(ETH_P_ARP) && (void *)(arp + 1) <= end)
		mac_put(arp->tha, *pod);
	count(1);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
