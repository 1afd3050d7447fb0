// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/* The least that any probes cost: empty programs. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("tp_btf/sched_switch")
int bench_floor(void *ctx)
{
	(void)ctx;
	return 0;
}

SEC("tp_btf/sched_waking")
int bench_floor_waking(void *ctx)
{
	(void)ctx;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
