// SPDX-License-Identifier: GPL-2.0
/*
 * Uplinks: the devices of a network namespace that macnat is attached to.
 * RTNL serialises attaching, detaching, settings and device events.
 */
#include <linux/if_arp.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "uplink.h"

/**
 * struct macnat_uplink_net - macnat in one network namespace
 * @uplinks: its uplinks, ordered by ifindex; written under RTNL, read under RCU
 * @generation: bumped by every change of an uplink or of a table
 */
struct macnat_uplink_net {
	struct list_head uplinks;
	atomic_t generation;
};

static unsigned int macnat_uplink_net_id __read_mostly;
static struct workqueue_struct *macnat_uplink_wq;

/*
 * Egress last and ingress first, so that all other hooks of the device see
 * the pods' real MACs.
 */
static const struct nf_hook_ops macnat_uplink_ops[MACNAT_UPLINK_HOOKS] = {
	{
		.hook		= macnat_path_ingress,
		.pf		= NFPROTO_NETDEV,
		.hooknum	= NF_NETDEV_INGRESS,
		.priority	= INT_MIN,
	},
	{
		.hook		= macnat_path_egress,
		.pf		= NFPROTO_NETDEV,
		.hooknum	= NF_NETDEV_EGRESS,
		.priority	= INT_MAX,
	},
};

static struct macnat_uplink_net *macnat_uplink_net(struct net *net)
{
	return net_generic(net, macnat_uplink_net_id);
}

static void macnat_uplink_changed(struct net *net)
{
	atomic_add(2, &macnat_uplink_net(net)->generation);
}

/**
 * macnat_uplink_generation() - does a dump still see one state?
 * @net: network namespace
 *
 * Return: a number that every change of an uplink or a mapping changes, never 0
 */
u32 macnat_uplink_generation(struct net *net)
{
	return atomic_read(&macnat_uplink_net(net)->generation);
}

/**
 * macnat_uplink_next_rcu() - walk the uplinks of a namespace
 * @net: network namespace
 * @ifindex: of the last one, 0 to start
 *
 * Context: RCU read section or RTNL.
 *
 * Return: the uplink with the next higher ifindex, or NULL
 */
struct macnat_uplink *macnat_uplink_next_rcu(struct net *net, int ifindex)
{
	struct macnat_uplink *up;

	list_for_each_entry_rcu(up, &macnat_uplink_net(net)->uplinks, list, lockdep_rtnl_is_held())
		if (up->dev->ifindex > ifindex)
			return up;
	return NULL;
}

/**
 * macnat_uplink_find_rcu() - an uplink by its device
 * @net: network namespace
 * @ifindex: of the device
 *
 * Context: RCU read section or RTNL.
 *
 * Return: the uplink or NULL
 */
struct macnat_uplink *macnat_uplink_find_rcu(struct net *net, int ifindex)
{
	struct macnat_uplink *up = macnat_uplink_next_rcu(net, ifindex - 1);

	return up && up->dev->ifindex == ifindex ? up : NULL;
}

/* The Linux bridge a device is a port of. Open vSwitch's has no MAC to take. */
static const struct net_device *macnat_uplink_bridge(struct net_device *dev)
{
	const struct net_device *master = netdev_master_upper_dev_get(dev);

	return master && netif_is_bridge_master(master) ? master : NULL;
}

/*
 * Take the MACs from where they come from. Every path that may change one of
 * them ends here, so that the next frame already leaves with the right one.
 */
static void macnat_uplink_refresh(struct macnat_uplink *up)
{
	const struct net_device *bridge = macnat_uplink_bridge(up->dev);
	u64 device = macnat_key_mac(up->dev->dev_addr);
	u64 auto_mac = bridge ? macnat_key_mac(bridge->dev_addr) : device;
	u64 node = up->explicit ?: auto_mac;

	ASSERT_RTNL();
	WRITE_ONCE(up->path.device, device);
	WRITE_ONCE(up->path.bridge, auto_mac);
	if (node == up->path.node)
		return;
	WRITE_ONCE(up->path.node, node);
	macnat_table_todo_all(&up->path.table);
	macnat_reply_kick(&up->reply);
	macnat_uplink_changed(dev_net(up->dev));
}

/* An explicit MAC is nobody's own: the device has to be told to receive it. */
static int macnat_uplink_listen(struct net_device *dev, u64 mac, bool on)
{
	u8 addr[ETH_ALEN];

	if (!mac)
		return 0;
	macnat_key_mac_put(addr, mac);
	return on ? dev_uc_add(dev, addr) : dev_uc_del(dev, addr);
}

