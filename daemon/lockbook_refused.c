// SPDX-License-Identifier: BSD-2-Clause
/*
 * Of mutexes that inherit priority, the kernel refuses the one who would close a circle, and glibc
 * lets that thread wait for ever for a word of its own stack that is 0. Which mutex it wanted is
 * left in its registers and in the frames of the C library.
 */
#include <string.h>

#include "base/owned.h"
#include "daemon/lockbook_parts.h"

#define FUTEX_COMMAND     127
#define FUTEX_WAIT        0
#define FUTEX_WAIT_BITSET 9

/* From the stack pointer to that word, and on to where the function has kept its caller's. */
#define REFUSED_FRAMES 1024u
#define REFUSED_BEYOND 256u
#define REFUSED_WORDS  ((REFUSED_FRAMES + REFUSED_BEYOND) / 8)

/* glibc's pthread_mutex_t, in words of 4 bytes. */
#define MUTEX_OWNER 2
#define MUTEX_KIND  4
#define MUTEX_WORDS 5
#define KIND_PI     0x20
#define WORD_TID    0x3fffffffu

static bool is_between_processes(const struct thread_slot *slot)
{
	return !(slot->futex_operation & FUTEX_PRIVATE);
}

static bool looks_refused(const struct thread_slot *slot)
{
	uint32_t command = slot->futex_operation & FUTEX_COMMAND;

	return (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET) && !slot->futex_value &&
	       slot->lock.row && !(slot->futex_flags & FUTEX_TIMED);
}

/* By its own number; 0: nobody, or it is no such mutex. */
static uint32_t pi_owner(struct lockbook *book, pid_t pid, uint64_t address)
{
	uint32_t words[MUTEX_WORDS];

	if (!address || address & 3 ||
	    lockbook_read(book, pid, address, words, sizeof(words)) != (ssize_t)sizeof(words) ||
	    !(words[MUTEX_KIND] & KIND_PI) || (words[0] & WORD_TID) != words[MUTEX_OWNER])
		return 0;
	return words[MUTEX_OWNER];
}

/* glibc decides by the mutex's kind, and goes on with a pointer to that. 0: none, or several. */
static uint64_t wanted_by_kind(struct lockbook *book, const struct thread_slot *slot,
			       const uint64_t registers[STACK_REGISTERS])
{
	uint64_t wanted = 0;

	for (size_t i = 0; i < STACK_REGISTERS; i++) {
		uint64_t address = registers[i] - 4 * MUTEX_KIND;

		if (address == wanted || !pi_owner(book, (pid_t)slot->pid, address))
			continue;
		if (wanted)
			return 0;
		wanted = address;
	}
	return wanted;
}

/* What the frames lead to may be older: only what another thread has counts. As above. */
static uint64_t wanted_among(struct lockbook *book, const struct thread_slot *slot,
			     const uint64_t *values, size_t count)
{
	uint64_t wanted = 0;

	for (size_t i = 0; i < 2 * count; i++) {
		uint64_t address = values[i / 2] - (i % 2 ? 4 * MUTEX_KIND : 0);
		uint32_t owner = address == wanted ? 0 : pi_owner(book, (pid_t)slot->pid, address);

		if (!owner || !slot->own_tid || owner == slot->own_tid)
			continue;
		if (wanted)
			return 0;
		wanted = address;
	}
	return wanted;
}

/* Those it waits with; NULL: not known. One look at all tasks does for all that stand still. */
static const __u64 *registers_of(struct lockbook *book, const struct thread_slot *slot)
{
	const struct thread_slot *shared = probe_slot(book->probe, slot->index);

	if (shared && shared->look_seq != (slot->seq | 1) && book->refused_may_look) {
		book->refused_may_look = false;
		probe_look(book->probe);
	}
	if (!shared || shared->look_seq != (slot->seq | 1))
		return NULL;
	return probe_registers(book->probe, slot->index);
}

static uint64_t search(struct lockbook *book, const struct thread_slot *slot,
		       const uint64_t registers[STACK_REGISTERS])
{
	uint64_t values[REFUSED_WORDS], sp = registers[STACK_RSP];
	uint64_t wanted = wanted_by_kind(book, slot, registers);
	ssize_t size;

	if (wanted)
		return wanted;
	size = lockbook_read(book, (pid_t)slot->pid, sp, values,
			     (slot->futex - sp + REFUSED_BEYOND) & ~7ull);
	return size < 0 ? 0 : wanted_among(book, slot, values, (size_t)size / 8);
}

