// SPDX-License-Identifier: GPL-2.0
/*
 * Control plane. A handler is five short steps: attributes, parse into a plain
 * struct, find, act, answer. Handlers run in parallel: RTNL serialises what
 * concerns uplinks, a table has its own lock.
 */
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/user_namespace.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "event.h"
#include "message.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "netlink_impl.h"
#include "uplink.h"

/* Mappings fetched from a table at a time for a dump. */
#define MACNAT_NETLINK_ROWS 16

/* The most that a user's own network namespace may learn, also where no memcg counts that. */
#define MACNAT_NETLINK_USER_LIMIT 65536

static struct genl_family macnat_netlink_family;

/* Which uplink is meant; 0 if the request does not say. */
static int macnat_netlink_ifindex(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

/**
 * macnat_netlink_uplink_rcu() - the uplink of a request, with a sentence if there is none
 * @net: network namespace of the request
 * @attr: its interface index, or NULL
 * @extack: where the sentence goes
 *
 * Context: RCU read section or RTNL.
 *
 * Return: the uplink, or -EINVAL or -ENODEV as ERR_PTR()
 */
struct macnat_uplink *macnat_netlink_uplink_rcu(struct net *net, const struct nlattr *attr,
						struct netlink_ext_ack *extack)
{
	struct macnat_uplink *up;

	if (!attr) {
		NL_SET_ERR_MSG(extack, "the request does not name an uplink");
		return ERR_PTR(-EINVAL);
	}
	up = macnat_uplink_find_rcu(net, macnat_netlink_ifindex(attr));
	if (up)
		return up;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "macnat is not attached to this device: see macnat uplink add");
	return ERR_PTR(-ENODEV);
}

/**
 * macnat_netlink_mac() - a MAC that one host can have
 * @attr: six bytes
 * @extack: where a sentence goes if it is none
 *
 * Return: the MAC, see macnat_key_mac(), or 0
 */
u64 macnat_netlink_mac(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (is_valid_ether_addr(nla_data(attr)))
		return macnat_key_mac(nla_data(attr));
	NL_SET_ERR_MSG_ATTR(extack, attr, "not a unicast MAC address");
	return 0;
}

/**
 * macnat_netlink_check_last() - refuse what takes long if more is to come
 * @skb: the datagram, from the request on
 * @nlh: the request
 * @extack: where a sentence goes if another message is behind it
 *
 * All messages of a datagram are handled under one hold of generic netlink's lock, which every
 * family of the node needs. No signal ends that.
 *
 * Return: 0 or -EINVAL
 */
int macnat_netlink_check_last(const struct sk_buff *skb, const struct nlmsghdr *nlh,
			      struct netlink_ext_ack *extack)
{
	/* what is shorter than a header is no message */
	if (skb->len < NLMSG_ALIGN(nlh->nlmsg_len) + NLMSG_HDRLEN)
		return 0;
	NL_SET_ERR_MSG(extack, "this request must be the last one of its datagram");
	return -EINVAL;
}

static bool macnat_netlink_u32(const struct nlattr *attr, u32 *value)
{
	if (attr)
		*value = nla_get_u32(attr);
	return attr;
}

/* An enum of the spec is a u32 on the wire, and small. */
static bool macnat_netlink_enum(const struct nlattr *attr, u8 *value)
{
	if (attr)
		*value = nla_get_u32(attr);
	return attr;
}

static bool macnat_netlink_bool(const struct nlattr *attr, bool *value)
{
	if (attr)
		*value = nla_get_u8(attr);
	return attr;
}

/* Anybody can be root of a user namespace, and make frames to learn from without end. */
static int macnat_netlink_check_limit(struct genl_info *info,
				      const struct macnat_uplink_settings *set)
{
	if (!set->has_limit || set->limit <= MACNAT_NETLINK_USER_LIMIT ||
	    genl_info_net(info)->user_ns == &init_user_ns)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[MACNAT_A_UPLINK_LIMIT],
			    "the limit is at most 65536 in a user namespace");
	return -EPERM;
}

