// SPDX-License-Identifier: BSD-2-Clause
/* What a parked thread of Java's waits for, read out of a JVM that is made here, in this process.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/owned.h"
#include "daemon/symbol/java.h"

#define SHIFT 3

/* A Symbol, a Klass, a java.lang.Thread and its blocker, a JavaThread, their list. */
struct made {
	struct {
		uint32_t references;
		uint16_t length;
		char text[90];
	} name;
	uint64_t klass[2]; /* the second: its name */
	_Alignas(8) uint8_t blocker[16];
	_Alignas(8) uint8_t object[32];
	uint64_t handle;
	uint64_t thread[64]; /* the second: the handle; its parker is somewhere in it */
	uint64_t threads[3];
	struct {
		uint32_t magic, length;
		uint64_t *threads;
	} list;
	void *list_at;
};

static struct made made;

static void put_pointer(uint8_t *at, const void *to, bool is_short)
{
	uint64_t value = (uint64_t)to;

	if (is_short)
		value = (value - (uint64_t)&made) >> SHIFT;
	memcpy(at, &value, is_short ? 4 : 8);
}

static struct java_layout make(const char *class, bool is_short)
{
	memset(&made, 0, sizeof(made));
	made.name.length = (uint16_t)strlen(class);
	memcpy(made.name.text, class, strlen(class));
	made.klass[1] = (uint64_t)&made.name;
	put_pointer(made.blocker + 8, made.klass, is_short);
	put_pointer(made.object + 16, made.blocker, is_short);
	made.handle = (uint64_t)made.object;
	made.thread[1] = (uint64_t)&made.handle;
	made.threads[0] = 64;
	made.threads[1] = (uint64_t)made.thread;
	made.threads[2] = UINT64_MAX;
	made.list.length = 3;
	made.list.threads = made.threads;
	made.list_at = &made.list;
	return (struct java_layout){
		.threads_at = (uint64_t)&made.list_at,
		.list_length = 4,
		.list_threads = 8,
		.thread_object = 8,
		.object_class = 8,
		.class_name = 8,
		.name_length = 4,
		.name_text = 6,
		.oop_base = (uint64_t)&made,
		.class_base = (uint64_t)&made,
		.oop_shift = SHIFT,
		.class_shift = SHIFT,
		.blocker = 16,
		.short_oops = is_short,
		.short_classes = is_short,
	};
}

static int blocker_at(const struct java_layout *layout, uint64_t word, char *ret, size_t size)
{
	struct target_memory memory = { 0 };
	int r = java_blocker(&memory, getpid(), layout, word, ret, size);

	target_memory_close(&memory);
	return r;
}

static int blocker(const struct java_layout *layout, char *ret, size_t size)
{
	return blocker_at(layout, (uint64_t)&made.thread[40], ret, size);
}

Test(symbol_java, names_the_class_of_what_a_thread_is_parked_for)
{
	static const bool is_short[] = { false, true };
	char name[100];

	for (size_t i = 0; i < ARRAY_LEN(is_short); i++) {
		struct java_layout layout = make("java/util/Queue$Node", is_short[i]);

		cr_assert_eq(blocker(&layout, name, sizeof(name)), 0);
		cr_assert_str_eq(name, "java.util.Queue$Node");
	}
}

Test(symbol_java, knows_nothing_of_a_thread_that_is_not_parked)
{
	struct java_layout layout = make("java/util/Queue", true);
	char name[100];

	memset(made.object, 0, sizeof(made.object));
	cr_assert_eq(blocker(&layout, name, sizeof(name)), -ENODATA);
}

Test(symbol_java, knows_nothing_of_a_word_that_lies_in_no_thread)
{
	struct java_layout layout = make("java/util/Queue", true);
	uint64_t start = (uint64_t)made.thread;
	char name[100];

	cr_assert_eq(blocker_at(&layout, start - 8, name, sizeof(name)), -ENODATA);
	cr_assert_eq(blocker_at(&layout, start + 65536, name, sizeof(name)), -ENODATA);
}

Test(symbol_java, takes_no_garbage_for_a_name)
{
	struct java_layout layout = make("java/\001\377", true);
	char name[100];

	cr_assert_eq(blocker(&layout, name, sizeof(name)), -ENODATA);
	layout = make("java/util/a_name_that_is_too_long", true);
	cr_assert_eq(blocker(&layout, name, 8), -ENODATA);
	layout = make("java/util/Queue", true);
	made.list.length = UINT32_MAX;
	cr_assert_eq(blocker(&layout, name, sizeof(name)), -ENODATA);
	made.list_at = NULL;
	cr_assert_eq(blocker(&layout, name, sizeof(name)), -ENODATA);
}

