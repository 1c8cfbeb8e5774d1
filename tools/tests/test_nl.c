// SPDX-License-Identifier: GPL-2.0
/*
 * The conversation: the kernel's half is played by the two wrapped functions
 * below, from a script of messages. The socket itself is a real one.
 */
#include "test.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <sys/types.h>

#include "nl.h"

#define MACNAT_TEST_FAMILY	0x77

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *sock, const void *buf, size_t len);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *sock, void *buf, size_t size);

/* One message of an answer */
struct macnat_test_message {
	uint16_t type;
	uint16_t flags;
	int code;		/* of NLMSG_ERROR and NLMSG_DONE */
	const char *text;	/* extack sentence */
	uint32_t offset;	/* extack offset, 0 for none */
	bool stale;		/* of an earlier request */
	uint8_t cmd;		/* of a message of a family */
	uint16_t family;	/* of the controller's: the family it is about, if another */
	const char *group;	/* of the controller's: name of a group beside others */
	int fail;		/* recv fails with this errno instead */
};

static const struct macnat_test_message *macnat_test_script;
static struct nlmsghdr macnat_test_request;
static unsigned int macnat_test_sent;
static unsigned int macnat_test_rows;
static unsigned int macnat_test_restarts;

/* The controller's own group is one that every kernel has. */
static void macnat_test_put_groups(struct nlmsghdr *nlh, const char *name)
{
	const char *const names[] = { "before", name, "behind" };
	struct nlattr *list, *entry;
	size_t i;

	list = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	for (i = 0; i < 3; i++) {
		entry = mnl_attr_nest_start(nlh, i + 1);
		/* in either order */
		if (i % 2)
			mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, GENL_ID_CTRL);
		mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME, names[i]);
		if (!(i % 2))
			mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, 0x7fffffff);
		mnl_attr_nest_end(nlh, entry);
	}
	mnl_attr_nest_end(nlh, list);
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *sock, const void *buf, size_t len)
{
	memcpy(&macnat_test_request, buf, sizeof(macnat_test_request));
	assert_int_equal(macnat_test_request.nlmsg_len, len);
	macnat_test_sent++;
	return len;
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *sock, void *buf, size_t size)
{
	const struct macnat_test_message *m = macnat_test_script++;
	struct nlmsgerr error = { .error = m->code, .msg = macnat_test_request };
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	assert_int_equal(size, MACNAT_NL_ANSWER);
	if (m->fail) {
		errno = m->fail;
		return -1;
	}
	memset(buf, 0, 512);
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = m->type;
	nlh->nlmsg_flags = m->flags;
	nlh->nlmsg_seq = macnat_test_request.nlmsg_seq - m->stale;
	nlh->nlmsg_pid = mnl_socket_get_portid(sock);
	if (m->type == NLMSG_ERROR) {
		memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(error)), &error, sizeof(error));
	} else if (m->type == NLMSG_DONE) {
		memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(int)), &m->code, sizeof(int));
	} else {
		genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
		genl->cmd = m->cmd;
	}
	/* the request comes back with an error, unless it is capped */
	if (m->type == NLMSG_ERROR && !(m->flags & NLM_F_CAPPED) && m->code)
		mnl_nlmsg_put_extra_header(nlh, macnat_test_request.nlmsg_len -
					   sizeof(macnat_test_request));
	if (m->type == GENL_ID_CTRL)
		mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID,
				 m->family ? m->family : MACNAT_TEST_FAMILY);
	if (m->group)
		macnat_test_put_groups(nlh, m->group);
	if (m->text)
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, m->text);
	if (m->offset)
		mnl_attr_put_u32(nlh, NLMSGERR_ATTR_OFFS, m->offset);
	return nlh->nlmsg_len;
}

static int macnat_test_row(const struct nlmsghdr *nlh, void *data)
{
	macnat_test_rows++;
	return *(int *)data;
}

static void macnat_test_restart(void *data)
{
	macnat_test_restarts++;
	macnat_test_rows = 0;
}

static struct macnat_nl macnat_test_nl;
static int macnat_test_row_code;
static const struct macnat_nl_reader macnat_test_reader = {
	macnat_test_row, macnat_test_restart, &macnat_test_row_code
};

static int macnat_test_setup(void **state)
{
	static const struct macnat_test_message script[] = {
		{ .type = GENL_ID_CTRL },
		{ .type = NLMSG_ERROR },
	};
	struct macnat_nl_error error;

	macnat_test_script = script;
	macnat_test_row_code = 0;
	assert_int_equal(macnat_nl_open(&macnat_test_nl, "macnat", 3, &error), 0);
	assert_int_equal(macnat_test_nl.family, MACNAT_TEST_FAMILY);
	assert_int_equal(macnat_test_nl.version, 3);
	macnat_test_sent = 0;
	macnat_test_rows = 0;
	macnat_test_restarts = 0;
	return 0;
}

