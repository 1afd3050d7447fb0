// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Who ends a wait for a futex, and so had the lock until now. Attached by the daemon only while
 * targets do wait for futexes: it runs at every wake-up of the machine.
 */
#include "bpf/clock.h"
#include "bpf/futex.h"
#include "bpf/past.h"
#include "bpf/recent.h"

#define FUTEX_WAKE_NUMBER    454 /* the 6.7 calls, the same number everywhere */
#define FUTEX_WAIT_NUMBER    455
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

/* A release and the wake that it brings are two moments: so much between them says nothing. */
#define HANDOVER_NS 50000

/*
 * Since when the waker can have had the lock: who waited for it itself has got it when that ended.
 * (Releases go unseen: those of who is no target, and those that end no wait.)
 */
static __always_inline u64 held_since(struct thread_slot *slot, u32 home_number, u64 from)
{
	u32 number = slot->last_lock.row;
	struct lock_row *row = lock_at(number);

	if (!row || row->generation != slot->last_lock.generation ||
	    slot->last_lock_ns < from + HANDOVER_NS)
		return from;
	return (row->home ? row->home : number) == home_number ? slot->last_lock_ns : from;
}

/*
 * The waiting of all who waited since the last release was for the waker, but for what was before
 * it can have had the lock: that part is taken to have been even, and is blamed on nobody. Returns
 * the edge of waker and lock; 0: there is none, and nobody is blamed.
 */
static __always_inline u32 blame_holder(struct lock_row *home, u32 home_number, u32 number,
					u32 generation, u32 waker, u64 now)
{
	struct thread_slot *slot = slot_at(waker);
	u64 from = home->since_ns, blocked_ns, since;
	struct lock_edge *edge;
	u32 at;

	if (!slot)
		return 0;
	at = slot->edge;
	edge = edge_again(slot, number, generation);
	if (!edge) {
		at = edge_find(waker, number, generation);
		edge = edge_at(at);
	}
	if (!edge)
		return 0;
	blocked_ns = lock_take_integral(home);
	since = held_since(slot, home_number, from);
	if (since > from && since < now) {
		blocked_ns = part_of(blocked_ns, now - since, now - from);
		from = since;
	}
	edge->sets = slot->sets;
	edge->releases++;
	edge->blocked_others_ns += blocked_ns;
	if (home->owner_asked) {
		edge->asked_ns += blocked_ns;
		if (home->owner && home->owner == slot->own_tid)
			edge->owned_ns += blocked_ns;
	}
	edge->stackless_releases++;
	edge->stackless_blocked_ns += blocked_ns;
	past_add_to_edge(waker, at, from, now);
	return at;
}

/* From this release to the next one. */
static __always_inline void begin_interval(struct lock_row *home, u64 now)
{
	home->since_ns = now;
	home->owner_asked = 0;
}

/* `waiter` is woken by a call of `waker` (a slot; none: ~0). Returns as blame_holder(). */
__weak __noinline u32 futex_woken(u32 waiter, u32 waker, u64 now)
{
	struct thread_slot *slot = slot_at(waiter);
	struct lock_row *row, *home;
	u32 number, at;

	if (!slot)
		return 0;
	number = slot->lock.row;
	row = lock_at(number);
	home = lock_at(slot->lock_home);
	if (!row || !home || row->generation != slot->lock.generation)
		return 0;
	lock_move(slot->lock_home, -1, now);
	__sync_fetch_and_or(&slot->futex_flags, FUTEX_LEFT | FUTEX_ENDED);
	at = blame_holder(home, slot->lock_home, number, slot->lock.generation, waker, now);
	if (!at)
		lock_blame_nobody(number, slot->lock_home, slot->sets);
	begin_interval(home, now);
	return at;
}

/*
 * `waiter` is woken before it is seen asleep: it has just called for the lock that it waited for
 * last, and now it sleeps for a moment only, if at all. Where sections are short that is every
 * second wake. There is no wait to end, but a holder to tell: others have waited for that one, and
 * would be said to have waited for the next. Returns as futex_woken().
 */
__weak __noinline u32 futex_woken_early(u32 waiter, u64 address, u32 waker, u64 now)
{
	struct thread_slot *slot = slot_at(waiter);
	struct lock_row *row, *home;
	u32 number, home_number, at;

	if (!slot)
		return 0;
	if (address)
		slot->woken_seq = slot->seq | 1;
	number = slot->last_lock.row;
	row = lock_at(number);
	if (!row || row->generation != slot->last_lock.generation || row->address != address)
		return 0;
	home_number = row->home ? row->home : number;
	home = lock_at(home_number);
	if (!home || !lock_waiters(home))
		return 0;
	at = blame_holder(home, home_number, number, slot->last_lock.generation, waker, now);
	if (!at)
		lock_blame_nobody(number, home_number, slot->sets);
	begin_interval(home, now);
	return at;
}

