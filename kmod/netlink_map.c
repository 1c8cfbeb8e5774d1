// SPDX-License-Identifier: GPL-2.0
/*
 * Control plane: mappings that requests make, one, many in order, or all of a kind at once.
 */
#include <net/genetlink.h>

#include "event.h"
#include "learn.h"
#include "netlink_gen.h"
#include "netlink_impl.h"
#include "uplink.h"

/**
 * macnat_netlink_vlan() - the VLAN that attributes tell
 * @attrs: by type, see MACNAT_A_MAP_VLAN
 * @key: its scope is set, of IPv4
 * @extack: where a sentence goes if that is none
 *
 * Return: 0 or -EINVAL
 */
int macnat_netlink_vlan(struct nlattr **attrs, struct macnat_key *key,
			struct netlink_ext_ack *extack)
{
	u16 vid = 0, inner = 0;

	if (attrs[MACNAT_A_MAP_VLAN])
		vid = nla_get_u16(attrs[MACNAT_A_MAP_VLAN]);
	if (attrs[MACNAT_A_MAP_INNER_VLAN])
		inner = nla_get_u16(attrs[MACNAT_A_MAP_INNER_VLAN]);
	if (inner && !vid) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[MACNAT_A_MAP_INNER_VLAN],
				    "an inner VLAN needs an outer one");
		return -EINVAL;
	}
	key->scope = macnat_key_scope(vid, inner, false);
	return 0;
}

static int macnat_netlink_address(struct nlattr **attrs, struct macnat_key *key,
				  struct netlink_ext_ack *extack)
{
	if (attrs[MACNAT_A_MAP_IPV6]) {
		if (attrs[MACNAT_A_MAP_IPV4]) {
			NL_SET_ERR_MSG(extack, "the request names two IP addresses");
			return -EINVAL;
		}
		key->scope |= MACNAT_KEY_IPV6;
		memcpy(key->addr, nla_data(attrs[MACNAT_A_MAP_IPV6]), sizeof(key->addr));
		return 0;
	}
	if (!attrs[MACNAT_A_MAP_IPV4]) {
		NL_SET_ERR_MSG(extack, "the request does not name an IP address");
		return -EINVAL;
	}
	key->addr[0] = nla_get_in_addr(attrs[MACNAT_A_MAP_IPV4]);
	return 0;
}

/**
 * macnat_netlink_key() - the VLAN and IP that attributes tell
 * @attrs: by type, see MACNAT_A_MAP_VLAN
 * @key: result
 * @extack: where a sentence goes if it is none
 *
 * Return: 0 or -EINVAL
 */
int macnat_netlink_key(struct nlattr **attrs, struct macnat_key *key,
		       struct netlink_ext_ack *extack)
{
	int err;

	memset(key, 0, sizeof(*key));
	err = macnat_netlink_vlan(attrs, key, extack);
	return err ?: macnat_netlink_address(attrs, key, extack);
}

/* Can a pod have this address? */
static int macnat_netlink_check_pod_address(struct net *net, struct nlattr **attrs,
					    const struct macnat_key *key,
					    struct netlink_ext_ack *extack)
{
	struct nlattr *attr = attrs[macnat_key_is_ipv6(key) ? MACNAT_A_MAP_IPV6 :
							      MACNAT_A_MAP_IPV4];

	if (!macnat_key_is_host(key)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "no pod can have this IP address");
		return -EINVAL;
	}
	if (macnat_learn_is_node_address(net, key)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "this is the node's own IP address: mapping it would cut the node off");
		return -EADDRINUSE;
	}
	return 0;
}

static int macnat_netlink_row(struct net *net, struct nlattr **attrs, struct macnat_table_row *row,
			      struct netlink_ext_ack *extack)
{
	int err;

	err = macnat_netlink_key(attrs, &row->key, extack);
	if (err)
		return err;
	if (!attrs[MACNAT_A_MAP_LLADDR]) {
		NL_SET_ERR_MSG(extack, "the request does not name the pod's MAC address");
		return -EINVAL;
	}
	row->mac = macnat_netlink_mac(attrs[MACNAT_A_MAP_LLADDR], extack);
	if (!row->mac)
		return -EINVAL;
	return macnat_netlink_check_pod_address(net, attrs, &row->key, extack);
}

