// SPDX-License-Identifier: BSD-2-Clause
/* What threads were started for, as it comes to be known. */
#include <criterion/criterion.h>

#include "tests/unit/session_scene.h"

static struct thread_slot live_with(uint32_t generation)
{
	return (struct thread_slot){ .state = THREAD_WAITING,
				     .generation = generation,
				     .tid = 7,
				     .shown_tid = 7,
				     .pid = 7,
				     .born_ns = 1200,
				     .since_ns = 1300 };
}

static const char *start_of_live(struct session *session, uint32_t generation)
{
	struct thread_slot slot = live_with(generation);
	const struct report *report;

	session_scene_begin(session, 2000);
	cr_assert_eq(session_report_thread(session, 3, &slot, &nowhere, false), 0);
	report = session_scene_end(session, NULL);
	return report->threads[report->threads_count - 1].start;
}

Test(session_start, tells_what_a_thread_was_started_for_by_the_newest_stack)
{
	struct session *session = session_scene_open(1000);

	cr_assert_null(start_of_live(session, 1));
	session_note_start(session, 3, 1, "constructor");
	session_note_start(session, 3, 1, "main");
	cr_assert_str_eq(start_of_live(session, 1), "main");
	session_free(session);
}

Test(session_start, does_not_take_a_slots_last_threads_start_for_the_next_ones)
{
	struct session *session = session_scene_open(1000);

	session_note_start(session, 3, 1, "first");
	cr_assert_null(start_of_live(session, 2));
	session_note_start(session, 3, 2, "second");
	session_note_start(session, 3, 1, "first");
	cr_assert_str_eq(start_of_live(session, 2), "second");
	session_free(session);
}

Test(session_start, tells_the_start_of_a_thread_that_has_ended_before_its_names_came)
{
	struct session *session = session_scene_open(1000);
	struct thread_slot slot = session_scene_dead(1200, 1500);

	slot.generation = 1;
	cr_assert_eq(session_exit(session, 3, &slot), 0);
	session_note_start(session, 3, 2, "second");
	session_note_start(session, 3, 1, "first");
	cr_assert_str_eq(session_scene_report(session, 2000)->threads[0].start, "first");
	cr_assert_str_eq(start_of_live(session, 2), "second");
	session_free(session);
}

Test(session_start, keeps_the_start_of_a_thread_that_ends)
{
	struct session *session = session_scene_open(1000);
	struct thread_slot slot = session_scene_dead(1200, 1500);

	slot.generation = 1;
	session_note_start(session, 3, 1, "first");
	cr_assert_eq(session_exit(session, 3, &slot), 0);
	session_note_start(session, 3, 2, "second");
	cr_assert_str_eq(session_scene_report(session, 2000)->threads[0].start, "first");
	session_free(session);
}

Test(session_start, asks_for_a_threads_start_a_few_times_and_not_when_it_is_known)
{
	struct session *session = session_scene_open(1000);
	unsigned int asked = 0;

	for (int i = 0; i < 10; i++)
		asked += session_wants_start(session, 3, 1);
	cr_assert_eq(asked, 3);
	cr_assert(session_wants_start(session, 3, 2), "another thread");
	session_note_start(session, 3, 2, "second");
	cr_assert_not(session_wants_start(session, 3, 2));
	cr_assert_not(session_wants_start(session, 8, 1), "no such slot");
	session_free(session);
}
