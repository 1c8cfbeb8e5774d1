// SPDX-License-Identifier: GPL-2.0
/* Module life. Loading changes no traffic: that begins with the first uplink. */
#include <linux/module.h>
#include <net/genetlink.h>

#include <uapi/linux/macnat.h>

#include "event.h"
#include "key.h"
#include "netlink.h"
#include "table.h"
#include "uplink.h"

static int __init macnat_main_init(void)
{
	int err;

	macnat_key_setup();
	err = macnat_table_setup();
	if (err)
		return err;
	err = macnat_event_setup();
	if (err)
		goto err_table;
	err = macnat_uplink_setup(&macnat_event_observer);
	if (err)
		goto err_event;
	err = macnat_netlink_setup();
	if (err)
		goto err_uplink;
	return 0;

err_uplink:
	macnat_uplink_cleanup();
err_event:
	macnat_event_cleanup();
err_table:
	macnat_table_cleanup();
	return err;
}

static void __exit macnat_main_exit(void)
{
	macnat_netlink_cleanup();
	macnat_uplink_cleanup();
	macnat_event_cleanup();
	macnat_table_cleanup();
}

module_init(macnat_main_init);
module_exit(macnat_main_exit);

MODULE_DESCRIPTION("MAC NAT for pods on a flat layer-2 network");
MODULE_AUTHOR("The macnat authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(MACNAT_VERSION);
MODULE_ALIAS_GENL_FAMILY(MACNAT_FAMILY_NAME);
