// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * The one hook on the hot path: filter, measure, record, count losses. It runs on every switch of
 * every CPU with the run-queue lock held, so it allocates nothing and inserts into no map.
 */
#include "bpf/account.h"
#include "bpf/clock.h"
#include "bpf/culprit.h"
#include "bpf/parallel.h"
#include "bpf/recent.h"

/*
 * The task for reading pointers only. For each that is read out of a task that it trusts, the
 * verifier searches all types of the kernel by name: half of the time that loading took. But loads
 * through this are checked at run time, so on the hot path all else is read from the task itself.
 */
static __always_inline struct task_struct *readable(struct task_struct *task)
{
	if (!settings.has_typed_cast)
		return task;
	return bpf_rdonly_cast(task, bpf_core_type_id_kernel(struct task_struct));
}

/* A task with no storage of any kind, as nearly all have, is no target: one load tells. */
static __always_inline bool has_storage(struct task_struct *task)
{
	return !bpf_core_field_exists(task->bpf_storage) || task->bpf_storage;
}

static __always_inline struct thread_slot *slot_of(struct task_struct *task)
{
	struct target_mark *mark = bpf_task_storage_get(&targets, task, NULL, 0);

	return mark ? bpf_map_lookup_elem(&threads, &mark->slot) : NULL;
}

/* The same, out of the CPU's short memory where it can; what is looked up is remembered there. */
static __always_inline struct thread_slot *
recent_slot_of(struct cpu_totals *cpu, struct task_struct *task, struct task_struct *view, u32 tid)
{
	struct recent_target *recent = recent_at(cpu, tid);
	struct thread_slot *slot = recent_slot(recent, task, tid);
	struct target_mark *mark;

	if (slot)
		return slot;
	if (!has_storage(view))
		return NULL;
	mark = bpf_task_storage_get(&targets, task, NULL, 0);
	if (!mark)
		return NULL;
	recent->task = (u64)task;
	recent->slot = mark->slot;
	return bpf_map_lookup_elem(&threads, &mark->slot);
}

/* The CPU's run queue, where it has always been. */
static __always_inline struct rq *rq_of(struct cpu_totals *cpu, struct task_struct *view)
{
	u64 address = cpu->rq;

	if (!settings.has_typed_cast)
		return view->se.cfs_rq->rq;
	if (!address)
		address = cpu->rq = (u64)view->se.cfs_rq->rq;
	return bpf_rdonly_cast((void *)address, bpf_core_type_id_kernel(struct rq));
}

static __always_inline void account_idle(struct cpu_totals *cpu, bool leaves, u64 now)
{
	if (!leaves) {
		cpu->idle_since_ns = now;
		return;
	}
	/* Its beginning was not seen: it followed shortly on what was seen last. */
	if (!cpu->idle_since_ns)
		cpu->idle_since_ns = cpu->seen_ns;
	if (cpu->idle_since_ns && now > cpu->idle_since_ns)
		cpu->idle_ns += now - cpu->idle_since_ns;
	cpu->idle_since_ns = 0;
}

static __always_inline void announce_exit(struct thread_slot *slot, struct task_struct *task)
{
	struct target_mark *mark = bpf_task_storage_get(&targets, task, NULL, 0);
	struct event event = { .kind = EVENT_EXIT, .pid = slot->pid };

	if (!mark)
		return;
	event.slot = mark->slot;
	event.generation = mark->generation;
	if (bpf_ringbuf_output(&events, &event, sizeof(event), 0))
		count_loss(&losses.records);
}

/* Those that the thread entered the kernel with; without a helper's call where it can. */
static __always_inline struct pt_regs *registers_of(struct thread_slot *slot,
						    struct task_struct *task)
{
	if (!settings.has_typed_cast)
		return (struct pt_regs *)bpf_task_pt_regs(task);
	return bpf_rdonly_cast((void *)slot->registers, bpf_core_type_id_kernel(struct pt_regs));
}

static __always_inline void switch_out(struct thread_slot *slot, struct task_struct *prev,
				       struct task_struct *view, u32 state, struct cpu_totals *cpu,
				       u64 now)
{
	struct pt_regs *regs = registers_of(slot, prev);
	u64 ran = account_out(slot, prev, view, regs, state, now);

	add_to_sets(cpu->target_ns, slot->sets, ran);
	stint_of_target(cpu, slot, prev, ran, now);
	if (now >= cpu->moment_next_ns)
		moment_take(cpu, now);
}

/* `taker`: who has the CPU now; NULL: nobody. */
static __always_inline void after_leaving(struct thread_slot *slot, struct task_struct *prev,
					  u32 state, struct task_struct *taker)
{
	slot_write_end(slot);
	slot->was_taken = !state && taker;
	if (slot->was_taken)
		remember_taker(slot, taker);
	if (state & TASK_DEAD && slot_dies(slot))
		announce_exit(slot, prev);
}

static __always_inline u64 run_delay_of(struct task_struct *task)
{
	return settings.use_sched_info ? task->sched_info.run_delay : 0;
}

static __always_inline u64 queued_since(struct task_struct *task)
{
	return settings.use_sched_info ? task->sched_info.last_queued : 0;
}

static __always_inline u64 switch_in(struct thread_slot *slot, struct task_struct *next, u32 cpu,
				     u64 now)
{
	slot->cpu = cpu;
	slot->migrations = next->se.nr_migrations;
	return account_in(slot, run_delay_of(next), queued_since(next), now);
}