static int macnat_uplink_check_device(struct net_device *dev, struct netlink_ext_ack *extack)
{
	if (dev->type != ARPHRD_ETHER || dev->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG(extack, "not an Ethernet device: name the device that faces the fabric");
		return -EINVAL;
	}
	if (netif_is_bridge_master(dev) || netif_is_ovs_master(dev)) {
		NL_SET_ERR_MSG(extack,
			       "this is a bridge: name its port that faces the fabric instead");
		return -EINVAL;
	}
	return 0;
}

static int macnat_uplink_check_node(struct macnat_uplink *up, u64 mac,
				    struct netlink_ext_ack *extack)
{
	bool taken;

	rcu_read_lock();
	taken = macnat_table_is_station_rcu(&up->path.table, mac);
	rcu_read_unlock();
	if (taken) {
		NL_SET_ERR_MSG(extack, "the node MAC is mapped as a pod's lladdr on this uplink");
		return -EADDRINUSE;
	}
	return 0;
}

/**
 * macnat_uplink_set() - change settings
 * @up: the uplink
 * @settings: what is to change
 * @extack: why not
 *
 * Context: RTNL. On error nothing has changed.
 *
 * Return: 0, -EADDRINUSE, or what dev_uc_add() returns
 */
int macnat_uplink_set(struct macnat_uplink *up, const struct macnat_uplink_settings *settings,
		      struct netlink_ext_ack *extack)
{
	int err;

	ASSERT_RTNL();
	if (settings->has_node && settings->explicit != up->explicit) {
		err = macnat_uplink_check_node(up, settings->explicit, extack);
		if (err)
			return err;
		err = macnat_uplink_listen(up->dev, settings->explicit, true);
		if (err) {
			NL_SET_ERR_MSG(extack, "the device cannot receive frames for this node MAC");
			return err;
		}
		macnat_uplink_listen(up->dev, up->explicit, false);
		WRITE_ONCE(up->explicit, settings->explicit);
	}
	if (settings->has_mode)
		WRITE_ONCE(up->path.mode, settings->mode);
	if (settings->has_guard)
		WRITE_ONCE(up->path.guard, settings->guard);
	if (settings->has_flood)
		WRITE_ONCE(up->path.flood, settings->flood);
	macnat_uplink_refresh(up);
	macnat_uplink_changed(dev_net(up->dev));
	return 0;
}

static void macnat_uplink_free(struct macnat_uplink *up)
{
	macnat_reply_destroy(&up->reply);
	macnat_table_destroy(&up->path.table);
	free_percpu(up->path.stats);
	kfree(up);
}

static void macnat_uplink_free_work(struct work_struct *work)
{
	macnat_uplink_free(container_of(to_rcu_work(work), struct macnat_uplink, free));
}

static struct macnat_uplink *macnat_uplink_alloc(struct net *net, struct net_device *dev)
{
	struct macnat_uplink *up;
	unsigned int i;

	up = kzalloc(sizeof(*up), GFP_KERNEL_ACCOUNT);
	if (!up)
		return NULL;
	up->path.stats = macnat_stats_alloc();
	if (!up->path.stats)
		goto err_free;
	if (macnat_table_init(&up->path.table, &macnat_uplink_net(net)->generation))
		goto err_stats;

	macnat_probe_init(&up->path.probe);
	macnat_reply_init(&up->reply, &up->path.table, up->path.stats, &up->path.node);
	INIT_RCU_WORK(&up->free, macnat_uplink_free_work);
	up->dev = dev;
	for (i = 0; i < MACNAT_UPLINK_HOOKS; i++) {
		up->ops[i] = macnat_uplink_ops[i];
		up->ops[i].dev = dev;
		up->ops[i].priv = &up->path;
	}
	return up;

err_stats:
	free_percpu(up->path.stats);
err_free:
	kfree(up);
	return NULL;
}

static void macnat_uplink_link(struct macnat_uplink_net *un, struct macnat_uplink *up)
{
	struct macnat_uplink *other;

	list_for_each_entry(other, &un->uplinks, list)
		if (other->dev->ifindex > up->dev->ifindex)
			break;
	list_add_tail_rcu(&up->list, &other->list);
}

/**
 * macnat_uplink_add() - attach to a device
 * @net: network namespace
 * @dev: the device
 * @settings: what differs from the defaults
 * @extack: why not
 *
 * Context: RTNL. From its success on, frames of the device pass the hooks.
 *
 * Return: 0 or a negative error
 */
int macnat_uplink_add(struct net *net, struct net_device *dev,
		      const struct macnat_uplink_settings *settings,
		      struct netlink_ext_ack *extack)
{
	struct macnat_uplink *up;
	int err;

