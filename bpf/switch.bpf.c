// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * The one hook on the hot path: filter, measure, record, count losses. It runs on every switch of
 * every CPU with the run-queue lock held, so it allocates nothing and inserts into no map.
 */
#include "bpf/account.h"
#include "bpf/clock.h"
#include "bpf/culprit.h"
#include "bpf/parallel.h"

/*
 * The task for reading only. For each pointer that is read out of a task that it trusts, the
 * verifier searches all types of the kernel by name: half of the time that loading took.
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

/*
 * The same for a task that has some storage, out of the CPU's short memory where it can: a slot
 * that is alive and bears the task's TID is the task's, whatever has happened meanwhile.
 */
static __always_inline struct thread_slot *recent_slot_of(struct cpu_totals *cpu,
							  struct task_struct *task, u32 tid)
{
	struct recent_target *recent = &cpu->recent[tid & (RECENT_TARGETS - 1)];
	struct target_mark *mark;
	struct thread_slot *slot;

	if (recent->tid == tid) {
		slot = bpf_map_lookup_elem(&threads, &recent->slot);
		if (slot && slot->tid == tid && slot->life == SLOT_LIVE)
			return slot;
	}
	mark = bpf_task_storage_get(&targets, task, NULL, 0);
	if (!mark)
		return NULL;
	recent->tid = tid;
	recent->slot = mark->slot;
	return bpf_map_lookup_elem(&threads, &mark->slot);
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

static __always_inline void switch_out(struct thread_slot *slot, struct task_struct *prev,
				       struct pt_regs *regs, u32 state, struct cpu_totals *cpu,
				       u64 now)
{
	u64 ran;

	ran = account_out(slot, prev, regs, state, now);
	add_to_sets(cpu->target_ns, slot->sets, ran);
}

static __always_inline u64 switch_in(struct thread_slot *slot, struct task_struct *next, u32 cpu,
				     u64 now)
{
	u64 delay = settings.use_sched_info ? next->sched_info.run_delay : 0;
	u64 queued = settings.use_sched_info ? next->sched_info.last_queued : 0;

	slot->cpu = cpu;
	slot->migrations = next->se.nr_migrations;
	return account_in(slot->index, delay, queued, now);
}

/*
 * A switch-in that the probe did not see: some kernels run no BPF program in the context of certain
 * tasks, so what they hand the CPU to arrives unseen. The kernel kept the time of arrival: account
 * the switch-in now as of then. Moves of the parallelism may come late, for they add up signed.
 */
static __always_inline void catch_up(struct thread_slot *slot, struct task_struct *prev, u32 cpu,
				     u64 now)
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
	slot_write_begin(slot);
	parallel_switch(NULL, slot, arrival);
	switch_in(slot, prev, cpu, arrival);
	slot_write_end(slot);
}

/* Two tests in a row: the verifier refuses the OR of two pointers that clang would make of them. */
static __always_inline bool neither(const void *one, const void *other)
{
	if (one)
		return false;
	barrier();
	return !other;
}

SEC("tp_btf/sched_switch")
int partrace_switch(u64 *ctx)
{
	struct task_struct *from = (struct task_struct *)ctx[1], *prev = readable(from);
	struct task_struct *to = (struct task_struct *)ctx[2], *next = readable(to);
	bool from_idle = !prev->pid, to_idle = !next->pid;
	bool may_leave = !from_idle && has_storage(prev), may_enter = !to_idle && has_storage(next);
	struct thread_slot *leaver = NULL, *enterer = NULL;
	u32 number, state;
	struct cpu_totals *cpu;
	u64 now, ready;

	if (!from_idle && !to_idle && !may_leave && !may_enter && !control.clock_wanted)
		return 0;
	number = bpf_get_smp_processor_id();
	cpu = bpf_map_lookup_elem(&cpus, &number);
	if (!cpu)
		return 0;
	if (may_leave)
		leaver = recent_slot_of(cpu, from, prev->pid);
	if (may_enter)
		enterer = recent_slot_of(cpu, to, next->pid);
	now = clock_of_switch(prev);
	if (from_idle || to_idle)
		account_idle(cpu, from_idle, now);
	cpu->seen_ns = now;
	clock_sample(cpu, now);
	if (neither(leaver, enterer))
		return 0;
	if (settings.use_rq_clock)
		cpu->stolen_ns = now - prev->se.cfs_rq->rq->clock_task;
	if (leaver) {
		catch_up(leaver, prev, number, now);
		slot_write_begin(leaver);
	}
	if (enterer)
		slot_write_begin(enterer);
	parallel_switch(leaver, enterer, now);
	if (leaver) {
		state = settings.has_switch_state ? (u32)ctx[3] : prev->__state;
		switch_out(leaver, prev, (struct pt_regs *)bpf_task_pt_regs(from), state, cpu, now);
		slot_write_end(leaver);
		leaver->was_taken = !state && !to_idle;
		if (leaver->was_taken)
			remember_taker(leaver, next);
		if (state & TASK_DEAD) {
			leaver->life = SLOT_DEAD;
			announce_exit(leaver, from);
		}
	}
	if (enterer) {
		ready = switch_in(enterer, next, number, now);
		slot_write_end(enterer);
		if (ready >= CULPRIT_MIN_NS)
			blame(enterer, prev, number, ready);
	}
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
