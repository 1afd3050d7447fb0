/* SPDX-License-Identifier: BSD-2-Clause */
/* What fuzz targets of ELF files share: the test's own mappings are asked about. */
#ifndef PARTRACE_TESTS_FUZZ_ELF_H
#define PARTRACE_TESTS_FUZZ_ELF_H

#include "daemon/symbol/symbolizer.h"
#include "tests/fuzz/mutate.h"

/* Frames that were found all the same, and those of them with names. */
struct elf_looks {
	unsigned int named, natives;
};

extern struct elf_looks elf_looks;

/* Asks for stacks and places in what is mapped there. */
void elf_look(struct symbolizer *symbolizer, struct mutation *mutation, uint64_t begin,
	      uint64_t size);
/* Most of a file's first page and its last ones say where everything else is. */
void elf_spoil(struct mutation *mutation, uint8_t *bytes, size_t size);

#endif
