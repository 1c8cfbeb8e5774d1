// SPDX-License-Identifier: GPL-2.0
/*
 * Uplinks: the devices of a network namespace that macnat is attached to.
 * RTNL serialises attaching, detaching, settings and device events.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/netfilter_netdev.h>
#include <linux/ratelimit.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "hook.h"
#include "uplink.h"

/**
 * struct macnat_uplink_net - macnat in one network namespace
 * @uplinks: its uplinks by ifindex; written under RTNL, read under RCU
 * @generation: bumped by every change of an uplink or of a table
 * @changes: bumped by every change of an uplink, under RTNL; like @generation odd, never 0
 */
struct macnat_uplink_net {
	struct xarray uplinks;
	atomic_t generation;
	u32 changes;
};

static unsigned int macnat_uplink_net_id __read_mostly;
static struct workqueue_struct *macnat_uplink_wq;
static const struct macnat_uplink_observer *macnat_uplink_observer __read_mostly;

/* What an uplink starts with where the request is silent. */
static const struct macnat_uplink_settings macnat_uplink_defaults = {
	.ageing		= 1200,
	.limit		= 65536,
	.announce	= true,
	.heal		= true,
	.has_ageing	= true,
	.has_limit	= true,
	.has_announce	= true,
	.has_heal	= true,
};

/* Conflicts and leaks that are reported a second, the rest is only counted. */
#define MACNAT_UPLINK_ALARMS 10

/* How long unloading waits until peers know the pods' own MACs. */
#define MACNAT_UPLINK_PART_TIME (10 * HZ)

/* All attached uplinks, those that are parting, and others that are to be freed. Under RTNL. */
static LIST_HEAD(macnat_uplink_attached);
static LIST_HEAD(macnat_uplink_parting);
static LIST_HEAD(macnat_uplink_ending);
static DECLARE_WAIT_QUEUE_HEAD(macnat_uplink_parted);

/*
 * Egress last and ingress first, so that all other hooks of the device see
 * the pods' real MACs.
 */
