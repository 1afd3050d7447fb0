/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of a row of the probes' table of locks beyond what the probes saw: looked up by the
 * watcher in the target's memory and files, read by the model. Texts live as long as the watcher.
 */
#ifndef PARTRACE_MODEL_LOCK_FACT_H
#define PARTRACE_MODEL_LOCK_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/lock.h"
#include "api/report_locks.h"

#define LOCK_ID_LEN   80
#define LOCK_NAME_LEN 160

struct lock_fact {
	uint32_t generation; /* of the row that this is about */
	uint64_t key[3];     /* equal in all words of one lock */
	char id[LOCK_ID_LEN];
	char name[LOCK_NAME_LEN];
	struct report_place place;
	enum lock_kind kind;
	double confidence;
	bool contended;
	bool shared;
	const char *taken_by; /* the function that takes a lock elsewhere; NULL: it is the lock */
	bool is_go;           /* Go's runtime waits for it: goroutines wait in no futex */
	uint64_t pid;         /* NO_VALUE when shared */
	uint32_t owner_tid;   /* by the lock's memory, when it was read last; 0: nobody, unknown */
};

/* The facts of a row, never NULL. */
typedef const struct lock_fact *(*lock_fact_fn)(void *context, uint32_t row);

/* The probes' tables, which change while they are read. */
struct lock_tables {
	/* Their keys, where there are such: free rows are not looked at. */
	const uint64_t *row_keys;
	const uint64_t *edge_keys;
	const struct lock_row *rows;      /* [LOCK_ROWS] */
	const struct lock_edge *edges;    /* [EDGE_ROWS] */
	const struct lock_losses *losses; /* of the set */
};

#endif
