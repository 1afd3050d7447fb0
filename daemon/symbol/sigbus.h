/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF files are read where they are mapped, and whoever owns one may shorten it meanwhile. What is
 * not there any more then reads as zeros, which the readers take for a malformed file, instead of
 * ending the daemon.
 */
#ifndef PARTRACE_SYMBOL_SIGBUS_H
#define PARTRACE_SYMBOL_SIGBUS_H

/* For the whole process, once; it changes nothing outside of sigbus_begin() … sigbus_end(). */
void sigbus_install(void);

/* Of the calling thread: from now on (or no longer) it reads files of others. */
void sigbus_begin(void);
void sigbus_end(void);

#endif
