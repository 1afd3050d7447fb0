/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARTRACE_TESTS_ALIKE_H
#define PARTRACE_TESTS_ALIKE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

/* One that looks like a deadlock for a while and is none. `start` comes back; its threads stay. */
struct alike {
	const char *name;
	void (*start)(void);
};

extern const struct alike thread_alikes[], order_alikes[], wait_alikes[], process_alikes[];
extern const size_t thread_alikes_count, order_alikes_count, wait_alikes_count,
	process_alikes_count;

/* Shared with children: how often something went on, as it does not in a deadlock. */
struct alike_shared {
	atomic_ulong steps;
	pthread_mutex_t lock;
};
extern struct alike_shared *alike_shared;

void alike_step(void);
void alike_thread(const char *name, void *(*run)(void *), void *context);
void alike_sleep_ms(unsigned int ms);
/* process-shared, and robust where asked for */
void alike_shared_mutex(pthread_mutex_t *lock, int robust);

#endif
