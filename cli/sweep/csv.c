// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <string.h>

#include "cli/sweep/document.h"

/* Quoted where it has to be (RFC 4180); lines within stay, as that allows. */
static void put_text(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void put_head(FILE *out)
{
	fputs("workload,mode,runtime,cpus,workers,repeat,order,elapsed_ns", out);
	for (int i = 0; i < ACCOUNT_STATES; i++)
		fprintf(out, ",%s_ns", account_state_names[i]);
	fputs(",tasks,memory_bytes,failure\n", out);
}

/* What is not known is empty. */
static void put_number(FILE *out, uint64_t number, bool known)
{
	fputc(',', out);
	if (known && number != NO_VALUE)
		fprintf(out, "%" PRIu64, number);
}

static void put_run(FILE *out, const struct sweep_result *result, const struct sweep_curve *curve,
		    const struct sweep_point *point, unsigned int repeat)
{
	const struct sweep_run *run = &point->runs[repeat];
	const char *mode = sweep_mode_name(&curve->name);
	const struct sweep_account *account = &run->account;

	put_text(out, curve->name.workload ? workload_name(curve->name.workload) : result->command);
	fprintf(out, ",%s,%s,%u,%u,%u", mode ? mode : "",
		sweep_runtime_name(&curve->name) ? sweep_runtime_name(&curve->name) : "",
		curve->name.cpus, point->workers, repeat + 1);
	put_number(out, run->order, true);
	put_number(out, run->elapsed_ns, !run->failure);
	for (int i = 0; i < ACCOUNT_STATES; i++)
		put_number(out, account->ns[i], account->known);
	put_number(out, account->tasks, account->known && account->tasks);
	put_number(out, account->memory_bytes, account->known);
	fputc(',', out);
	put_text(out, run->failure ? run->failure : "");
	fputc('\n', out);
}

void sweep_csv(FILE *out, const struct sweep_result *result)
{
	put_head(out);
	for (size_t c = 0; c < result->count; c++) {
		const struct sweep_curve *curve = &result->curves[c];

		for (size_t i = 0; i < curve->count; i++)
			for (unsigned int k = 0; k < curve->points[i].repeat; k++)
				if (curve->points[i].runs[k].order)
					put_run(out, result, curve, &curve->points[i], k);
	}
}
