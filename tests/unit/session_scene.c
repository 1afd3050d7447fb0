// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/session_scene.h"

#include <criterion/criterion.h>

const struct standing_stack nowhere;

static struct set_totals set;
static struct cpu_totals cpu;
static struct culprit_table culprits;

struct session *session_scene_open(uint64_t now_ns)
{
	struct report_target target = { .kind = "attach" };
	struct session *session = session_new(0, 8, 1, &target);

	session_open(session, now_ns, "2026-01-01T00:00:00Z", &set);
	session_open_cpu(session, 0, &cpu, &culprits);
	session_timeline_start(session, 1000);
	return session;
}

void session_scene_begin(struct session *session, uint64_t now_ns)
{
	cr_assert_eq(session_report_begin(session, now_ns, &set), 0);
	session_report_cpu(session, 0, &cpu, &culprits);
}

const struct report *session_scene_end(struct session *session, const struct session_health *health)
{
	static const struct report_host host = { .cpus = 1 };
	static const struct session_health well;

	return session_report_end(session, &host, health ? health : &well);
}

const struct report *session_scene_report(struct session *session, uint64_t now_ns)
{
	session_scene_begin(session, now_ns);
	return session_scene_end(session, NULL);
}

struct thread_slot session_scene_dead(uint64_t born_ns, uint64_t died_ns)
{
	return (struct thread_slot){ .state = THREAD_EXITED,
				     .tid = 7,
				     .shown_tid = 7,
				     .pid = 7,
				     .born_ns = born_ns,
				     .died_ns = died_ns,
				     .since_ns = died_ns,
				     .running_ns = died_ns - born_ns };
}