static const struct nf_hook_ops macnat_uplink_ops[MACNAT_UPLINK_HOOKS] = {
	{
		.hook		= macnat_hook_ingress,
		.pf		= NFPROTO_NETDEV,
		.hooknum	= NF_NETDEV_INGRESS,
		.priority	= INT_MIN,
	},
	{
		.hook		= macnat_hook_egress,
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
	struct macnat_uplink_net *un = macnat_uplink_net(net);

	ASSERT_RTNL();
	WRITE_ONCE(un->changes, un->changes + 2);
	atomic_add(2, &un->generation);
}

/**
 * macnat_uplink_changes() - does a dump of uplinks still see one state?
 * @net: network namespace
 *
 * Return: a number that every change of an uplink changes, never 0
 */
u32 macnat_uplink_changes(struct net *net)
{
	return READ_ONCE(macnat_uplink_net(net)->changes);
}

/**
 * macnat_uplink_generation() - does a dump of mappings still see one state?
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
	unsigned long index = ifindex;

	return xa_find_after(&macnat_uplink_net(net)->uplinks, &index, INT_MAX, XA_PRESENT);
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
	return ifindex > 0 ? xa_load(&macnat_uplink_net(net)->uplinks, ifindex) : NULL;
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
	macnat_announce_all(&up->path.announce);
	macnat_uplink_changed(dev_net(up->dev));
	if (!list_empty(&up->all))
		macnat_uplink_observer->uplink(up, MACNAT_EVENT_CHANGED);
}

/* An explicit MAC is nobody's own: the device has to be told to receive it. */
static int macnat_uplink_listen(struct net_device *dev, u64 mac, bool on)
{
	u8 addr[MAX_ADDR_LEN] = {};	/* as long as the device says, whatever that is */

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
	taken = macnat_table_is_pod(&up->path.table, mac);
	rcu_read_unlock();
	if (taken) {
		NL_SET_ERR_MSG(extack, "the node MAC is mapped as a pod's lladdr on this uplink");
		return -EADDRINUSE;
	}
	return 0;
}

static int macnat_uplink_set_node(struct macnat_uplink *up, u64 explicit,
				  struct netlink_ext_ack *extack)
{
	int err;

	if (explicit == up->explicit)
		return 0;
	err = macnat_uplink_check_node(up, explicit, extack);
	if (err)
		return err;
	err = macnat_uplink_listen(up->dev, explicit, true);
	if (err) {
		NL_SET_ERR_MSG(extack, "the device cannot receive frames for this node MAC");
		return err;
	}
	macnat_uplink_listen(up->dev, up->explicit, false);
	WRITE_ONCE(up->explicit, explicit);
	return 0;
}

static int macnat_uplink_apply(struct macnat_uplink *up,
			       const struct macnat_uplink_settings *settings,
			       struct netlink_ext_ack *extack)
{
	int err = 0;

	if (settings->has_node)
		err = macnat_uplink_set_node(up, settings->explicit, extack);
	if (err)
		return err;
	if (settings->has_mode)
		WRITE_ONCE(up->path.mode, settings->mode);
	if (settings->has_guard)
		WRITE_ONCE(up->path.guard, settings->guard);
	if (settings->has_flood)
		WRITE_ONCE(up->path.flood, settings->flood);
	if (settings->has_learn)
		WRITE_ONCE(up->path.learn, settings->learn);
	if (settings->has_announce)
		WRITE_ONCE(up->path.announce.on, settings->announce);
	if (settings->has_heal)
		WRITE_ONCE(up->path.heal, settings->heal);
	if (settings->has_limit)
		WRITE_ONCE(up->path.table.limit, settings->limit);
	if (settings->has_ageing) {
		WRITE_ONCE(up->ageing, settings->ageing);
		WRITE_ONCE(up->path.ageing.time, (unsigned long)settings->ageing * HZ);
		macnat_ageing_restart(&up->path.ageing);
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
	err = macnat_uplink_apply(up, settings, extack);
	if (err)
		return err;
	macnat_uplink_refresh(up);
	macnat_uplink_changed(dev_net(up->dev));
	if (!list_empty(&up->all))
		macnat_uplink_observer->uplink(up, MACNAT_EVENT_CHANGED);
	return 0;
}

static void macnat_uplink_notify(struct macnat_table *table, unsigned int event,
				 const struct macnat_table_row *row, u64 other)
{
	struct macnat_uplink *up = container_of(table, struct macnat_uplink, path.table);

	macnat_uplink_observer->map(up, event, row, other);
}

static void macnat_uplink_free(struct macnat_uplink *up)
{
	macnat_ageing_destroy(&up->path.ageing);
	macnat_announce_destroy(&up->path.announce);
	macnat_table_destroy(&up->path.table);
	free_percpu(up->path.stats);
	kvfree(up);
}

static void macnat_uplink_free_work(struct work_struct *work)
{
	struct macnat_uplink *up = container_of(to_rcu_work(work), struct macnat_uplink, free);

	rtnl_lock();
	list_del(&up->all);
	rtnl_unlock();
	wake_up(&macnat_uplink_parted);
	macnat_uplink_free(up);
}

static void macnat_uplink_init(struct macnat_uplink *up, struct net_device *dev)
{
	struct macnat_path *path = &up->path;
	u8 asker[ETH_ALEN];
	unsigned int i;

	eth_random_addr(asker);
	path->asker = macnat_key_mac(asker);
	macnat_probe_init(&path->probe);
	macnat_announce_init(&path->announce, &path->table, path->stats, &path->node);
	macnat_ageing_init(&path->ageing, &path->table, path->stats, &path->asker);
	INIT_RCU_WORK(&up->free, macnat_uplink_free_work);
	INIT_LIST_HEAD(&up->all);
	ratelimit_state_init(&up->alarms, HZ, MACNAT_UPLINK_ALARMS);
	/* what is too much is counted, not printed */
	ratelimit_set_flags(&up->alarms, RATELIMIT_MSG_ON_RELEASE);
	up->dev = dev;
	for (i = 0; i < MACNAT_UPLINK_HOOKS; i++) {
		up->ops[i] = macnat_uplink_ops[i];
		up->ops[i].dev = dev;
		up->ops[i].priv = path;
	}
}

static struct macnat_uplink *macnat_uplink_alloc(struct net *net, struct net_device *dev)
{
	struct macnat_uplink *up;

	/* several pages, which need not lie side by side */
	up = kvzalloc(sizeof(*up), GFP_KERNEL_ACCOUNT);
	if (!up)
		return NULL;
	up->path.stats = macnat_stats_alloc();
	if (!up->path.stats)
		goto err_free;
	if (macnat_table_init(&up->path.table, &macnat_uplink_net(net)->generation,
			      macnat_uplink_notify))
		goto err_stats;
	macnat_uplink_init(up, dev);
	return up;

err_stats:
	free_percpu(up->path.stats);
err_free:
	kvfree(up);
	return NULL;
}

/*
 * Free an uplink whose hooks are gone, but may still run on other CPUs: a grace period from now.
 * It is in @macnat_uplink_parting or @macnat_uplink_ending, so that unloading waits for it.
 */
static void macnat_uplink_free_rcu(struct macnat_uplink *up)
{
	queue_rcu_work(macnat_uplink_wq, &up->free);
}

/*
 * Let those that are parting from a device be done, or from every device if it is NULL. Returns
 * whether there are any.
 */
static bool macnat_uplink_part_stop(const struct net_device *dev)
{
	struct macnat_uplink *up;
	bool any = false;

	ASSERT_RTNL();
	list_for_each_entry(up, &macnat_uplink_parting, all) {
		if (dev && up->dev != dev)
			continue;
		macnat_announce_stop(&up->path.announce);
		macnat_announce_kick(&up->path.announce);
		any = true;
	}
	return any;
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
	struct xarray *uplinks = &macnat_uplink_net(net)->uplinks;
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
	err = xa_reserve(uplinks, dev->ifindex, GFP_KERNEL);
	if (err)
		goto err_free;
	macnat_uplink_apply(up, &macnat_uplink_defaults, extack);
	err = macnat_uplink_set(up, settings, extack);
	if (err)
		goto err_release;
	/* one that is still parting from this device would announce the opposite */
	macnat_uplink_part_stop(dev);
	err = nf_register_net_hooks(net, up->ops, MACNAT_UPLINK_HOOKS);
	if (err) {
		NL_SET_ERR_MSG(extack, "the device's netfilter ingress and egress hooks cannot be had");
		goto err_listen;
	}
	/* cannot fail, its place is reserved */
	xa_store(uplinks, dev->ifindex, up, 0);
	list_add(&up->all, &macnat_uplink_attached);
	macnat_announce_start(&up->path.announce, dev);
	macnat_ageing_start(&up->path.ageing, dev);
	macnat_uplink_changed(net);
	macnat_uplink_observer->uplink(up, MACNAT_EVENT_ATTACHED);
	return 0;

err_listen:
	xa_release(uplinks, dev->ifindex);
	macnat_uplink_listen(dev, up->explicit, false);
	/* one of the hooks may have been there for a moment, and may have been called */
	list_add(&up->all, &macnat_uplink_ending);
	macnat_uplink_free_rcu(up);
	return err;

err_release:
	xa_release(uplinks, dev->ifindex);
err_free:
	macnat_uplink_free(up);
	return err;
}

/* Called when the last pod of a parting uplink was announced, or cannot be. */
static void macnat_uplink_part_end(struct macnat_announce *announce)
{
	struct macnat_uplink *up = container_of(announce, struct macnat_uplink, path.announce);

	macnat_uplink_free_rcu(up);
}

static void macnat_uplink_detach(struct macnat_uplink *up, bool part)
{
	struct net *net = dev_net(up->dev);

	ASSERT_RTNL();
	macnat_uplink_observer->uplink(up, MACNAT_EVENT_GONE);
	xa_erase(&macnat_uplink_net(net)->uplinks, up->dev->ifindex);
	nf_unregister_net_hooks(net, up->ops, MACNAT_UPLINK_HOOKS);
	macnat_ageing_stop(&up->path.ageing);
	macnat_uplink_listen(up->dev, up->explicit, false);
	macnat_uplink_changed(net);
	if (part && READ_ONCE(up->path.announce.on)) {
		list_move(&up->all, &macnat_uplink_parting);
		macnat_announce_part(&up->path.announce, macnat_uplink_part_end);
		return;
	}
	/* a namespace may end with many, each of which looks for parting ones of its device */
	list_move(&up->all, &macnat_uplink_ending);
	macnat_announce_stop(&up->path.announce);
	macnat_uplink_free_rcu(up);
}

/**
 * macnat_uplink_del() - detach from a device and forget its table
 * @up: the uplink
 *
 * The hooks are gone when it returns; that peers are told the pods' own MACs
 * may take longer, since that is rate-limited.
 *
 * Context: RTNL. Hooks that run on other CPUs may see @up for a grace period.
 */
void macnat_uplink_del(struct macnat_uplink *up)
{
	macnat_uplink_detach(up, true);
}

static void macnat_uplink_event_refresh_one(struct net_device *dev)
{
	struct macnat_uplink *up = macnat_uplink_find_rcu(dev_net(dev), dev->ifindex);

	if (up)
		macnat_uplink_refresh(up);
}

/* An uplink, or the bridge that it takes its MAC from */
static void macnat_uplink_event_refresh(struct net_device *dev)
{
	struct net_device *port;
	struct list_head *iter;

	macnat_uplink_event_refresh_one(dev);
	if (!netif_is_bridge_master(dev))
		return;
	netdev_for_each_lower_dev(dev, port, iter)
		macnat_uplink_event_refresh_one(port);
}

/* The device goes, to another namespace for one. Returns whether it was one of ours. */
static bool macnat_uplink_event_gone(struct net_device *dev)
{
	struct macnat_uplink *up = macnat_uplink_find_rcu(dev_net(dev), dev->ifindex);

	if (up)
		macnat_uplink_detach(up, false);
	return macnat_uplink_part_stop(dev) || up;
}

/*
 * A bond gets its first slave, or a tap another type: it is no Ethernet device any more, or becomes
 * one again. The length of its addresses changes, and who makes them up: nothing is sent meanwhile.
 */
static void macnat_uplink_event_type(struct net_device *dev)
{
	if (macnat_uplink_event_gone(dev))
		synchronize_net();
}

static int macnat_uplink_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct macnat_uplink *up = macnat_uplink_find_rcu(dev_net(dev), dev->ifindex);

	switch (event) {
	case NETDEV_UNREGISTER:
		macnat_uplink_event_gone(dev);
		break;
	case NETDEV_PRE_TYPE_CHANGE:
		macnat_uplink_event_type(dev);
		break;
	case NETDEV_CHANGEADDR:
	case NETDEV_CHANGEUPPER:
		macnat_uplink_event_refresh(dev);
		break;
	case NETDEV_UP:
	case NETDEV_CHANGE:
		if (up) {
			macnat_announce_kick(&up->path.announce);
			macnat_ageing_kick(&up->path.ageing);
		}
		break;
	case NETDEV_NOTIFY_PEERS:	/* a bond has another slave: switches shall know */
		if (up)
			macnat_announce_all(&up->path.announce);
		break;
	case NETDEV_CHANGENAME:
		if (up)
			macnat_uplink_changed(dev_net(dev));
		break;
	}
	return NOTIFY_DONE;
}

/* Last: somebody may veto that a device changes its type. */
static struct notifier_block macnat_uplink_notifier = {
	.notifier_call = macnat_uplink_event,
	.priority = INT_MIN,
};

static int __net_init macnat_uplink_net_init(struct net *net)
{
	struct macnat_uplink_net *un = macnat_uplink_net(net);

	xa_init_flags(&un->uplinks, XA_FLAGS_ACCOUNT);
	atomic_set(&un->generation, 1);
	un->changes = 1;
	return 0;
}

/*
 * A namespace that ends has lost its devices by now, and at module exit the
 * notifier has seen every device off: no uplink can be left.
 */
static void __net_exit macnat_uplink_net_exit(struct net *net)
{
	WARN_ON_ONCE(!xa_empty(&macnat_uplink_net(net)->uplinks));
}

static struct pernet_operations macnat_uplink_net_ops = {
	.init	= macnat_uplink_net_init,
	.exit	= macnat_uplink_net_exit,
	.id	= &macnat_uplink_net_id,
	.size	= sizeof(struct macnat_uplink_net),
};

/**
 * macnat_uplink_setup() - be ready for uplinks in every namespace
 * @observer: told what happens
 *
 * Context: module init.
 *
 * Return: 0 or a negative error
 */
int macnat_uplink_setup(const struct macnat_uplink_observer *observer)
{
	int err;

	macnat_uplink_observer = observer;
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

static bool macnat_uplink_all_parted(void)
{
	return list_empty_careful(&macnat_uplink_parting) &&
	       list_empty_careful(&macnat_uplink_ending);
}

/**
 * macnat_uplink_cleanup() - detach from every device
 *
 * Context: module exit. When it returns, no hook runs and nothing is left to free.
 */
void macnat_uplink_cleanup(void)
{
	struct macnat_uplink *up, *next;

	rtnl_lock();
	list_for_each_entry_safe(up, next, &macnat_uplink_attached, all)
		macnat_uplink_detach(up, true);
	rtnl_unlock();
	if (!wait_event_timeout(macnat_uplink_parted, macnat_uplink_all_parted(),
				MACNAT_UPLINK_PART_TIME))
		pr_info("not every peer was told the pods' own MACs in time\n");
	rtnl_lock();
	macnat_uplink_part_stop(NULL);
	rtnl_unlock();
	wait_event(macnat_uplink_parted, macnat_uplink_all_parted());
	/* tells the notifier that every device goes, which detaches all uplinks */
	unregister_netdevice_notifier(&macnat_uplink_notifier);
	unregister_pernet_subsys(&macnat_uplink_net_ops);
	/* uplinks wait for a grace period on their way to the workqueue */
	rcu_barrier();
	destroy_workqueue(macnat_uplink_wq);
}
