// SPDX-License-Identifier: GPL-2.0
/*
 * A QEMU plugin that counts which instructions run between two marks, instructions that do nothing
 * else (see bench.c):
 *
 *	qemu-system-x86_64 -plugin insns.so,out=PREFIX
 *
 * Each end of a stretch leaves PREFIX.1, PREFIX.2 ..., lines of address and count.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "marks.h"

/* What is used of QEMU's plugin interface, version 1: Debian has no package with its header. */
typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*on_translate_fn)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*on_exec_fn)(unsigned int cpu, void *data);
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, on_translate_fn cb);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, on_exec_fn cb,
						 int flags, void *data);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, on_exec_fn cb,
						   int flags, void *data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
							size_t idx);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

int qemu_plugin_version = 1;
int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

/* A stretch of code without a branch, as QEMU has translated it */
struct block {
	struct block *next;
	uint64_t count;
	size_t insns;
	uint64_t addr[];
};

static struct block *blocks;
static const char *prefix;
static bool counting;
static int stretch;

static void on_block(unsigned int cpu, void *data)
{
	struct block *block = data;

	(void)cpu;
	block->count += counting;
}

static void on_start(unsigned int cpu, void *data)
{
	struct block *block;

	(void)cpu;
	(void)data;
	for (block = blocks; block; block = block->next)
		block->count = 0;
	counting = true;
}

static void on_stop(unsigned int cpu, void *data)
{
	const struct block *block;
	char path[4096];
	FILE *file;
	size_t i;

	(void)cpu;
	(void)data;
	if (!counting)
		return;
	counting = false;
	snprintf(path, sizeof(path), "%s.%d", prefix, ++stretch);
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		exit(1);
	}
	for (block = blocks; block; block = block->next)
		for (i = 0; block->count && i < block->insns; i++)
			fprintf(file, "%016" PRIx64 " %" PRIu64 "\n", block->addr[i], block->count);
	fclose(file);
}

static bool is(const struct qemu_plugin_insn *insn, const char *mark)
{
	return qemu_plugin_insn_size(insn) == MARK_LEN &&
	       !memcmp(qemu_plugin_insn_data(insn), mark, MARK_LEN);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t insns = qemu_plugin_tb_n_insns(tb), i;
	struct qemu_plugin_insn *insn;
	struct block *block;

	(void)id;
	block = malloc(sizeof(*block) + insns * sizeof(block->addr[0]));
	if (!block)
		abort();
	block->count = 0;
	block->insns = insns;
	for (i = 0; i < insns; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		block->addr[i] = qemu_plugin_insn_vaddr(insn);
		if (is(insn, MARK_START))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_start, 0, NULL);
		else if (is(insn, MARK_STOP))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_stop, 0, NULL);
	}
	block->next = blocks;
	blocks = block;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, 0, block);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "insns: want out=PREFIX\n");
		return 1;
	}
	prefix = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
