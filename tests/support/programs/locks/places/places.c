// SPDX-License-Identifier: BSD-2-Clause
/*
 * places WHERE [SECONDS]: two threads contend for a lock which is on the heap, on a stack, in a
 * mapped file, or in a library that is unloaded halfway; or in data, at the end of a deep
 * recursion.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../truth.h"

#define DEPTH   256
#define HOLD_NS 4000000

static pthread_mutex_t deep_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *lock;
static int lock_truth;
static volatile bool unloading;

static struct plugin {
	void *handle;
	int (*try)(void);
	int (*enter)(void);
	int (*leave)(void);
	void *(*address)(void);
} plugin;

/* What both threads do: `enter` is the direct caller of the library's function. */
struct way {
	const char *name;
	const char *function;
	bool (*try)(void);
	void (*enter)(void);
	void (*leave)(void);
};

static const struct way *way;

static bool try_lock(void)
{
	return pthread_mutex_trylock(lock) == 0;
}

__attribute__((noinline)) static void enter(void)
{
	volatile int error = pthread_mutex_lock(lock);

	(void)error;
}

static void leave(void)
{
	pthread_mutex_unlock(lock);
}

/* Not to be made a loop of: something is left to do after each call. */
__attribute__((noinline)) static void descend(int depth)
{
	volatile int left = depth;

	if (depth > 1)
		descend(depth - 1);
	else
		left += pthread_mutex_lock(lock);
	if (left > DEPTH)
		abort();
}

static void enter_deep(void)
{
	descend(DEPTH);
}

static bool try_plugin(void)
{
	return plugin.try() == 0;
}

static void enter_plugin(void)
{
	plugin.enter();
}

static void leave_plugin(void)
{
	plugin.leave();
}

static void *contend(void *number)
{
	char name[16];

	snprintf(name, sizeof(name), "contender-%ld", (long)number);
	truth_thread(name);
	while (!truth_stopped() && !unloading) {
		if (!way->try()) {
			uint64_t from_ns = truth_now();

			way->enter();
			truth_waited(lock_truth, way->function, from_ns, false);
		}
		truth_acquired(lock_truth);
		truth_sleep(HOLD_NS);
		truth_releasing(lock_truth);
		way->leave();
		truth_sleep(HOLD_NS / 8);
	}
	return NULL;
}

static void *map_file(void)
{
	char path[64];
	void *memory;
	int fd;

	snprintf(path, sizeof(path), "/var/tmp/partrace-places-%d", getpid());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	unlink(path);
	if (fd < 0 || ftruncate(fd, 4096) < 0)
		return MAP_FAILED;
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return memory == MAP_FAILED ? memory : (char *)memory + 0x140;
}

/* libplugin.so is where this program is. */
static void *load_plugin(void)
{
	char self[4000] = "", path[4096];

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return NULL;
	snprintf(path, sizeof(path), "%s/libplugin.so", dirname(self));
	plugin.handle = dlopen(path, RTLD_NOW);
	if (!plugin.handle) {
		fprintf(stderr, "places: %s\n", dlerror());
		return NULL;
	}
	plugin.try = (int (*)(void))dlsym(plugin.handle, "plugin_try");
	plugin.enter = (int (*)(void))dlsym(plugin.handle, "plugin_enter");
	plugin.leave = (int (*)(void))dlsym(plugin.handle, "plugin_leave");
	plugin.address = (void *(*)(void))dlsym(plugin.handle, "plugin_address");
	return plugin.address();
}

static const struct way ways[] = {
	{ "deep", "descend", try_lock, enter_deep, leave },
	{ "heap", "enter", try_lock, enter, leave },
	{ "stack", "enter", try_lock, enter, leave },
	{ "file", "enter", try_lock, enter, leave },
	{ "library", "plugin_enter", try_plugin, enter_plugin, leave_plugin },
};

static void run_both(void)
{
	pthread_t threads[2];

	for (long i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, contend, (void *)i))
			exit(1);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

/* Halfway: the library goes, and its place in memory with it. */
static void *unload(void *ns)
{
	truth_sleep((uint64_t)(uintptr_t)ns);
	unloading = true;
	return NULL;
}

static void run_library(double seconds)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, unload, (void *)(uintptr_t)(seconds * 5e8)))
		exit(1);
	run_both();
	pthread_join(thread, NULL);
	dlclose(plugin.handle);
	while (!truth_stopped())
		truth_sleep(10000000);
}

int main(int argc, char **argv)
{
	double seconds = argc > 2 ? atof(argv[2]) : 2;
	pthread_mutex_t on_stack = PTHREAD_MUTEX_INITIALIZER;

	for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(argv[1], ways[i].name))
			way = &ways[i];
	if (!way)
		return 2;
	truth_begin("places");
	truth_set_seconds(seconds);
	lock = !strcmp(way->name, "deep")    ? &deep_lock
	       : !strcmp(way->name, "heap")  ? calloc(4, sizeof(*lock))
	       : !strcmp(way->name, "stack") ? &on_stack
	       : !strcmp(way->name, "file")  ? map_file()
					     : load_plugin();
	if (!lock || lock == MAP_FAILED)
		exit(1);
	if (!plugin.handle)
		pthread_mutex_init(lock, NULL);
	lock_truth = truth_lock(plugin.handle        ? "plugin_lock"
				: lock == &deep_lock ? "deep_lock"
						     : way->name,
				"normal", lock, sizeof(*lock));
	if (plugin.handle)
		run_library(seconds);
	else
		run_both();
	truth_print();
	return 0;
}
