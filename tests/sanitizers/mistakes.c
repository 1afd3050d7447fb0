// SPDX-License-Identifier: BSD-2-Clause
/* mistakes NAME: makes the mistake of that name; without one, lists them. Built with SAN=1 only. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"

/* What goes through them cannot be left out by the compiler. */
static char *volatile kept;
static volatile int sum = INT_MAX;

static int overflow(int one)
{
	sum = sum + one;
	return 0;
}

static int overrun(int one)
{
	kept = malloc(2);
	memset(kept, one, 2 + (size_t)one);
	free(kept);
	return 0;
}

static int leak(int one)
{
	kept = malloc(2);
	kept[0] = (char)one;
	kept = NULL;
	return 0;
}

static const struct {
	const char *name;
	int (*make)(int one);
} mistakes[] = { { "overflow", overflow }, { "overrun", overrun }, { "leak", leak } };

int main(int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		if (argc == 1)
			puts(mistakes[i].name);
		else if (!strcmp(argv[1], mistakes[i].name))
			return mistakes[i].make(argc - 1);
	}
	return 0;
}
