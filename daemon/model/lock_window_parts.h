/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of a lock window: lock_window.c (the first look), lock_stacks.c (stacks), and of a
 * report lock_groups.c (which rows are one lock), lock_people.c (who waits and holds now),
 * lock_edges.c (who did in the window), lock_rows.c (the report's rows), lock_row_people.c,
 * lock_balance.c and lock_crowds.c (rows that are told together).
 */
#ifndef PARTRACE_MODEL_LOCK_WINDOW_PARTS_H
#define PARTRACE_MODEL_LOCK_WINDOW_PARTS_H

#include "base/number.h"
#include "daemon/model/lock_window.h"
#include "daemon/model/number_index.h"

struct first_lock {
	uint32_t generation;
	uint64_t open_ns;  /* waiting since the last release by then */
	uint64_t since_ns; /* that release */
	struct lock_sums sums;
	__u32 histogram[HISTOGRAM_BUCKETS];
};

/* A wait that went on when the window opened. */
struct first_wait {
	uint32_t slot;
	uint32_t generation;
	struct lock_ref lock;
	uint64_t since_ns;
	uint64_t waited_ns; /* by then */
	bool as_lock;       /* the probes take it for a wait for a lock */
	bool lasts;         /* still, at this report */
};

struct lock_stack {
	struct lock_ref lock;
	enum stack_role role;
	uint64_t waits;
	uint64_t wait_ns;
	const struct report_frame *frames;
	size_t frames_count;
	bool whole;
};

/* One lock of the report: one or more rows of the table. */
struct lock_group {
	const struct lock_fact *fact;
	struct report_lock row;
	uint64_t histogram[HISTOGRAM_BUCKETS];
	struct report_bucket *buckets;
	uint64_t queued;
	uint64_t open_ns;   /* waiting since the last release, and nobody has released it yet */
	uint64_t before_ns; /* waiting before the window that was released in it */
	uint64_t behind_ns; /* of the holder whose `behind` the report shows */
	const char *behind; /* the lock's id; NULL */
	/* where its owner waits now, and what others have waited for that */
	struct standing_stack owner_stack;
	enum holder_state owner_state;
	uint64_t owned_ns;
	uint64_t since_ns; /* its last release */
	bool is_moved;     /* waits for it are counted under another cause than the call says */
	uint64_t threadless_ns; /* of such waits: by whom is not known, so they stay where they are
				 */
	size_t holders_room, waiters_room, stacks_room;
	struct number_index stack_numbers; /* while row.stacks grows; they are sorted later */
	uint32_t crowd;                    /* + 1; 0: none */
};

/*
 * Locks that are taken by one function of one process (or in one shared memory), each of which is
 * but the word that one thread sleeps on. The lock itself, one or several, is not in them.
 */
struct lock_crowd {
	struct lock_group group; /* their sum */
	struct lock_fact fact;
	size_t members;
};

#define GROUP_INDEX (2 * LOCK_ROWS)

struct lock_window {
	uint32_t set;
	uint64_t opened_ns;
	struct lock_losses first_losses;
	struct first_lock **first;      /* [LOCK_ROWS] */
	struct lock_edge **first_edges; /* [EDGE_ROWS] */
	struct first_wait *first_waits; /* sorted by slot */
	size_t first_waits_count, first_waits_room;

	struct lock_stack *stacks;
	size_t stacks_count;
	size_t stacks_room;
	struct number_index stack_numbers;
	uint64_t short_stacks;
	uint64_t lost_stacks;

	/* the report being made */
	uint64_t now_ns;
	struct lock_tables tables;
	struct lock_group *groups;
	size_t groups_count, groups_room;
	uint32_t *group_of;    /* [LOCK_ROWS], + 1; 0: none */
	uint32_t *group_index; /* [GROUP_INDEX], by the fact's key, + 1; 0: none */
	uint32_t *owned;       /* [LOCK_ROWS]: groups whose memory names an owner */
	size_t owned_count;
	struct report_lock *rows;
	struct lock_crowd *crowds;
	size_t crowds_count, crowds_room;
	struct report_lock *crowd_rows;
	const char *notes[1];
	struct wait_move *moves;
	size_t moves_count, moves_room;
};

/* What a counter has grown by. Tables are read while they change: two of them may not fit. */
static inline uint64_t grown(uint64_t now, uint64_t then)
{
	return less(now, then);
}

/* Waiting in this row since its last release. */
uint64_t lock_row_open_ns(const struct lock_row *row, uint64_t now_ns);
void lock_window_forget_groups(struct lock_window *window);
void lock_group_forget(struct lock_group *group);
/* The group of a row that has not been taken anew since the report began; NULL. */
struct lock_group *lock_window_group(const struct lock_window *window, struct lock_ref ref);
/* Is there anything in it to look at? */
bool lock_row_is_used(const struct lock_tables *tables, uint32_t row);
bool lock_edge_is_used(const struct lock_tables *tables, uint32_t edge);
/* Where the waits of this slot begin, or would. */
size_t lock_window_first_waits_of(const struct lock_window *window, uint32_t slot);
/* The wait that this thread was in when the window opened; NULL. */
struct first_wait *lock_window_first_wait(struct lock_window *window, uint32_t slot,
					  uint32_t generation, struct lock_ref lock);
/* One more of the group's people; NULL when out of memory. */
struct report_waiter *lock_group_add_waiter(struct lock_group *group);
struct report_holder *lock_group_add_holder(struct lock_group *group);
/* A wait that the probes took for one for a lock (`as_lock`) or not; -ENOMEM. */
int lock_window_add_move(struct lock_window *window, struct lock_group *group, bool as_lock,
			 struct wait_move move);
/* What it does now; where it waits for a futex, by that one's kind. */
enum holder_state lock_window_state_of(const struct lock_window *window,
				       const struct thread_slot *slot);
/* A holder waited so long itself; only for another lock than this is noted. NULL: not known. */
void lock_group_note_behind(struct lock_group *group, const struct lock_group *behind,
			    uint64_t waited_ns);
/*
 * Of all its holders, the worst first: what is blamed on them and on nobody is blocked_ns then.
 * `before_ns` of it may have been blocked before the window.
 */
void lock_row_balance(struct report_lock *row, size_t holders_count, uint64_t before_ns);
/* The stacks that have come, put into their groups' rows; -ENOMEM. */
int lock_window_add_stacks(struct lock_window *window);
/* Where its owner is, once the states of its holders are known; -ENOMEM. */
int lock_group_add_holder_stack(struct lock_group *group);
/* The part of the wait that no stack of a waiter stands for. */
uint64_t lock_row_stackless_ns(const struct report_lock *row);
/* Several threads may wait at the same place: the row of these frames; NULL when out of memory. */
struct report_stack *lock_group_stack(struct lock_group *group, const char *role,
				      const struct report_frame *frames);
/* Identity, histogram, people and what is computed of them: all that needs no look at the tables.
 * -ENOMEM. */
int lock_group_fill_row(struct lock_group *group);

/* Names of the report's own threads, for they may have changed since the probes noted them. */
struct lock_named {
	uint64_t tid;
	const char *name;
};
struct lock_named *lock_names_of(const struct report *report);
void lock_row_name_people(struct report_lock *row, const struct lock_named *names, size_t count);
/* One row for each thread. */
void lock_row_merge_people(struct report_lock *row);
/* Those that have most of the time stay; of the others how many there are, and their time. */
void lock_row_trim_people(struct report_lock *row);

/*
 * Crowds: which there are; then each group's row while it is whole; then the report's rows.
 * -ENOMEM.
 */
int lock_window_find_crowds(struct lock_window *window);
int lock_window_add_to_crowd(struct lock_window *window, struct lock_group *group);
int lock_window_report_crowds(struct lock_window *window, const struct lock_named *names,
			      struct report *report);
void lock_window_forget_crowds(struct lock_window *window);
/* One more element at the end of a growing array; NULL when out of memory. */
void *lock_window_append(void **list, size_t *count, size_t *room, size_t size);

#endif
