/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Homes of locks that processes share: each process has a row of its own of such a word, at an
 * address of its own; who waits and who releases is counted in one of them, the home. It has to be
 * known before anybody waits: a chain of releases that has begun in two rows is not put together.
 */
#ifndef PARTRACE_BPF_HOME_H
#define PARTRACE_BPF_HOME_H

#include "bpf/lock.h"

#define VM_MAYSHARE 0x80

/* A word in a file, or in shared memory, which is one: as the kernel's own key of the futex. */
struct shared_word {
	u64 inode; /* the kernel's address of it, and its number: one may be used again, not both */
	u64 number;
	u64 offset;
};

/* The first row of each word. What is forgotten here, the daemon puts together later. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LOCK_ROWS);
	__type(key, struct shared_word);
	__type(value, struct lock_ref);
} homes __weak SEC(".maps");

struct word_search {
	u64 address;
	struct shared_word word;
};

/* Called by the kernel with the mapping that the address is in. */
static long word_of_mapping(struct task_struct *task __attribute__((unused)),
			    struct vm_area_struct *mapping, struct word_search *search)
{
	struct file *file = mapping->vm_file;

	if (!file || !(mapping->vm_flags & VM_MAYSHARE))
		return 0;
	search->word.inode = (u64)file->f_inode;
	search->word.number = file->f_inode->i_ino;
	search->word.offset =
		(mapping->vm_pgoff << settings.page_shift) + search->address - mapping->vm_start;
	return 0;
}

static __always_inline bool is_row_of(struct lock_ref *ref, struct lock_row *row)
{
	u64 *key = lock_key_at(ref->row);

	return key && *(volatile u64 *)key > LOCK_BUSY && row->generation == ref->generation;
}

/* `first` is the home of both, unless it has one already. Who takes rows spares homes. */
static __always_inline bool move_in(struct lock_row *row, struct lock_ref *first)
{
	struct lock_row *other = lock_at(first->row);

	if (!other || !is_row_of(first, other))
		return false;
	if (other == row)
		return true;
	__sync_val_compare_and_swap(&other->home, 0, first->row);
	row->home = other->home;
	if (is_row_of(first, other))
		return true;
	row->home = 0;
	return false;
}

/* The first row of a word is entered as such; others move in with it. */
static __always_inline bool settle(struct lock_row *row, u32 number, struct shared_word *word)
{
	struct lock_ref own = { .row = number, .generation = row->generation }, *first;

	if (!bpf_map_update_elem(&homes, word, &own, BPF_NOEXIST))
		return true;
	first = bpf_map_lookup_elem(&homes, word);
	if (first && move_in(row, first))
		return true;
	/* The row that was the first stands for another lock by now. */
	return !bpf_map_update_elem(&homes, word, &own, BPF_ANY);
}

/*
 * Finds the home of a row of the current process's memory; what is not shared has none. When
 * somebody changes this memory just now it is left to the next who waits there, or to the daemon.
 */
__weak __noinline int lock_find_home(u32 number)
{
	struct lock_row *row = lock_at(number);
	struct word_search search = {};

	if (!settings.has_find_vma || !row || row->home)
		return 0;
	search.address = row->address;
	if (bpf_find_vma(bpf_get_current_task_btf(), row->address, word_of_mapping, &search, 0))
		return 0;
	row->home_known = !search.word.inode || settle(row, number, &search.word);
	return 0;
}

#endif
