/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sections of ELF files that are compressed. libdw unpacks all that hold debug information as soon
 * as it is asked for any, and trusts them up to a thousand times what they are in the file.
 */
#ifndef PARTRACE_SYMBOL_PACKED_H
#define PARTRACE_SYMBOL_PACKED_H

#include <stdbool.h>

#include <libelf.h>

#define PACKED_BYTES_MAX (1024ull * 1024 * 1024) /* unpacked, all sections of a file together */

/* May it be left to libdw? By what its sections claim, for libelf unpacks no more than that. */
bool packed_is_bounded(Elf *elf);

#endif