static int macnat_test_teardown(void **state)
{
	macnat_nl_close(&macnat_test_nl);
	assert_null(macnat_test_nl.sock);
	return 0;
}

/* A request with two attributes, at offsets 20 and 28 */
static void macnat_test_start(const struct macnat_test_message *script)
{
	struct nlmsghdr *nlh = macnat_nl_start(&macnat_test_nl, 5);
	struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	assert_int_equal(nlh->nlmsg_type, MACNAT_TEST_FAMILY);
	assert_int_equal(genl->cmd, 5);
	assert_int_equal(genl->version, 3);
	mnl_attr_put_u32(nlh, 1, 42);
	mnl_attr_put_u16(nlh, 9, 100);
	macnat_test_script = script;
}

static void macnat_test_no_family(void **state)
{
	static const struct macnat_test_message script[] = {
		{ .type = NLMSG_ERROR, .flags = NLM_F_CAPPED, .code = -ENOENT },
	};
	struct macnat_nl_error error;
	struct macnat_nl nl = { 0 };

	macnat_test_script = script;
	assert_int_equal(macnat_nl_open(&nl, "macnat", 1, &error), -1);
	assert_int_equal(error.code, ENOENT);
	assert_false(error.local);
	assert_null(nl.sock);
}

static void macnat_test_do(void **state)
{
	static const struct macnat_test_message script[] = {
		{ .fail = EINTR },
		{ .type = NLMSG_ERROR, .code = -EEXIST, .stale = true },
		{ .type = MACNAT_TEST_FAMILY },
		{ .type = NLMSG_ERROR },
	};
	struct macnat_nl_error error;

	macnat_test_start(script);
	assert_int_equal(macnat_nl_do(&macnat_test_nl, &macnat_test_reader, &error), 0);
	assert_int_equal(macnat_test_request.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_int_equal(macnat_test_rows, 1);
	assert_string_equal(error.text, "");
}

static void macnat_test_warning(void **state)
{
	static const struct macnat_test_message script[] = {
		{ .type = NLMSG_ERROR, .flags = NLM_F_CAPPED | NLM_F_ACK_TLVS,
		  .text = "mind that" },
	};
	struct macnat_nl_error error;

	macnat_test_start(script);
	assert_int_equal(macnat_nl_do(&macnat_test_nl, NULL, &error), 0);
	assert_string_equal(error.text, "mind that");
}

static void macnat_test_refused(void **state)
{
	static const struct macnat_test_message scripts[][1] = {
		/* with and without the request in it; text and place or not */
		{ { .type = NLMSG_ERROR, .flags = NLM_F_CAPPED | NLM_F_ACK_TLVS, .code = -EINVAL,
		    .text = "not that", .offset = 28 } },
		{ { .type = NLMSG_ERROR, .flags = NLM_F_ACK_TLVS, .code = -EINVAL,
		    .text = "not that", .offset = 28 } },
		{ { .type = NLMSG_ERROR, .code = -EPERM } },
		/* an offset that is no attribute, or far away */
		{ { .type = NLMSG_ERROR, .flags = NLM_F_ACK_TLVS, .code = -EINVAL, .offset = 29 } },
		{ { .type = NLMSG_ERROR, .flags = NLM_F_ACK_TLVS, .code = -EINVAL,
		    .offset = 0xffffffff } },
	};
	struct macnat_nl_error error;
	unsigned int i;

	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		macnat_test_start(scripts[i]);
		assert_int_equal(macnat_nl_do(&macnat_test_nl, NULL, &error), -1);
		assert_int_equal(error.code, -scripts[i][0].code);
		assert_false(error.local);
		assert_string_equal(error.text, scripts[i][0].text ? scripts[i][0].text : "");
		assert_int_equal(error.attr, scripts[i][0].offset == 28 ? 9 : 0);
	}
}

static void macnat_test_broken(void **state)
{
	static const struct macnat_test_message script[] = { { .fail = ENOBUFS } };
	struct macnat_nl_error error;

	macnat_test_start(script);
	assert_int_equal(macnat_nl_do(&macnat_test_nl, NULL, &error), -1);
	assert_int_equal(error.code, ENOBUFS);
	assert_true(error.local);
}

