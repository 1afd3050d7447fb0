/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: a coarse picture of a thread's life in the window: what share of each of at most
 * LIFE_COLUMNS equal columns it was running, ready and waiting. When the columns are full, pairs
 * are folded into one, so memory is bounded and any window fits.
 */
#ifndef PARTRACE_MODEL_LIFE_H
#define PARTRACE_MODEL_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "api/report.h"

#define LIFE_COLUMNS 64
#define LIFE_WHOLE   255 /* the share of a column filled by one state */

/* The columns that all threads of a session have in common. */
struct life_clock {
	uint64_t column_ns; /* nominal width */
	uint64_t since_ns;  /* start of the open column */
	uint32_t columns;   /* closed ones; the open one has this index */
};

struct life_times {
	uint64_t running_ns;
	uint64_t ready_ns;
	uint64_t waiting_ns;
};

struct life {
	struct life_times seen; /* counted up to the open column */
	uint8_t running[LIFE_COLUMNS];
	uint8_t ready[LIFE_COLUMNS];
	uint8_t waiting[LIFE_COLUMNS];
};

/* Is it time to close the open column? Half of `slack_ns`, the caller's own grid, early is due. */
bool life_column_due(const struct life_clock *clock, uint64_t now_ns, uint64_t slack_ns);
/* What has passed since the last call, as a share of `width_ns`, goes into the open column. */
void life_add(struct life *life, const struct life_clock *clock, const struct report_figures *now,
	      uint64_t width_ns);
/* After all threads were added: the open column is closed. True when every life must be folded. */
bool life_column_close(struct life_clock *clock, uint64_t now_ns);
void life_fold(struct life *life);
/* To be called once after all lives were folded. */
void life_clock_fold(struct life_clock *clock);

#endif
