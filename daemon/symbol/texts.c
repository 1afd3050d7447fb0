// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/texts.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/symbol/hash.h"

#define BLOCK_BYTES    (64u * 1024u)
#define SLOTS_AT_FIRST 1024u

struct block {
	struct block *next;
	size_t used;
	size_t size;
	char bytes[];
};

struct texts {
	struct block *blocks;
	const char **slots;
	size_t slots_count; /* a power of two */
	size_t used;
	size_t bytes;
	size_t max_bytes;
	size_t refused;
};

int texts_new(size_t max_bytes, struct texts **ret)
{
	_cleanup_free_ struct texts *texts = calloc(1, sizeof(*texts));

	if (!texts)
		return -ENOMEM;
	texts->slots = calloc(SLOTS_AT_FIRST, sizeof(*texts->slots));
	if (!texts->slots)
		return -ENOMEM;
	texts->slots_count = SLOTS_AT_FIRST;
	texts->max_bytes = max_bytes;
	*ret = TAKE_PTR(texts);
	return 0;
}

void texts_free(struct texts *texts)
{
	if (!texts)
		return;
	while (texts->blocks) {
		struct block *block = texts->blocks;

		texts->blocks = block->next;
		free(block);
	}
	free(texts->slots);
	free(texts);
}

static const char **slot_of(const char **slots, size_t count, const char *text)
{
	size_t at = hash_text(text) & (count - 1);

	while (slots[at] && strcmp(slots[at], text) != 0)
		at = (at + 1) & (count - 1);
	return &slots[at];
}

static int grow(struct texts *texts)
{
	size_t count = texts->slots_count * 2;
	const char **slots = calloc(count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < texts->slots_count; i++)
		if (texts->slots[i])
			*slot_of(slots, count, texts->slots[i]) = texts->slots[i];
	free(texts->slots);
	texts->slots = slots;
	texts->slots_count = count;
	return 0;
}

static char *take_bytes(struct texts *texts, size_t size)
{
	struct block *block = texts->blocks;
	size_t block_size = size > BLOCK_BYTES ? size : BLOCK_BYTES;

	if (!block || block->size - block->used < size) {
		block = malloc(sizeof(*block) + block_size);
		if (!block)
			return NULL;
		*block = (struct block){ .next = texts->blocks, .size = block_size };
		texts->blocks = block;
	}
	block->used += size;
	return block->bytes + block->used - size;
}

const char *texts_keep(struct texts *texts, const char *text)
{
	size_t size = strlen(text) + 1;
	const char **slot = slot_of(texts->slots, texts->slots_count, text);
	const char *known = *slot;
	char *copy;

	if (known)
		return known;
	if (texts->bytes + size > texts->max_bytes) {
		texts->refused++;
		return NULL;
	}
	if (texts->used * 2 >= texts->slots_count) {
		if (grow(texts) < 0)
			return NULL;
		slot = slot_of(texts->slots, texts->slots_count, text);
	}
	copy = take_bytes(texts, size);
	if (!copy)
		return NULL;
	memcpy(copy, text, size);
	*slot = copy;
	texts->used++;
	texts->bytes += size;
	return copy;
}

size_t texts_bytes(const struct texts *texts)
{
	return texts->bytes;
}

size_t texts_refused(const struct texts *texts)
{
	return texts->refused;
}
