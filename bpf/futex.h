/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread begins to wait for a futex: which lock it is, and who has it. */
#ifndef PARTRACE_BPF_FUTEX_H
#define PARTRACE_BPF_FUTEX_H

#include "bpf/cause.h"
#include "bpf/home.h"
#include "bpf/stack.h"

/* struct futex_waitv of uapi/linux/futex.h, and the bits of the 6.7 calls' flags. */
struct waitv_entry {
	u64 value;
	u64 address;
	u32 flags;
	u32 reserved;
};

#define FUTEX_PRIVATE 128 /* also in the new calls' flags */

/* glibc's mutex: the word itself, a count and the owner's TID. */
struct mutex_words {
	u32 word;
	u32 count;
	u32 owner;
};

/* What the call was given; straight out of the registers, for here every branch counts twice. */
static __always_inline void futex_note(struct thread_slot *slot, struct task_struct *task,
				       struct pt_regs *regs)
{
	slot->futex = SYSCALL_ARG1(regs);
	slot->futex_operation = SYSCALL_ARG2(regs);
	slot->futex_value = SYSCALL_ARG3(regs);
	slot->futex_fourth = SYSCALL_ARG4(regs);
	slot->futex_fifth = SYSCALL_ARG5(regs);
	slot->space = (u64)task->mm;
	slot->tgid = task->tgid;
}

/*
 * Which word, which operation, which value; of futex_waitv, the first stands for all. `here`: the
 * thread is the current one, whose memory can be read.
 */
static __always_inline bool futex_arguments(struct thread_slot *slot, bool here)
{
	u32 number = WAIT_KEY_NUMBER(slot->wait_key);
	u32 wait = settings.wait_of_syscall[number & (SYSCALLS_MAX - 1)];
	struct waitv_entry entry = {};

	if (wait == SYSCALL_FUTEX_WAIT ? slot->futex_fifth : slot->futex_fourth)
		slot->futex_flags |= FUTEX_TIMED;
	if (wait == SYSCALL_FUTEX)
		return true;
	if (wait == SYSCALL_FUTEX_WAIT) {
		slot->futex_value = slot->futex_operation;
		slot->futex_operation = FUTEX_WAIT_BITSET | (slot->futex_fourth & FUTEX_PRIVATE);
		return true;
	}
	if (!here || bpf_probe_read_user(&entry, sizeof(entry), (void *)slot->futex))
		return false;
	slot->futex = entry.address;
	slot->futex_operation = FUTEX_WAIT_BITSET | (entry.flags & FUTEX_PRIVATE);
	slot->futex_value = entry.value;
	return true;
}

/* Less than a TID of any but a namespace's first threads: musl has numbers of its own there. */
#define TID_FLOOR 17

/*
 * Robust mutexes, and those of musl that have an owner, are waited for with its TID in the word,
 * which the call repeats.
 */
static __always_inline u32 owner_in_value(const struct thread_slot *slot, u32 operation)
{
	u32 tid = slot->futex_value & FUTEX_TID_MASK;

	if (operation != FUTEX_WAIT && operation != FUTEX_WAIT_BITSET)
		return 0;
	return slot->futex_value & FUTEX_WAITERS && tid >= TID_FLOOR ? tid : 0;
}

/* Who has it by its own memory, where a library keeps that; 0: nobody, or unknown. */
static __always_inline u32 futex_owner(struct thread_slot *slot)
{
	u32 operation = slot->futex_operation & FUTEX_COMMAND;
	struct mutex_words words = {};

	if (slot->cause != WAIT_LOCK)
		return owner_in_value(slot, operation);
	if (bpf_probe_read_user(&words, sizeof(words), (void *)slot->futex))
		return 0;
	if (operation == FUTEX_LOCK_PI || operation == FUTEX_LOCK_PI2)
		return words.word & FUTEX_TID_MASK;
	return words.owner;
}

/* The lock's memory was just written by another CPU: of short waits one in so many looks at it. */
#define OWNER_EVERY    8
#define OWNER_CHEAP_NS 50000

/* `edge`: of the thread and the lock; NULL: of that nothing is known. */
static __always_inline bool owner_is_due(const struct lock_edge *edge)
{
	return !edge || edge->waits < 2 * OWNER_EVERY || edge->waits % OWNER_EVERY == 0 ||
	       edge->blocked_ns >= edge->waits * OWNER_CHEAP_NS;
}

static __always_inline int announce(u32 kind)
{
	struct event event = { .kind = kind };

	return bpf_ringbuf_output(&events, &event, sizeof(event), 0);
}

/*
 * Other processes may know it at other addresses. The daemon hears of it, too: while the process
 * lives, its mappings tell which file or memory it is.
 */
static __always_inline void lock_may_be_shared(u32 number, bool here)
{
	struct lock_row *row = lock_at(number);

	if (!row)
		return;
	if (here && !row->home && !row->home_known && settings.has_find_vma)
		lock_find_home(number);
	if (!row->sets)
		announce(EVENT_SHARED_LOCK);
}

