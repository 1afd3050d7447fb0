// SPDX-License-Identifier: BSD-2-Clause
#include "cli/page/assets.h"

/* Found from the top folder, one after the other; the Makefile knows that this depends on them. */
__asm__(".pushsection .rodata\n"
	"page_style_text:\n"
	"	.incbin \"cli/page/page.css\"\n"
	"	.incbin \"cli/page/chart.css\"\n"
	"	.byte 0\n"
	"page_script_text:\n"
	"	.incbin \"cli/page/basic.js\"\n"
	"	.incbin \"cli/page/table.js\"\n"
	"	.incbin \"cli/page/bars.js\"\n"
	"	.incbin \"cli/page/plot.js\"\n"
	"	.incbin \"cli/page/flame.js\"\n"
	"	.incbin \"cli/page/locks.js\"\n"
	"	.incbin \"cli/page/report.js\"\n"
	"	.incbin \"cli/page/sweep.js\"\n"
	"	.incbin \"cli/page/main.js\"\n"
	"	.byte 0\n"
	".popsection\n");

extern const char page_style_text[] __attribute__((visibility("hidden")));
extern const char page_script_text[] __attribute__((visibility("hidden")));

const char *asset_style(void)
{
	return page_style_text;
}

const char *asset_script(void)
{
	return page_script_text;
}
