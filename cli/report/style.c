/* SPDX-License-Identifier: BSD-2-Clause */
/* What the output can show: width, colour, Unicode. */
#include "cli/report/print.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/report/line.h"

static unsigned int clamp_columns(unsigned long columns)
{
	if (columns < LINE_COLUMNS_MIN)
		return LINE_COLUMNS_MIN;
	return columns > LINE_COLUMNS_MAX ? LINE_COLUMNS_MAX : (unsigned int)columns;
}

/* COLUMNS is the user's word against the terminal's. */
static unsigned int terminal_columns(int fd)
{
	const char *wish = getenv("COLUMNS");
	unsigned long columns = wish ? strtoul(wish, NULL, 10) : 0;
	struct winsize size;

	if (columns)
		return clamp_columns(columns);
	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return clamp_columns(size.ws_col);
	return 80;
}

static bool colour_wanted(bool terminal, enum colour_choice choice)
{
	const char *refused = getenv("NO_COLOR"), *term = getenv("TERM");

	if (choice != COLOUR_AUTO)
		return choice == COLOUR_ALWAYS;
	if (!terminal || (refused && *refused))
		return false;
	return term && *term && strcmp(term, "dumb") != 0;
}

struct report_style report_style_for(FILE *out, enum colour_choice choice)
{
	int fd = fileno(out);
	bool terminal = fd >= 0 && isatty(fd);
	const char *charset = nl_langinfo(CODESET);

	return (struct report_style){
		.columns = terminal ? terminal_columns(fd) : 80,
		.colour = colour_wanted(terminal, choice),
		.unicode = strcasecmp(charset, "UTF-8") == 0 || strcasecmp(charset, "utf8") == 0,
	};
}
