// SPDX-License-Identifier: BSD-2-Clause
/*
 * stacks HOW: blocks for ever in a lock that it holds already, called in a way that is known:
 * outermost → middle → innermost → pthread_mutex_lock. Built with and without frame pointers,
 * static, stripped and so on; prints the addresses of its variables first.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define kept __attribute__((noinline, noclone, visibility("default")))

pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t zero_locks[4];
long initialized = 42;

kept void innermost(void);
kept void middle(int depth);
kept void outermost(int depth);

static inline __attribute__((always_inline)) void take(pthread_mutex_t *lock)
{
	pthread_mutex_lock(lock);
}

enum { TAKING_LINE = __LINE__ + 7 };
kept void innermost(void)
{
	volatile char room[200];

	room[0] = 1;
	pthread_mutex_lock(&queue_lock);
	take(&queue_lock);
	room[1] = room[0];
}

/* More registers than a call leaves alone, so that some are kept on the stack. */
kept void middle(int depth)
{
	volatile long a = depth, b = a * 3, c = a ^ b;
	long x = a + b, y = b + c, z = a + c;

	if (depth > 0)
		middle(depth - 1);
	else
		innermost();
	a = x + y + z;
}

kept void outermost(int depth)
{
	/* A frame whose size is known only when it runs is found by the frame pointer. */
	volatile char *room = __builtin_alloca((size_t)depth % 64 + 16);

	room[0] = 1;
	middle(depth);
	room[1] = room[0];
}

static void on_signal(int number)
{
	(void)number;
	outermost(0);
	initialized++;
}

kept void raiser(void);
kept void raiser(void)
{
	raise(SIGUSR1);
	/* Not the last thing it does, so that it stays on the stack. */
	initialized++;
}

static void by_signal(int flags)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags };
	stack_t other = { .ss_sp = malloc(65536), .ss_size = 65536 };

	sigaltstack(&other, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raiser();
}

/* push %rbp; mov %rsp,%rbp; call *%rdi; pop %rbp; ret: what a JIT might have written. */
static void by_made_up_code(void)
{
	static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3 };
	unsigned char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char path[64];
	FILE *file;

	memcpy(at + 64, code, sizeof(code));
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	file = fopen(path, "w");
	if (!file)
		return;
	fprintf(file, "%lx %zx Made::up(int)\n", (unsigned long)(at + 64), sizeof(code));
	fclose(file);
	((void (*)(void (*)(void)))(at + 64))(innermost);
	initialized++;
}

/* So many threads, each with a stack of its own. */
static void *in_one_of_many(void *number)
{
	outermost((int)(long)number);
	return NULL;
}

static void in_many_threads(long count)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 256 * 1024);
	for (long i = 0; i < count; i++)
		if (pthread_create(&thread, &attributes, in_one_of_many, (void *)i))
			return;
	if (count > 0)
		pthread_join(thread, NULL);
}

static void *in_thread(void *depth)
{
	outermost((int)(long)depth);
	return NULL;
}

static void tell_variables(void)
{
	static pthread_mutex_t inner_lock;
	long on_stack;
	void *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	void *heap = malloc(64);
	void *private =
		mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	printf("queue_lock %p\n", (void *)&queue_lock);
	printf("zero_locks %p\n", (void *)&zero_locks[0]);
	printf("inner_lock %p\n", (void *)&inner_lock);
	printf("initialized %p\n", (void *)&initialized);
	printf("stdout %p\n", (void *)&stdout);
	printf("taking_line %#x\n", TAKING_LINE);
	printf("heap %p\n", heap);
	printf("stack %p\n", (void *)&on_stack);
	printf("shared %p\n", shared);
	printf("anonymous %p\n", private);
	printf("end 0x0\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	int depth = argc > 2 ? atoi(argv[2]) : 0;
	pthread_t thread;

	tell_variables();
	if (!strcmp(how, "main"))
		outermost(depth);
	else if (!strcmp(how, "signal"))
		by_signal(0);
	else if (!strcmp(how, "altstack"))
		by_signal(SA_ONSTACK);
	else if (!strcmp(how, "jit"))
		by_made_up_code();
	else if (!strcmp(how, "many"))
		in_many_threads(depth);
	else if (!strcmp(how, "thread") &&
		 !pthread_create(&thread, NULL, in_thread, (void *)(long)depth))
		pthread_join(thread, NULL);
	return 2;
}
