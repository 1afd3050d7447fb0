// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * On which code targets run: about 49 times a second on each CPU, while there are sessions, the
 * interrupt of a clock finds a target there and copies its registers and the top of its stack. A
 * program of its own, so that kernels which refuse it lose nothing else.
 */
#include "bpf/kernel.h"
#include "bpf/stack_copy.h"

/* All CPUs together; beyond it they are counted as lost. */
#define SAMPLE_WINDOW_NS   100000000ull
#define SAMPLES_PER_WINDOW 128

/* A CPU's own: threads of all slots share it, and nothing else interrupts this interrupt. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct stack_buffer);
} sample_buffers SEC(".maps");

static __always_inline bool sample_is_due(void)
{
	u64 now = bpf_ktime_get_ns();

	if (now - control.sample_window_ns > SAMPLE_WINDOW_NS) {
		control.sample_window_ns = now;
		control.samples_taken = 0;
	}
	return __sync_fetch_and_add(&control.samples_taken, 1) < SAMPLES_PER_WINDOW;
}

/* How many ran at this instant, in each set that the thread belongs to. */
static __always_inline void note_parallelism(struct stack_head *head, u32 members)
{
	for (u32 i = 0; i < SETS_MAX; i++) {
		u32 key = i;
		struct set_totals *set = bpf_map_lookup_elem(&sets, &key);

		head->running[i] = 0;
		if (set && (members >> i & 1))
			head->running[i] = *(volatile u64 *)&set->word >> SET_TIME_BITS;
	}
}

static __always_inline bool is_kernel_code(struct pt_regs *interrupted)
{
#if defined(__TARGET_ARCH_x86)
	return (s64)interrupted->ip < 0;
#else
	return (s64)interrupted->pc < 0;
#endif
}

static __always_inline void sample_fill(struct stack_head *head, struct thread_slot *slot,
					bool in_kernel)
{
	head->role = STACK_SAMPLE;
	head->bytes = 0;
	head->slot = slot->index;
	head->slot_generation = slot->generation;
	head->lock.row = head->lock.generation = 0;
	head->sets = slot->sets;
	head->pid = slot->pid;
	head->tid = slot->shown_tid;
	head->in_kernel = in_kernel;
	head->waits = head->wait_ns = 0;
	note_parallelism(head, slot->sets);
}

/* Registers of its user code: of the interrupt, or of the entry into the kernel. */
static __always_inline void sample_stack(struct stack_buffer *buffer, struct thread_slot *slot,
					 struct task_struct *task)
{
	struct stack_head *head = &buffer->head;

	head->has_registers = 0;
	if (task->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER))
		return;
	if (bpf_probe_read_kernel(head->registers, sizeof(head->registers),
				  (void *)bpf_task_pt_regs(task)))
		return;
	head->has_registers = 1;
	head->bytes = copy_stack(buffer, slot, REGISTER(head, sp));
}

SEC("perf_event")
int partrace_sample(struct pt_regs *interrupted)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct target_mark *mark = bpf_task_storage_get(&targets, task, NULL, 0);
	struct stack_buffer *buffer;
	struct thread_slot *slot;
	u32 first = 0, bytes;

	slot = mark ? bpf_map_lookup_elem(&threads, &mark->slot) : NULL;
	if (!slot || slot->generation != mark->generation || slot->life != SLOT_LIVE)
		return 0;
	buffer = bpf_map_lookup_elem(&sample_buffers, &first);
	if (!buffer || !sample_is_due()) {
		count_loss(&losses.samples);
		return 0;
	}
	sample_fill(&buffer->head, slot, is_kernel_code(interrupted));
	sample_stack(buffer, slot, task);
	bytes = buffer->head.bytes;
	if (bytes > STACK_BYTES ||
	    bpf_ringbuf_output(&samples, buffer, sizeof(buffer->head) + bytes, 0))
		count_loss(&losses.samples);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
