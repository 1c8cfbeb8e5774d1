/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tool talks about: plain structs, filled by the command line or by
 * the kernel's answer, and their text form. Bottom of the layers.
 *
 * Every struct opens with @has, a bit for each part that was given: in a
 * request what is to be sent, in an answer what came.
 */
#ifndef MACNAT_MODEL_H
#define MACNAT_MODEL_H

#include <linux/macnat.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "counter_gen.h"

/* Room for the text form of any of the values below. */
#define MACNAT_MODEL_TEXT	64

/**
 * struct macnat_dev - a net device
 * @ifindex: its interface index
 * @name: its name, as typed or as the kernel told it
 */
struct macnat_dev {
	uint32_t ifindex;
	char name[IFNAMSIZ];
};

/**
 * struct macnat_mac - a MAC address
 * @addr: as on the wire
 */
struct macnat_mac {
	uint8_t addr[MACNAT_LLADDR_LEN];
};

/**
 * struct macnat_ip - an IP address or prefix
 * @family: AF_INET or AF_INET6
 * @len: leading bits that count; 32 or 128 for an address
 * @addr: network byte order, the first four bytes for IPv4
 */
struct macnat_ip {
	uint8_t family;
	uint8_t len;
	uint8_t addr[16];
};

/**
 * struct macnat_vlan - the VLAN of a mapping
 * @outer: VID of the outer tag, 0 for untagged
 * @inner: VID of the inner tag of QinQ, 0 for none
 */
struct macnat_vlan {
	uint16_t outer;
	uint16_t inner;
};

/**
 * struct macnat_node - the node MAC of an uplink
 * @is_auto: it is the master bridge's or the device's, and follows it
 * @mac: the MAC; of no meaning in a request with @is_auto
 */
struct macnat_node {
	bool is_auto;
	struct macnat_mac mac;
};

#define MACNAT_UPLINK_DEV	(1u << 0)
#define MACNAT_UPLINK_MODE	(1u << 1)
#define MACNAT_UPLINK_NODE	(1u << 2)
#define MACNAT_UPLINK_ENTRIES	(1u << 3)
#define MACNAT_UPLINK_STATIONS	(1u << 4)
#define MACNAT_UPLINK_GUARD	(1u << 5)
#define MACNAT_UPLINK_FLOOD	(1u << 6)
#define MACNAT_UPLINK_LEARN	(1u << 7)
#define MACNAT_UPLINK_ANNOUNCE	(1u << 8)
#define MACNAT_UPLINK_HEAL	(1u << 9)
#define MACNAT_UPLINK_AGEING	(1u << 10)
#define MACNAT_UPLINK_LIMIT	(1u << 11)
#define MACNAT_UPLINK_LEARNED	(1u << 12)
#define MACNAT_UPLINK_EVENT	(1u << 13)

#define MACNAT_UPLINK_AGEING_MIN	5
#define MACNAT_UPLINK_LIMIT_MIN		1

/**
 * struct macnat_uplink - a device that macnat is attached to
 * @has: MACNAT_UPLINK_* bits
 * @dev: the device
 * @mode: enum macnat_mode
 * @node: its node MAC
 * @guard: enum macnat_guard
 * @flood: enum macnat_flood
 * @learn: mappings are learned from the pods' frames
 * @announce: peers are told the node MAC for each pod
 * @heal: a peer that uses a pod's own MAC is corrected
 * @ageing: seconds after which a learned mapping of a silent pod expires
 * @limit: most learned mappings
 * @entries: number of mappings
 * @learned: number of those that were learned
 * @stations: number of pod MACs
 * @event: enum macnat_event, in an event
 */
struct macnat_uplink {
	uint32_t has;
	struct macnat_dev dev;
	uint32_t mode;
	struct macnat_node node;
	uint32_t guard;
	uint32_t flood;
	bool learn;
	bool announce;
	bool heal;
	uint32_t ageing;
	uint32_t limit;
	uint32_t entries;
	uint32_t learned;
	uint32_t stations;
	uint32_t event;
};

#define MACNAT_MAP_DEV		(1u << 0)
#define MACNAT_MAP_VLAN		(1u << 1)
#define MACNAT_MAP_IP		(1u << 2)
#define MACNAT_MAP_LLADDR	(1u << 3)
#define MACNAT_MAP_TYPE		(1u << 4)
#define MACNAT_MAP_ORIGIN	(1u << 5)
#define MACNAT_MAP_IDLE		(1u << 6)
#define MACNAT_MAP_EVENT	(1u << 7)
#define MACNAT_MAP_OTHER	(1u << 8)
#define MACNAT_MAP_FILE		(1u << 9)

