/* SPDX-License-Identifier: GPL-2.0 */
/* Telling user space what happens. */
#ifndef MACNAT_EVENT_H
#define MACNAT_EVENT_H

#include <net/genetlink.h>

#include "uplink.h"

extern const struct macnat_uplink_observer macnat_event_observer;

int macnat_event_setup(void);
void macnat_event_cleanup(void);
void macnat_event_start(const struct genl_family *family);
void macnat_event_stop(void);
void macnat_event_settle(struct net *net);

#endif /* MACNAT_EVENT_H */
