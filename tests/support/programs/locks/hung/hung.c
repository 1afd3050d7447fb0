// SPDX-License-Identifier: BSD-2-Clause
/*
 * hung NAME: all its threads wait for ever, or it only looks like that; until it is killed. No
 * circle tells: the locks keep no owner, or one that has ended, or it's no lock that they wait for.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static sem_t woken;
static sem_t *shared;

static void start(void *(*run)(void *), pthread_t *ret)
{
	if (pthread_create(ret, NULL, run, NULL))
		abort();
}

/* ---- hung ---- */

static void writer_upgrade(void)
{
	pthread_rwlock_rdlock(&table_lock);
	pthread_rwlock_wrlock(&table_lock);
}

static void *reader(void *nothing)
{
	pthread_rwlock_rdlock(&table_lock);
	usleep(100000);
	pthread_mutex_lock(&log_lock);
	return nothing;
}

static void reader_cycle(void)
{
	pthread_t thread;

	start(reader, &thread);
	pthread_mutex_lock(&log_lock);
	usleep(100000);
	pthread_rwlock_wrlock(&table_lock);
}

static void *careless(void *nothing)
{
	pthread_mutex_lock(&log_lock);
	return nothing;
}

static void orphan(void)
{
	pthread_t thread;

	start(careless, &thread);
	pthread_join(thread, NULL);
	pthread_mutex_lock(&log_lock);
}

static void *consumer(void *nothing)
{
	pthread_mutex_lock(&log_lock);
	for (;;)
		pthread_cond_wait(&filled, &log_lock);
	return nothing;
}

static void lost_wakeup(void)
{
	pthread_t thread;

	start(consumer, &thread);
	pthread_join(thread, NULL);
}

/* ---- not hung ---- */

static void *ticker(void *nothing)
{
	for (;;)
		usleep(50000);
	return nothing;
}

static void with_ticker(void)
{
	pthread_t thread;

	start(ticker, &thread);
	lost_wakeup();
}

static void timed(void)
{
	struct timespec until;

	pthread_mutex_lock(&log_lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 100;
	pthread_mutex_timedlock(&log_lock, &until);
}

static void on_alarm(int number)
{
	(void)number;
	sem_post(&woken);
}

static void with_alarm(void)
{
	signal(SIGALRM, on_alarm);
	alarm(30);
	while (sem_wait(&woken))
		;
}

static void with_other_process(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	sem_init(shared, 1, 0);
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sleep(30);
		sem_post(shared);
		_exit(0);
	}
	sem_wait(shared);
}

static const struct {
	const char *name;
	void (*run)(void);
} hungs[] = {
	{ "writer-upgrade", writer_upgrade },
	{ "reader-cycle", reader_cycle },
	{ "orphan", orphan },
	{ "lost-wakeup", lost_wakeup },
	{ "with-ticker", with_ticker },
	{ "timed", timed },
	{ "with-alarm", with_alarm },
	{ "with-other-process", with_other_process },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(hungs) / sizeof(hungs[0]); i++)
		if (!strcmp(hungs[i].name, argv[1]))
			hungs[i].run();
	return 2;
}
