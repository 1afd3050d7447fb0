// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/symbol/hash.h"
#include "daemon/symbol/names.h"

#define SLOTS_AT_FIRST 1024u

struct code {
	struct texts *texts;
	struct code_point *slots;
	size_t slots_count; /* a power of two */
	size_t used;
};

int code_new(struct texts *texts, struct code **ret)
{
	_cleanup_free_ struct code *code = calloc(1, sizeof(*code));

	if (!code)
		return -ENOMEM;
	code->slots = calloc(SLOTS_AT_FIRST, sizeof(*code->slots));
	if (!code->slots)
		return -ENOMEM;
	code->slots_count = SLOTS_AT_FIRST;
	code->texts = texts;
	*ret = TAKE_PTR(code);
	return 0;
}

static void forget_all(struct code *code)
{
	for (size_t i = 0; i < code->slots_count; i++)
		free(code->slots[i].row.frame);
	free(code->slots);
	code->slots = NULL;
	code->used = 0;
}

void code_free(struct code *code)
{
	if (!code)
		return;
	forget_all(code);
	free(code);
}

size_t code_points(const struct code *code)
{
	return code->used;
}

void code_rest(struct code *code)
{
	for (size_t i = 0; i < code->slots_count; i++) {
		struct row *row = &code->slots[i].row;

		if (row->kind != ROW_COMPLEX)
			continue;
		free(row->frame);
		*row = (struct row){ .kind = ROW_UNREAD };
	}
}

static struct code_point *slot_of(struct code_point *slots, size_t count, uint64_t module,
				  uint64_t address)
{
	size_t at = hash_number(address + hash_number(module)) & (count - 1);

	while (slots[at].module && (slots[at].module != module || slots[at].address != address))
		at = (at + 1) & (count - 1);
	return &slots[at];
}

static int begin_anew(struct code *code)
{
	struct code_point *slots = calloc(SLOTS_AT_FIRST, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	forget_all(code);
	code->slots = slots;
	code->slots_count = SLOTS_AT_FIRST;
	return 0;
}

static int make_room(struct code *code)
{
	size_t count = code->slots_count * 2;
	struct code_point *slots;

	if (code->used == CODE_POINTS_MAX)
		return begin_anew(code);
	if (code->used * 2 < code->slots_count)
		return 0;
	slots = calloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < code->slots_count; i++) {
		const struct code_point *point = &code->slots[i];

		if (point->module)
			*slot_of(slots, count, point->module, point->address) = *point;
	}
	free(code->slots);
	code->slots = slots;
	code->slots_count = count;
	return 0;
}

/* Assembly that begins a thread; where it says nothing of its frame, there is none below it. */
static bool is_name_of_start(const char *name, enum row_kind kind)
{
	static const char *const starts[] = { "_start",   "_start_c", "__clone",  "clone",
					      "__clone3", "clone3",   "_dlstart", "_dlstart_c" };
	/* Go's are like no function of C's; they do have frames, but nothing of use below them. */
	static const char *const go[] = { "runtime.goexit", "runtime.mstart", "runtime.mcall",
					  "runtime.rt0_go" };

	for (size_t i = 0; kind == ROW_NONE && i < ARRAY_LEN(starts); i++)
		if (!strcmp(name, starts[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(go); i++)
		if (!strncmp(name, go[i], strlen(go[i])))
			return true;
	return false;
}

static void find_out(struct code *code, struct module *module, struct code_point *point)
{
	const struct symbol *symbol = module_function(module, point->address);
	const char *file;

	row_read(module, point->address, &point->row);
	if (symbol) {
		point->has_symbol = true;
		point->has_name_of_start = is_name_of_start(symbol->name, point->row.kind);
		point->function = names_keep(code->texts, symbol->name);
		point->start = symbol->address;
	}
	file = module_code_line(module, point->address, &point->line);
	point->file = file ? texts_keep(code->texts, file) : NULL;
	if (!point->file)
		point->line = UINT64_MAX;
}

const struct code_point *code_at(struct code *code, struct module *module, uint64_t address)
{
	struct code_point *point = slot_of(code->slots, code->slots_count, module->id, address);

	if (point->module) {
		if (point->row.kind == ROW_UNREAD)
			row_read(module, address, &point->row);
		return point;
	}
	if (make_room(code) < 0)
		return NULL;
	point = slot_of(code->slots, code->slots_count, module->id, address);
	*point = (struct code_point){ .module = module->id, .address = address };
	code->used++;
	find_out(code, module, point);
	return point;
}
