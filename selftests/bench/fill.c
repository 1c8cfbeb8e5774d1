// SPDX-License-Identifier: GPL-2.0
/*
 * Fills tables as fast as the kernel takes it:
 *
 *	fill macnat DEV FROM TO	mappings of the pods from number FROM up to, without, TO
 *	fill macnat-sample DEV ENTRIES	... of those that frames are of: IPv6, and IPv4 in a VLAN
 *	fill bpf DIR FROM TO	the maps of nat.bpf.c, which are pinned in DIR
 *	fill bpf-sample DIR ENTRIES
 *	fill nft FAMILY FROM TO	the set `stations` and the map `pods` of the table `nat`
 */
#include <arpa/inet.h>
#include <err.h>
#include <libmnl/libmnl.h>
#include <linux/bpf.h>
#include <linux/genetlink.h>
#include <linux/macnat.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pods.h"

#define MESSAGES 256			/* in one send, with one answer */
#define ROOM (MESSAGES * 256)

static struct mnl_socket *sock;
static uint16_t family;
static char *buf;
static size_t used;
static unsigned int queued, seq;

static struct nlmsghdr *start(uint16_t type, uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf + used);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = ++seq;
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

static int read_family(const struct nlmsghdr *nlh, void *data)
{
	struct nlattr *attr;

	(void)data;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			family = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

/* Sends what is queued; the last message asks for an answer, and so does one that fails. */
static void flush(struct nlmsghdr *last)
{
	char answer[32768];
	ssize_t len;
	int rc;

	last->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(sock, buf, used) < 0)
		err(1, "send");
	do {
		len = mnl_socket_recvfrom(sock, answer, sizeof(answer));
		if (len < 0)
			err(1, "receive");
		rc = mnl_cb_run(answer, len, 0, 0, read_family, NULL);
		if (rc < 0)
			err(1, "the kernel refuses");
	} while (rc > MNL_CB_STOP);
	used = 0;
	queued = 0;
}

static void open_socket(int protocol)
{
	buf = calloc(1, ROOM);
	sock = mnl_socket_open(protocol);
	if (!buf || !sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID))
		err(1, "socket");
}

/* Returns the device's index, for the messages to come. */
static unsigned int open_macnat(const char *dev)
{
	unsigned int ifindex = if_nametoindex(dev);
	struct nlmsghdr *nlh;

	if (!ifindex)
		err(1, "%s", dev);
	open_socket(NETLINK_GENERIC);
	nlh = start(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, MACNAT_FAMILY_NAME);
	used = nlh->nlmsg_len;
	flush(nlh);
	return ifindex;
}

/* One more mapping in the message that is being built, which goes when it is full. */
static void add(unsigned int ifindex, unsigned int number, bool ipv6, uint16_t vid, bool last)
{
	uint32_t ipv4 = pods_ipv4(number);
	static struct nlmsghdr *nlh;
	uint8_t mac[6], addr[16];
	struct nlattr *mapping;

	if (!queued) {
		nlh = start(family, MACNAT_CMD_MAP_REPLACE, MACNAT_FAMILY_VERSION);
		mnl_attr_put_u32(nlh, MACNAT_A_MAP_IFINDEX, ifindex);
	}
	mapping = mnl_attr_nest_start(nlh, MACNAT_A_MAP_MAPPING);
	if (vid)
		mnl_attr_put_u16(nlh, MACNAT_A_MAP_VLAN, vid);
	if (ipv6) {
		pods_ipv6(addr, number);
		mnl_attr_put(nlh, MACNAT_A_MAP_IPV6, sizeof(addr), addr);
	} else {
		mnl_attr_put(nlh, MACNAT_A_MAP_IPV4, sizeof(ipv4), &ipv4);
	}
	pods_mac(mac, number);
	mnl_attr_put(nlh, MACNAT_A_MAP_LLADDR, sizeof(mac), mac);
	mnl_attr_nest_end(nlh, mapping);
	if (++queued == MESSAGES || last) {
		used = nlh->nlmsg_len;
		flush(nlh);
	}
}

static int fill_macnat(const char *dev, unsigned int from, unsigned int to)
{
	unsigned int ifindex = open_macnat(dev);

	for (; from < to; from++)
		add(ifindex, from, false, 0, from + 1 == to);
	return 0;
}

static int fill_macnat_sample(const char *dev, unsigned int entries)
{
	unsigned int to = entries < PODS_SAMPLE ? entries : PODS_SAMPLE, i;
	unsigned int ifindex = open_macnat(dev);

	for (i = 0; i < to; i++) {
		add(ifindex, pods_sample(entries, i), true, 0, false);
		add(ifindex, pods_sample(entries, i), false, PODS_VID, i + 1 == to);
	}
	return 0;
}

/* As nat.bpf.c has them */
struct pod_key {
	uint32_t vlan;
	uint32_t addr;
};

