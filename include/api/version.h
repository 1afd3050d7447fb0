/* SPDX-License-Identifier: BSD-2-Clause */
/* What both programs call themselves and the documents they write. */
#ifndef PARTRACE_API_VERSION_H
#define PARTRACE_API_VERSION_H

#define PARTRACE_VERSION "0.1.0"
#define REPORT_SCHEMA    "partrace.report/1"
#define SWEEP_SCHEMA     "partrace.sweep/1"

#endif