/* Both requests that set something of an uplink have the attributes of uplink-add. */
static int macnat_netlink_settings(struct genl_info *info, struct macnat_uplink_settings *set)
{
	struct nlattr **attrs = info->attrs;
	struct nlattr *node = attrs[MACNAT_A_UPLINK_NODE];

	memset(set, 0, sizeof(*set));
	set->has_mode = macnat_netlink_enum(attrs[MACNAT_A_UPLINK_MODE], &set->mode);
	set->has_guard = macnat_netlink_enum(attrs[MACNAT_A_UPLINK_GUARD], &set->guard);
	set->has_flood = macnat_netlink_enum(attrs[MACNAT_A_UPLINK_FLOOD], &set->flood);
	set->has_learn = macnat_netlink_bool(attrs[MACNAT_A_UPLINK_LEARN], &set->learn);
	set->has_announce = macnat_netlink_bool(attrs[MACNAT_A_UPLINK_ANNOUNCE], &set->announce);
	set->has_heal = macnat_netlink_bool(attrs[MACNAT_A_UPLINK_HEAL], &set->heal);
	set->has_ageing = macnat_netlink_u32(attrs[MACNAT_A_UPLINK_AGEING], &set->ageing);
	set->has_limit = macnat_netlink_u32(attrs[MACNAT_A_UPLINK_LIMIT], &set->limit);
	set->has_node = node || attrs[MACNAT_A_UPLINK_NODE_AUTO];
	if (macnat_netlink_check_limit(info, set))
		return -EPERM;
	if (!node)
		return 0;
	if (attrs[MACNAT_A_UPLINK_NODE_AUTO]) {
		NL_SET_ERR_MSG_ATTR(info->extack, node, "the node MAC is either given or auto");
		return -EINVAL;
	}
	set->explicit = macnat_netlink_mac(node, info->extack);
	return set->explicit ? 0 : -EINVAL;
}

int macnat_nl_uplink_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[MACNAT_A_UPLINK_IFINDEX];
	struct macnat_uplink_settings settings;
	struct net *net = genl_info_net(info);
	struct net_device *dev;
	int err;

	err = macnat_netlink_check_last(skb, info->nlhdr, info->extack);
	if (!err)
		err = macnat_netlink_settings(info, &settings);
	if (err)
		return err;
	if (!attr) {
		GENL_SET_ERR_MSG(info, "the request does not name a device");
		return -EINVAL;
	}
	rtnl_lock();
	dev = __dev_get_by_index(net, macnat_netlink_ifindex(attr));
	if (dev) {
		err = macnat_uplink_add(net, dev, &settings, info->extack);
	} else {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "there is no such device");
		err = -ENODEV;
	}
	rtnl_unlock();
	macnat_event_settle(net);
	return err;
}

int macnat_nl_uplink_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct macnat_uplink_settings settings;
	struct macnat_uplink *up;
	int err;

	err = macnat_netlink_settings(info, &settings);
	if (err)
		return err;
	rtnl_lock();
	up = macnat_netlink_uplink_rcu(genl_info_net(info), info->attrs[MACNAT_A_UPLINK_IFINDEX],
				       info->extack);
	err = IS_ERR(up) ? PTR_ERR(up) : macnat_uplink_set(up, &settings, info->extack);
	rtnl_unlock();
	macnat_event_settle(genl_info_net(info));
	return err;
}

int macnat_nl_uplink_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct macnat_uplink *up;
	int err;

	err = macnat_netlink_check_last(skb, info->nlhdr, info->extack);
	if (err)
		return err;
	rtnl_lock();
	up = macnat_netlink_uplink_rcu(genl_info_net(info), info->attrs[MACNAT_A_UPLINK_IFINDEX],
				       info->extack);
	if (!IS_ERR(up))
		macnat_uplink_del(up);
	rtnl_unlock();
	macnat_event_settle(genl_info_net(info));
	return PTR_ERR_OR_ZERO(up);
}