static int bpf_map(const char *dir, const char *name)
{
	union bpf_attr attr;
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	memset(&attr, 0, sizeof(attr));
	attr.pathname = (uintptr_t)path;
	fd = syscall(SYS_bpf, BPF_OBJ_GET, &attr, sizeof(attr));
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void bpf_update(int fd, const void *keys, const void *values, unsigned int count)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.batch.map_fd = fd;
	attr.batch.keys = (uintptr_t)keys;
	attr.batch.values = (uintptr_t)values;
	attr.batch.count = count;
	if (syscall(SYS_bpf, BPF_MAP_UPDATE_BATCH, &attr, sizeof(attr)))
		err(1, "update of a map");
}

static int fill_bpf(const char *dir, unsigned int from, unsigned int to)
{
	int pods = bpf_map(dir, "pods"), stations = bpf_map(dir, "stations");
	struct pod_key keys[MESSAGES];
	uint64_t macs[MESSAGES];
	unsigned int n;

	memset(macs, 0, sizeof(macs));
	while (from < to) {
		for (n = 0; n < MESSAGES && from < to; n++, from++) {
			keys[n] = (struct pod_key){ 0, pods_ipv4(from) };
			pods_mac((uint8_t *)&macs[n], from);
		}
		bpf_update(pods, keys, macs, n);
		bpf_update(stations, macs, macs, n);
	}
	return 0;
}

static int fill_bpf_sample(const char *dir, unsigned int entries)
{
	unsigned int to = entries < PODS_SAMPLE ? entries : PODS_SAMPLE, i;
	int pods = bpf_map(dir, "pods");
	struct pod_key key = { .vlan = PODS_VID };
	uint64_t mac = 0;

	for (i = 0; i < to; i++) {
		key.addr = pods_ipv4(pods_sample(entries, i));
		pods_mac((uint8_t *)&mac, pods_sample(entries, i));
		bpf_update(pods, &key, &mac, 1);
	}
	return 0;
}

static struct nlmsghdr *nft_start(uint16_t type, uint16_t flags, uint8_t nfproto, uint16_t res_id)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf + used);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++seq;
	nfg->nfgen_family = nfproto;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(res_id);
	return nlh;
}

static void nft_data(struct nlmsghdr *nlh, uint16_t attr, const void *data, size_t len)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, attr);

	mnl_attr_put(nlh, NFTA_DATA_VALUE, len, data);
	mnl_attr_nest_end(nlh, nest);
}

/* Queues elements of one set for the pods from number FROM up to, without, TO. */
static struct nlmsghdr *nft_elements(uint8_t nfproto, const char *set, bool map,
				     unsigned int from, unsigned int to)
{
	struct nlattr *list, *elem;
	struct nlmsghdr *nlh;
	uint8_t mac[6];
	uint32_t ipv4;

	nlh = nft_start(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM, NLM_F_CREATE, nfproto, 0);
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, "nat");
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, set);
	list = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (; from < to; from++) {
		ipv4 = pods_ipv4(from);
		pods_mac(mac, from);
		elem = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
		if (map)
			nft_data(nlh, NFTA_SET_ELEM_KEY, &ipv4, sizeof(ipv4));
		nft_data(nlh, map ? NFTA_SET_ELEM_DATA : NFTA_SET_ELEM_KEY, mac, sizeof(mac));
		mnl_attr_nest_end(nlh, elem);
	}
	mnl_attr_nest_end(nlh, list);
	used += MNL_ALIGN(nlh->nlmsg_len);
	return nlh;
}

static int fill_nft(const char *family_name, unsigned int from, unsigned int to)
{
	uint8_t nfproto = strcmp(family_name, "bridge") ? NFPROTO_NETDEV : NFPROTO_BRIDGE;
	struct nlmsghdr *nlh, *last;
	unsigned int end;

	open_socket(NETLINK_NETFILTER);
	for (; from < to; from = end) {
		end = from + MESSAGES < to ? from + MESSAGES : to;
		nlh = nft_start(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
		used += nlh->nlmsg_len;
		nft_elements(nfproto, "stations", false, from, end);
		last = nft_elements(nfproto, "pods", true, from, end);
		nlh = nft_start(NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
		used += nlh->nlmsg_len;
		/* before 6.10, the end of a batch is not answered */
		flush(last);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 3 ? argv[1] : "";

	if (!strcmp(verb, "macnat") && argc == 5)
		return fill_macnat(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (!strcmp(verb, "macnat-sample"))
		return fill_macnat_sample(argv[2], atoi(argv[3]));
	if (!strcmp(verb, "bpf") && argc == 5)
		return fill_bpf(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (!strcmp(verb, "bpf-sample"))
		return fill_bpf_sample(argv[2], atoi(argv[3]));
	if (!strcmp(verb, "nft") && argc == 5)
		return fill_nft(argv[2], atoi(argv[3]), atoi(argv[4]));
	errx(1, "usage: see the head of fill.c");
}
