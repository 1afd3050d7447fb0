/* SPDX-License-Identifier: BSD-2-Clause */
/* Handmade tables of locks, threads that wait for them, and the report that a window makes. */
#ifndef PARTRACE_TESTS_LOCK_SCENE_H
#define PARTRACE_TESTS_LOCK_SCENE_H

#include <criterion/criterion.h>

#include "api/report.h"
#include "daemon/model/lock_window.h"

#define SCENE_SET     2 /* the window's */
#define SCENE_PID     100
#define SCENE_THREADS 300

struct lock_scene {
	struct lock_row *rows;
	struct lock_edge *edges;
	struct lock_fact *facts; /* [LOCK_ROWS] */
	struct lock_losses losses;
	struct lock_tables tables;
	struct thread_slot *slots; /* live while their state is not THREAD_UNKNOWN */
	const struct report_frame *frames[SCENE_THREADS]; /* where each stands; NULL: not known */
	bool cut_off;                                     /* these are not whole */
	struct lock_window *window;
	struct report report;
	struct wait_move *moves;
	size_t moves_count;
	uint64_t random;
};

void scene_make(struct lock_scene *scene);
void scene_free(struct lock_scene *scene);

/* Another window over the same tables. */
void scene_new_window(struct lock_scene *scene);

/* The same numbers in each run. */
uint64_t scene_random(struct lock_scene *scene, uint64_t bound);
/* Some row, another for each `lock`. */
uint32_t scene_scattered(uint32_t lock);

/* A contended mutex in that row, "lock-KEY". */
struct lock_row *scene_lock(struct lock_scene *scene, uint32_t row, uint64_t key);
/* The thread and the lock, in that row of edges; a free one becomes theirs. */
struct lock_edge *scene_edge(struct lock_scene *scene, uint32_t at, uint32_t row, uint32_t tid);
/* A wait of the edge's thread ends, as the probes account it. */
void scene_wait(struct lock_scene *scene, struct lock_edge *edge, uint64_t blocked_ns,
		uint64_t ready_ns);
/* The edge's thread ends others' waits. */
void scene_release(struct lock_edge *edge, uint64_t blocked_others_ns, uint64_t owned_ns);
/* The thread waits for the row since then. */
struct thread_slot *scene_waits(struct lock_scene *scene, uint32_t row, uint32_t tid,
				uint64_t since_ns);
/* A thread that runs since then, and whom the lock's memory names. */
struct thread_slot *scene_owns(struct lock_scene *scene, uint32_t row, uint32_t tid,
			       uint64_t since_ns);
/* So many wait for the row since `at_ns`, and nobody has released it since then. */
void scene_unreleased(struct lock_row *row, uint64_t waiters, uint64_t at_ns);

void scene_open(struct lock_scene *scene, uint64_t now_ns);
const struct report *scene_report(struct lock_scene *scene, uint64_t now_ns);

/* NULL when the report has none. */
const struct report_lock *scene_row(const struct report *report, const char *id);
const struct report_waiter *scene_waiter(const struct report_lock *lock, uint64_t tid);
const struct report_holder *scene_holder(const struct report_lock *lock, uint64_t tid);

/* A report's row of the lock with key 1, which must be there. */
const struct report_lock *scene_first_lock(struct lock_scene *scene, uint64_t now_ns);

/* A suite whose tests each have a scene of their own; the_lock() is its scene_first_lock(). */
#define LOCK_SCENE_SUITE(suite)                                                                    \
	static struct lock_scene scene;                                                            \
                                                                                                   \
	static void make_scene(void)                                                               \
	{                                                                                          \
		scene_make(&scene);                                                                \
	}                                                                                          \
                                                                                                   \
	static void end_scene(void)                                                                \
	{                                                                                          \
		scene_free(&scene);                                                                \
	}                                                                                          \
                                                                                                   \
	static inline const struct report_lock *the_lock(uint64_t now_ns)                          \
	{                                                                                          \
		return scene_first_lock(&scene, now_ns);                                           \
	}                                                                                          \
                                                                                                   \
	TestSuite(suite, .init = make_scene, .fini = end_scene)

#endif