/* Close a message, or give it up if it has grown too long. */
static int macnat_netlink_end(struct sk_buff *skb, void *hdr, int err)
{
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

static int macnat_netlink_fill_uplink(struct sk_buff *skb, void *hdr,
				      const struct macnat_uplink *up)
{
	return macnat_netlink_end(skb, hdr, macnat_message_put_uplink(skb, up));
}

static int macnat_netlink_fill_stats(struct sk_buff *skb, void *hdr, const struct macnat_uplink *up)
{
	return macnat_netlink_end(skb, hdr, macnat_message_put_stats(skb, up));
}

static int macnat_netlink_fill_map(struct sk_buff *skb, void *hdr, const struct macnat_uplink *up,
				   const struct macnat_table_row *row)
{
	return macnat_netlink_end(skb, hdr, macnat_message_put_map(skb, up, row));
}

/* An answer to the asker, header already in it; one is always big enough for one object. */
static struct sk_buff *macnat_netlink_answer(struct genl_info *info, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put_reply(msg, info, &macnat_netlink_family, 0, info->genlhdr->cmd);
	if (*hdr)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static int macnat_netlink_answer_send(struct genl_info *info, struct sk_buff *msg, int err)
{
	if (!err)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return err;
}

typedef int (*macnat_netlink_fill_t)(struct sk_buff *skb, void *hdr,
				     const struct macnat_uplink *up);

/* Answer with one uplink, as @fill tells of it. */
static int macnat_netlink_get_uplink(struct genl_info *info, const struct nlattr *ifindex,
				     macnat_netlink_fill_t fill)
{
	struct macnat_uplink *up;
	struct sk_buff *msg;
	void *hdr;
	int err;

	msg = macnat_netlink_answer(info, &hdr);
	if (!msg)
		return -ENOMEM;
	rcu_read_lock();
	up = macnat_netlink_uplink_rcu(genl_info_net(info), ifindex, info->extack);
	err = IS_ERR(up) ? PTR_ERR(up) : fill(msg, hdr, up);
	rcu_read_unlock();
	return macnat_netlink_answer_send(info, msg, err);
}

/* Dump all uplinks, as @fill tells of them. */
static int macnat_netlink_dump_uplinks(struct sk_buff *skb, struct netlink_callback *cb,
				       macnat_netlink_fill_t fill)
{
	int cmd = genl_dumpit_info(cb)->op.cmd;
	struct net *net = sock_net(skb->sk);
	int *last = (int *)cb->ctx;
	struct macnat_uplink *up;
	void *hdr;
	int err;

	err = *last ? 0 : macnat_netlink_check_last(cb->skb, cb->nlh, cb->extack);
	if (err)
		return err;
	/* mappings come and go all the time, their number is of no matter here */
	cb->seq = macnat_uplink_changes(net);
	rcu_read_lock();
	while ((up = macnat_uplink_next_rcu(net, *last))) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &macnat_netlink_family, NLM_F_MULTI, cmd);
		if (!hdr)
			break;
		genl_dump_check_consistent(cb, hdr);
		if (fill(skb, hdr, up))
			break;
		*last = up->dev->ifindex;
	}
	rcu_read_unlock();
	return skb->len;
}

int macnat_nl_uplink_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return macnat_netlink_get_uplink(info, info->attrs[MACNAT_A_UPLINK_IFINDEX],
					 macnat_netlink_fill_uplink);
}

int macnat_nl_uplink_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return macnat_netlink_dump_uplinks(skb, cb, macnat_netlink_fill_uplink);
}

int macnat_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return macnat_netlink_get_uplink(info, info->attrs[MACNAT_A_STATS_IFINDEX],
					 macnat_netlink_fill_stats);
}

int macnat_nl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return macnat_netlink_dump_uplinks(skb, cb, macnat_netlink_fill_stats);
}

int macnat_nl_map_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *lladdr = info->attrs[MACNAT_A_MAP_LLADDR];
	struct macnat_uplink *up;
	struct macnat_key key;
	u64 mac = 0;
	int err;

	err = macnat_netlink_key(info->attrs, &key, info->extack);
	if (err)
		return err;
	if (lladdr) {
		mac = macnat_netlink_mac(lladdr, info->extack);
		if (!mac)
			return -EINVAL;
	}
	rcu_read_lock();
	up = macnat_netlink_uplink_rcu(genl_info_net(info), info->attrs[MACNAT_A_MAP_IFINDEX],
				       info->extack);
	err = IS_ERR(up) ? PTR_ERR(up) : macnat_table_del(&up->path.table, &key, mac);
	rcu_read_unlock();
	macnat_event_settle(genl_info_net(info));
	if (err == -ENOENT)
		GENL_SET_ERR_MSG(info, "there is no such mapping");
	else if (err == -EXDEV)
		NL_SET_ERR_MSG_ATTR(info->extack, lladdr, "the mapping is to another lladdr");
	return err;
}

int macnat_nl_map_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct macnat_table_row row;
	struct macnat_uplink *up;
	struct sk_buff *msg;
	void *hdr;
	int err;

	err = macnat_netlink_key(info->attrs, &row.key, info->extack);
	if (err)
		return err;
	msg = macnat_netlink_answer(info, &hdr);
	if (!msg)
		return -ENOMEM;
	rcu_read_lock();
	up = macnat_netlink_uplink_rcu(genl_info_net(info), info->attrs[MACNAT_A_MAP_IFINDEX],
				       info->extack);
	err = IS_ERR(up) ? PTR_ERR(up) : macnat_table_get(&up->path.table, &row);
	if (!err)
		err = macnat_netlink_fill_map(msg, hdr, up, &row);
	rcu_read_unlock();
	if (err == -ENOENT)
		GENL_SET_ERR_MSG(info, "there is no such mapping");
	return macnat_netlink_answer_send(info, msg, err);
}