/* The word that a task waits for by a system call that it has made; 0: it has made another. */
static __always_inline u64 futex_called(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u32 number = SYSCALL_NUMBER(regs);

	return number == settings.futex_number || number == FUTEX_WAIT_NUMBER ? SYSCALL_ARG1(regs)
									      : 0;
}

/*
 * The word that a task waits for which the current one wakes. Who is woken by a private wake waits
 * for the word of that: known without a look at the other's kernel stack, which is cold here.
 */
static __always_inline u64 futex_of_woken(struct task_struct *task, struct pt_regs *wakers)
{
	u32 operation = SYSCALL_ARG2(wakers), command = operation & FUTEX_COMMAND;

	if (SYSCALL_NUMBER(wakers) == settings.futex_number && (operation & FUTEX_PRIVATE) &&
	    (command == FUTEX_WAKE || command == FUTEX_WAKE_BITSET))
		return SYSCALL_ARG1(wakers);
	return futex_called(task);
}

/* musl's condition variables and PI ones hand their waiters on to the mutex, another word. */
static __always_inline bool may_be_requeued(const struct thread_slot *slot)
{
	u32 command = slot->futex_operation & FUTEX_COMMAND;

	return command == FUTEX_WAIT_REQUEUE_PI ||
	       (command == FUTEX_WAIT && slot->futex_value == 2);
}

/*
 * Does the current task wake those who wait for another word than this sleeper? Then a timer, which
 * has only interrupted it, has ended the wait. Of words in shared memory it can't be told: they may
 * have another address here.
 */
static __always_inline bool wakes_others(const struct thread_slot *sleeper,
					 struct task_struct *waker, struct pt_regs *regs)
{
	u32 operation = SYSCALL_ARG2(regs), command = operation & FUTEX_COMMAND;

	if (SYSCALL_NUMBER(regs) != settings.futex_number ||
	    WAIT_KEY_NUMBER(sleeper->wait_key) != settings.futex_number)
		return false;
	if ((sleeper->futex_operation ^ operation) & FUTEX_PRIVATE)
		return true;
	if (!(operation & FUTEX_PRIVATE))
		return false;
	if (sleeper->space != (u64)waker->mm)
		return true;
	return (command == FUTEX_WAKE || command == FUTEX_WAKE_BITSET ||
		command == FUTEX_UNLOCK_PI) &&
	       sleeper->futex != SYSCALL_ARG1(regs) && (sleeper->futex_flags & FUTEX_TIMED) &&
	       !may_be_requeued(sleeper);
}

static __always_inline u32 slot_index_of(struct cpu_totals *cpu, struct task_struct *task)
{
	struct thread_slot *slot = recent_slot(recent_at(cpu, task->pid), task, task->pid);
	struct target_mark *mark;

	if (slot)
		return slot->index;
	mark = bpf_task_storage_get(&targets, task, NULL, 0);
	return mark ? mark->slot : ~0u;
}

/* Where it gives the lock up: its own stack, for it is the one that runs. */
__weak __noinline int take_releaser(u32 index, u32 at, u64 now)
{
	struct lock_edge *edge = edge_at(at);

	if (!edge || !stack_is_due(edge->stackless_blocked_ns, edge->blocked_others_ns, 0, now) ||
	    !stack_take(index) ||
	    !stack_send(index, STACK_RELEASER, at, edge->stackless_releases,
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
	u32 waiting, waking, edge, number = bpf_get_smp_processor_id();
	struct cpu_totals *cpu;
	struct pt_regs *regs;
	bool is_asleep;
	u64 now;

	if (bpf_core_field_exists(task->bpf_storage) && !task->bpf_storage)
		return 0;
	waker = bpf_get_current_task_btf();
	regs = (struct pt_regs *)bpf_task_pt_regs(waker);
	if ((waker->flags & PF_KTHREAD) || !gives_up(regs))
		return 0;
	cpu = bpf_map_lookup_elem(&cpus, &number);
	if (!cpu)
		return 0;
	waiting = slot_index_of(cpu, task);
	slot = slot_at(waiting);
	if (!slot)
		return 0;
	/* On its way to sleep, it is not among the waiters yet. */
	is_asleep = slot->state == THREAD_WAITING && slot->lock.row;
	if (is_asleep && ((slot->futex_flags & FUTEX_LEFT) || wakes_others(slot, waker, regs)))
		return 0;
	now = clock_anywhere();
	waking = slot_index_of(cpu, waker);
	if (is_asleep)
		edge = futex_woken(waiting, waking, now);
	else
		edge = futex_woken_early(waiting, futex_of_woken(task, regs), waking, now);
	slot = slot_at(waking);
	if (!edge || !slot || !control.take_stacks)
		return 0;
	take_releaser(waking, edge, now);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
