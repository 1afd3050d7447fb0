/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report, "partrace.report/1": the one document that every output is a view of.
 *
 * The daemon fills these structs and encodes them; the client decodes the document into the same
 * structs. The tables in report_fields.h name every key once, for both directions.
 *
 * Strings are borrowed: from the session while encoding, from the JSON document while reading.
 * Times are nanoseconds; times of day are RFC 3339; the window's own zero is window.started_at.
 */
#ifndef PARTRACE_API_REPORT_H
#define PARTRACE_API_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/wait.h"
#include "api/report_code.h"
#include "api/report_findings.h"
#include "api/report_locks.h"

/* Encoded as null. */
#define NO_VALUE UINT64_MAX

struct report_host {
	const char *kernel;
	uint64_t cpus; /* online */
	const char *cpu_model;
	uint64_t memory_bytes;
};

struct report_target {
	const char *kind;     /* run, exec, attach */
	const char *what;     /* of attach: the target as it was named */
	const char *workload; /* null unless kind is run */
	const char *runtime;  /* python; null when it is native, or kind is not run */
	const char *mode;     /* threads, processes; null unless kind is run */
	uint64_t workers;     /* NO_VALUE unless kind is run */
	const char **command; /* empty unless kind is exec */
	size_t command_count;
	uint64_t *pids;
	size_t pids_count;
};

struct report_window {
	const char *started_at;
	uint64_t duration_ns;
};

/* What the waits of one cause were in. */
struct report_syscall {
	const char *name; /* of the system call, or "page fault", "stop", "kernel", "others" */
	const char *file; /* kind of the file waited for; NULL when there is none */
	uint64_t count;
	uint64_t time_ns;
};

struct report_wait {
	uint64_t count;
	uint64_t time_ns;  /* blocked */
	uint64_t ready_ns; /* the run-queue delay that ended these waits; part of all ready_ns */
	struct report_syscall *syscalls; /* longest first; not of processes */
	size_t syscalls_count;
};

/* What a thread, a process or the whole target did in the window. */
struct report_figures {
	uint64_t running_ns;
	uint64_t ready_ns;
	uint64_t waiting_ns;
	uint64_t voluntary;
	uint64_t involuntary;
	uint64_t migrations;
	uint64_t stolen_ns; /* part of running_ns in which the CPU was taken away */
	uint64_t yields;    /* part of the involuntary switches */
	struct report_wait waits[WAIT_COUNT];
};

struct report_bucket {
	uint64_t up_to_ns; /* exclusive */
	uint64_t count;
};

/* A task that others had to wait for. */
struct report_culprit {
	uint64_t tid;
	uint64_t pid;
	const char *name;
	const char *kind;  /* target, other, kernel */
	uint64_t ahead_ns; /* of their waits it had the CPU so long */
	uint64_t ahead;    /* so many times */
	uint64_t taken_ns; /* waits that began when it took the CPU from a running target */
	uint64_t taken;
};

struct report_run_queue {
	uint64_t count;
	uint64_t mean_ns;
	uint64_t p50_ns; /* percentiles are good to +-12 % */
	uint64_t p90_ns;
	uint64_t p99_ns;
	uint64_t max_ns;
	struct report_bucket *histogram; /* empty buckets left out */
	size_t histogram_count;
	/* only of the whole target: */
	struct report_culprit *culprits; /* the worst first */
	size_t culprits_count;
	uint64_t idle_ns;     /* the CPU was idle: it took its time to wake, or a quota */
	uint64_t more_ns;     /* behind tasks that have no row here */
	uint64_t more_own_ns; /* the part of it behind the target's own threads */
	uint64_t earlier_ns;  /* longer ago than the probes remember, or on another CPU */
	uint64_t short_ns;    /* waits too short to ask who was ahead */
};

struct report_totals {
	uint64_t processes;
	uint64_t threads;
	struct report_figures figures;
};

struct report_parallelism {
	double mean; /* over the window */
	uint64_t max;
	uint64_t *time_at_level_ns; /* index = target threads on a CPU at once */
	size_t levels;
	uint64_t unsettled; /* looks that may be one interval off, in a thread's criticality only */
	uint64_t late_ns;   /* for so long the level was known only later: the profile's error */
};

struct report_cpu {
	uint64_t cpu;
	uint64_t target_ns;
	uint64_t other_ns;
	uint64_t idle_ns;
	uint64_t stolen_ns; /* taken by the hypervisor or interrupts; part of the others */
};

/* A CPU quota of a cgroup that binds the target. */
struct report_quota {
	const char *cgroup;
	double cpus;
	uint64_t watched_ns;   /* the part of the window in which it bound; all below is of that */
	uint64_t throttled_ns; /* summed over the cgroup's CPUs, as its cpu.stat has it */
	uint64_t periods;
	uint64_t throttled_periods;
};

