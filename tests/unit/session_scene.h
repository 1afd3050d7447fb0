/* SPDX-License-Identifier: BSD-2-Clause */
/* A session on one CPU where nothing happens but what the test says. */
#ifndef PARTRACE_TESTS_UNIT_SESSION_SCENE_H
#define PARTRACE_TESTS_UNIT_SESSION_SCENE_H

#include "daemon/model/session.h"

/* Where a live thread is, is not known. */
extern const struct standing_stack nowhere;

/* With room for 8 threads; for session_free(). */
struct session *session_scene_open(uint64_t now_ns);

/* Its report at `now_ns`: between these two the test says what live threads did. */
void session_scene_begin(struct session *session, uint64_t now_ns);
/* `health`: NULL where nothing was lost. */
const struct report *session_scene_end(struct session *session,
				       const struct session_health *health);
/* Both, with no live thread. */
const struct report *session_scene_report(struct session *session, uint64_t now_ns);

/* Thread 7 of process 7, which ran all its life. */
struct thread_slot session_scene_dead(uint64_t born_ns, uint64_t died_ns);

#endif
