// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/lockbook_parts.h"
#include "daemon/model/lock_window.h"
#include "daemon/model/thread_start.h"

/* ---- frames, each stack once ---- */

struct report_frame lockbook_frame(const struct symbol_frame *frame)
{
	return (struct report_frame){ .function = frame->function,
				      .offset = frame->offset,
				      .module = frame->module,
				      .file = frame->file,
				      .line = frame->line,
				      .kind = frame_kind_names[frame->kind] };
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15ull + (hash >> 29);
}

/* Texts are interned themselves, so their addresses tell them apart. */
static uint64_t hash_of(const struct symbol_frame *frames, size_t count)
{
	uint64_t hash = count;

	for (size_t i = 0; i < count; i++) {
		hash = mix(hash, (uintptr_t)frames[i].function);
		hash = mix(hash, (uintptr_t)frames[i].module);
		hash = mix(hash, frames[i].offset);
		hash = mix(hash, frames[i].line);
	}
	return hash;
}

static bool is_same(const struct book_frames *known, const struct symbol_frame *frames,
		    size_t count)
{
	if (known->count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (known->frames[i].function != frames[i].function ||
		    known->frames[i].module != frames[i].module ||
		    known->frames[i].offset != frames[i].offset ||
		    known->frames[i].line != frames[i].line)
			return false;
	return true;
}

/* The interned form of these frames; NULL: no room, no memory. */
static const struct book_frames *intern(struct lockbook *book, const struct symbol_frame *frames,
					size_t count)
{
	size_t room = 2 * LOCKBOOK_STACKS_MAX;
	uint64_t hash = hash_of(frames, count);
	size_t at = hash % room;
	struct book_frames *made;

	while (book->stacks[at]) {
		if (book->stacks[at]->hash == hash && is_same(book->stacks[at], frames, count))
			return book->stacks[at];
		at = (at + 1) % room;
	}
	if (book->stacks_count == LOCKBOOK_STACKS_MAX)
		return NULL;
	made = malloc(sizeof(*made) + count * sizeof(made->frames[0]));
	if (!made)
		return NULL;
	made->hash = hash;
	made->count = count;
	for (size_t i = 0; i < count; i++)
		made->frames[i] = lockbook_frame(&frames[i]);
	book->stacks[at] = made;
	book->stacks_count++;
	return made;
}

/* ---- what threads were started for ---- */

void lockbook_on_start(struct lockbook *book, lockbook_start_fn fn, void *context)
{
	book->on_start = fn;
	book->start_context = context;
}

/* A stack that fills all the room may have lost its outermost frames. */
void lockbook_tell_start(struct lockbook *book, struct book_start start,
			 const struct report_frame *frames, size_t count, bool whole)
{
	if (!book->on_start || !whole || count >= SYMBOL_FRAMES_MAX)
		return;
	start.function = thread_start_of(frames, count);
	if (start.function)
		book->on_start(&start, book->start_context);
}

/* ---- stacks on their way ---- */

/* What the kernel keeps of a thread that entered it, in the order of DWARF's numbers. */
void lockbook_registers(const __u64 kernel[KERNEL_REGISTERS], uint64_t ret[STACK_REGISTERS])
{
	/* pt_regs: r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs
	 * eflags rsp ss */
	static const uint8_t at[STACK_REGISTERS] = {
		[STACK_RAX] = 10, [STACK_RDX] = 12, [STACK_RCX] = 11, [STACK_RBX] = 5,
		[STACK_RSI] = 13, [STACK_RDI] = 14, [STACK_RBP] = 4,  [STACK_RSP] = 19,
		[STACK_R8] = 9,   [STACK_R9] = 8,   [STACK_R10] = 7,  [STACK_R11] = 6,
		[STACK_R12] = 3,  [STACK_R13] = 2,  [STACK_R14] = 1,  [STACK_R15] = 0,
		[STACK_RIP] = 16,
	};

	for (size_t i = 0; i < STACK_REGISTERS; i++)
		ret[i] = kernel[at[i]];
}

static struct book_pending *free_pending(struct lockbook *book)
{
	for (size_t i = 0; book->pending_count < BOOK_PENDING && i < BOOK_PENDING; i++)
		if (!book->pending[i].used)
			return &book->pending[i];
	return NULL;
}

void lockbook_stack(struct lockbook *book, const struct stack_head *head, const uint8_t *memory)
{
	struct book_pending *pending = free_pending(book);
	struct raw_stack raw = { .bytes = memory, .size = head->bytes, .tid = (pid_t)head->tid };
	uint32_t number;

	if (!pending) {
		book->lost++;
		return;
	}
	lockbook_registers(head->registers, raw.registers);
	number = (uint32_t)(pending - book->pending);
	if (symbol_worker_stack(book->worker, TICKET(TICKET_STACK, number, 0), (pid_t)head->pid,
				&raw) < 0) {
		book->lost++;
		return;
	}
	book->pending_count++;
	*pending = (struct book_pending){ .used = true,
					  .asked = ++book->asked,
					  .start = { .sets = head->sets,
						     .slot = head->slot,
						     .generation = head->slot_generation },
					  .stack = { .sets = head->sets,
						     .lock = head->lock,
						     .role = head->role,
						     .waits = head->waits,
						     .wait_ns = head->wait_ns } };
}

/* NULL: it is no row, or another's by now. */
static struct book_row *row_of(struct lockbook *book, struct lock_ref lock)
{
	struct book_row *row = lock.row && lock.row <= LOCK_ROWS ? &book->rows[lock.row - 1] : NULL;

	return row && row->generation == lock.generation ? row : NULL;
}

static void note_waiter(struct lockbook *book, const struct book_stack *stack)
{
	struct book_row *row = row_of(book, stack->lock);

	if (row && stack->role == STACK_WAITER && !row->has_blocker)
		lockbook_note_use(row, stack->frames, stack->frames_count, stack->wait_ns);
}

/* Of a wait that has not ended no stack has come: where it stands now is all there is. */
static void note_standing(struct lockbook *book, const struct thread_slot *slot,
			  const struct book_frames *frames)
{
	struct book_row *row = slot_waits_for_lock(slot) ? row_of(book, slot->lock) : NULL;

	if (row && !row->function_count)
		lockbook_note_use(row, frames->frames, frames->count, 0);
}

void lockbook_named(struct lockbook *book, uint32_t number, const struct symbol_frame *frames,
		    size_t count, bool whole, lockbook_stack_fn fn, void *context)
{
	struct book_pending *pending = number < BOOK_PENDING ? &book->pending[number] : NULL;
	const struct book_frames *known;

	if (!pending || !pending->used)
		return;
	pending->used = false;
	book->pending_count--;
	known = count ? intern(book, frames, count) : NULL;
	if (!known || !pending->stack.lock.row || pending->stack.lock.row > LOCK_ROWS) {
		book->lost++;
		return;
	}
	pending->stack.frames = known->frames;
	pending->stack.frames_count = known->count;
	pending->stack.whole = whole;
	note_waiter(book, &pending->stack);
	lockbook_tell_start(book, pending->start, known->frames, known->count, whole);
	fn(&pending->stack, context);
}

/* ---- where threads wait now ---- */

bool lockbook_ask_thread(struct lockbook *book, uint32_t index)
{
	const __u64 *registers = probe_registers(book->probe, index);
	const struct thread_slot *slot = probe_slot(book->probe, index);
	struct raw_stack raw = { .may_read_on = true };
	struct book_thread *thread;

	if (!registers || !slot || slot->state != THREAD_WAITING ||
	    slot->look_seq != (slot->seq | 1))
		return true;
	thread = &book->threads[index];
	if ((thread->frames || thread->is_pending) && thread->generation == slot->generation &&
	    thread->seq == slot->seq)
		return true;
	if (symbol_worker_pending(book->worker) >= BOOK_THREAD_JOBS)
		return false;
	raw.tid = (pid_t)slot->shown_tid;
	*thread = (struct book_thread){ .generation = slot->generation, .seq = slot->seq };
	lockbook_registers(registers, raw.registers);
	if (symbol_worker_stack(book->worker, TICKET(TICKET_THREAD, index, slot->generation),
				(pid_t)slot->pid, &raw) < 0) {
		book->lost++;
		return true;
	}
	thread->is_pending = true;
	thread->asked = ++book->asked;
	return true;
}

void lockbook_thread_named(struct lockbook *book, const struct symbol_answer *answer)
{
	uint32_t index = TICKET_NUMBER(answer->ticket);
	struct book_thread *thread =
		index < probe_max_threads(book->probe) ? &book->threads[index] : NULL;
	const struct thread_slot *slot = probe_slot(book->probe, index);

	if (!thread || !slot || thread->generation != TICKET_GENERATION(answer->ticket) ||
	    slot->generation != thread->generation || slot->seq != thread->seq)
		return;
	thread->is_pending = false;
	if (!answer->frames_count)
		return;
	thread->frames = intern(book, answer->frames, answer->frames_count);
	if (!thread->frames) {
		book->lost++;
		return;
	}
	thread->whole = answer->whole;
	note_standing(book, slot, thread->frames);
	lockbook_tell_start(book,
			    (struct book_start){ .sets = slot->sets,
						 .slot = index,
						 .generation = thread->generation },
			    thread->frames->frames, thread->frames->count, answer->whole);
}

struct standing_stack lockbook_thread_stack(const struct lockbook *book,
					    const struct thread_slot *slot)
{
	const struct book_thread *thread =
		slot->index < probe_max_threads(book->probe) ? &book->threads[slot->index] : NULL;

	if (!thread || !thread->frames || thread->generation != slot->generation ||
	    thread->seq != slot->seq)
		return (struct standing_stack){ 0 };
	return (struct standing_stack){ thread->frames->frames, thread->frames->count,
					thread->whole };
}
