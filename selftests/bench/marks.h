/* SPDX-License-Identifier: GPL-2.0 */
/* Two ways to do nothing, nopl N(%rax), that tell insns.c from where to where to count. */
#ifndef BENCH_MARKS_H
#define BENCH_MARKS_H

#define MARK_LEN	7
#define MARK_START	"\x0f\x1f\x80mac1"
#define MARK_STOP	"\x0f\x1f\x80mac0"

#endif /* BENCH_MARKS_H */