/* Mappings that are set under one hold of the table's lock */
#define MACNAT_NETLINK_BATCH 32

/**
 * struct macnat_netlink_batch - mappings that a request makes, a part of them
 * @rows: the mappings
 * @from: the attribute that tells each, NULL if the request itself does
 * @spares: memory for each
 * @count: how many
 * @how: what may happen to those that exist
 * @sync: they are of this sync, 0 if they are not of one
 * @overruled: the sync names another pod than a static mapping
 */
struct macnat_netlink_batch {
	struct macnat_table_row rows[MACNAT_NETLINK_BATCH];
	const struct nlattr *from[MACNAT_NETLINK_BATCH];
	struct macnat_entry *spares[MACNAT_NETLINK_BATCH];
	unsigned int count;
	enum macnat_table_how how;
	u32 sync;
	bool overruled;
};

/* Finds one attribute of those of a mapping, which were validated with the request. */
static const struct nlattr *macnat_netlink_inner(struct genl_info *info,
						 const struct nlattr *mapping, int type)
{
	return mapping ? nla_find_nested(mapping, type) : info->attrs[type];
}

/* Why a mapping was not set */
static void macnat_netlink_batch_refuse(struct genl_info *info, const struct nlattr *mapping,
					bool sync, int err)
{
	struct netlink_ext_ack *extack = info->extack;

	switch (err) {
	case -EEXIST:
		NL_SET_BAD_ATTR(extack, mapping);
		NL_SET_ERR_MSG(extack, "the mapping exists already: use map replace to change it");
		if (sync)
			NL_SET_ERR_MSG(extack, "the address is named before, with another lladdr");
		break;
	case -EADDRINUSE:
		NL_SET_BAD_ATTR(extack, macnat_netlink_inner(info, mapping, MACNAT_A_MAP_LLADDR));
		NL_SET_ERR_MSG(extack,
			       "this is a MAC of the node itself: a pod has one of its own");
		break;
	case -ECANCELED:
		NL_SET_ERR_MSG(extack, "the uplink has gone meanwhile");
		break;
	default:
		/* which one, at least */
		if (mapping)
			NL_SET_BAD_ATTR(extack, mapping);
	}
}

static int macnat_netlink_batch_set_rcu(struct genl_info *info, struct macnat_netlink_batch *batch)
{
	unsigned int done = 0, count;
	struct macnat_uplink *up;
	int err;

	up = macnat_netlink_uplink_rcu(genl_info_net(info), info->attrs[MACNAT_A_MAP_IFINDEX],
				       info->extack);
	if (IS_ERR(up))
		return PTR_ERR(up);
	for (count = 0; count < batch->count; count++)
		if (macnat_path_is_own(&up->path, batch->rows[count].mac))
			break;
	if (batch->sync)
		err = macnat_table_sync_set(&up->path.table, batch->sync, batch->rows, count,
					    batch->spares, &done, &batch->overruled);
	else
		err = macnat_table_set(&up->path.table, batch->rows, count, batch->how,
				       batch->spares, &done);
	if (!err && count < batch->count)
		err = -EADDRINUSE;
	if (done && !batch->sync)
		macnat_announce_kick(&up->path.announce);
	if (err)
		macnat_netlink_batch_refuse(info, batch->from[done], batch->sync, err);
	return err;
}

/* Up to the first one that is refused. */
static int macnat_netlink_batch_set(struct genl_info *info, struct macnat_netlink_batch *batch)
{
	int err;

	if (!batch->count)
		return 0;
	if (!macnat_table_spares_alloc(batch->spares, batch->count)) {
		macnat_netlink_batch_refuse(info, batch->from[0], batch->sync, -ENOMEM);
		return -ENOMEM;
	}
	rcu_read_lock();
	err = macnat_netlink_batch_set_rcu(info, batch);
	rcu_read_unlock();
	macnat_table_spares_free(batch->spares, batch->count);
	batch->count = 0;
	cond_resched();
	macnat_event_settle(genl_info_net(info));
	return err;
}

