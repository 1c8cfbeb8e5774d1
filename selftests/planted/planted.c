// SPDX-License-Identifier: GPL-2.0
/*
 * Faults on purpose, one a load: whether a kernel with debugging, and the harness behind it, tell
 * of what they are there for. Built as macnat is, for selftests/qemu/self-check only.
 */
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

static char *fault = "";
module_param(fault, charp, 0);
MODULE_PARM_DESC(fault, "uaf, oob, vmalloc, leak, order, atomic, rcu, shift, race");

static DEFINE_MUTEX(planted_a);
static DEFINE_MUTEX(planted_b);
static DEFINE_SPINLOCK(planted_lock);
static LIST_HEAD(planted_list);
static unsigned char planted_byte;
static int planted_bits = 40;
static unsigned long planted_count;

struct planted_entry {
	struct list_head list;
	unsigned char bytes[100];
};

static void planted_uaf(void)
{
	struct planted_entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL);

	if (!entry)
		return;
	OPTIMIZER_HIDE_VAR(entry);
	kfree(entry);
	WRITE_ONCE(planted_byte, READ_ONCE(entry->bytes[5]));
}

static void planted_oob(void)
{
	unsigned char *bytes = kzalloc(30, GFP_KERNEL);
	int at = 30;

	if (!bytes)
		return;
	OPTIMIZER_HIDE_VAR(at);
	WRITE_ONCE(bytes[at], 1);
	kfree(bytes);
}

static void planted_vmalloc(void)
{
	unsigned char *bytes = __vmalloc(100, GFP_KERNEL);
	int at = 100;

	if (!bytes)
		return;
	OPTIMIZER_HIDE_VAR(at);
	WRITE_ONCE(bytes[at], 1);
	vfree(bytes);
}

/* Several: a pointer to the last may still be on somebody's stack. */
static void planted_leak(void)
{
	void *lost;
	int i;

	for (i = 0; i < 16; i++) {
		lost = kmalloc(1000, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(lost);
	}
}

static void planted_order(void)
{
	mutex_lock(&planted_a);
	mutex_lock(&planted_b);
	mutex_unlock(&planted_b);
	mutex_unlock(&planted_a);

	mutex_lock(&planted_b);
	mutex_lock(&planted_a);
	mutex_unlock(&planted_a);
	mutex_unlock(&planted_b);
}

static void planted_atomic(void)
{
	spin_lock(&planted_lock);
	might_sleep();
	spin_unlock(&planted_lock);
}

static void planted_rcu(void)
{
	struct planted_entry *entry;

	list_for_each_entry_rcu(entry, &planted_list, list)
		WRITE_ONCE(planted_byte, entry->bytes[0]);
}

static void planted_shift(void)
{
	int bits = READ_ONCE(planted_bits);

	WRITE_ONCE(planted_byte, 1 << bits);
}

static noinline void planted_race_step(void)
{
	planted_count++;
	cond_resched();
}

static int planted_race_other(void *arg)
{
	while (!kthread_should_stop())
		planted_race_step();
	return 0;
}

static void planted_race(void)
{
	struct task_struct *other = kthread_run(planted_race_other, NULL, "planted");
	unsigned long end = jiffies + 5 * HZ;

	if (IS_ERR(other))
		return;
	while (time_before(jiffies, end))
		planted_race_step();
	kthread_stop(other);
}

static const struct {
	const char *name;
	void (*run)(void);
} planted_faults[] = {
	{ "uaf", planted_uaf },
	{ "oob", planted_oob },
	{ "vmalloc", planted_vmalloc },
	{ "leak", planted_leak },
	{ "order", planted_order },
	{ "atomic", planted_atomic },
	{ "rcu", planted_rcu },
	{ "shift", planted_shift },
	{ "race", planted_race },
};

static int __init planted_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(planted_faults); i++) {
		if (strcmp(planted_faults[i].name, fault))
			continue;
		planted_faults[i].run();
		return 0;
	}
	return -EINVAL;
}

static void __exit planted_exit(void)
{
}

module_init(planted_init);
module_exit(planted_exit);

MODULE_DESCRIPTION("Faults on purpose");
MODULE_LICENSE("GPL");
