// SPDX-License-Identifier: GPL-2.0
/*
 * The floor of the mechanism: hooks that do nothing, where macnat has its own, on a device of the
 * network namespace that loads this.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>

static char *dev = "eth0";
module_param(dev, charp, 0);
MODULE_PARM_DESC(dev, "the device");

static struct net *nfhook_net;

static unsigned int nfhook_accept(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

static struct nf_hook_ops nfhook_ops[] = {
	{
		.hook		= nfhook_accept,
		.pf		= NFPROTO_NETDEV,
		.hooknum	= NF_NETDEV_INGRESS,
		.priority	= INT_MIN,
	}, {
		.hook		= nfhook_accept,
		.pf		= NFPROTO_NETDEV,
		.hooknum	= NF_NETDEV_EGRESS,
		.priority	= INT_MAX,
	},
};

static int __init nfhook_init(void)
{
	struct net_device *found;
	int err;

	/* the namespace is held until exit, the device is not: it must stay */
	nfhook_net = get_net(current->nsproxy->net_ns);
	found = dev_get_by_name(nfhook_net, dev);
	if (!found) {
		put_net(nfhook_net);
		return -ENODEV;
	}
	nfhook_ops[0].dev = found;
	nfhook_ops[1].dev = found;
	err = nf_register_net_hooks(nfhook_net, nfhook_ops, ARRAY_SIZE(nfhook_ops));
	if (err) {
		dev_put(found);
		put_net(nfhook_net);
	}
	return err;
}

static void __exit nfhook_exit(void)
{
	nf_unregister_net_hooks(nfhook_net, nfhook_ops, ARRAY_SIZE(nfhook_ops));
	dev_put(nfhook_ops[0].dev);
	put_net(nfhook_net);
}

module_init(nfhook_init);
module_exit(nfhook_exit);
MODULE_DESCRIPTION("An empty netdev hook, for the benchmark");
MODULE_LICENSE("GPL");
