// SPDX-License-Identifier: BSD-2-Clause
/*
 * Records that are anything, as if they came through the ring buffers, and tables beside them that
 * are anything: from the reader through names to a report.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/owned.h"
#include "daemon/lockbook.h"
#include "daemon/model/code_window.h"
#include "daemon/probe/probe_parts.h"
#include "daemon/probe/record.h"
#include "daemon/symbol/symbolizer.h"
#include "tests/fuzz/mutate.h"
#include "tests/unit/lock_scene.h"

#define SLOTS      64
#define BYTES_MAX  4096
#define SLOT_BYTES (SLOTS * sizeof(struct thread_slot))

static struct lock_scene scene;
static struct probe probe;
static struct lockbook *book;
static struct code_window *code;
static unsigned int stacks, samples;

static void open_array(struct lazy_array *array, size_t bytes, size_t count)
{
	int fd = memfd_create("array", MFD_CLOEXEC);

	cr_assert_eq(ftruncate(fd, (off_t)(bytes * count)), 0);
	cr_assert_eq(lazy_open(array, fd, bytes, count), 0);
}

/* What the probes would share, without them. */
static void set_up(void)
{
	scene_make(&scene);
	scene_open(&scene, 0);
	probe = (struct probe){ .max_threads = SLOTS };
	probe.chunks = calloc(2, sizeof(*probe.chunks));
	probe.chunks[0] = calloc(1, SLOT_BYTES);
	open_array(&probe.locks, sizeof(struct lock_row), LOCK_ROWS);
	open_array(&probe.stacks, sizeof(struct stack_buffer), STACK_BUFFERS);
	cr_assert_eq(lockbook_new(&probe, &book), 0);
	code = code_window_new();
}

static void tear_down(void)
{
	lockbook_free(book);
	code_window_free(code);
	close(probe.locks.fd);
	close(probe.stacks.fd);
	lazy_close(&probe.locks);
	lazy_close(&probe.stacks);
	free(probe.chunks[0]);
	free(probe.chunks);
	scene_free(&scene);
}

TestSuite(record_fuzz, .init = set_up, .fini = tear_down, .timeout = 100);

/* ---- what is made of them ---- */

static void take_stack(const struct book_stack *stack, void *context)
{
	(void)context;
	cr_assert(stack->role == STACK_WAITER || stack->role == STACK_RELEASER);
	cr_assert(stack->frames_count > 0 && stack->frames_count <= SYMBOL_FRAMES_MAX);
	lock_window_stack(scene.window, stack->lock, stack->role, stack->waits, stack->wait_ns,
			  stack->frames, stack->frames_count, stack->whole);
	stacks++;
}

static void take_code(const struct book_code *taken, void *context)
{
	(void)context;
	code_window_add(code, &taken->sample);
	samples++;
}

static void take_start(const struct book_start *start, void *context)
{
	(void)context;
	cr_assert(*start->function);
}

static void take_names(void)
{
	struct pollfd names = { .fd = lockbook_fd(book), .events = POLLIN };

	while (lockbook_answered(book) < lockbook_asked(book)) {
		cr_assert_gt(poll(&names, 1, 10000), 0, "no name comes any more");
		lockbook_drain(book, take_stack, NULL);
	}
}

/* ---- the records ---- */

static struct stack_head usual_head(struct mutation *mutation)
{
	struct stack_head head = {
		.role = (uint32_t)mutation_number(mutation, STACK_ROLES),
		.bytes = (uint32_t)mutation_number(mutation, BYTES_MAX),
		.slot = (uint32_t)mutation_number(mutation, SLOTS),
		.lock = { (uint32_t)mutation_number(mutation, LOCK_ROWS + 2), 0 },
		.sets = 1,
		.pid = (uint32_t)getpid(),
		.tid = (uint32_t)gettid(),
		.waits = 1,
		.wait_ns = mutation_number(mutation, 1 << 20),
		.has_registers = 1,
	};

