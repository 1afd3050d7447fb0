/* SPDX-License-Identifier: BSD-2-Clause */
/* The curves as a picture: speed-up against workers, with spread, ideal and law. */
#ifndef PARTRACE_SWEEP_SVG_H
#define PARTRACE_SWEEP_SVG_H

#include <stdio.h>

#include "cli/sweep/curve.h"

/* One SVG document, without scripts or anything from elsewhere. 0, or -EIO when `out` failed. */
int sweep_svg(FILE *out, const struct sweep_result *result);

#endif
