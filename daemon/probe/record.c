// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/probe/record.h"

const struct event *record_event(const void *data, size_t size)
{
	const struct event *event = data;

	return size >= sizeof(*event) && event->kind < EVENT_KINDS ? event : NULL;
}

const struct stack_head *record_stack(const void *data, size_t size)
{
	const struct stack_head *head = data;

	return size >= sizeof(*head) && head->bytes <= size - sizeof(*head) &&
			       head->role < STACK_ROLES
		       ? head
		       : NULL;
}
