/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * .gnu_debugdata: an ELF file of nothing but symbols, packed by xz into the one it names. Whoever
 * made that file may have packed zeros there, a thousand times as much as they take.
 */
#ifndef PARTRACE_SYMBOL_MINI_DEBUG_H
#define PARTRACE_SYMBOL_MINI_DEBUG_H

#include <stdbool.h>

#include <libelf.h>

#define MINI_DEBUG_BYTES_MAX (64u * 1024u * 1024u) /* unpacked */

/*
 * May libdwfl unpack it, which knows no bound, and of a table of symbols that is no good gives out
 * names that it has freed? Also true when there is none, or it is no ELF file.
 * What the sizes in it claim is not believed: it is unpacked here first, piece by piece, looked at
 * and thrown away. (A file that its owner writes anew between that and libdwfl's reading is not
 * bounded.)
 */
bool mini_debug_is_sound(Elf *elf);

#endif
