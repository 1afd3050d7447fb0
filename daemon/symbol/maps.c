// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"

#define DELETED " (deleted)"

void maps_release(struct maps *maps)
{
	free(maps->list);
	free(maps->text);
	*maps = (struct maps){ 0 };
}

/* A number, and the one character that must end it. */
static bool take_number(char **at, int base, char end, uint64_t *ret)
{
	char *after;

	/* strtoull would take blanks and signs, too. */
	if (!strchr("0123456789abcdef", **at) || !**at)
		return false;
	errno = 0;
	*ret = strtoull(*at, &after, base);
	if (errno || *after != end)
		return false;
	*at = after + (end != '\0');
	return true;
}

/* The kernel writes a line feed in a path as \012; the copy is never longer. */
static void unescape(char *path)
{
	char *to = path;

	for (const char *from = path; *from; from++) {
		if (!strncmp(from, "\\012", 4)) {
			*to++ = '\n';
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

static const char *take_path(char *text)
{
	size_t length, deleted = strlen(DELETED);

	text += strspn(text, " ");
	unescape(text);
	length = strlen(text);
	if (length > deleted && !strcmp(text + length - deleted, DELETED))
		text[length - deleted] = '\0';
	return text;
}

/* start-end perms offset major:minor inode   path */
static bool parse_line(char *line, struct mapping *ret)
{
	struct mapping mapping = { 0 };
	uint64_t device_major, device_minor;
	const char *permissions;

	if (!take_number(&line, 16, '-', &mapping.start) ||
	    !take_number(&line, 16, ' ', &mapping.end) || mapping.start >= mapping.end)
		return false;
	permissions = line;
	if (strlen(line) < 5 || line[4] != ' ')
		return false;
	line += 5;
	if (!take_number(&line, 16, ' ', &mapping.file_offset) ||
	    !take_number(&line, 16, ':', &device_major) ||
	    !take_number(&line, 16, ' ', &device_minor))
		return false;
	/* Nothing follows the inode of anonymous memory but, sometimes, a blank. */
	if (strchr(line, ' ') ? !take_number(&line, 10, ' ', &mapping.inode)
			      : !take_number(&line, 10, '\0', &mapping.inode))
		return false;
	mapping.device_major = (uint32_t)device_major;
	mapping.device_minor = (uint32_t)device_minor;
	mapping.is_executable = permissions[2] == 'x';
	mapping.is_shared = permissions[3] == 's';
	mapping.path = take_path(line);
	*ret = mapping;
	return true;
}

static size_t count_lines(const char *text)
{
	size_t lines = 1;

	for (; (text = strchr(text, '\n')); text++)
		lines++;
	return lines < MAPS_MAX ? lines : MAPS_MAX;
}

int maps_parse(char *text, struct maps *ret)
{
	struct maps maps = { .text = text };
	size_t room = count_lines(text);
	char *rest = text, *line;
	uint64_t end = 0;

	maps.list = calloc(room, sizeof(*maps.list));
	if (!maps.list) {
		free(text);
		return -ENOMEM;
	}
	while (maps.count < room && (line = strsep(&rest, "\n"))) {
		struct mapping *mapping = &maps.list[maps.count];

		/* Read in several pieces: what moved in between may come twice. */
		if (!parse_line(line, mapping) || mapping->start < end)
			continue;
		end = mapping->end;
		maps.count++;
	}
	*ret = maps;
	return 0;
}

struct mapping *maps_find(const struct maps *maps, uint64_t address)
{
	size_t low = 0, high = maps->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (maps->list[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < maps->count && maps->list[low].start <= address ? &maps->list[low] : NULL;
}
