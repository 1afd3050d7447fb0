/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders of private sockets, which live for an instant; whose maker was killed in it, stay. */
#ifndef PARTRACE_CLIENT_LEFTOVERS_H
#define PARTRACE_CLIENT_LEFTOVERS_H

/* Younger ones may be in use: their maker may be of a PID namespace that we do not see. */
#define LEFTOVER_AGE_S 60

/* For mkdtemp(), with the folder it lies in and the maker's PID. */
#define LEFTOVER_FORMAT "%s/partrace-%d-XXXXXX"

/* Removes those in `folder` that are ours, of no living process, and LEFTOVER_AGE_S old. */
void leftovers_remove(const char *folder);

#endif
