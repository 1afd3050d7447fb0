// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/* The least that any probe on sched_switch costs: an empty program. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("tp_btf/sched_switch")
int bench_floor(void *ctx)
{
	(void)ctx;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
