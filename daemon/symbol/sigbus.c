// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/sigbus.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static _Thread_local volatile sig_atomic_t is_reading;
static uintptr_t page_size;

static void on_sigbus(int number, siginfo_t *info, void *context)
{
	char *page = (char *)info->si_addr - (uintptr_t)info->si_addr % page_size;

	(void)context;
	if (is_reading && info->si_code == BUS_ADRERR &&
	    mmap(page, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		 -1, 0) != MAP_FAILED)
		return;
	/* Not ours: it strikes again, as if nobody had been listening. */
	signal(number, SIG_DFL);
}

static void install(void)
{
	struct sigaction action = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };

	page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
	sigaction(SIGBUS, &action, NULL);
}

void sigbus_install(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install);
}

void sigbus_begin(void)
{
	is_reading = 1;
}

void sigbus_end(void)
{
	is_reading = 0;
}