static void macnat_test_dump(void **state)
{
	static const struct macnat_test_message script[] = {
		{ .type = MACNAT_TEST_FAMILY, .flags = NLM_F_MULTI },
		{ .type = MACNAT_TEST_FAMILY, .flags = NLM_F_MULTI },
		{ .type = NLMSG_DONE, .flags = NLM_F_MULTI },
	};
	struct macnat_nl_error error;

	macnat_test_start(script);
	assert_int_equal(macnat_nl_dump(&macnat_test_nl, &macnat_test_reader, &error), 0);
	assert_int_equal(macnat_test_request.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	assert_int_equal(macnat_test_rows, 2);
	assert_int_equal(macnat_test_restarts, 0);
}

static void macnat_test_dump_refused(void **state)
{
	static const struct macnat_test_message script[] = {
		{ .type = MACNAT_TEST_FAMILY, .flags = NLM_F_MULTI },
		{ .type = NLMSG_DONE, .flags = NLM_F_MULTI | NLM_F_ACK_TLVS, .code = -EINVAL,
		  .text = "not that", .offset = 20 },
	};
	struct macnat_nl_error error;

	macnat_test_start(script);
	assert_int_equal(macnat_nl_dump(&macnat_test_nl, &macnat_test_reader, &error), -1);
	assert_int_equal(error.code, EINVAL);
	assert_string_equal(error.text, "not that");
	assert_int_equal(error.attr, 1);
}

/* Interrupted in the midst, read to its end, then read again from scratch */
static void macnat_test_dump_interrupted(void **state)
{
	static const struct macnat_test_message script[] = {
		{ .type = MACNAT_TEST_FAMILY, .flags = NLM_F_MULTI },
		{ .type = MACNAT_TEST_FAMILY, .flags = NLM_F_MULTI | NLM_F_DUMP_INTR },
		{ .type = MACNAT_TEST_FAMILY, .flags = NLM_F_MULTI },
		{ .type = NLMSG_DONE, .flags = NLM_F_MULTI },
		{ .type = NLMSG_DONE, .flags = NLM_F_MULTI | NLM_F_DUMP_INTR },
		{ .type = MACNAT_TEST_FAMILY, .flags = NLM_F_MULTI },
		{ .type = NLMSG_DONE, .flags = NLM_F_MULTI },
	};
	struct macnat_nl_error error;

	macnat_test_start(script);
	assert_int_equal(macnat_nl_dump(&macnat_test_nl, &macnat_test_reader, &error), 0);
	assert_int_equal(macnat_test_sent, 3);
	assert_int_equal(macnat_test_restarts, 2);
	assert_int_equal(macnat_test_rows, 1);
}

static void macnat_test_dump_hopeless(void **state)
{
	struct macnat_test_message script[MACNAT_NL_ATTEMPTS];
	struct macnat_nl_error error;
	unsigned int i;

	for (i = 0; i < MACNAT_NL_ATTEMPTS; i++)
		script[i] = (struct macnat_test_message) {
			.type = NLMSG_DONE, .flags = NLM_F_MULTI | NLM_F_DUMP_INTR
		};
	macnat_test_start(script);
	assert_int_equal(macnat_nl_dump(&macnat_test_nl, &macnat_test_reader, &error), -1);
	assert_int_equal(error.code, EINTR);
	assert_true(error.local);
	assert_int_equal(macnat_test_sent, MACNAT_NL_ATTEMPTS);
}

/* A row that cannot be taken ends the dump, but not before its end is read. */
static void macnat_test_dump_row_fails(void **state)
{
	static const struct macnat_test_message script[] = {
		{ .type = MACNAT_TEST_FAMILY, .flags = NLM_F_MULTI },
		{ .type = MACNAT_TEST_FAMILY, .flags = NLM_F_MULTI },
		{ .type = NLMSG_DONE, .flags = NLM_F_MULTI },
	};
	struct macnat_nl_error error;

	macnat_test_row_code = ENOMEM;
	macnat_test_start(script);
	assert_int_equal(macnat_nl_dump(&macnat_test_nl, &macnat_test_reader, &error), -1);
	assert_int_equal(error.code, ENOMEM);
	assert_true(error.local);
	assert_int_equal(macnat_test_rows, 1);
	assert_ptr_equal(macnat_test_script, &script[3]);
}

static void macnat_test_join(void **state)
{
	static const struct macnat_test_message script[] = {
		{ .type = GENL_ID_CTRL, .cmd = CTRL_CMD_NEWFAMILY, .group = "events" },
		{ .type = NLMSG_ERROR },
	};
	struct macnat_nl_error error;

	macnat_test_script = script;
	assert_int_equal(macnat_nl_join(&macnat_test_nl, "macnat", "events", &error), 0);
	assert_int_equal(macnat_test_nl.family, MACNAT_TEST_FAMILY);
	assert_int_equal(macnat_test_nl.version, 3);
	assert_ptr_equal(macnat_test_script, &script[2]);
}

static void macnat_test_join_refused(void **state)
{
	static const struct macnat_test_message scripts[][2] = {
		/* other groups, no group, no answer, no family any more */
		{ { .type = GENL_ID_CTRL, .group = "event" }, { .type = NLMSG_ERROR } },
		{ { .type = GENL_ID_CTRL }, { .type = NLMSG_ERROR } },
		{ { .fail = ENOMEM } },
		{ { .type = NLMSG_ERROR, .code = -ENOENT } },
	};
	static const int codes[] = { ENOENT, ENOENT, ENOMEM, ENOENT };
	struct macnat_nl_error error;
	unsigned int i;

	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		macnat_test_script = scripts[i];
		assert_int_equal(macnat_nl_join(&macnat_test_nl, "macnat", "events", &error), -1);
		assert_int_equal(error.code, codes[i]);
		assert_int_equal(error.local, codes[i] == ENOMEM);
	}
}