	/* Of the frame that this is, so that some are unwound. */
	head.registers[16] = (uintptr_t)&qsort;
	head.registers[19] = (uintptr_t)&head;
	return head;
}

/* A copy that ends where it ends: with sanitizers, a byte too much is found. */
static void *some_record(struct mutation *mutation, size_t *ret_size)
{
	struct stack_head head = usual_head(mutation);
	uint8_t bytes[sizeof(head) + BYTES_MAX];
	size_t size = sizeof(bytes);
	void *exact;

	memset(bytes, (int)mutation_number(mutation, 256), sizeof(bytes));
	memcpy(bytes, &head, sizeof(head));
	if (mutation_number(mutation, 4))
		mutation_spoil(mutation, bytes, sizeof(head));
	if (mutation_number(mutation, 4) == 0)
		size = mutation_number(mutation, sizeof(bytes));
	exact = malloc(size + 1);
	*ret_size = size;
	return memcpy(exact, bytes, size);
}

static void spoil_slots(struct mutation *mutation)
{
	struct thread_slot *slot = probe_slot(&probe, (uint32_t)mutation_number(mutation, SLOTS));
	struct stack_buffer *buffer = lazy_at(&probe.stacks, slot - probe_slot(&probe, 0));

	*slot = (struct thread_slot){ .state = THREAD_WAITING,
				      .look_seq = 1,
				      .pid = (uint32_t)getpid(),
				      .shown_tid = (uint32_t)gettid(),
				      .futex = 4096,
				      .lock = { (uint32_t)mutation_number(mutation, 9), 0 } };
	buffer->head = usual_head(mutation);
	if (mutation_number(mutation, 2))
		mutation_spoil(mutation, (uint8_t *)slot, sizeof(*slot));
	if (mutation_number(mutation, 2))
		mutation_spoil(mutation, (uint8_t *)&buffer->head, sizeof(buffer->head));
	lockbook_ask_thread(book, (uint32_t)mutation_number(mutation, 2 * SLOTS));
}

Test(record_fuzz, stacks_that_are_anything_are_named_or_lost)
{
	struct mutation mutation = mutation_begin(41);
	unsigned int rounds = mutation_rounds(3000), taken = 0;

	lockbook_on_code(book, take_code, NULL);
	lockbook_on_start(book, take_start, NULL);
	for (unsigned int i = 0; i < rounds; i++) {
		size_t size;
		_cleanup_free_ void *record = some_record(&mutation, &size);
		const struct stack_head *head = record_stack(record, size);

		spoil_slots(&mutation);
		if (head && head->role == STACK_SAMPLE)
			lockbook_sample(book, head, (const uint8_t *)(head + 1));
		else if (head)
			lockbook_stack(book, head, (const uint8_t *)(head + 1));
		taken += head != NULL;
		if (i % 64 == 0)
			take_names();
	}
	take_names();
	scene_report(&scene, 1000);
	cr_assert(taken > rounds / 4 && stacks > rounds / 16 && samples > rounds / 16,
		  "many are good enough: %u taken, %u stacks, %u samples", taken, stacks, samples);
}

Test(record_fuzz, events_are_whole_and_of_a_kind_that_there_is)
{
	struct mutation mutation = mutation_begin(42);
	unsigned int taken = 0;

	for (unsigned int i = 0; i < mutation_rounds(20000); i++) {
		struct event event = { .kind = (uint32_t)mutation_number(&mutation, EVENT_KINDS) };
		size_t size = mutation_spoil(&mutation, (uint8_t *)&event, sizeof(event));
		_cleanup_free_ void *record = memcpy(malloc(size + 1), &event, size);
		const struct event *found = record_event(record, size);

		cr_assert(!found || (size >= sizeof(event) && found->kind < EVENT_KINDS));
		taken += found != NULL;
	}
	cr_assert_gt(taken, 1000);
}
