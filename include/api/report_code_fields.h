/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of the report's part on code; see report_fields.h, which includes this. */
#ifndef PARTRACE_API_REPORT_CODE_FIELDS_H
#define PARTRACE_API_REPORT_CODE_FIELDS_H

static const struct field report_coder_fields[] = {
	FIELD(FIELD_U64, struct report_coder, tid, "tid"),
	FIELD(FIELD_U64, struct report_coder, pid, "pid"),
	FIELD(FIELD_TEXT, struct report_coder, name, "name"),
	FIELD(FIELD_U64, struct report_coder, samples, "samples"),
	{ 0 },
};

static const struct field report_code_fields[] = {
	FIELD(FIELD_TEXT, struct report_code, function, "function"),
	FIELD(FIELD_TEXT, struct report_code, module, "module"),
	FIELD(FIELD_TEXT, struct report_code, file, "file"),
	FIELD(FIELD_U64, struct report_code, line, "line"),
	FIELD(FIELD_TEXT, struct report_code, kind, "kind"),
	FIELD(FIELD_U64, struct report_code, samples, "samples"),
	FIELD(FIELD_U64, struct report_code, kernel_samples, "kernel_samples"),
	FIELD(FIELD_U64, struct report_code, alone_samples, "alone_samples"),
	FIELD(FIELD_U64, struct report_code, running_ns, "running_ns"),
	FIELD(FIELD_U64, struct report_code, alone_ns, "alone_ns"),
	FIELD(FIELD_U64, struct report_code, criticality_ns, "criticality_ns"),
	FIELD(FIELD_REAL, struct report_code, criticality, "criticality"),
	FIELD_ROWS(struct report_code, threads, threads_count, "threads", report_coder_fields),
	{ 0 },
};

static const struct field report_code_stack_fields[] = {
	FIELD(FIELD_U64, struct report_code_stack, samples, "samples"),
	FIELD(FIELD_U64, struct report_code_stack, kernel_samples, "kernel_samples"),
	FIELD(FIELD_REAL, struct report_code_stack, weight, "weight"),
	FIELD(FIELD_TEXT, struct report_code_stack, end, "end"),
	FIELD_ROWS(struct report_code_stack, frames, frames_count, "frames", report_frame_fields),
	{ 0 },
};

static const struct field report_sampling_fields[] = {
	FIELD(FIELD_U64, struct report_sampling, period_ns, "period_ns"),
	FIELD(FIELD_U64, struct report_sampling, samples, "samples"),
	FIELD(FIELD_U64, struct report_sampling, alone_samples, "alone_samples"),
	FIELD(FIELD_U64, struct report_sampling, other_samples, "other_samples"),
	FIELD(FIELD_U64, struct report_sampling, stackless_samples, "stackless_samples"),
	FIELD(FIELD_U64, struct report_sampling, lost_samples, "lost_samples"),
	FIELD(FIELD_TEXT, struct report_sampling, note, "note"),
	{ 0 },
};

#endif
