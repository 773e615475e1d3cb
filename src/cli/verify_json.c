/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json.h"
#include "cli/verify_show.h"

static json_t *writer_of(const struct ar_writer *writer)
{
	return json_pack("{s:s, s:o}", "provider", ar_provider_name(writer->provider), "key",
			 ar_json_text(writer->name[0] ? writer->name : NULL));
}

static json_t *groups_of(const struct ar_census *census)
{
	json_t *list = json_array();

	for (size_t i = 0; i < census->group_count; i++) {
		const struct ar_census_group *group = &census->groups[i];
		json_array_append_new(list,
				      json_pack("{s:s, s:o, s:o, s:I, s:b}", "kind",
						ar_stored_word(group->kind), "name",
						ar_json_text(group->name[0] ? group->name : NULL),
						"key_id",
						ar_json_text(group->key_id[0] ? group->key_id
									      : NULL),
						"count", (json_int_t)group->count, "current",
						(int)group->current));
	}
	return list;
}

static json_t *offenders_of(const struct ar_verify_item *item)
{
	json_t *list = json_array();

	for (size_t i = 0; i < item->offender_count; i++)
		json_array_append_new(list, json_pack("{s:o, s:s}", "object",
						      ar_json_text(item->offenders[i].object),
						      "what", item->offenders[i].what));
	return list;
}

static const char *const results[AR_DECRYPTED_RESULTS] = {
	[AR_DECRYPTED_OK] = "ok",           [AR_DECRYPTED_PLAIN] = "plain",
	[AR_DECRYPTED_NO_KEY] = "no_key",   [AR_DECRYPTED_WRONG] = "wrong_key",
	[AR_DECRYPTED_OTHER] = "other",     [AR_DECRYPTED_KMS] = "kms",
	[AR_DECRYPTED_UNKNOWN] = "unknown",
};

/* null where nothing was decrypted. */
static json_t *decrypted_of(const struct ar_verify_item *item)
{
	if (item->checked == 0)
		return json_null();
	json_t *all = json_pack("{s:I}", "checked", (json_int_t)item->checked);
	for (size_t i = 0; i < AR_DECRYPTED_RESULTS; i++)
		json_object_set_new(all, results[i], json_integer((json_int_t)item->results[i]));
	return all;
}

static json_t *item_of(const struct ar_verify_item *item)
{
	const struct ar_census *census = &item->census;
	char name[400];

	ar_resource_name(&item->scope->resource, name, sizeof name);
	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o, s:I, s:o}",
			 "resource", ar_json_text(name), "writer", writer_of(&item->scope->writer),
			 "unseen", ar_json_text(item->unseen[0] ? item->unseen : NULL), "total",
			 (json_int_t)census->total, "current", (json_int_t)census->current, "stale",
			 (json_int_t)census->stale, "plain", (json_int_t)census->plain, "unknown",
			 (json_int_t)census->unknown, "revision", (json_int_t)census->revision,
			 "proved", (int)census->proved, "groups", groups_of(census), "offenders",
			 offenders_of(item), "offenders_more", (json_int_t)item->offenders_more,
			 "decrypted", decrypted_of(item));
}

static json_t *items_of(const struct ar_verify *verify)
{
	json_t *list = json_array();

	for (size_t i = 0; i < verify->count; i++)
		json_array_append_new(list, item_of(&verify->items[i]));
	return list;
}

static json_t *members_of(const struct ar_etcd_state *state)
{
	json_t *list = json_array();

	for (size_t i = 0; i < state->count; i++) {
		const struct ar_etcd_member *member = &state->members[i];
		json_array_append_new(list, json_pack("{s:o, s:b, s:I, s:I}", "name",
						      ar_json_text(member->name), "answered",
						      (int)member->answered, "db_size",
						      (json_int_t)member->db_size, "db_in_use",
						      (json_int_t)member->db_in_use));
	}
	return list;
}

static json_t *copies_of(const struct ar_leftover *left)
{
	json_t *list = json_array();

	for (size_t i = 0; i < left->copy_count; i++)
		if (left->copies[i].older)
			json_array_append_new(list, ar_json_text(left->copies[i].path));
	return list;
}

static json_t *leftovers_of(const struct ar_leftover *left)
{
	return json_pack("{s:I, s:b, s:o, s:o, s:o, s:o}", "revision", (json_int_t)left->revision,
			 "since_rewrite", (int)left->marked, "compacted",
			 left->compacted_known ? json_boolean(left->compacted) : json_null(),
			 "members", members_of(&left->state), "copies", copies_of(left), "unseen",
			 ar_json_text(left->why[0] ? left->why : NULL));
}

static const char *const verdicts[] = {
	[AR_VERDICT_ALL] = "encrypted",
	[AR_VERDICT_NOT_ALL] = "not-all",
	[AR_VERDICT_UNSEEN] = "unseen",
};

/* "plain" is not wrong where identity is meant to write; it is no encryption either. */
static const char *verdict_of(enum ar_verdict verdict, bool plain)
{
	return verdict == AR_VERDICT_ALL && plain ? "plain" : verdicts[verdict];
}

void ar_verify_print(struct ar_report *report, const struct ar_verify *verify, int exit_code)
{
	ar_json_print(report, ar_json_join(ar_json_head("atrest.verify/v1", exit_code, NULL, 0),
					   json_pack("{s:s, s:I, s:I, s:o, s:o, s:n}", "verdict",
						     verdict_of(verify->verdict, verify->plain),
						     "revision", (json_int_t)verify->last,
						     "first_revision", (json_int_t)verify->first,
						     "resources", items_of(verify), "leftovers",
						     leftovers_of(&verify->leftover), "object")));
}

void ar_verify_print_one(struct ar_report *report, const char *object,
			 const struct ar_verify_one *one, int exit_code)
{
	const bool plain = one->scope->writer.provider == AR_IDENTITY;
	char resource[400];

	ar_resource_name(&one->scope->resource, resource, sizeof resource);
	json_t *state = json_pack("{s:o, s:o, s:s, s:o, s:b, s:o, s:I, s:o}", "resource",
				  ar_json_text(resource), "name", ar_json_text(object), "kind",
				  ar_stored_word(one->kind), "key",
				  ar_json_text(one->name[0] ? one->name : NULL), "current",
				  (int)one->current, "writer", writer_of(&one->scope->writer),
				  "mod_revision", (json_int_t)one->mod_revision, "decrypted",
				  one->decrypted ? json_string(results[one->result]) : json_null());

	ar_json_print(report, ar_json_join(ar_json_head("atrest.verify/v1", exit_code, NULL, 0),
					   json_pack("{s:s, s:I, s:I, s:[], s:n, s:o}", "verdict",
						     verdict_of(ar_verify_one_is_good(one)
									? AR_VERDICT_ALL
									: AR_VERDICT_NOT_ALL,
								plain),
						     "revision", (json_int_t)one->revision,
						     "first_revision", (json_int_t)one->revision,
						     "resources", "leftovers", "object", state)));
}
