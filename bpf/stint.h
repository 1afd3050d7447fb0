/* SPDX-License-Identifier: BSD-2-Clause */
/* Who has had a CPU lately, and from when to when: what threads that get it next waited for. */
#ifndef PARTRACE_BPF_STINT_H
#define PARTRACE_BPF_STINT_H

#include "bpf/identity.h"
#include "bpf/name.h"

/*
 * Waits below are only summed: asking would cost more than they did. Nor is who had a CPU for less
 * named to those that waited for more.
 */
#define CULPRIT_MIN_NS 5000

/*
 * When a target has to leave its CPU, so many switches between others are looked at: it may get
 * the CPU back after some of them, or never.
 */
#define CURIOUS_SWITCHES 100

static __always_inline struct stint *newest_stint(struct cpu_totals *cpu)
{
	return &cpu->stints[cpu->stint & (STINTS - 1)];
}

/* Its name is still to be told. */
static __always_inline struct stint *add_stint(struct cpu_totals *cpu, u32 tid, u32 sets, u64 from,
					       u64 until)
{
	struct stint *stint;

	cpu->stint++;
	stint = newest_stint(cpu);
	stint->from_ns = from;
	stint->until_ns = until;
	stint->ran_ns = until - from;
	stint->idle_ns = cpu->idle_ns;
	stint->tid = tid;
	stint->sets = sets;
	return stint;
}

static __always_inline void long_stint_of_target(struct cpu_totals *cpu, struct thread_slot *slot,
						 struct task_struct *task, u64 ran, u64 now)
{
	struct stint *stint = add_stint(cpu, slot->tid, slot->sets, now - ran, now);
	struct name name = name_of(task);

	stint->pid = slot->pid;
	stint->shown_tid = slot->shown_tid;
	stint->is_kernel = 0;
	set_name(stint->comm, name.words[0], name.words[1]);
}

static __always_inline void stint_of_target(struct cpu_totals *cpu, struct thread_slot *slot,
					    struct task_struct *task, u64 ran, u64 now)
{
	struct stint *stint = newest_stint(cpu);

	if (ran >= CULPRIT_MIN_NS) {
		long_stint_of_target(cpu, slot, task, ran, now);
		return;
	}
	if (!stint->tid && stint->sets == (u16)slot->sets &&
	    now - ran - stint->until_ns < CULPRIT_MIN_NS && now - stint->from_ns < CPU_MOMENT_NS) {
		stint->until_ns = now;
		stint->ran_ns += ran;
		stint->idle_ns = cpu->idle_ns;
		return;
	}
	add_stint(cpu, 0, slot->sets, now - ran, now);
}

/*
 * When a task that is no target got the CPU: by the kernel's own account of it. Where there is none
 * it had it since it was last seen with another.
 */
static __always_inline u64 arrival_of(struct cpu_totals *cpu, struct task_struct *task, u64 now)
{
	u64 seen = newest_stint(cpu)->until_ns, arrival = 0;

	if (settings.use_sched_info && settings.use_rq_clock)
		arrival = task->sched_info.last_arrival;
	if (arrival < seen)
		arrival = seen;
	return arrival && arrival < now ? arrival : now;
}

/* A task that is no target leaves the CPU. */
static __noinline void stint_of_other(struct cpu_totals *cpu, struct task_struct *task, u64 now)
{
	u64 arrival = arrival_of(cpu, task, now);
	struct stint *stint;
	struct name name;

	if (now - arrival < CULPRIT_MIN_NS)
		return;
	name = name_of(task);
	stint = add_stint(cpu, task->pid, 0, arrival, now);
	stint->pid = shown_pid(task);
	stint->shown_tid = shown_tid(task);
	stint->is_kernel = !!(task->flags & PF_KTHREAD);
	set_name(stint->comm, name.words[0], name.words[1]);
}

#endif
