/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of a lockbook: lockbook.c (what comes in, and looks at rows), lockbook_memory.c (what
 * is read around them), lockbook_edges.c (who waits and wakes), lockbook_homes.c (rows of one
 * lock), lockbook_facts.c (what a row is), lockbook_tids.c (whom a TID means), lockbook_refused.c
 * (what a thread wanted that the kernel has refused), lockbook_use.c (what a word is waited for),
 * lockbook_java.c (what parked threads wait for), lockbook_stacks.c and lockbook_samples.c
 * (frames), lockbook_missing.c (what has not come of all this).
 */
#ifndef PARTRACE_LOCKBOOK_PARTS_H
#define PARTRACE_LOCKBOOK_PARTS_H

#include "daemon/lockbook.h"
#include "daemon/model/lock_word.h"
#include "daemon/model/own_tids.h"
#include "daemon/shared_memory.h"
#include "daemon/symbol/target_memory.h"
#include "daemon/symbol/worker.h"

/* Innermost frames that tell what kind of lock it is. */
#define BOOK_FUNCTIONS 16

struct book_row {
	uint32_t generation;
	bool looked;     /* at what memory it lies in */
	bool is_put_off; /* that look, for there were too many at once */
	uint64_t asked;  /* for its place: which question of all this was; 0: not yet */
	uint64_t address;
	bool placed; /* its place is known */
	bool is_gil;
	bool is_shared;              /* `shared` is known */
	struct shared_memory shared; /* that processes share */
	uint32_t sharer;             /* a process that has been found to have it, too; 0 */
	struct symbol_place place;
	/* as last read */
	uint8_t memory[LOCK_MEMORY_BEFORE + LOCK_MEMORY_AT];
	bool has_memory,
		has_before; /* from the word on; before it, where the page may be another */
	/* of a thread that waits for it */
	const char *functions[BOOK_FUNCTIONS];
	const char *modules[BOOK_FUNCTIONS];
	size_t function_count;
	bool is_blocker_asked, has_blocker; /* lockbook_java.c */
	uint64_t use_ns; /* by which they are ahead of what else the word was waited for */
	/* Python's threading.Semaphore, whose waiters have a word each: the function that takes
	 * it, and the row (+ 1) that stands for all words of its waiters; 0 */
	const char *semaphore_user;
	uint32_t family;
	/* of the edges; of such a semaphore in its family's row */
	uint32_t waiters;
	bool wakers_are_waiters;    /* of a lock in shared memory: in its home's row */
	bool releasers_were_owners; /* of such a lock in its home's row, too */
	bool wakers_live, wakers_ended, wakers_woke_again;
	bool value_has_ended; /* one of them was the thread whose TID was waited for */
	struct lock_fact fact;
	uint64_t owner_look; /* when its fact was made for lockbook_owner() */
};

struct book_frames {
	uint64_t hash;
	size_t count;
	struct report_frame frames[];
};

/* A stack on its way: the ticket is its place here. */
struct book_pending {
	bool used;
	uint64_t asked; /* which question of all this was */
	struct book_start start;
	struct book_stack stack;
};

/* Where a thread waited when it was asked for. */
struct book_thread {
	uint32_t generation;
	uint32_t seq;    /* of its slot then */
	bool is_pending; /* asked for, and not yet answered */
	uint64_t asked;  /* which question of all this was */
	const struct book_frames *frames;
	bool whole;
	struct {
		uint32_t generation, seq;
	} not_refused; /* a mutex, as far as could be found then */
};

/* A thread that the kernel has refused a mutex, as lockbook_refused.c has it. */
struct book_refused {
	uint32_t slot, generation;
	uint32_t seq;           /* of the slot then */
	struct lock_row wanted; /* the row that it waits in, at the mutex's address; 0: free */
	struct book_row home;   /* of the mutex: only what memory it shares is known */
	struct symbol_place place;
	struct lock_fact fact;
};

#define BOOK_REFUSED 64
/* Threads whose memory is searched for that in one look at owners; the others' turn comes. */
#define BOOK_REFUSED_SEARCHES 32

#define BOOK_PENDING 1024

/*
 * What can be asked for later takes no more of the worker's room than this: the rest is for the
 * stacks of waits, which come once.
 */
#define BOOK_PLACE_JOBS  (SYMBOL_JOBS_MAX / 2)
#define BOOK_THREAD_JOBS (SYMBOL_JOBS_MAX * 3 / 4)

/* The same of a sample of code. */
struct book_sample {
	bool used;
	struct book_start start;
	struct book_code code;
};

#define BOOK_SAMPLES 512

/* A process, by its PID: may its memory be locked, as far as one look at all threads tells? */
struct book_reading {
	uint32_t pid;     /* 0: free */
	uint32_t threads; /* of it that are watched, and live */
	bool is_doubted;
	bool is_counted; /* the kernel was asked how many there are */
};

#define BOOK_READINGS 4096u

struct lockbook {
	struct probe *probe;
	struct symbol_worker *worker;
	struct book_row rows[LOCK_ROWS];
	struct target_memory memory; /* open during a look only */
	struct book_reading readings[BOOK_READINGS];

