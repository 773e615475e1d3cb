/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json.h"
#include "cli/reencrypt_show.h"
#include "cli/verify_show.h"

static json_t *append(json_t *list, json_t *item)
{
	if (list && json_array_append_new(list, item) == 0)
		return list;
	json_decref(list);
	return NULL;
}

/* null where it is not known */
static json_t *count_of(int64_t count)
{
	return count >= 0 ? json_integer((json_int_t)count) : json_null();
}

static json_t *resources_of(const struct ar_reencrypt_view *view)
{
	const struct ar_scope *scope = &view->run->scan->scope;
	json_t *list = json_array();
	char name[400];

	for (size_t i = 0; i < scope->count && list; i++) {
		const struct ar_scope_item *item = &scope->items[i];
		const struct ar_reencrypt_part *part = &view->forecast->parts[i];
		ar_resource_name(&item->resource, name, sizeof name);
		list = append(list, json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "resource",
					      ar_json_text(name), "provider",
					      ar_provider_name(item->writer.provider), "key",
					      ar_json_text(item->writer.name), "stale",
					      count_of(part->stale), "total", count_of(part->total),
					      "cannot_rewrite", ar_json_text(part->cannot)));
	}
	return list;
}

static json_t *forecast_of(const struct ar_reencrypt_forecast *forecast)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "stale", count_of(forecast->stale),
			 "total", count_of(forecast->total), "growth_bytes",
			 count_of(forecast->stale == 0 || forecast->bytes ? forecast->bytes : -1),
			 "db_size", count_of(forecast->quota ? forecast->db_size : -1), "db_in_use",
			 count_of(forecast->quota ? forecast->db_in_use : -1), "quota",
			 count_of(forecast->quota ? forecast->quota : -1), "waits",
			 (int)forecast->brakes);
}

static json_t *refused_of(const struct ar_reencrypt_result *result)
{
	json_t *list = json_array();

	for (size_t i = 0; i < result->refusal_count && list; i++) {
		const struct ar_refusal *one = &result->refusals[i];
		list = append(list,
			      json_pack("{s:o, s:o, s:o}", "object", ar_json_text(one->object),
					"reason", ar_json_text(one->reason), "message",
					ar_json_text(one->message)));
	}
	return list;
}

static json_t *result_of(const struct ar_reencrypt_result *r)
{
	return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:b, s:o, s:f, s:f}",
			 "stale_before", count_of(r->stale_before), "rewritten",
			 (json_int_t)r->rewritten, "gone", (json_int_t)r->gone, "refused_count",
			 (json_int_t)r->refused, "failed", (json_int_t)r->failed, "retries",
			 (json_int_t)r->retries, "refused", refused_of(r), "stale_after",
			 count_of(r->stale_after), "total", count_of(r->total), "proved",
			 (int)r->proved, "revision", count_of(r->revision ? r->revision : -1),
			 "elapsed_s", (double)r->elapsed_ms / 1000, "held_s",
			 (double)r->held_ms / 1000);
}

/* Nothing was done: what was counted is before and after. */
static struct ar_reencrypt_result as_result(const struct ar_reencrypt_forecast *forecast)
{
	return (struct ar_reencrypt_result){ .stale_before = forecast->stale,
					     .stale_after = forecast->stale,
					     .total = forecast->total,
					     .proved = forecast->stale == 0,
					     .revision = forecast->revision };
}

static json_t *error_of(const struct ar_err *err)
{
	if (!err)
		return json_null();
	return json_pack("{s:s, s:o, s:o}", "class", ar_class_name(err->class), "message",
			 ar_json_text(err->msg), "hint",
			 ar_json_text(err->hint[0] ? err->hint : NULL));
}

void ar_reencrypt_print(struct ar_report *report, const struct ar_reencrypt_view *view)
{
	const struct ar_reencrypt_result none = as_result(view->forecast);
	json_t *head = ar_json_head("atrest.reencrypt/v1", view->exit_code,
				    &view->run->local->server, 1);
	json_t *what = json_pack("{s:s, s:o, s:o, s:o}", "state", view->state, "resources",
				 resources_of(view), "forecast", forecast_of(view->forecast),
				 "error", error_of(view->error));
	json_t *result = result_of(view->result ? view->result : &none);

	ar_json_print_line(report, ar_json_join(head, ar_json_join(what, result)));
}