/* Global: rare, so nothing of it is to stand in the way of what is not. */
__weak __noinline int late_switch_in(u32 index, u64 migrations, u64 delay, u64 queued, u64 arrival)
{
	struct thread_slot *slot = slot_at(index);

	if (!slot)
		return 0;
	slot_write_begin(slot);
	parallel_switch(NULL, slot, arrival);
	slot->cpu = bpf_get_smp_processor_id();
	slot->migrations = migrations;
	account_in(slot, delay, queued, arrival);
	slot_write_end(slot);
	return 0;
}

/*
 * A switch-in that the probe did not see: some kernels run no BPF program in the context of certain
 * tasks, so what they hand the CPU to arrives unseen. The kernel kept the time of arrival: account
 * the switch-in now as of then. Moves of the parallelism may come late, for they add up signed.
 */
static __always_inline void catch_up(struct thread_slot *slot, struct task_struct *prev, u64 now)
{
	u64 arrival = now;

	if (slot->state == THREAD_RUNNING || slot->state == THREAD_UNKNOWN)
		return;
	if (settings.use_sched_info && settings.use_rq_clock)
		arrival = prev->sched_info.last_arrival;
	else
		slot->missed_switches++;
	if (arrival > now || arrival < slot->since_ns)
		arrival = slot->since_ns;
	late_switch_in(slot->index, prev->se.nr_migrations, run_delay_of(prev), queued_since(prev),
		       arrival);
}

/* Two tests in a row: the verifier refuses the OR of two pointers that clang would make of them. */
static __always_inline bool neither(const void *one, const void *other)
{
	if (one)
		return false;
	barrier();
	return !other;
}

/* The CPU's own account up to the time that is returned. */
static __always_inline u64 account_cpu(struct cpu_totals *cpu, struct rq *rq, bool from_idle,
				       bool to_idle)
{
	u64 now = settings.use_rq_clock ? rq->clock : bpf_ktime_get_ns();

	if (from_idle || to_idle)
		account_idle(cpu, from_idle, now);
	cpu->seen_ns = now;
	clock_sample(cpu, now);
	return now;
}

/* `next_view`: who gets the CPU; NULL where that is the idle task. */
static __always_inline void leave(struct thread_slot *slot, u64 *ctx, struct task_struct *prev_view,
				  struct task_struct *next_view, struct cpu_totals *cpu, u64 now)
{
	struct task_struct *prev = (struct task_struct *)ctx[1];
	u32 state = settings.has_switch_state ? (u32)ctx[3] : prev->__state;

	switch_out(slot, prev, prev_view, state, cpu, now);
	if (!state)
		cpu->curious = CURIOUS_SWITCHES;
	after_leaving(slot, prev, state, next_view);
}

static __always_inline void enter(struct thread_slot *slot, struct task_struct *next,
				  struct cpu_totals *cpu, u32 cpu_number, u64 now)
{
	u64 ready = switch_in(slot, next, cpu_number, now);

	slot_write_end(slot);
	if (ready >= CULPRIT_MIN_NS)
		blame(slot, cpu, cpu_number, ready, queued_since(next), now);
}

/* One other follows another, while a target may be waiting for both. */
static __always_inline void look_at_others(struct cpu_totals *cpu, struct task_struct *prev)
{
	cpu->curious--;
	stint_of_other(cpu, prev,
		       settings.use_rq_clock ? rq_of(cpu, prev)->clock : bpf_ktime_get_ns());
}

SEC("tp_btf/sched_switch")
int partrace_switch(u64 *ctx)
{
	struct task_struct *prev = (struct task_struct *)ctx[1], *prev_view = readable(prev);
	struct task_struct *next = (struct task_struct *)ctx[2], *next_view = readable(next);
	bool from_idle = !prev->pid, to_idle = !next->pid;
	struct thread_slot *leaver = NULL, *enterer = NULL;
	u32 number = bpf_get_smp_processor_id();
	struct cpu_totals *cpu;
	struct rq *rq;
	u64 now;

	cpu = bpf_map_lookup_elem(&cpus, &number);
	if (!cpu)
		return 0;
	if (!from_idle)
		leaver = recent_slot_of(cpu, prev, prev_view, prev->pid);
	if (!to_idle)
		enterer = recent_slot_of(cpu, next, next_view, next->pid);
	if (!from_idle && !to_idle && neither(leaver, enterer) && !control.clock_wanted) {
		if (cpu->curious)
			look_at_others(cpu, prev_view);
		return 0;
	}
	rq = rq_of(cpu, prev_view);
	now = account_cpu(cpu, rq, from_idle, to_idle);
	if (neither(leaver, enterer))
		return 0;
	if (settings.use_rq_clock)
		cpu->stolen_ns = now - rq->clock_task;
	if (leaver) {
		catch_up(leaver, prev, now);
		slot_write_begin(leaver);
	}
	if (enterer)
		slot_write_begin(enterer);
	parallel_switch(leaver, enterer, now);
	if (leaver)
		leave(leaver, ctx, prev_view, to_idle ? NULL : next_view, cpu, now);
	else if (!from_idle)
		stint_of_other(cpu, prev_view, now);
	if (enterer)
		enter(enterer, next, cpu, number, now);
	return 0;
}

/* Only where the kernel keeps no run_delay (no CONFIG_SCHED_INFO): when did the wait end? */
SEC("tp_btf/sched_wakeup")
int partrace_wakeup(u64 *ctx)
{
	struct thread_slot *slot = slot_of((struct task_struct *)ctx[0]);

	if (slot && !slot->woken_ns)
		slot->woken_ns = clock_anywhere();
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
