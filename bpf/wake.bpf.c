// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Who ends a wait for a futex, and so had the lock until now. Attached by the daemon only while
 * targets do wait for futexes: it runs at every wake-up of the machine.
 */
#include "bpf/clock.h"
#include "bpf/futex.h"
#include "bpf/identity.h"
#include "bpf/past.h"

#define FUTEX_WAKE_NUMBER    454 /* the 6.7 calls, the same number everywhere */
#define FUTEX_REQUEUE_NUMBER 456

/*
 * Is the current task giving something up? Else it was interrupted by a timer or sends a signal.
 * The end of a thread wakes those who join it.
 */
static __always_inline bool gives_up(struct pt_regs *regs)
{
	u32 number = SYSCALL_NUMBER(regs), command = SYSCALL_ARG2(regs) & FUTEX_COMMAND;

	if (number == settings.futex_number)
		return command == FUTEX_WAKE || command == FUTEX_REQUEUE ||
		       command == FUTEX_CMP_REQUEUE || command == FUTEX_WAKE_OP ||
		       command == FUTEX_UNLOCK_PI || command == FUTEX_WAKE_BITSET ||
		       command == FUTEX_CMP_REQUEUE_PI;
	return number == FUTEX_WAKE_NUMBER || number == FUTEX_REQUEUE_NUMBER ||
	       number == settings.exit_number || number == settings.exit_group_number;
}

/* A task's number in the innermost namespace that it is in: as its own libraries know it. */
static __always_inline u32 own_tid(struct task_struct *task)
{
	struct pid *pid = task->thread_pid;
	struct upid *number;

	if (!pid)
		return 0;
	if (!pid->level)
		return task->pid;
	number = number_at(pid, pid->level);
	return BPF_CORE_READ(number, nr);
}

/* The waiting of all who waited since the last release was for the waker. */
static __always_inline void blame_holder(struct lock_row *home, u32 number, u32 generation,
					 u32 waker, u32 waker_own_tid, u64 now)
{
	struct thread_slot *slot = slot_at(waker);
	struct lock_edge *edge;
	u64 from = home->since_ns, blocked_ns;
	u32 at;

	if (!slot)
		return;
	at = edge_find(waker, number, generation);
	edge = edge_at(at);
	if (!edge)
		return;
	blocked_ns = lock_take_integral(home);
	edge->sets = slot->sets;
	edge->releases++;
	edge->blocked_others_ns += blocked_ns;
	if (home->owner && home->owner == waker_own_tid)
		edge->owned_ns += blocked_ns;
	edge->stackless_releases++;
	edge->stackless_blocked_ns += blocked_ns;
	past_add_to_edge(waker, at, from, now);
}

/* `waiter` is woken by a call of `waker` (a slot; none: ~0). Returns the edge of waker and lock. */
__weak __noinline u32 futex_woken(u32 waiter, u32 waker, u32 waker_own_tid, u64 now)
{
	struct thread_slot *slot = slot_at(waiter);
	struct lock_row *row, *home;
	u32 number;

	if (!slot)
		return 0;
	number = slot->lock.row;
	row = lock_at(number);
	home = lock_at(slot->lock_home);
	if (!row || !home || row->generation != slot->lock.generation)
		return 0;
	lock_move(slot->lock_home, -1, now);
	slot->futex_flags |= FUTEX_LEFT | FUTEX_ENDED;
	if (slot_at(waker))
		blame_holder(home, number, slot->lock.generation, waker, waker_own_tid, now);
	else
		lock_blame_nobody(number, slot->lock_home, slot->sets);
	home->since_ns = now;
	return number;
}

static __always_inline u32 slot_index_of(struct task_struct *task)
{
	struct target_mark *mark = bpf_task_storage_get(&targets, task, NULL, 0);

	return mark ? mark->slot : ~0u;
}

/* Where it gives the lock up: its own stack, for it is the one that runs. */
__weak __noinline int take_releaser(u32 index, u32 number, u64 now)
{
	struct thread_slot *slot = slot_at(index);
	struct lock_row *row = lock_at(number);
	struct lock_edge *edge;
	u32 at;

	if (!slot || !row)
		return 0;
	at = edge_find(index, number, row->generation);
	edge = edge_at(at);
	if (!edge || !stack_is_due(edge->stackless_blocked_ns, edge->blocked_others_ns, now) ||
	    !stack_take(index))
		return 0;
	if (!stack_send(index, STACK_RELEASER, at, edge->stackless_releases,
			edge->stackless_blocked_ns))
		return 0;
	edge->stackless_releases = 0;
	edge->stackless_blocked_ns = 0;
	return 0;
}

SEC("tp_btf/sched_waking")
int partrace_waking(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct task_struct *waker;
	struct thread_slot *slot;
	u32 waiting, waking, number;
	struct pt_regs *regs;
	u64 now;

	if (bpf_core_field_exists(task->bpf_storage) && !task->bpf_storage)
		return 0;
	waker = bpf_get_current_task_btf();
	regs = (struct pt_regs *)bpf_task_pt_regs(waker);
	if ((waker->flags & PF_KTHREAD) || !gives_up(regs))
		return 0;
	waiting = slot_index_of(task);
	slot = slot_at(waiting);
	if (!slot || slot->state != THREAD_WAITING || !slot->lock.row ||
	    (slot->futex_flags & FUTEX_LEFT))
		return 0;
	now = clock_anywhere();
	waking = slot_index_of(waker);
	number = futex_woken(waiting, waking, own_tid(waker), now);
	slot = slot_at(waking);
	if (!number || !slot || !control.take_stacks)
		return 0;
	slot->registers = (u64)regs;
	take_releaser(waking, number, now);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
