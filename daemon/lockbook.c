// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/lockbook.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/owned.h"
#include "daemon/lockbook_parts.h"
#include "daemon/model/lock_kind.h"

#define FUTEX_PRIVATE 128
#define FUTEX_COMMAND 127

int lockbook_new(struct probe *probe, struct lockbook **ret)
{
	struct lockbook *book = calloc(1, sizeof(*book));
	int r = -ENOMEM;

	if (!book)
		return r;
	book->probe = probe;
	book->stacks = calloc(2 * LOCKBOOK_STACKS_MAX, sizeof(*book->stacks));
	if (book->stacks)
		r = symbol_worker_new(&book->worker);
	if (r < 0) {
		lockbook_free(book);
		return r;
	}
	*ret = book;
	return 0;
}

void lockbook_free(struct lockbook *book)
{
	if (!book)
		return;
	symbol_worker_free(book->worker);
	for (size_t i = 0; book->stacks && i < 2 * LOCKBOOK_STACKS_MAX; i++)
		free(book->stacks[i]);
	free(book->stacks);
	free(book);
}

int lockbook_fd(const struct lockbook *book)
{
	return symbol_worker_fd(book->worker);
}

uint64_t lockbook_asked(const struct lockbook *book)
{
	return book->asked;
}

uint64_t lockbook_answered(const struct lockbook *book)
{
	return book->answered;
}

uint64_t lockbook_lost(const struct lockbook *book)
{
	return book->lost;
}

void lockbook_forget(struct lockbook *book, pid_t pid)
{
	symbol_worker_forget(book->worker, pid);
}

static bool is_same_memory(const struct symbol_place *one, const struct symbol_place *other)
{
	return one->is_shared && other->is_shared && one->inode == other->inode &&
	       one->file_offset == other->file_offset && one->device_major == other->device_major &&
	       one->device_minor == other->device_minor;
}

/* Waiters of all processes are counted in the first row that was known of this memory. */
static void find_home(struct lockbook *book, uint32_t number)
{
	const struct book_row *row = &book->rows[number];
	struct lock_row *lock = probe_lock(book->probe, number);

	for (uint32_t i = 0; i < LOCK_ROWS; i++) {
		const struct book_row *other = &book->rows[i];

		if (i == number || !other->placed || !is_same_memory(&row->place, &other->place) ||
		    probe_lock(book->probe, i)->generation != other->generation)
			continue;
		lock->home = probe_lock(book->probe, i)->home;
		if (!lock->home)
			lock->home = i + 1;
		return;
	}
}

static void place_known(struct lockbook *book, const struct symbol_answer *answer)
{
	uint32_t number = TICKET_NUMBER(answer->ticket);
	struct book_row *row = number < LOCK_ROWS ? &book->rows[number] : NULL;

	if (!row || row->generation != TICKET_GENERATION(answer->ticket))
		return;
	row->place = answer->place;
	if (!answer->error && answer->place.is_shared)
		find_home(book, number);
	row->placed = !answer->error;
	row->is_gil = answer->is_gil;
}

void lockbook_drain(struct lockbook *book, lockbook_stack_fn fn, void *context)
{
	struct symbol_answer answer;

	while (symbol_worker_next(book->worker, &answer)) {
		book->answered++;
		if (TICKET_KIND(answer.ticket) == TICKET_PLACE)
			place_known(book, &answer);
		else if (TICKET_KIND(answer.ticket) == TICKET_THREAD)
			lockbook_thread_named(book, &answer);
		else
			lockbook_named(book, TICKET_NUMBER(answer.ticket), answer.frames,
				       answer.frames_count, answer.whole, fn, context);
		symbol_answer_release(&answer);
	}
}

/* ---- looks ---- */

static bool is_waited_for(const struct lockbook *book, const struct lock_row *lock)
{
	const struct lock_row *home = lock->home ? probe_lock(book->probe, lock->home - 1) : lock;

	return home->word >> SET_TIME_BITS;
}

static void read_memory(const struct lock_row *lock, struct book_row *row)
{
	struct iovec here = { row->memory, sizeof(row->memory) };
	struct iovec there = { (void *)(lock->address - LOCK_MEMORY_BEFORE), sizeof(row->memory) };

	row->memory_size = 0;
	if (process_vm_readv((pid_t)lock->pid, &here, 1, &there, 1, 0) ==
	    (ssize_t)sizeof(row->memory))
		row->memory_size = sizeof(row->memory);
}

