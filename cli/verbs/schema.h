/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON Schema of the report, include/api/report.schema.json. */
#ifndef PARTRACE_VERBS_SCHEMA_H
#define PARTRACE_VERBS_SCHEMA_H

const char *schema_text(void);

#endif