static void macnat_test_listen(void **state)
{
	static const struct macnat_test_message script[] = {
		{ .type = MACNAT_TEST_FAMILY, .cmd = 11 },
		/* nothing there; a signal */
		{ .fail = EAGAIN },
		{ .fail = EINTR },
		/* another family comes or goes, ours comes */
		{ .type = GENL_ID_CTRL, .cmd = CTRL_CMD_DELFAMILY,
		  .family = MACNAT_TEST_FAMILY + 1 },
		{ .type = GENL_ID_CTRL, .cmd = CTRL_CMD_NEWFAMILY },
		{ .type = MACNAT_TEST_FAMILY + 1, .cmd = 11 },
		{ .type = MACNAT_TEST_FAMILY, .cmd = 12 },
	};
	struct macnat_nl_error error;
	unsigned int i;

	macnat_test_script = script;
	for (i = 0; i < sizeof(script) / sizeof(script[0]); i++)
		assert_int_equal(macnat_nl_listen(&macnat_test_nl, &macnat_test_reader, &error), 0);
	assert_int_equal(macnat_test_rows, 2);
	assert_int_equal(macnat_test_sent, 0);
}

/* Lost messages are told, and what comes behind them is read; the end is the end. */
static void macnat_test_listen_lost(void **state)
{
	static const struct macnat_test_message script[] = {
		{ .fail = ENOBUFS },
		{ .type = MACNAT_TEST_FAMILY },
		{ .type = GENL_ID_CTRL, .cmd = CTRL_CMD_DELFAMILY },
	};
	struct macnat_nl_error error;

	macnat_test_script = script;
	assert_int_equal(macnat_nl_listen(&macnat_test_nl, &macnat_test_reader, &error), -1);
	assert_int_equal(error.code, ENOBUFS);
	assert_true(error.local);
	assert_int_equal(macnat_nl_listen(&macnat_test_nl, &macnat_test_reader, &error), 0);
	assert_int_equal(macnat_test_rows, 1);
	assert_int_equal(macnat_nl_listen(&macnat_test_nl, &macnat_test_reader, &error), -1);
	assert_int_equal(error.code, ENOENT);
	assert_false(error.local);
}

#define MACNAT_TEST_OPEN(test) \
	cmocka_unit_test_setup_teardown(test, macnat_test_setup, macnat_test_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(macnat_test_no_family),
		MACNAT_TEST_OPEN(macnat_test_do),
		MACNAT_TEST_OPEN(macnat_test_warning),
		MACNAT_TEST_OPEN(macnat_test_refused),
		MACNAT_TEST_OPEN(macnat_test_broken),
		MACNAT_TEST_OPEN(macnat_test_dump),
		MACNAT_TEST_OPEN(macnat_test_dump_refused),
		MACNAT_TEST_OPEN(macnat_test_dump_interrupted),
		MACNAT_TEST_OPEN(macnat_test_dump_hopeless),
		MACNAT_TEST_OPEN(macnat_test_dump_row_fails),
		MACNAT_TEST_OPEN(macnat_test_join),
		MACNAT_TEST_OPEN(macnat_test_join_refused),
		MACNAT_TEST_OPEN(macnat_test_listen),
		MACNAT_TEST_OPEN(macnat_test_listen_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
