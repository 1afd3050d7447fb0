// SPDX-License-Identifier: BSD-2-Clause
/*
 * odd [SECONDS]: waits for what is hardly a lock: words that lie, change under the reader, end with
 * the page, go away or are none at all; and from code that only a malformed map tells of. All waits
 * end by their timeout, so nothing in here is a deadlock.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../truth.h"

#define PAGE 4096
#define WORD 2 /* what a glibc mutex has in its word while somebody waits */

typedef long (*futex_call)(void *word, long operation, long value, const struct timespec *timeout);

static long futex(void *word, long operation, long value, const struct timespec *timeout)
{
	return syscall(SYS_futex, word, operation, value, timeout, NULL, 0);
}

static void wait_ms(futex_call call, void *word, long operation, long ms)
{
	struct timespec timeout = { .tv_nsec = ms * 1000000 };

	call(word, operation, WORD, &timeout);
}

static char *new_pages(size_t count)
{
	char *pages = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	if (pages == MAP_FAILED)
		abort();
	return pages;
}

static void set_words(void *at, int word, int owner, int kind)
{
	int words[10] = { word, 1, owner, 1, kind };

	memcpy(at, words, sizeof(words));
}

/* The owner and the kind are something else at every look. */
static int torn_words[10];

static void *scribble(void *nothing)
{
	truth_thread("scribbler");
	for (unsigned int i = 1; !truth_stopped(); i = i * 1103515245 + 12345) {
		((volatile int *)torn_words)[2] = (int)i;
		((volatile int *)torn_words)[4] = (int)(i >> 7);
		if (i % 64 == 0)
			truth_sleep(100000);
	}
	return nothing;
}

static void torn(void)
{
	torn_words[0] = WORD;
	wait_ms(futex, torn_words, FUTEX_WAIT_PRIVATE, 20);
}

/* It names itself, nobody, everybody, the first process. */
static void liar(void)
{
	static int words[10];
	static const int owners[] = { 0, -1, 1, 0x7fffffff, 0x40000000 };
	static unsigned int turn;
	int owner = owners[turn++ % 5];

	set_words(words, WORD, owner ? owner : (int)syscall(SYS_gettid), (int)turn);
	wait_ms(futex, words, FUTEX_WAIT_PRIVATE, 20);
}

/* The word is the last of its page, and what comes after it is not mapped. */
static void edge(void)
{
	static char *page;

	if (!page) {
		page = new_pages(2);
		munmap(page + PAGE, PAGE);
	}
	*(int *)(page + PAGE - 4) = WORD;
	wait_ms(futex, page + PAGE - 4, FUTEX_WAIT_PRIVATE, 20);
}

/* These two go away while they are waited for. */
static char *volatile passing;

static void *take_away(void *nothing)
{
	truth_thread("remover");
	while (!truth_stopped()) {
		char *page = passing;

		truth_sleep(5000000);
		if (page && page == passing) {
			passing = NULL;
			munmap(page, PAGE);
		}
	}
	return nothing;
}

static void unmapped(void)
{
	char *page = new_pages(1);

	set_words(page, WORD, 1, 0);
	passing = page;
	wait_ms(futex, page, FUTEX_WAIT_PRIVATE, 30);
}

static void truncated(void)
{
	char path[64];
	char *page;
	int fd;

	snprintf(path, sizeof(path), "/var/tmp/partrace-odd-%d", getpid());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	unlink(path);
	if (fd < 0 || ftruncate(fd, PAGE) < 0)
		abort();
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		abort();
	set_words(page, WORD, 1, 128);
	/* It waits on the word of a page that is in no file any more when it goes on. */
	wait_ms(futex, page, FUTEX_WAIT, 10);
	if (ftruncate(fd, 0) < 0)
		abort();
	wait_ms(futex, page, FUTEX_WAIT, 10);
	munmap(page, PAGE);
	close(fd);
}

