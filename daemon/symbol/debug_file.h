/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the debug file of an ELF file is: by build-id below /usr/lib/debug, of this machine and of
 * the process's root, else by the name that it gives, near it in that root. Never over the network.
 */
#ifndef PARTRACE_SYMBOL_DEBUG_FILE_H
#define PARTRACE_SYMBOL_DEBUG_FILE_H

#include <elfutils/libdwfl.h>

/* A callback of libdwfl's; *userdata is the struct module. */
int debug_file_find(Dwfl_Module *elf, void **userdata, const char *name, Dwarf_Addr base,
		    const char *path, const char *link, GElf_Word link_crc, char **ret_path);

#endif
