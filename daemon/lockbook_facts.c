// SPDX-License-Identifier: BSD-2-Clause
/* What a row is, out of all that is known of it: kind, name, identity, owner. */
#include <stdio.h>
#include <string.h>

#include "daemon/lockbook_parts.h"
#include "daemon/model/lock_kind.h"

#define FUTEX_COMMAND 127

static struct lock_guess guess(struct lockbook *book, const struct lock_row *lock,
			       struct book_row *row, const struct book_row *home)
{
	/* One process's stacks tell what the lock is in all of them. */
	const struct book_row *named = row->function_count ? row : home;
	struct lock_clues clues = {
		.operation = lock->operation & FUTEX_COMMAND,
		.is_private = lock->operation & FUTEX_PRIVATE,
		.value = lock->value,
		.values_vary = lock->value_changes > 1,
		.memory = row->has_memory ? row->memory + LOCK_MEMORY_BEFORE : NULL,
		.memory_size = LOCK_MEMORY_AT,
		.before = row->has_before ? row->memory : NULL,
		.before_size = LOCK_MEMORY_BEFORE,
		.symbol = row->place.symbol,
		.module = row->place.module,
		.functions = named->functions,
		.modules = named->modules,
		.function_count = named->function_count,
		.waiters = home->waiters,
		.wakers_are_waiters = home->wakers_are_waiters,
		.releasers_were_owners = home->releasers_were_owners,
		.wakers_have_ended = row->wakers_ended && !row->wakers_live,
		.wakers_woke_again = row->wakers_woke_again,
		.value_is_thread = lock->value > 1 &&
				   (row->value_has_ended ||
				    lockbook_thread_meant(book, row, lock, false, lock->value)),
		.is_gil = row->is_gil,
	};

	return lock_kind_of(&clues);
}

/* Behind a writer who waits for readers, new readers wait for the count of those, beside bits. */
#define RWLOCK_FLAGS_MAX 7

/*
 * How far a word lies within its lock: glibc's condition variables are waited for at two of theirs,
 * as are its rwlocks and Rust's. A C library's object is aligned to 8 bytes,
 * and musl's mutex is waited for in its second word.
 */
static uint64_t offset_in_lock(enum lock_words words, const struct lock_row *lock,
			       const struct symbol_place *place)
{
	static const struct {
		uint8_t aligned, other;
	} offsets[] = {
		[WORDS_GLIBC_CONDITION] = { 40, 44 },
		[WORDS_GLIBC_RWLOCK] = { 8, 12 },
		[WORDS_PTHREAD_MUTEX] = { 0, 4 },
		[WORDS_RUST_WRITER] = { 4, 4 },
	};
	uint64_t inside = lock->address & 7 ? offsets[words].other : offsets[words].aligned;

	if (words == WORDS_GLIBC_RWLOCK && lock->value > RWLOCK_FLAGS_MAX)
		return 0;
	/* Then it is something else: a symbol begins no later than its lock. */
	return place->symbol && place->offset < inside ? 0 : inside;
}

#define MEMFD "memfd:"

/* As its maker called it: that shared memory is a memfd stands in the lock's place. */
static const char *name_in_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t prefix = strlen(MEMFD);

	return !strncmp(name, MEMFD, prefix) && name[prefix] ? name + prefix : name;
}

#define UNKNOWN "unknown" /* also where nothing is mapped any more */

static const char *mapping_of(const struct symbol_place *place)
{
	return place->mapping ? place->mapping : UNKNOWN;
}

static void fill_name(struct lock_fact *fact, const struct symbol_place *place, uint64_t inside,
		      uint64_t address)
{
	uint64_t offset = place->offset >= inside ? place->offset - inside : place->offset;
	const char *base = place->symbol ? place->symbol : mapping_of(place);

	if (!place->symbol && place->module)
		base = name_in_path(place->module);
	if (!place->symbol && !place->module && !strcmp(base, UNKNOWN))
		snprintf(fact->name, sizeof(fact->name), "0x%lx", address - inside);
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

void lockbook_fill_names(struct lock_fact *fact, const struct lock_row *lock,
			 const struct symbol_place *place, uint64_t inside)
{
	fill_identity(fact, lock, place, inside);
	fill_name(fact, place, inside, lock->address);
}

static uint32_t owner_of(struct lockbook *book, const struct lock_row *lock, struct book_row *row,
			 const struct lock_fact *fact)
{
	struct lock_memory memory = { .at = row->memory + LOCK_MEMORY_BEFORE,
				      .at_size = LOCK_MEMORY_AT,
				      .before = row->has_before ? row->memory : NULL,
				      .before_size = LOCK_MEMORY_BEFORE,
				      .is_private = lock->operation & FUTEX_PRIVATE };
	uint32_t tid;

	if (!row->has_memory || !lockbook_is_waited_for(book, lock) ||
	    lock_word_owner(fact->kind, &memory, &tid) < 0)
		return 0;
	/* Before its place is known, a word may be shared as far as the call says. */
	return lockbook_thread_meant(book, row, lock, !(lock->operation & FUTEX_PRIVATE), tid);
}

static bool is_of_go(const struct book_row *row)
{
	for (size_t i = 0; i < row->function_count; i++)
		if (row->functions[i] && !strncmp(row->functions[i], "runtime.futex", 13))
			return true;
	return false;
}

const struct lock_fact *lockbook_fact(void *context, uint32_t at)
{
	struct lockbook *book = context;
	const struct lock_row *lock = lockbook_row(book, at);
	struct book_row *row = &book->rows[at];
	struct lock_fact *fact = &row->fact;
	struct lock_guess kind = guess(book, lock, row, &book->rows[lockbook_family(book, at)]);
	uint64_t inside = offset_in_lock(kind.words, lock, &row->place);

	*fact = (struct lock_fact){ .generation = row->generation,
				    .kind = kind.kind,
				    .confidence = kind.confidence,
				    .contended = kind.contended,
				    .taken_by = kind.taken_by,
				    .is_go = is_of_go(row) };
	fact->place = (struct report_place){ .module = row->place.module,
					     .symbol = row->place.symbol,
					     .offset = row->place.offset,
					     .mapping = mapping_of(&row->place),
					     .file = row->place.file,
					     .line = row->placed ? row->place.line : NO_VALUE };
	lockbook_fill_names(fact, lock, &row->place, inside);
	if (kind.name)
		snprintf(fact->name, sizeof(fact->name), "%s", kind.name);
	fact->owner_tid = owner_of(book, lock, row, fact);
	return fact;
}

size_t lockbook_owners(struct lockbook *book, uint32_t *ret_tids, size_t room)
{
	size_t count = 0;

	for (uint32_t i = 0; count < room && i < LOCK_ROWS; i++) {
		const struct lock_fact *fact;

		if (probe_lock_keys(book->probe)[i] <= LOCK_BUSY ||
		    !lockbook_is_waited_for(book, lockbook_row(book, i)))
			continue;
		fact = lockbook_fact(book, i);
		if (fact->contended && fact->owner_tid)
			ret_tids[count++] = fact->owner_tid;
	}
	return count;
}
