/* SPDX-License-Identifier: Apache-2.0 */
#include "api/rewrite_impl.h"

struct ar__item *ar__queue_new(struct ar__queue *queue)
{
	struct ar__item *item = queue->free;

	if (item)
		queue->free = item->next;
	else
		item = &queue->items[queue->used++];
	item->charged = 0;
	item->busy = item->probe = false;
	item->result = (struct ar_rewrite_result){ .tries = 0 };
	return item;
}

void ar__queue_put_back(struct ar__queue *queue, struct ar__item *item)
{
	item->next = queue->free;
	queue->free = item;
}

void ar__queue_wait(struct ar__queue *queue, struct ar__item *item)
{
	struct ar__item **at = &queue->waiting;

	while (*at && (*at)->due <= item->due)
		at = &(*at)->next;
	item->next = *at;
	*at = item;
	queue->count++;
}

struct ar__item *ar__queue_take(struct ar__queue *queue)
{
	struct ar__item *item = queue->waiting;

	queue->waiting = item->next;
	queue->count--;
	return item;
}
