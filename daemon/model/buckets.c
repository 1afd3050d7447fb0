// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/buckets.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/model/figures.h"

void bucket_list_release(struct bucket_list *list)
{
	free(list->rows);
	*list = (struct bucket_list){ 0 };
}

static int make_room(struct bucket_list *list)
{
	size_t room = list->room * 2 + HISTOGRAM_BUCKETS;
	struct report_bucket *rows;

	if (list->room - list->count >= HISTOGRAM_BUCKETS)
		return 0;
	rows = reallocarray(list->rows, room, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	list->rows = rows;
	list->room = room;
	return 0;
}

int bucket_list_add(struct bucket_list *list, const uint64_t buckets[HISTOGRAM_BUCKETS],
		    struct bucket_range *ret)
{
	struct report_run_queue added = { 0 };
	int r = make_room(list);

	*ret = (struct bucket_range){ 0 };
	if (r < 0)
		return r;
	run_queue_rows(buckets, list->rows + list->count, &added);
	*ret = (struct bucket_range){ .at = list->count, .count = added.histogram_count };
	list->count += added.histogram_count;
	return 0;
}

void bucket_list_fill(const struct bucket_list *list, const struct bucket_range *range,
		      struct report_run_queue *ret)
{
	ret->histogram = range->count ? list->rows + range->at : NULL;
	ret->histogram_count = range->count;
}
