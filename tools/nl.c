// SPDX-License-Identifier: GPL-2.0
/*
 * Messages are walked here and not by mnl_cb_run(): that one stops in the
 * midst of a dump that was interrupted, which leaves the rest of it in the
 * socket, and its default handler of NLMSG_DONE drops the error code.
 */
#include "nl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static int macnat_nl_failed(struct macnat_nl_error *error, int code)
{
	error->code = code;
	error->local = true;
	return -1;
}

void macnat_nl_close(struct macnat_nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	nl->sock = NULL;
	free(nl->large);
	nl->large = NULL;
}

static struct nlmsghdr *macnat_nl_put_header(struct macnat_nl *nl, uint8_t cmd, void *request)
{
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	nlh = mnl_nlmsg_put_header(request);
	nlh->nlmsg_type = nl->family;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = nl->version;
	return nlh;
}

struct nlmsghdr *macnat_nl_start(struct macnat_nl *nl, uint8_t cmd)
{
	free(nl->large);
	nl->large = NULL;
	return macnat_nl_put_header(nl, cmd, &nl->request);
}

struct nlmsghdr *macnat_nl_start_large(struct macnat_nl *nl, uint8_t cmd, size_t size)
{
	int fd = mnl_socket_get_fd(nl->sock), room, now = 0;
	socklen_t len = sizeof(now);

	free(nl->large);
	nl->large = size > INT_MAX ? NULL : malloc(size);
	if (!nl->large)
		return NULL;
	/* some on top is the kernel's; beyond net.core.wmem_max with CAP_NET_ADMIN only */
	room = size < INT_MAX / 2 ? size + 4096 : size;
	getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &now, &len);
	if (now < room && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	return macnat_nl_put_header(nl, cmd, nl->large);
}

/* The last request */
static struct nlmsghdr *macnat_nl_request(struct macnat_nl *nl)
{
	return nl->large ? nl->large : &nl->request.nlh;
}

/* The type of the attribute at a place of the last request, of which @outer is one; 0 for none */
static uint16_t macnat_nl_attr_in(const struct nlattr *outer, const char *place)
{
	const struct nlattr *attr;

	if ((const char *)outer == place)
		return mnl_attr_get_type(outer);
	if (outer->nla_type & NLA_F_NESTED)
		mnl_attr_for_each_nested(attr, outer)
			if ((const char *)attr == place)
				return mnl_attr_get_type(attr);
	return 0;
}

/* What the kernel points at, by its offset in the last request */
static void macnat_nl_attr_at(struct macnat_nl *nl, uint32_t offset,
			      struct macnat_nl_error *error)
{
	const struct nlmsghdr *nlh = macnat_nl_request(nl);
	const struct nlattr *attr;
	size_t index = 0;

	if (offset >= nlh->nlmsg_len)
		return;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		error->attr = macnat_nl_attr_in(attr, (const char *)nlh + offset);
		error->index = index++;
		if (error->attr)
			return;
	}
	error->index = 0;
}

/* Reads the attributes that the kernel adds to an error, from @start to the end of @nlh. */
static void macnat_nl_extack(struct macnat_nl *nl, const struct nlmsghdr *nlh, size_t start,
			     struct macnat_nl_error *error)
{
	const char *extack = (const char *)mnl_nlmsg_get_payload(nlh) + start;
	size_t size = mnl_nlmsg_get_payload_len(nlh);
	const struct nlattr *attr;
	size_t len;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || start > size)
		return;
	mnl_attr_for_each_payload((const void *)extack, size - start) {
		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			len = mnl_attr_get_payload_len(attr);
			if (len >= sizeof(error->text))
				len = sizeof(error->text) - 1;
			memcpy(error->text, mnl_attr_get_payload(attr), len);
			error->text[len] = '\0';
			break;
		case NLMSGERR_ATTR_OFFS:
			if (!mnl_attr_validate(attr, MNL_TYPE_U32))
				macnat_nl_attr_at(nl, mnl_attr_get_u32(attr), error);
			break;
		}
	}
}

/*
 * NLMSG_ERROR: an error code or 0, the request or (NLM_F_CAPPED) only its
 * header, then the extack attributes.
 */
