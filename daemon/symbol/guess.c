// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/guess.h"

#include <string.h>
#include <sys/syscall.h>

#define JUMPER_BYTES_MAX 4096u /* of a function that is searched for a jump at its end */
#define CALL_BYTES_MAX   7u
#define STUB_BYTES       64u /* of one without a symbol */
#define JUMPERS_MAX      64u
#define JUMPS_MAX        3u /* one after the other */
#define FRAME_BYTES_MAX  (1u << 20)

enum evidence { EVIDENCE_NONE, EVIDENCE_INDIRECT, EVIDENCE_DIRECT };

static struct registers caller_of(const struct registers *callee, uint64_t slot, uint64_t address)
{
	struct registers caller = *callee;

	caller.values[STACK_RSP] = slot + 8;
	caller.values[STACK_RIP] = address;
	caller.known = 1u << STACK_RSP | 1u << STACK_RIP;
	return caller;
}

/* call *REGISTER and call *MEMORY: ff /2, two to seven bytes long. */
static bool ends_in_indirect_call(const uint8_t *before, size_t size)
{
	for (size_t length = 2; length <= size; length++) {
		const uint8_t *code = before + size - length;

		if (code[0] == 0xff && (code[1] >> 3 & 7) == 2)
			return true;
	}
	return false;
}

/* Code that a JIT made cannot be looked at. */
static bool may_follow_call(const struct guess_view *view, uint64_t address)
{
	uint8_t before[CALL_BYTES_MAX];

	if (!view->is_code(view->context, address))
		return false;
	if (!view->read_code(view->context, address - sizeof(before), before, sizeof(before)))
		return true;
	return before[2] == 0xe8 || ends_in_indirect_call(before, sizeof(before));
}

bool guess_by_frame_pointer(const struct guess_view *view, const struct registers *registers,
			    struct registers *ret)
{
	uint64_t sp = registers->values[STACK_RSP], bp = registers->values[STACK_RBP];
	uint64_t saved, address;

	if (!(registers->known >> STACK_RBP & 1) || bp % 8 || bp < sp || bp - sp > FRAME_BYTES_MAX)
		return false;
	if (!view->read(view->context, bp, &saved) ||
	    !view->read(view->context, bp + 8, &address) || !may_follow_call(view, address))
		return false;
	*ret = caller_of(registers, bp + 8, address);
	ret->values[STACK_RBP] = saved;
	ret->known |= 1u << STACK_RBP;
	return true;
}

static uint64_t displaced(uint64_t from, const uint8_t *bytes)
{
	int32_t displacement;

	memcpy(&displacement, bytes, sizeof(displacement));
	return from + (uint64_t)(int64_t)displacement;
}

/* jmp *REGISTER; jmp *MEMORY, as in the PLT */
static bool is_indirect_jump(const uint8_t *code)
{
	return code[0] == 0xff && ((code[1] >= 0xe0 && code[1] <= 0xe7) || code[1] == 0x25);
}

struct search {
	const struct guess_view *view;
	uint64_t first, last;   /* the function's beginning */
	unsigned int functions; /* that may still be looked through */
};

static bool is_start(const struct search *search, uint64_t address)
{
	return address >= search->first && address <= search->last;
}

/*
 * A tail call: `function` ends in a jump to the start, so that returns to who called the function.
 * It may jump to one that does, and so on.
 */
static enum evidence jumps_to_start(struct search *search, uint64_t function, unsigned int depth)
{
	const struct guess_view *view = search->view;
	enum evidence best = EVIDENCE_NONE;
	uint8_t code[JUMPER_BYTES_MAX];
	uint64_t begin, end;
	size_t size;

	if (!depth || !search->functions)
		return EVIDENCE_NONE;
	if (!view->function(view->context, function, &begin, &end)) {
		begin = function;
		end = function + STUB_BYTES;
	}
	if (begin != function)
		return EVIDENCE_NONE;
	search->functions--;
	size = end - begin < sizeof(code) ? end - begin : sizeof(code);
	if (!view->read_code(view->context, begin, code, size))
		return EVIDENCE_NONE;
	for (size_t i = 0; i + 2 <= size && best != EVIDENCE_DIRECT; i++) {
		enum evidence found =
			is_indirect_jump(code + i) ? EVIDENCE_INDIRECT : EVIDENCE_NONE;

		if (i + 5 <= size && code[i] == 0xe9) {
			uint64_t target = displaced(begin + i + 5, code + i + 1);

			found = is_start(search, target)
					? EVIDENCE_DIRECT
					: jumps_to_start(search, target, depth - 1);
		}
		best = found > best ? found : best;
	}
	return best;
}

static enum evidence evidence_of(struct search *search, uint64_t address)
{
	const struct guess_view *view = search->view;
	enum evidence evidence;
	uint8_t before[CALL_BYTES_MAX];
	uint64_t target;

	if (!view->is_code(view->context, address) ||
	    !view->read_code(view->context, address - sizeof(before), before, sizeof(before)))
		return EVIDENCE_NONE;
	if (before[2] == 0xe8) {
		target = displaced(address, before + 3);
		if (is_start(search, target))
			return EVIDENCE_DIRECT;
		evidence = jumps_to_start(search, target, JUMPS_MAX);
		if (evidence != EVIDENCE_NONE)
			return evidence;
	}
	return ends_in_indirect_call(before, sizeof(before)) ? EVIDENCE_INDIRECT : EVIDENCE_NONE;
}

bool guess_by_call(const struct guess_view *view, const struct registers *registers, uint64_t first,
		   uint64_t last, struct registers *ret)
{
	struct search search = { view, first, last, JUMPERS_MAX };
	uint64_t sp = registers->values[STACK_RSP] & ~7ull, slot = 0, address, found = 0;

	for (unsigned int i = 0; i < GUESS_WORDS_MAX; i++) {
		enum evidence evidence;

		if (!view->read(view->context, sp + 8ull * i, &address))
			break;
		if (address < 4096)
			continue;
		evidence = evidence_of(&search, address);
		if (evidence == EVIDENCE_NONE || (evidence == EVIDENCE_INDIRECT && found))
			continue;
		slot = sp + 8ull * i;
		found = address;
		if (evidence == EVIDENCE_DIRECT)
			break;
	}
	if (!found)
		return false;
	*ret = caller_of(registers, slot, found);
	/* Whatever the callee has kept elsewhere is lost, what it left alone is not known. */
	return true;
}

/* mov %eax,%edi; xor %eax,%eax; mov $60,%al; syscall: what the assembly below a thread does then.
 */
bool guess_is_start(const struct guess_view *view, uint64_t address)
{
	uint8_t code[16];

	if (!view->read_code(view->context, address, code, sizeof(code)))
		return false;
	for (size_t i = 0; i + 4 <= sizeof(code); i++)
		if ((code[i] == 0xb0 || code[i] == 0xb8) && code[i + 1] == SYS_exit)
			for (size_t at = i + 2; at + 2 <= sizeof(code); at++)
				if (code[at] == 0x0f && code[at + 1] == 0x05)
					return true;
	return false;
}