	ASSERT_RTNL();
	if (macnat_uplink_find_rcu(net, dev->ifindex)) {
		NL_SET_ERR_MSG(extack, "macnat is attached to this device already");
		return -EEXIST;
	}
	err = macnat_uplink_check_device(dev, extack);
	if (err)
		return err;
	up = macnat_uplink_alloc(net, dev);
	if (!up)
		return -ENOMEM;
	err = macnat_uplink_set(up, settings, extack);
	if (err)
		goto err_free;
	err = nf_register_net_hooks(net, up->ops, MACNAT_UPLINK_HOOKS);
	if (err) {
		NL_SET_ERR_MSG(extack, "the device's netfilter ingress and egress hooks cannot be had");
		goto err_listen;
	}
	macnat_uplink_link(macnat_uplink_net(net), up);
	macnat_reply_start(&up->reply, dev);
	macnat_uplink_changed(net);
	return 0;

err_listen:
	macnat_uplink_listen(dev, up->explicit, false);
err_free:
	macnat_uplink_free(up);
	return err;
}

/**
 * macnat_uplink_del() - detach from a device and forget its table
 * @up: the uplink
 *
 * Context: RTNL. Hooks that run on other CPUs may see @up for a grace period.
 */
void macnat_uplink_del(struct macnat_uplink *up)
{
	struct net *net = dev_net(up->dev);

	ASSERT_RTNL();
	list_del_rcu(&up->list);
	nf_unregister_net_hooks(net, up->ops, MACNAT_UPLINK_HOOKS);
	macnat_reply_stop(&up->reply);
	macnat_uplink_listen(up->dev, up->explicit, false);
	macnat_uplink_changed(net);
	queue_rcu_work(macnat_uplink_wq, &up->free);
}

static void macnat_uplink_event_refresh(struct net_device *dev)
{
	struct macnat_uplink *up;

	list_for_each_entry(up, &macnat_uplink_net(dev_net(dev))->uplinks, list)
		if (up->dev == dev || macnat_uplink_bridge(up->dev) == dev)
			macnat_uplink_refresh(up);
}

static int macnat_uplink_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct macnat_uplink *up = macnat_uplink_find_rcu(dev_net(dev), dev->ifindex);

	switch (event) {
	case NETDEV_UNREGISTER:		/* also when it moves to another namespace */
		if (up)
			macnat_uplink_del(up);
		break;
	case NETDEV_CHANGEADDR:
	case NETDEV_CHANGEUPPER:
		macnat_uplink_event_refresh(dev);
		break;
	case NETDEV_UP:
	case NETDEV_CHANGE:
		if (up)
			macnat_reply_kick(&up->reply);
		break;
	case NETDEV_CHANGENAME:
		if (up)
			macnat_uplink_changed(dev_net(dev));
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block macnat_uplink_notifier = {
	.notifier_call = macnat_uplink_event,
};

static int __net_init macnat_uplink_net_init(struct net *net)
{
	struct macnat_uplink_net *un = macnat_uplink_net(net);

	INIT_LIST_HEAD(&un->uplinks);
	atomic_set(&un->generation, 1);
	return 0;
}

/*
 * A namespace that ends has lost its devices by now, and at module exit the
 * notifier has seen every device off: no uplink can be left.
 */
static void __net_exit macnat_uplink_net_exit(struct net *net)
{
	WARN_ON_ONCE(!list_empty(&macnat_uplink_net(net)->uplinks));
}

static struct pernet_operations macnat_uplink_net_ops = {
	.init	= macnat_uplink_net_init,
	.exit	= macnat_uplink_net_exit,
	.id	= &macnat_uplink_net_id,
	.size	= sizeof(struct macnat_uplink_net),
};

/**
 * macnat_uplink_setup() - be ready for uplinks in every namespace
 *
 * Context: module init.
 *
 * Return: 0 or a negative error
 */
int macnat_uplink_setup(void)
{
	int err;

	macnat_uplink_wq = alloc_workqueue("macnat", WQ_UNBOUND, 0);
	if (!macnat_uplink_wq)
		return -ENOMEM;
	err = register_pernet_subsys(&macnat_uplink_net_ops);
	if (err)
		goto err_wq;
	err = register_netdevice_notifier(&macnat_uplink_notifier);
	if (err)
		goto err_pernet;
	return 0;

err_pernet:
	unregister_pernet_subsys(&macnat_uplink_net_ops);
err_wq:
	destroy_workqueue(macnat_uplink_wq);
	return err;
}

/**
 * macnat_uplink_cleanup() - detach from every device
 *
 * Context: module exit. When it returns, no hook runs and nothing is left to free.
 */
void macnat_uplink_cleanup(void)
{
	/* tells the notifier that every device goes, which detaches all uplinks */
	unregister_netdevice_notifier(&macnat_uplink_notifier);
	unregister_pernet_subsys(&macnat_uplink_net_ops);
	/* uplinks wait for a grace period on their way to the workqueue */
	rcu_barrier();
	destroy_workqueue(macnat_uplink_wq);
}