static void protected(void)
{
	static char *page;

	if (!page)
		page = new_pages(1);
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
	set_words(page, WORD, 1, 0);
	mprotect(page, PAGE, PROT_READ);
	wait_ms(futex, page, FUTEX_WAIT_PRIVATE, 10);
	mprotect(page, PAGE, PROT_NONE);
	wait_ms(futex, page, FUTEX_WAIT_PRIVATE, 10);
}

/* Refused at once by the kernel: unaligned, in no mapping, the kernel's. */
static void nowhere(void)
{
	static int words[10];

	words[0] = WORD;
	wait_ms(futex, (char *)words + 1, FUTEX_WAIT_PRIVATE, 20);
	wait_ms(futex, (void *)16, FUTEX_WAIT_PRIVATE, 20);
	wait_ms(futex, (void *)0xffffffff81000000ul, FUTEX_WAIT_PRIVATE, 20);
	wait_ms(futex, words, 0x7f, 20);
	truth_sleep(10000000);
}

static futex_call jit_call = futex;

static void jit(void)
{
	static int words[10];

	words[0] = WORD;
	wait_ms(jit_call, words, FUTEX_WAIT_PRIVATE, 20);
}

static const struct odd {
	const char *name;
	void (*wait)(void);
} odds[] = {
	{ "torn", torn },           { "liar", liar },
	{ "edge", edge },           { "unmapped", unmapped },
	{ "truncated", truncated }, { "protected", protected },
	{ "nowhere", nowhere },     { "jit", jit },
};

#define ODDS (sizeof(odds) / sizeof(odds[0]))

static void *run(void *which)
{
	const struct odd *odd = which;

	truth_thread(odd->name);
	while (!truth_stopped())
		odd->wait();
	return NULL;
}

static char map_path[64];

/* One good line among lines of every bad kind, and no end to the last. */
static void write_map(const void *code, size_t size)
{
	FILE *map;

	snprintf(map_path, sizeof(map_path), "/tmp/perf-%d.map", getpid());
	map = fopen(map_path, "we");
	if (!map)
		return;
	fprintf(map, "\n \nnothing\nxyz 10 bad\n10\n-5 10 negative\n");
	fprintf(map, "ffffffffffffffff ffffffffffffffff wraps\n");
	fprintf(map, "fffffffffffffffffffffff 10 too long\n0 0 empty\n");
	fprintf(map, "%lx %zx jit_wait\n", (unsigned long)code, size);
	for (int i = 0; i < 100000; i++)
		fputc('a', map);
	fwrite("\n10 20 \0zero\n30 40 ", 1, 18, map);
	fclose(map);
}

/* mov %rcx,%r10; mov $202,%eax; syscall; ret: and nothing says how to unwind it. */
static void make_code(void)
{
#ifdef __x86_64__
	static const unsigned char code[] = { 0x49, 0x89, 0xca, 0xb8, 0xca, 0,
					      0,    0,    0x0f, 0x05, 0xc3 };
	char *page = new_pages(1);

	memcpy(page, code, sizeof(code));
	mprotect(page, PAGE, PROT_READ | PROT_EXEC);
	jit_call = (futex_call)(void *)page;
	write_map(page, sizeof(code));
#endif
}

int main(int argc, char **argv)
{
	pthread_t threads[ODDS + 2];

	truth_begin("odd");
	truth_set_seconds(argc > 1 ? atof(argv[1]) : 0);
	make_code();
	for (size_t i = 0; i < ODDS; i++)
		if (pthread_create(&threads[i], NULL, run, (void *)&odds[i]))
			return 1;
	if (pthread_create(&threads[ODDS], NULL, scribble, NULL) ||
	    pthread_create(&threads[ODDS + 1], NULL, take_away, NULL))
		return 1;
	for (size_t i = 0; i < ODDS + 2; i++)
		pthread_join(threads[i], NULL);
	unlink(map_path);
	truth_print();
	return 0;
}
