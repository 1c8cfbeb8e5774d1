/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One generic netlink conversation: a socket, a family, requests and their
 * answers. Knows nothing of what the messages mean.
 */
#ifndef MACNAT_NL_H
#define MACNAT_NL_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel fills dump messages up to 32 KiB if the reader has the room. */
#define MACNAT_NL_ANSWER	32768
#define MACNAT_NL_REQUEST	32768
/* Room for events that come faster than they are read: a table of 65536 mappings going at once. */
#define MACNAT_NL_EVENTS	(64 << 20)
/* How often a dump that was overtaken by changes is read again. */
#define MACNAT_NL_ATTEMPTS	10

/**
 * struct macnat_nl - a conversation; all zero is a closed one
 * @sock: the socket
 * @family: id of the family
 * @version: version of its messages
 * @seq: sequence number of the last request
 * @large: the last request if it is a large one, else NULL
 * @request: the last request, kept for the offsets that an error gives
 * @answer: what was received last
 */
struct macnat_nl {
	struct mnl_socket *sock;
	uint16_t family;
	uint8_t version;
	uint32_t seq;
	struct nlmsghdr *large;
	union {
		struct nlmsghdr nlh;
		char bytes[MACNAT_NL_REQUEST];
	} request;
	union {
		struct nlmsghdr nlh;
		char bytes[MACNAT_NL_ANSWER];
	} answer;
};

/**
 * struct macnat_nl_error - why a request failed, or what it warns of
 * @code: errno value, 0 if it succeeded
 * @local: the kernel did not refuse, talking to it failed
 * @attr: type of the attribute that the kernel names, 0 for none; that may be inside of another
 * @index: which of the attributes of the request that is, or is in, from 0
 * @text: the kernel's sentence, "" for none; with @code 0 a warning
 */
struct macnat_nl_error {
	int code;
	bool local;
	uint16_t attr;
	size_t index;
	char text[256];
};

/**
 * struct macnat_nl_reader - what becomes of an answer
 * @row: called for each message of the family; returns 0 or an errno value
 * @restart: called before a dump is read once more: forget the rows
 * @data: handed to both
 */
struct macnat_nl_reader {
	int (*row)(const struct nlmsghdr *nlh, void *data);
	void (*restart)(void *data);
	void *data;
};

/**
 * macnat_nl_open() - open a socket and find a family
 * @nl: a closed conversation
 * @name: name of the family
 * @version: version of its messages
 * @error: filled on failure; code ENOENT and not @local: no such family
 *
 * Return: 0 or -1; on failure @nl is closed
 */
int macnat_nl_open(struct macnat_nl *nl, const char *name, uint8_t version,
		   struct macnat_nl_error *error);

/**
 * macnat_nl_close() - close the socket
 * @nl: open or closed
 */
void macnat_nl_close(struct macnat_nl *nl);

/**
 * macnat_nl_start() - begin a request
 * @nl: an open conversation
 * @cmd: command of the family
 *
 * Return: header to add attributes to, within MACNAT_NL_REQUEST bytes
 */
struct nlmsghdr *macnat_nl_start(struct macnat_nl *nl, uint8_t cmd);

/**
 * macnat_nl_start_large() - begin a request that may be larger than MACNAT_NL_REQUEST
 * @nl: an open conversation
 * @cmd: command of the family
 * @size: how large, in bytes
 *
 * Return: header to add attributes to, within @size bytes, or NULL if there is no memory
 */
struct nlmsghdr *macnat_nl_start_large(struct macnat_nl *nl, uint8_t cmd, size_t size);

/**
 * macnat_nl_do() - send the request, wait for its end
 * @nl: an open conversation with a request
 * @reader: for the answer, NULL if there is none but success or failure
 * @error: filled always
 *
 * Return: 0 or -1
 */
int macnat_nl_do(struct macnat_nl *nl, const struct macnat_nl_reader *reader,
		 struct macnat_nl_error *error);

/**
 * macnat_nl_dump() - send the request as a dump, read all of it
 * @nl: an open conversation with a request
 * @reader: for the rows; it sees no half of a table that changed meanwhile,
 *	since the dump is then read again, up to MACNAT_NL_ATTEMPTS times
 * @error: filled always; code EINTR: it changed every time
 *
 * Return: 0 or -1
 */
int macnat_nl_dump(struct macnat_nl *nl, const struct macnat_nl_reader *reader,
		   struct macnat_nl_error *error);

/**
 * macnat_nl_join() - get the messages of a multicast group of the family
 * @nl: an open conversation; from then on it only listens and does not wait
 * @name: name of the family
 * @group: name of the group
 * @error: filled on failure; code ENOENT and not @local: no such group
 *
 * Return: 0 or -1
 */
int macnat_nl_join(struct macnat_nl *nl, const char *name, const char *group,
		   struct macnat_nl_error *error);

/**
 * macnat_nl_listen() - read some of what has come, nothing if nothing has
 * @nl: a conversation that has joined
 * @reader: for the messages of the group
 * @error: filled on failure; code ENOBUFS and @local: messages were lost, more
 *	can be read; code ENOENT and not @local: the family is gone
 *
 * Return: 0 or -1
 */
int macnat_nl_listen(struct macnat_nl *nl, const struct macnat_nl_reader *reader,
		     struct macnat_nl_error *error);

#endif /* MACNAT_NL_H */