/* Reads one of the mappings of a request. @extack: NULL to be silent */
static int macnat_netlink_batch_read(struct genl_info *info, struct macnat_netlink_batch *batch,
				     const struct nlattr *mapping, struct netlink_ext_ack *extack)
{
	struct macnat_table_row *row = &batch->rows[batch->count];
	struct nlattr *attrs[MACNAT_A_MAP_LLADDR + 1] = {};
	struct nlattr *attr;
	int err, rem;

	/* they were validated with the request */
	nla_for_each_nested(attr, mapping, rem)
		if (nla_type(attr) < ARRAY_SIZE(attrs))
			attrs[nla_type(attr)] = attr;
	row->origin = batch->sync ? MACNAT_ORIGIN_SYNCED : MACNAT_ORIGIN_STATIC;
	err = macnat_netlink_row(genl_info_net(info), attrs, row, extack);
	if (!err)
		batch->from[batch->count++] = mapping;
	/* which one, at least */
	else if (extack && !extack->bad_attr)
		NL_SET_BAD_ATTR(extack, mapping);
	return err;
}

/* All mappings of a request, up to the first one that is refused */
static int macnat_netlink_batch_many(struct genl_info *info, struct macnat_netlink_batch *batch)
{
	struct nlattr *attr;
	int wrong, err, rem;

	nla_for_each_attr(attr, genlmsg_data(info->genlhdr), genlmsg_len(info->genlhdr), rem) {
		if (nla_type(attr) != MACNAT_A_MAP_MAPPING)
			continue;
		wrong = macnat_netlink_batch_read(info, batch, attr, NULL);
		if (!wrong && batch->count < MACNAT_NETLINK_BATCH)
			continue;
		/* what is wrong is told when those before it are set: one of them may be refused */
		err = macnat_netlink_batch_set(info, batch);
		if (!err && wrong)
			err = macnat_netlink_batch_read(info, batch, attr, info->extack);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		if (err)
			return err;
	}
	return macnat_netlink_batch_set(info, batch);
}

static int macnat_netlink_map_set(struct genl_info *info, enum macnat_table_how how)
{
	struct nlattr **attrs = info->attrs;
	struct macnat_netlink_batch *batch;
	int err;

	if (attrs[MACNAT_A_MAP_MAPPING] && (attrs[MACNAT_A_MAP_IPV4] || attrs[MACNAT_A_MAP_IPV6])) {
		NL_SET_ERR_MSG(info->extack, "the request names one mapping and many");
		return -EINVAL;
	}
	batch = kzalloc(sizeof(*batch), GFP_KERNEL);
	if (!batch)
		return -ENOMEM;
	batch->how = how;
	if (attrs[MACNAT_A_MAP_MAPPING]) {
		err = macnat_netlink_batch_many(info, batch);
	} else {
		batch->rows[0].origin = MACNAT_ORIGIN_STATIC;
		err = macnat_netlink_row(genl_info_net(info), attrs, &batch->rows[0], info->extack);
		batch->count = !err;
		err = err ?: macnat_netlink_batch_set(info, batch);
	}
	kfree(batch);
	return err;
}

int macnat_nl_map_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return macnat_netlink_map_set(info, MACNAT_TABLE_ADD);
}

int macnat_nl_map_replace_doit(struct sk_buff *skb, struct genl_info *info)
{
	return macnat_netlink_map_set(info, MACNAT_TABLE_REPLACE);
}

/* The uplink that a sync was begun with, NULL if it has gone; RCU read section */
static struct macnat_uplink *macnat_netlink_sync_uplink_rcu(struct genl_info *info)
{
	return macnat_uplink_find_rcu(genl_info_net(info),
				      nla_get_u32(info->attrs[MACNAT_A_MAP_IFINDEX]));
}

static int macnat_netlink_sync_begin(struct genl_info *info, u32 id)
{
	struct macnat_uplink *up;
	int err;

	rcu_read_lock();
	up = macnat_netlink_uplink_rcu(genl_info_net(info), info->attrs[MACNAT_A_MAP_IFINDEX],
				       info->extack);
	err = IS_ERR(up) ? PTR_ERR(up) : macnat_table_sync_begin(&up->path.table, id);
	rcu_read_unlock();
	if (err == -EBUSY)
		GENL_SET_ERR_MSG(info, "another map sync of this uplink is under way");
	return err;
}

/*
 * All mappings of the table; -ENODEV if the uplink has gone. As long as all can be undone, the end
 * of the process is the end of it.
 */
