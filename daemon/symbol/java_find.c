// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/symbol/java.h"

#define ENTRIES_MAX 4096
#define ENTRY_MAX   128
#define TEXT_MAX    48

/* A row of the JVM's table: a field's offset, or a static one's address. */
struct entry {
	uint64_t type, field, offset, address;
};

struct table {
	struct target_memory *memory;
	pid_t pid;
	java_symbol_fn symbol;
	void *context;
	uint64_t at, stride;
	struct entry columns; /* where they stand in a row */
};

static int read_at(const struct table *table, uint64_t address, void *buffer, size_t size)
{
	ssize_t got = target_memory_read_now(table->memory, table->pid, address, buffer, size);

	return got == (ssize_t)size ? 0 : -EOPNOTSUPP;
}

static int read_variable(const struct table *table, const char *name, void *ret, size_t size)
{
	uint64_t address = table->symbol(table->context, name);

	return address ? read_at(table, address, ret, size) : -EOPNOTSUPP;
}

static int open_table(struct table *table)
{
	const struct {
		const char *name;
		uint64_t *value;
	} wanted[] = {
		{ "gHotSpotVMStructs", &table->at },
		{ "gHotSpotVMStructEntryArrayStride", &table->stride },
		{ "gHotSpotVMStructEntryTypeNameOffset", &table->columns.type },
		{ "gHotSpotVMStructEntryFieldNameOffset", &table->columns.field },
		{ "gHotSpotVMStructEntryOffsetOffset", &table->columns.offset },
		{ "gHotSpotVMStructEntryAddressOffset", &table->columns.address },
	};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		int r = read_variable(table, wanted[i].name, wanted[i].value, sizeof(uint64_t));

		if (r < 0 || (i && *wanted[i].value > ENTRY_MAX))
			return -EOPNOTSUPP;
	}
	return table->stride ? 0 : -EOPNOTSUPP;
}

/* What fits of it; it may end where nothing is mapped any more. */
static void read_text(const struct table *table, uint64_t address, char ret[TEXT_MAX])
{
	ssize_t got = target_memory_read_now(table->memory, table->pid, address, ret, TEXT_MAX - 1);

	ret[got > 0 ? got : 0] = '\0';
}

/* Columns beyond the row belong to the next one, and are never its. */
static int read_entry(const struct table *table, size_t number, struct entry *ret)
{
	uint8_t row[2 * ENTRY_MAX] = { 0 };
	int r = read_at(table, table->at + number * table->stride, row, table->stride);

	memcpy(&ret->type, row + table->columns.type, sizeof(ret->type));
	memcpy(&ret->field, row + table->columns.field, sizeof(ret->field));
	memcpy(&ret->offset, row + table->columns.offset, sizeof(ret->offset));
	memcpy(&ret->address, row + table->columns.address, sizeof(ret->address));
	return r;
}

struct wanted {
	const char *type, *field;
	void *ret;
	size_t static_size; /* of its value, which is wanted then; 0: its offset, or address */
	const char *newer;  /* what newer JVMs call the field; NULL: the same */
};

static int take(const struct table *table, const struct entry *entry, const struct wanted *wanted)
{
	if (wanted->static_size)
		return read_at(table, entry->address, wanted->ret, wanted->static_size);
	*(uint64_t *)wanted->ret = entry->address ? entry->address : entry->offset;
	return 0;
}

/* Whatever its type: most fields of the table differ by their names. */
static bool is_named(const struct wanted *wanted, const char *field)
{
	return !strcmp(field, wanted->field) || (wanted->newer && !strcmp(field, wanted->newer));
}

/* A class that stands in the object's first word, beside other things, is not looked for there. */
static bool has_short_headers(const struct table *table)
{
	bool is_short = false;

	return read_variable(table, "UseCompactObjectHeaders", &is_short, 1) == 0 && is_short;
}

/* How many of those that are wanted it is, or -EOPNOTSUPP. */
static int take_entry(const struct table *table, const struct entry *entry,
		      const struct wanted *wanted, size_t count)
{
	char field[TEXT_MAX], type[TEXT_MAX] = "";
	int found = 0;

	read_text(table, entry->field, field);
	for (size_t i = 0; i < count; i++) {
		if (!is_named(&wanted[i], field))
			continue;
		if (!*type)
			read_text(table, entry->type, type);
		if (strcmp(type, wanted[i].type) != 0)
			continue;
		if (take(table, entry, &wanted[i]) < 0)
			return -EOPNOTSUPP;
		found++;
	}
	return found;
}

static int find_fields(const struct table *table, const struct wanted *wanted, size_t count)
{
	size_t found = 0;
	struct entry entry;

	for (size_t i = 0; i < ENTRIES_MAX && found < count; i++) {
		int r;

		if (read_entry(table, i, &entry) < 0 || !entry.type)
			break;
		r = take_entry(table, &entry, wanted, count);
		if (r < 0)
			return r;
		found += (size_t)r;
	}
	return found == count ? 0 : -EOPNOTSUPP;
}

int java_find(struct target_memory *memory, pid_t pid, java_symbol_fn symbol, void *context,
	      struct java_layout *ret)
{
	struct table table = { memory, pid, symbol, context, 0, 0, { 0 } };
	struct java_layout found = { 0 };
	const struct wanted wanted[] = {
		{ "ThreadsSMRSupport", "_java_thread_list", &found.threads_at, 0, NULL },
		{ "ThreadsList", "_length", &found.list_length, 0, NULL },
		{ "ThreadsList", "_threads", &found.list_threads, 0, NULL },
		{ "JavaThread", "_threadObj", &found.thread_object, 0, NULL },
		{ "oopDesc", "_metadata._klass", &found.object_class, 0, NULL },
		{ "Klass", "_name", &found.class_name, 0, NULL },
		{ "Symbol", "_length", &found.name_length, 0, NULL },
		{ "Symbol", "_body", &found.name_text, 0, NULL },
		{ "CompressedOops", "_narrow_oop._base", &found.oop_base, 8, "_base" },
		{ "CompressedOops", "_narrow_oop._shift", &found.oop_shift, 4, "_shift" },
		{ "CompressedKlassPointers", "_narrow_klass._base", &found.class_base, 8, "_base" },
		{ "CompressedKlassPointers", "_narrow_klass._shift", &found.class_shift, 4,
		  "_shift" },
	};
	int r = has_short_headers(&table) ? -EOPNOTSUPP : open_table(&table);

	if (r == 0)
		r = find_fields(&table, wanted, ARRAY_LEN(wanted));
	if (r == 0)
		r = read_variable(&table, "UseCompressedOops", &found.short_oops, 1);
	if (r == 0)
		r = read_variable(&table, "UseCompressedClassPointers", &found.short_classes, 1);
	if (r == 0)
		r = read_variable(&table, "_ZN16java_lang_Thread20_park_blocker_offsetE",
				  &found.blocker, sizeof(found.blocker));
	if (r < 0 || found.blocker <= 0 || found.oop_shift > 8 || found.class_shift > 16)
		return -EOPNOTSUPP;
	*ret = found;
	return 0;
}
