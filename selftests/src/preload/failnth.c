// SPDX-License-Identifier: GPL-2.0
/*
 * For LD_PRELOAD: lets the N-th allocation fail that the kernel makes within one system call, and
 * no other, where the kernel has /proc/thread-self/fail-nth (FAULT_INJECTION). With FAILNTH_ON in
 * the environment all that come after it fail, too, if failslab and fail_page_alloc are set up to
 * let all of a task's fail.
 *
 *	FAILNTH=N FAILNTH_OUT=FILE LD_PRELOAD=.../failnth.so macnat uplink add eth0
 *
 * The system call is the first of: a generic netlink message (but for the controller, who tells
 * the family's number), unshare(), finit_module(). FILE gets `hit` or, with fewer allocations than
 * that, `miss` and how many there were.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failnth_fd = -1;
static int failnth_task_fd = -1;
static int failnth_done;

static void failnth_die(const char *what)
{
	perror(what);
	_exit(99);
}

/* Says whether the system call to come is the one; if so, failnth_end() must follow it. */
static int failnth_begin(void)
{
	const char *nth = getenv("FAILNTH");

	if (!nth || failnth_done)
		return 0;
	failnth_done = 1;
	failnth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (failnth_fd < 0)
		failnth_die("fail-nth");
	if (getenv("FAILNTH_ON")) {
		failnth_task_fd = open("/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);
		if (failnth_task_fd < 0)
			failnth_die("make-it-fail");
	}
	/* the count before the other: its allocations do not count, and then none fails */
	if (write(failnth_fd, nth, strlen(nth)) < 0 ||
	    (failnth_task_fd >= 0 && write(failnth_task_fd, "1", 1) < 0))
		failnth_die("fail-nth");
	return 1;
}

/* What is left of the count: 0, and it has been that one's turn. */
static void failnth_end(void)
{
	const char *path = getenv("FAILNTH_OUT");
	int saved_errno = errno;
	char left[16] = "";
	FILE *out;

	if (failnth_task_fd >= 0 && pwrite(failnth_task_fd, "0", 1, 0) < 0)
		failnth_die("make-it-fail");
	if (pread(failnth_fd, left, sizeof(left) - 1, 0) < 0 || pwrite(failnth_fd, "0", 1, 0) < 0)
		failnth_die("fail-nth");
	close(failnth_fd);
	out = fopen(path ? path : "/dev/null", "w");
	if (!out)
		failnth_die(path);
	if (atoi(left))
		fprintf(out, "miss %d\n", atoi(getenv("FAILNTH")) - atoi(left));
	else
		fputs("hit\n", out);
	fclose(out);
	errno = saved_errno;
}

ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
	       socklen_t size)
{
	typeof(sendto) *real;
	const struct nlmsghdr *nlh = buf;
	socklen_t optlen = sizeof(int);
	int protocol = -1, ours;
	ssize_t ret;

	*(void **)&real = dlsym(RTLD_NEXT, "sendto");
	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &optlen);
	ours = to && to->sa_family == AF_NETLINK && protocol == NETLINK_GENERIC &&
	       len >= sizeof(*nlh) && nlh->nlmsg_type != GENL_ID_CTRL && failnth_begin();
	ret = real(fd, buf, len, flags, to, size);
	if (ours)
		failnth_end();
	return ret;
}

int unshare(int flags)
{
	typeof(unshare) *real;
	int ours, ret;

	*(void **)&real = dlsym(RTLD_NEXT, "unshare");
	ours = failnth_begin();
	ret = real(flags);
	if (ours)
		failnth_end();
	return ret;
}

/* kmod calls finit_module() by its number. */
long syscall(long nr, ...)
{
	typeof(syscall) *real;
	long arg[6], ret;
	va_list args;
	int i, ours;

	va_start(args, nr);
	for (i = 0; i < 6; i++)
		arg[i] = va_arg(args, long);
	va_end(args);
	*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	ours = nr == SYS_finit_module && failnth_begin();
	ret = real(nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	if (ours)
		failnth_end();
	return ret;
}
