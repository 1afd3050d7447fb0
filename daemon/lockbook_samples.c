// SPDX-License-Identifier: BSD-2-Clause
/* Samples of code on their way to their names. They use the same thread as stacks of locks, but are
 * never more than half of its queue. */
#include <string.h>

#include "daemon/lockbook_parts.h"

void lockbook_on_code(struct lockbook *book, lockbook_code_fn fn, void *context)
{
	book->on_code = fn;
	book->code_context = context;
}

uint64_t lockbook_lost_samples(const struct lockbook *book)
{
	return book->lost_samples;
}

static struct book_code code_of(const struct stack_head *head)
{
	struct book_code code = {
		.sets = head->sets,
		.sample = { .tid = head->tid, .pid = head->pid, .in_kernel = head->in_kernel }
	};

	memcpy(code.running, head->running, sizeof(code.running));
	return code;
}

static struct book_sample *free_sample(struct lockbook *book)
{
	for (size_t i = 0; i < BOOK_SAMPLES; i++) {
		size_t at = (book->next_sample + i) % BOOK_SAMPLES;

		if (book->samples[at].used)
			continue;
		book->next_sample = at + 1;
		return &book->samples[at];
	}
	return NULL;
}

void lockbook_sample(struct lockbook *book, const struct stack_head *head, const uint8_t *memory)
{
	struct raw_stack raw = {
		.bytes = memory, .size = head->bytes, .tid = (pid_t)head->tid, .is_sample = true
	};
	struct book_code code = code_of(head);
	struct book_sample *sample;

	if (!book->on_code)
		return;
	/* Of the kernel's own threads there is no more to know. */
	if (!head->has_registers) {
		book->on_code(&code, book->code_context);
		return;
	}
	sample = free_sample(book);
	if (!sample) {
		book->lost_samples++;
		return;
	}
	lockbook_registers(head->registers, raw.registers);
	if (symbol_worker_stack(book->worker,
				TICKET(TICKET_SAMPLE, (uint32_t)(sample - book->samples), 0),
				(pid_t)head->pid, &raw) < 0) {
		book->lost_samples++;
		return;
	}
	book->asked++;
	*sample = (struct book_sample){ .used = true,
					.start = { .sets = head->sets,
						   .slot = head->slot,
						   .generation = head->slot_generation },
					.code = code };
}

void lockbook_sample_named(struct lockbook *book, const struct symbol_answer *answer)
{
	uint32_t number = TICKET_NUMBER(answer->ticket);
	struct book_sample *sample = number < BOOK_SAMPLES ? &book->samples[number] : NULL;
	struct report_frame frames[SYMBOL_FRAMES_MAX];
	size_t count = answer->frames_count;

	if (!sample || !sample->used)
		return;
	sample->used = false;
	count = count < SYMBOL_FRAMES_MAX ? count : SYMBOL_FRAMES_MAX;
	for (size_t i = 0; i < count; i++)
		frames[i] = lockbook_frame(&answer->frames[i]);
	sample->code.sample.frames = frames;
	sample->code.sample.frames_count = count;
	sample->code.sample.whole = answer->whole;
	book->on_code(&sample->code, book->code_context);
	lockbook_tell_start(book, sample->start, frames, count, answer->whole);
}
