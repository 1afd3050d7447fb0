// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/probe/probe_parts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/probe/features.h"
#include "daemon/probe/record.h"
#include "daemon/probe/syscalls.h"

static const char TOO_MANY_FILES[] =
	"the limit of open files is too low for the probes: raise it, with `ulimit -n 1024`";

static int handle_event(void *context, void *data, size_t size)
{
	const struct event *event = record_event(data, size);
	struct probe *probe = context;

	if (event && probe->on_event)
		probe->on_event(event, probe->event_context);
	return 0;
}

static int handle_stack(void *context, void *data, size_t size)
{
	const struct stack_head *head = record_stack(data, size);
	struct probe *probe = context;

	if (head && probe->on_stack)
		probe->on_stack(head, (const uint8_t *)(head + 1), probe->event_context);
	return 0;
}

static void configure(struct probe *probe, const struct probe_options *options,
		      const struct features *features)
{
	struct partrace_bpf *skeleton = probe->skeleton;
	struct probe_settings *settings = (struct probe_settings *)&skeleton->rodata->settings;

	settings->has_switch_state = features->switch_state;
	settings->has_typed_cast = features->typed_cast && !options->without_typed_cast;
	settings->has_find_vma = features->find_vma && !options->without_find_vma;
	settings->page_shift = (__u8)__builtin_ctzl((unsigned long)sysconf(_SC_PAGESIZE));
	settings->use_rq_clock = features->rq_clock && !options->without_rq_clock;
	settings->use_sched_info = features->sched_info && !options->without_sched_info;
	settings->yield_number = SYS_sched_yield;
	settings->restart_number = SYS_restart_syscall;
	settings->clock_nanosleep_number = SYS_clock_nanosleep;
	settings->nanosleep_number = SYS_nanosleep;
#ifdef SYS_poll
	settings->poll_number = SYS_poll;
#else
	settings->poll_number = SYSCALLS_MAX;
#endif
	settings->futex_number = SYS_futex;
	settings->exit_number = SYS_exit;
	settings->exit_group_number = SYS_exit_group;
	settings->max_threads = options->max_threads;
	syscalls_fill(settings->wait_of_syscall);
	bpf_program__set_autoload(skeleton->progs.partrace_wakeup, !settings->use_sched_info);
	bpf_program__set_autoattach(skeleton->progs.partrace_cgroup, false);
	bpf_program__set_autoattach(skeleton->progs.partrace_waking, false);
	bpf_program__set_autoload(skeleton->progs.partrace_sample, !options->without_samples);

	probe->max_threads = options->max_threads;
	probe->cpu_count = libbpf_num_possible_cpus();
	bpf_map__set_max_entries(skeleton->maps.threads, probe->max_threads);
	bpf_map__set_max_entries(skeleton->maps.free_slots, probe->max_threads);
	probe->standing_count = probe_standing_count(probe->max_threads);
	bpf_map__set_max_entries(skeleton->maps.standing, probe->standing_count);
	bpf_map__set_max_entries(skeleton->maps.cpus, probe->cpu_count);
	bpf_map__set_max_entries(skeleton->maps.culprits, probe->cpu_count);
}

/* A kernel that refuses the samples of code shall have all the rest. */
static int load_most(struct probe *probe, const struct probe_options *options,
		     const struct features *features)
{
	struct probe_options fewer = *options;
	int r = partrace_bpf__load(probe->skeleton);

	if (r >= 0 || r == -EPERM || options->without_samples)
		return r;
	partrace_bpf__destroy(probe->skeleton);
	probe->skeleton = partrace_bpf__open();
	if (!probe->skeleton)
		return -errno;
	fewer.without_samples = true;
	configure(probe, &fewer, features);
	return partrace_bpf__load(probe->skeleton);
}

static int load(struct probe *probe, const struct probe_options *options,
		const struct features *features, char *why, size_t why_size)
{
	int r = load_most(probe, options, features);

	if (!r)
		r = partrace_bpf__attach(probe->skeleton);
	if (r == -EPERM) {
		snprintf(why, why_size,
			 "the kernel refuses to load the probes: run as root, or with CAP_BPF and "
			 "CAP_PERFMON");
		return -EPERM;
	}
	if (r == -EMFILE)
		snprintf(why, why_size, "%s", TOO_MANY_FILES);
	else if (r < 0)
		snprintf(why, why_size, "the kernel cannot load the probes: %s", strerror(-r));
	return r;
}

static int open_mapped(struct probe *probe, char *why, size_t why_size)
{
	int r = probe_map_shared(probe);

	if (!r)
		r = probe_map_locks(probe);
	if (r < 0) {
		snprintf(why, why_size, "no memory for %u thread slots: %s", probe->max_threads,
			 strerror(-r));
		return r;
	}
	probe->events = ring_buffer__new(bpf_map__fd(probe->skeleton->maps.events), handle_event,
					 probe, NULL);
	if (probe->events)
		probe->stacks_sent = ring_buffer__new(bpf_map__fd(probe->skeleton->maps.samples),
						      handle_stack, probe, NULL);
	if (!probe->stacks_sent) {
		r = -errno;
		if (r == -EMFILE)
			snprintf(why, why_size, "%s", TOO_MANY_FILES);
		else
			snprintf(why, why_size, "no ring buffer: %s", strerror(-r));
	}
	return r;
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!getenv("PARTRACE_DEBUG_LIBBPF"))
		return 0;
	(void)level;
	return vfprintf(stderr, format, args);
}

int probe_open(const struct probe_options *options, struct probe **ret, char *why, size_t why_size)
{
	_cleanup_(probe_closep) struct probe *probe = NULL;
	struct features features;
	int r;

	libbpf_set_print(silent);
	r = features_read(&features, why, why_size);
	if (r < 0)
		return r;
	probe = calloc(1, sizeof(*probe));
	if (!probe)
		return -ENOMEM;
	probe->stats_fd = -1;
	probe->skeleton = partrace_bpf__open();
	if (!probe->skeleton) {
		snprintf(why, why_size, "the probes cannot be opened: %s", strerror(errno));
		return -errno;
	}
	configure(probe, options, &features);
	r = load(probe, options, &features, why, why_size);
	if (!r)
		r = open_mapped(probe, why, why_size);
	if (!r)
		r = probe_look_at_self(probe);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(probe);
	return 0;
}

void probe_close(struct probe *probe)
{
	if (!probe)
		return;
	probe_sample_stop(probe);
	probe_cost_stop(probe);
	ring_buffer__free(probe->events);
	ring_buffer__free(probe->stacks_sent);
	probe_unmap_shared(probe);
	probe_unmap_locks(probe);
	partrace_bpf__destroy(probe->skeleton);
	free(probe);
}

void probe_closep(struct probe **probe)
{
	probe_close(*probe);
}

void probe_on_event(struct probe *probe, probe_event_fn fn, void *context)
{
	probe->on_event = fn;
	probe->event_context = context;
}

void probe_on_stack(struct probe *probe, probe_stack_fn fn)
{
	probe->on_stack = fn;
	probe->skeleton->bss->control.take_stacks = fn != NULL;
}

int probe_fd(const struct probe *probe)
{
	return ring_buffer__epoll_fd(probe->events);
}

int probe_stacks_fd(const struct probe *probe)
{
	return ring_buffer__epoll_fd(probe->stacks_sent);
}

void probe_drain(struct probe *probe)
{
	ring_buffer__consume(probe->stacks_sent);
	ring_buffer__consume(probe->events);
}
