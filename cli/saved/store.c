// SPDX-License-Identifier: BSD-2-Clause
#include "cli/saved/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/owned.h"
#include "cli/client/document.h"
#include "cli/saved/load.h"
#include "cli/saved/owner.h"

/* Its digits are a time in UTC, so that names sort as the reports came. */
#define NAME_PATTERN "report-[0-9]*T[0-9]*.[0-9]*Z.json"
#define NAME_BYTES   64

/* A file that its writer left half done is nobody's after this time. */
#define ABANDONED_SECONDS 3600

/* ---- the names ---- */

static void name_now(char name[NAME_BYTES])
{
	struct timespec now;
	struct tm parts;
	size_t length;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	length = strftime(name, NAME_BYTES, "report-%Y%m%dT%H%M%S", &parts);
	snprintf(name + length, NAME_BYTES - length, ".%09ldZ.json", now.tv_nsec);
}

static bool is_report(const char *name)
{
	return strlen(name) < NAME_BYTES && fnmatch(NAME_PATTERN, name, 0) == 0;
}

/* While it is written a report's name starts with a dot. */
static bool is_abandoned(int folder, const char *name)
{
	struct stat status;

	return *name == '.' && is_report(name + 1) &&
	       fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_mtime + ABANDONED_SECONDS < time(NULL);
}

/* ---- in the folder, as its owner ---- */

struct newest {
	char names[SAVED_REPORTS][NAME_BYTES]; /* newest first */
	size_t count;
};

/* Keeps the newest; `ret` is what fell out, or "". */
static void keep_newest(struct newest *newest, const char *name, char ret[NAME_BYTES])
{
	size_t at = newest->count;

	while (at && strcmp(newest->names[at - 1], name) < 0)
		at--;
	snprintf(ret, NAME_BYTES, "%.*s", NAME_BYTES - 1, at < SAVED_REPORTS ? "" : name);
	if (at == SAVED_REPORTS)
		return;
	if (newest->count == SAVED_REPORTS)
		memcpy(ret, newest->names[--newest->count], NAME_BYTES);
	memmove(newest->names[at + 1], newest->names[at], (newest->count - at) * NAME_BYTES);
	snprintf(newest->names[at], NAME_BYTES, "%.*s", NAME_BYTES - 1, name);
	newest->count++;
}

/* One pass in bounded memory; what is no report of ours is left alone. */
static int scan(int folder, bool prune, struct newest *ret)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char old[NAME_BYTES];

	if (!directory)
		return -errno;
	while ((entry = readdir(directory))) {
		if (prune && is_abandoned(folder, entry->d_name))
			unlinkat(folder, entry->d_name, 0);
		if (!is_report(entry->d_name))
			continue;
		keep_newest(ret, entry->d_name, old);
		if (prune && *old)
			unlinkat(folder, old, 0);
	}
	return 0;
}

static int write_into(int folder, const char *name, const json_t *document)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	int r;

	if (!out)
		return -errno;
	r = document_write(document, out, false);
	if (fclose(out) && !r)
		r = -errno;
	return r;
}

static int write_work(int folder, void *context)
{
	char sibling[NAME_BYTES + 1] = ".", *name = sibling + 1;
	struct newest newest = { 0 };
	int r;

	name_now(name);
	r = write_into(folder, sibling, context);
	if (!r && renameat(folder, sibling, folder, name) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(folder, sibling, 0);
		return r;
	}
	scan(folder, true, &newest);
	return 0;
}

static int copy(int from, int to)
{
	char buffer[65536];
	ssize_t got;

	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		for (ssize_t done = 0, put; done < got; done += put) {
			put = write(to, buffer + done, (size_t)(got - done));
			/* Who reads has seen enough: it will say what it saw. */
			if (put < 0)
				return errno == EPIPE ? 0 : -errno;
		}
	return got < 0 ? -errno : 0;
}

static int read_work(int folder, void *context)
{
	_cleanup_close_ int fd = -1;
	struct newest newest = { 0 };
	struct stat status;
	int r = scan(folder, false, &newest);

	if (r < 0 || !newest.count)
		return r < 0 ? r : -ENOENT;
	/* What only bears the name of a report must not make us wait. */
	fd = openat(folder, newest.names[0], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return -EINVAL;
	return copy(fd, *(int *)context);
}

/* ---- for the verbs ---- */

static const char *reason(int r)
{
	if (r == -EPERM)
		return "it belongs to another user, or others may write there or in a folder above "
		       "it (`namei -l` shows which); XDG_STATE_HOME names another place";
	return strerror(-r);
}

int saved_write(const json_t *document, char *why, size_t why_size)
{
	struct saved_owner owner = { 0 };
	int r = saved_owner_find(&owner);
	pid_t pid;

	if (r < 0) {
		snprintf(why, why_size,
			 "the report is not kept for `partrace report`: user %u has "
			 "no home",
			 owner.uid);
		return r;
	}
	pid = saved_owner_start(&owner, true, write_work, (void *)document);
	r = pid < 0 ? (int)pid : saved_owner_finish(pid);
	if (r < 0)
		snprintf(why, why_size,
			 "the report is not kept for `partrace report` in %.300s: %s", owner.folder,
			 reason(r));
	return r;
}

static int read_from(int fd, const char *folder, bool sweeps, json_t **ret, char *why,
		     size_t why_size)
{
	_cleanup_fclose_ FILE *file = fdopen(fd, "r");
	char name[400];

	if (!file) {
		close(fd);
		return -errno;
	}
	snprintf(name, sizeof(name), "the last report in %.300s", folder);
	return load_report_from(file, name, sweeps, ret, why, why_size);
}

int saved_read_last(bool sweeps, json_t **ret, char *why, size_t why_size)
{
	struct saved_owner owner = { 0 };
	json_t *document = NULL;
	int fds[2], r, worked;
	pid_t pid;

	if (saved_owner_find(&owner) < 0)
		return -ENOENT;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = saved_owner_start(&owner, false, read_work, &fds[1]);
	close(fds[1]);
	r = read_from(fds[0], owner.folder, sweeps, &document, why, why_size);
	worked = pid < 0 ? (int)pid : saved_owner_finish(pid);
	/* Killed by the pipe that we closed early: `why` says what was wrong already. */
	if (worked < 0 && worked != -EINTR) {
		snprintf(why, why_size, "cannot read the last report in %.300s: %s", owner.folder,
			 reason(worked));
		r = worked;
	}
	if (r < 0)
		json_decref(document);
	else
		*ret = document;
	return r;
}
