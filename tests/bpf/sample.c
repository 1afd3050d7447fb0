// SPDX-License-Identifier: BSD-2-Clause
/* Samples of code on this kernel, as the probes give them out. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "tests/bpf/watched.h"

TestSuite(sample, .timeout = 60);

struct seen {
	pid_t pid;
	unsigned int samples, strangers, of_kernel, without_stack;
	uint32_t most_running;
};

static void on_stack(const struct stack_head *head, const uint8_t *memory, void *context)
{
	struct seen *seen = context;

	(void)memory;
	if (head->role != STACK_SAMPLE)
		return;
	seen->strangers += head->pid != (uint32_t)seen->pid;
	seen->samples++;
	seen->of_kernel += head->in_kernel != 0;
	seen->without_stack += !head->has_registers || !head->bytes;
	if (head->running[0] > seen->most_running)
		seen->most_running = head->running[0];
}

static void on_event(const struct event *event, void *context)
{
	(void)event;
	(void)context;
}

/* A child that does `work` until it is killed, a target of set 0. */
static struct seen watch(struct probe *probe, void (*work)(void), int ms)
{
	struct seen seen = { .pid = fork() };
	uint64_t until_ns = monotonic_ns() + (uint64_t)ms * NSEC_PER_MSEC;
	int status;

	if (seen.pid == 0)
		for (;;)
			work();
	probe_on_event(probe, on_event, &seen);
	probe_on_stack(probe, on_stack);
	cr_assert_eq(watch_process(probe, 0, seen.pid), 1);
	while (monotonic_ns() < until_ns) {
		usleep(50000);
		probe_drain(probe);
	}
	kill(seen.pid, SIGKILL);
	waitpid(seen.pid, &status, 0);
	return seen;
}

static void compute(void)
{
	for (volatile int i = 0; i < 100000; i++)
		;
}

static void rest(void)
{
	pause();
}

Test(sample, sees_where_a_target_computes_and_nobody_else)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });
	struct seen seen;
	uint64_t ran_ns;

	cr_assert_eq(probe_sample_start(probe), 0);
	cr_assert_neq(probe_sample_period_ns(probe), 0);
	seen = watch(probe, compute, 2000);
	ran_ns = probe_slot(probe, 0)->running_ns;
	/* It may have shared its CPU. */
	cr_assert(seen.samples * probe_sample_period_ns(probe) >= ran_ns * 8 / 10, "%u of %lu ms",
		  seen.samples, ran_ns / NSEC_PER_MSEC);
	cr_assert(seen.samples * probe_sample_period_ns(probe) <= ran_ns * 12 / 10, "%u of %lu ms",
		  seen.samples, ran_ns / NSEC_PER_MSEC);
	cr_assert_eq(seen.strangers, 0);
	cr_assert(seen.without_stack <= seen.samples / 20, "%u", seen.without_stack);
	cr_assert_eq(seen.most_running, 1);
	cr_assert_eq(probe_losses(probe).samples, 0);
	probe_close(probe);
}

Test(sample, takes_none_of_who_does_not_run)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });
	struct seen seen;

	cr_assert_eq(probe_sample_start(probe), 0);
	seen = watch(probe, rest, 300);
	cr_assert(seen.samples <= 1, "%u", seen.samples);
	probe_close(probe);
}

Test(sample, stops_when_it_is_told_to)
{
	struct probe *probe = open_probe((struct probe_options){ .max_threads = 64 });
	struct seen seen;

	cr_assert_eq(probe_sample_start(probe), 0);
	probe_sample_stop(probe);
	cr_assert_eq(probe_sample_period_ns(probe), 0);
	seen = watch(probe, compute, 300);
	cr_assert_eq(seen.samples, 0);
	probe_close(probe);
}

Test(sample, is_refused_alone_where_the_kernel_did_not_load_it)
{
	struct probe *probe =
		open_probe((struct probe_options){ .max_threads = 64, .without_samples = true });

	cr_assert_eq(probe_sample_start(probe), -EOPNOTSUPP);
	cr_assert_eq(probe_sample_period_ns(probe), 0);
	probe_close(probe);
}