static int macnat_netlink_sync_pass(struct genl_info *info, u32 id,
				    enum macnat_table_sync_pass pass)
{
	bool undoable = pass == MACNAT_TABLE_SYNC_LEAVE || pass == MACNAT_TABLE_SYNC_STATIONS;
	struct macnat_table_cursor cursor = {};
	struct macnat_uplink *up;
	bool is;

	do {
		if (undoable && fatal_signal_pending(current))
			return -EINTR;
		rcu_read_lock();
		up = macnat_netlink_sync_uplink_rcu(info);
		is = up && macnat_table_sync_step(&up->path.table, id, pass, &cursor);
		rcu_read_unlock();
		cond_resched();
		macnat_event_settle(genl_info_net(info));
	} while (is && !cursor.end);
	return is ? 0 : -ENODEV;
}

/* Is anything else than before? */
static bool macnat_netlink_sync_changes(struct genl_info *info, u32 id)
{
	struct macnat_uplink *up;
	bool changes;

	rcu_read_lock();
	up = macnat_netlink_sync_uplink_rcu(info);
	changes = up && macnat_table_sync_changes(&up->path.table, id);
	rcu_read_unlock();
	return changes;
}

static int macnat_netlink_sync_turn(struct genl_info *info, u32 id)
{
	struct macnat_uplink *up;
	bool is;

	/* who has passed a mapping before it was added must not see the table turn */
	synchronize_rcu();
	rcu_read_lock();
	up = macnat_netlink_sync_uplink_rcu(info);
	is = up && macnat_table_sync_turn(&up->path.table, id);
	rcu_read_unlock();
	/* who has begun with the old phase must not see a part of it go */
	synchronize_rcu();
	return is ? 0 : -ENODEV;
}

/* What was staged becomes what is seen. */
static int macnat_netlink_sync_commit(struct genl_info *info, u32 id)
{
	int err;

	err = macnat_netlink_sync_pass(info, id, MACNAT_TABLE_SYNC_LEAVE);
	/* grace periods are long, and many tell again and again what is so already */
	if (!err && !macnat_netlink_sync_changes(info, id))
		return macnat_netlink_sync_pass(info, id, MACNAT_TABLE_SYNC_UNDO);
	if (!err)
		err = macnat_netlink_sync_pass(info, id, MACNAT_TABLE_SYNC_STATIONS);
	if (!err)
		err = macnat_netlink_sync_turn(info, id);
	if (!err)
		err = macnat_netlink_sync_pass(info, id, MACNAT_TABLE_SYNC_CLEAR);
	return err;
}

static void macnat_netlink_sync_end(struct genl_info *info, u32 id)
{
	struct macnat_uplink *up;

	rcu_read_lock();
	up = macnat_netlink_sync_uplink_rcu(info);
	if (up) {
		macnat_table_sync_end(&up->path.table, id);
		macnat_announce_kick(&up->path.announce);
		/* a pod may be without an address again */
		macnat_ageing_kick(&up->path.ageing);
	}
	rcu_read_unlock();
}

int macnat_nl_map_sync_doit(struct sk_buff *skb, struct genl_info *info)
{
	static atomic_t last = ATOMIC_INIT(0);
	struct macnat_netlink_batch *batch;
	int err;

	err = macnat_netlink_check_last(skb, info->nlhdr, info->extack);
	if (err)
		return err;
	batch = kzalloc(sizeof(*batch), GFP_KERNEL);
	if (!batch)
		return -ENOMEM;
	do {
		batch->sync = atomic_inc_return(&last);
	} while (!batch->sync);
	err = macnat_netlink_sync_begin(info, batch->sync);
	if (err)
		goto out;
	err = macnat_netlink_batch_many(info, batch) ?:
	      macnat_netlink_sync_commit(info, batch->sync);
	/* behind the turn only the uplink's end is an error, and then there is nothing to undo */
	if (err)
		macnat_netlink_sync_pass(info, batch->sync, MACNAT_TABLE_SYNC_UNDO);
	if (err == -ENODEV)
		GENL_SET_ERR_MSG(info, "the uplink has gone meanwhile");
	if (!err && batch->overruled)
		GENL_SET_ERR_MSG(info, "static mappings stay, some are to another lladdr");
	macnat_netlink_sync_end(info, batch->sync);
out:
	kfree(batch);
	return err;
}