/* The row of its word, most often that of its last wait; 0: there is no room. */
static __always_inline u32 futex_row(struct thread_slot *slot)
{
	u32 number = slot->last_lock.row;
	struct lock_row *row = lock_at(number);

	if (row && row->generation == slot->last_lock.generation && row->address == slot->futex &&
	    row->space == slot->space && row->tgid == slot->tgid)
		return number;
	number = lock_find(slot->space, slot->futex, slot->tgid, slot->pid);
	/* Another CPU may have taken just that row: most often for the same lock. */
	if (!number)
		number = lock_find(slot->space, slot->futex, slot->tgid, slot->pid);
	return number;
}

/*
 * The thread joins the lock's waiters; returns the row that it is counted in. Only then may who
 * wakes it see which lock that is: on another CPU the wake may come while this goes on, and who is
 * taken away before having been added would be counted there for ever.
 */
__weak __noinline u32 futex_begin(u32 index, u64 now, bool here)
{
	struct thread_slot *slot = slot_at(index);
	struct lock_row *row, *home;
	u32 number, home_number;

	if (!slot)
		return 0;
	number = futex_row(slot);
	row = lock_at(number);
	slot->lock.row = 0;
	if (!row) {
		count_loss(&losses.locks);
		return 0;
	}
	slot->lock.generation = row->generation;
	if (!(slot->futex_operation & FUTEX_PRIVATE))
		lock_may_be_shared(number, here);
	home_number = row->home ? row->home : number;
	slot->lock_home = home_number;
	if (row->operation != slot->futex_operation)
		row->operation = slot->futex_operation;
	if (row->value != slot->futex_value) {
		row->value = slot->futex_value;
		if (row->value_changes < 2)
			row->value_changes++;
	}
	if ((row->sets & slot->sets) != slot->sets)
		__sync_fetch_and_or(&row->sets, slot->sets);
	home = lock_at(home_number);
	if (home && here && owner_is_due(edge_again(slot, number, row->generation))) {
		home->owner = futex_owner(slot);
		home->owner_asked = 1;
	}
	if (lock_move(home_number, 1, now))
		slot->futex_flags |= FUTEX_QUEUED;
	else if (home)
		home->since_ns = now;
	/* Another lock has just taken the row: nobody would ever take this waiter away. */
	if (*(volatile u32 *)&row->generation != slot->lock.generation) {
		lock_move(home_number, -1, now);
		count_loss(&losses.locks);
		return 0;
	}
	barrier();
	*(volatile u32 *)&slot->lock.row = number;
	return home_number;
}

/* Once: the daemon attaches the probe of wakes. */
static __always_inline void ask_for_wakes(void)
{
	if (control.watch_wakes || control.wakes_wanted)
		return;
	control.wakes_wanted = 1;
	if (announce(EVENT_LOCK))
		control.wakes_wanted = 0;
}

/*
 * Could this wait, if it takes sixteen times as long as they do on the mean, make a stack due?
 * Copying costs more than all else here, so what has been seen often enough is not copied again. Of
 * another lock than the last nothing is known.
 */
static __always_inline bool stack_is_near(struct thread_slot *slot, u64 now)
{
	struct lock_edge *edge = edge_again(slot, slot->lock.row, slot->lock.generation);
	u64 all_ns, mean_ns;

	if (!edge || !edge->waits)
		return true;
	all_ns = edge->blocked_ns + edge->ready_ns;
	mean_ns = all_ns / edge->waits;
	if (edge->stackless_ns + 16 * mean_ns < all_ns >> STACK_SHARE_LOG)
		return false;
	return edge->waits < STACK_WAITS_MIN || mean_ns >= STACK_CHEAP_NS ||
	       !stack_window_is_full(now);
}

/*
 * The thread blocks now (`here`), or was found blocked since `now`. The slot says in which call,
 * with what, and where the registers are. Returns as futex_begin().
 */
__weak __noinline u32 futex_blocks(u32 index, u64 now, bool here)
{
	struct thread_slot *slot = slot_at(index);
	u32 home;

	if (!slot)
		return 0;
	slot->futex_flags = here && control.watch_wakes ? FUTEX_WATCHED : 0;
	if (!futex_arguments(slot, here)) {
		slot->futex = 0;
		return 0;
	}
	home = futex_begin(index, now, here);
	/* Who wakes it may note that it has left, just now. */
	if (here && control.take_stacks && stack_is_near(slot, now) && stack_take(index))
		__sync_fetch_and_or(&slot->futex_flags, FUTEX_STACK);
	/* Read first: a line that all CPUs write at every wait would cost more than the rest. */
	if (!control.futex_seen)
		control.futex_seen = 1;
	ask_for_wakes();
	return home;
}

#endif
