// SPDX-License-Identifier: BSD-2-Clause
/* Programs that we did not write, already running: against the kernel's own account of them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/api.h"
#include "tests/support/command.h"
#include "tests/support/rows.h"
#include "tests/support/victim.h"

TestSuite(attach, .timeout = 90);

#define WINDOW_MS 2000

static json_t *final_report(const struct api_daemon *daemon, const char *id)
{
	struct api_answer answer;
	char path[96];
	json_t *report;

	snprintf(path, sizeof(path), "/v1/sessions/%s", id);
	answer = api_ask(daemon, "DELETE", path, NULL);
	cr_assert_eq(answer.status, 200, "%s", answer.text);
	report = json_incref(answer.document);
	api_release(&answer);
	return report;
}

static void assert_share(double got, double want, double share, double slack, const char *what,
			 const char *program)
{
	cr_assert(fabs(got - want) <= fmax(want * share, slack),
		  "%s: %s is %.0f, the kernel's %.0f", program, what, got, want);
}

/* The same window for both: from one stop of the program to its next. */
static void check(const char *program)
{
	struct victim victim = victim_start(program, 700);
	struct api_daemon daemon = api_start();
	struct victim_account from, to;
	json_t *report;
	char id[32];

	victim_stop(&victim);
	from = victim_account(&victim);
	api_open(&daemon, victim.pids, victim.count, id);
	victim_continue(&victim);
	usleep(WINDOW_MS * 1000);
	victim_stop(&victim);
	to = victim_account(&victim);
	report = final_report(&daemon, id);
	victim_kill(&victim);

	assert_complete(report, program);
	cr_assert_eq(number_at(report, "totals.threads"), to.threads, "%s", program);
	assert_share(number_at(report, "totals.switches.voluntary"), to.voluntary - from.voluntary,
		     0, 0, "voluntary switches", program);
	assert_share(number_at(report, "totals.switches.involuntary"),
		     to.involuntary - from.involuntary, 0, 0, "involuntary switches", program);
	assert_share(number_at(report, "totals.running_ns") - number_at(report, "totals.stolen_ns"),
		     to.running_ns - from.running_ns, 0.005, 1e5, "running - stolen", program);
	assert_share(number_at(report, "totals.ready_ns"), to.ready_ns - from.ready_ns, 0.01, 1e6,
		     "ready", program);
	json_decref(report);
	cr_assert_eq(api_stop(&daemon), 0);
}

/*
 * One pair of processes: two on two CPUs let a 6.18 guest run nothing else for up to half a minute,
 * its own threads included, also where nobody watches.
 */
Test(attach, agrees_with_the_kernel_on_stress_ng_switch)
{
	check("stress-ng --switch 1 --timeout 120");
}

Test(attach, agrees_with_the_kernel_on_stress_ng_futex)
{
	check("stress-ng --futex 2 --timeout 120");
}

Test(attach, agrees_with_the_kernel_on_stress_ng_sem)
{
	check("stress-ng --sem 2 --timeout 120");
}

Test(attach, agrees_with_the_kernel_on_stress_ng_timer)
{
	check("stress-ng --timer 2 --timeout 120");
}

Test(attach, agrees_with_the_kernel_on_sysbench_threads)
{
	check("sysbench threads --threads=8 --time=30 run");
}

Test(attach, agrees_with_the_kernel_on_sysbench_cpu)
{
	check("sysbench cpu --threads=4 --time=30 run");
}

Test(attach, agrees_with_the_kernel_on_a_python_program)
{
	check("/usr/bin/python3 -c '"
	      "import threading\n"
	      "def work():\n"
	      "    while True: sum(range(1000))\n"
	      "for i in range(8): threading.Thread(target=work).start()'");
}

Test(attach, agrees_with_the_kernel_on_messages_between_threads)
{
	check("perf bench sched messaging -t -g 1 -l 1000000");
}

Test(attach, agrees_with_the_kernel_on_messages_between_processes)
{
	check("perf bench sched messaging -g 1 -l 1000000");
}

/*
 * Threads and processes that are born and die by the hundred, which /proc forgets: stopped before
 * its first act and then watched to its end, the program must agree with what wait4 says of the
 * whole tree. That counts the last switch of each process as well.
 */
static void check_churn(const char *program)
{
	char command[256], id[32];
	struct api_daemon daemon = api_start();
	struct victim_account from;
	struct victim victim;
	struct rusage usage;
	double missing;
	json_t *report;

	snprintf(command, sizeof(command), "sh -c 'kill -STOP $$; exec %s'", program);
	victim = victim_start(command, 300);
	victim_stop(&victim);
	from = victim_account(&victim);
	api_open(&daemon, victim.pids, victim.count, id);
	victim_continue(&victim);
	cr_assert_eq(wait4(victim.leader, NULL, 0, &usage), victim.leader);
	report = final_report(&daemon, id);

	cr_assert_gt(number_at(report, "totals.threads"), 500, "%s: too few lives", program);
	missing = (double)(usage.ru_nvcsw + usage.ru_nivcsw) - from.voluntary - from.involuntary -
		  number_at(report, "totals.switches.voluntary") -
		  number_at(report, "totals.switches.involuntary");
	cr_assert(missing >= -1 && missing <= number_at(report, "totals.processes") + 1,
		  "%s: %.0f switches are missing", program, missing);
	assert_complete(report, program);
	json_decref(report);
	cr_assert_eq(api_stop(&daemon), 0);
}

Test(attach, agrees_with_wait4_where_threads_are_born_and_die)
{
	check_churn("stress-ng --pthread 1 --pthread-max 8 --pthread-ops 1000");
}

Test(attach, agrees_with_wait4_where_processes_are_born_and_die)
{
	check_churn("stress-ng --fork 1 --fork-ops 1000");
}
