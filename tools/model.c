// SPDX-License-Identifier: GPL-2.0
/*
 * Names and text forms of the model's values.
 */
#include "model.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

const char *const macnat_model_modes[] = {
	[MACNAT_MODE_BRIDGE] = "bridge",
	[MACNAT_MODE_ROUTE] = "route",
	NULL
};

const char *const macnat_model_guards[] = {
	[MACNAT_GUARD_PASS] = "pass",
	[MACNAT_GUARD_REWRITE] = "rewrite",
	[MACNAT_GUARD_DROP] = "drop",
	NULL
};

const char *const macnat_model_floods[] = {
	[MACNAT_FLOOD_PASS] = "pass",
	[MACNAT_FLOOD_DROP] = "drop",
	NULL
};

const char *const macnat_model_types[] = {
	[MACNAT_TYPE_LOCAL] = "local",
	NULL
};

const char *const macnat_model_origins[] = {
	[MACNAT_ORIGIN_STATIC] = "static",
	[MACNAT_ORIGIN_LEARNED] = "learned",
	[MACNAT_ORIGIN_SYNCED] = "synced",
	NULL
};

const char *const macnat_model_events[] = {
	[MACNAT_EVENT_ADDED] = "added",
	[MACNAT_EVENT_MOVED] = "moved",
	[MACNAT_EVENT_DELETED] = "deleted",
	[MACNAT_EVENT_EXPIRED] = "expired",
	[MACNAT_EVENT_LEFT] = "left",
	[MACNAT_EVENT_CONFLICT] = "conflict",
	[MACNAT_EVENT_LEAK] = "leak",
	[MACNAT_EVENT_ATTACHED] = "attached",
	[MACNAT_EVENT_CHANGED] = "changed",
	[MACNAT_EVENT_GONE] = "gone",
	NULL
};

#define MACNAT_MODEL_COUNTER_NAME(id, name, doc) \
	[MACNAT_COUNTER_##id] = name,
const char *const macnat_model_counters[] = {
	MACNAT_COUNTERS(MACNAT_MODEL_COUNTER_NAME)
	NULL
};

const char *macnat_model_name(const char *const *names, uint32_t value)
{
	for (; *names; names++)
		if (!value--)
			return *names;
	return "unknown";
}

const char *macnat_model_mac_text(const struct macnat_mac *mac, char *text)
{
	const uint8_t *a = mac->addr;

	snprintf(text, MACNAT_MODEL_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x",
		 a[0], a[1], a[2], a[3], a[4], a[5]);
	return text;
}

const char *macnat_model_ip_text(const struct macnat_ip *ip, char *text)
{
	size_t len;

	if (!inet_ntop(ip->family, ip->addr, text, MACNAT_MODEL_TEXT))
		strcpy(text, "?");
	len = strlen(text);
	if (ip->len != macnat_model_ip_bits(ip->family))
		snprintf(text + len, MACNAT_MODEL_TEXT - len, "/%u", ip->len);
	return text;
}

const char *macnat_model_vlan_text(const struct macnat_vlan *vlan, char *text)
{
	if (vlan->inner)
		snprintf(text, MACNAT_MODEL_TEXT, "%u.%u", vlan->outer, vlan->inner);
	else
		snprintf(text, MACNAT_MODEL_TEXT, "%u", vlan->outer);
	return text;
}
