/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's style sheet and script, as they stand in this folder. */
#ifndef PARTRACE_PAGE_ASSETS_H
#define PARTRACE_PAGE_ASSETS_H

const char *asset_style(void);
const char *asset_script(void);

#endif
