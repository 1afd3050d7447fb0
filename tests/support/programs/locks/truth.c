// SPDX-License-Identifier: BSD-2-Clause
#include "truth.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "truth_log.h"

static struct truth_memory *memory;
static __thread struct truth_log *mine;
static __thread struct held {
	bool is;
	struct truth_account from;
	uint64_t blocked_ns[TRUTH_STATES];
} held[TRUTH_LOCKS_MAX];
static __thread int schedstat = -1;

static void on_signal(int signal_number)
{
	(void)signal_number;
	atomic_store(&memory->stop, true);
}

void truth_begin(const char *program)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	memory = mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED) {
		perror("truth: mmap");
		exit(1);
	}
	memory->program = program;
	memory->pid = getpid();
	memory->began_ns = truth_now();
	sigaction(SIGTERM, &action, NULL);
}

void truth_set_seconds(double seconds)
{
	memory->until_ns = seconds > 0 ? memory->began_ns + (uint64_t)(seconds * 1e9) : 0;
}

bool truth_stopped(void)
{
	return atomic_load(&memory->stop) || (memory->until_ns && truth_now() >= memory->until_ns);
}

void truth_stop(void)
{
	atomic_store(&memory->stop, true);
}

int truth_lock(const char *name, const char *kind, const void *address, size_t size)
{
	int lock = memory->locks_count++;

	if (lock >= TRUTH_LOCKS_MAX)
		abort();
	memory->locks[lock].name = name;
	memory->locks[lock].kind = kind;
	memory->locks[lock].size = size;
	truth_lock_at(lock, address);
	return lock;
}

void truth_lock_at(int lock, const void *address)
{
	struct truth_lock_row *row = &memory->locks[lock];
	struct truth_address *at = &row->addresses[row->addresses_count++];

	if (row->addresses_count > TRUTH_ADDRESSES_MAX)
		abort();
	at->pid = getpid();
	at->address = (uintptr_t)address;
}

void truth_lock_declared(int lock, const char *file, unsigned int line)
{
	memory->locks[lock].file = file;
	memory->locks[lock].line = line;
}

void truth_thread(const char *name)
{
	unsigned int index = atomic_fetch_add(&memory->logs_count, 1);

	if (index >= TRUTH_LOGS_MAX)
		abort();
	mine = &memory->logs[index];
	mine->pid = getpid();
	mine->tid = (pid_t)syscall(SYS_gettid);
	snprintf(mine->name, sizeof(mine->name), "%s", name);
	pthread_setname_np(pthread_self(), mine->name);
	schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

uint64_t truth_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

struct truth_account truth_account(void)
{
	struct truth_account account = { .now_ns = truth_now() };
	char text[96] = "";
	char *rest;

	account.cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	if (schedstat >= 0 && pread(schedstat, text, sizeof(text) - 1, 0) > 0) {
		strtoull(text, &rest, 10);
		account.ready_ns = strtoull(rest, NULL, 10);
	}
	return account;
}

static struct truth_event *new_event(void)
{
	static __thread struct truth_event none;

	if (mine->count == TRUTH_EVENTS_MAX) {
		mine->dropped++;
		return &none;
	}
	return &mine->events[mine->count++];
}

void truth_waited(int lock, const char *function, uint64_t from_ns, bool timed_out)
{
	uint64_t now_ns = truth_now();
	struct truth_event *event = new_event();

	event->lock = lock;
	event->function = function;
	event->from_ns = from_ns;
	event->until_ns = now_ns;
	event->timed_out = timed_out;
}

void truth_acquired(int lock)
{
	memset(&held[lock], 0, sizeof(held[lock]));
	held[lock].is = true;
	held[lock].from = truth_account();
}

/* Time in which it neither ran nor was ready. */
static uint64_t blocked_between(const struct truth_account *from, const struct truth_account *to)
{
	uint64_t awake_ns = to->cpu_ns - from->cpu_ns + to->ready_ns - from->ready_ns;
	uint64_t ns = to->now_ns - from->now_ns;

	return ns > awake_ns ? ns - awake_ns : 0;
}

void truth_did(const struct truth_account *from, enum truth_state state)
{
	struct truth_account to = truth_account();

	for (int i = 0; i < TRUTH_LOCKS_MAX; i++)
		if (held[i].is && held[i].from.now_ns <= from->now_ns)
			held[i].blocked_ns[state] += blocked_between(from, &to);
}

void truth_releasing(int lock)
{
	struct truth_account to = truth_account();
	struct held *hold = &held[lock];
	struct truth_event *event = new_event();
	uint64_t known_ns = hold->blocked_ns[TRUTH_LOCK] + hold->blocked_ns[TRUTH_IO];
	uint64_t blocked_ns = blocked_between(&hold->from, &to);

	event->lock = lock;
	event->held = true;
	event->from_ns = hold->from.now_ns;
	event->until_ns = to.now_ns;
	memcpy(event->state_ns, hold->blocked_ns, sizeof(event->state_ns));
	event->state_ns[TRUTH_RUNNING] = to.cpu_ns - hold->from.cpu_ns;
	event->state_ns[TRUTH_READY] = to.ready_ns - hold->from.ready_ns;
	event->state_ns[TRUTH_OTHER] = blocked_ns > known_ns ? blocked_ns - known_ns : 0;
	hold->is = false;
}

static void compute_until(clockid_t clock, uint64_t until_ns)
{
	volatile unsigned int sink = 0;

	while (clock_ns(clock) < until_ns)
		for (int i = 0; i < 200; i++)
			sink += (unsigned int)i;
}

void truth_compute(uint64_t ns)
{
	compute_until(CLOCK_MONOTONIC, truth_now() + ns);
}

void truth_compute_cpu(uint64_t ns)
{
	compute_until(CLOCK_THREAD_CPUTIME_ID, clock_ns(CLOCK_THREAD_CPUTIME_ID) + ns);
}

void truth_sleep(uint64_t ns)
{
	struct timespec time = { .tv_sec = (time_t)(ns / 1000000000ull),
				 .tv_nsec = (long)(ns % 1000000000ull) };

	nanosleep(&time, NULL);
}

void truth_print(void)
{
	truth_memory_print(memory, truth_now());
	fflush(stdout);
}
