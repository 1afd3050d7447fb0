/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON Schemas of what --json prints: include/api/report.schema.json, sweep.schema.json. */
#ifndef PARTRACE_VERBS_SCHEMA_H
#define PARTRACE_VERBS_SCHEMA_H

/* Of the report. */
const char *schema_text(void);
/* "report" or "sweep"; NULL for another. */
const char *schema_of(const char *name);

#endif