struct report_process {
	uint64_t pid;
	const char *name;
	const char *command; /* its arguments, joined by spaces */
	uint64_t threads;    /* target threads, exited ones included */
	uint64_t folded;     /* of these, exited ones that have no row of their own */
	uint64_t rss_bytes;  /* now, or the peak of an exited process; NO_VALUE when unknown */
	uint64_t pss_bytes;  /* NO_VALUE when unknown */
	/* each thread waits, without a timeout, for another one of it (or itself) to wake it, or
	 * for processes of which the same is true */
	bool stuck;
	/* who traces it (a debugger, strace), where stops were seen; NO_VALUE and NULL: nobody */
	uint64_t tracer_pid;
	const char *tracer;
	struct report_figures figures;
};

static inline bool report_is_traced(const struct report_process *process)
{
	return process->tracer_pid && process->tracer_pid != NO_VALUE;
}

/* Percent of each column of the window (timeline.column_ns wide). */
struct report_series {
	const uint8_t *percent;
	size_t columns;
};

struct report_life {
	struct report_series running;
	struct report_series ready;
	struct report_series waiting;
};

struct report_timeline {
	uint64_t columns; /* the last one may be narrower than the others */
	uint64_t column_ns;
};

/* How often a thread went from one state to the next. */
struct report_transitions {
	uint64_t ready_to_running;
	uint64_t running_to_ready;
	uint64_t running_to_waiting;
	uint64_t waiting_to_ready;
};

struct report_thread {
	uint64_t tid;
	uint64_t pid;
	const char *name;
	const char *state;      /* running, ready, waiting, exited */
	int64_t started_ns;     /* since the window's start; negative when born before */
	uint64_t exited_ns;     /* since the window's start; NO_VALUE while it lives */
	int64_t since_ns;       /* in its last state, since the window's start; may be negative */
	uint64_t born_ready_ns; /* from birth to its first run; NO_VALUE: not seen */
	uint64_t criticality_ns;
	struct report_transitions transitions;
	struct report_figures figures;
	struct report_run_queue run_queue;
	struct report_life life;
	const char *start;     /* the function that it was started for; NULL: not known */
	const char *cause;     /* of its wait now: lock, io, …; NULL when it does not wait */
	const char *syscall;   /* it waits in now; NULL when it does not wait in one */
	const char *waits_for; /* id of the lock it waits for now; NULL: none */
	struct report_frame *frames; /* where it waits now; only where stacks were asked for */
	size_t frames_count;
	const char *frames_end; /* root: down to its start; short: cut off; NULL: no frames */
};

struct report_probes {
	uint64_t events;     /* switches to or from a target */
	double ns_per_event; /* NaN (null) where the kernel refused to measure or had no time to */
	double share_of_cpu; /* 0…1 of all CPUs' time; NaN as above */
	uint64_t sampled_ns; /* for how long it was measured; NO_VALUE as above */
};

struct report_completeness {
	bool complete;
	uint64_t lost_records;
	uint64_t untracked_threads;
	uint64_t lost_stacks;
	uint64_t short_stacks;        /* cut off before the thread's start */
	uint64_t late_stacks;         /* whose names had not come when the report was made */
	uint64_t lost_samples;        /* of code; the others stand for them */
	uint64_t unchecked_processes; /* of which it was not looked whether they are stuck */
	uint64_t clamped;             /* negative differences met and set to 0 */
	uint64_t missed_switches;
	const char **reasons;
	size_t reasons_count;
};

struct report {
	const char *schema;
	const char *partrace;
	struct report_host host;
	struct report_target target;
	struct report_window window;
	struct report_totals totals;
	struct report_parallelism parallelism;
	struct report_run_queue run_queue;
	struct report_timeline timeline;
	struct report_cpu *cpus;
	size_t cpus_count;
	struct report_quota *quotas;
	size_t quotas_count;
	struct report_process *processes;
	size_t processes_count;
	struct report_thread *threads;
	size_t threads_count;
	struct report_lock *locks; /* the longest waited for first */
	size_t locks_count;
	struct report_more_locks more_locks;
	/* Contended locks whose waiters sleep each on a word of its own, summed for each function
	 * that takes them: the longest waited for first. Their rows are in `locks` as well. */
	struct report_lock *lock_crowds;
	size_t lock_crowds_count;
	const char **notes; /* in words, what cannot be seen in this target */
	size_t notes_count;
	struct report_deadlock *deadlocks;
	size_t deadlocks_count;
	struct report_code *code; /* the most serial first */
	size_t code_count;
	struct report_code_stack *code_stacks; /* likewise */
	size_t code_stacks_count;
	struct report_sampling sampling;
	const char *verdict;             /* id of the first finding; NULL: there are none */
	struct report_finding *findings; /* the limiting one first */
	size_t findings_count;
	struct report_probes probes;
	struct report_completeness completeness;
};

#endif