/* ---- where things are ---- */

struct made_field {
	const char *type, *field;
	uint64_t offset;
	void *address;
};

static uint64_t base = 0x1000;
static uint32_t shift = 3;
static void *list_of_threads;
static struct made_field fields[] = {
	{ "ThreadsSMRSupport", "_java_thread_list", 0, &list_of_threads },
	{ "ThreadsList", "_length", 4, NULL },
	{ "ThreadsList", "_threads", 16, NULL },
	{ "JavaThread", "_threadObj", 648, NULL },
	{ "oopDesc", "_metadata._klass", 8, NULL },
	{ "Klass", "_name", 24, NULL },
	{ "Symbol", "_length", 4, NULL },
	{ "Symbol", "_body", 6, NULL },
	{ "CompressedOops", "_narrow_oop._base", 0, &base },
	{ "CompressedOops", "_narrow_oop._shift", 0, &shift },
	{ "CompressedKlassPointers", "_narrow_klass._base", 0, &base },
	{ "CompressedKlassPointers", "_narrow_klass._shift", 0, &shift },
	{ NULL, NULL, 0, NULL },
};

static uint8_t has_short_headers;

static uint64_t symbol_of(void *context, const char *name)
{
	static void *table = fields;
	static uint64_t stride = sizeof(fields[0]), first = offsetof(struct made_field, type),
			second = offsetof(struct made_field, field),
			third = offsetof(struct made_field, offset),
			fourth = offsetof(struct made_field, address);
	static uint8_t yes = 1;
	static int32_t blocker_at = 76;
	const struct {
		const char *name;
		const void *variable;
	} symbols[] = {
		{ "gHotSpotVMStructs", &table },
		{ "gHotSpotVMStructEntryArrayStride", &stride },
		{ "gHotSpotVMStructEntryTypeNameOffset", &first },
		{ "gHotSpotVMStructEntryFieldNameOffset", &second },
		{ "gHotSpotVMStructEntryOffsetOffset", &third },
		{ "gHotSpotVMStructEntryAddressOffset", &fourth },
		{ "UseCompactObjectHeaders", &has_short_headers },
		{ "UseCompressedOops", &yes },
		{ "UseCompressedClassPointers", &yes },
		{ "_ZN16java_lang_Thread20_park_blocker_offsetE", &blocker_at },
	};
	const char *missing = context;

	for (size_t i = 0; i < ARRAY_LEN(symbols); i++)
		if (!strcmp(symbols[i].name, name) && !(missing && !strcmp(missing, name)))
			return (uint64_t)symbols[i].variable;
	return 0;
}

static int find(const char *missing, struct java_layout *ret)
{
	struct target_memory memory = { 0 };
	int r = java_find(&memory, getpid(), symbol_of, (void *)missing, ret);

	target_memory_close(&memory);
	return r;
}

Test(symbol_java, finds_where_things_are_by_the_jvms_own_table)
{
	struct java_layout layout;

	cr_assert_eq(find(NULL, &layout), 0);
	cr_assert_eq(layout.threads_at, (uint64_t)&list_of_threads);
	cr_assert_eq(layout.thread_object, 648);
	cr_assert_eq(layout.oop_base, 0x1000);
	cr_assert_eq(layout.class_shift, 3);
	cr_assert_eq(layout.blocker, 76);
	cr_assert(layout.short_oops && layout.short_classes);
}

Test(symbol_java, knows_what_newer_jvms_call_them)
{
	struct java_layout layout;

	fields[8].field = fields[10].field = "_base";
	fields[9].field = fields[11].field = "_shift";
	cr_assert_eq(find(NULL, &layout), 0);
	cr_assert_eq(layout.class_base, 0x1000);
	cr_assert_eq(layout.oop_shift, 3);
}

Test(symbol_java, leaves_a_jvm_alone_whose_objects_have_their_class_elsewhere)
{
	struct java_layout layout;

	has_short_headers = 1;
	cr_assert_eq(find(NULL, &layout), -EOPNOTSUPP);
}

Test(symbol_java, leaves_a_jvm_alone_that_lacks_one_of_them)
{
	struct java_layout layout;

	cr_assert_eq(find("UseCompressedOops", &layout), -EOPNOTSUPP);
	cr_assert_eq(find("gHotSpotVMStructs", &layout), -EOPNOTSUPP);
	fields[3].type = "Thread";
	cr_assert_eq(find(NULL, &layout), -EOPNOTSUPP);
}
