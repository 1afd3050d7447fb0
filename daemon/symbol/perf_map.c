// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/perf_map.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Entries before the nearest one that are looked at: methods lie inside older ones now and then. */
#define OVERLAPS_MAX 16u

void perf_map_release(struct perf_map *map)
{
	free(map->entries);
	free(map->text);
	*map = (struct perf_map){ 0 };
}

static bool take_hex(char **at, uint64_t *ret)
{
	char *after;

	*at += strspn(*at, " \t");
	if (!isxdigit((unsigned char)**at))
		return false;
	errno = 0;
	*ret = strtoull(*at, &after, 16);
	if (errno || (*after != ' ' && *after != '\t'))
		return false;
	*at = after;
	return true;
}

/* What a terminal could take for a command is no part of a name. */
static void clean(char *name)
{
	size_t length = 0;

	for (; length < PERF_MAP_NAME_MAX && name[length]; length++)
		if (iscntrl((unsigned char)name[length]))
			name[length] = '?';
	name[length] = '\0';
}

enum line { LINE_ENTRY, LINE_EMPTY, LINE_MALFORMED };

/* Code of no length names nothing, and is nothing wrong. */
static enum line parse_line(char *line, const char *text, struct perf_map_entry *ret)
{
	struct perf_map_entry entry = { 0 };

	if (!line[strspn(line, " \t\r")])
		return LINE_EMPTY;
	if (!take_hex(&line, &entry.start) || !take_hex(&line, &entry.size))
		return LINE_MALFORMED;
	line += strspn(line, " \t");
	line[strcspn(line, "\r")] = '\0';
	if (!*line || entry.start + entry.size < entry.start)
		return LINE_MALFORMED;
	if (!entry.size)
		return LINE_EMPTY;
	clean(line);
	entry.name = (uint32_t)(line - text);
	*ret = entry;
	return LINE_ENTRY;
}

static int by_start(const void *one, const void *other)
{
	const struct perf_map_entry *a = one, *b = other;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

static size_t count_lines(const char *text, size_t size)
{
	size_t lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines < PERF_MAP_ENTRIES_MAX ? lines : PERF_MAP_ENTRIES_MAX;
}

int perf_map_parse(char *text, size_t size, struct perf_map *ret)
{
	struct perf_map map = { .text = text };
	size_t room = count_lines(text, size);
	char *at = text, *end = text + size;
	uint32_t line = 0;

	map.entries = calloc(room, sizeof(*map.entries));
	if (!map.entries) {
		free(text);
		return -ENOMEM;
	}
	while (at < end) {
		char *feed = memchr(at, '\n', (size_t)(end - at));
		char *next = feed ? feed + 1 : end;
		struct perf_map_entry entry;
		enum line what;

		if (feed)
			*feed = '\0';
		what = parse_line(at, text, &entry);
		/* The last line may just be being written. */
		map.malformed += what == LINE_MALFORMED && feed;
		map.beyond += what == LINE_ENTRY && map.count == room;
		if (what == LINE_ENTRY && map.count < room) {
			entry.line = line++;
			map.entries[map.count++] = entry;
		}
		at = next;
	}
	qsort(map.entries, map.count, sizeof(*map.entries), by_start);
	*ret = map;
	return 0;
}

const char *perf_map_find(const struct perf_map *map, uint64_t address, uint64_t *ret_offset)
{
	const struct perf_map_entry *best = NULL;
	size_t low = 0, high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->entries[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = 0; i < OVERLAPS_MAX && low > 0; i++) {
		const struct perf_map_entry *entry = &map->entries[--low];

		if (address - entry->start < entry->size && (!best || entry->line > best->line))
			best = entry;
	}
	if (!best)
		return NULL;
	*ret_offset = address - best->start;
	return map->text + best->name;
}
