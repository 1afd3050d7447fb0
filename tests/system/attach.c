// SPDX-License-Identifier: BSD-2-Clause
/* Programs that we did not write, already running: against the kernel's own account of them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/api.h"
#include "tests/support/command.h"
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

	cr_assert(json_is_true(json_at(report, "completeness.complete")), "%s is incomplete: %s",
		  program, json_dumps(json_at(report, "completeness"), 0));
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

Test(attach, agrees_with_the_kernel_on_stress_ng_switch)
{
	check("stress-ng --switch 2 --timeout 30");
}

Test(attach, agrees_with_the_kernel_on_stress_ng_futex)
{
	check("stress-ng --futex 2 --timeout 30");
}

Test(attach, agrees_with_the_kernel_on_stress_ng_sem)
{
	check("stress-ng --sem 2 --timeout 30");
}

Test(attach, agrees_with_the_kernel_on_stress_ng_timer)
{
	check("stress-ng --timer 2 --timeout 30");
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
 * Threads and processes that are born and die by the thousand: /proc forgets them, so perf counts.
 * It counts a task's last switch as well, which the kernel's own nvcsw does, too, and we do not.
 */
static void check_churn(const char *program)
{
	struct victim victim = victim_start(program, 700);
	struct api_daemon daemon = api_start();
	char id[32], command[VICTIM_PROCESSES_MAX * 8], *at = command;
	double switches, exits = 0, counted = 0;
	const json_t *thread;
	json_t *report;
	FILE *perf;
	size_t i;

	victim_stop(&victim);
	at += sprintf(at, "perf stat -x, -e context-switches -o /dev/stdout -p ");
	for (i = 0; i < victim.count; i++)
		at += sprintf(at, "%s%d", i ? "," : "", victim.pids[i]);
	sprintf(at, " sleep %g", WINDOW_MS / 1000.0 + 2);
	perf = popen(command, "r");
	usleep(500000);
	api_open(&daemon, victim.pids, victim.count, id);
	victim_continue(&victim);
	usleep(WINDOW_MS * 1000);
	victim_stop(&victim);
	report = final_report(&daemon, id);
	while (fgets(command, sizeof(command), perf))
		if (strstr(command, "context-switches"))
			counted = strtod(command, NULL);
	pclose(perf);
	victim_kill(&victim);

	json_array_foreach (json_at(report, "processes"), i, thread)
		exits += number_at(thread, "folded_threads");
	json_array_foreach (json_at(report, "threads"), i, thread)
		exits += !strcmp(json_string_value(json_at(thread, "state")), "exited");
	switches = number_at(report, "totals.switches.voluntary") +
		   number_at(report, "totals.switches.involuntary");
	cr_assert_gt(exits, 100, "%s: only %.0f exits", program, exits);
	assert_share(switches + exits, counted, 0.001, 2, "switches and exits", program);
	cr_assert(json_is_true(json_at(report, "completeness.complete")), "%s", program);
	json_decref(report);
	cr_assert_eq(api_stop(&daemon), 0);
}

Test(attach, agrees_with_perf_where_threads_are_born_and_die)
{
	check_churn("stress-ng --pthread 1 --pthread-max 8 --timeout 30");
}

Test(attach, agrees_with_perf_where_processes_are_born_and_die)
{
	check_churn("stress-ng --fork 1 --timeout 30");
}
