/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as people read them: every one with its unit. */
#ifndef PARTRACE_REPORT_FORMAT_H
#define PARTRACE_REPORT_FORMAT_H

#include <stdint.h>

/* By value, so that format_count(n).text can stand among the arguments of a printf. */
struct figure {
	char text[64];
};

/* 104 ns, 1.20 µs, 12.0 ms, 100.3 ms, 5.07 s, 1,234.50 s; n/a for NO_VALUE. */
struct figure format_duration(uint64_t ns);

/* As somebody would say it who wishes for it: 10 s, 1.5 s, 300 ms, 3,600 s. */
struct figure format_span(uint64_t ns);

/* In the unit that suits `whole_ns`: a column of parts reads as one, 0.04 s beside 10.03 s. */
struct figure format_part(uint64_t ns, uint64_t whole_ns);

struct figure format_count(uint64_t count);                     /* 2,519 */
struct figure format_things(uint64_t count, const char *thing); /* 1 process, 8 threads */
struct figure format_bytes(uint64_t bytes);                     /* 11 MiB */
struct figure format_rate(uint64_t count, uint64_t ns);         /* 19.7, a second */

/* `part` of `whole` in percent, one decimal; 0 of 0 is 0.0 %. */
struct figure format_share(uint64_t part, uint64_t whole);

/* Small shares with the digits that say something: 0.003 %; n/a for NaN. */
struct figure format_small_share(double share);

/* 0…1, whatever comes in. */
double share_of(uint64_t part, uint64_t whole);

#endif