static void look_at_row(struct lockbook *book, uint32_t at)
{
	const struct lock_row *lock = probe_lock(book->probe, at);
	struct book_row *row = &book->rows[at];

	if (row->generation != lock->generation)
		*row = (struct book_row){ .generation = lock->generation };
	if (!row->asked &&
	    symbol_worker_place(book->worker, TICKET(TICKET_PLACE, at, row->generation),
				(pid_t)lock->pid, lock->address) >= 0) {
		row->asked = true;
		book->asked++;
	}
	/* A process that has ended leaves what was read before. */
	if (is_waited_for(book, lock) || !row->memory_size)
		read_memory(lock, row);
}

static void look_at_edge(struct lockbook *book, const struct lock_edge *edge)
{
	struct book_row *row;

	if (!edge->lock || edge->lock > LOCK_ROWS)
		return;
	row = &book->rows[edge->lock - 1];
	if (row->generation != edge->lock_generation)
		return;
	row->waiters += edge->waits != 0;
	row->wakers_are_waiters |= edge->waits && edge->releases;
}

void lockbook_look(struct lockbook *book)
{
	for (uint32_t i = 0; i < LOCK_ROWS; i++) {
		if (probe_lock(book->probe, i)->address <= LOCK_BUSY)
			continue;
		look_at_row(book, i);
		book->rows[i].waiters = 0;
		book->rows[i].wakers_are_waiters = false;
	}
	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		look_at_edge(book, probe_edge(book->probe, i));
	book->seen_waits = probe_futex_waits(book->probe);
}

/* ---- facts ---- */

/* A TID in memory is believed when there is such a thread that could have written it. */
static bool is_thread_of(const struct lock_row *lock, bool shared, uint32_t tid)
{
	char path[64];

	if (shared)
		snprintf(path, sizeof(path), "/proc/%u", tid);
	else
		snprintf(path, sizeof(path), "/proc/%u/task/%u", lock->pid, tid);
	return access(path, F_OK) == 0;
}

static struct lock_guess guess(const struct lock_row *lock, const struct book_row *row)
{
	bool has_memory = row->memory_size == sizeof(row->memory);
	struct lock_clues clues = {
		.operation = lock->operation & FUTEX_COMMAND,
		.is_private = lock->operation & FUTEX_PRIVATE,
		.value = lock->value,
		.memory = has_memory ? row->memory + LOCK_MEMORY_BEFORE : NULL,
		.memory_size = LOCK_MEMORY_AT,
		.before = has_memory ? row->memory : NULL,
		.before_size = LOCK_MEMORY_BEFORE,
		.symbol = row->place.symbol,
		.module = row->place.module,
		.functions = row->functions,
		.modules = row->modules,
		.function_count = row->function_count,
		.waiters = row->waiters,
		.wakers_are_waiters = row->wakers_are_waiters,
		.value_is_thread = lock->value > 1 && is_thread_of(lock, false, lock->value),
		.is_gil = row->is_gil,
	};

	return lock_kind_of(&clues);
}

/*
 * How far a word lies within its lock: glibc's condition variables are waited for at two of theirs,
 * as are its rwlocks. The objects themselves are aligned to 8 bytes.
 */
static uint64_t offset_in_lock(enum lock_kind kind, uint64_t address,
			       const struct symbol_place *place)
{
	/* musl waits for the first word of a lock. */
	if (place->symbol && place->offset < (kind == LOCK_RWLOCK ? 8 : 40))
		return 0;
	if (kind == LOCK_CONDITION && (address & 7))
		return 44;
	if (kind == LOCK_RWLOCK)
		return address & 7 ? 12 : 8;
	return kind == LOCK_CONDITION ? 40 : 0;
}