	struct book_frames **stacks; /* [2 * LOCKBOOK_STACKS_MAX], by hash */
	size_t stacks_count;
	struct book_pending pending[BOOK_PENDING];
	size_t pending_count;
	uint64_t lost;
	struct book_sample samples[BOOK_SAMPLES];
	size_t next_sample;
	uint64_t lost_samples;
	uint64_t late_homes;
	lockbook_code_fn on_code;
	void *code_context;
	lockbook_start_fn on_start;
	void *start_context;
	uint64_t asked, answered;                             /* questions, ever */
	struct book_jit_loss jit_losses[LOCKBOOK_JIT_LOSSES]; /* pid 0: free */
	size_t next_jit_loss;
	uint64_t owner_looks;
	unsigned int homes_left; /* in this look */
	uint64_t homes_until_ns; /* of this thread's CPU time */
	struct own_tids tids;    /* as of the last look */
	bool has_tids;           /* false: it is to be made */

	struct book_thread *threads; /* by slot */
	uint32_t next_blocker;       /* the row to begin with when JVMs are asked */
	struct book_refused refused[BOOK_REFUSED];
	uint32_t next_refused;
	unsigned int refused_searches; /* left in this look */
	bool refused_may_look;         /* no look at all tasks has been made for it yet */
};

/* A ticket says what an answer is about. */
enum {
	TICKET_STACK = 1,
	TICKET_PLACE = 2,
	TICKET_THREAD = 3,
	TICKET_SAMPLE = 4,
	TICKET_REFUSED = 5,
	TICKET_BLOCKER = 6,
};
#define TICKET(kind, number, generation)                                                           \
	((uint64_t)(kind) << 60 | (uint64_t)(number) << 32 | (generation))
#define TICKET_KIND(ticket)       ((ticket) >> 60)
#define TICKET_NUMBER(ticket)     ((ticket) >> 32 & 0xfffffff)
#define TICKET_GENERATION(ticket) ((uint32_t)(ticket))

#define FUTEX_PRIVATE 128

/* Never NULL: without memory for it, a row is an empty one. */
struct lock_row *lockbook_row(const struct lockbook *book, uint32_t row);
bool lockbook_is_waited_for(const struct lockbook *book, const struct lock_row *lock);
/* A look begins: whose memory may be locked is asked anew. */
void lockbook_begin_reading(struct lockbook *book);
/* A target's memory: how many bytes there were, or -errno; -EBUSY: it is locked. */
ssize_t lockbook_read(struct lockbook *book, pid_t pid, uint64_t address, void *buffer,
		      size_t size);
/* What lies around a row's word. */
void lockbook_read_row(struct lockbook *book, const struct lock_row *lock, struct book_row *row);

/* Not one that another lock is just taking. */
bool lockbook_is_looked_at(const struct lockbook *book, uint32_t row);
/* After all rows: fills in what they have of the edges. */
void lockbook_look_at_edges(struct lockbook *book);

/* A look begins, which finds so many homes and no more. */
void lockbook_begin_homes(struct lockbook *book);
/* Of a row that is new: in this look, if it can be, or in a later one. */
void lockbook_find_home_soon(struct lockbook *book, uint32_t row);
/*
 * Of a row that lies in this memory. `is_late`: it was waited for a while as if it were a lock of
 * its own, which is counted where it is not.
 */
void lockbook_find_home(struct lockbook *book, uint32_t row, const struct shared_memory *memory,
			bool is_late);
/* The row that stands for the lock, whichever process's word it is. */
uint32_t lockbook_home(const struct lockbook *book, uint32_t row);
/* The row in which is counted who waits for it and who wakes them: that one, or its family's. */
uint32_t lockbook_family(const struct lockbook *book, uint32_t row);

/*
 * Our number of the thread that is meant by a TID in this row's memory; 0: nobody who could have
 * written it there. `shared`: so could other processes.
 */
uint32_t lockbook_thread_meant(struct lockbook *book, struct book_row *row,
			       const struct lock_row *lock, bool shared, uint32_t tid);
/* What it is called, and which it is of all. `inside`: how far its word lies within it. */
void lockbook_fill_names(struct lock_fact *fact, const struct lock_row *lock,
			 const struct symbol_place *place, uint64_t inside);
void lockbook_refused_placed(struct lockbook *book, const struct symbol_answer *answer);
/* For what Java's threads are parked, of those that are now. */
void lockbook_ask_blockers(struct lockbook *book);
void lockbook_blocker_known(struct lockbook *book, const struct symbol_answer *answer);
struct report_frame lockbook_frame(const struct symbol_frame *frame);
/* What the kernel keeps of a thread that entered it, in the order of DWARF's numbers. */
void lockbook_registers(const __u64 kernel[KERNEL_REGISTERS], uint64_t ret[STACK_REGISTERS]);
/* Looks for what the thread was started for, and tells. */
void lockbook_tell_start(struct lockbook *book, struct book_start start,
			 const struct report_frame *frames, size_t count, bool whole);
/* A thread waited there so long, by these frames. */
void lockbook_note_use(struct book_row *row, const struct report_frame *frames, size_t count,
		       uint64_t wait_ns);
void lockbook_sample_named(struct lockbook *book, const struct symbol_answer *answer);
void lockbook_thread_named(struct lockbook *book, const struct symbol_answer *answer);
/* A stack has got its names. */
void lockbook_named(struct lockbook *book, uint32_t pending, const struct symbol_frame *frames,
		    size_t count, bool whole, lockbook_stack_fn fn, void *context);

#endif