static void macnat_nl_read_error(struct macnat_nl *nl, const struct nlmsghdr *nlh,
				 struct macnat_nl_error *error)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t start = sizeof(*err);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err)) {
		macnat_nl_failed(error, EBADMSG);
		return;
	}
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && err->msg.nlmsg_len > sizeof(err->msg))
		start += NLMSG_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	error->code = -err->error;
	macnat_nl_extack(nl, nlh, start, error);
}

/* NLMSG_DONE of a dump: an error code or 0, then the extack attributes. */
static void macnat_nl_read_done(struct macnat_nl *nl, const struct nlmsghdr *nlh,
				struct macnat_nl_error *error)
{
	int code;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(code))
		return;
	memcpy(&code, mnl_nlmsg_get_payload(nlh), sizeof(code));
	error->code = -code;
	macnat_nl_extack(nl, nlh, NLMSG_ALIGN(sizeof(code)), error);
}

/* Sends the request and reads messages up to the one that ends the answer. */
static int macnat_nl_talk(struct macnat_nl *nl, const struct macnat_nl_reader *reader,
			  bool *interrupted, struct macnat_nl_error *error)
{
	unsigned int portid = mnl_socket_get_portid(nl->sock);
	struct nlmsghdr *request = macnat_nl_request(nl);
	const struct nlmsghdr *nlh;
	bool ended = false;
	int row_code = 0;
	ssize_t received;
	int len;

	memset(error, 0, sizeof(*error));
	*interrupted = false;
	request->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->sock, request, request->nlmsg_len) < 0)
		return macnat_nl_failed(error, errno);

	while (!ended) {
		received = mnl_socket_recvfrom(nl->sock, &nl->answer, sizeof(nl->answer));
		if (received < 0 && errno == EINTR)
			continue;
		if (received <= 0)
			return macnat_nl_failed(error, received ? errno : EPIPE);
		len = received;
		for (nlh = &nl->answer.nlh; mnl_nlmsg_ok(nlh, len) && !ended;
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			if (!mnl_nlmsg_portid_ok(nlh, portid) ||
			    !mnl_nlmsg_seq_ok(nlh, request->nlmsg_seq))
				continue;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				*interrupted = true;
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				macnat_nl_read_error(nl, nlh, error);
				ended = true;
			} else if (nlh->nlmsg_type == NLMSG_DONE) {
				macnat_nl_read_done(nl, nlh, error);
				ended = true;
			} else if (nlh->nlmsg_type == request->nlmsg_type && reader && !row_code) {
				row_code = reader->row(nlh, reader->data);
			}
		}
	}
	/* read to the end even then, so that the socket stays usable */
	if (row_code)
		return macnat_nl_failed(error, row_code);
	return error->code ? -1 : 0;
}

int macnat_nl_do(struct macnat_nl *nl, const struct macnat_nl_reader *reader,
		 struct macnat_nl_error *error)
{
	bool interrupted;

	macnat_nl_request(nl)->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	return macnat_nl_talk(nl, reader, &interrupted, error);
}

int macnat_nl_dump(struct macnat_nl *nl, const struct macnat_nl_reader *reader,
		   struct macnat_nl_error *error)
{
	bool interrupted;
	int attempt;

	macnat_nl_request(nl)->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	for (attempt = 0; attempt < MACNAT_NL_ATTEMPTS; attempt++) {
		if (attempt)
			reader->restart(reader->data);
		if (macnat_nl_talk(nl, reader, &interrupted, error))
			return -1;
		if (!interrupted)
			return 0;
	}
	return macnat_nl_failed(error, EINTR);
}

/* What is asked of the controller: the ids of a family and of one of its groups */
struct macnat_nl_ids {
	const char *group_name;
	uint16_t family;
	uint32_t group;
};

/* One entry of the list of groups */
static void macnat_nl_group_row(const struct nlattr *entry, struct macnat_nl_ids *ids)
{
	const struct nlattr *attr;
	bool named = false;
	uint32_t id = 0;

	mnl_attr_for_each_nested(attr, entry) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			named = !strcmp(mnl_attr_get_str(attr), ids->group_name);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID &&
			 !mnl_attr_validate(attr, MNL_TYPE_U32))
			id = mnl_attr_get_u32(attr);
	}
	if (named)
		ids->group = id;
}