static int macnat_netlink_filter_prefix(struct nlattr **attrs, struct macnat_table_filter *filter,
					struct netlink_ext_ack *extack)
{
	unsigned int len, bits, i;
	struct macnat_key key;
	int err;

	err = macnat_netlink_key(attrs, &key, extack);
	if (err)
		return err;
	bits = macnat_key_is_ipv6(&key) ? 128 : 32;
	len = bits;
	if (attrs[MACNAT_A_MAP_PREFIX_LEN])
		len = nla_get_u8(attrs[MACNAT_A_MAP_PREFIX_LEN]);
	if (len > bits) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[MACNAT_A_MAP_PREFIX_LEN],
				    "an IPv4 prefix has at most 32 bits");
		return -EINVAL;
	}
	filter->scope |= key.scope & MACNAT_KEY_IPV6;
	filter->scope_mask |= MACNAT_KEY_IPV6;
	memcpy(filter->addr, key.addr, sizeof(filter->addr));
	for (i = 0; i < ARRAY_SIZE(filter->addr_mask) && len; i++) {
		filter->addr_mask[i] = inet_make_mask(min(len, 32U));
		len -= min(len, 32U);
	}
	return 0;
}

static int macnat_netlink_filter(struct nlattr **attrs, struct macnat_table_filter *filter,
				 struct netlink_ext_ack *extack)
{
	struct macnat_key key;
	int err;

	memset(filter, 0, sizeof(*filter));
	err = macnat_netlink_vlan(attrs, &key, extack);
	if (err)
		return err;
	if (attrs[MACNAT_A_MAP_VLAN]) {
		filter->scope = key.scope;
		filter->scope_mask = (u32)~MACNAT_KEY_IPV6;
	}
	if (attrs[MACNAT_A_MAP_LLADDR]) {
		filter->mac = macnat_netlink_mac(attrs[MACNAT_A_MAP_LLADDR], extack);
		if (!filter->mac)
			return -EINVAL;
	}
	filter->by_origin = attrs[MACNAT_A_MAP_ORIGIN];
	if (filter->by_origin)
		filter->origin = nla_get_u32(attrs[MACNAT_A_MAP_ORIGIN]);
	if (attrs[MACNAT_A_MAP_IPV4] || attrs[MACNAT_A_MAP_IPV6])
		return macnat_netlink_filter_prefix(attrs, filter, extack);
	if (attrs[MACNAT_A_MAP_PREFIX_LEN]) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[MACNAT_A_MAP_PREFIX_LEN],
				    "a prefix length needs an IP address");
		return -EINVAL;
	}
	return 0;
}

/**
 * struct macnat_netlink_cursor - how far a dump of mappings has come
 * @ifindex: the uplink that is being dumped, 0 before the first
 * @table: how far in its table
 */
struct macnat_netlink_cursor {
	int ifindex;
	struct macnat_table_cursor table;
};

/* Which uplink a dump or flush goes on with; the cursor moves on at a table's end. */
static struct macnat_uplink *macnat_netlink_cursor_uplink_rcu(struct net *net, int only,
							      struct macnat_netlink_cursor *cursor)
{
	struct macnat_uplink *up;

	if (cursor->ifindex && !cursor->table.end) {
		up = macnat_uplink_find_rcu(net, cursor->ifindex);
		if (up)
			return up;
	}
	if (cursor->ifindex && only)
		return NULL;
	up = only ? macnat_uplink_find_rcu(net, only) :
		    macnat_uplink_next_rcu(net, cursor->ifindex);
	if (up) {
		memset(cursor, 0, sizeof(*cursor));
		cursor->ifindex = up->dev->ifindex;
	}
	return up;
}

/*
 * Put the rows into the message; false if it is full, the cursor is then
 * behind the last that fitted.
 */
static bool macnat_netlink_dump_rows(struct sk_buff *skb, struct netlink_callback *cb,
				     const struct macnat_uplink *up,
				     const struct macnat_table_row *rows, unsigned int n,
				     struct macnat_table_cursor *cursor)
{
	unsigned int i;
	void *hdr;

	for (i = 0; i < n; i++) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &macnat_netlink_family, NLM_F_MULTI, MACNAT_CMD_MAP_GET);
		if (hdr) {
			genl_dump_check_consistent(cb, hdr);
			if (!macnat_netlink_fill_map(skb, hdr, up, &rows[i])) {
				cursor->key = rows[i].key;
				cursor->started = true;
				continue;
			}
		}
		cursor->end = false;
		return false;
	}
	return true;
}

