// SPDX-License-Identifier: BSD-2-Clause
/*
 * shared_queue work|answers SECONDS: four threads take turns to wait at one condition variable
 * while they hold turn_lock, as the workers of a pool that share the receiver of a channel. What
 * they wait for is work that another thread gives every few milliseconds, or the answer of a thread
 * that they ask themselves and that takes as long for it.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WORKERS  4
#define EVERY_US 4000

static pthread_mutex_t turn_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t state_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given = PTHREAD_COND_INITIALIZER, asked = PTHREAD_COND_INITIALIZER;
static unsigned int items, questions;
static bool is_for_answers;

static void ask(void)
{
	questions++;
	pthread_cond_signal(&asked);
}

static void *worker(void *nothing)
{
	for (;;) {
		pthread_mutex_lock(&turn_lock);
		pthread_mutex_lock(&state_lock);
		if (is_for_answers)
			ask();
		while (!items)
			pthread_cond_wait(&given, &state_lock);
		items--;
		pthread_mutex_unlock(&state_lock);
		pthread_mutex_unlock(&turn_lock);
		for (volatile int i = 0; i < 20000; i++)
			;
	}
	return nothing;
}

static void await_question(void)
{
	pthread_mutex_lock(&state_lock);
	while (!questions)
		pthread_cond_wait(&asked, &state_lock);
	questions--;
	pthread_mutex_unlock(&state_lock);
}

static void give(void)
{
	pthread_mutex_lock(&state_lock);
	items++;
	pthread_cond_signal(&given);
	pthread_mutex_unlock(&state_lock);
}

int main(int argc, char **argv)
{
	pthread_t thread;
	time_t end;

	if (argc != 3)
		return 2;
	is_for_answers = !strcmp(argv[1], "answers");
	end = time(NULL) + atoi(argv[2]);
	for (int i = 0; i < WORKERS; i++)
		if (pthread_create(&thread, NULL, worker, NULL))
			return 1;
	while (time(NULL) < end) {
		if (is_for_answers)
			await_question();
		usleep(EVERY_US);
		give();
	}
	_exit(0);
}