static int macnat_nl_family_row(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *entry;
	struct macnat_nl_ids *ids = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    !mnl_attr_validate(attr, MNL_TYPE_U16))
			ids->family = mnl_attr_get_u16(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS && ids->group_name)
			mnl_attr_for_each_nested(entry, attr)
				macnat_nl_group_row(entry, ids);
	}
	return 0;
}

/* Asks the controller; the conversation is with the family afterwards. */
static int macnat_nl_resolve(struct macnat_nl *nl, const char *name, struct macnat_nl_ids *ids,
			     struct macnat_nl_error *error)
{
	const struct macnat_nl_reader reader = { .row = macnat_nl_family_row, .data = ids };
	uint8_t version = nl->version;
	struct nlmsghdr *nlh;
	int ret;

	nl->family = GENL_ID_CTRL;
	nl->version = 1;
	nlh = macnat_nl_start(nl, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	ret = macnat_nl_do(nl, &reader, error);
	nl->version = version;
	nl->family = ids->family;
	if (!ret && !ids->family)
		return macnat_nl_failed(error, EBADMSG);
	return ret;
}

int macnat_nl_open(struct macnat_nl *nl, const char *name, uint8_t version,
		   struct macnat_nl_error *error)
{
	struct macnat_nl_ids ids = { 0 };
	int on = 1;

	memset(error, 0, sizeof(*error));
	nl->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->sock)
		return macnat_nl_failed(error, errno);
	/*
	 * Errors come with a sentence, and without a copy of the request. A
	 * kernel that knows neither option gives a plain error code.
	 */
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &on, sizeof(on));
	if (mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		macnat_nl_failed(error, errno);
		goto close;
	}
	nl->seq = time(NULL);
	nl->version = version;
	if (macnat_nl_resolve(nl, name, &ids, error))
		goto close;
	return 0;
close:
	macnat_nl_close(nl);
	return -1;
}

/*
 * The controller's own group has the fixed number GENL_ID_CTRL; it tells when
 * the family goes, for the group of a module that was unloaded is only silent.
 */
int macnat_nl_join(struct macnat_nl *nl, const char *name, const char *group,
		   struct macnat_nl_error *error)
{
	struct macnat_nl_ids ids = { .group_name = group };
	int notify = GENL_ID_CTRL, size = MACNAT_NL_EVENTS;
	int fd = mnl_socket_get_fd(nl->sock);

	if (macnat_nl_resolve(nl, name, &ids, error))
		return -1;
	if (!ids.group) {
		error->code = ENOENT;
		return -1;
	}
	/* beyond net.core.rmem_max with CAP_NET_ADMIN only */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (mnl_socket_setsockopt(nl->sock, NETLINK_ADD_MEMBERSHIP, &notify, sizeof(notify)) < 0 ||
	    mnl_socket_setsockopt(nl->sock, NETLINK_ADD_MEMBERSHIP, &ids.group,
				  sizeof(ids.group)) < 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return macnat_nl_failed(error, errno);
	return 0;
}

/* Does the controller say that the family is gone? */
static bool macnat_nl_is_end(const struct macnat_nl *nl, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct macnat_nl_ids ids = { 0 };

	if (nlh->nlmsg_type != GENL_ID_CTRL || genl->cmd != CTRL_CMD_DELFAMILY)
		return false;
	macnat_nl_family_row(nlh, &ids);
	return ids.family == nl->family;
}

int macnat_nl_listen(struct macnat_nl *nl, const struct macnat_nl_reader *reader,
		     struct macnat_nl_error *error)
{
	const struct nlmsghdr *nlh;
	ssize_t received;
	int len, code;

	memset(error, 0, sizeof(*error));
	received = mnl_socket_recvfrom(nl->sock, &nl->answer, sizeof(nl->answer));
	if (received < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (received <= 0)
		return macnat_nl_failed(error, received ? errno : EPIPE);
	len = received;
	for (nlh = &nl->answer.nlh; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct genlmsghdr))
			continue;
		if (macnat_nl_is_end(nl, nlh)) {
			error->code = ENOENT;
			return -1;
		}
		code = nlh->nlmsg_type == nl->family ? reader->row(nlh, reader->data) : 0;
		if (code)
			return macnat_nl_failed(error, code);
	}
	return 0;
}