/* Put the next few mappings into the message; false at the end, or if it is full. */
static bool macnat_netlink_dump_maps_rcu(struct sk_buff *skb, struct netlink_callback *cb, int only,
					 const struct macnat_table_filter *filter)
{
	struct macnat_netlink_cursor *cursor = (void *)cb->ctx;
	struct macnat_table_row rows[MACNAT_NETLINK_ROWS];
	struct macnat_table_cursor before, after;
	struct macnat_uplink *up;
	unsigned int n;
	bool room;

	up = macnat_netlink_cursor_uplink_rcu(sock_net(skb->sk), only, cursor);
	if (!up)
		return false;
	before = cursor->table;
	after = before;
	n = macnat_table_walk(&up->path.table, filter, &after, rows, ARRAY_SIZE(rows));
	room = macnat_netlink_dump_rows(skb, cb, up, rows, n, &before);
	cursor->table = room ? after : before;
	return room;
}

/* What is to be said of the request once, when its dump begins */
static int macnat_netlink_dump_begin(struct net *net, struct netlink_callback *cb,
				     const struct nlattr *ifindex)
{
	struct macnat_uplink *up;
	int err;

	err = macnat_netlink_check_last(cb->skb, cb->nlh, cb->extack);
	if (err || !ifindex)
		return err;
	rcu_read_lock();
	up = macnat_netlink_uplink_rcu(net, ifindex, cb->extack);
	rcu_read_unlock();
	return PTR_ERR_OR_ZERO(up);
}

int macnat_nl_map_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **attrs = genl_info_dump(cb)->attrs;
	struct macnat_netlink_cursor *cursor = (void *)cb->ctx;
	int only = macnat_netlink_ifindex(attrs[MACNAT_A_MAP_IFINDEX]);
	struct net *net = sock_net(skb->sk);
	struct macnat_table_filter filter;
	bool more;
	int err;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));
	err = macnat_netlink_filter(attrs, &filter, cb->extack);
	if (!err && !cursor->ifindex)
		err = macnat_netlink_dump_begin(net, cb, attrs[MACNAT_A_MAP_IFINDEX]);
	if (err)
		return err;
	cb->seq = macnat_uplink_generation(net);
	/* an empty message would be the end: as long as none passes the filter, it goes on */
	do {
		rcu_read_lock();
		more = macnat_netlink_dump_maps_rcu(skb, cb, only, &filter);
		rcu_read_unlock();
		cond_resched();
	} while (more && !fatal_signal_pending(current));
	return more ? -EINTR : skb->len;
}

int macnat_nl_map_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[MACNAT_A_MAP_IFINDEX];
	struct macnat_netlink_cursor cursor = {};
	struct net *net = genl_info_net(info);
	struct macnat_table_filter filter;
	struct macnat_uplink *up;
	int err;

	err = macnat_netlink_check_last(skb, info->nlhdr, info->extack);
	if (!err)
		err = macnat_netlink_filter(info->attrs, &filter, info->extack);
	if (err)
		return err;
	if (attr) {
		rcu_read_lock();
		up = macnat_netlink_uplink_rcu(net, attr, info->extack);
		rcu_read_unlock();
		if (IS_ERR(up))
			return PTR_ERR(up);
	}
	do {
		rcu_read_lock();
		up = macnat_netlink_cursor_uplink_rcu(net, macnat_netlink_ifindex(attr), &cursor);
		if (up)
			macnat_table_flush(&up->path.table, &filter, &cursor.table);
		rcu_read_unlock();
		cond_resched();
		macnat_event_settle(net);
	} while (up && !fatal_signal_pending(current));
	return up ? -EINTR : 0;
}

static struct genl_family macnat_netlink_family __ro_after_init = {
	.module		= THIS_MODULE,
	.name		= MACNAT_FAMILY_NAME,
	.version	= MACNAT_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.ops		= macnat_nl_ops,
	.n_ops		= ARRAY_SIZE(macnat_nl_ops),
	.mcgrps		= macnat_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(macnat_nl_mcgrps),
};

/**
 * macnat_netlink_setup() - open for requests
 *
 * Context: module init, last.
 *
 * Return: 0 or a negative error
 */
int macnat_netlink_setup(void)
{
	int err = genl_register_family(&macnat_netlink_family);

	if (!err)
		macnat_event_start(&macnat_netlink_family);
	return err;
}

/**
 * macnat_netlink_cleanup() - no requests any more
 *
 * Context: module exit, first.
 */
void macnat_netlink_cleanup(void)
{
	macnat_event_stop();
	genl_unregister_family(&macnat_netlink_family);
}