static void fill_name(struct lock_fact *fact, const struct symbol_place *place, uint64_t inside)
{
	uint64_t offset = place->offset >= inside ? place->offset - inside : place->offset;
	const char *base = place->symbol ? place->symbol : place->mapping;
	const char *file;

	if (!place->symbol && place->module) {
		file = strrchr(place->module, '/');
		base = file ? file + 1 : place->module;
	}
	if (!base)
		base = "unknown";
	if (fact->kind == LOCK_GIL)
		snprintf(fact->name, sizeof(fact->name), "GIL");
	else if (place->symbol && !offset)
		snprintf(fact->name, sizeof(fact->name), "%s", base);
	else
		snprintf(fact->name, sizeof(fact->name), "%.120s+0x%lx", base, offset);
}

static void fill_identity(struct lock_fact *fact, const struct lock_row *lock,
			  const struct symbol_place *place, uint64_t inside)
{
	uint64_t address = lock->address - inside;

	fact->shared = place->is_shared && !(lock->operation & FUTEX_PRIVATE);
	if (fact->shared) {
		uint64_t offset = place->file_offset - inside;

		fact->pid = NO_VALUE;
		fact->key[0] = 1ull << 63 | place->device_major << 32 | place->device_minor;
		fact->key[1] = place->inode;
		fact->key[2] = offset;
		snprintf(fact->id, sizeof(fact->id), "shared:%lu.%lu:%lu:0x%lx",
			 place->device_major, place->device_minor, place->inode, offset);
		return;
	}
	fact->pid = lock->pid;
	fact->key[0] = lock->tgid;
	fact->key[1] = lock->space;
	/* All words of the interpreter's lock are one. */
	fact->key[2] = fact->kind == LOCK_GIL ? LOCK_GIL : address;
	snprintf(fact->id, sizeof(fact->id), "%u:0x%lx", lock->pid, address);
}

static uint32_t owner_of(const struct lockbook *book, const struct lock_row *lock,
			 const struct book_row *row, const struct lock_fact *fact)
{
	struct lock_memory memory = { .at = row->memory + LOCK_MEMORY_BEFORE,
				      .at_size = LOCK_MEMORY_AT,
				      .before = row->memory,
				      .before_size = LOCK_MEMORY_BEFORE,
				      .is_private = lock->operation & FUTEX_PRIVATE };
	uint32_t tid;

	if (row->memory_size != sizeof(row->memory) || !is_waited_for(book, lock) ||
	    lock_word_owner(fact->kind, &memory, &tid) < 0)
		return 0;
	/* Before its place is known, a word may be shared as far as the call says. */
	return is_thread_of(lock, !(lock->operation & FUTEX_PRIVATE), tid) ? tid : 0;
}

const struct lock_fact *lockbook_fact(void *context, uint32_t at)
{
	struct lockbook *book = context;
	const struct lock_row *lock = probe_lock(book->probe, at);
	struct book_row *row = &book->rows[at];
	struct lock_fact *fact = &row->fact;
	struct lock_guess kind = guess(lock, row);
	uint64_t inside = offset_in_lock(kind.kind, lock->address, &row->place);

	*fact = (struct lock_fact){ .generation = row->generation,
				    .kind = kind.kind,
				    .confidence = kind.confidence,
				    .contended = kind.contended };
	fact->place = (struct report_place){ .module = row->place.module,
					     .symbol = row->place.symbol,
					     .offset = row->place.offset,
					     .mapping = row->place.mapping ? row->place.mapping
									   : "unknown",
					     .file = row->place.file,
					     .line = row->placed ? row->place.line : NO_VALUE };
	fill_identity(fact, lock, &row->place, inside);
	fill_name(fact, &row->place, inside);
	fact->owner_tid = owner_of(book, lock, row, fact);
	return fact;
}

void lockbook_begin_owners(struct lockbook *book)
{
	book->owner_looks++;
}

uint32_t lockbook_owner(struct lockbook *book, struct lock_ref lock, enum lock_kind *ret_kind)
{
	uint32_t at = lock.row - 1;
	struct book_row *row;

	if (at >= LOCK_ROWS || probe_lock(book->probe, at)->generation != lock.generation)
		return 0;
	row = &book->rows[at];
	if (row->owner_look != book->owner_looks) {
		look_at_row(book, at);
		read_memory(probe_lock(book->probe, at), row);
		lockbook_fact(book, at);
		row->owner_look = book->owner_looks;
	}
	*ret_kind = row->fact.kind;
	return row->fact.owner_tid;
}