/**
 * struct macnat_map - a mapping, or a filter that selects mappings
 * @has: MACNAT_MAP_* bits
 * @dev: the uplink
 * @vlan: VLAN of the pod
 * @ip: IP address of the pod; in a filter a prefix
 * @lladdr: MAC of the pod
 * @type: enum macnat_type
 * @origin: enum macnat_origin
 * @idle: seconds since the pod of a learned mapping was heard with this address
 * @event: enum macnat_event, in an event
 * @other: in an event, the MAC that claims the address too, had it, or has it now
 * @file: path of a file of mappings, "-" for standard input or output
 */
struct macnat_map {
	uint32_t has;
	struct macnat_dev dev;
	struct macnat_vlan vlan;
	struct macnat_ip ip;
	struct macnat_mac lladdr;
	uint32_t type;
	uint32_t origin;
	uint32_t idle;
	uint32_t event;
	struct macnat_mac other;
	const char *file;
};

#define MACNAT_MODEL_COUNTER_ID(id, name, doc) MACNAT_COUNTER_##id,
enum macnat_counter {
	MACNAT_COUNTERS(MACNAT_MODEL_COUNTER_ID)
	MACNAT_COUNTER_COUNT
};

#define MACNAT_STATS_DEV	(1u << 0)
#define MACNAT_STATS_COUNTERS	(1u << 1)

/**
 * struct macnat_stats - the counters of an uplink
 * @has: MACNAT_STATS_* bits
 * @dev: the uplink
 * @counter: by enum macnat_counter
 */
struct macnat_stats {
	uint32_t has;
	struct macnat_dev dev;
	uint64_t counter[MACNAT_COUNTER_COUNT];
};

/**
 * union macnat_model - what the words of any command are parsed into
 * @has: the bits, first in each of the others
 * @uplink: object uplink
 * @map: object map
 * @stats: object stats
 */
union macnat_model {
	uint32_t has;
	struct macnat_uplink uplink;
	struct macnat_map map;
	struct macnat_stats stats;
};

/**
 * macnat_model_switch() - true or false as text, as the command line takes it
 * @value: the value
 *
 * Return: "on" or "off"
 */
static inline const char *macnat_model_switch(bool value)
{
	return value ? "on" : "off";
}

/* Names by enum value, NULL-terminated; counters by enum macnat_counter. */
extern const char *const macnat_model_modes[];
extern const char *const macnat_model_guards[];
extern const char *const macnat_model_floods[];
extern const char *const macnat_model_types[];
extern const char *const macnat_model_origins[];
extern const char *const macnat_model_events[];
extern const char *const macnat_model_counters[];

/**
 * macnat_model_name() - the name of an enum value
 * @names: one of the tables above
 * @value: the value, which a newer module may have grown
 *
 * Return: its name, "unknown" if the table has none
 */
const char *macnat_model_name(const char *const *names, uint32_t value);

/**
 * macnat_model_mac_text() - a MAC address as text
 * @mac: the address
 * @text: at least MACNAT_MODEL_TEXT bytes
 *
 * Return: @text
 */
const char *macnat_model_mac_text(const struct macnat_mac *mac, char *text);

/**
 * macnat_model_ip_text() - an IP address as text, with "/LEN" if it is a prefix
 * @ip: the address
 * @text: at least MACNAT_MODEL_TEXT bytes
 *
 * Return: @text
 */
const char *macnat_model_ip_text(const struct macnat_ip *ip, char *text);

/**
 * macnat_model_vlan_text() - a VLAN as text, as the command line takes it
 * @vlan: the VLAN
 * @text: at least MACNAT_MODEL_TEXT bytes
 *
 * Return: @text
 */
const char *macnat_model_vlan_text(const struct macnat_vlan *vlan, char *text);

/**
 * macnat_model_ip_bits() - the number of bits of an address
 * @family: AF_INET or AF_INET6
 *
 * Return: 32 or 128
 */
static inline unsigned int macnat_model_ip_bits(int family)
{
	return family == AF_INET6 ? 128 : 32;
}

#endif /* MACNAT_MODEL_H */
