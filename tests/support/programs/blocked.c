// SPDX-License-Identifier: BSD-2-Clause
/* blocked HOW: waits for ever, in one way. */
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void in_pipe(void)
{
	int ends[2];
	char byte;

	if (pipe(ends) == 0)
		(void)!read(ends[0], &byte, 1);
}

static void in_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char byte;

	(void)!recv(fd, &byte, 1, 0);
}

static void in_sleep(void)
{
	struct timespec time = { .tv_sec = 1000 };

	nanosleep(&time, NULL);
}

static void in_epoll(void)
{
	struct epoll_event event;

	epoll_wait(epoll_create1(0), &event, 1, -1);
}

static void in_eventfd(void)
{
	eventfd_t value;

	eventfd_read(eventfd(0, 0), &value);
}

static void in_timerfd(void)
{
	struct itimerspec time = { .it_value.tv_sec = 1000 };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	unsigned long ticks;

	timerfd_settime(fd, 0, &time, NULL);
	(void)!read(fd, &ticks, sizeof(ticks));
}

static void in_signalfd(void)
{
	struct signalfd_siginfo info;
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	(void)!read(signalfd(-1, &one, 0), &info, sizeof(info));
}

static void in_inotify(void)
{
	struct inotify_event event;

	(void)!read(inotify_init(), &event, sizeof(event));
}

/* One of the kernel's own files that partrace has no name for. */
static void in_fanotify(void)
{
	struct fanotify_event_metadata event;

	(void)!read(fanotify_init(FAN_CLASS_NOTIF, O_RDONLY), &event, sizeof(event));
}

static void in_waitpid(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		in_sleep();
	}
	waitpid(pid, NULL, 0);
}

/* The parent cannot be woken before its child has ended. */
static void in_vfork(void)
{
	/* NOLINTBEGIN(*vfork,*Vfork): a wait in vfork is what is asked for */
	if (vfork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		in_sleep();
		_exit(0);
	}
	/* NOLINTEND(*vfork,*Vfork) */
}

static void in_mutex(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&mutex);
	pthread_mutex_lock(&mutex);
}

/* Two opens of one file that nobody else has: the first has the lock that the second waits for. */
static int locked_file(int command, struct flock *lock)
{
	int first = memfd_create("locked", 0);
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", first);
	if (command == LOCK_EX)
		flock(first, command);
	else
		fcntl(first, command, lock);
	return open(path, O_RDWR);
}

static void in_flock(void)
{
	flock(locked_file(LOCK_EX, NULL), LOCK_EX);
}

static void in_record_lock(void)
{
	struct flock lock = { .l_type = F_WRLCK };

	fcntl(locked_file(F_OFD_SETLK, &lock), F_OFD_SETLKW, &lock);
}

static void in_condition(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

	pthread_mutex_lock(&mutex);
	pthread_cond_wait(&condition, &mutex);
}

static void in_timed_condition(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
	struct timespec then = { .tv_sec = time(NULL) + 3600 };

	pthread_mutex_lock(&mutex);
	pthread_cond_timedwait(&condition, &mutex, &then);
}

static void in_sigwait(void)
{
	sigset_t one;
	int number;

	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	sigprocmask(SIG_BLOCK, &one, NULL);
	sigwait(&one, &number);
}

static void in_sigsuspend(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigsuspend(&none);
}

static void in_pause(void)
{
	pause();
}

static void in_poll(void)
{
	poll(NULL, 0, 3600 * 1000);
}

static void by_stop(void)
{
	kill(getpid(), SIGSTOP);
}

static void by_spinning(void)
{
	for (volatile unsigned long i = 0;; i++)
		;
}

static void *spin(void *nothing)
{
	by_spinning();
	return nothing;
}

/* The process goes on without its first thread, which is a zombie then. */
static void without_leader(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, spin, NULL);
	pthread_exit(NULL);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *how;
		void (*run)(void);
	} ways[] = {
		{ "pipe", in_pipe },
		{ "socket", in_socket },
		{ "sleep", in_sleep },
		{ "epoll", in_epoll },
		{ "eventfd", in_eventfd },
		{ "timerfd", in_timerfd },
		{ "signalfd", in_signalfd },
		{ "inotify", in_inotify },
		{ "fanotify", in_fanotify },
		{ "waitpid", in_waitpid },
		{ "vfork", in_vfork },
		{ "mutex", in_mutex },
		{ "flock", in_flock },
		{ "record-lock", in_record_lock },
		{ "condition", in_condition },
		{ "timed-condition", in_timed_condition },
		{ "poll", in_poll },
		{ "stopped", by_stop },
		{ "sigwait", in_sigwait },
		{ "sigsuspend", in_sigsuspend },
		{ "pause", in_pause },
		{ "spinning", by_spinning },
		{ "leaderless", without_leader },
	};

	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(ways[i].how, argv[1]))
			ways[i].run();
	fprintf(stderr, "usage: blocked HOW\n");
	return 2;
}