/* Words of their own stack are what many wait for: each wait is searched once, and few in a look.
 */
static uint64_t wanted_by(struct lockbook *book, const struct thread_slot *slot)
{
	struct book_thread *thread = &book->threads[slot->index];
	uint64_t registers[STACK_REGISTERS], wanted;
	const __u64 *kernel;

	if (thread->not_refused.generation == slot->generation &&
	    thread->not_refused.seq == slot->seq)
		return 0;
	kernel = registers_of(book, slot);
	if (!kernel)
		return 0;
	lockbook_registers(kernel, registers);
	if (slot->futex < registers[STACK_RSP] ||
	    slot->futex - registers[STACK_RSP] >= REFUSED_FRAMES || !book->refused_searches)
		return 0;
	book->refused_searches--;
	wanted = search(book, slot, registers);
	if (!wanted) {
		thread->not_refused.generation = slot->generation;
		thread->not_refused.seq = slot->seq;
	}
	return wanted;
}

static struct book_refused *find_refused(struct lockbook *book, const struct thread_slot *slot)
{
	for (size_t i = 0; i < BOOK_REFUSED; i++) {
		struct book_refused *refused = &book->refused[i];

		if (refused->wanted.address && refused->slot == slot->index &&
		    refused->generation == slot->generation && refused->seq == slot->seq)
			return refused;
	}
	return NULL;
}

/* In turn: of old ones nobody asks any more. */
static struct book_refused *add_refused(struct lockbook *book, const struct thread_slot *slot,
					uint64_t wanted)
{
	uint32_t at = book->next_refused++ % BOOK_REFUSED;
	struct book_refused *refused = &book->refused[at];

	*refused = (struct book_refused){ .slot = slot->index,
					  .generation = slot->generation,
					  .seq = slot->seq,
					  .wanted = *lockbook_row(book, slot->lock.row - 1) };
	refused->wanted.address = wanted;
	refused->home.is_shared =
		is_between_processes(slot) &&
		!shared_memory_at((pid_t)slot->pid, wanted, &refused->home.shared);
	if (symbol_worker_place(book->worker, TICKET(TICKET_REFUSED, at, slot->seq),
				(pid_t)slot->pid, wanted) >= 0)
		book->asked++;
	return refused;
}

void lockbook_refused_placed(struct lockbook *book, const struct symbol_answer *answer)
{
	struct book_refused *refused = &book->refused[TICKET_NUMBER(answer->ticket) % BOOK_REFUSED];

	if (!answer->error && refused->seq == TICKET_GENERATION(answer->ticket))
		refused->place = answer->place;
}

uint32_t lockbook_refused_owner(struct lockbook *book, const struct thread_slot *slot)
{
	struct book_refused *refused = find_refused(book, slot);
	uint32_t owner = 0;
	uint64_t wanted;

	if (!looks_refused(slot))
		return 0;
	if (!refused) {
		wanted = wanted_by(book, slot);
		refused = wanted ? add_refused(book, slot, wanted) : NULL;
	}
	if (refused)
		owner = pi_owner(book, (pid_t)slot->pid, refused->wanted.address);
	target_memory_close(&book->memory);
	return owner ? lockbook_thread_meant(book, &refused->home, &refused->wanted,
					     is_between_processes(slot), owner)
		     : 0;
}

/* Other waits look the same: it has to be in the function that locks a mutex. */
static bool is_locking(const struct standing_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count && i < 3; i++)
		if (stack->frames[i].function &&
		    strstr(stack->frames[i].function, "pthread_mutex_"))
			return true;
	return false;
}

const struct lock_fact *lockbook_refused_fact(struct lockbook *book, const struct thread_slot *slot)
{
	struct book_refused *refused = find_refused(book, slot);
	struct standing_stack stack = lockbook_thread_stack(book, slot);

	if (!refused || !is_locking(&stack))
		return NULL;
	refused->fact = (struct lock_fact){ .kind = LOCK_PI_MUTEX };
	lockbook_fill_names(&refused->fact, &refused->wanted, &refused->place, 0);
	return &refused->fact;
}

bool lockbook_is_refused(struct lockbook *book, const struct thread_slot *slot)
{
	return find_refused(book, slot) != NULL;
}
